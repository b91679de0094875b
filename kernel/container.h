/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the parts of a signed object lie (uapi/vsm/signed.h).  Compiles on the
 * host, too.
 */
#ifndef _VSM_KERNEL_CONTAINER_H
#define _VSM_KERNEL_CONTAINER_H

#include "der.h"

struct vsm_container {
	struct vsm_der payload;
	struct vsm_der cert;
	struct vsm_der content;	/* all that the CMS signs: payload to trailer */
	struct vsm_der cms;
};

/* -ENODATA: no signature at all; -EBADMSG: malformed, *@ret_why says how. */
int vsm_container_parse(const void *data, size_t len,
			struct vsm_container *ret, const char **ret_why);

#endif /* _VSM_KERNEL_CONTAINER_H */
