// SPDX-License-Identifier: GPL-2.0
/*
 * Policy in memory <-> binary (uapi/vsm/policy.h).
 * Must never be more lenient than the secure kernel's own parser.
 */
#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy.h"

static_assert(sizeof(struct vsm_policy_header) == 40, "ABI");
static_assert(sizeof(struct vsm_policy_record) == 8, "ABI");
static_assert(sizeof(struct vsm_policy_min_svn) == 24, "ABI");
static_assert(sizeof(struct vsm_policy_code_mode) == 8, "ABI");

static size_t pad8(size_t len)
{
	return (len + 7) & ~(size_t)7;
}

/* The buffer is zeroed, so padding and reserved fields are. */
static uint8_t *put_record(uint8_t *to, uint16_t type, const void *data,
			   size_t len)
{
	struct vsm_policy_record rec = {
		.type = htole16(type),
		.len = htole32((uint32_t)len),
	};

	memcpy(to, &rec, sizeof(rec));
	memcpy(to + sizeof(rec), data, len);
	return to + pad8(sizeof(rec) + len);
}

static uint8_t *put_item(uint8_t *to, const struct policy_item *item)
{
	struct vsm_policy_min_svn min = { .svn = htole32(item->svn) };
	const struct vsm_policy_code_mode mode = {
		.class = item->key[0], .mode = item->mode,
	};

	if (item->data)
		return put_record(to, item->type, item->data, item->data_len);
	if (item->type == VSM_POLICY_REC_CODE_MODE)
		return put_record(to, item->type, &mode, sizeof(mode));
	if (item->type != VSM_POLICY_REC_MIN_SVN)
		return put_record(to, item->type, item->key,
				  POLICY_DIGEST_LEN);
	memcpy(min.uuid, item->key, sizeof(min.uuid));
	return put_record(to, item->type, &min, sizeof(min));
}

int policy_encode(const struct policy *policy, uint8_t **ret_data,
		  size_t *ret_len)
{
	struct vsm_policy_header header = {
		.magic = htole64(VSM_POLICY_MAGIC),
		.format = htole16(VSM_POLICY_FORMAT),
		.pool = htole16(policy->pool),
		.version = htole32(policy->version),
	};
	size_t size = policy_size(policy);
	uint32_t nr = (uint32_t)policy->nr_items;
	uint8_t *data, *to;

	if (size > VSM_POLICY_MAX_SIZE)
		return -E2BIG;
	data = calloc(1, size);
	if (!data)
		return -ENOMEM;

	to = data + sizeof(header);
	if (policy->name[0]) {
		to = put_record(to, VSM_POLICY_REC_NAME, policy->name,
				strlen(policy->name));
		nr++;
	}
	if (policy->has_mode) {
		to = put_record(to, VSM_POLICY_REC_TRUSTLET_MODE,
				&policy->mode, 1);
		nr++;
	}
	if (policy->has_mbec) {
		to = put_record(to, VSM_POLICY_REC_MBEC, &policy->mbec, 1);
		nr++;
	}
	for (size_t i = 0; i < policy->nr_items; i++)
		to = put_item(to, &policy->items[i]);

	memcpy(header.id, policy->id, sizeof(header.id));
	header.size = htole32((uint32_t)size);
	header.nr_records = htole32(nr);
	memcpy(data, &header, sizeof(header));
	*ret_data = data;
	*ret_len = size;
	return 0;
}

static const char *get_name(struct policy *policy, const uint8_t *data,
			    size_t len)
{
	if (policy->name[0])
		return "two name records";
	if (!len || len > POLICY_NAME_LEN)
		return "name of a wrong length";
	for (size_t i = 0; i < len; i++) {
		if (data[i] < ' ' || data[i] > '~')
			return "name is not printable";
	}
	memcpy(policy->name, data, len);
	policy->name[len] = '\0';
	return NULL;
}

static const char *get_mode(struct policy *policy, const uint8_t *data,
			    size_t len)
{
	if (policy->has_mode)
		return "two trustlet mode records";
	if (len != 1)
		return "trustlet mode of a wrong length";
	if (!mode_name(data[0]))
		return "unknown trustlet mode";
	policy->has_mode = true;
	policy->mode = data[0];
	return NULL;
}

static const char *get_mbec(struct policy *policy, const uint8_t *data,
			    size_t len)
{
	if (policy->has_mbec)
		return "two MBEC records";
	if (len != 1 || !mbec_name(data[0]))
		return "unknown value of an MBEC record";
	policy->has_mbec = true;
	policy->mbec = data[0];
	return NULL;
}

static const char *add_item(struct policy *policy,
			    const struct policy_item *item)
{
	switch (policy_add(policy, item)) {
	case 0:
		return NULL;
	case -EEXIST:
		return "the same record twice";
	case -E2BIG:
		return "too many records";
	default:
		return "out of memory";
	}
}

static const char *get_min_svn(struct policy *policy, const uint8_t *data,
			       size_t len)
{
	struct policy_item item = { .type = VSM_POLICY_REC_MIN_SVN };
	struct vsm_policy_min_svn min;

	if (len != sizeof(min))
		return "minimum SVN of a wrong length";
	memcpy(&min, data, sizeof(min));
	if (min.rsvd)
		return "reserved field of a minimum SVN is not zero";
	memcpy(item.key, min.uuid, sizeof(min.uuid));
	item.svn = le32toh(min.svn);
	return add_item(policy, &item);
}

