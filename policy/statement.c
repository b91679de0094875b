// SPDX-License-Identifier: GPL-2.0
/*
 * What the statements of a policy's text mean.  Must never take half of one.
 */
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "statement.h"

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Exactly len bytes in hexadecimal, dashes where the pattern has them. */
static bool parse_hex(const char *word, const char *pattern, uint8_t *ret)
{
	bool high = true;

	for (; *pattern; pattern++, word++) {
		int digit;

		if (*pattern == '-') {
			if (*word != '-')
				return false;
			continue;
		}
		digit = hex_digit(*word);
		if (digit < 0)
			return false;
		if (high)
			*ret = (uint8_t)(digit << 4);
		else
			*ret++ |= (uint8_t)digit;
		high = !high;
	}
	return !*word;
}

static bool parse_uuid(struct parser *p, const char *word, uint8_t *ret)
{
	if (parse_hex(word, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx", ret))
		return true;
	complain(p, "\"%s\" is not a UUID (8-4-4-4-12 hexadecimal digits)",
		 word);
	return false;
}

static bool parse_digest(struct parser *p, const char *word, uint8_t *ret)
{
	char pattern[2 * POLICY_DIGEST_LEN + 1];

	memset(pattern, 'x', sizeof(pattern) - 1);
	pattern[sizeof(pattern) - 1] = '\0';
	if (parse_hex(word, pattern, ret))
		return true;
	complain(p, "\"%s\" is not a SHA-256 digest (64 hexadecimal digits)",
		 word);
	return false;
}

static bool parse_u32(struct parser *p, const char *word, uint32_t *ret)
{
	uint64_t value = 0;
	const char *c;

	for (c = word; isdigit((unsigned char)*c); c++) {
		value = value * 10 + (uint64_t)(*c - '0');
		if (value > UINT32_MAX)
			break;
	}
	if (c == word || *c) {
		complain(p, "\"%s\" is not a number from 0 to 4294967295",
			 word);
		return false;
	}
	*ret = (uint32_t)value;
	return true;
}

static bool set_pool(struct parser *p, const struct words *w, uint16_t type)
{
	int pool = pool_from_name(w->word[1]);

	(void)type;
	if (pool < 0) {
		complain(p, "no such pool: \"%s\" (base, revocation or sku)",
			 w->word[1]);
		return false;
	}
	p->policy->pool = (uint16_t)pool;
	return true;
}

static bool set_id(struct parser *p, const struct words *w, uint16_t type)
{
	(void)type;
	return parse_uuid(p, w->word[1], p->policy->id);
}

static bool set_version(struct parser *p, const struct words *w, uint16_t type)
{
	(void)type;
	if (!parse_u32(p, w->word[1], &p->policy->version))
		return false;
	if (!p->policy->version) {
		complain(p, "a version counts from 1");
		return false;
	}
	return true;
}

static bool set_name(struct parser *p, const struct words *w, uint16_t type)
{
	size_t len = strlen(w->word[1]);

	(void)type;
	if (!len || len > POLICY_NAME_LEN) {
		complain(p, "a name has 1 to %d characters, not %zu",
			 POLICY_NAME_LEN, len);
		return false;
	}
	if (strchr(w->word[1], '\t')) {
		complain(p, "a name has no tabs");
		return false;
	}
	memcpy(p->policy->name, w->word[1], len + 1);
	return true;
}

static bool set_mode(struct parser *p, const struct words *w, uint16_t type)
{
	int mode = mode_from_name(w->word[1]);

	(void)type;
	if (mode < 0) {
		complain(p, "no such mode: \"%s\" (off, audit or enforce)",
			 w->word[1]);
		return false;
	}
	p->policy->mode = (uint8_t)mode;
	p->policy->has_mode = true;
	return true;
}

static bool set_mbec(struct parser *p, const struct words *w, uint16_t type)
{
	int mbec = mbec_from_name(w->word[1]);

	(void)type;
	if (mbec < 0) {
		complain(p, "\"%s\" is neither required nor preferred",
			 w->word[1]);
		return false;
	}
	p->policy->mbec = (uint8_t)mbec;
	p->policy->has_mbec = true;
	return true;
}

static bool add_item(struct parser *p, const struct policy_item *item)
{
	const struct policy_item *other;

	switch (policy_add(p->policy, item)) {
	case 0:
		return true;
	case -EEXIST:
		other = policy_find_same(p->policy, item);
		complain(p, "says again what line %u says", other->line);
		return false;
	case -E2BIG:
		complain(p, "the policy is larger than %d bytes",
			 VSM_POLICY_MAX_SIZE);
		return false;
	default:
		complain(p, "out of memory");
		return false;
	}
}

static bool add_digest(struct parser *p, const struct words *w, uint16_t type)
{
	struct policy_item item = { .type = type, .line = p->line };

	return parse_digest(p, w->word[1], item.key) && add_item(p, &item);
}

static bool add_min_svn(struct parser *p, const struct words *w, uint16_t type)
{
	struct policy_item item = { .type = type, .line = p->line };

	return parse_uuid(p, w->word[1], item.key) &&
	       parse_u32(p, w->word[2], &item.svn) && add_item(p, &item);
}

static bool add_code(struct parser *p, const struct words *w, uint16_t type)
{
	struct policy_item item = { .type = type, .line = p->line };
	int class = class_from_name(w->word[1]);
	int mode = mode_from_name(w->word[2]);

	if (class < 0)
		complain(p, "no such class: \"%s\"", w->word[1]);
	else if (mode < 0)
		complain(p, "no such mode: \"%s\" (off, audit or enforce)",
			 w->word[2]);
	if (class < 0 || mode < 0)
		return false;
	item.key[0] = (uint8_t)class;
	item.mode = (uint8_t)mode;
	return add_item(p, &item);
}

/* Takes the data over. */
static bool add_data(struct parser *p, uint16_t type, uint8_t *data, size_t len)
{
	struct policy_item item = {
		.type = type, .line = p->line, .data = data, .data_len = len,
	};

	if (add_item(p, &item))
		return true;
	free(data);
	return false;
}

/* Takes the certificate over. */
static bool add_certificate(struct parser *p, uint16_t type, uint8_t *der,
			    size_t len)
{
	if (len && len <= VSM_POLICY_MAX_CERT)
		return add_data(p, type, der, len);
	complain(p, "a certificate has 1 to %d bytes, not %zu",
		 VSM_POLICY_MAX_CERT, len);
	free(der);
	return false;
}

static bool add_certificate_file(struct parser *p, const struct words *w,
				 uint16_t type)
{
	uint8_t *der;
	size_t len;
	int ret = -EPERM;

	if (p->diag->read_certificate)
		ret = p->diag->read_certificate(p->diag->file, w->word[1],
						&der, &len);
	if (!ret)
		return add_certificate(p, type, der, len);
	complain(p, "%s: %s", w->word[1],
		 ret == -EBADMSG ? "not a certificate" : strerror(-ret));
	return false;
}

/* As many bytes as there are; NULL: it is something else, and was said to be. */
static uint8_t *parse_bytes(struct parser *p, const char *word,
			    const char *what, size_t *ret_len)
{
	size_t len = strlen(word) / 2;
	char *pattern = malloc(2 * len + 1);
	uint8_t *data = malloc(len + 1);
	bool ok = false;

	if (pattern && data) {
		memset(pattern, 'x', 2 * len);
		pattern[2 * len] = '\0';
		ok = parse_hex(word, pattern, data);
		if (!ok)
			complain(p, "not %s in hexadecimal digits", what);
	} else {
		complain(p, "out of memory");
	}
	free(pattern);
	*ret_len = len;
	if (ok)
		return data;
	free(data);
	return NULL;
}

static bool add_certificate_der(struct parser *p, const struct words *w,
				uint16_t type)
{
	size_t len;
	uint8_t *der = parse_bytes(p, w->word[1], "a certificate", &len);

	return der && add_certificate(p, type, der, len);
}

static bool add_revoke_verity(struct parser *p, const struct words *w,
			      uint16_t type)
{
	size_t len;
	uint8_t *digest = parse_bytes(p, w->word[1], "a digest", &len);

	if (!digest)
		return false;
	if (is_verity_digest(len))
		return add_data(p, type, digest, len);
	complain(p, "an fs-verity digest has 64 or 128 hexadecimal digits, not %zu",
		 2 * len);
	free(digest);
	return false;
}

enum how_often { REPEATED, AT_MOST_ONCE, ONCE };

/* A keyword, its words, how often it stands, and of which record. */
static const struct statement {
	const char *keyword;
	unsigned int nr_words;
	const char *words;
	enum how_often often;
	bool (*parse)(struct parser *p, const struct words *w, uint16_t type);
	uint16_t type;
} statements[] = {
	{ "id", 1, "UUID", ONCE, set_id, 0 },
	{ "version", 1, "NUMBER", ONCE, set_version, 0 },
	{ "pool", 1, "base|revocation|sku", ONCE, set_pool, 0 },
	{ "name", 1, "\"TEXT\"", ONCE, set_name, 0 },
	{ "trustlets", 1, "off|audit|enforce", ONCE, set_mode, 0 },
	{ "signer", 1, "SHA256", REPEATED,
	  add_digest, VSM_POLICY_REC_SIGNER },
	{ "revoke-image", 1, "SHA256", REPEATED,
	  add_digest, VSM_POLICY_REC_REVOKE_IMAGE },
	{ "revoke-signer", 1, "SHA256", REPEATED,
	  add_digest, VSM_POLICY_REC_REVOKE_SIGNER },
	{ "min-svn", 2, "UUID NUMBER", REPEATED,
	  add_min_svn, VSM_POLICY_REC_MIN_SVN },
	{ "code", 2, "CLASS off|audit|enforce", REPEATED,
	  add_code, VSM_POLICY_REC_CODE_MODE },
	{ "mbec", 1, "required|preferred", AT_MOST_ONCE, set_mbec, 0 },
	{ "kernel", 1, "SHA256", REPEATED,
	  add_digest, VSM_POLICY_REC_KERNEL },
	{ "module-signer", 1, "FILE", REPEATED,
	  add_certificate_file, VSM_POLICY_REC_MODULE_SIGNER },
	{ "module-signer-der", 1, "HEX", REPEATED,
	  add_certificate_der, VSM_POLICY_REC_MODULE_SIGNER },
	{ "revoke-module", 1, "SHA256", REPEATED,
	  add_digest, VSM_POLICY_REC_REVOKE_MODULE },
	{ "file-signer", 1, "FILE", REPEATED,
	  add_certificate_file, VSM_POLICY_REC_FILE_SIGNER },
	{ "file-signer-der", 1, "HEX", REPEATED,
	  add_certificate_der, VSM_POLICY_REC_FILE_SIGNER },
	{ "revoke-file", 1, "SHA256", REPEATED,
	  add_digest, VSM_POLICY_REC_REVOKE_FILE },
	{ "revoke-verity", 1, "SHA256|SHA512", REPEATED,
	  add_revoke_verity, VSM_POLICY_REC_REVOKE_VERITY },
};

#define NR_STATEMENTS ARRAY_SIZE(statements)

static_assert(NR_STATEMENTS <= STATEMENTS_MAX, "struct parser");

void statement_parse(struct parser *p, const struct words *w)
{
	for (size_t i = 0; i < NR_STATEMENTS; i++) {
		const struct statement *s = &statements[i];

		if (strcmp(w->word[0], s->keyword))
			continue;
		if (s->often != REPEATED && p->first[i]) {
			complain(p, "\"%s\" stands in line %u already",
				 s->keyword, p->first[i]);
			return;
		}
		/* Even if it turns out wrong: it is not missing. */
		p->first[i] = p->line;
		if (w->nr != s->nr_words + 1) {
			complain(p, "expected: %s %s", s->keyword, s->words);
			return;
		}
		s->parse(p, w, s->type);
		return;
	}
	complain(p, "no such statement: \"%s\"", w->word[0]);
}

/* What no line by itself can get wrong. */
void statements_check(struct parser *p)
{
	const struct policy *policy = p->policy;

	p->line = 0;
	for (size_t i = 0; i < NR_STATEMENTS; i++) {
		if (statements[i].often == ONCE && !p->first[i])
			complain(p, "missing: %s %s", statements[i].keyword,
				 statements[i].words);
	}
	for (size_t i = 0; i < policy->nr_items; i++) {
		const struct policy_item *item = &policy->items[i];
		const struct policy_item *other;

		if (item->type != VSM_POLICY_REC_REVOKE_SIGNER)
			continue;
		other = policy_find(policy, VSM_POLICY_REC_SIGNER, item->key);
		if (!other)
			continue;
		p->line = item->line;
		complain(p, "revokes the signer that line %u accepts",
			 other->line);
	}
	if (policy_size(policy) > VSM_POLICY_MAX_SIZE) {
		p->line = 0;
		complain(p, "the policy is larger than %d bytes",
			 VSM_POLICY_MAX_SIZE);
	}
}
