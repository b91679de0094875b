// SPDX-License-Identifier: GPL-2.0
/*
 * Text of a policy -> policy in memory, complaining by file and line.
 * Must never accept a line that it does not understand whole.
 *
 * One statement a line: a keyword and its words.  A word in double quotes may
 * hold blanks, \" and \\.  "#" starts a comment where a word could start.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy.h"

#define MAX_LINE	512
/* A certificate on a line of its own, as it is printed. */
#define MAX_LONG_LINE	(2 * VSM_POLICY_MAX_CERT + MAX_LINE)
#define MAX_WORDS	8
#define MAX_ERRORS	20

struct words {
	unsigned int nr;
	char *word[MAX_WORDS];
};

struct parser {
	struct policy *policy;
	struct diag *diag;
	unsigned int line;
};

__printf(2, 3)
static void complain(struct parser *p, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	diag_error(p->diag, p->line, fmt, args);
	va_end(args);
}

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

static bool set_pool(struct parser *p, const struct words *w)
{
	int pool = pool_from_name(w->word[1]);

	if (pool < 0) {
		complain(p, "no such pool: \"%s\" (base, revocation or sku)",
			 w->word[1]);
		return false;
	}
	p->policy->pool = (uint16_t)pool;
	return true;
}

static bool set_id(struct parser *p, const struct words *w)
{
	return parse_uuid(p, w->word[1], p->policy->id);
}

static bool set_version(struct parser *p, const struct words *w)
{
	if (!parse_u32(p, w->word[1], &p->policy->version))
		return false;
	if (!p->policy->version) {
		complain(p, "a version counts from 1");
		return false;
	}
	return true;
}

