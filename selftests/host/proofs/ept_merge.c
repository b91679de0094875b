// SPDX-License-Identifier: GPL-2.0
/*
 * ept_merge(): no page changes its meaning; a table whose entries are one leaf
 * or one hole is folded, any other stays; the table waits for a flush.
 */
#include "tables.h"

static bool uniform(gpa_t base)
{
	u64 first = meaning(base);
	u64 step = is_present(first) ? PAGE_SIZE : 0;

	return meaning(base + PAGE_SIZE) == first + step &&
	       (!step || IS_ALIGNED(first & EPT_ADDR_MASK, level_size(1)));
}

void prove(void)
{
	gpa_t gpa = any_gpa(), other = any_gpa();
	u64 old, before, after;
	bool fold;

	any_tables();
	old = meaning(other);
	ept_lookup(&ept, gpa, &before);
	fold = before == PAGE_SIZE && uniform(ALIGN_DOWN(gpa, level_size(1)));
	ept_merge(&ept, gpa);
	CLAIM(meaning(other) == old);
	ept_lookup(&ept, gpa, &after);
	CLAIM(after == (fold ? level_size(1) : before));
	CLAIM(pool.deferred == (fold ? page3 : NULL));
}
