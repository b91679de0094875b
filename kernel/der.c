// SPDX-License-Identifier: GPL-2.0
/*
 * Reads validity, usage and outline of DER structures; pure functions.
 * Must never decide about trust, and never read a byte outside its input.
 */
#include "der.h"

#define DER_BOOLEAN		0x01
#define DER_INTEGER		0x02
#define DER_BIT_STRING		0x03
#define DER_OCTET_STRING	0x04
#define DER_OID			0x06
#define DER_UTC_TIME		0x17
#define DER_GENERALIZED_TIME	0x18
#define DER_SEQUENCE		0x30
#define DER_SET			0x31
#define DER_CONTEXT		0x80	/* [n] IMPLICIT, primitive */
#define DER_CONTEXT_CONS	0xa0	/* [n] constructed */

#define DER_TAG_NUMBER_MASK	0x1f
#define DER_LENGTH_LONG		0x80

#define OID_MAX_BYTES		32

#define ARRAY_LEN(a)		(sizeof(a) / sizeof((a)[0]))

static const u8 oid_signed_data[] = {
	0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02
};

static const u8 oid_data[] = {
	0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01
};

/* Certificate extensions are 2.5.29.n; n is the third byte. */
static const u8 oid_extension[] = { 0x55, 0x1d };

#define EXT_SUBJECT_KEY_ID	14
#define EXT_KEY_USAGE		15
#define EXT_BASIC_CONSTRAINTS	19
#define EXT_AUTHORITY_KEY_ID	35
#define EXT_EXT_KEY_USAGE	37

#define KEY_USAGE_DIGITAL_SIGNATURE	0x80

/* Digests that a message may be signed over. */
static const char * const digests[] = {
	"2.16.840.1.101.3.4.2.1",	/* SHA-256 */
	"2.16.840.1.101.3.4.2.2",	/* SHA-384 */
	"2.16.840.1.101.3.4.2.3",	/* SHA-512 */
};

/* Algorithms that a certificate may be signed with. */
static const char * const cert_algorithms[] = {
	"1.2.840.10045.4.3.2",		/* ecdsa-with-SHA256 */
	"1.2.840.10045.4.3.3",		/* ecdsa-with-SHA384 */
	"1.2.840.10045.4.3.4",		/* ecdsa-with-SHA512 */
	"1.2.840.113549.1.1.11",	/* sha256WithRSAEncryption */
	"1.2.840.113549.1.1.12",	/* sha384WithRSAEncryption */
	"1.2.840.113549.1.1.13",	/* sha512WithRSAEncryption */
};

static bool der_is(const struct vsm_der *der, const u8 *data, size_t len)
{
	return der->len == len && !memcmp(der->data, data, len);
}

/* Length octets: definite, minimal, at most two bytes. */
static int der_length(struct vsm_der *in, size_t *ret)
{
	size_t len, nr, i;

	if (!in->len)
		return -EBADMSG;
	len = *in->data++;
	in->len--;
	if (len < DER_LENGTH_LONG) {
		*ret = len;
		return 0;
	}
	nr = len - DER_LENGTH_LONG;
	if (nr < 1 || nr > 2 || in->len < nr)
		return -EBADMSG;
	for (len = 0, i = 0; i < nr; i++)
		len = len << 8 | *in->data++;
	in->len -= nr;
	if (len < (nr == 1 ? DER_LENGTH_LONG : 0x100))
		return -EBADMSG;
	*ret = len;
	return 0;
}

/* Take one element off the front of @in. */
static int der_next(struct vsm_der *in, u8 *tag, struct vsm_der *val)
{
	size_t len;
	int ret;

	if (!in->len)
		return -EBADMSG;
	*tag = *in->data;
	if ((*tag & DER_TAG_NUMBER_MASK) == DER_TAG_NUMBER_MASK)
		return -EBADMSG;
	in->data++;
	in->len--;
	ret = der_length(in, &len);
	if (ret)
		return ret;
	if (len > in->len)
		return -EBADMSG;
	val->data = in->data;
	val->len = len;
	in->data += len;
	in->len -= len;
	return 0;
}

static int der_expect(struct vsm_der *in, u8 want, struct vsm_der *val)
{
	u8 tag;
	int ret;

	ret = der_next(in, &tag, val);
	if (ret)
		return ret;
	return tag == want ? 0 : -EBADMSG;
}

static bool der_at(const struct vsm_der *in, u8 tag)
{
	return in->len && *in->data == tag;
}

