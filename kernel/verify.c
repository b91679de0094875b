// SPDX-License-Identifier: GPL-2.0
/*
 * Verifies a signed object against the root certificate built into the module.
 * Must never consult a key of the system, and never accept what it cannot name.
 */
#include "vsm.h"

#include <linux/cred.h>
#include <linux/err.h>
#include <linux/key.h>
#include <linux/printk.h>
#include <linux/timekeeping.h>
#include <linux/verification.h>
#include <crypto/pkcs7.h>
#include <crypto/sha2.h>

#include "../uapi/vsm/signed.h"
#include "container.h"
#include "der.h"

extern const u8 vsm_root_cert[], vsm_root_cert_end[];

#define KEY_PERM	(KEY_POS_ALL & ~KEY_POS_SETATTR)

static int refuse(int err, const char *why)
{
	pr_err("signed object refused: %s (%d)\n", why, err);
	return err;
}

static struct key *ring_alloc(const char *name)
{
	return keyring_alloc(name, GLOBAL_ROOT_UID, GLOBAL_ROOT_GID,
			     current_cred(), KEY_PERM, KEY_ALLOC_NOT_IN_QUOTA,
			     NULL, NULL);
}

static int ring_add(struct key *ring, const u8 *cert, size_t len)
{
	key_ref_t ref;

	ref = key_create_or_update(make_key_ref(ring, true), "asymmetric",
				   NULL, cert, len, KEY_PERM,
				   KEY_ALLOC_NOT_IN_QUOTA);
	if (IS_ERR(ref))
		return PTR_ERR(ref);
	key_ref_put(ref);
	return 0;
}

/* Let the kernel accept into @ring only what a key in @trusted has signed. */
static int ring_restrict(struct key *ring, const struct key *trusted)
{
	char how[32];

	snprintf(how, sizeof(how), "key_or_keyring:%d", key_serial(trusted));
	return keyring_restrict(make_key_ref(ring, true), "asymmetric", how);
}

/* A keyring that holds the root and nothing else. */
static struct key *root_ring(void)
{
	struct key *ring;
	int ret;

	ring = ring_alloc("vsm.root");
	if (IS_ERR(ring))
		return ring;
	ret = ring_add(ring, vsm_root_cert, vsm_root_cert_end - vsm_root_cert);
	if (ret) {
		pr_err("built-in root certificate not usable (%d)\n", ret);
		key_put(ring);
		return ERR_PTR(ret);
	}
	return ring;
}

/* A keyring that holds the signer, which must be certified by the root. */
static struct key *signer_ring(const struct vsm_der *cert)
{
	struct key *root, *ring;
	int ret;

	root = root_ring();
	if (IS_ERR(root))
		return root;
	ring = ring_alloc("vsm.signer");
	if (IS_ERR(ring))
		goto out;
	ret = ring_restrict(ring, root);
	if (!ret)
		ret = ring_add(ring, cert->data, cert->len);
	if (ret) {
		key_put(ring);
		ring = ERR_PTR(ret);
	}
out:
	/* The restriction holds its own reference. */
	key_put(root);
	return ring;
}

/* The certificate is well-formed when the kernel is asked about it. */
static int refuse_signer(int err)
{
	switch (err) {
	case -ENOMEM:
		return err;
	case -ENOKEY:
		return refuse(-EKEYREJECTED,
			      "signer's certificate is not issued by the root (wrong signer)");
	case -ENOPKG:
		return refuse(-EKEYREJECTED,
			      "signer's certificate uses a weak or unknown algorithm");
	default:
		return refuse(-EKEYREJECTED,
			      "signer's certificate is forged, tampered with or revoked");
	}
}

static int decode_certificate(const struct vsm_der *der,
			      struct vsm_der_cert *cert)
{
	int ret;

	ret = vsm_der_certificate(der->data, der->len, cert);
	switch (ret) {
	case 0:
		return 0;
	case -ENOPKG:
		return refuse(-EKEYREJECTED,
			      "signer's certificate uses a weak or unknown algorithm");
	case -EKEYREJECTED:
		return refuse(ret, "signer's certificate has an unknown critical extension");
	default:
		return refuse(ret, "signer's certificate is malformed");
	}
}

