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

/* A page of VTL0 RAM, page aligned, to be read; NULL: it is not. */
const void *vtl0_page(u64 gpa);

/* The same to be written, interrupts off until the end of it; no code. */
void *vtl0_write_begin(u64 gpa);
void vtl0_write_end(void);

/* At most a page to the beginning of one; VSM_S_INVALID_ADDRESS: it is none. */
u64 vtl0_write(u64 gpa, const void *src, u64 n);

/*
 * Copy the list at @gpa as far as @bytes of data need it.  VSM_S_*; sg_free()
 * after success.
 */
u64 sg_open(struct sg *sg, u64 gpa, u64 bytes);
/* The same for up to @max pages, at most SIZE_1G of data. */
u64 sg_open_large(struct sg *sg, u64 gpa, u64 bytes, u32 max);
void sg_free(struct sg *sg);

/*
 * Copies the @bytes that the list at @gpa names, one page after the other, and
 * each once, and gives every copy to @take until that does not say VSM_S_OK.
 * The last one has zeros up to the end of its page.
 */
typedef u64 (*sg_take_fn)(void *ctx, const void *data, u64 n);
u64 sg_stream(u64 gpa, u64 bytes, sg_take_fn take, void *ctx);

/* Page @i of the data. */
const void *sg_page(const struct sg *sg, u32 i);

/* The first @n bytes of page @i; VSM_S_INVALID_ADDRESS if it is code by now. */
u64 sg_write(const struct sg *sg, u32 i, const void *src, u64 n);

#endif /* _VSM_SK_VTL0_H */