/* Take an element that may be absent; *@val is empty then. */
static int der_optional(struct vsm_der *in, u8 tag, struct vsm_der *val)
{
	val->data = in->data;
	val->len = 0;
	return der_at(in, tag) ? der_expect(in, tag, val) : 0;
}

/* Append @value in base 128; 0 or the new length. */
static size_t oid_append(u8 *out, size_t len, u32 value)
{
	int shift = 28;

	while (shift && !(value >> shift))
		shift -= 7;
	for (; shift >= 0; shift -= 7) {
		if (len == OID_MAX_BYTES)
			return 0;
		out[len++] = (value >> shift & 0x7f) | (shift ? 0x80 : 0);
	}
	return len;
}

/* Encode a dotted OID; 0: not one, or too long. */
static size_t oid_encode(const char *oid, u8 *out)
{
	u32 value, first = 0;
	size_t len = 0;
	int arc;

	for (arc = 0; ; arc++) {
		if (*oid < '0' || *oid > '9')
			return 0;
		for (value = 0; *oid >= '0' && *oid <= '9'; oid++) {
			if (value > 0xffffff)
				return 0;
			value = value * 10 + *oid - '0';
		}
		if (arc == 0) {
			first = value;
		} else {
			len = oid_append(out, len,
					 arc == 1 ? first * 40 + value : value);
			if (!len)
				return 0;
		}
		if (!*oid)
			return arc ? len : 0;
		if (*oid++ != '.')
			return 0;
	}
}

bool vsm_der_has_oid(const struct vsm_der *list, const char *oid)
{
	struct vsm_der in = *list, val;
	u8 want[OID_MAX_BYTES];
	size_t len;

	len = oid_encode(oid, want);
	if (!len)
		return false;
	while (in.len) {
		if (der_expect(&in, DER_OID, &val))
			return false;
		if (der_is(&val, want, len))
			return true;
	}
	return false;
}

/* AlgorithmIdentifier, which must be one of @nr. */
static int der_algorithm(struct vsm_der *in, const char * const *allowed,
			 size_t nr)
{
	struct vsm_der alg, oid;
	const u8 *start;
	size_t i;
	int ret;

	ret = der_expect(in, DER_SEQUENCE, &alg);
	if (ret)
		return ret;
	start = alg.data;
	ret = der_expect(&alg, DER_OID, &oid);
	if (ret)
		return ret;
	oid.len += oid.data - start;
	oid.data = start;
	for (i = 0; i < nr; i++)
		if (vsm_der_has_oid(&oid, allowed[i]))
			return 0;
	return -ENOPKG;
}

