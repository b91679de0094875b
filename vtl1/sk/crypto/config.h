/* SPDX-License-Identifier: GPL-2.0 */
/* What of Mbed TLS the secure kernel is built with: verify, hash, DRBG. */
#ifndef _VSM_SK_MBEDTLS_CONFIG_H
#define _VSM_SK_MBEDTLS_CONFIG_H

#include <stddef.h>
#include <vsm/printf.h>

#define MBEDTLS_HAVE_ASM
#define MBEDTLS_NO_UDBL_DIVISION
#define MBEDTLS_HAVE_TIME
#define MBEDTLS_HAVE_TIME_DATE
#define MBEDTLS_PLATFORM_C
#define MBEDTLS_PLATFORM_MEMORY
#define MBEDTLS_PLATFORM_NO_STD_FUNCTIONS
#define MBEDTLS_PLATFORM_GMTIME_R_ALT
#define MBEDTLS_PLATFORM_MS_TIME_ALT
#define MBEDTLS_PLATFORM_TIME_TYPE_MACRO	long long
#define MBEDTLS_PLATFORM_TIME_MACRO		sk_mbedtls_time
#define MBEDTLS_PLATFORM_CALLOC_MACRO		sk_calloc
#define MBEDTLS_PLATFORM_FREE_MACRO		sk_free
#define MBEDTLS_PLATFORM_SNPRINTF_MACRO		snprintf
#define MBEDTLS_PLATFORM_VSNPRINTF_MACRO	vsnprintf
#define MBEDTLS_PLATFORM_PRINTF_MACRO		sk_mbedtls_printf
#define MBEDTLS_PLATFORM_FPRINTF_MACRO		sk_mbedtls_fprintf
#define MBEDTLS_PLATFORM_SETBUF_MACRO		sk_mbedtls_setbuf
#define MBEDTLS_PLATFORM_EXIT_MACRO		sk_mbedtls_exit

#define MBEDTLS_ASN1_PARSE_C
#define MBEDTLS_ASN1_WRITE_C
#define MBEDTLS_BIGNUM_C
#define MBEDTLS_ECDSA_C
#define MBEDTLS_ECP_C
#define MBEDTLS_ECP_DP_SECP256R1_ENABLED
#define MBEDTLS_ECP_DP_SECP384R1_ENABLED
#define MBEDTLS_ECP_NIST_OPTIM
#define MBEDTLS_HMAC_DRBG_C
#define MBEDTLS_MD_C
#define MBEDTLS_OID_C
#define MBEDTLS_PKCS1_V15
#define MBEDTLS_PKCS7_C
#define MBEDTLS_PK_C
#define MBEDTLS_PK_PARSE_C
#define MBEDTLS_RSA_C
#define MBEDTLS_SHA256_C
#define MBEDTLS_SHA256_PROCESS_ALT	/* sha256.c here */
#define MBEDTLS_SHA384_C
#define MBEDTLS_SHA512_C
#define MBEDTLS_X509_CRL_PARSE_C
#define MBEDTLS_X509_CRT_PARSE_C
#define MBEDTLS_X509_USE_C

/* The curves' window costs memory and only speeds up signing. */
#define MBEDTLS_ECP_WINDOW_SIZE		4
#define MBEDTLS_ECP_FIXED_POINT_OPTIM	0
#define MBEDTLS_X509_MAX_INTERMEDIATE_CA	2

void *sk_calloc(size_t n, size_t size);
void sk_free(void *p);
long long sk_mbedtls_time(long long *t);

#endif /* _VSM_SK_MBEDTLS_CONFIG_H */
