// SPDX-License-Identifier: GPL-2.0
/*
 * Hands out pieces of the caller's memory.  Must never grow.
 */
#include <vsm/string.h>

#include "arena.h"

void *ci_arena_alloc(struct ci_arena *arena, u64 nr, size_t size)
{
	size_t begin = ALIGN(arena->used, 16);
	void *p;

	if (begin > arena->size || nr > (arena->size - begin) / size)
		return NULL;
	p = arena->base + begin;
	arena->used = begin + nr * size;
	if (arena->used > arena->peak)
		arena->peak = arena->used;
	memset(p, 0, nr * size);
	return p;
}
