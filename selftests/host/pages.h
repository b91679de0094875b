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

struct region {
	bool split;
	u64 all;			/* flags, when not split */
	u64 page[REGION_PAGES];		/* entries, when split */
};

struct pages {
	struct region region[MODEL_REGIONS];
};

/* What a page has that is mapped to itself (or not at all) with @flags. */
static inline u64 page_of_flags(u64 gpn, u64 flags)
{
	return flags & EPT_PRESENT ? flags | gpn << PAGE_SHIFT : flags;
}

static inline u64 pages_get(const struct pages *p, u64 gpn)
{
	const struct region *r = &p->region[gpn / REGION_PAGES];

	return r->split ? r->page[gpn % REGION_PAGES] :
			  page_of_flags(gpn, r->all);
}

static inline void pages_set(struct pages *p, u64 gpn, u64 entry)
{
	struct region *r = &p->region[gpn / REGION_PAGES];

	if (!r->split) {
		u64 first = gpn - gpn % REGION_PAGES;

		for (u64 i = 0; i < REGION_PAGES; i++)
			r->page[i] = page_of_flags(first + i, r->all);
		r->split = true;
	}
	r->page[gpn % REGION_PAGES] = entry;
}

/* Map [@gpn, @gpn + @nr) to itself with @flags; without permissions, unmap. */
static inline void pages_map(struct pages *p, u64 gpn, u64 nr, u64 flags)
{
	while (nr) {
		if (gpn % REGION_PAGES == 0 && nr >= REGION_PAGES) {
			p->region[gpn / REGION_PAGES].split = false;
			p->region[gpn / REGION_PAGES].all = flags;
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
