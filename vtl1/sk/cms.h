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
 * Is @der the certificate that it names?  VSM_S_OK: it is in @crt, which the
 * caller frees; VSM_S_NOT_FOUND: another one; VSM_S_BAD_CERTIFICATE: it cannot
 * be parsed, as when memory runs out.
 */
u64 cms_take_signer(const mbedtls_pkcs7 *p7, mbedtls_x509_crt *crt,
		    const struct bytes *der);

/* A key that nobody should believe, whoever names it. */
bool cms_key_too_short(const mbedtls_x509_crt *crt);

/* The digest that is signed; false: none that is accepted, or with that key. */
bool cms_digest(const mbedtls_pkcs7 *p7, const mbedtls_x509_crt *crt,
		mbedtls_md_type_t *ret_md);

/* Has the owner of @crt signed content with that digest? */
bool cms_signed(const mbedtls_pkcs7 *p7, const mbedtls_x509_crt *crt,
		mbedtls_md_type_t md, const u8 *digest);

/*
 * Has the owner of @crt signed @content?  Dates are the caller's business.
 * @sha256: its digest if that is known, else NULL.
 */
u64 cms_check(const mbedtls_pkcs7 *p7, const mbedtls_x509_crt *crt,
	      const struct bytes *content, const u8 *sha256);

#endif /* _VSM_SK_CMS_H */
