// SPDX-License-Identifier: GPL-2.0
/*
 * Set arithmetic on physical ranges; pure.
 * Must never wrap around: what does not fit into 64 bits is not contained.
 */
#include <vsm/string.h>

#include "range.h"

bool range_valid(const struct vsm_range *r, u64 limit)
{
	return r->size && IS_ALIGNED(r->base | r->size, PAGE_SIZE) &&
	       r->base < limit && r->size <= limit - r->base;
}

static void delete_at(struct range_list *list, u32 i, u32 n)
{
	memmove(&list->range[i], &list->range[i + n],
		(list->nr - i - n) * sizeof(list->range[0]));
	list->nr -= n;
}

static bool insert_at(struct range_list *list, u32 i, u64 base, u64 end)
{
	if (list->nr >= list->max)
		return false;
	memmove(&list->range[i + 1], &list->range[i],
		(list->nr - i) * sizeof(list->range[0]));
	list->range[i] = (struct vsm_range){ base, end - base };
	list->nr++;
	return true;
}

static u64 range_end(const struct vsm_range *r)
{
	return r->base + r->size;
}

bool range_add(struct range_list *list, const struct vsm_range *r)
{
	u64 base = r->base, end = range_end(r);
	u32 i = 0, n = 0;

	while (i < list->nr && range_end(&list->range[i]) < base)
		i++;
	while (i + n < list->nr && list->range[i + n].base <= end) {
		base = MIN(base, list->range[i + n].base);
		end = MAX(end, range_end(&list->range[i + n]));
		n++;
	}
	if (!n)
		return insert_at(list, i, base, end);
	list->range[i] = (struct vsm_range){ base, end - base };
	delete_at(list, i + 1, n - 1);
	return true;
}

bool range_remove(struct range_list *list, const struct vsm_range *r)
{
	u64 base = r->base, end = range_end(r);
	struct vsm_range *cur;
	u64 cur_end;
	u32 i = 0;

	while (i < list->nr) {
		cur = &list->range[i];
		cur_end = range_end(cur);
		if (cur_end <= base || cur->base >= end) {
			i++;
		} else if (cur->base >= base && cur_end <= end) {
			delete_at(list, i, 1);
		} else if (cur->base < base && cur_end > end) {
			if (!insert_at(list, i + 1, end, cur_end))
				return false;
			cur->size = base - cur->base;
			return true;
		} else if (cur->base < base) {
			cur->size = base - cur->base;
			i++;
		} else {
			cur->base = end;
			cur->size = cur_end - end;
			i++;
		}
	}
	return true;
}

bool range_contains(const struct range_list *list, u64 base, u64 size)
{
	u32 low = 0, high = list->nr, mid;
	const struct vsm_range *r;

	while (low < high) {
		mid = (low + high) / 2;
		r = &list->range[mid];
		if (base < r->base)
			high = mid;
		else if (base - r->base >= r->size)
			low = mid + 1;
		else
			return size <= r->size - (base - r->base);
	}
	return false;
}
