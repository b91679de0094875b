/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reads EPT tables as the processor would, without the code that made them,
 * and says whether they are well formed, mean what the reference says, and
 * whether each page of the pool is in one place.
 */
#ifndef _VSM_HOST_AUDIT_H
#define _VSM_HOST_AUDIT_H

#include "pages.h"

#define AUDIT_POOL_MAX	128

enum audit_kind { AUDIT_NOWHERE, AUDIT_TABLE, AUDIT_FREE, AUDIT_DEFERRED };

/* Where a page of the pool is. */
struct audit_place {
	enum audit_kind kind;
	const struct ept *ept;		/* of a table: whose, */
	int level;			/* at which level, */
	gpa_t base;			/* for which addresses */
};

struct audit {
	const struct ept_pool *pool;
	u8 *pool_base;
	u64 pool_pages;
	/* What a leaf or hole beyond the reference has to be. */
	u64 (*beyond)(gpa_t gpa);
	/* Any further demand on a present leaf. */
	void (*leaf_ok)(const struct ept *ept, gpa_t gpa, u64 entry, u64 size);
	struct audit_place place[AUDIT_POOL_MAX];
};

void audit_begin(struct audit *a);
/* @want NULL: any meaning. */
bool audit_ept(struct audit *a, const struct ept *ept,
	       const struct pages *want);
/* 0: @gpa has an entry of its own, 1: of 2 MiB, and so on. */
int audit_level(const struct ept *ept, gpa_t gpa);
/* After all EPTs: the pool's lists, and that no page is lost. */
bool audit_pool(struct audit *a);
/* A table of @old is still the same table, or waits for a flush. */
bool audit_no_reuse(const struct audit *old, const struct audit *now);

#endif /* _VSM_HOST_AUDIT_H */
