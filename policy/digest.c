// SPDX-License-Identifier: GPL-2.0
/*
 * SHA-256 of bytes and of certificates, as policies name them.
 * Must never be asked whether a certificate is to be trusted.
 */
#include <errno.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "policy.h"

int digest_bytes(const uint8_t *data, size_t len, uint8_t *ret_digest)
{
	unsigned int digest_len = POLICY_DIGEST_LEN;

	if (!EVP_Digest(data, len, ret_digest, &digest_len, EVP_sha256(),
			NULL))
		return -EIO;
	return 0;
}

/* PEM or DER; the digest is of the DER. */
int digest_certificate(const uint8_t *data, size_t len, uint8_t *ret_digest)
{
	unsigned int digest_len = POLICY_DIGEST_LEN;
	const uint8_t *der = data;
	X509 *cert = NULL;
	int ret = -EBADMSG;
	BIO *bio;

	bio = BIO_new_mem_buf(data, (int)len);
	if (!bio)
		return -ENOMEM;
	cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	BIO_free(bio);
	if (!cert)
		cert = d2i_X509(NULL, &der, (long)len);
	if (!cert)
		return ret;
	if (X509_digest(cert, EVP_sha256(), ret_digest, &digest_len))
		ret = 0;
	X509_free(cert);
	return ret;
}
