/* SPDX-License-Identifier: GPL-2.0 */
/* Binary policies (uapi/vsm/policy.h): check once, then ask; pure. */
#ifndef _VSM_SK_POLICY_PARSE_H
#define _VSM_SK_POLICY_PARSE_H

#include <linux/types.h>
#include <vsm/policy.h>
#include <vsm/scall.h>
#include <vsm/types.h>

struct policy {
	struct vsm_policy_header header;
	u8 mode;		/* VSM_POLICY_MODE_*; enforce when not given */
	u8 name[VSM_POLICY_NAME_MAX];	/* NUL terminated */
	const u8 *records;	/* checked, in the caller's buffer */
	u32 size;		/* bytes of records */
};

/* VSM_S_OK, VSM_S_BAD_FORMAT or VSM_S_TOO_LARGE. */
u64 policy_parse(const void *data, size_t len, struct policy *ret);

/* What the rules say of a trustlet, whatever the mode. */
u64 policy_judge(const struct policy *policy,
		 const struct vsm_trustlet_identity *id);

#endif /* _VSM_SK_POLICY_PARSE_H */
