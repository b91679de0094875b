/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The reproduced bytes by the address at which the kernel has them: sections of
 * a module's file, or a window of the kernel's text.
 */
#ifndef _VSM_CI_IMAGE_H
#define _VSM_CI_IMAGE_H

#include <vsm/types.h>

struct ci_span {
	u64 va;
	u8 *bytes;
	u64 len;
	bool exec;
};

struct ci_image {
	struct ci_span *span;
	u32 nr;
	u32 last;		/* where the last look-up ended */
};

/* The bytes at @va; NULL unless @len of them are in one span. */
u8 *ci_image_at(struct ci_image *image, u64 va, u64 len);
/* The same for executable spans; @ret_avail: bytes to the end of its span. */
u8 *ci_image_text(struct ci_image *image, u64 va, u64 len, u64 *ret_avail);

#endif /* _VSM_CI_IMAGE_H */
