// SPDX-License-Identifier: GPL-2.0
/*
 * Is an object signed by somebody whose certificate the root vouches for, and
 * who may sign objects of its kind?
 * Must never look at the payload but through its digest.
 */
#define MBEDTLS_ALLOW_PRIVATE_ACCESS
#include <mbedtls/oid.h>
#include <mbedtls/sha256.h>

#include "cms.h"
#include "sk.h"
#include "verify.h"

/* DER of VSM_EKU_IUM and VSM_EKU_POLICY. */
static const u8 eku_ium[] = "\x2b\x06\x01\x04\x01\x82\x37\x0a\x03\x25";
static const u8 eku_policy[] = "\x2b\x06\x01\x04\x01\x82\x37\x0a\x03\x18";

static mbedtls_x509_crt root;		/* boot only */

bool verify_setup(void)
{
	mbedtls_x509_crt_init(&root);
	return !mbedtls_x509_crt_parse_der(&root, sk_root_cert,
					   sk_root_cert_end - sk_root_cert) &&
	       root.ca_istrue;
}

/* The library takes an absent extension, and anyExtendedKeyUsage, as yes. */
static bool has_usage(const mbedtls_x509_crt *crt, const u8 *oid, size_t len)
{
	const mbedtls_x509_sequence *s;

	if (!(crt->ext_types & MBEDTLS_X509_EXT_EXTENDED_KEY_USAGE))
		return false;
	for (s = &crt->ext_key_usage; s; s = s->next)
		if (s->buf.len == len && !memcmp(s->buf.p, oid, len))
			return true;
	return false;
}

static u64 check_chain(mbedtls_x509_crt *crt)
{
	const u32 dates = MBEDTLS_X509_BADCERT_EXPIRED |
			  MBEDTLS_X509_BADCERT_FUTURE;
	u32 flags = 0;
	int err;

	err = mbedtls_x509_crt_verify(crt, &root, NULL, NULL, &flags, NULL,
				      NULL);
	if (err && err != MBEDTLS_ERR_X509_CERT_VERIFY_FAILED)
		return VSM_S_NO_MEMORY;
	if (flags & ~dates)
		return VSM_S_BAD_CERTIFICATE;
	if (flags)
		return VSM_S_EXPIRED;
	if (crt->ca_istrue ||
	    mbedtls_x509_crt_check_key_usage(crt,
					     MBEDTLS_X509_KU_DIGITAL_SIGNATURE))
		return VSM_S_BAD_CERTIFICATE;
	return VSM_S_OK;
}

static u64 check_usage(const mbedtls_x509_crt *crt, enum verify_kind kind)
{
	const u8 *eku = kind == VERIFY_TRUSTLET ? eku_ium : eku_policy;

	static_assert(sizeof(eku_ium) == sizeof(eku_policy), "one length");
	if (!has_usage(crt, (const u8 *)MBEDTLS_OID_CODE_SIGNING,
		       MBEDTLS_OID_SIZE(MBEDTLS_OID_CODE_SIGNING)) ||
	    !has_usage(crt, eku, sizeof(eku_ium) - 1))
		return VSM_S_BAD_EKU;
	return VSM_S_OK;
}

/* The library looks at the key only; the CMS also names whose it is. */
static __noinline u64 check_signature(const struct container *c,
				      const mbedtls_x509_crt *crt)
{
	mbedtls_pkcs7 p7;
	u64 status;

	status = cms_open(&p7, &c->cms);
	if (status)
		return status;
	status = VSM_S_BAD_SIGNATURE;
	if (cms_names(&p7, crt))
		status = cms_check(&p7, crt, &c->content, NULL);
	mbedtls_pkcs7_free(&p7);
	return status;
}

bool verify_certificate(const struct bytes *der)
{
	mbedtls_x509_crt crt;
	bool ok;

	mbedtls_x509_crt_init(&crt);
	ok = !mbedtls_x509_crt_parse_der(&crt, der->data, der->len) &&
	     crt.raw.len == der->len;
	mbedtls_x509_crt_free(&crt);
	return ok;
}

static u64 check(const struct container *c, enum verify_kind kind)
{
	mbedtls_x509_crt crt;
	u64 status;

	mbedtls_x509_crt_init(&crt);
	if (mbedtls_x509_crt_parse_der(&crt, c->cert.data, c->cert.len) ||
	    crt.raw.len != c->cert.len)
		status = VSM_S_BAD_CERTIFICATE;
	else
		status = check_chain(&crt);
	if (!status)
		status = check_usage(&crt, kind);
	if (!status)
		status = check_signature(c, &crt);
	mbedtls_x509_crt_free(&crt);
	return status;
}

u64 verify(const void *data, size_t len, enum verify_kind kind,
	   struct verified *ret)
{
	struct container c;
	struct verified v;
	u64 status;

	status = container_parse(data, len, &c);
	if (!status)
		status = check(&c, kind);
	if (status)
		return status;
	v.payload = c.payload;
	if (mbedtls_sha256(c.payload.data, c.payload.len, v.image_sha256, 0) ||
	    mbedtls_sha256(c.cert.data, c.cert.len, v.signer_sha256, 0))
		return VSM_S_NO_MEMORY;
	*ret = v;
	return VSM_S_OK;
}
