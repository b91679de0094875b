// SPDX-License-Identifier: GPL-2.0
/*
 * The driver's parsers of signed objects, on the host: what they take, what
 * they refuse, and that no damaged byte leads them outside their input (run
 * under ASan).  Must never depend on a file.
 */
#include <stdio.h>
#include <stdlib.h>

#include "../../kernel/container.h"
#include "../../kernel/der.h"
#include "../../uapi/vsm/signed.h"

static int failures, tests;

static void check(bool ok, const char *what)
{
	printf("%sok %d %s\n", ok ? "" : "not ", ++tests, what);
	failures += !ok;
}

/* --- building DER: each call puts what it got into one element ------------ */

struct buf {
	u8 data[2048];
	size_t len;
};

static struct buf elem(u8 tag, const void *data, size_t len)
{
	struct buf b = { .len = 0 };

	b.data[b.len++] = tag;
	if (len >= 0x100) {
		b.data[b.len++] = 0x82;
		b.data[b.len++] = len >> 8;
	} else if (len >= 0x80) {
		b.data[b.len++] = 0x81;
	}
	b.data[b.len++] = len;
	if (len)
		memcpy(b.data + b.len, data, len);
	b.len += len;
	return b;
}

static void add(struct buf *to, struct buf from)
{
	memcpy(to->data + to->len, from.data, from.len);
	to->len += from.len;
}

static struct buf wrap(u8 tag, struct buf inner)
{
	return elem(tag, inner.data, inner.len);
}

static struct buf str(u8 tag, const char *s)
{
	return elem(tag, s, strlen(s));
}

#define OID(...)	elem(0x06, (const u8[]){ __VA_ARGS__ }, \
			     sizeof((const u8[]){ __VA_ARGS__ }))

#define OID_ECDSA_SHA384	OID(0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3)
#define OID_ECDSA_SHA1		OID(0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1)
#define OID_SHA384		OID(0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2)
#define OID_SHA1		OID(0x2b, 0x0e, 3, 2, 0x1a)
#define OID_DATA		OID(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1)
#define OID_SIGNED_DATA		OID(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2)
#define OID_CODE_SIGNING	OID(0x2b, 6, 1, 5, 5, 7, 3, 3)
#define OID_IUM			OID(0x2b, 6, 1, 4, 1, 0x82, 0x37, 0x0a, 3, 0x25)

static struct buf seq_of(struct buf one)
{
	return wrap(0x30, one);
}

static struct buf extension(u8 number, bool critical, struct buf value)
{
	struct buf b = OID(0x55, 0x1d, number);

	if (critical)
		add(&b, elem(0x01, "\xff", 1));
	add(&b, wrap(0x04, value));
	return wrap(0x30, b);
}

struct cert_spec {
	const char *from, *until;
	u8 time_tag;
	struct buf algorithm;
	struct buf extensions;
};

static struct buf certificate(const struct cert_spec *spec)
{
	struct buf tbs = wrap(0xa0, elem(0x02, "\x02", 1)), times, cert;

	add(&tbs, elem(0x02, "\x11", 1));
	add(&tbs, seq_of(spec->algorithm));
	add(&tbs, elem(0x30, NULL, 0));
	times = str(spec->time_tag, spec->from);
	add(&times, str(spec->time_tag, spec->until));
	add(&tbs, wrap(0x30, times));
	add(&tbs, elem(0x30, NULL, 0));
	add(&tbs, elem(0x30, NULL, 0));
	if (spec->extensions.len)
		add(&tbs, wrap(0xa3, wrap(0x30, spec->extensions)));
	cert = wrap(0x30, tbs);
	add(&cert, seq_of(spec->algorithm));
	add(&cert, elem(0x03, "\0sig", 4));
	return wrap(0x30, cert);
}

/* A certificate as it should be. */
static struct cert_spec good_spec(void)
{
	struct cert_spec spec = {
		.from = "240101000000Z",
		.until = "440101000000Z",
		.time_tag = 0x17,
		.algorithm = OID_ECDSA_SHA384,
	};
	struct buf ekus = OID_CODE_SIGNING;

