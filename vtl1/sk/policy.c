// SPDX-License-Identifier: GPL-2.0
/*
 * Loads signed policies, one per pool, and asks them.
 * Must never let an older one replace a newer, nor a broken one anything.
 */
#include <vsm/signed.h>

#include "object.h"
#include "policy.h"
#include "verify.h"
#include "vp.h"

#define POOLS	(VSM_POLICY_POOL_SKU + 1)

static struct spinlock policy_lock;
/* policy_lock guards these; blobs are ours. */
static struct policy policies[POOLS];
static u8 *blobs[POOLS];

/* Takes @blob over on success; the one to be freed otherwise, and after. */
static u64 install(const struct policy *p, u8 **blob)
{
	u64 flags = sk_lock(&policy_lock), status = VSM_S_OK;
	u32 pool = p->header.pool;
	u8 *old;

	if (p->header.version < policies[pool].header.version) {
		status = VSM_S_BAD_SVN;
	} else {
		old = blobs[pool];
		blobs[pool] = *blob;
		policies[pool] = *p;
		*blob = old;
	}
	sk_unlock(&policy_lock, flags);
	return status;
}

static u64 load(const struct object *obj, u64 ret[3])
{
	struct verified v;
	struct policy p;
	u64 status;
	u8 *blob;

	status = verify(obj->data, obj->size, VERIFY_POLICY, &v);
	if (status)
		return status;
	status = policy_parse(v.payload.data, v.payload.len, &p);
	if (status)
		return status;
	blob = sk_calloc(1, v.payload.len);
	if (!blob)
		return VSM_S_NO_MEMORY;
	memcpy(blob, v.payload.data, v.payload.len);
	p.records = blob + sizeof(p.header);
	status = install(&p, &blob);
	sk_free(blob);
	if (status)
		return status;
	sk_log("policy \"%s\" version %u, pool %u",
	       p.name, p.header.version, p.header.pool);
	ret[0] = p.header.version;
	return VSM_S_OK;
}

u64 scall_policy_load(const u64 arg[5], u64 ret[3])
{
	struct object obj;
	u64 status = object_open(&obj, arg[0], arg[1]);

	if (status)
		return status;
	status = load(&obj, ret);
	object_close(&obj);
	if (status)
		sk_log("policy refused: status %lu", status);
	return status;
}

u64 policy_check(const struct vsm_trustlet_identity *id, u64 *ret_audit)
{
	u64 flags = sk_lock(&policy_lock), status = VSM_S_OK, s;
	u64 audit = VSM_S_OK;
	u32 i;

	for (i = 0; i < POOLS && !status; i++) {
		if (!blobs[i] || policies[i].mode == VSM_POLICY_MODE_OFF)
			continue;
		s = policy_judge(&policies[i], id);
		if (s && policies[i].mode == VSM_POLICY_MODE_AUDIT)
			audit = s;
		else
			status = s;
	}
	sk_unlock(&policy_lock, flags);
	if (!status && audit)
		sk_log("audit: policy would refuse trustlet %s", id->name);
	*ret_audit = audit;
	return status;
}

void policy_status(u32 *ret_version, u8 name[VSM_POLICY_NAME_MAX])
{
	const struct policy *p = &policies[VSM_POLICY_POOL_BASE];
	u64 flags = sk_lock(&policy_lock);

	*ret_version = p->header.version;
	memcpy(name, p->name, VSM_POLICY_NAME_MAX);
	sk_unlock(&policy_lock, flags);
}

void policy_scrub(void)
{
	u64 flags = sk_lock(&policy_lock);
	u32 i;

	for (i = 0; i < POOLS; i++) {
		sk_free(blobs[i]);
		blobs[i] = NULL;
	}
	memzero_explicit(policies, sizeof(policies));
	sk_unlock(&policy_lock, flags);
}
