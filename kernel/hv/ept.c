// SPDX-License-Identifier: GPL-2.0
/*
 * Extended page tables as a data structure.  Must never know what a page is
 * for, and must never leave a half-built table where a CPU could walk it.
 */
#include "ept.h"

#define EPT_SHIFT	9			/* bits of the address a level */
#define EPT_ENTRIES	(1U << EPT_SHIFT)

static u64 level_size(int level)
{
	return 1ULL << (PAGE_SHIFT + EPT_SHIFT * level);
}

static u32 level_index(gpa_t gpa, int level)
{
	return (gpa >> (PAGE_SHIFT + EPT_SHIFT * level)) & (EPT_ENTRIES - 1);
}

static bool is_present(u64 entry)
{
	return entry & EPT_PRESENT;
}

static bool is_table(u64 entry, int level)
{
	return level > 0 && is_present(entry) && !(entry & EPT_LARGE);
}

/* Leaves like @entry come or go around @gpa. */
static __noinline void
count(struct ept *ept, gpa_t gpa, u64 entry, int level, u64 bytes)
{
	if (is_present(entry) && gpa < ept->counted_end)
		*(level ? &ept->mapped_large : &ept->mapped_4k) += bytes;
}

static u64 *table_of(u64 entry)
{
	return hv_pool_va(entry & EPT_ADDR_MASK);
}

void ept_pool_add(struct ept_pool *pool, void *page)
{
	u64 *p = page;

	*p = (u64)pool->free;
	pool->free = p;
	pool->nr_free++;
	pool->nr_total++;
}

/* Every CPU has flushed: what was unlinked before may be used again. */
void ept_pool_flushed(struct ept_pool *pool)
{
	u64 *p;

	while ((p = pool->deferred)) {
		pool->deferred = (u64 *)*p;
		*p = (u64)pool->free;
		pool->free = p;
		pool->nr_free++;
	}
}

static u64 *pool_alloc(struct ept_pool *pool)
{
	u64 *p = pool->free;

	if (!p)
		return NULL;
	pool->free = (u64 *)*p;
	pool->nr_free--;
	return p;
}

static void pool_defer(struct ept_pool *pool, u64 *p)
{
	*p = (u64)pool->deferred;
	pool->deferred = p;
}

bool ept_init(struct ept *ept, struct ept_pool *pool, bool large_1g)
{
	ept->pool = pool;
	ept->large_1g = large_1g;
	ept->mapped_4k = 0;
	ept->mapped_large = 0;
	ept->root = pool_alloc(pool);
	if (!ept->root)
		return false;
	for (u32 i = 0; i < EPT_ENTRIES; i++)
		ept->root[i] = 0;
	return true;
}

/*
 * The entry one level down that stands for the same thing as a non-table
 * entry at @level.  A not-present entry keeps its software bits.
 */
static u64 split_entry(u64 entry, int level, u32 i)
{
	if (!is_present(entry))
		return entry;
	if (level == 1)
		entry &= ~EPT_LARGE;
	return entry + i * level_size(level - 1);
}

/* Replace a leaf or hole at @level by a table that means the same. */
static u64 *split(struct ept *ept, gpa_t gpa, u64 *slot, int level)
{
	u64 *table = pool_alloc(ept->pool);

	if (!table)
		return NULL;
	for (u32 i = 0; i < EPT_ENTRIES; i++)
		table[i] = split_entry(*slot, level, i);
	count(ept, gpa, *slot, level, -level_size(level));
	count(ept, gpa, *slot, level - 1, level_size(level));
	/* Filled before it can be reached: another CPU may walk it at once. */
	__atomic_store_n(slot, hv_pa(table) | EPT_RWX, __ATOMIC_RELEASE);
	return table;
}

/*
 * What was at @gpa is no more.  Tables have XU set too: without MBEC bit 10 is
 * ignored in a table entry.
 */
static void free_tables(struct ept *ept, gpa_t gpa, u64 entry, int level)
{
	u64 *table;

	if (!is_table(entry, level)) {
		count(ept, gpa, entry, level, -level_size(level));
		return;
	}
	table = table_of(entry);
	for (u32 i = 0; i < EPT_ENTRIES; i++)
		free_tables(ept, gpa + i * level_size(level - 1), table[i],
			    level - 1);
	pool_defer(ept->pool, table);
}

