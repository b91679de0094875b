// SPDX-License-Identifier: GPL-2.0
/*
 * Takes a signed object apart, from its end; pure.
 * Must never trust a length before it was compared with what is there.
 */
#include <linux/types.h>
#include <vsm/scall.h>
#include <vsm/signed.h>
#include <vsm/string.h>

#include "container.h"

/* Take @n bytes off the end; NULL: there are not as many. */
static const u8 *cut(struct bytes *rest, size_t n)
{
	if (n > rest->len)
		return NULL;
	rest->len -= n;
	return rest->data + rest->len;
}

/* Damage within the signature leaves the trailer of the certificate behind. */
static bool looks_cut(const u8 *data, size_t len)
{
	const size_t near = VSM_SIGNED_MAX_CMS + 128;
	const u64 magic = VSM_CERT_TRAILER_MAGIC;
	size_t i = len > near ? len - near : 0;

	for (; i + sizeof(magic) <= len; i++)
		if (!memcmp(data + i, &magic, sizeof(magic)))
			return true;
	return false;
}

static bool cut_cms(struct bytes *rest, struct bytes *ret)
{
	struct vsm_module_signature sig;
	const u8 *p = cut(rest, sizeof(sig));

	if (!p)
		return false;
	memcpy(&sig, p, sizeof(sig));
	if (sig.algo || sig.hash || sig.id_type != VSM_SIGNATURE_ID_PKCS7 ||
	    sig.signer_len || sig.key_id_len ||
	    !mem_is(sig.rsvd, 0, sizeof(sig.rsvd)))
		return false;
	ret->len = (size_t)sig.sig_len[0] << 24 | sig.sig_len[1] << 16 |
		   sig.sig_len[2] << 8 | sig.sig_len[3];
	if (!ret->len || ret->len > VSM_SIGNED_MAX_CMS)
		return false;
	ret->data = cut(rest, ret->len);
	return ret->data;
}

static bool cut_cert(struct bytes *rest, struct bytes *ret)
{
	struct vsm_cert_trailer trailer;
	const u8 *p = cut(rest, sizeof(trailer));

	if (!p)
		return false;
	memcpy(&trailer, p, sizeof(trailer));
	if (trailer.magic != VSM_CERT_TRAILER_MAGIC || trailer.rsvd ||
	    !trailer.cert_len || trailer.cert_len > VSM_SIGNED_MAX_CERT)
		return false;
	ret->len = trailer.cert_len;
	ret->data = cut(rest, ret->len);
	return ret->data;
}

u64 container_parse(const void *data, size_t len, struct container *ret)
{
	struct bytes rest = { data, len };
	struct container c;
	const u8 *marker = cut(&rest, VSM_SIGNATURE_MARKER_LEN);

	if (!marker ||
	    memcmp(marker, VSM_SIGNATURE_MARKER, VSM_SIGNATURE_MARKER_LEN))
		return looks_cut(data, len) ? VSM_S_BAD_FORMAT :
					      VSM_S_NOT_SIGNED;
	if (!cut_cms(&rest, &c.cms))
		return VSM_S_BAD_FORMAT;
	c.content = rest;
	if (!cut_cert(&rest, &c.cert))
		return VSM_S_BAD_FORMAT;
	c.payload = rest;
	*ret = c;
	return VSM_S_OK;
}