static int der_two_digits(const u8 *p)
{
	if (p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9')
		return -1;
	return (p[0] - '0') * 10 + p[1] - '0';
}

/* Days from 1970-01-01 to a date of the Gregorian calendar. */
static s64 der_days(int year, int month, int day)
{
	static const u16 before[] = {
		0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334
	};
	int y = year - (month <= 2);
	int leaps = y / 4 - y / 100 + y / 400;

	/* 477 leap days lie before 1970-01-01; @leaps counts to @y's end. */
	return (s64)(year - 1970) * 365 + before[month - 1] + day - 1 +
	       leaps - 477;
}

static bool der_leap(int year)
{
	return (year % 4 == 0 && year % 100) || year % 400 == 0;
}

static int der_month_days(int year, int month)
{
	static const u8 days[] = {
		31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
	};

	return days[month - 1] + (month == 2 && der_leap(year));
}

/* RFC 5280: UTCTime YYMMDDHHMMSSZ, GeneralizedTime YYYYMMDDHHMMSSZ. */
static int der_time(struct vsm_der *in, s64 *ret)
{
	struct vsm_der val;
	int year, f[5], i, err;
	const u8 *p;
	u8 tag;

	err = der_next(in, &tag, &val);
	if (err)
		return err;
	p = val.data;
	if (tag == DER_UTC_TIME && val.len == 13) {
		year = der_two_digits(p);
		if (year < 0)
			return -EBADMSG;
		year += year < 50 ? 2000 : 1900;
		p += 2;
	} else if (tag == DER_GENERALIZED_TIME && val.len == 15) {
		if (der_two_digits(p) < 0 || der_two_digits(p + 2) < 0)
			return -EBADMSG;
		year = der_two_digits(p) * 100 + der_two_digits(p + 2);
		p += 4;
	} else {
		return -EBADMSG;
	}
	for (i = 0; i < 5; i++, p += 2) {
		f[i] = der_two_digits(p);
		if (f[i] < 0)
			return -EBADMSG;
	}
	if (*p != 'Z' || year < 1950 || f[0] < 1 || f[0] > 12 || f[1] < 1 ||
	    f[1] > der_month_days(year, f[0]) || f[2] > 23 || f[3] > 59 ||
	    f[4] > 59)
		return -EBADMSG;
	*ret = ((der_days(year, f[0], f[1]) * 24 + f[2]) * 60 + f[3]) * 60 +
	       f[4];
	return 0;
}

static int der_validity(struct vsm_der *tbs, struct vsm_der_cert *cert)
{
	struct vsm_der validity;
	int ret;

	ret = der_expect(tbs, DER_SEQUENCE, &validity);
	if (!ret)
		ret = der_time(&validity, &cert->not_before);
	if (!ret)
		ret = der_time(&validity, &cert->not_after);
	if (!ret && validity.len)
		ret = -EBADMSG;
	return ret;
}

static int der_key_usage(struct vsm_der val, struct vsm_der_cert *cert)
{
	struct vsm_der bits;
	int ret;

	ret = der_expect(&val, DER_BIT_STRING, &bits);
	if (ret)
		return ret;
	if (val.len || bits.len < 2)
		return -EBADMSG;
	cert->no_signing = !(bits.data[1] & KEY_USAGE_DIGITAL_SIGNATURE);
	return 0;
}

static int der_basic_constraints(struct vsm_der val,
				 struct vsm_der_cert *cert)
{
	struct vsm_der seq, ca;
	int ret;

	ret = der_expect(&val, DER_SEQUENCE, &seq);
	if (!ret)
		ret = der_optional(&seq, DER_BOOLEAN, &ca);
	if (ret)
		return ret;
	if (val.len || ca.len > 1)
		return -EBADMSG;
	cert->ca = ca.len && ca.data[0];
	return 0;
}

static int der_ext_key_usage(struct vsm_der val, struct vsm_der_cert *cert)
{
	struct vsm_der list, oid;
	int ret;

	ret = der_expect(&val, DER_SEQUENCE, &list);
	if (ret)
		return ret;
	/* Empty, or a second one: neither has a meaning. */
	if (val.len || !list.len || cert->eku.len)
		return -EBADMSG;
	cert->eku = list;
	while (list.len) {
		ret = der_expect(&list, DER_OID, &oid);
		if (ret)
			return ret;
	}
	return 0;
}

static int der_extension(struct vsm_der ext, struct vsm_der_cert *cert)
{
	struct vsm_der oid, critical, val;
	int ret;

	ret = der_expect(&ext, DER_OID, &oid);
	if (!ret)
		ret = der_optional(&ext, DER_BOOLEAN, &critical);
	if (!ret)
		ret = der_expect(&ext, DER_OCTET_STRING, &val);
	if (ret)
		return ret;
	if (ext.len || critical.len > 1)
		return -EBADMSG;

	if (oid.len == 3 && !memcmp(oid.data, oid_extension, 2)) {
		switch (oid.data[2]) {
		case EXT_KEY_USAGE:
			return der_key_usage(val, cert);
		case EXT_BASIC_CONSTRAINTS:
			return der_basic_constraints(val, cert);
		case EXT_EXT_KEY_USAGE:
			return der_ext_key_usage(val, cert);
		case EXT_SUBJECT_KEY_ID:
		case EXT_AUTHORITY_KEY_ID:
			return 0;
		}
	}
	return critical.len && critical.data[0] ? -EKEYREJECTED : 0;
}

/* What follows the public key: unique ids (skipped), then extensions. */
static int der_extensions(struct vsm_der *tbs, struct vsm_der_cert *cert)
{
	struct vsm_der skip, outer, list, ext;
	int ret;

	ret = der_optional(tbs, DER_CONTEXT | 1, &skip);
	if (!ret)
		ret = der_optional(tbs, DER_CONTEXT | 2, &skip);
	if (!ret)
		ret = der_optional(tbs, DER_CONTEXT_CONS | 3, &outer);
	if (ret)
		return ret;
	if (tbs->len)
		return -EBADMSG;
	if (!outer.len)
		return 0;
	ret = der_expect(&outer, DER_SEQUENCE, &list);
	if (ret)
		return ret;
	if (outer.len)
		return -EBADMSG;
	while (list.len) {
		ret = der_expect(&list, DER_SEQUENCE, &ext);
		if (!ret)
			ret = der_extension(ext, cert);
		if (ret)
			return ret;
	}
	return 0;
}

int vsm_der_certificate(const u8 *data, size_t len, struct vsm_der_cert *ret)
{
	struct vsm_der in = { data, len }, outer, tbs, skip;
	struct vsm_der_cert cert = { 0 };
	int err;

	err = der_expect(&in, DER_SEQUENCE, &outer);
	if (!err)
		err = der_expect(&outer, DER_SEQUENCE, &tbs);
	if (!err)
		err = der_expect(&outer, DER_SEQUENCE, &skip);
	if (!err)
		err = der_expect(&outer, DER_BIT_STRING, &skip);
	if (err)
		return err;
	if (in.len || outer.len)
		return -EBADMSG;

	err = der_optional(&tbs, DER_CONTEXT_CONS | 0, &skip);	/* version */
	if (!err)
		err = der_expect(&tbs, DER_INTEGER, &skip);	/* serial */
	if (!err)
		err = der_algorithm(&tbs, cert_algorithms,
				    ARRAY_LEN(cert_algorithms));
	if (!err)
		err = der_expect(&tbs, DER_SEQUENCE, &skip);	/* issuer */
	if (!err)
		err = der_validity(&tbs, &cert);
	if (!err)
		err = der_expect(&tbs, DER_SEQUENCE, &skip);	/* subject */
	if (!err)
		err = der_expect(&tbs, DER_SEQUENCE, &skip);	/* public key */
	if (!err)
		err = der_extensions(&tbs, &cert);
	if (err)
		return err;
	*ret = cert;
	return 0;
}

/* SignerInfo: an identifier, digest algorithm, signature; no attributes. */
static int der_signer_info(struct vsm_der info)
{
	struct vsm_der skip;
	int ret;
	u8 tag;

	ret = der_expect(&info, DER_INTEGER, &skip);
	if (!ret)
		ret = der_next(&info, &tag, &skip);
	if (!ret && tag != DER_SEQUENCE && tag != (DER_CONTEXT | 0))
		ret = -EBADMSG;
	if (!ret)
		ret = der_algorithm(&info, digests, ARRAY_LEN(digests));
	if (ret)
		return ret;
	if (der_at(&info, DER_CONTEXT_CONS | 0))
		return -EKEYREJECTED;
	ret = der_expect(&info, DER_SEQUENCE, &skip);
	if (!ret)
		ret = der_expect(&info, DER_OCTET_STRING, &skip);
	if (ret)
		return ret;
	return info.len ? -EKEYREJECTED : 0;
}

static int der_signed_data(struct vsm_der sd)
{
	struct vsm_der skip, content, oid, signers, info;
	int ret;

	ret = der_expect(&sd, DER_INTEGER, &skip);
	if (!ret)
		ret = der_expect(&sd, DER_SET, &skip);
	if (!ret)
		ret = der_expect(&sd, DER_SEQUENCE, &content);
	if (!ret)
		ret = der_expect(&content, DER_OID, &oid);
	if (ret)
		return ret;
	/* Detached, and no certificates or revocation lists inside. */
	if (!der_is(&oid, oid_data, sizeof(oid_data)) || content.len ||
	    der_at(&sd, DER_CONTEXT_CONS | 0) ||
	    der_at(&sd, DER_CONTEXT_CONS | 1))
		return -EKEYREJECTED;
	ret = der_expect(&sd, DER_SET, &signers);
	if (!ret)
		ret = der_expect(&signers, DER_SEQUENCE, &info);
	if (ret)
		return ret;
	if (sd.len)
		return -EBADMSG;
	return signers.len ? -EKEYREJECTED : der_signer_info(info);
}

int vsm_der_cms(const u8 *data, size_t len)
{
	struct vsm_der in = { data, len }, outer, oid, explicit, sd;
	int ret;

	ret = der_expect(&in, DER_SEQUENCE, &outer);
	if (!ret)
		ret = der_expect(&outer, DER_OID, &oid);
	if (!ret)
		ret = der_expect(&outer, DER_CONTEXT_CONS | 0, &explicit);
	if (!ret)
		ret = der_expect(&explicit, DER_SEQUENCE, &sd);
	if (ret)
		return ret;
	if (in.len || outer.len || explicit.len ||
	    !der_is(&oid, oid_signed_data, sizeof(oid_signed_data)))
		return -EBADMSG;
	return der_signed_data(sd);
}