	add(&ekus, OID_IUM);
	spec.extensions = extension(19, true, elem(0x30, NULL, 0));
	add(&spec.extensions,
	    extension(15, true, elem(0x03, "\x07\x80", 2)));
	add(&spec.extensions, extension(37, false, wrap(0x30, ekus)));
	return spec;
}

/* In memory of exactly its size, so that ASan sees every byte too far. */
static int parse_cert(struct buf b, struct vsm_der_cert *cert)
{
	u8 *exact = malloc(b.len);
	int ret;

	memcpy(exact, b.data, b.len);
	ret = vsm_der_certificate(exact, b.len, cert);
	if (!ret && cert->eku.len)
		vsm_der_has_oid(&cert->eku, VSM_EKU_IUM);
	free(exact);
	return ret;
}

static int cert_error(const struct cert_spec *spec)
{
	struct vsm_der_cert cert;

	return parse_cert(certificate(spec), &cert);
}

static void test_cert_fields(void)
{
	struct cert_spec spec = good_spec();
	struct buf b = certificate(&spec);
	struct vsm_der_cert cert;

	check(!vsm_der_certificate(b.data, b.len, &cert), "good certificate");
	check(cert.not_before == 1704067200, "start of validity");
	check(cert.not_after == 2335219200, "end of validity");
	check(!cert.ca && !cert.no_signing, "constraints and key usage");
	check(vsm_der_has_oid(&cert.eku, VSM_EKU_CODE_SIGNING) &&
	      vsm_der_has_oid(&cert.eku, VSM_EKU_IUM), "usages are found");
	check(!vsm_der_has_oid(&cert.eku, VSM_EKU_POLICY) &&
	      !vsm_der_has_oid(&cert.eku, "1.3.6.1.5.5.7.3") &&
	      !vsm_der_has_oid(&cert.eku, "1.3.6.1.5.5.7.3.3.1") &&
	      !vsm_der_has_oid(&cert.eku, "") &&
	      !vsm_der_has_oid(&cert.eku, "1.") &&
	      !vsm_der_has_oid(&cert.eku, "1"), "other usages are not");
}

static s64 start_of(u8 tag, const char *from)
{
	struct cert_spec spec = good_spec();
	struct vsm_der_cert cert;

	spec.time_tag = tag;
	spec.from = from;
	spec.until = from;
	return parse_cert(certificate(&spec), &cert) ? -1 : cert.not_before;
}

static void test_times(void)
{
	check(start_of(0x17, "700101000000Z") == 0, "UTCTime 1970");
	check(start_of(0x17, "491231235959Z") == 2524607999, "UTCTime 2049");
	check(start_of(0x17, "500101000000Z") == -631152000, "UTCTime 1950");
	check(start_of(0x18, "20000229120000Z") == 951825600, "leap day 2000");
	check(start_of(0x18, "20240301000000Z") == 1709251200, "March 2024");
	check(start_of(0x18, "21000301000000Z") == 4107542400, "March 2100");
	check(start_of(0x18, "21000229000000Z") == -1, "no leap day 2100");
	check(start_of(0x17, "230229000000Z") == -1, "no leap day 2023");
	check(start_of(0x17, "241301000000Z") == -1, "month 13");
	check(start_of(0x17, "240100000000Z") == -1, "day 0");
	check(start_of(0x17, "240101240000Z") == -1, "hour 24");
	check(start_of(0x17, "240101006000Z") == -1, "minute 60");
	check(start_of(0x17, "24010100000Z") == -1, "a digit short");
	check(start_of(0x17, "2401010000000") == -1, "no zone");
	check(start_of(0x17, "24010100000xZ") == -1, "not a digit");
	check(start_of(0x0c, "240101000000Z") == -1, "not a time");
}