static int check_certificate(const struct vsm_der_cert *cert, const char *eku)
{
	time64_t now = ktime_get_real_seconds();

	if (cert->ca)
		return refuse(-EKEYREJECTED, "signer's certificate is a CA's");
	if (cert->no_signing)
		return refuse(-EKEYREJECTED,
			      "key usage of the signer's certificate excludes signing");
	if (now < cert->not_before)
		return refuse(-EKEYEXPIRED,
			      "signer's certificate is not yet valid");
	if (now > cert->not_after)
		return refuse(-EKEYEXPIRED, "signer's certificate has expired");
	if (!vsm_der_has_oid(&cert->eku, VSM_EKU_CODE_SIGNING))
		return refuse(-EKEYREJECTED,
			      "signer's certificate lacks the extended key usage codeSigning");
	if (!vsm_der_has_oid(&cert->eku, eku))
		return refuse(-EKEYREJECTED,
			      "signer's certificate lacks the extended key usage for this kind of object");
	return 0;
}

/* Tell a malformed signature from a wrong one before checking it. */
static int check_cms(const struct vsm_der *cms)
{
	struct pkcs7_message *msg;
	int ret;

	ret = vsm_der_cms(cms->data, cms->len);
	if (ret == -ENOPKG)
		return refuse(-EKEYREJECTED,
			      "signature uses a weak or unknown algorithm");
	if (ret == -EKEYREJECTED)
		return refuse(ret, "signature carries certificates, attributes or several signers");
	if (ret)
		return refuse(ret, "signature is malformed");
	msg = pkcs7_parse_message(cms->data, cms->len);
	if (PTR_ERR_OR_ZERO(msg) == -ENOMEM)
		return -ENOMEM;
	if (PTR_ERR_OR_ZERO(msg) == -ENOPKG)
		return refuse(-EKEYREJECTED,
			      "signature uses an unknown algorithm");
	if (IS_ERR(msg))
		return refuse(-EBADMSG, "signature is malformed");
	pkcs7_free_message(msg);
	return 0;
}

static int check_signature(const struct vsm_container *c, struct key *ring)
{
	int ret;

	ret = check_cms(&c->cms);
	if (ret)
		return ret;
	ret = verify_pkcs7_signature(c->content.data, c->content.len,
				     c->cms.data, c->cms.len, ring,
				     VERIFYING_MODULE_SIGNATURE, NULL, NULL);
	switch (ret) {
	case 0:
	case -ENOMEM:
		return ret;
	case -ENOKEY:
		return refuse(-EKEYREJECTED,
			      "signed by another key than the certificate's (wrong signer)");
	case -ENOPKG:
		return refuse(-EKEYREJECTED,
			      "signature uses an unknown algorithm");
	default:
		return refuse(-EKEYREJECTED,
			      "content does not match the signature (tampered)");
	}
}

/**
 * vsm_verify - verify a signed object
 * @data: the object (uapi/vsm/signed.h); must not change meanwhile
 * @len: its size
 * @eku: extended key usage required besides codeSigning, dotted
 * @ret: the payload, within @data, and its hash; untouched on failure
 *
 * Return: 0; -ENODATA not signed; -EBADMSG cut off or malformed; -EKEYREJECTED
 * wrong signer, content or usage; -EKEYEXPIRED outside the certificate's
 * validity; -ENOMEM.  Every refusal writes one line to the log.
 */
int vsm_verify(const void *data, size_t len, const char *eku,
	       struct vsm_verified *ret)
{
	struct vsm_der_cert cert;
	struct vsm_container c;
	struct key *ring;
	const char *why;
	int err;

	err = vsm_container_parse(data, len, &c, &why);
	if (err)
		return refuse(err, why);
	err = decode_certificate(&c.cert, &cert);
	if (err)
		return err;
	ring = signer_ring(&c.cert);
	if (IS_ERR(ring))
		return refuse_signer(PTR_ERR(ring));
	err = check_certificate(&cert, eku);
	if (!err)
		err = check_signature(&c, ring);
	key_put(ring);
	if (err)
		return err;
	ret->payload = c.payload.data;
	ret->payload_len = c.payload.len;
	sha256(c.payload.data, c.payload.len, ret->sha256);
	return 0;
}
