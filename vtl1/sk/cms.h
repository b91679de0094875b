/* SPDX-License-Identifier: GPL-2.0 */
/* Detached signatures as sign-file makes them: CMS, one signer, nothing else. */
#ifndef _VSM_SK_CMS_H
#define _VSM_SK_CMS_H

#include <mbedtls/pkcs7.h>
#include <mbedtls/x509_crt.h>

#include "container.h"

/*
 * VSM_S_OK: one signer, and neither certificates nor attributes; the caller
 * calls mbedtls_pkcs7_free().  VSM_S_BAD_SIGNATURE: by a digest that is not
 * accepted.
 */
u64 cms_open(struct mbedtls_pkcs7 *p7, const struct bytes *cms);

/* Does it say that @crt is the signer's? */
bool cms_names(const mbedtls_pkcs7 *p7, const mbedtls_x509_crt *crt);

/*
 * Has the owner of @crt signed @content?  Dates are the caller's business.
 * @sha256: its digest if that is known, else NULL.
 */
u64 cms_check(const mbedtls_pkcs7 *p7, const mbedtls_x509_crt *crt,
	      const struct bytes *content, const u8 *sha256);

#endif /* _VSM_SK_CMS_H */
