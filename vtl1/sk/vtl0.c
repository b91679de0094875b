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

/* Page by page of what a list names; not VSM_S_OK: no more. */
typedef u64 (*visit_fn)(void *ctx, const void *page, u64 pfn);

/* One list page, copied to @list: as far as @left pages are needed. */
static u64 walk_list(const struct vsm_sg *list, u32 *left, visit_fn visit,
		     void *ctx)
{
	u64 status = VSM_S_OK;
	const void *page;
	u32 i;

	if (!list_valid(list))
		return VSM_S_INVALID_PARAMETER;
	for (i = 0; i < list->nr && *left && !status; i++, --*left) {
		page = list_page(list, i);
		if (!page)
			return VSM_S_INVALID_ADDRESS;
		status = visit(ctx, page, list->pfn[i]);
	}
	return status;
}

/* Lists are copied to @copy, one at a time. */
static u64 walk_lists(struct vsm_sg *copy, u64 gpa, u32 left, visit_fn visit,
		      void *ctx)
{
	u64 status = VSM_S_OK;
	const void *page;

	for (; left && !status; gpa = copy->next) {
		if (!gpa)
			return VSM_S_INVALID_PARAMETER;
		page = vtl0_page(gpa);
		if (!page)
			return VSM_S_INVALID_ADDRESS;
		memcpy(copy, page, sizeof(*copy));
		status = walk_list(copy, &left, visit, ctx);
	}
	return status;
}

static u32 pages_of(u64 bytes)
{
	return ALIGN(bytes, PAGE_SIZE) >> PAGE_SHIFT;
}

static u64 append(void *ctx, const void *page, u64 pfn)
{
	struct sg *sg = ctx;

	(void)page;
	sg->pfn[sg->nr++] = pfn;
	return VSM_S_OK;
}

u64 sg_open_large(struct sg *sg, u64 gpa, u64 bytes, u32 max)
{
	u32 need = pages_of(MIN(bytes, SIZE_1G));
	u64 page, status;

	static_assert(sizeof(struct vsm_sg) == PAGE_SIZE, "vsm_sg");
	sg->nr = 0;
	if (need > max)
		return VSM_S_TOO_LARGE;
	sg->pfn = sk_calloc(MAX(need, 1), sizeof(u64));
	page = page_alloc();
	status = sg->pfn && page ?
		 walk_lists(pa_va(page), gpa, need, append, sg) :
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
	u8 *data;		/* a copy of one page */
	u64 left;
	sg_take_fn take;
	void *ctx;
};

static u64 take_page(void *ctx, const void *page, u64 pfn)
{
	struct stream *s = ctx;
	u64 n = MIN(s->left, PAGE_SIZE);

	(void)pfn;
	memcpy(s->data, page, n);
	memset(s->data + n, 0, PAGE_SIZE - n);
	s->left -= n;
	return s->take(s->ctx, s->data, n);
}

u64 sg_stream(u64 gpa, u64 bytes, sg_take_fn take, void *ctx)
{
	u64 list = page_alloc_user(), data = page_alloc_user();
	u64 status = VSM_S_NO_MEMORY;

	if (list && data) {
		struct stream s = {
			.data = pa_va(data), .left = bytes, .take = take,
			.ctx = ctx,
		};

		status = walk_lists(pa_va(list), gpa, pages_of(bytes),
				    take_page, &s);
	}
	if (list)
		page_free(list);
	if (data)
		page_free(data);
	return status;
}