static const char *get_code_mode(struct policy *policy, const uint8_t *data,
				 size_t len)
{
	struct policy_item item = { .type = VSM_POLICY_REC_CODE_MODE };
	struct vsm_policy_code_mode mode;

	if (len != sizeof(mode))
		return "mode of a class of a wrong length";
	memcpy(&mode, data, sizeof(mode));
	if (!class_name(mode.class))
		return "unknown class";
	if (!mode_name(mode.mode))
		return "unknown mode of a class";
	for (size_t i = 0; i < sizeof(mode.rsvd); i++) {
		if (mode.rsvd[i])
			return "reserved field of a class's mode is not zero";
	}
	item.key[0] = mode.class;
	item.mode = mode.mode;
	return add_item(policy, &item);
}

static const char *get_data(struct policy *policy, uint16_t type,
			    const uint8_t *data, size_t len)
{
	struct policy_item item = { .type = type, .data_len = len };
	const char *reason;

	item.data = malloc(len);
	if (!item.data)
		return "out of memory";
	memcpy(item.data, data, len);
	reason = add_item(policy, &item);
	if (reason)
		free(item.data);
	return reason;
}

static const char *get_certificate(struct policy *policy, uint16_t type,
				   const uint8_t *data, size_t len)
{
	if (!len || len > VSM_POLICY_MAX_CERT)
		return "certificate of a wrong length";
	return get_data(policy, type, data, len);
}

static const char *get_verity(struct policy *policy, const uint8_t *data,
			      size_t len)
{
	if (!is_verity_digest(len))
		return "fs-verity digest of a wrong length";
	return get_data(policy, VSM_POLICY_REC_REVOKE_VERITY, data, len);
}

static const char *get_digest(struct policy *policy, uint16_t type,
			      const uint8_t *data, size_t len)
{
	struct policy_item item = { .type = type };

	if (len != POLICY_DIGEST_LEN)
		return "digest of a wrong length";
	memcpy(item.key, data, len);
	return add_item(policy, &item);
}

static const char *get_record(struct policy *policy, uint16_t type,
			      const uint8_t *data, size_t len)
{
	switch (type) {
	case VSM_POLICY_REC_NAME:
		return get_name(policy, data, len);
	case VSM_POLICY_REC_TRUSTLET_MODE:
		return get_mode(policy, data, len);
	case VSM_POLICY_REC_MBEC:
		return get_mbec(policy, data, len);
	case VSM_POLICY_REC_SIGNER:
	case VSM_POLICY_REC_REVOKE_IMAGE:
	case VSM_POLICY_REC_REVOKE_SIGNER:
	case VSM_POLICY_REC_KERNEL:
	case VSM_POLICY_REC_REVOKE_MODULE:
	case VSM_POLICY_REC_REVOKE_FILE:
		return get_digest(policy, type, data, len);
	case VSM_POLICY_REC_MIN_SVN:
		return get_min_svn(policy, data, len);
	case VSM_POLICY_REC_CODE_MODE:
		return get_code_mode(policy, data, len);
	case VSM_POLICY_REC_REVOKE_VERITY:
		return get_verity(policy, data, len);
	case VSM_POLICY_REC_MODULE_SIGNER:
	case VSM_POLICY_REC_FILE_SIGNER:
		return get_certificate(policy, type, data, len);
	default:
		return "unknown record type";
	}
}

static const char *get_records(struct policy *policy, const uint8_t *data,
			       size_t len, uint32_t nr)
{
	while (nr--) {
		struct vsm_policy_record rec;
		const char *reason;
		size_t data_len, padded;

		if (len < sizeof(rec))
			return "fewer records than the header says";
		memcpy(&rec, data, sizeof(rec));
		if (rec.rsvd)
			return "reserved field of a record is not zero";
		data_len = le32toh(rec.len);
		if (data_len > VSM_POLICY_MAX_SIZE)
			return "record is too long";
		padded = pad8(sizeof(rec) + data_len);
		if (padded > len)
			return "record goes past the end";
		for (size_t i = sizeof(rec) + data_len; i < padded; i++) {
			if (data[i])
				return "padding is not zero";
		}
		reason = get_record(policy, le16toh(rec.type),
				    data + sizeof(rec), data_len);
		if (reason)
			return reason;
		data += padded;
		len -= padded;
	}
	return len ? "bytes after the last record" : NULL;
}

static const char *get_policy(struct policy *policy, const uint8_t *data,
			      size_t len)
{
	struct vsm_policy_header header;

	if (len < sizeof(header))
		return "shorter than a policy header";
	if (len > VSM_POLICY_MAX_SIZE)
		return "larger than a policy may be";
	memcpy(&header, data, sizeof(header));
	if (le64toh(header.magic) != VSM_POLICY_MAGIC)
		return "not a policy (wrong magic)";
	if (le16toh(header.format) != VSM_POLICY_FORMAT)
		return "unknown policy format";
	if (!pool_name(le16toh(header.pool)))
		return "unknown policy pool";
	if (le32toh(header.size) != len)
		return "size differs from what the header says";
	if (!header.version)
		return "version is zero";

	policy->pool = le16toh(header.pool);
	policy->version = le32toh(header.version);
	memcpy(policy->id, header.id, sizeof(policy->id));
	return get_records(policy, data + sizeof(header),
			   len - sizeof(header), le32toh(header.nr_records));
}

int policy_decode(struct policy *policy, const uint8_t *data, size_t len,
		  const char **ret_reason)
{
	const char *reason = get_policy(policy, data, len);

	if (!reason)
		return 0;
	*ret_reason = reason;
	return -EBADMSG;
}
