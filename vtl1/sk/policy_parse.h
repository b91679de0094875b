/* SPDX-License-Identifier: GPL-2.0 */
/* Binary policies (uapi/vsm/policy.h): check once, then ask; pure. */
#ifndef _VSM_SK_POLICY_PARSE_H
#define _VSM_SK_POLICY_PARSE_H

#include <linux/types.h>
#include <vsm/policy.h>
#include <vsm/scall.h>
#include <vsm/types.h>

#include "container.h"

#define POLICY_MODE_NONE	0xff	/* the policy does not say */

struct policy {
	struct vsm_policy_header header;
	u8 mode;		/* VSM_POLICY_MODE_*; enforce when not given */
	u8 mbec;		/* VSM_POLICY_MBEC_*; preferred when not given */
	u8 code_mode[VSM_CODE_CLASS_MAX];	/* or POLICY_MODE_NONE */
	u8 name[VSM_POLICY_NAME_MAX];	/* NUL terminated */
	const u8 *records;	/* checked, in the caller's buffer */
	u32 size;		/* bytes of records */
};

/* VSM_S_OK, VSM_S_BAD_FORMAT or VSM_S_TOO_LARGE. */
u64 policy_parse(const void *data, size_t len, struct policy *ret);

/* What the rules say of a trustlet, whatever the mode. */
u64 policy_judge(const struct policy *policy,
		 const struct vsm_trustlet_identity *id);

/*
 * The next record of @type from *@pos on, which starts at 0 and moves; false:
 * there is no other.  What is in @ret is the policy's.
 */
bool policy_next(const struct policy *policy, u16 type, u32 *pos,
		 struct bytes *ret);

/* Does a record of @type hold this digest?  *@ret_any: is there one at all? */
bool policy_has_digest(const struct policy *policy, u16 type,
		       const struct bytes *digest, bool *ret_any);

/*
 * Of @nr policies, of which those of version 0 are none: the tightest mode that
 * one of them gives to @class; @start where none says anything.
 */
u8 policy_code_mode(const struct policy *policies, u32 nr,
		    enum vsm_code_class class, u8 start);

/* Does one of them want MBEC? */
bool policy_wants_mbec(const struct policy *policies, u32 nr);

#endif /* _VSM_SK_POLICY_PARSE_H */
