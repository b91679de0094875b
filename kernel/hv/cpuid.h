/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The CPUID table of a CPU.  The look-up of what is executed all the time is in
 * vmx/exit_fast.c, the rest in cpuid.c.
 */
#ifndef _VSM_HV_CPUID_H
#define _VSM_HV_CPUID_H

#include "hv.h"

#define CPUID_EXT_BASE	0x80000000U
#define CPUID_MAX_BASIC	0x40	/* leaves from 0 */
#define CPUID_MAX_EXT	0x20	/* from CPUID_EXT_BASE */
#define CPUID_MAX_OUTER	0x40	/* of outer hypervisors, all their ranges */

struct cpuid_entry {
	u32 r[4];		/* EAX, EBX, ECX, EDX */
};

struct cpuid_leaf {
	u32 mask;		/* of ECX: 0 where it does not matter */
	u32 nr;			/* subleaves; others: ask cpuid_lookup() */
	u32 first;		/* entry of subleaf 0 */
	/* For this subleaf, too, where CR4 differs from @cr4 in @cr4_mask. */
	u32 special;
	u32 cr4, cr4_mask;
};

struct cpuid_table {
	struct cpuid_leaf leaf[CPUID_MAX_BASIC + CPUID_MAX_EXT];
	struct cpuid_entry tlfs[HV_NUM_VTLS][HV_CPUID_HARDWARE + 1];
	u32 max_basic, max_ext;
	u32 nr, nr_outer;
	u64 xss;		/* that leaf 0xd, subleaf 1 was computed for */
	struct {
		u32 leaf;
		u32 entry;
	} outer[CPUID_MAX_OUTER];
	struct cpuid_entry entry[];	/* 0 is all zero */
};

static inline struct cpuid_table *cpuid_table(struct pcpu *cpu)
{
	return (struct cpuid_table *)((u64)cpu - HV_PCPU_DATA + HV_PCPU_CPUID);
}

/* NULL: not one that the table has by number. */
static inline struct cpuid_leaf *cpuid_leaf(struct cpuid_table *t, u32 leaf)
{
	if (likely(leaf < CPUID_MAX_BASIC))
		return &t->leaf[leaf];
	leaf -= CPUID_EXT_BASE;
	return leaf < CPUID_MAX_EXT ? &t->leaf[CPUID_MAX_BASIC + leaf] : NULL;
}

/* tlfs_leaves.c */
void tlfs_find_base(void);		/* hv.cpuid_base */
void tlfs_leaf(u8 vtl, u32 leaf, u32 r[4]);

#endif /* _VSM_HV_CPUID_H */
