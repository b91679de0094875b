// SPDX-License-Identifier: GPL-2.0
/*
 * ept_map() of a 4 KiB page (MAP_LEVEL 0) or of what a table of them covers (1):
 * the range has the flags, every other page means what it meant; when tables
 * run out, nothing changes; a table that is replaced waits for a flush.
 */
#include "tables.h"

void prove(void)
{
	gpa_t gpa = any_gpa(), other = any_gpa();
	u64 flags = nondet_u64(), old, free;
	const u64 size = level_size(MAP_LEVEL);
	bool inside;

	any_tables();
	ASSUME(IS_ALIGNED(gpa, size));
	ASSUME(well_formed(flags, 0, 0) && !(flags & EPT_ADDR_MASK));
	old = meaning(other);
	inside = other >= gpa && other < gpa + size;
	free = pool.nr_free;
	if (!ept_map(&ept, gpa, size, flags)) {
		CLAIM(free < EPT_PAGE_WORST && !pool.nr_free);
		CLAIM(meaning(other) == old);
		return;
	}
	if (!inside)
		CLAIM(meaning(other) == old);
	else if (is_present(flags))
		CLAIM(meaning(other) == (flags | (other & PAGE_MASK)));
	else
		CLAIM(meaning(other) == flags);
	CLAIM(!pool.deferred || (pool.deferred == page3 && size > PAGE_SIZE));
}
