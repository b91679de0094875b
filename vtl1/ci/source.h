/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A verified file, read in pieces: what it says must not change between two
 * reads of the same piece.
 */
#ifndef _VSM_CI_SOURCE_H
#define _VSM_CI_SOURCE_H

#include <vsm/types.h>

#include "error.h"

struct ci_source {
	/* [@off, @off + @len) is within @size. */
	enum ci_error (*read)(void *ctx, u64 off, void *buf, size_t len);
	void *ctx;
	u64 size;
};

static inline enum ci_error ci_source_read(const struct ci_source *source,
					   u64 off, void *buf, size_t len)
{
	if (off > source->size || len > source->size - off)
		return CI_ELF_BOUNDS;
	return source->read(source->ctx, off, buf, len);
}

#endif /* _VSM_CI_SOURCE_H */
