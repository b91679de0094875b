/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The reference that page tables are compared with: one entry for each 4 KiB
 * page, in a flat array.  A region of 2 MiB that nobody touched is kept as one
 * value, for speed alone.
 */
#ifndef _VSM_HOST_PAGES_H
#define _VSM_HOST_PAGES_H

#include "../../kernel/hv/ept.h"

#define REGION_PAGES	512
#define MODEL_REGIONS	1536			/* 3 GiB */
#define MODEL_PAGES	(MODEL_REGIONS * REGION_PAGES)

/* Of each region: entries when it is split, else flags for all of it. */
struct pages {
	bool split[MODEL_REGIONS];
	u64 all[MODEL_REGIONS];
	u64 page[MODEL_PAGES];
};

/* What a page has that is mapped to itself (or not at all) with @flags. */
static inline u64 page_of_flags(u64 gpn, u64 flags)
{
	return flags & EPT_PRESENT ? flags | gpn << PAGE_SHIFT : flags;
}

static inline u64 pages_get(const struct pages *p, u64 gpn)
{
	u64 r = gpn / REGION_PAGES;

	return p->split[r] ? p->page[gpn] : page_of_flags(gpn, p->all[r]);
}

static inline void pages_set(struct pages *p, u64 gpn, u64 entry)
{
	u64 r = gpn / REGION_PAGES;

	if (!p->split[r]) {
		for (u64 n = r * REGION_PAGES; n < (r + 1) * REGION_PAGES; n++)
			p->page[n] = page_of_flags(n, p->all[r]);
		p->split[r] = true;
	}
	p->page[gpn] = entry;
}

/* Map [@gpn, @gpn + @nr) to itself with @flags; without permissions, unmap. */
static inline void pages_map(struct pages *p, u64 gpn, u64 nr, u64 flags)
{
	while (nr) {
		u64 r = gpn / REGION_PAGES;

		if (gpn % REGION_PAGES == 0 && nr >= REGION_PAGES) {
			p->split[r] = false;
			p->all[r] = flags;
			gpn += REGION_PAGES;
			nr -= REGION_PAGES;
			continue;
		}
		pages_set(p, gpn, page_of_flags(gpn, flags));
		gpn++;
		nr--;
	}
}

#endif /* _VSM_HOST_PAGES_H */