/* @level 0..3: the slot for @gpa there, splitting on the way down. */
static u64 *walk_to(struct ept *ept, gpa_t gpa, int to)
{
	u64 *table = ept->root;

	for (int level = EPT_LEVELS - 1; level > to; level--) {
		u64 *slot = &table[level_index(gpa, level)];

		table = is_table(*slot, level) ? table_of(*slot) :
						 split(ept, gpa, slot, level);
		if (!table)
			return NULL;
	}
	return &table[level_index(gpa, to)];
}

static int best_level(const struct ept *ept, gpa_t gpa, u64 size)
{
	int level = ept->large_1g ? 2 : 1;

	while (level && (!IS_ALIGNED(gpa, level_size(level)) ||
			 size < level_size(level)))
		level--;
	return level;
}

/*
 * Map [gpa, gpa + size) to itself with @flags (permissions, type, software
 * bits) in the largest leaves; without permissions, make it a hole that
 * carries the software bits.  False: the pool ran out; what was mapped stays.
 */
bool ept_map(struct ept *ept, gpa_t gpa, u64 size, u64 flags)
{
	while (size) {
		int level = best_level(ept, gpa, size);
		u64 step = level_size(level), nr = size / step;
		u64 *slot = walk_to(ept, gpa, level);
		u64 entry = flags;

		if (!slot)
			return false;
		if (is_present(flags))
			entry |= gpa | (level ? EPT_LARGE : 0);
		/* To the end of the table, or of what is of this size. */
		nr = MIN(nr, EPT_ENTRIES - (u64)level_index(gpa, level));
		size -= nr * step;
		for (; nr--; gpa += step) {
			u64 old = *slot;

			WRITE_ONCE(*slot++, entry);
			free_tables(ept, gpa, old, level);
			count(ept, gpa, entry, level, step);
			if (is_present(flags))
				entry += step;
		}
	}
	return true;
}

/* The leaf or hole that @gpa falls into, and how much it covers. */
u64 ept_lookup(const struct ept *ept, gpa_t gpa, u64 *ret_size)
{
	const u64 *table = ept->root;
	int level = EPT_LEVELS - 1;
	u64 entry = table[level_index(gpa, level)];

	while (is_table(entry, level)) {
		table = table_of(entry);
		level--;
		entry = table[level_index(gpa, level)];
	}
	*ret_size = level_size(level);
	return entry;
}

/* Replace the 4 KiB entry for @gpa.  False: no table left, nothing changed. */
bool ept_set_page(struct ept *ept, gpa_t gpa, u64 entry)
{
	u64 *slot, size, need = 0;

	/* One table a level from the leaf down to 4 KiB. */
	ept_lookup(ept, gpa, &size);
	for (; size > PAGE_SIZE; size >>= EPT_SHIFT)
		need++;
	if (ept->pool->nr_free < need)
		return false;
	slot = walk_to(ept, gpa, 0);
	count(ept, gpa, *slot, 0, -PAGE_SIZE);
	WRITE_ONCE(*slot, entry);
	count(ept, gpa, entry, 0, PAGE_SIZE);
	return true;
}

/* Fold the 2 MiB around @gpa into one leaf or hole when it is uniform. */
void ept_merge(struct ept *ept, gpa_t gpa)
{
	u64 *table = ept->root, *slot = NULL;
	u64 first;

	for (int level = EPT_LEVELS - 1; level > 0; level--) {
		slot = &table[level_index(gpa, level)];
		if (!is_table(*slot, level))
			return;
		table = table_of(*slot);
	}
	first = table[0];
	if (is_present(first) &&
	    !IS_ALIGNED(first & EPT_ADDR_MASK, level_size(1)))
		return;
	for (u32 i = 1; i < EPT_ENTRIES; i++) {
		u64 want = is_present(first) ? first + i * PAGE_SIZE : first;

		if (table[i] != want)
			return;
	}
	WRITE_ONCE(*slot, is_present(first) ? first | EPT_LARGE : first);
	count(ept, gpa, first, 0, -level_size(1));
	count(ept, gpa, first, 1, level_size(1));
	pool_defer(ept->pool, table);
}
