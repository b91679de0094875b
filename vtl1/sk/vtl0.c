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

u64 vtl0_write(u64 gpa, const void *src, u64 n)
{
	u64 flags = irq_save(), status = VSM_S_INVALID_ADDRESS;
	void *p = vtl0_write_begin(gpa);

	if (p) {
		memcpy(p, src, n);
		vtl0_write_end();
		status = VSM_S_OK;
	}
	irq_restore(flags);
	return status;
}

u64 sg_write(const struct sg *sg, u32 i, const void *src, u64 n)
{
	return vtl0_write(sg->pfn[i] << PAGE_SHIFT, src, n);
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

static bool list_valid(const struct vsm_sg *list)
{
	return list->nr && list->nr <= VSM_SG_PER_PAGE && !list->rsvd;
}

/* NULL: no page of VTL0 RAM. */
static const void *list_page(const struct vsm_sg *list, u32 i)
{
	return list->pfn[i] >> (64 - PAGE_SHIFT) ?
	       NULL : vtl0_page(list->pfn[i] << PAGE_SHIFT);
}

/* One list page, copied to @list; appends what is needed of it. */
static u64 add_list(struct sg *sg, const struct vsm_sg *list, u32 need)
{
	u32 i;

	if (!list_valid(list))
		return VSM_S_INVALID_PARAMETER;
	for (i = 0; i < list->nr && sg->nr < need; i++) {
		if (!list_page(list, i))
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

struct stream {
	struct vsm_sg *list;	/* copies */
	u8 *data;
	u64 left;
	sg_take_fn take;
	void *ctx;
};

static u64 stream_list(struct stream *s)
{
	u64 status = VSM_S_OK, n;
	const void *page;
	u32 i;

	if (!list_valid(s->list))
		return VSM_S_INVALID_PARAMETER;
	for (i = 0; i < s->list->nr && s->left && !status; i++) {
		page = list_page(s->list, i);
		if (!page)
			return VSM_S_INVALID_ADDRESS;
		n = MIN(s->left, PAGE_SIZE);
		memcpy(s->data, page, n);
		s->left -= n;
		status = s->take(s->ctx, s->data, n);
	}
	return status;
}

static u64 stream_lists(struct stream *s, u64 gpa)
{
	u64 status = VSM_S_OK;
	const void *page;

	for (; s->left && !status; gpa = s->list->next) {
		if (!gpa)
			return VSM_S_INVALID_PARAMETER;
		page = vtl0_page(gpa);
		if (!page)
			return VSM_S_INVALID_ADDRESS;
		memcpy(s->list, page, PAGE_SIZE);
		status = stream_list(s);
	}
	return status;
}

u64 sg_stream(u64 gpa, u64 bytes, sg_take_fn take, void *ctx)
{
	u64 list = page_alloc_user(), data = page_alloc_user();
	u64 status = VSM_S_NO_MEMORY;

	if (list && data) {
		struct stream s = {
			.list = pa_va(list), .data = pa_va(data),
			.left = bytes, .take = take, .ctx = ctx,
		};

		status = stream_lists(&s, gpa);
	}
	if (list)
		page_free(list);
	if (data)
		page_free(data);
	return status;
}
