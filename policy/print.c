// SPDX-License-Identifier: GPL-2.0
/*
 * Policy in memory -> text that compiles to the same policy again.
 * Must never print what text.c would not accept.
 */
#include <string.h>

#include "policy.h"

static const char * const pools[] = {
	[VSM_POLICY_POOL_BASE] = "base",
	[VSM_POLICY_POOL_REVOCATION] = "revocation",
	[VSM_POLICY_POOL_SKU] = "sku",
};

static const char * const modes[] = {
	[VSM_POLICY_MODE_OFF] = "off",
	[VSM_POLICY_MODE_AUDIT] = "audit",
	[VSM_POLICY_MODE_ENFORCE] = "enforce",
};

static const char * const mbecs[] = {
	[VSM_POLICY_MBEC_PREFERRED] = "preferred",
	[VSM_POLICY_MBEC_REQUIRED] = "required",
};

#define VSM_CODE_CLASS(id, text, what) text,

static const char * const classes[] = {
	NULL,
#include "vsm/code_classes.def"
};

#undef VSM_CODE_CLASS
#define VSM_CODE_CLASS(id, text, what) what,

static const char * const abouts[] = {
	NULL,
#include "vsm/code_classes.def"
};

#undef VSM_CODE_CLASS

static int from_name(const char * const *names, size_t nr, const char *name)
{
	for (size_t i = 0; i < nr; i++) {
		if (names[i] && !strcmp(names[i], name))
			return (int)i;
	}
	return -1;
}

int pool_from_name(const char *name)
{
	return from_name(pools, ARRAY_SIZE(pools), name);
}

int mode_from_name(const char *name)
{
	return from_name(modes, ARRAY_SIZE(modes), name);
}

int mbec_from_name(const char *name)
{
	return from_name(mbecs, ARRAY_SIZE(mbecs), name);
}

int class_from_name(const char *name)
{
	return from_name(classes, ARRAY_SIZE(classes), name);
}

const char *pool_name(unsigned int pool)
{
	return pool < ARRAY_SIZE(pools) ? pools[pool] : NULL;
}

const char *mode_name(unsigned int mode)
{
	return mode < ARRAY_SIZE(modes) ? modes[mode] : NULL;
}

const char *mbec_name(unsigned int mbec)
{
	return mbec < ARRAY_SIZE(mbecs) ? mbecs[mbec] : NULL;
}

const char *class_name(unsigned int class)
{
	return class < ARRAY_SIZE(classes) ? classes[class] : NULL;
}

const char *class_about(unsigned int class)
{
	return class < ARRAY_SIZE(abouts) ? abouts[class] : NULL;
}

void print_digest(FILE *out, const uint8_t *digest)
{
	for (int i = 0; i < POLICY_DIGEST_LEN; i++)
		fprintf(out, "%02x", digest[i]);
}

static void print_uuid(FILE *out, const uint8_t *id)
{
	for (int i = 0; i < POLICY_ID_LEN; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			fputc('-', out);
		fprintf(out, "%02x", id[i]);
	}
}

static void print_name(FILE *out, const char *name)
{
	fputs("name \"", out);
	for (; *name; name++) {
		if (*name == '"' || *name == '\\')
			fputc('\\', out);
		fputc(*name, out);
	}
	fputs("\"\n", out);
}

static void print_data(FILE *out, const char *keyword,
		       const struct policy_item *item)
{
	fprintf(out, "%s ", keyword);
	for (size_t i = 0; i < item->data_len; i++)
		fprintf(out, "%02x", item->data[i]);
	fputc('\n', out);
}

static void print_item(FILE *out, const struct policy_item *item)
{
	switch (item->type) {
	case VSM_POLICY_REC_SIGNER:
		fputs("signer ", out);
		break;
	case VSM_POLICY_REC_REVOKE_IMAGE:
		fputs("revoke-image ", out);
		break;
	case VSM_POLICY_REC_REVOKE_SIGNER:
		fputs("revoke-signer ", out);
		break;
	case VSM_POLICY_REC_KERNEL:
		fputs("kernel ", out);
		break;
	case VSM_POLICY_REC_REVOKE_MODULE:
		fputs("revoke-module ", out);
		break;
	case VSM_POLICY_REC_REVOKE_FILE:
		fputs("revoke-file ", out);
		break;
	case VSM_POLICY_REC_CODE_MODE:
		fprintf(out, "code %s %s\n", classes[item->key[0]],
			modes[item->mode]);
		return;
	case VSM_POLICY_REC_MODULE_SIGNER:
		print_data(out, "module-signer-der", item);
		return;
	case VSM_POLICY_REC_FILE_SIGNER:
		print_data(out, "file-signer-der", item);
		return;
	case VSM_POLICY_REC_REVOKE_VERITY:
		print_data(out, "revoke-verity", item);
		return;
	case VSM_POLICY_REC_MIN_SVN:
		fputs("min-svn ", out);
		print_uuid(out, item->key);
		fprintf(out, " %u\n", item->svn);
		return;
	}
	print_digest(out, item->key);
	fputc('\n', out);
}

void policy_print(const struct policy *policy, FILE *out)
{
	fputs("id ", out);
	print_uuid(out, policy->id);
	fprintf(out, "\nversion %u\n", policy->version);
	fprintf(out, "pool %s\n", pools[policy->pool]);
	if (policy->name[0])
		print_name(out, policy->name);
	if (policy->has_mode)
		fprintf(out, "trustlets %s\n", modes[policy->mode]);
	if (policy->has_mbec)
		fprintf(out, "mbec %s\n", mbecs[policy->mbec]);
	for (size_t i = 0; i < policy->nr_items; i++)
		print_item(out, &policy->items[i]);
}
