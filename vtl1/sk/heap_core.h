/* SPDX-License-Identifier: GPL-2.0 */
/* A first-fit heap over one growing piece of memory; pure. */
#ifndef _VSM_SK_HEAP_CORE_H
#define _VSM_SK_HEAP_CORE_H

#include <vsm/types.h>

struct heap_block;

struct heap {
	u8 *base;		/* 16-byte aligned */
	size_t size;		/* multiple of 16; grows only */
	struct heap_block *free;	/* by address */
};

/* The memory just beyond the end has become @more bytes larger. */
void heap_grow(struct heap *h, size_t more);

/* Zeroed and 16-byte aligned; NULL: none as large. */
void *heap_alloc(struct heap *h, size_t n);

/* Scrubs.  NULL is nothing. */
void heap_free(struct heap *h, void *p);

size_t heap_free_bytes(const struct heap *h);

#endif /* _VSM_SK_HEAP_CORE_H */
