// SPDX-License-Identifier: GPL-2.0
/*
 * Lower halves: what a trustlet, and who loads it, works in.
 * Must never dereference an address of ring 3: every access walks the tables
 * and goes through the direct map.
 */
#include "paging.h"
#include "sk.h"

#define LEVELS	4

bool aspace_create(struct aspace *as)
{
	u64 pa = page_alloc_user();

	if (!pa)
		return false;
	memcpy((u8 *)pa_va(pa) + PAGE_SIZE / 2,
	       (u8 *)pa_va(sk.kernel_cr3) + PAGE_SIZE / 2, PAGE_SIZE / 2);
	as->root = pa;
	return true;
}

/* Every page of the lower half, then the tables that lead there. */
static void walk(u64 table, int level, int nr, void (*page)(u64 pa),
		 void (*done)(u64 table))
{
	u64 *entries = pa_va(table);
	int i;

	for (i = 0; i < nr; i++) {
		if (!(entries[i] & PTE_P))
			continue;
		if (level > 1)
			walk(entries[i] & PTE_ADDR, level - 1, 512, page, done);
		else
			page(entries[i] & PTE_ADDR);
	}
	done(table);
}

void aspace_destroy(struct aspace *as)
{
	if (as->root)
		walk(as->root, LEVELS, 256, page_free, page_free);
	as->root = 0;
}

static void scrub_page(u64 pa)
{
	memzero_explicit(pa_va(pa), PAGE_SIZE);
}

/* Tables hold no secret, and whoever runs on them still does. */
static void keep(u64 table)
{
	(void)table;
}

void aspace_scrub(const struct aspace *as)
{
	if (as->root)
		walk(as->root, LEVELS, 256, scrub_page, keep);
}

/* The leaf of @va, NULL: none. */
static u64 *find_leaf(const struct aspace *as, u64 va)
{
	u64 table = as->root, *entries;
	int level;

	for (level = LEVELS;; level--) {
		entries = pa_va(table);
		entries += va >> (12 + 9 * (level - 1)) & 511;
		if (!(*entries & PTE_P))
			return NULL;
		if (level == 1)
			return entries;
		table = *entries & PTE_ADDR;
	}
}

bool aspace_back(struct aspace *as, u64 va, u64 size, u64 flags)
{
	u64 off, pa;

	BUG_ON(va >= USER_END || size > USER_END - va);
	for (off = 0; off < size; off += PAGE_SIZE) {
		pa = page_alloc_user();
		if (!pa)
			return false;
		if (!paging_map(as->root, va + off, pa, PAGE_SIZE, flags)) {
			page_free(pa);
			return false;
		}
	}
	return true;
}

void aspace_drop(struct aspace *as, u64 va, u64 size)
{
	u64 off, *leaf;

	for (off = 0; off < size; off += PAGE_SIZE) {
		leaf = find_leaf(as, va + off);
		if (!leaf)
			continue;
		page_free(*leaf & PTE_ADDR);
		*leaf = 0;
	}
}

static u64 leaf_pa(const struct aspace *as, u64 va, u64 need)
{
	u64 *leaf;

	if (va >= USER_END)
		return 0;
	leaf = find_leaf(as, va);
	if (!leaf || (*leaf & need) != need)
		return 0;
	return (*leaf & PTE_ADDR) | (va & ~PAGE_MASK);
}

u64 aspace_user_pa(const struct aspace *as, u64 va, bool write)
{
	return leaf_pa(as, va, PTE_U | (write ? PTE_W : 0));
}

/* Piece by piece; either all of it is allowed or nothing is moved. */
static bool transfer(const struct aspace *as, u64 va, void *dst,
		     const void *src, u64 len, u64 need)
{
	u64 off, n, pa;

	if (va >= USER_END || len > USER_END - va)
		return false;
	for (off = 0; off < len; off += PAGE_SIZE - ((va + off) & ~PAGE_MASK))
		if (!leaf_pa(as, va + off, need))
			return false;
	for (off = 0; off < len; off += n) {
		pa = leaf_pa(as, va + off, need);
		n = MIN(len - off, PAGE_SIZE - (pa & ~PAGE_MASK));
		if (dst)
			memcpy((u8 *)dst + off, pa_va(pa), n);
		else
			memcpy(pa_va(pa), (const u8 *)src + off, n);
	}
	return true;
}

bool aspace_read(const struct aspace *as, void *dst, u64 va, u64 len)
{
	return transfer(as, va, dst, NULL, len, PTE_U);
}

bool aspace_write(const struct aspace *as, u64 va, const void *src, u64 len)
{
	return transfer(as, va, NULL, src, len, PTE_U | PTE_W);
}

bool aspace_fill(const struct aspace *as, u64 va, const void *src, u64 len)
{
	return transfer(as, va, NULL, src, len, 0);
}
