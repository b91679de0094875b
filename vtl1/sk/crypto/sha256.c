// SPDX-License-Identifier: GPL-2.0
/*
 * Mbed TLS's hook for the compression function of SHA-256: the processor's own
 * where it has one, which the library does not use on x86, else the library's.
 */
#include <mbedtls/sha256.h>

#include "sha256.h"

int sha256_process_c(struct mbedtls_sha256_context *ctx,
		     const unsigned char data[64]);

int mbedtls_internal_sha256_process(struct mbedtls_sha256_context *ctx,
				    const unsigned char data[64])
{
	u64 flags;

	if (!sse_begin(&flags))
		return sha256_process_c(ctx, data);
	sha256_block(ctx->MBEDTLS_PRIVATE(state), data);
	sse_end(flags);
	return 0;
}
