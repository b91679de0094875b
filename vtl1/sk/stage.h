/* SPDX-License-Identifier: GPL-2.0 */
/* Large data in one piece, for a while, and for threads only. */
#ifndef _VSM_SK_STAGE_H
#define _VSM_SK_STAGE_H

#include "sk.h"

#define STAGE_WINDOWS	8

/* Of a window: addresses; memory is there as far as it is backed. */
#define STAGE_WINDOW_SIZE	(64ULL << 20)

bool stage_setup(void);

/*
 * A window has one owner at a time; who that is, callers settle.  On a thread,
 * before it looks at a window at all, and each time that it takes one over.
 */
void stage_enter(void);

u8 *stage_data(u32 window);

/* The first @size bytes are there, new ones zeroed; false: out of memory. */
bool stage_back(u32 window, u64 size);

/* Gives back all but the first @size bytes. */
void stage_trim(u32 window, u64 size);

#endif /* _VSM_SK_STAGE_H */
