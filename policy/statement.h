/* SPDX-License-Identifier: GPL-2.0 */
/* Between the lines of a policy's text and what they mean. */
#ifndef _VSM_POLICY_STATEMENT_H
#define _VSM_POLICY_STATEMENT_H

#include "policy.h"

#define MAX_WORDS	8
#define STATEMENTS_MAX	32

/* Of one line, a keyword first. */
struct words {
	unsigned int nr;
	char *word[MAX_WORDS];
};

struct parser {
	struct policy *policy;
	struct diag *diag;
	unsigned int line;
	unsigned int first[STATEMENTS_MAX];	/* line of each, 0: none yet */
};

__printf(2, 3)
void complain(struct parser *p, const char *fmt, ...);

/* At least one word. */
void statement_parse(struct parser *p, const struct words *w);
/* In the end: what no line by itself can get wrong. */
void statements_check(struct parser *p);

#endif /* _VSM_POLICY_STATEMENT_H */
