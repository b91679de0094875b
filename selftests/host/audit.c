// SPDX-License-Identifier: GPL-2.0
/*
 * EPT tables as the processor reads them.  Must never call the code that made
 * them.  Source: SDM, "EPT Translation Mechanism", "EPT Misconfigurations".
 */
#include <string.h>

#include "audit.h"
#include "script.h"

#define ENTRIES		512
#define SW_BITS		(EPT_SW_PROTECTED | EPT_SW_HV)
#define TABLE_BITS	(EPT_R | EPT_W | EPT_X | EPT_XU | EPT_ADDR_MASK)
#define LEAF_BITS	(TABLE_BITS | 7ULL << EPT_TYPE_SHIFT | EPT_LARGE | \
			 SW_BITS)

void audit_begin(struct audit *a)
{
	memset(a->place, 0, sizeof(a->place));
}

static bool place(struct audit *a, const void *page, struct audit_place where)
{
	u64 off = (const u8 *)page - a->pool_base;

	if (!EXPECT((const u8 *)page >= a->pool_base) ||
	    !EXPECT(off / PAGE_SIZE < a->pool_pages && off % PAGE_SIZE == 0) ||
	    !EXPECT(a->place[off / PAGE_SIZE].kind == AUDIT_NOWHERE))
		return false;
	a->place[off / PAGE_SIZE] = where;
	return true;
}

static u64 span(int level)
{
	return PAGE_SIZE << (9 * level);
}

static bool is_table(u64 entry, int level)
{
	return level && (entry & EPT_PRESENT) && !(entry & EPT_LARGE);
}

static bool type_exists(u64 entry)
{
	u64 type = entry >> EPT_TYPE_SHIFT & 7;

	return type <= 1 || (type >= 4 && type <= 6);
}

/* What the processor would call a misconfiguration, and what is never used. */
static void leaf_valid(const struct ept *ept, u64 entry, int level)
{
	EXPECT(level < 2 || (level == 2 && ept->large_1g));
	EXPECT(!(entry & ~LEAF_BITS));
	EXPECT(!(entry & EPT_LARGE) == !level);
	EXPECT(!(entry & EPT_ADDR_MASK & (span(level) - 1)));
	EXPECT(entry & EPT_R);
	EXPECT(type_exists(entry));
}

static void leaf(struct audit *a, const struct ept *ept, gpa_t base, u64 entry,
		 int level)
{
	leaf_valid(ept, entry, level);
	if (a->leaf_ok)
		a->leaf_ok(ept, base, entry, span(level));
}

/* All pages of a leaf or hole have what the reference says. */
static bool means(struct audit *a, const struct pages *want, gpa_t base,
		  u64 entry, u64 size)
{
	u64 gpn = base >> PAGE_SHIFT, nr = size >> PAGE_SHIFT;
	bool present = entry & EPT_PRESENT;
	u64 flags = entry & ~(u64)EPT_LARGE;

	if (gpn >= MODEL_PAGES) {
		u64 beyond = a->beyond ? a->beyond(base) : 0;

		return EXPECT(flags == page_of_flags(gpn, beyond));
	}
	for (u64 i = 0; i < nr && gpn + i < MODEL_PAGES; i++) {
		u64 is = present ? flags + (i << PAGE_SHIFT) : flags;

		if (!EXPECT(is == pages_get(want, gpn + i)))
			return false;
		/* The rest of an untouched region has the same flags. */
		if ((gpn + i) % REGION_PAGES == 0 && nr - i >= REGION_PAGES &&
		    !want->split[(gpn + i) / REGION_PAGES])
			i += REGION_PAGES - 1;
	}
	return true;
}

static bool walk(struct audit *a, const struct ept *ept,
		 const struct pages *want, const u64 *table,
		 struct audit_place here)
{
	u64 size = span(here.level);

	if (!place(a, table, here))
		return false;
	for (u32 i = 0; i < ENTRIES; i++) {
		gpa_t base = here.base + i * size;
		struct audit_place below = {
			AUDIT_TABLE, ept, here.level - 1, base,
		};
		u64 entry = table[i];

		if (is_table(entry, here.level)) {
			if (!EXPECT(!(entry & ~TABLE_BITS)) ||
			    !EXPECT((entry & EPT_PRESENT) == EPT_RWX) ||
			    !walk(a, ept, want,
				  hv_pool_va(entry & EPT_ADDR_MASK), below))
				return false;
			continue;
		}
		if (!(entry & EPT_PRESENT))
			EXPECT(!(entry & ~SW_BITS));
		else
			leaf(a, ept, base, entry, here.level);
		if (want && !means(a, want, base, entry, size))
			return false;
	}
	return true;
}

int audit_level(const struct ept *ept, gpa_t gpa)
{
	const u64 *table = ept->root;
	int level = EPT_LEVELS - 1;

	for (;; level--) {
		u64 entry = table[gpa / span(level) % ENTRIES];

		if (!is_table(entry, level))
			return level;
		table = hv_pool_va(entry & EPT_ADDR_MASK);
	}
}

bool audit_ept(struct audit *a, const struct ept *ept,
	       const struct pages *want)
{
	struct audit_place root = { AUDIT_TABLE, ept, EPT_LEVELS - 1, 0 };

	return walk(a, ept, want, ept->root, root);
}

static bool list(struct audit *a, const u64 *p, enum audit_kind kind,
		 u64 *ret_nr)
{
	struct audit_place where = { .kind = kind };

	for (*ret_nr = 0; p; p = (const u64 *)*p) {
		if (!place(a, p, where))
			return false;
		++*ret_nr;
	}
	return true;
}

bool audit_pool(struct audit *a)
{
	u64 nr_free, nr_deferred;

	if (!list(a, a->pool->free, AUDIT_FREE, &nr_free) ||
	    !list(a, a->pool->deferred, AUDIT_DEFERRED, &nr_deferred))
		return false;
	EXPECT(nr_free == a->pool->nr_free);
	EXPECT(a->pool_pages == a->pool->nr_total);
	for (u64 i = 0; i < a->pool_pages; i++)
		EXPECT(a->place[i].kind != AUDIT_NOWHERE);
	return !expect_bad;
}

bool audit_no_reuse(const struct audit *old, const struct audit *now)
{
	for (u64 i = 0; i < old->pool_pages; i++) {
		const struct audit_place *o = &old->place[i];
		const struct audit_place *n = &now->place[i];

		if (o->kind == AUDIT_DEFERRED)
			EXPECT(n->kind == AUDIT_DEFERRED);
		if (o->kind != AUDIT_TABLE || n->kind == AUDIT_DEFERRED)
			continue;
		EXPECT(n->kind == AUDIT_TABLE && n->ept == o->ept &&
		       n->level == o->level && n->base == o->base);
	}
	return !expect_bad;
}
