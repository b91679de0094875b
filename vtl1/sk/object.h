/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A signed object of VTL0, copied to where only the thread that works on it
 * sees it: an address space of its own, which a trustlet may inherit.
 */
#ifndef _VSM_SK_OBJECT_H
#define _VSM_SK_OBJECT_H

#include "paging.h"

#define OBJECT_BASE	0x0000700000000000ULL

struct object {
	struct aspace as;
	const u8 *data;		/* at OBJECT_BASE; ring 0 only */
	u64 size;
};

/* On a thread.  VSM_S_*; object_close() after success. */
u64 object_open(struct object *obj, u64 sg_gpa, u64 bytes);
void object_close(struct object *obj);

/* Drop the copy, keep the address space: it is the caller's from here on. */
void object_leave(struct object *obj, struct aspace *ret);

#endif /* _VSM_SK_OBJECT_H */
