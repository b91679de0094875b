// SPDX-License-Identifier: GPL-2.0
/*
 * Memory types: EPT entries take over the role of the MTRRs in non-root mode.
 * Must never change an MTRR.  Source: SDM, "Memory Type Range Registers
 * (MTRRs)", "MTRR Precedences".
 */
#include <asm/msr.h>

#include "hv.h"

#define MTRR_MAX_VAR	32
#define MTRR_NR_FIXED	88
#define MTRR_FIXED_END	0x100000UL

/* Read once by the first CPU; constant afterwards. */
static struct {
	bool enabled, fixed;
	u8 def;
	u8 fixed_type[MTRR_NR_FIXED];	/* 8 x 64 KiB, 16 x 16 KiB, 64 x 4 KiB */
	u32 nr_var;
	u64 base[MTRR_MAX_VAR], mask[MTRR_MAX_VAR];
	u8 type[MTRR_MAX_VAR];
} mtrr;

static void read_fixed(u32 msr, u8 *types)
{
	u64 val = rdmsr(msr);

	for (u32 i = 0; i < 8; i++)
		types[i] = val >> (8 * i);
}

void mtrr_read(void)
{
	u64 cap = rdmsr(MSR_MTRRcap), def = rdmsr(MSR_MTRRdefType);
	u32 nr = MIN(cap & MTRRCAP_VCNT, (u64)MTRR_MAX_VAR);

	mtrr.enabled = def & MTRR_DEF_TYPE_E;
	mtrr.fixed = (cap & MTRRCAP_FIX) && (def & MTRR_DEF_TYPE_FE);
	mtrr.def = def & 0xff;
	for (u32 i = 0; i < nr; i++) {
		u64 mask = rdmsr(MSR_MTRRphysMask(i));
		u64 base = rdmsr(MSR_MTRRphysBase(i));

		if (!(mask & MTRR_PHYSMASK_V))
			continue;
		mtrr.base[mtrr.nr_var] = base & PAGE_MASK;
		mtrr.mask[mtrr.nr_var] = mask & PAGE_MASK;
		mtrr.type[mtrr.nr_var++] = base & 0xff;
	}
	if (!mtrr.fixed)
		return;
	read_fixed(MSR_MTRRfix64K_00000, &mtrr.fixed_type[0]);
	read_fixed(MSR_MTRRfix16K_80000, &mtrr.fixed_type[8]);
	read_fixed(MSR_MTRRfix16K_A0000, &mtrr.fixed_type[16]);
	for (u32 i = 0; i < 8; i++)
		read_fixed(MSR_MTRRfix4K_C0000 + i,
			   &mtrr.fixed_type[24 + 8 * i]);
}

static u8 fixed_type(spa_t pa)
{
	if (pa < 0x80000)
		return mtrr.fixed_type[pa >> 16];
	if (pa < 0xc0000)
		return mtrr.fixed_type[8 + ((pa - 0x80000) >> 14)];
	return mtrr.fixed_type[24 + ((pa - 0xc0000) >> 12)];
}

/* SDM: UC wins, WT beats WB, anything else that overlaps is undefined: UC. */
static u8 combine(u8 a, u8 b)
{
	if (a == b)
		return a;
	if ((a == MTRR_TYPE_WT && b == MTRR_TYPE_WB) ||
	    (a == MTRR_TYPE_WB && b == MTRR_TYPE_WT))
		return MTRR_TYPE_WT;
	return MTRR_TYPE_UC;
}

/*
 * The type at @base, and whether all of [base, base + size) has it; @size is a
 * power of two and @base aligned to it.  Not uniform may be said of a range
 * that is: the caller then looks at smaller pieces.
 */
u8 mtrr_type(spa_t base, u64 size, bool *ret_uniform)
{
	bool found = false;
	u8 type = mtrr.def;

	*ret_uniform = true;
	if (!mtrr.enabled)
		return MTRR_TYPE_UC;
	if (mtrr.fixed && base < MTRR_FIXED_END) {
		*ret_uniform = size <= PAGE_SIZE;
		return fixed_type(base);
	}
	for (u32 i = 0; i < mtrr.nr_var; i++) {
		u64 differ = (base ^ mtrr.base[i]) & mtrr.mask[i];

		/* Differ in bits above the range: disjoint. */
		if (differ & ~(size - 1) & hv.maxphyaddr_mask)
			continue;
		/* The register splits the range. */
		if (mtrr.mask[i] & (size - 1))
			*ret_uniform = false;
		if (differ)
			continue;
		type = found ? combine(type, mtrr.type[i]) : mtrr.type[i];
		found = true;
	}
	return type;
}
