// SPDX-License-Identifier: GPL-2.0
/*
 * SHA-256 of bytes and of certificates, as policies name them.
 * Must never be asked whether a certificate is to be trusted.
 */
#include <errno.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "policy.h"

#define PAYLOAD_CHUNK	65536

int digest_bytes(const uint8_t *data, size_t len, uint8_t *ret_digest)
{
	unsigned int digest_len = POLICY_DIGEST_LEN;

	if (!EVP_Digest(data, len, ret_digest, &digest_len, EVP_sha256(),
			NULL))
		return -EIO;
	return 0;
}

static X509 *read_certificate(const uint8_t *data, size_t len)
{
	const uint8_t *der = data;
	X509 *cert;
	BIO *bio;

	bio = BIO_new_mem_buf(data, (int)len);
	if (!bio)
		return NULL;
	cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	BIO_free(bio);
	return cert ? cert : d2i_X509(NULL, &der, (long)len);
}

/* PEM or DER; the digest is of the DER. */
int digest_certificate(const uint8_t *data, size_t len, uint8_t *ret_digest)
{
	unsigned int digest_len = POLICY_DIGEST_LEN;
	X509 *cert = read_certificate(data, len);
	int ret = -EBADMSG;

	if (!cert)
		return ret;
	if (X509_digest(cert, EVP_sha256(), ret_digest, &digest_len))
		ret = 0;
	X509_free(cert);
	return ret;
}

/* PEM or DER as DER. */
int certificate_der(const uint8_t *data, size_t len, uint8_t **ret_der,
		    size_t *ret_len)
{
	X509 *cert = read_certificate(data, len);
	uint8_t *der = NULL;
	int der_len;

	if (!cert)
		return -EBADMSG;
	der_len = i2d_X509(cert, &der);
	X509_free(cert);
	if (der_len <= 0)
		return -EBADMSG;
	*ret_len = (size_t)der_len;
	*ret_der = malloc(*ret_len);
	if (*ret_der)
		memcpy(*ret_der, der, *ret_len);
	OPENSSL_free(der);
	return *ret_der ? 0 : -ENOMEM;
}

/*
 * Of the payload of a vmlinuz: SHA-256 of the SHA-256 of each 64 KiB of it, so
 * that the secure kernel can check it piece by piece.
 */
int digest_payload(const uint8_t *data, size_t len, uint8_t *ret_digest)
{
	size_t nr = (len + PAYLOAD_CHUNK - 1) / PAYLOAD_CHUNK, part;
	uint8_t *digests = malloc((nr + 1) * POLICY_DIGEST_LEN);
	int ret = digests ? 0 : -ENOMEM;

	for (size_t i = 0; i < nr && !ret; i++) {
		part = len - i * PAYLOAD_CHUNK;
		if (part > PAYLOAD_CHUNK)
			part = PAYLOAD_CHUNK;
		ret = digest_bytes(data + i * PAYLOAD_CHUNK, part,
				   digests + i * POLICY_DIGEST_LEN);
	}
	if (!ret)
		ret = digest_bytes(digests, nr * POLICY_DIGEST_LEN, ret_digest);
	free(digests);
	return ret;
}
