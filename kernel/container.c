// SPDX-License-Identifier: GPL-2.0
/*
 * Takes a signed object apart; a pure function over the caller's buffer.
 * Must never look into a part, and never trust a length before checking it.
 */
#include "container.h"

#include "../uapi/vsm/signed.h"

static int malformed(const char **ret_why, const char *why)
{
	*ret_why = why;
	return -EBADMSG;
}

/* Is there a certificate trailer where the end of a cut object would be? */
static bool has_trailer(const u8 *data, size_t len)
{
	const size_t far = VSM_SIGNED_MAX_CMS + 2 * VSM_SIGNATURE_MARKER_LEN +
			   sizeof(struct vsm_cert_trailer);
	const u64 magic = VSM_CERT_TRAILER_MAGIC;
	size_t i = len > far ? len - far : 0;

	for (; i + sizeof(magic) <= len; i++)
		if (!memcmp(data + i, &magic, sizeof(magic)))
			return true;
	return false;
}

/* Take @len bytes off the end of @from. */
static bool cut(struct vsm_der *from, size_t len, struct vsm_der *ret)
{
	if (len > from->len)
		return false;
	from->len -= len;
	ret->data = from->data + from->len;
	ret->len = len;
	return true;
}

static int cut_cms(struct vsm_der *rest, struct vsm_der *cms,
		   const char **ret_why)
{
	struct vsm_module_signature sig;
	struct vsm_der part;
	size_t len;

	if (!cut(rest, sizeof(sig), &part))
		return malformed(ret_why, "too short for a signature");
	memcpy(&sig, part.data, sizeof(sig));
	if (sig.algo || sig.hash || sig.id_type != VSM_SIGNATURE_ID_PKCS7 ||
	    sig.signer_len || sig.key_id_len || sig.rsvd[0] || sig.rsvd[1] ||
	    sig.rsvd[2])
		return malformed(ret_why, "signature header not understood");
	len = (size_t)sig.sig_len[0] << 24 | sig.sig_len[1] << 16 |
	      sig.sig_len[2] << 8 | sig.sig_len[3];
	if (!len || len > VSM_SIGNED_MAX_CMS)
		return malformed(ret_why, "signature size out of range");
	if (!cut(rest, len, cms))
		return malformed(ret_why, "signature larger than the object");
	return 0;
}

static int cut_cert(struct vsm_der *rest, struct vsm_der *cert,
		    const char **ret_why)
{
	struct vsm_cert_trailer trailer;
	struct vsm_der part;

	if (!cut(rest, sizeof(trailer), &part))
		return malformed(ret_why, "too short for a certificate");
	memcpy(&trailer, part.data, sizeof(trailer));
	if (trailer.magic != VSM_CERT_TRAILER_MAGIC)
		return malformed(ret_why, "no certificate before the signature");
	if (trailer.rsvd)
		return malformed(ret_why, "reserved field not zero");
	if (!trailer.cert_len || trailer.cert_len > VSM_SIGNED_MAX_CERT)
		return malformed(ret_why, "certificate size out of range");
	if (!cut(rest, trailer.cert_len, cert))
		return malformed(ret_why, "certificate larger than the object");
	return 0;
}

int vsm_container_parse(const void *data, size_t len,
			struct vsm_container *ret, const char **ret_why)
{
	struct vsm_der rest = { data, len }, marker;
	struct vsm_container c;
	int err;

	if (!cut(&rest, VSM_SIGNATURE_MARKER_LEN, &marker) ||
	    memcmp(marker.data, VSM_SIGNATURE_MARKER,
		   VSM_SIGNATURE_MARKER_LEN)) {
		if (has_trailer(data, len))
			return malformed(ret_why,
					 "cut off within the signature, or bytes after it");
		*ret_why = "no signature (not signed, or cut off before it)";
		return -ENODATA;
	}
	err = cut_cms(&rest, &c.cms, ret_why);
	if (err)
		return err;
	c.content = rest;
	err = cut_cert(&rest, &c.cert, ret_why);
	if (err)
		return err;
	if (!rest.len)
		return malformed(ret_why, "no payload");
	c.payload = rest;
	*ret = c;
	return 0;
}
