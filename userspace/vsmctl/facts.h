/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What user space can find out about a machine, and what to think of it.
 */
#ifndef VSMCTL_FACTS_H
#define VSMCTL_FACTS_H

#include <stdbool.h>
#include <stdint.h>

enum tristate {
	UNKNOWN = -1,
	NO = 0,
	YES = 1,
};

struct facts {
	char vendor[13];
	bool demoted;			/* the driver says so */
	bool cpuid_vmx;			/* the processor has VMX */
	bool hypervisor;		/* CPUID says that there is one already */
	bool kernel_vmx;		/* Linux found VMX usable */
	bool la57;			/* 5-level paging is active */
	bool fred;			/* FRED event delivery is active */
	unsigned int possible_cpus;	/* 0: unknown */
	enum tristate msrs;		/* NO: the MSRs could not be read */
	enum tristate enabled;		/* by firmware, on every CPU */
	enum tristate locked_off;	/* by firmware, on any CPU */
	enum tristate true_controls;
	enum tristate controls;		/* MSR bitmaps, secondary controls */
	enum tristate ept;
	enum tristate ept_complete;	/* 4 levels, WB, 2 MiB, INVEPT */
	enum tristate unrestricted;
	enum tristate vpid;
	enum tristate mbec;
	char owner[32];			/* module that uses VMX; may be empty */
	bool owner_lazy;		/* only while it runs a virtual machine */
	bool iommu;			/* Linux uses an IOMMU */
	bool efi_runtime;		/* Linux calls its firmware */
	enum tristate secure_boot;
	enum tristate signed_modules;	/* unsigned modules are refused */
};

enum level {
	LEVEL_OK,
	LEVEL_INFO,
	LEVEL_WARNING,	/* works, with less protection; or cannot be told */
	LEVEL_FATAL,	/* the module will refuse to load */
};

struct finding {
	const char *id;
	enum level level;
	const char *text;
	const char *remedy;	/* NULL: none is needed */
};

#define MAX_FINDINGS	32

/* HV_MAX_CPUS of the hypervisor. */
#define MAX_CPUS	480

/* facts.c */
void facts_read(struct facts *facts);

/* rules.c: returns the number of findings */
unsigned int facts_judge(const struct facts *facts,
			 struct finding *ret_findings);
const char *level_name(enum level level);

#endif /* VSMCTL_FACTS_H */
