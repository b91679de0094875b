/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The trustlets of one open file.
 */
#ifndef _VSM_KERNEL_TRUSTLET_H
#define _VSM_KERNEL_TRUSTLET_H

#include <linux/types.h>

#include "../uapi/linux/vsm.h"

struct vsm_bulk;
struct vsm_trustlets;

struct vsm_trustlets *vsm_trustlets_create(void);
void vsm_trustlets_destroy(struct vsm_trustlets *owner);

int vsm_trustlet_create(struct vsm_trustlets *owner,
			const struct vsm_bulk *image, u64 *ret_id);
int vsm_trustlet_call(struct vsm_trustlets *owner,
		      struct vsm_trustlet_call *call,
		      const struct vsm_bulk *msg);
int vsm_trustlet_info(struct vsm_trustlets *owner,
		      struct vsm_trustlet_info *info);
int vsm_trustlet_destroy(struct vsm_trustlets *owner, u64 id);

#endif /* _VSM_KERNEL_TRUSTLET_H */
