/* SPDX-License-Identifier: GPL-2.0 */
/* The policies in force. */
#ifndef _VSM_SK_POLICY_H
#define _VSM_SK_POLICY_H

#include "policy_parse.h"

u64 scall_policy_load(const u64 arg[5], u64 ret[3]);

/*
 * May the trustlet run?  VSM_S_*.  What audit mode lets pass is logged, and the
 * status that it would have had otherwise is in *ret_audit.
 */
u64 policy_check(const struct vsm_trustlet_identity *id, u64 *ret_audit);

void policy_status(u32 *ret_version, u8 name[VSM_POLICY_NAME_MAX]);
void policy_scrub(void);

/*
 * The @i-th certificate (DER) in records of @type, of all pools; its length, 0:
 * no more.
 */
u32 policy_certificate(u16 type, u32 i, u8 der[VSM_POLICY_MAX_CERT]);

/* Is @digest in a record of @type of any pool? */
bool policy_names(u16 type, const struct bytes *digest);

/*
 * VSM_S_OK: policy names this payload; VSM_S_NOT_FOUND: it names none at all;
 * VSM_S_DENIED: others.
 */
u64 policy_kernel_vouched(const u8 digest[32]);

/* Code integrity starts so: VSM_S_OK, or what policy has against it. */
struct code_start;
u64 policy_code_start(const struct code_start *start);
void policy_code_stop(void);

#endif /* _VSM_SK_POLICY_H */
