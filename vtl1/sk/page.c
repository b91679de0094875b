// SPDX-License-Identifier: GPL-2.0
/*
 * Hands out single pages of VTL1 memory.
 * Must never hand out a page that still holds what somebody wrote there.
 */
#include "sk.h"

#define PAGE_RESERVE	64

static struct spinlock page_lock;
/* page_lock guards these. */
static u64 page_head;			/* physical; 0: empty */
static u64 pages_total;
static u64 pages_free;

static void page_push(u64 pa)
{
	u64 *link = pa_va(pa);
	u64 flags = sk_lock(&page_lock);

	*link = page_head;
	page_head = pa;
	pages_free++;
	sk_unlock(&page_lock, flags);
}

void page_give(u64 pa, u64 size)
{
	u64 off;

	pages_total += size / PAGE_SIZE;
	for (off = 0; off < size; off += PAGE_SIZE)
		page_free(pa + off);
}

u64 page_alloc(void)
{
	u64 flags = sk_lock(&page_lock);
	u64 pa = page_head, *link;

	if (pa) {
		link = pa_va(pa);
		page_head = *link;
		*link = 0;
		pages_free--;
	}
	sk_unlock(&page_lock, flags);
	return pa;
}

/* What trustlets cannot take, so that they can always be ended. */
u64 page_alloc_user(void)
{
	return READ_ONCE(pages_free) > PAGE_RESERVE ? page_alloc() : 0;
}

void page_free(u64 pa)
{
	BUG_ON(!pa || !IS_ALIGNED(pa, PAGE_SIZE));
	memzero_explicit(pa_va(pa), PAGE_SIZE);
	page_push(pa);
}

void page_count(u64 *ret_total, u64 *ret_free)
{
	u64 flags = sk_lock(&page_lock);

	*ret_total = pages_total;
	*ret_free = pages_free;
	sk_unlock(&page_lock, flags);
}
