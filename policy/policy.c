// SPDX-License-Identifier: GPL-2.0
/*
 * The policy in memory: its records and their sizes.
 * Must never read or write a file, nor know text or binary.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy.h"

void policy_init(struct policy *policy)
{
	memset(policy, 0, sizeof(*policy));
}

void policy_free(struct policy *policy)
{
	for (size_t i = 0; i < policy->nr_items; i++)
		free(policy->items[i].data);
	free(policy->items);
	policy_init(policy);
}

/* Identity and digest differ in length; the rest of a shorter key is zero. */
const struct policy_item *policy_find(const struct policy *policy,
				      uint16_t type, const uint8_t *key)
{
	for (size_t i = 0; i < policy->nr_items; i++) {
		const struct policy_item *item = &policy->items[i];

		if (item->type == type &&
		    !memcmp(item->key, key, sizeof(item->key)))
			return item;
	}
	return NULL;
}

/* Where the key does not tell, the data does. */
const struct policy_item *policy_find_same(const struct policy *policy,
					   const struct policy_item *item)
{
	if (!item->data)
		return policy_find(policy, item->type, item->key);
	for (size_t i = 0; i < policy->nr_items; i++) {
		const struct policy_item *other = &policy->items[i];

		if (other->type == item->type &&
		    other->data_len == item->data_len &&
		    !memcmp(other->data, item->data, item->data_len))
			return other;
	}
	return NULL;
}

/* SHA-256 or SHA-512. */
bool is_verity_digest(size_t len)
{
	return len == 32 || len == 64;
}

static size_t record_size(size_t data_len)
{
	size_t len = sizeof(struct vsm_policy_record) + data_len;

	return (len + 7) & ~(size_t)7;
}

static size_t item_size(const struct policy_item *item)
{
	if (item->data)
		return record_size(item->data_len);
	if (item->type == VSM_POLICY_REC_MIN_SVN)
		return record_size(sizeof(struct vsm_policy_min_svn));
	if (item->type == VSM_POLICY_REC_CODE_MODE)
		return record_size(sizeof(struct vsm_policy_code_mode));
	return record_size(POLICY_DIGEST_LEN);
}

size_t policy_size(const struct policy *policy)
{
	size_t size = sizeof(struct vsm_policy_header);

	if (policy->name[0])
		size += record_size(strlen(policy->name));
	if (policy->has_mode)
		size += record_size(1);
	if (policy->has_mbec)
		size += record_size(1);
	for (size_t i = 0; i < policy->nr_items; i++)
		size += item_size(&policy->items[i]);
	return size;
}

/*
 * -E2BIG: the binary would not fit; -EEXIST: that record is there already.  The
 * item's data is the policy's from then on, unless it fails.
 */
int policy_add(struct policy *policy, const struct policy_item *item)
{
	struct policy_item *items;

	if (policy_find_same(policy, item))
		return -EEXIST;
	if (policy_size(policy) + item_size(item) > VSM_POLICY_MAX_SIZE)
		return -E2BIG;

	items = reallocarray(policy->items, policy->nr_items + 1,
			     sizeof(*items));
	if (!items)
		return -ENOMEM;
	policy->items = items;
	policy->items[policy->nr_items++] = *item;
	return 0;
}

void diag_error(struct diag *diag, unsigned int line, const char *fmt,
		va_list args)
{
	diag->errors++;
	if (!diag->out)
		return;
	if (line)
		fprintf(diag->out, "%s:%u: ", diag->file, line);
	else
		fprintf(diag->out, "%s: ", diag->file);
	vfprintf(diag->out, fmt, args);
	fputc('\n', diag->out);
}
