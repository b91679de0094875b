/* SPDX-License-Identifier: GPL-2.0 */
/* Where the parts of a signed object lie (uapi/vsm/signed.h); pure. */
#ifndef _VSM_SK_CONTAINER_H
#define _VSM_SK_CONTAINER_H

#include <vsm/types.h>

struct bytes {
	const u8 *data;
	size_t len;
};

struct container {
	struct bytes payload;	/* may be empty */
	struct bytes cert;
	struct bytes content;	/* what the CMS signs: payload to trailer */
	struct bytes cms;
};

/* VSM_S_OK, VSM_S_NOT_SIGNED or VSM_S_BAD_FORMAT. */
u64 container_parse(const void *data, size_t len, struct container *ret);

#endif /* _VSM_SK_CONTAINER_H */
