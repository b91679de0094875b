/* SPDX-License-Identifier: GPL-2.0 */
/* Where a bzImage has its compressed kernel. */
#ifndef _VSM_CI_BZIMAGE_H
#define _VSM_CI_BZIMAGE_H

#include "source.h"

struct ci_payload {
	u64 offset;
	u64 size;		/* of the zstd frame */
	u64 unpacked;		/* what the build says it unpacks to */
};

enum ci_error ci_bzimage_payload(const struct ci_source *source,
				 struct ci_payload *ret_payload);

#endif /* _VSM_CI_BZIMAGE_H */
