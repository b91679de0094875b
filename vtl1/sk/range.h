/* SPDX-License-Identifier: GPL-2.0 */
/* Lists of physical ranges: sorted, disjoint, page aligned. */
#ifndef _VSM_SK_RANGE_H
#define _VSM_SK_RANGE_H

#include <linux/types.h>
#include <vsm/loader.h>
#include <vsm/types.h>

/* Enough for what is made of a loader block's ranges. */
#define RANGE_MAX	(VSM_LOADER_MAX_RAM + VSM_LOADER_MAX_VTL1 + \
			 VSM_LOADER_MAX_HV + 8)

struct range_list {
	u32 nr, max;
	struct vsm_range *range;	/* room for max of them */
};

/* Page aligned, not empty, and no overflow below @limit? */
bool range_valid(const struct vsm_range *r, u64 limit);

/*
 * Both keep the list sorted and disjoint; false: no room, list unchanged.
 * range_add() merges what overlaps or touches.
 */
bool range_add(struct range_list *list, const struct vsm_range *r);
bool range_remove(struct range_list *list, const struct vsm_range *r);

/* Is all of [base, base + size) in one range?  Overflow is not. */
bool range_contains(const struct range_list *list, u64 base, u64 size);

#endif /* _VSM_SK_RANGE_H */
