// SPDX-License-Identifier: GPL-2.0
/*
 * The library's own compression function, which its hook leaves out, under a
 * name of its own; the rest of the library's file goes when it is linked.
 */
#include <mbedtls/build_info.h>

#undef MBEDTLS_SHA256_PROCESS_ALT
#define mbedtls_internal_sha256_process	sha256_process_c
#define mbedtls_sha256			sha256_c
#define mbedtls_sha256_init		sha256_init_c
#define mbedtls_sha256_free		sha256_free_c
#define mbedtls_sha256_clone		sha256_clone_c
#define mbedtls_sha256_starts		sha256_starts_c
#define mbedtls_sha256_update		sha256_update_c
#define mbedtls_sha256_finish		sha256_finish_c

/* Not the one in this directory. */
#include <sha256.c>