static bool set_name(struct parser *p, const struct words *w)
{
	size_t len = strlen(w->word[1]);

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

static bool set_mode(struct parser *p, const struct words *w)
{
	int mode = mode_from_name(w->word[1]);

	if (mode < 0) {
		complain(p, "no such mode: \"%s\" (off, audit or enforce)",
			 w->word[1]);
		return false;
	}
	p->policy->mode = (uint8_t)mode;
	p->policy->has_mode = true;
	return true;
}

static bool set_mbec(struct parser *p, const struct words *w)
{
	int mbec = mbec_from_name(w->word[1]);

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

static bool add_signer(struct parser *p, const struct words *w)
{
	return add_digest(p, w, VSM_POLICY_REC_SIGNER);
}

static bool add_revoke_image(struct parser *p, const struct words *w)
{
	return add_digest(p, w, VSM_POLICY_REC_REVOKE_IMAGE);
}

static bool add_revoke_signer(struct parser *p, const struct words *w)
{
	return add_digest(p, w, VSM_POLICY_REC_REVOKE_SIGNER);
}

static bool add_min_svn(struct parser *p, const struct words *w)
{
	struct policy_item item = {
		.type = VSM_POLICY_REC_MIN_SVN,
		.line = p->line,
	};

	return parse_uuid(p, w->word[1], item.key) &&
	       parse_u32(p, w->word[2], &item.svn) && add_item(p, &item);
}

static bool add_kernel(struct parser *p, const struct words *w)
{
	return add_digest(p, w, VSM_POLICY_REC_KERNEL);
}

static bool add_revoke_module(struct parser *p, const struct words *w)
{
	return add_digest(p, w, VSM_POLICY_REC_REVOKE_MODULE);
}

static bool add_code(struct parser *p, const struct words *w)
{
	struct policy_item item = {
		.type = VSM_POLICY_REC_CODE_MODE,
		.line = p->line,
	};
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

static bool add_revoke_file(struct parser *p, const struct words *w)
{
	return add_digest(p, w, VSM_POLICY_REC_REVOKE_FILE);
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

static bool add_module_signer(struct parser *p, const struct words *w)
{
	return add_certificate_file(p, w, VSM_POLICY_REC_MODULE_SIGNER);
}

static bool add_module_signer_der(struct parser *p, const struct words *w)
{
	return add_certificate_der(p, w, VSM_POLICY_REC_MODULE_SIGNER);
}

static bool add_file_signer(struct parser *p, const struct words *w)
{
	return add_certificate_file(p, w, VSM_POLICY_REC_FILE_SIGNER);
}

static bool add_file_signer_der(struct parser *p, const struct words *w)
{
	return add_certificate_der(p, w, VSM_POLICY_REC_FILE_SIGNER);
}

static bool add_revoke_verity(struct parser *p, const struct words *w)
{
	size_t len;
	uint8_t *digest = parse_bytes(p, w->word[1], "a digest", &len);

	if (!digest)
		return false;
	if (is_verity_digest(len))
		return add_data(p, VSM_POLICY_REC_REVOKE_VERITY, digest, len);
	complain(p, "an fs-verity digest has 64 or 128 hexadecimal digits, not %zu",
		 2 * len);
	free(digest);
	return false;
}

enum how_often { REPEATED, AT_MOST_ONCE, ONCE };

/* A keyword, its words, and how often it stands. */
static const struct statement {
	const char *keyword;
	unsigned int nr_words;
	const char *words;
	enum how_often often;
	bool (*parse)(struct parser *p, const struct words *w);
} statements[] = {
	{ "id", 1, "UUID", ONCE, set_id },
	{ "version", 1, "NUMBER", ONCE, set_version },
	{ "pool", 1, "base|revocation|sku", ONCE, set_pool },
	{ "name", 1, "\"TEXT\"", ONCE, set_name },
	{ "trustlets", 1, "off|audit|enforce", ONCE, set_mode },
	{ "signer", 1, "SHA256", REPEATED, add_signer },
	{ "revoke-image", 1, "SHA256", REPEATED, add_revoke_image },
	{ "revoke-signer", 1, "SHA256", REPEATED, add_revoke_signer },
	{ "min-svn", 2, "UUID NUMBER", REPEATED, add_min_svn },
	{ "code", 2, "CLASS off|audit|enforce", REPEATED, add_code },
	{ "mbec", 1, "required|preferred", AT_MOST_ONCE, set_mbec },
	{ "kernel", 1, "SHA256", REPEATED, add_kernel },
	{ "module-signer", 1, "FILE", REPEATED, add_module_signer },
	{ "module-signer-der", 1, "HEX", REPEATED, add_module_signer_der },
	{ "revoke-module", 1, "SHA256", REPEATED, add_revoke_module },
	{ "file-signer", 1, "FILE", REPEATED, add_file_signer },
	{ "file-signer-der", 1, "HEX", REPEATED, add_file_signer_der },
	{ "revoke-file", 1, "SHA256", REPEATED, add_revoke_file },
	{ "revoke-verity", 1, "SHA256|SHA512", REPEATED, add_revoke_verity },
};

#define NR_STATEMENTS ARRAY_SIZE(statements)

/* The rest of a quoted word, unescaped in place; NULL: no closing quote. */
static char *split_quoted(char *c, char **ret_end)
{
	char *start = c, *to = c;

	for (; *c && *c != '"'; c++) {
		if (*c == '\\' && (c[1] == '"' || c[1] == '\\'))
			c++;
		*to++ = *c;
	}
	if (!*c)
		return NULL;
	*to = '\0';
	*ret_end = c + 1;
	return start;
}

static bool split_words(struct parser *p, char *c, struct words *w)
{
	w->nr = 0;
	for (;;) {
		char *word;

		c += strspn(c, " \t");
		if (!*c || *c == '#')
			return true;
		if (w->nr == MAX_WORDS) {
			complain(p, "too many words");
			return false;
		}
		if (*c == '"') {
			word = split_quoted(c + 1, &c);
			if (!word) {
				complain(p, "no closing quote");
				return false;
			}
			if (*c && *c != ' ' && *c != '\t') {
				complain(p, "no blank after a closing quote");
				return false;
			}
		} else {
			word = c;
			c += strcspn(c, " \t");
			if (*c)
				*c++ = '\0';
			if (strchr(word, '"')) {
				complain(p, "a quote inside a word");
				return false;
			}
		}
		w->word[w->nr++] = word;
	}
}

/* Printable ASCII and tabs only: what is reviewed is what is compiled. */
static bool check_characters(struct parser *p, const char *c, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char ch = (unsigned char)c[i];

		if ((ch >= ' ' && ch < 0x7f) || ch == '\t')
			continue;
		if (ch == '\r')
			complain(p, "column %zu: carriage return; use Unix line ends",
				 i + 1);
		else
			complain(p, "column %zu: byte 0x%02x; only printable ASCII",
				 i + 1, ch);
		return false;
	}
	return true;
}

static void parse_statement(struct parser *p, const struct words *w,
			    unsigned int *first)
{
	for (size_t i = 0; i < NR_STATEMENTS; i++) {
		const struct statement *s = &statements[i];

		if (strcmp(w->word[0], s->keyword))
			continue;
		if (s->often != REPEATED && first[i]) {
			complain(p, "\"%s\" stands in line %u already",
				 s->keyword, first[i]);
			return;
		}
		/* Even if it turns out wrong: it is not missing. */
		first[i] = p->line;
		if (w->nr != s->nr_words + 1) {
			complain(p, "expected: %s %s", s->keyword, s->words);
			return;
		}
		s->parse(p, w);
		return;
	}
	complain(p, "no such statement: \"%s\"", w->word[0]);
}

static bool starts_with(const char *text, size_t len, const char *word)
{
	return len > strlen(word) && !memcmp(text, word, strlen(word));
}

static void parse_line(struct parser *p, const char *text, size_t len,
		       unsigned int *first)
{
	char line[MAX_LONG_LINE + 1];
	size_t max = MAX_LINE;
	struct words w;

	if (starts_with(text, len, "module-signer-der ") ||
	    starts_with(text, len, "file-signer-der "))
		max = MAX_LONG_LINE;
	if (len > max) {
		complain(p, "a line has at most %zu characters", max);
		return;
	}
	if (!check_characters(p, text, len))
		return;
	memcpy(line, text, len);
	line[len] = '\0';
	if (split_words(p, line, &w) && w.nr)
		parse_statement(p, &w, first);
}

/* What no line by itself can get wrong. */
static void check_whole(struct parser *p, const unsigned int *first)
{
	const struct policy *policy = p->policy;

	p->line = 0;
	for (size_t i = 0; i < NR_STATEMENTS; i++) {
		if (statements[i].often == ONCE && !first[i])
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

int policy_parse(struct policy *policy, const char *text, size_t len,
		 struct diag *diag)
{
	struct parser p = { .policy = policy, .diag = diag };
	unsigned int first[NR_STATEMENTS] = { 0 };
	const char *end = text + len;

	while (text < end) {
		const char *nl = memchr(text, '\n', (size_t)(end - text));
		const char *stop = nl ? nl : end;

		p.line++;
		parse_line(&p, text, (size_t)(stop - text), first);
		if (diag->errors >= MAX_ERRORS) {
			complain(&p, "too many errors");
			return -EINVAL;
		}
		text = nl ? nl + 1 : end;
	}
	if (!diag->errors)
		check_whole(&p, first);
	return diag->errors ? -EINVAL : 0;
}
