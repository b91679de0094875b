// SPDX-License-Identifier: GPL-2.0
/*
 * Reads and writes what VTL0 names, page by page.
 * Must never touch a page that is not VTL0's RAM, nor read anything twice.
 */
#include "code.h"
#include "vtl0.h"

static bool named_right(u64 gpa)
{
	return IS_ALIGNED(gpa, PAGE_SIZE) &&
	       range_contains(&sk.vtl0, gpa, PAGE_SIZE);
}

const void *vtl0_page(u64 gpa)
{
	return named_right(gpa) ? pa_va(gpa) : NULL;
}

void *vtl0_write_begin(u64 gpa)
{
	return named_right(gpa) && code_write_begin(gpa) ? pa_va(gpa) : NULL;
}

void vtl0_write_end(void)
{
	code_write_end();
}

u64 sg_write(const struct sg *sg, u32 i, const void *src, u64 n)
{
	u64 flags = irq_save(), status = VSM_S_INVALID_ADDRESS;
	void *p = vtl0_write_begin(sg->pfn[i] << PAGE_SHIFT);

	if (p) {
		memcpy(p, src, n);
		vtl0_write_end();
		status = VSM_S_OK;
	}
	irq_restore(flags);
	return status;
}

const void *sg_page(const struct sg *sg, u32 i)
{
	return pa_va(sg->pfn[i] << PAGE_SHIFT);
}

void sg_free(struct sg *sg)
{
	sk_free(sg->pfn);
	sg->pfn = NULL;
}

/* One list page, copied to @list; appends what is needed of it. */
static u64 add_list(struct sg *sg, const struct vsm_sg *list, u32 need)
{
	u32 i;

	if (!list->nr || list->nr > VSM_SG_PER_PAGE || list->rsvd)
		return VSM_S_INVALID_PARAMETER;
	for (i = 0; i < list->nr && sg->nr < need; i++) {
		if (list->pfn[i] >> (64 - PAGE_SHIFT) ||
		    !vtl0_page(list->pfn[i] << PAGE_SHIFT))
			return VSM_S_INVALID_ADDRESS;
		sg->pfn[sg->nr++] = list->pfn[i];
	}
	return VSM_S_OK;
}

static u64 add_lists(struct sg *sg, struct vsm_sg *copy, u64 gpa, u32 need)
{
	const void *page;
	u64 status;

	while (sg->nr < need) {
		if (!gpa)
			return VSM_S_INVALID_PARAMETER;
		page = vtl0_page(gpa);
		if (!page)
			return VSM_S_INVALID_ADDRESS;
		memcpy(copy, page, sizeof(*copy));
		status = add_list(sg, copy, need);
		if (status)
			return status;
		gpa = copy->next;
	}
	return VSM_S_OK;
}

u64 sg_open_large(struct sg *sg, u64 gpa, u64 bytes, u32 max)
{
	u32 need = ALIGN(MIN(bytes, SIZE_1G), PAGE_SIZE) >> PAGE_SHIFT;
	u64 page, status;

	static_assert(sizeof(struct vsm_sg) == PAGE_SIZE, "vsm_sg");
	sg->nr = 0;
	if (need > max)
		return VSM_S_TOO_LARGE;
	sg->pfn = sk_calloc(MAX(need, 1), sizeof(u64));
	page = page_alloc();
	status = sg->pfn && page ? add_lists(sg, pa_va(page), gpa, need) :
		 VSM_S_NO_MEMORY;
	if (page)
		page_free(page);
	if (status)
		sg_free(sg);
	return status;
}

u64 sg_open(struct sg *sg, u64 gpa, u64 bytes)
{
	return sg_open_large(sg, gpa, bytes, VSM_SG_MAX_PAGES);
}
