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

#define RSA_MIN_BITS	2048

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

u64 cms_take_signer(const mbedtls_pkcs7 *p7, mbedtls_x509_crt *crt,
		    const struct bytes *der)
{
	u64 status = VSM_S_BAD_CERTIFICATE;

	mbedtls_x509_crt_init(crt);
	if (!mbedtls_x509_crt_parse_der(crt, der->data, der->len) &&
	    crt->raw.len == der->len)
		status = cms_names(p7, crt) ? VSM_S_OK : VSM_S_NOT_FOUND;
	if (status)
		mbedtls_x509_crt_free(crt);
	return status;
}

bool cms_key_too_short(const mbedtls_x509_crt *crt)
{
	return mbedtls_pk_get_type(&crt->pk) == MBEDTLS_PK_RSA &&
	       mbedtls_pk_get_bitlen(&crt->pk) < RSA_MIN_BITS;
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
bool cms_digest(const mbedtls_pkcs7 *p7, const mbedtls_x509_crt *crt,
		mbedtls_md_type_t *ret_md)
{
	const mbedtls_pkcs7_signer_info *s = &p7->signed_data.signers;

	return !mbedtls_oid_get_md_alg(&s->alg_identifier, ret_md) &&
	       names_algorithm(s, crt, *ret_md) &&
	       mbedtls_md_info_from_type(*ret_md);
}

bool cms_signed(const mbedtls_pkcs7 *p7, const mbedtls_x509_crt *crt,
		mbedtls_md_type_t md, const u8 *digest)
{
	const mbedtls_pkcs7_signer_info *s = &p7->signed_data.signers;
	mbedtls_pk_context pk = crt->pk;
	u32 len = mbedtls_md_get_size(mbedtls_md_info_from_type(md));

	return !mbedtls_pk_verify(&pk, md, digest, len, s->sig.p, s->sig.len);
}

u64 cms_check(const mbedtls_pkcs7 *p7, const mbedtls_x509_crt *crt,
	      const struct bytes *content, const u8 *sha256)
{
	u8 digest[MBEDTLS_MD_MAX_SIZE];
	mbedtls_md_type_t md;

	return cms_digest(p7, crt, &md) &&
	       hash(mbedtls_md_info_from_type(md), content, sha256, digest) &&
	       cms_signed(p7, crt, md, digest) ?
	       VSM_S_OK : VSM_S_BAD_SIGNATURE;
}
