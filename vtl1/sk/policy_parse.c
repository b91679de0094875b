// SPDX-License-Identifier: GPL-2.0
/*
 * Checks a binary policy, and applies its rules; pure.
 * Must never accept a byte that has no meaning.
 */
#include <vsm/string.h>

#include "policy_parse.h"

#define HASH_SIZE	32
#define SHA512_SIZE	64

struct record {
	u16 type;
	u32 len;
	const u8 *data;
};

/* The record at @pos; false: malformed.  @ret_next: where the next begins. */
static bool next_record(const u8 *records, u32 size, u32 pos,
			struct record *ret, u32 *ret_next)
{
	struct vsm_policy_record r;
	u64 padded;

	if (size - pos < sizeof(r))
		return false;
	memcpy(&r, records + pos, sizeof(r));
	padded = ALIGN((u64)r.len, 8);
	if (r.rsvd || padded > size - pos - sizeof(r))
		return false;
	*ret = (struct record){ r.type, r.len, records + pos + sizeof(r) };
	*ret_next = pos + sizeof(r) + padded;
	return mem_is(ret->data + r.len, 0, padded - r.len);
}

static bool take_name(struct policy *p, const struct record *r)
{
	u32 i;

	if (p->name[0] || !r->len || r->len >= VSM_POLICY_NAME_MAX)
		return false;
	for (i = 0; i < r->len; i++)
		if (r->data[i] < 0x20 || r->data[i] > 0x7e)
			return false;
	memcpy(p->name, r->data, r->len);
	return true;
}

/* A record of one byte, once: it is POLICY_MODE_NONE until then. */
static bool take_byte(u8 *byte, const struct record *r, u8 max)
{
	if (*byte != POLICY_MODE_NONE || r->len != 1 || r->data[0] > max)
		return false;
	*byte = r->data[0];
	return true;
}

static bool take_code_mode(struct policy *p, const struct record *r)
{
	struct vsm_policy_code_mode m;

	if (r->len != sizeof(m))
		return false;
	memcpy(&m, r->data, sizeof(m));
	if (m.class == VSM_CODE_CLASS_NONE || m.class >= VSM_CODE_CLASS_MAX ||
	    m.mode > VSM_POLICY_MODE_ENFORCE ||
	    !mem_is(m.rsvd, 0, sizeof(m.rsvd)) ||
	    p->code_mode[m.class] != POLICY_MODE_NONE)
		return false;
	p->code_mode[m.class] = m.mode;
	return true;
}

static bool check_record(struct policy *p, const struct record *r)
{
	struct vsm_policy_min_svn min;

	switch (r->type) {
	case VSM_POLICY_REC_NAME:
		return take_name(p, r);
	case VSM_POLICY_REC_TRUSTLET_MODE:
		return take_byte(&p->mode, r, VSM_POLICY_MODE_ENFORCE);
	case VSM_POLICY_REC_MBEC:
		return take_byte(&p->mbec, r, VSM_POLICY_MBEC_REQUIRED);
	case VSM_POLICY_REC_CODE_MODE:
		return take_code_mode(p, r);
	case VSM_POLICY_REC_SIGNER:
	case VSM_POLICY_REC_REVOKE_IMAGE:
	case VSM_POLICY_REC_REVOKE_SIGNER:
	case VSM_POLICY_REC_KERNEL:
	case VSM_POLICY_REC_REVOKE_MODULE:
	case VSM_POLICY_REC_REVOKE_FILE:
		return r->len == HASH_SIZE;
	case VSM_POLICY_REC_REVOKE_VERITY:
		return r->len == HASH_SIZE || r->len == SHA512_SIZE;
	case VSM_POLICY_REC_MODULE_SIGNER:
	case VSM_POLICY_REC_FILE_SIGNER:
		return r->len && r->len <= VSM_POLICY_MAX_CERT;
	case VSM_POLICY_REC_MIN_SVN:
		if (r->len != sizeof(min))
			return false;
		memcpy(&min, r->data, sizeof(min));
		return !min.rsvd;
	default:
		return false;
	}
}

static bool check_header(const struct vsm_policy_header *h, size_t len)
{
	return h->magic == VSM_POLICY_MAGIC &&
	       h->format == VSM_POLICY_FORMAT &&
	       h->pool <= VSM_POLICY_POOL_SKU && h->size == len && h->version;
}