static void test_cert_refused(void)
{
	struct cert_spec spec = good_spec();
	struct vsm_der_cert cert;
	struct buf b;

	b = certificate(&spec);
	b.data[b.len++] = 0;
	check(parse_cert(b, &cert) == -EBADMSG, "byte after the certificate");
	spec.algorithm = OID_ECDSA_SHA1;
	check(cert_error(&spec) == -ENOPKG, "weak algorithm");
	spec = good_spec();
	add(&spec.extensions, extension(30, true, elem(0x30, NULL, 0)));
	check(cert_error(&spec) == -EKEYREJECTED, "unknown critical extension");
	spec = good_spec();
	add(&spec.extensions, extension(30, false, elem(0x30, NULL, 0)));
	check(!cert_error(&spec), "unknown extension, not critical");
	spec = good_spec();
	add(&spec.extensions,
	    extension(37, false, wrap(0x30, OID_CODE_SIGNING)));
	check(cert_error(&spec) == -EBADMSG, "usages twice");
	spec.extensions = extension(37, false, elem(0x30, NULL, 0));
	check(cert_error(&spec) == -EBADMSG, "usages of nothing");
	spec.extensions.len = 0;
	check(!parse_cert(certificate(&spec), &cert) && !cert.eku.len,
	      "no extensions: no usage");
	spec.extensions = extension(19, true,
				    wrap(0x30, elem(0x01, "\xff", 1)));
	check(!parse_cert(certificate(&spec), &cert) && cert.ca, "a CA");
	spec.extensions = extension(15, true, elem(0x03, "\x02\x04", 2));
	check(!parse_cert(certificate(&spec), &cert) && cert.no_signing,
	      "key usage without signing");
}

static void test_lengths(void)
{
	static const u8 indefinite[] = { 0x30, 0x80, 0, 0 };
	static const u8 not_minimal[] = { 0x30, 0x81, 0x01, 0 };
	static const u8 huge[] = { 0x30, 0x84, 0xff, 0xff, 0xff, 0xff };
	static const u8 beyond[] = { 0x30, 0x7f, 0x30 };
	static const u8 long_tag[] = { 0x3f, 0x81, 0x01, 0 };
	struct vsm_der_cert cert;

	check(vsm_der_certificate(indefinite, sizeof(indefinite), &cert) ==
	      -EBADMSG, "indefinite length");
	check(vsm_der_certificate(not_minimal, sizeof(not_minimal), &cert) ==
	      -EBADMSG, "length not minimal");
	check(vsm_der_certificate(huge, sizeof(huge), &cert) == -EBADMSG,
	      "length of four bytes");
	check(vsm_der_certificate(beyond, sizeof(beyond), &cert) == -EBADMSG,
	      "length beyond the end");
	check(vsm_der_certificate(long_tag, sizeof(long_tag), &cert) ==
	      -EBADMSG, "long tag");
	check(vsm_der_certificate(beyond, 0, &cert) == -EBADMSG, "nothing");
}

/* --- CMS ------------------------------------------------------------------ */

struct cms_spec {
	struct buf digest;
	struct buf certs;	/* in SignedData */
	struct buf content;	/* in EncapsulatedContentInfo */
	struct buf attrs;	/* in SignerInfo */
	int signers;
};

static struct buf signer_info(const struct cms_spec *spec)
{
	struct buf b = elem(0x02, "\x01", 1);

	add(&b, elem(0x30, NULL, 0));
	add(&b, seq_of(spec->digest));
	add(&b, spec->attrs);
	add(&b, seq_of(OID_ECDSA_SHA384));
	add(&b, elem(0x04, "sig", 3));
	return wrap(0x30, b);
}

static struct buf cms(const struct cms_spec *spec)
{
	struct buf sd = elem(0x02, "\x01", 1), content = OID_DATA, out;
	struct buf signers = { .len = 0 };
	int i;

	add(&sd, wrap(0x31, seq_of(spec->digest)));
	add(&content, spec->content);
	add(&sd, wrap(0x30, content));
	add(&sd, spec->certs);
	for (i = 0; i < spec->signers; i++)
		add(&signers, signer_info(spec));
	add(&sd, wrap(0x31, signers));
	out = OID_SIGNED_DATA;
	add(&out, wrap(0xa0, wrap(0x30, sd)));
	return wrap(0x30, out);
}

