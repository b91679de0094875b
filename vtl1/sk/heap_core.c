// SPDX-License-Identifier: GPL-2.0
/*
 * First-fit allocation with merging of free neighbours.
 * Must never leave what a block held for the next owner.
 */
#include <vsm/bug.h>
#include <vsm/string.h>

#include "heap_core.h"

struct heap_block {
	size_t size;			/* with this header */
	struct heap_block *next;	/* free: by address; used: HEAP_USED */
};

#define HEAP_USED	((struct heap_block *)0x5553454455534544ULL)
#define HEADER		sizeof(struct heap_block)

static_assert(sizeof(struct heap_block) == 16, "heap_block");

static u8 *block_end(const struct heap_block *b)
{
	return (u8 *)b + b->size;
}

static void insert_free(struct heap *h, struct heap_block *b)
{
	struct heap_block **link = &h->free, *prev = NULL;

	while (*link && *link < b) {
		prev = *link;
		link = &prev->next;
	}
	b->next = *link;
	*link = b;
	if (b->next && block_end(b) == (u8 *)b->next) {
		b->size += b->next->size;
		b->next = b->next->next;
	}
	if (prev && block_end(prev) == (u8 *)b) {
		prev->size += b->size;
		prev->next = b->next;
	}
}

void heap_grow(struct heap *h, size_t more)
{
	struct heap_block *b = (struct heap_block *)(h->base + h->size);

	h->size += more;
	b->size = more;
	insert_free(h, b);
}

void *heap_alloc(struct heap *h, size_t n)
{
	struct heap_block **link, *b, *rest;
	size_t need;

	if (n > SIZE_MAX - 2 * HEADER)
		return NULL;
	need = ALIGN(MAX(n, 1), 16) + HEADER;
	for (link = &h->free; *link; link = &(*link)->next)
		if ((*link)->size >= need)
			break;
	b = *link;
	if (!b)
		return NULL;
	if (b->size - need >= 2 * HEADER) {
		rest = (struct heap_block *)((u8 *)b + need);
		rest->size = b->size - need;
		rest->next = b->next;
		b->size = need;
		*link = rest;
	} else {
		*link = b->next;
	}
	b->next = HEAP_USED;
	memset(b + 1, 0, b->size - HEADER);
	return b + 1;
}

void heap_free(struct heap *h, void *p)
{
	struct heap_block *b = p;

	if (!p)
		return;
	b--;
	BUG_ON((u8 *)b < h->base || (u8 *)b >= h->base + h->size ||
	       b->next != HEAP_USED);
	memzero_explicit(p, b->size - HEADER);
	insert_free(h, b);
}

size_t heap_free_bytes(const struct heap *h)
{
	const struct heap_block *b;
	size_t n = 0;

	for (b = h->free; b; b = b->next)
		n += b->size;
	return n;
}