u64 policy_parse(const void *data, size_t len, struct policy *ret)
{
	struct policy p = {
		.mode = POLICY_MODE_NONE, .mbec = POLICY_MODE_NONE,
	};
	struct record r;
	u32 pos = 0, i;

	if (len > VSM_POLICY_MAX_SIZE)
		return VSM_S_TOO_LARGE;
	if (len < sizeof(p.header))
		return VSM_S_BAD_FORMAT;
	memcpy(&p.header, data, sizeof(p.header));
	if (!check_header(&p.header, len))
		return VSM_S_BAD_FORMAT;
	p.records = (const u8 *)data + sizeof(p.header);
	p.size = len - sizeof(p.header);
	memset(p.code_mode, POLICY_MODE_NONE, sizeof(p.code_mode));
	for (i = 0; i < p.header.nr_records; i++)
		if (!next_record(p.records, p.size, pos, &r, &pos) ||
		    !check_record(&p, &r))
			return VSM_S_BAD_FORMAT;
	if (pos != p.size)
		return VSM_S_BAD_FORMAT;
	if (p.mode == POLICY_MODE_NONE)
		p.mode = VSM_POLICY_MODE_ENFORCE;
	if (p.mbec == POLICY_MODE_NONE)
		p.mbec = VSM_POLICY_MBEC_PREFERRED;
	*ret = p;
	return VSM_S_OK;
}

static u64 judge_svn(const struct record *r,
		     const struct vsm_trustlet_identity *id)
{
	struct vsm_policy_min_svn min;

	memcpy(&min, r->data, sizeof(min));
	return !memcmp(min.uuid, id->uuid, sizeof(min.uuid)) &&
	       id->svn < min.svn ? VSM_S_BAD_SVN : VSM_S_OK;
}

/* One record; pins are collected, for it takes all of them to say no. */
static u64 judge_record(const struct record *r,
			const struct vsm_trustlet_identity *id,
			bool *pinned, bool *found)
{
	switch (r->type) {
	case VSM_POLICY_REC_SIGNER:
		*pinned = true;
		*found |= !memcmp(r->data, id->signer_sha256, HASH_SIZE);
		return VSM_S_OK;
	case VSM_POLICY_REC_REVOKE_IMAGE:
		return memcmp(r->data, id->image_sha256, HASH_SIZE) ?
		       VSM_S_OK : VSM_S_REVOKED;
	case VSM_POLICY_REC_REVOKE_SIGNER:
		return memcmp(r->data, id->signer_sha256, HASH_SIZE) ?
		       VSM_S_OK : VSM_S_REVOKED;
	case VSM_POLICY_REC_MIN_SVN:
		return judge_svn(r, id);
	default:
		return VSM_S_OK;
	}
}

u64 policy_judge(const struct policy *policy,
		 const struct vsm_trustlet_identity *id)
{
	bool pinned = false, found = false;
	u64 status = VSM_S_OK;
	struct record r;
	u32 pos = 0, i;

	for (i = 0; i < policy->header.nr_records && !status; i++) {
		if (!next_record(policy->records, policy->size, pos, &r, &pos))
			return VSM_S_DENIED;
		status = judge_record(&r, id, &pinned, &found);
	}
	if (!status && pinned && !found)
		status = VSM_S_DENIED;
	return status;
}

bool policy_next(const struct policy *policy, u16 type, u32 *pos,
		 struct bytes *ret)
{
	struct record r;

	while (*pos < policy->size &&
	       next_record(policy->records, policy->size, *pos, &r, pos)) {
		if (r.type != type)
			continue;
		*ret = (struct bytes){ r.data, r.len };
		return true;
	}
	return false;
}

bool policy_has_digest(const struct policy *policy, u16 type,
		       const struct bytes *digest, bool *ret_any)
{
	struct bytes b;
	u32 pos = 0;

	*ret_any = false;
	while (policy_next(policy, type, &pos, &b)) {
		*ret_any = true;
		if (b.len == digest->len &&
		    !memcmp(b.data, digest->data, b.len))
			return true;
	}
	return false;
}

u8 policy_code_mode(const struct policy *policies, u32 nr,
		    enum vsm_code_class class, u8 start)
{
	u8 mode = POLICY_MODE_NONE, said;
	u32 i;

	for (i = 0; i < nr; i++) {
		if (!policies[i].header.version)
			continue;
		said = policies[i].code_mode[class];
		if (said != POLICY_MODE_NONE &&
		    (mode == POLICY_MODE_NONE || said > mode))
			mode = said;
	}
	return mode == POLICY_MODE_NONE ? start : mode;
}

bool policy_wants_mbec(const struct policy *policies, u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++)
		if (policies[i].header.version &&
		    policies[i].mbec == VSM_POLICY_MBEC_REQUIRED)
			return true;
	return false;
}
