/* SPDX-License-Identifier: GPL-2.0 */
/* VTL0's memory: the only way to it is through these. */
#ifndef _VSM_SK_VTL0_H
#define _VSM_SK_VTL0_H

#include "sk.h"

/* Page frames that VTL0 named, checked and copied. */
struct sg {
	u64 *pfn;
	u32 nr;
};

/* A page of VTL0 RAM, page aligned; NULL: it is not. */
void *vtl0_page(u64 gpa);

/*
 * Copy the list at @gpa as far as @bytes of data need it.  VSM_S_*; sg_free()
 * after success.
 */
u64 sg_open(struct sg *sg, u64 gpa, u64 bytes);
void sg_free(struct sg *sg);

/* Page @i of the data. */
void *sg_page(const struct sg *sg, u32 i);

#endif /* _VSM_SK_VTL0_H */
