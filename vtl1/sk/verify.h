/* SPDX-License-Identifier: GPL-2.0 */
/* Signed objects against the root that is built in. */
#ifndef _VSM_SK_VERIFY_H
#define _VSM_SK_VERIFY_H

#include "container.h"

enum verify_kind {
	VERIFY_TRUSTLET,
	VERIFY_POLICY,
};

struct verified {
	struct bytes payload;	/* within the caller's buffer */
	u8 image_sha256[32];
	u8 signer_sha256[32];
};

/* VSM_S_OK or the first reason not to trust @data. */
u64 verify(const void *data, size_t len, enum verify_kind kind,
	   struct verified *ret);

/* Is this a certificate, and nothing else, whoever vouches for it? */
bool verify_certificate(const struct bytes *der);

bool verify_setup(void);

#endif /* _VSM_SK_VERIFY_H */
