// SPDX-License-Identifier: GPL-2.0
/*
 * Takes a signed object (uapi/vsm/signed.h) apart, to look into it.
 * Must never be taken for a verification: nothing here checks a signature.
 */
#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <string.h>

#include "policy.h"
#include "vsm/signed.h"

static_assert(sizeof(struct vsm_cert_trailer) == 16, "ABI");
static_assert(sizeof(struct vsm_module_signature) == 12, "ABI");

bool container_present(const uint8_t *data, size_t len)
{
	return len >= VSM_SIGNATURE_MARKER_LEN &&
	       !memcmp(data + len - VSM_SIGNATURE_MARKER_LEN,
		       VSM_SIGNATURE_MARKER, VSM_SIGNATURE_MARKER_LEN);
}

/* Cut marker, signature block and CMS; the rest is what was signed. */
static const char *strip_signature(const uint8_t *data, size_t *len)
{
	struct vsm_module_signature sig;
	size_t sig_len;

	*len -= VSM_SIGNATURE_MARKER_LEN;
	if (*len < sizeof(sig))
		return "no room for a signature block";
	*len -= sizeof(sig);
	memcpy(&sig, data + *len, sizeof(sig));
	if (sig.id_type != VSM_SIGNATURE_ID_PKCS7)
		return "signature is not PKCS#7";
	sig_len = (size_t)sig.sig_len[0] << 24 | (size_t)sig.sig_len[1] << 16 |
		  (size_t)sig.sig_len[2] << 8 | sig.sig_len[3];
	if (!sig_len || sig_len > VSM_SIGNED_MAX_CMS || sig_len > *len)
		return "signature of a wrong length";
	*len -= sig_len;
	return NULL;
}

static const char *open_container(struct container *container,
				  const uint8_t *data, size_t len)
{
	struct vsm_cert_trailer trailer;
	const char *reason;
	size_t cert_len;

	if (!container_present(data, len))
		return "not signed";
	reason = strip_signature(data, &len);
	if (reason)
		return reason;

	if (len < sizeof(trailer))
		return "no room for a certificate trailer";
	len -= sizeof(trailer);
	memcpy(&trailer, data + len, sizeof(trailer));
	if (le64toh(trailer.magic) != VSM_CERT_TRAILER_MAGIC || trailer.rsvd)
		return "no certificate trailer";
	cert_len = le32toh(trailer.cert_len);
	if (!cert_len || cert_len > VSM_SIGNED_MAX_CERT || cert_len > len)
		return "certificate of a wrong length";
	len -= cert_len;

	container->payload = data;
	container->payload_len = len;
	container->cert = data + len;
	container->cert_len = cert_len;
	return NULL;
}

int container_open(struct container *container, const uint8_t *data,
		   size_t len, const char **ret_reason)
{
	const char *reason = open_container(container, data, len);

	if (!reason)
		return 0;
	*ret_reason = reason;
	return -EBADMSG;
}
