/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The few ASN.1 structures that the driver looks into itself: a signer's
 * certificate and the outline of a CMS message.  Compiles on the host, too.
 */
#ifndef _VSM_KERNEL_DER_H
#define _VSM_KERNEL_DER_H

#ifdef __KERNEL__
#include <linux/errno.h>
#include <linux/string.h>
#include <linux/types.h>
#else
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <linux/types.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s64 s64;
#endif

/* A run of bytes within the caller's buffer. */
struct vsm_der {
	const u8 *data;
	size_t len;
};

struct vsm_der_cert {
	s64 not_before;		/* seconds since 1970, UTC */
	s64 not_after;
	struct vsm_der eku;	/* list of OIDs; empty: extension absent */
	bool ca;		/* basicConstraints says CA */
	bool no_signing;	/* keyUsage without digitalSignature */
};

/*
 * Both require @len bytes to be exactly one structure.  -EBADMSG: malformed;
 * -ENOPKG: digest or signature algorithm unknown or too weak; -EKEYREJECTED:
 * well-formed, but has what a signed object must not have (an unknown critical
 * extension; certificates, attributes, content, not exactly one signer).
 */
int vsm_der_certificate(const u8 *data, size_t len, struct vsm_der_cert *ret);
int vsm_der_cms(const u8 *data, size_t len);

/* Is the dotted @oid, for example "1.3.6.1.5.5.7.3.3", in the list? */
bool vsm_der_has_oid(const struct vsm_der *list, const char *oid);

#endif /* _VSM_KERNEL_DER_H */
