// SPDX-License-Identifier: GPL-2.0
/*
 * Page tables of the kernel half and of trustlets.
 * Must never make a page both writable and executable, nor map memory of the
 * hypervisor.
 */
#include "paging.h"
#include "sk.h"

#define LEVELS	4

static u64 level_size(int level)
{
	return PAGE_SIZE << (9 * (level - 1));
}

static u64 *level_entry(u64 table, u64 va, int level)
{
	u64 *entries = pa_va(table);

	return &entries[va >> (12 + 9 * (level - 1)) & 511];
}

/* The table below @entry, made when there is none. */
static u64 next_table(u64 *entry, u64 user)
{
	u64 pa;

	if (*entry & PTE_P)
		return *entry & PTE_PS ? 0 : *entry & PTE_ADDR;
	pa = page_alloc();
	if (pa)
		*entry = pa | PTE_P | PTE_W | PTE_A | user;
	return pa;
}

static bool map_one(u64 root, u64 va, u64 pa, int leaf, u64 flags)
{
	u64 table = root, *entry;
	int level;

	for (level = LEVELS; level > leaf; level--) {
		entry = level_entry(table, va, level);
		table = next_table(entry, flags & PTE_U);
		if (!table)
			return false;
	}
	entry = level_entry(table, va, leaf);
	BUG_ON(*entry & PTE_P);
	*entry = pa | flags | (leaf > 1 ? PTE_PS : 0);
	return true;
}

static int best_leaf(u64 va, u64 pa, u64 size)
{
	int leaf = sk.gbpages ? 3 : 2;

	while (leaf > 1 && (!IS_ALIGNED(va | pa, level_size(leaf)) ||
			    size < level_size(leaf)))
		leaf--;
	return leaf;
}

bool paging_map(u64 root, u64 va, u64 pa, u64 size, u64 flags)
{
	int leaf;

	BUG_ON((flags & PTE_W) && !(flags & PTE_NX));
	while (size) {
		leaf = best_leaf(va, pa, size);
		if (!map_one(root, va, pa, leaf, flags))
			return false;
		va += level_size(leaf);
		pa += level_size(leaf);
		size -= level_size(leaf);
	}
	return true;
}

static bool map_image(const u8 *from, const u8 *to, u64 flags)
{
	return paging_map(sk.kernel_cr3, (u64)from, sk_image_pa(from),
			  to - from, flags | PTE_G);
}

/* All RAM but the hypervisor's, and but what is read-only in the image. */
static bool map_direct(void)
{
	const struct vsm_loader_block *lb = &sk.loader;
	static struct vsm_range ranges[RANGE_MAX];
	struct range_list list = { .range = ranges, .max = RANGE_MAX };
	struct vsm_range image = {
		sk_image_pa(sk_text), sk_rodata_end - sk_text
	};
	u32 i;

	for (i = 0; i < lb->nr_ram; i++)
		if (!range_add(&list, &lb->ram[i]))
			return false;
	for (i = 0; i < lb->nr_vtl1; i++)
		if (!range_add(&list, &lb->vtl1[i]))
			return false;
	for (i = 0; i < lb->nr_hv; i++)
		if (!range_remove(&list, &lb->hv[i]))
			return false;
	if (!range_remove(&list, &image))
		return false;
	for (i = 0; i < list.nr; i++)
		if (!paging_map(sk.kernel_cr3, SK_DIRECT + list.range[i].base,
				list.range[i].base, list.range[i].size,
				MAP_RW | PTE_G))
			return false;
	return true;
}

bool paging_setup(void)
{
	sk.kernel_cr3 = page_alloc();
	/*
	 * Image, stacks and heap share the root's last entry: the half that
	 * trustlets copy never changes again.
	 */
	return sk.kernel_cr3 && map_direct() &&
	       map_image(sk_text, sk_text_end, MAP_RX) &&
	       map_image(sk_text_end, sk_rodata_end, MAP_R) &&
	       map_image(sk_rodata_end, sk_end, MAP_RW);
}

/* The last-level table of @va in the kernel half; 0: out of memory. */
static u64 last_table(u64 va)
{
	u64 table = sk.kernel_cr3;
	int level;

	for (level = LEVELS; table && level > 1; level--)
		table = next_table(level_entry(table, va, level), 0);
	return table;
}

bool paging_prepare(u64 va, u64 size)
{
	u64 off;

	for (off = 0; off < size; off += level_size(2))
		if (!last_table(va + off))
			return false;
	return true;
}

bool paging_back(u64 va, u64 size)
{
	u64 off, pa, table, *entry;

	for (off = 0; off < size; off += PAGE_SIZE) {
		table = last_table(va + off);
		if (!table)
			return false;
		entry = level_entry(table, va + off, 1);
		if (*entry & PTE_P)
			continue;
		pa = page_alloc();
		if (!pa)
			return false;
		*entry = pa | MAP_RW | PTE_G;
	}
	return true;
}

/*
 * One page that is not global: other VPs keep its translation until they load
 * CR3.  Tables stay; who owns the 2 MiB around @va may add one.
 */
bool paging_back_local(u64 va)
{
	u64 table = last_table(va), *entry, pa;

	if (!table)
		return false;
	entry = level_entry(table, va, 1);
	BUG_ON(*entry & PTE_P);
	pa = page_alloc_user();
	if (!pa)
		return false;
	*entry = pa | MAP_RW;
	return true;
}

void paging_drop_local(u64 va)
{
	u64 *entry = level_entry(last_table(va), va, 1);
	u64 pa = *entry & PTE_ADDR;

	*entry = 0;
	invlpg(va);
	page_free(pa);
}

static bool check_table(u64 table, int level)
{
	u64 *entries = pa_va(table), e;
	int i;

	for (i = 0; i < 512; i++) {
		e = entries[i];
		if (!(e & PTE_P))
			continue;
		if (e & PTE_U)
			return false;
		if (level > 1 && !(e & PTE_PS)) {
			if (!check_table(e & PTE_ADDR, level - 1))
				return false;
		} else if ((e & PTE_W) && !(e & PTE_NX)) {
			return false;
		}
	}
	return true;
}

bool paging_check(void)
{
	return check_table(sk.kernel_cr3, LEVELS);
}
