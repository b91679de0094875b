// SPDX-License-Identifier: GPL-2.0
/*
 * Text of a policy -> policy in memory, complaining by file and line.
 * Must never accept a line that it does not understand whole.
 *
 * One statement a line: a keyword and its words.  A word in double quotes may
 * hold blanks, \" and \\.  "#" starts a comment where a word could start.
 */
#include <errno.h>
#include <string.h>

#include "statement.h"

#define MAX_LINE	512
/* A certificate on a line of its own, as it is printed. */
#define MAX_LONG_LINE	(2 * VSM_POLICY_MAX_CERT + MAX_LINE)
#define MAX_ERRORS	20

void complain(struct parser *p, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	diag_error(p->diag, p->line, fmt, args);
	va_end(args);
}

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

static bool starts_with(const char *text, size_t len, const char *word)
{
	return len > strlen(word) && !memcmp(text, word, strlen(word));
}

static void parse_line(struct parser *p, const char *text, size_t len)
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
		statement_parse(p, &w);
}

int policy_parse(struct policy *policy, const char *text, size_t len,
		 struct diag *diag)
{
	struct parser p = { .policy = policy, .diag = diag };
	const char *end = text + len;

	while (text < end) {
		const char *nl = memchr(text, '\n', (size_t)(end - text));
		const char *stop = nl ? nl : end;

		p.line++;
		parse_line(&p, text, (size_t)(stop - text));
		if (diag->errors >= MAX_ERRORS) {
			complain(&p, "too many errors");
			return -EINVAL;
		}
		text = nl ? nl + 1 : end;
	}
	if (!diag->errors)
		statements_check(&p);
	return diag->errors ? -EINVAL : 0;
}
