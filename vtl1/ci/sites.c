// SPDX-License-Identifier: GPL-2.0
/*
 * The table of patch sites.  Must never lose a site: what does not fit is an
 * error.
 */
#include <vsm/string.h>

#include "sites.h"

/* A site: 28 bits of offset, 4 of kind, 32 of what belongs to the kind. */
#define AT_SHIFT	36
#define KIND_SHIFT	32
#define KIND_MASK	0xf

static const struct {
	const char *name;
	bool mutable;
} kinds[] = {
	[CI_SITE_CONSTANT] = { "constant", false },
	[CI_SITE_RETPOLINE] = { "retpoline", false },
	[CI_SITE_RETURN] = { "return", false },
	[CI_SITE_ALT] = { "alternative", false },
	[CI_SITE_ENDBR] = { "endbr", false },
	[CI_SITE_MCOUNT] = { "mcount", true },
	[CI_SITE_LOCK] = { "lock", true },
	[CI_SITE_JUMP] = { "jump label", true },
	[CI_SITE_STATIC_CALL] = { "static call", true },
	[CI_SITE_TRAMP] = { "trampoline", true },
	[CI_SITE_FTRACE] = { "ftrace call", true },
};

static_assert(ARRAY_SIZE(kinds) == CI_SITE_KINDS);
static_assert(ARRAY_SIZE(kinds) <= KIND_MASK + 1);

bool ci_site_is_mutable(enum ci_site_kind kind)
{
	return kinds[kind].mutable;
}

const char *ci_site_kind_name(enum ci_site_kind kind)
{
	return kinds[kind].name;
}

enum ci_error ci_sites_init(struct ci_sites *sites, struct ci_arena *arena,
			    u64 base, u64 size, u32 max)
{
	if (size > BIT_ULL(64 - AT_SHIFT))
		return CI_SITE_RANGE;
	*sites = (struct ci_sites){
		.base = base,
		.size = size,
		.entry = ci_arena_alloc(arena, max, sizeof(u64)),
		.max = max,
	};
	return sites->entry ? CI_OK : CI_NO_MEMORY;
}

enum ci_error ci_sites_add(struct ci_sites *sites, enum ci_site_kind kind,
			   u64 va, s64 arg)
{
	if (!ci_sites_cover(sites, va) || arg != (s32)arg)
		return CI_SITE_RANGE;
	if (sites->nr == sites->max)
		return CI_NO_MEMORY;
	sites->entry[sites->nr++] = (va - sites->base) << AT_SHIFT |
				    (u64)kind << KIND_SHIFT | (u32)arg;
	return CI_OK;
}

static void sift_down(u64 *entry, u32 i, u32 nr)
{
	u64 moved = entry[i];
	u32 child;

	while ((child = 2 * i + 1) < nr) {
		if (child + 1 < nr && entry[child + 1] > entry[child])
			child++;
		if (entry[child] <= moved)
			break;
		entry[i] = entry[child];
		i = child;
	}
	entry[i] = moved;
}

/* Heapsort: in place, and no order of the input makes it slow. */
void ci_sort(u64 *entry, u32 nr)
{
	u64 swap;
	u32 i;

	for (i = nr / 2; i-- > 0;)
		sift_down(entry, i, nr);
	for (i = nr; i-- > 1;) {
		swap = entry[0];
		entry[0] = entry[i];
		entry[i] = swap;
		sift_down(entry, 0, i);
	}
}

void ci_sites_sort(struct ci_sites *sites)
{
	u64 *entry = sites->entry;
	u32 nr = sites->nr, i;

	ci_sort(entry, nr);
	sites->nr = 0;
	for (i = 0; i < nr; i++)
		if (!i || entry[i] != entry[sites->nr - 1])
			entry[sites->nr++] = entry[i];
}

struct ci_site ci_sites_get(const struct ci_sites *sites, u32 i)
{
	u64 e = sites->entry[i];

	return (struct ci_site){
		.va = sites->base + (e >> AT_SHIFT),
		.kind = e >> KIND_SHIFT & KIND_MASK,
		.arg = (s32)e,
	};
}

void ci_sites_keep_mutable(struct ci_sites *sites)
{
	u32 i, n = 0;

	for (i = 0; i < sites->nr; i++)
		if (kinds[sites->entry[i] >> KIND_SHIFT & KIND_MASK].mutable)
			sites->entry[n++] = sites->entry[i];
	sites->nr = n;
}

u32 ci_sites_first(const struct ci_sites *sites, u64 va)
{
	u32 low = 0, high = sites->nr, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (sites->base + (sites->entry[mid] >> AT_SHIFT) < va)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}
