/* SPDX-License-Identifier: GPL-2.0 */
/* The host's SHA extensions, which a test may do without. */
#ifndef _VSM_HOST_SSE_HOST_H
#define _VSM_HOST_SSE_HOST_H

#include "../../vtl1/sk/crypto/sha256.h"

extern bool sse_wanted;

bool sse_has_sha(void);

#endif /* _VSM_HOST_SSE_HOST_H */