static int cms_error(struct buf b)
{
	u8 *exact = malloc(b.len);
	int ret;

	memcpy(exact, b.data, b.len);
	ret = vsm_der_cms(exact, b.len);
	free(exact);
	return ret;
}

static struct cms_spec good_cms(void)
{
	return (struct cms_spec){ .digest = OID_SHA384, .signers = 1 };
}

static void test_cms(void)
{
	struct cms_spec spec = good_cms();
	struct buf b = cms(&spec);

	check(!cms_error(b), "good CMS");
	b.data[b.len++] = 0;
	check(cms_error(b) == -EBADMSG, "byte after the CMS");
	spec.digest = OID_SHA1;
	check(cms_error(cms(&spec)) == -ENOPKG, "weak digest");
	spec = good_cms();
	spec.certs = elem(0xa0, NULL, 0);
	check(cms_error(cms(&spec)) == -EKEYREJECTED, "certificates inside");
	spec = good_cms();
	spec.content = wrap(0xa0, elem(0x04, "x", 1));
	check(cms_error(cms(&spec)) == -EKEYREJECTED, "content inside");
	spec = good_cms();
	spec.attrs = elem(0xa0, NULL, 0);
	check(cms_error(cms(&spec)) == -EKEYREJECTED, "signed attributes");
	spec = good_cms();
	spec.signers = 2;
	check(cms_error(cms(&spec)) == -EKEYREJECTED, "two signers");
	spec.signers = 0;
	check(cms_error(cms(&spec)) == -EBADMSG, "no signer");
}

/* --- containers ----------------------------------------------------------- */

struct box_spec {
	size_t payload, cert, cms;
	u32 cert_len, sig_len;		/* as the trailers say */
};

static struct buf box(const struct box_spec *spec)
{
	struct vsm_cert_trailer trailer = {
		.cert_len = spec->cert_len,
		.magic = VSM_CERT_TRAILER_MAGIC,
	};
	struct vsm_module_signature sig = {
		.id_type = VSM_SIGNATURE_ID_PKCS7,
		.sig_len = { spec->sig_len >> 24, spec->sig_len >> 16,
			     spec->sig_len >> 8, spec->sig_len },
	};
	struct buf b = { .len = 0 };

	memset(b.data, 'p', spec->payload);
	b.len = spec->payload;
	memset(b.data + b.len, 'c', spec->cert);
	b.len += spec->cert;
	memcpy(b.data + b.len, &trailer, sizeof(trailer));
	b.len += sizeof(trailer);
	memset(b.data + b.len, 's', spec->cms);
	b.len += spec->cms;
	memcpy(b.data + b.len, &sig, sizeof(sig));
	b.len += sizeof(sig);
	memcpy(b.data + b.len, VSM_SIGNATURE_MARKER, VSM_SIGNATURE_MARKER_LEN);
	b.len += VSM_SIGNATURE_MARKER_LEN;
	return b;
}

/* All parts lie within @b, one after the other. */
static bool sane(const struct vsm_container *c, const u8 *data, size_t len)
{
	return c->payload.data == data && c->payload.len &&
	       c->cert.data == data + c->payload.len &&
	       c->content.data == data && c->content.len < len &&
	       c->cms.data == data + c->content.len &&
	       c->cms.len < len - c->content.len;
}

static int box_error(const struct buf *b)
{
	struct vsm_container c;
	const char *why = NULL;
	u8 *exact = malloc(b->len);
	int ret;

	memcpy(exact, b->data, b->len);
	ret = vsm_container_parse(exact, b->len, &c, &why);
	if (ret ? !why : !sane(&c, exact, b->len))
		ret = -1;
	free(exact);
	return ret;
}

static int spec_error(struct box_spec spec)
{
	struct buf b = box(&spec);

	return box_error(&b);
}

static const struct box_spec good_box = { 100, 50, 60, 50, 60 };

