// SPDX-License-Identifier: GPL-2.0
/*
 * calloc() and free() of the secure kernel, for cryptography above all.
 * Must never unmap: other VPs would keep stale translations.
 */
#include "heap_core.h"
#include "paging.h"
#include "sk.h"

static struct spinlock heap_lock;
static struct heap heap = { .base = (u8 *)SK_HEAP };	/* heap_lock */

static bool grow_locked(size_t n)
{
	u64 more = ALIGN(n + 64, PAGE_SIZE);

	if (n > SK_HEAP_MAX || more > SK_HEAP_MAX - heap.size)
		return false;
	for (; more; more -= PAGE_SIZE) {
		if (!paging_back(SK_HEAP + heap.size, PAGE_SIZE))
			return false;
		heap_grow(&heap, PAGE_SIZE);
	}
	return true;
}

bool heap_setup(void)
{
	return paging_prepare(SK_HEAP, SK_HEAP_MAX);
}

void heap_scrub(void)
{
	memzero_explicit(heap.base, heap.size);
}

u64 heap_idle_bytes(void)
{
	u64 flags = sk_lock(&heap_lock), bytes = heap_free_bytes(&heap);

	sk_unlock(&heap_lock, flags);
	return bytes;
}

void *sk_calloc(size_t n, size_t size)
{
	size_t bytes;
	u64 flags;
	void *p;

	if (__builtin_mul_overflow(n, size, &bytes))
		return NULL;
	flags = sk_lock(&heap_lock);
	p = heap_alloc(&heap, bytes);
	if (!p && grow_locked(bytes))
		p = heap_alloc(&heap, bytes);
	sk_unlock(&heap_lock, flags);
	return p;
}

void sk_free(void *p)
{
	u64 flags = sk_lock(&heap_lock);

	heap_free(&heap, p);
	sk_unlock(&heap_lock, flags);
}
