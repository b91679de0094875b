// SPDX-License-Identifier: GPL-2.0
/*
 * Can this machine do it?  Names every reason against, each with its remedy,
 * before anything is touched.  Must never change the machine.
 */
#include "machine.h"

#include <linux/cpu.h>
#include <linux/smp.h>

#include <asm/cpufeature.h>
#include <asm/msr.h>
#include <asm/processor.h>
#include <asm/tlbflush.h>
#include <asm/vmx.h>

#define CR4_FRED_BIT	32	/* SDM: CR4.FRED; newer headers name it */
#define NEED_PRIMARY	(CPU_BASED_USE_MSR_BITMAPS | \
			 CPU_BASED_ACTIVATE_SECONDARY_CONTROLS)
#define NEED_EPT_CAPS	(VMX_EPT_PAGE_WALK_4_BIT | VMX_EPTP_WB_BIT | \
			 VMX_EPT_2MB_PAGE_BIT | VMX_EPT_INVEPT_BIT | \
			 VMX_EPT_EXTENT_GLOBAL_BIT)

/* Collects what is wrong; the first errno wins. */
struct probe {
	int ret;
};

static void refuse(struct probe *p, int err, const char *reason,
		   const char *remedy)
{
	pr_err("cannot take over: %s; %s\n", reason, remedy);
	if (!p->ret)
		p->ret = err;
}

static void probe_firmware(struct probe *p)
{
	u64 ctl = 0;

	if (rdmsrl_safe(MSR_IA32_FEAT_CTL, &ctl)) {
		refuse(p, -ENODEV, "IA32_FEATURE_CONTROL cannot be read",
		       "the processor or an outer hypervisor hides VMX");
		return;
	}
	if (!(ctl & FEAT_CTL_LOCKED))
		refuse(p, -EPERM, "VMX is not enabled by the firmware",
		       "enable virtualization (VT-x) in the firmware setup");
	else if (!(ctl & FEAT_CTL_VMX_ENABLED_OUTSIDE_SMX))
		refuse(p, -EPERM, "VMX is locked off by the firmware",
		       "enable virtualization (VT-x) in the firmware setup and power-cycle");
}

static void probe_controls(struct probe *p)
{
	u64 basic, primary, secondary = 0, ept = 0;

	rdmsrl(MSR_IA32_VMX_BASIC, basic);
	if (!(basic & BIT_ULL(55))) {
		refuse(p, -ENODEV, "the processor lacks the TRUE VMX controls",
		       "a newer processor is needed");
		return;
	}
	rdmsrl(MSR_IA32_VMX_TRUE_PROCBASED_CTLS, primary);
	if (((primary >> 32) & NEED_PRIMARY) != NEED_PRIMARY) {
		refuse(p, -ENODEV,
		       "the processor lacks MSR bitmaps or secondary controls",
		       "a newer processor is needed");
		return;
	}
	rdmsrl(MSR_IA32_VMX_PROCBASED_CTLS2, secondary);
	secondary >>= 32;
	if (!(secondary & SECONDARY_EXEC_ENABLE_EPT)) {
		refuse(p, -ENODEV, "the processor lacks EPT",
		       "a newer processor is needed, or nested EPT from the outer hypervisor");
		return;
	}
	rdmsrl(MSR_IA32_VMX_EPT_VPID_CAP, ept);
	if ((ept & NEED_EPT_CAPS) != NEED_EPT_CAPS)
		refuse(p, -ENODEV,
		       "EPT lacks 2 MiB pages, write-back walks or INVEPT",
		       "a newer processor is needed");
	if (!(secondary & SECONDARY_EXEC_UNRESTRICTED_GUEST))
		refuse(p, -ENODEV, "the processor lacks unrestricted guest",
		       "a newer processor is needed, or it from the outer hypervisor");
	if (!(secondary & SECONDARY_EXEC_ENABLE_VPID))
		refuse(p, -ENODEV, "the processor lacks VPID",
		       "a newer processor is needed, or it from the outer hypervisor");
	if (!(secondary & SECONDARY_EXEC_MODE_BASED_EPT_EXEC))
		pr_warn("no mode-based execute control: code integrity will be weaker\n");
}

static void read_cr4_vmxe(void *owned)
{
	if (__read_cr4() & X86_CR4_VMXE)
		WRITE_ONCE(*(bool *)owned, true);
}

static void probe_owner(struct probe *p)
{
	bool owned = false;

	on_each_cpu(read_cr4_vmxe, &owned, 1);
	if (owned)
		refuse(p, -EBUSY, "another hypervisor (KVM?) holds VMX",
		       "modprobe -r kvm_intel, or load kvm with enable_virt_at_load=0");
}

/*
 * Read CPUID itself: Linux clears its own feature flag where the firmware has
 * locked VMX off, and that is a different reason with a different remedy.
 */
static bool has_vmx(void)
{
	return boot_cpu_data.x86_vendor == X86_VENDOR_INTEL &&
	       (cpuid_ecx(1) & BIT(5));
}

int vsm_probe(void)
{
	struct probe p = { 0 };

	if (boot_cpu_data.x86_vendor != X86_VENDOR_INTEL) {
		refuse(&p, -ENODEV, "the processor is not an Intel one",
		       "only VMX is supported so far");
		return p.ret;
	}
	if (!has_vmx()) {
		refuse(&p, -ENODEV, "the processor has no VMX",
		       "use a processor with VT-x, or nested virtualization");
		return p.ret;
	}
	probe_firmware(&p);
	if (!p.ret)
		probe_controls(&p);
	probe_owner(&p);
	if (__read_cr4() & X86_CR4_LA57)
		refuse(&p, -EOPNOTSUPP, "5-level paging is active",
		       "boot with no5lvl");
	if (__read_cr4() & BIT_ULL(CR4_FRED_BIT))
		refuse(&p, -EOPNOTSUPP, "FRED event delivery is active",
		       "boot with fred=off");
	if (nr_cpu_ids > HV_MAX_CPUS)
		refuse(&p, -E2BIG, "too many possible CPUs",
		       "boot with nr_cpus=");
	return p.ret;
}
