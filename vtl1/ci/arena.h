/* SPDX-License-Identifier: GPL-2.0 */
/* Memory that the caller lends; it is given back all at once. */
#ifndef _VSM_CI_ARENA_H
#define _VSM_CI_ARENA_H

#include <vsm/types.h>

struct ci_arena {
	u8 *base;
	size_t size;
	size_t used;
	size_t peak;
};

/* Zeroed and aligned to 16 bytes; NULL when the arena is too small. */
void *ci_arena_alloc(struct ci_arena *arena, u64 nr, size_t size);

/* Gives back all that was taken since @used was what it is. */
static inline void ci_arena_release(struct ci_arena *arena, size_t used)
{
	arena->used = used;
}

#endif /* _VSM_CI_ARENA_H */
