// SPDX-License-Identifier: GPL-2.0
/*
 * What the facts mean: the reasons and remedies that the driver's probe names
 * as well.  Must never look at the machine, so that it can be tested on any.
 */
#include <string.h>

#include "facts.h"

struct list {
	struct finding *findings;
	unsigned int nr;
};

static void add(struct list *l, const char *id, enum level level,
		const char *text, const char *remedy)
{
	if (l->nr == MAX_FINDINGS)
		return;
	l->findings[l->nr++] = (struct finding) {
		.id = id,
		.level = level,
		.text = text,
		.remedy = remedy,
	};
}

static void judge_vmx(struct list *l, const struct facts *f)
{
	if (!f->cpuid_vmx && !strcmp(f->vendor, "AuthenticAMD"))
		add(l, "no-vmx", LEVEL_FATAL,
		    "this is an AMD processor, which has SVM instead of VMX",
		    "use a machine with an Intel processor; SVM is not supported");
	else if (!f->cpuid_vmx && f->hypervisor)
		add(l, "no-vmx", LEVEL_FATAL,
		    "this virtual machine has no VMX",
		    "turn on nested virtualization for it in its hypervisor");
	else if (!f->cpuid_vmx)
		add(l, "no-vmx", LEVEL_FATAL, "the processor has no VMX",
		    "use a machine whose processor has Intel VT-x");
	else
		add(l, "no-vmx", LEVEL_OK, "the processor has VMX", NULL);
}

/* Linux hides VMX in /proc/cpuinfo when firmware has locked it off. */
static void judge_firmware(struct list *l, const struct facts *f)
{
	if (f->locked_off == YES ||
	    (f->locked_off == UNKNOWN && !f->kernel_vmx))
		add(l, "vmx-locked-off", LEVEL_FATAL,
		    "VMX is locked off in firmware (IA32_FEATURE_CONTROL)",
		    "enable VT-x (virtualization technology) in the firmware setup");
	else
		add(l, "vmx-locked-off", LEVEL_OK,
		    "firmware allows VMX", NULL);
}

/* A capability without which the hypervisor cannot run. */
static void need(struct list *l, enum tristate fact, const char *id,
		 const char *have, const char *lack)
{
	switch (fact) {
	case YES:
		add(l, id, LEVEL_OK, have, NULL);
		break;
	case NO:
		add(l, id, LEVEL_FATAL, lack,
		    "use a newer processor; in a virtual machine, let its hypervisor pass the feature on");
		break;
	case UNKNOWN:
		break;
	}
}

static void judge_capabilities(struct list *l, const struct facts *f)
{
	need(l, f->true_controls, "no-true-controls",
	     "VMX has the true control MSRs",
	     "VMX lacks the true control MSRs");
	need(l, f->msr_bitmap, "no-msr-bitmap", "VMX has MSR bitmaps",
	     "VMX lacks MSR bitmaps");
	need(l, f->secondary, "no-secondary-controls",
	     "VMX has secondary controls", "VMX lacks secondary controls");
	need(l, f->ept, "no-ept", "the processor has EPT",
	     "the processor has no EPT");
	need(l, f->unrestricted, "no-unrestricted-guest",
	     "VMX has unrestricted guest", "VMX lacks unrestricted guest");
	need(l, f->ept_4level, "no-ept-4level", "EPT has 4-level walks",
	     "EPT lacks 4-level walks");
	need(l, f->ept_wb, "no-ept-wb", "EPT structures can be write-back",
	     "EPT structures cannot be write-back");
	need(l, f->ept_2m, "no-ept-2m", "EPT has large pages",
	     "EPT lacks large pages");
	need(l, f->invept, "no-invept", "EPT has INVEPT of both types",
	     "EPT lacks INVEPT, or a type of it");

	if (f->mbec == YES)
		add(l, "no-mbec", LEVEL_OK,
		    "EPT tells kernel and user execution apart (MBEC)", NULL);
	else if (f->mbec == NO)
		add(l, "no-mbec", LEVEL_WARNING,
		    "EPT does not tell kernel and user execution apart (no MBEC): weaker code integrity",
		    "use a processor with mode-based execute control");
	if (f->msrs != YES)
		add(l, "msrs-unread", LEVEL_WARNING,
		    "the VMX capability MSRs cannot be read, so not every reason is known",
		    "as root: modprobe msr, then check again");
}

static void judge_linux(struct list *l, const struct facts *f)
{
	if (f->owner[0] && !f->owner_lazy)
		add(l, "vmx-in-use", LEVEL_FATAL,
		    !strcmp(f->owner, "kvm_intel") ?
		    "KVM holds VMX (kvm_intel is loaded)" :
		    "another hypervisor's module holds VMX",
		    !strcmp(f->owner, "kvm_intel") ?
		    "stop virtual machines and run: modprobe -r kvm_intel; blacklist it to keep it away" :
		    "stop its virtual machines and unload its module");
	else if (f->owner[0])
		add(l, "vmx-in-use", LEVEL_WARNING,
		    "KVM takes VMX as soon as a virtual machine starts",
		    "run: modprobe -r kvm_intel; blacklist it to keep it away");
	else
		add(l, "vmx-in-use", LEVEL_OK, "nobody else uses VMX", NULL);

	if (f->la57)
		add(l, "la57", LEVEL_FATAL, "5-level paging is active",
		    "boot with no5lvl on the kernel command line");
	else
		add(l, "la57", LEVEL_OK, "paging has 4 levels", NULL);
}

static void judge_platform(struct list *l, const struct facts *f)
{
	add(l, "no-dma-protection", LEVEL_WARNING,
	    f->iommu ?
	    "DMA can reach VTL1 memory: the IOMMU is under Linux's control, not the hypervisor's" :
	    "DMA can reach VTL1 memory: no IOMMU is in use",
	    "none in this version; do not count on protection against devices");

	if (f->secure_boot == YES)
		add(l, "secure-boot", LEVEL_INFO, "Secure Boot is on", NULL);
	else if (f->secure_boot == NO)
		add(l, "secure-boot", LEVEL_INFO,
		    "Secure Boot is off: what ran before the module is not vouched for",
		    NULL);
	else
		add(l, "secure-boot", LEVEL_INFO,
		    "whether Secure Boot is on cannot be told", NULL);

	if (f->signed_modules == YES)
		add(l, "signed-modules", LEVEL_INFO,
		    "the kernel loads signed modules only",
		    "sign vsm.ko with a key that is enrolled (mokutil --import)");
	if (f->hypervisor)
		add(l, "nested", LEVEL_INFO,
		    "this is a virtual machine: its hypervisor sees VTL1 memory",
		    NULL);
}

unsigned int facts_judge(const struct facts *facts,
			 struct finding *ret_findings)
{
	struct list l = { .findings = ret_findings };

	if (facts->demoted) {
		/* The hypervisor hides VMX from Linux: nothing left to find. */
		add(&l, "demoted", LEVEL_OK,
		    "Linux is demoted already; see: vsmctl status", NULL);
		return l.nr;
	}
	judge_vmx(&l, facts);
	if (facts->cpuid_vmx) {
		judge_firmware(&l, facts);
		judge_capabilities(&l, facts);
	}
	judge_linux(&l, facts);
	judge_platform(&l, facts);
	return l.nr;
}

const char *level_name(enum level level)
{
	switch (level) {
	case LEVEL_OK:
		return "ok";
	case LEVEL_INFO:
		return "info";
	case LEVEL_WARNING:
		return "warning";
	case LEVEL_FATAL:
		return "fatal";
	}
	return "unknown";
}
