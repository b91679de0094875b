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

/* Reasons and remedies are those of the driver, word by word (probe.c). */
static bool judge_processor(struct list *l, const struct facts *f)
{
	if (strcmp(f->vendor, "GenuineIntel")) {
		add(l, "vendor", LEVEL_FATAL,
		    "the processor is not an Intel one",
		    "only VMX is supported so far");
		return false;
	}
	if (!f->cpuid_vmx) {
		add(l, "vmx", LEVEL_FATAL, "the processor has no VMX",
		    "use a processor with VT-x, or nested virtualization");
		return false;
	}
	add(l, "vmx", LEVEL_OK, "the processor has VMX", NULL);
	return true;
}

/* Linux hides VMX in /proc/cpuinfo when firmware has locked it off. */
static void judge_firmware(struct list *l, const struct facts *f)
{
	if (f->locked_off == YES ||
	    (f->locked_off == UNKNOWN && !f->kernel_vmx))
		add(l, "firmware", LEVEL_FATAL,
		    "VMX is locked off by the firmware",
		    "enable virtualization (VT-x) in the firmware setup and power-cycle");
	else if (f->enabled == NO)
		add(l, "firmware", LEVEL_FATAL,
		    "VMX is not enabled by the firmware",
		    "enable virtualization (VT-x) in the firmware setup");
	else
		add(l, "firmware", LEVEL_OK,
		    "the firmware allows VMX", NULL);
}

struct need {
	const char *id;
	const char *have;
	const char *lack;
	const char *remedy;
};

/* A capability without which the hypervisor cannot run. */
static void need(struct list *l, enum tristate fact, const struct need *n)
{
	if (fact == YES)
		add(l, n->id, LEVEL_OK, n->have, NULL);
	else if (fact == NO)
		add(l, n->id, LEVEL_FATAL, n->lack, n->remedy);
}

static const struct need true_controls = {
	"true-controls", "the processor has the TRUE VMX controls",
	"the processor lacks the TRUE VMX controls",
	"a newer processor is needed",
};

static const struct need controls = {
	"controls", "the processor has MSR bitmaps and secondary controls",
	"the processor lacks MSR bitmaps or secondary controls",
	"a newer processor is needed",
};

static const struct need ept = {
	"ept", "the processor has EPT",
	"the processor lacks EPT",
	"a newer processor is needed, or nested EPT from the outer hypervisor",
};

static const struct need ept_complete = {
	"ept-features", "EPT has 2 MiB pages, write-back walks and INVEPT",
	"EPT lacks 2 MiB pages, write-back walks or INVEPT",
	"a newer processor is needed",
};

static const struct need unrestricted = {
	"unrestricted-guest", "the processor has unrestricted guest",
	"the processor lacks unrestricted guest",
	"a newer processor is needed, or it from the outer hypervisor",
};

static const struct need vpid = {
	"vpid", "the processor has VPID",
	"the processor lacks VPID",
	"a newer processor is needed, or it from the outer hypervisor",
};

static void judge_capabilities(struct list *l, const struct facts *f)
{
	need(l, f->true_controls, &true_controls);
	need(l, f->controls, &controls);
	need(l, f->ept, &ept);
	need(l, f->ept_complete, &ept_complete);
	need(l, f->unrestricted, &unrestricted);
	need(l, f->vpid, &vpid);

	if (f->mbec == YES)
		add(l, "mbec", LEVEL_OK,
		    "mode-based execute control tells kernel and user execution apart",
		    NULL);
	else if (f->mbec == NO)
		add(l, "mbec", LEVEL_WARNING,
		    "no mode-based execute control: code integrity will be weaker",
		    "a newer processor has it");
	if (f->msrs != YES)
		add(l, "msrs", LEVEL_WARNING,
		    "the VMX capability MSRs cannot be read, so not every reason is known",
		    "as root: modprobe msr, then check again");
}

static void judge_linux(struct list *l, const struct facts *f)
{
	if (f->owner[0] && !f->owner_lazy)
		add(l, "vmx-owner", LEVEL_FATAL,
		    "another hypervisor (KVM?) holds VMX",
		    "modprobe -r kvm_intel, or load kvm with enable_virt_at_load=0");
	else if (f->owner[0])
		add(l, "vmx-owner", LEVEL_WARNING,
		    "another hypervisor (KVM?) takes VMX as soon as a virtual machine starts",
		    "run none, or unload its module (modprobe -r kvm_intel)");
	else
		add(l, "vmx-owner", LEVEL_OK, "nobody else uses VMX", NULL);

	if (f->la57)
		add(l, "paging", LEVEL_FATAL, "5-level paging is active",
		    "boot with no5lvl");
	else
		add(l, "paging", LEVEL_OK, "paging has 4 levels", NULL);

	if (f->fred)
		add(l, "events", LEVEL_FATAL, "FRED event delivery is active",
		    "boot with fred=off");
	else
		add(l, "events", LEVEL_OK, "events are delivered by the IDT",
		    NULL);

	if (f->possible_cpus > MAX_CPUS)
		add(l, "cpus", LEVEL_FATAL, "too many possible CPUs",
		    "boot with nr_cpus=");
}

static void judge_platform(struct list *l, const struct facts *f)
{
	add(l, "dma", LEVEL_WARNING,
	    f->iommu ?
	    "DMA can reach VTL1 memory: the IOMMU is under Linux's control, not the hypervisor's" :
	    "DMA can reach VTL1 memory: no IOMMU is in use",
	    "none in this version; do not count on protection against devices");

	if (f->efi_runtime)
		add(l, "efi", LEVEL_INFO,
		    "EFI runtime services are in use: with hvci=enforce their first call is refused, and Linux turns them off",
		    "boot with efi=noruntime");

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
	if (judge_processor(&l, facts)) {
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
