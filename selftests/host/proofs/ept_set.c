// SPDX-License-Identifier: GPL-2.0
/*
 * ept_set_page(): the page reads back, every other page means what it meant;
 * with too few tables left it refuses and nothing changes.
 */
#include "tables.h"

void prove(void)
{
	gpa_t gpa = any_gpa(), other = any_gpa();
	u64 entry = nondet_u64(), size, old_page, old_other, free;
	u32 need = 0;

	any_tables();
	ASSUME(well_formed(entry, 0, 0));
	old_page = meaning(gpa);
	old_other = meaning(other);
	ept_lookup(&ept, gpa, &size);
	while (size > PAGE_SIZE) {
		size /= EPT_ENTRIES;
		need++;
	}
	free = pool.nr_free;
	if (!ept_set_page(&ept, gpa, entry)) {
		CLAIM(free < need && pool.nr_free == free);
		CLAIM(meaning(gpa) == old_page);
		CLAIM(meaning(other) == old_other);
		return;
	}
	CLAIM(free >= need && pool.nr_free == free - need);
	CLAIM(meaning(gpa) == entry);
	if (gpa >> PAGE_SHIFT != other >> PAGE_SHIFT)
		CLAIM(meaning(other) == old_other);
}
