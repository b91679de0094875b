/* SPDX-License-Identifier: GPL-2.0 */
/* SHA-256's compression function, of which there are two. */
#ifndef _VSM_SK_CRYPTO_SHA256_H
#define _VSM_SK_CRYPTO_SHA256_H

#include <vsm/types.h>

/* sha256_ni.S; only between sse_begin() and sse_end() */
void sha256_block(u32 state[8], const u8 data[64]);

/*
 * sse.c: false: there are no SHA extensions.  Between the two, interrupts are
 * off and the registers of SSE are VTL0's.
 */
bool sse_begin(u64 *ret_flags);
void sse_end(u64 flags);

#endif /* _VSM_SK_CRYPTO_SHA256_H */
