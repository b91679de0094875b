/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Any tables of four levels with one table at each, and a pool of up to three
 * pages.  The source is kernel/hv/ept.c with two entries a table in place of
 * 512, so that all states can be looked at; nothing else differs.
 */
#ifndef _VSM_HOST_TABLES_H
#define _VSM_HOST_TABLES_H

#include "ept_small.c"
#include "proof.h"

#define NR_PAGES	7		/* 0..3: tables of levels 3..0 */
#define PA(i)		(0x5000000UL + (i) * PAGE_SIZE)
#define SW_BITS		(EPT_SW_PROTECTED | EPT_SW_HV)

static u64 page0[EPT_ENTRIES], page1[EPT_ENTRIES], page2[EPT_ENTRIES];
static u64 page3[EPT_ENTRIES], page4[EPT_ENTRIES], page5[EPT_ENTRIES];
static u64 page6[EPT_ENTRIES];
static struct ept_pool pool;
static struct ept ept = { .root = page0, .pool = &pool };
/* The one entry of each level that may lead to a table. */
static u32 table_at[EPT_LEVELS];

spa_t hv_pa(const void *va)
{
	if (va == page4)
		return PA(4);
	if (va == page5)
		return PA(5);
	CLAIM(va == page6);
	return PA(6);
}

void *hv_pool_va(spa_t pa)
{
	switch (pa) {
	case PA(1):
		return page1;
	case PA(2):
		return page2;
	case PA(3):
		return page3;
	case PA(4):
		return page4;
	case PA(5):
		return page5;
	default:
		CLAIM(pa == PA(6));
		return page6;
	}
}

static_assert(EPT_ENTRIES == 2, "the source is the small one");

#define GPA_END		(1ULL << (PAGE_SHIFT + EPT_LEVELS * EPT_SHIFT))

static bool well_formed_leaf(u64 e, int level)
{
	u64 low = e & EPT_ADDR_MASK & (level_size(level) - 1);

	if (level == 3)
		return false;
	return !low && !(e & EPT_LARGE) == !level &&
	       !(e & ~(EPT_RWX | EPT_ADDR_MASK | SW_BITS | EPT_LARGE |
		       7ULL << EPT_TYPE_SHIFT));
}

static bool well_formed(u64 e, int level, u32 i)
{
	if (!(e & EPT_PRESENT))
		return !(e & ~SW_BITS);
	if (level && !(e & EPT_LARGE))
		return i == table_at[level] &&
		       e == (PA(4 - level) | EPT_RWX);
	return well_formed_leaf(e, level);
}

static void any_table(u64 *table, int level)
{
	for (u32 i = 0; i < EPT_ENTRIES; i++) {
		table[i] = nondet_u64();
		ASSUME(well_formed(table[i], level, i));
	}
}

static void any_tables(void)
{
	static u64 *const spare[] = { page4, page5, page6 };
	u32 nr = nondet_u32() % 4;

	for (int level = 0; level < EPT_LEVELS; level++)
		table_at[level] = nondet_u32() % EPT_ENTRIES;
	any_table(page0, 3);
	any_table(page1, 2);
	any_table(page2, 1);
	any_table(page3, 0);
	ept.large_1g = nondet_bool();
	/* The first to be taken is always the same one. */
	for (u32 i = nr; i; i--)
		ept_pool_add(&pool, spare[i - 1]);
}

static gpa_t any_gpa(void)
{
	gpa_t gpa = nondet_u64();

	ASSUME(gpa < GPA_END);
	return gpa;
}

/* The entry of the 4 KiB page at @gpa, whatever covers it. */
static u64 meaning(gpa_t gpa)
{
	u64 size, e = ept_lookup(&ept, gpa, &size);

	if (size == PAGE_SIZE || !(e & EPT_PRESENT))
		return e;
	return (e & ~(u64)EPT_LARGE) + (gpa & (size - 1) & PAGE_MASK);
}

#endif /* _VSM_HOST_TABLES_H */
