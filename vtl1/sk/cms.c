// SPDX-License-Identifier: GPL-2.0
/*
 * Is a detached CMS SignedData the signature of a certificate's owner?
 * Must never take for signed what only some of several signers have, nor what
 * is signed by way of attributes.
 * Source: RFC 5652, "Signed-data Content Type".
 */
#define MBEDTLS_ALLOW_PRIVATE_ACCESS
#include <mbedtls/md.h>
#include <mbedtls/oid.h>

#include <vsm/scall.h>
#include <vsm/string.h>

#include "cms.h"

/* One signer, and neither certificates nor revocations in the CMS. */
static bool outline_valid(const mbedtls_pkcs7 *p7, size_t len)
{
	return p7->signed_data.no_of_signers == 1 && p7->raw.len == len &&
	       !p7->signed_data.no_of_certs && !p7->signed_data.no_of_crls;
}

u64 cms_open(struct mbedtls_pkcs7 *p7, const struct bytes *cms)
{
	int err;

	mbedtls_pkcs7_init(p7);
	err = mbedtls_pkcs7_parse_der(p7, cms->data, cms->len);
	if (err == MBEDTLS_ERR_PKCS7_ALLOC_FAILED)
		return VSM_S_NO_MEMORY;
	if (err == MBEDTLS_ERR_PKCS7_INVALID_ALG)
		return VSM_S_BAD_SIGNATURE;
	if (err == MBEDTLS_PKCS7_SIGNED_DATA && outline_valid(p7, cms->len))
		return VSM_S_OK;
	mbedtls_pkcs7_free(p7);
	return VSM_S_BAD_FORMAT;
}

static bool same_bytes(const mbedtls_x509_buf *a, const mbedtls_x509_buf *b)
{
	return a->tag == b->tag && a->len == b->len &&
	       !memcmp(a->p, b->p, a->len);
}

bool cms_names(const mbedtls_pkcs7 *p7, const mbedtls_x509_crt *crt)
{
	const mbedtls_pkcs7_signer_info *s = &p7->signed_data.signers;

	return same_bytes(&s->issuer_raw, &crt->issuer_raw) &&
	       same_bytes(&s->serial, &crt->serial);
}

/* The library does not look at the signature's algorithm: it follows from both. */
static bool names_algorithm(const mbedtls_pkcs7_signer_info *s,
			    const mbedtls_x509_crt *crt,
			    mbedtls_md_type_t digest)
{
	mbedtls_md_type_t md;
	mbedtls_pk_type_t pk;

	if (!mbedtls_oid_get_sig_alg(&s->sig_alg_identifier, &md, &pk))
		return md == digest && mbedtls_pk_can_do(&crt->pk, pk);
	return !mbedtls_oid_get_pk_alg(&s->sig_alg_identifier, &pk) &&
	       pk == MBEDTLS_PK_RSA && mbedtls_pk_can_do(&crt->pk, pk);
}

static bool hash(const mbedtls_md_info_t *info, const struct bytes *content,
		 const u8 *sha256, u8 *ret_digest)
{
	if (sha256 && mbedtls_md_get_type(info) == MBEDTLS_MD_SHA256) {
		memcpy(ret_digest, sha256, 32);
		return true;
	}
	return !mbedtls_md(info, content->data, content->len, ret_digest);
}

/* SHA-1 and older are not even compiled in. */
u64 cms_check(const mbedtls_pkcs7 *p7, const mbedtls_x509_crt *crt,
	      const struct bytes *content, const u8 *sha256)
{
	const mbedtls_pkcs7_signer_info *s = &p7->signed_data.signers;
	mbedtls_pk_context pk = crt->pk;
	const mbedtls_md_info_t *info;
	u8 digest[MBEDTLS_MD_MAX_SIZE];
	mbedtls_md_type_t md;

	if (mbedtls_oid_get_md_alg(&s->alg_identifier, &md) ||
	    !names_algorithm(s, crt, md))
		return VSM_S_BAD_SIGNATURE;
	info = mbedtls_md_info_from_type(md);
	if (!info || !hash(info, content, sha256, digest))
		return VSM_S_BAD_SIGNATURE;
	return mbedtls_pk_verify(&pk, md, digest, mbedtls_md_get_size(info),
				 s->sig.p, s->sig.len) ?
	       VSM_S_BAD_SIGNATURE : VSM_S_OK;
}