#define BOX(...)	((struct box_spec){ __VA_ARGS__ })

static void test_box(void)
{
	struct buf b = box(&good_box);
	size_t len = b.len;

	check(!box_error(&b), "good object");
	b.len = len - 1;
	check(box_error(&b) == -EBADMSG, "last byte missing");
	b.len = len + 1;
	check(box_error(&b) == -EBADMSG, "a byte more");
	b.len = 100;
	check(box_error(&b) == -ENODATA, "payload alone");
	b.len = 0;
	check(box_error(&b) == -ENODATA, "empty object");
	check(spec_error(BOX(0, 50, 60, 50, 60)) == -EBADMSG, "no payload");
	check(spec_error(BOX(100, 0, 60, 0, 60)) == -EBADMSG, "no certificate");
	check(spec_error(BOX(100, 50, 0, 50, 0)) == -EBADMSG, "no CMS");
	check(spec_error(BOX(100, 50, 60, 4097, 60)) == -EBADMSG,
	      "certificate too large");
	check(spec_error(BOX(100, 50, 60, -1U, 60)) == -EBADMSG,
	      "certificate of 4 GiB");
	check(spec_error(BOX(100, 50, 60, 151, 60)) == -EBADMSG,
	      "certificate larger than the object");
	check(spec_error(BOX(100, 50, 60, 50, 59)) == -EBADMSG,
	      "CMS a byte short");
	check(spec_error(BOX(100, 50, 60, 50, 61)) == -EBADMSG,
	      "CMS a byte long");
	check(spec_error(BOX(100, 50, 60, 50, -1U)) == -EBADMSG,
	      "CMS of 4 GiB");
	check(spec_error(BOX(100, 50, 60, 50, 4000)) == -EBADMSG,
	      "CMS larger than the object");
}

/* --- damage: no verdict but within the input, and never a wrong one ------- */

static void damage_cert(void)
{
	struct cert_spec spec = good_spec();
	struct buf good = certificate(&spec), bad;
	struct vsm_der_cert cert;
	bool ok = true;
	size_t i;
	int v;

	for (i = 0; i < good.len; i++) {
		for (v = 1; v < 256; v++) {
			bad = good;
			bad.data[i] ^= v;
			parse_cert(bad, &cert);
		}
		bad = good;
		bad.len = i;
		ok &= parse_cert(bad, &cert) == -EBADMSG;
	}
	check(ok, "certificate cut anywhere, every byte changed");
}

static void damage_cms(void)
{
	struct cms_spec spec = good_cms();
	struct buf good = cms(&spec), bad;
	bool ok = true;
	size_t i;
	int v;

	for (i = 0; i < good.len; i++) {
		for (v = 1; v < 256; v++) {
			bad = good;
			bad.data[i] ^= v;
			cms_error(bad);
		}
		bad = good;
		bad.len = i;
		ok &= cms_error(bad) == -EBADMSG;
	}
	check(ok, "CMS cut anywhere, every byte changed");
}

static void damage_box(void)
{
	const size_t trailer_end = good_box.payload + good_box.cert +
				   sizeof(struct vsm_cert_trailer);
	struct buf good = box(&good_box), bad;
	bool ok = true;
	size_t i;
	int v;

	for (i = 0; i < good.len; i++) {
		for (v = 1; v < 256; v++) {
			bad = good;
			bad.data[i] ^= v;
			ok &= box_error(&bad) != -1;
		}
		bad = good;
		bad.len = i;
		/* Known for a signed object once the trailer is in it. */
		ok &= box_error(&bad) == (i < trailer_end ? -ENODATA :
							    -EBADMSG);
	}
	check(ok, "object cut anywhere, every byte changed");
}

int main(void)
{
	printf("TAP version 13\n");
	test_cert_fields();
	test_times();
	test_cert_refused();
	test_lengths();
	test_cms();
	test_box();
	damage_cert();
	damage_cms();
	damage_box();
	printf("1..%d\n", tests);
	return failures ? 1 : 0;
}
