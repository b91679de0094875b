// SPDX-License-Identifier: GPL-2.0
/*
 * What VTL0's page tables let its kernel execute, and where they lead.
 * Must never follow an entry to what is not VTL0's RAM, nor walk for ever.
 * Source: SDM, "4-Level Paging".
 */
#include "code.h"
#include "paging.h"
#include "vtl0.h"

#define LEVELS		4
#define TABLES_MAX	65536		/* 256 MiB of page tables */

/* Rights are the least of all levels. */
struct walk {
	code_leaf_fn fn;
	void *arg;
	u32 tables;
};

static u64 level_size(int level)
{
	return PAGE_SIZE << (9 * (level - 1));
}

/* Recursion ends with the levels. */
static bool walk_table(struct walk *w, u64 table, int level, u64 gva, bool user)
{
	const u64 *entries = vtl0_page(table);
	u64 e, size = level_size(level);
	u32 i;

	if (!entries || ++w->tables > TABLES_MAX)
		return false;
	for (i = level == LEVELS ? 256 : 0; i < 512; i++) {
		e = READ_ONCE(entries[i]);
		if (!(e & PTE_P) || (e & PTE_NX))
			continue;
		if (level > 1 && !(e & PTE_PS)) {
			if (!walk_table(w, e & PTE_ADDR, level - 1,
					gva + i * size, user && (e & PTE_U)))
				return false;
		} else if (!(user && (e & PTE_U)) &&
			   !w->fn(w->arg, gva + i * size,
				  e & PTE_ADDR & ~(size - 1), size)) {
			return false;
		}
	}
	return true;
}

bool code_walk(u64 cr3, code_leaf_fn fn, void *arg)
{
	struct walk w = { .fn = fn, .arg = arg };

	return walk_table(&w, cr3 & PTE_ADDR, LEVELS, 0xffff000000000000ULL,
			  true);
}

bool code_leaf_at(u64 cr3, u64 va, struct code_leaf *ret_leaf)
{
	u64 table = cr3 & PTE_ADDR, e, size;
	bool user = true, exec = true, writable = true;
	const u64 *entries;
	int level;

	for (level = LEVELS; level; level--) {
		entries = vtl0_page(table);
		if (!entries)
			return false;
		size = level_size(level);
		e = READ_ONCE(entries[va / size & 511]);
		if (!(e & PTE_P))
			return false;
		user = user && (e & PTE_U);
		exec = exec && !(e & PTE_NX);
		writable = writable && (e & PTE_W);
		if (level == 1 || (e & PTE_PS))
			break;
		table = e & PTE_ADDR;
	}
	*ret_leaf = (struct code_leaf){
		.gpa = e & PTE_ADDR & ~(size - 1),
		.size = size,
		.kernel_exec = exec && !user,
		.writable = writable,
	};
	return true;
}

u64 code_translate(u64 cr3, u64 va)
{
	struct code_leaf leaf;

	return code_leaf_at(cr3, va, &leaf) ? leaf.gpa + (va & (leaf.size - 1)) :
					      CODE_NOWHERE;
}

bool code_read_va(u64 cr3, u64 va, void *buf, u64 len)
{
	const u8 *page;
	u8 *to = buf;
	u64 gpa, n;

	for (; len; len -= n, va += n, to += n) {
		gpa = code_translate(cr3, va);
		if (gpa == CODE_NOWHERE)
			return false;
		page = vtl0_page(gpa & PAGE_MASK);
		if (!page)
			return false;
		n = MIN(len, PAGE_SIZE - va % PAGE_SIZE);
		memcpy(to, page + va % PAGE_SIZE, n);
	}
	return true;
}
