// SPDX-License-Identifier: GPL-2.0
/*
 * Reads or writes single bytes of physical memory by every mapping that a
 * kernel can make.  Must never count a byte as refused that did not fault.
 */
#include <linux/errno.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "internal.h"

#define WINDOW_PAGES	16
#define WRITTEN		0x5a

/* Pages mapped at a time, from @pfn on. */
struct window {
	u32 path;
	unsigned long pfn;
	unsigned int nr_pages;
	bool executable;
	void *va;
	DECLARE_BITMAP(reserved, WINDOW_PAGES);	/* marked here */
};

/*
 * ioremap() refuses RAM, but believes what struct page says.  An attacker in
 * the kernel can write there.
 */
static void reserve_pages(struct window *w)
{
	unsigned int i;

	for (i = 0; i < w->nr_pages; i++) {
		if (PageReserved(pfn_to_page(w->pfn + i)))
			continue;
		SetPageReserved(pfn_to_page(w->pfn + i));
		set_bit(i, w->reserved);
	}
}

static void unreserve_pages(struct window *w)
{
	unsigned int i;

	for_each_set_bit(i, w->reserved, WINDOW_PAGES)
		ClearPageReserved(pfn_to_page(w->pfn + i));
	bitmap_zero(w->reserved, WINDOW_PAGES);
}

static void *map_vmap(struct window *w)
{
	struct page *pages[WINDOW_PAGES];
	unsigned int i;
	u8 *va;

	for (i = 0; i < w->nr_pages; i++)
		pages[i] = pfn_to_page(w->pfn + i);
	va = vmap(pages, w->nr_pages, VM_MAP, PAGE_KERNEL);
	if (!va || !w->executable)
		return va;
	for (i = 0; i < w->nr_pages; i++) {
		if (!probe_make_executable(va + i * PAGE_SIZE)) {
			vunmap(va);
			return NULL;
		}
	}
	return va;
}

static void *map_ioremap(struct window *w)
{
	void __iomem *va;

	reserve_pages(w);
	va = ioremap_cache(PFN_PHYS(w->pfn), w->nr_pages * PAGE_SIZE);
	if (!va)
		unreserve_pages(w);
	return (void __force *)va;
}

static bool map_window(struct window *w)
{
	unsigned int i;

	for (i = 0; w->path != VSM_PROBE_USER && i < w->nr_pages; i++)
		if (!pfn_valid(w->pfn + i))
			return false;
	switch (w->path) {
	case VSM_PROBE_DIRECT:
		w->va = __va(PFN_PHYS(w->pfn));
		break;
	case VSM_PROBE_VMAP:
		w->va = map_vmap(w);
		break;
	case VSM_PROBE_IOREMAP:
		w->va = map_ioremap(w);
		break;
	case VSM_PROBE_MEMREMAP:
		w->va = memremap(PFN_PHYS(w->pfn), w->nr_pages * PAGE_SIZE,
				 MEMREMAP_WB);
		break;
	case VSM_PROBE_USER:
		w->va = (void *)PFN_PHYS(w->pfn);
		break;
	case VSM_PROBE_TEXT:
		w->va = probe_over_text(w->pfn);
		break;
	}
	return w->va;
}

static void unmap_window(struct window *w)
{
	switch (w->path) {
	case VSM_PROBE_VMAP:
		vunmap(w->va);
		break;
	case VSM_PROBE_IOREMAP:
		iounmap((void __iomem __force *)w->va);
		unreserve_pages(w);
		break;
	case VSM_PROBE_MEMREMAP:
		memunmap(w->va);
		break;
	case VSM_PROBE_TEXT:
		probe_over_text_undo();
		break;
	}
}

static bool can_read(const void *va)
{
	u8 byte;

	return !copy_from_kernel_nofault(&byte, va, sizeof(byte));
}

static bool can_write(void *va)
{
	u8 byte = WRITTEN;
	bool done = false;

	pagefault_disable();
	__put_kernel_nofault(va, &byte, u8, fault);
	done = true;
fault:
	pagefault_enable();
	return done;
}

static bool try_byte(void *va, u32 access)
{
	switch (access) {
	case VSM_PROBE_WRITE:
		return can_write(va);
	case VSM_PROBE_EXECUTE:
		return probe_execute(va);
	default:
		return can_read(va);
	}
}

/* Every step-th byte of each page, and its last one. */
static void probe_page(struct vsm_probe_memory *req, u8 *va, u64 pa)
{
	u32 offset = 0;

	for (;;) {
		req->tried++;
		if (!try_byte(va + offset, req->access))
			req->refused++;
		else if (req->tried - req->refused == 1)
			req->first = pa + offset;
		if (offset == PAGE_SIZE - 1 ||
		    req->access == VSM_PROBE_EXECUTE)
			return;
		offset = min_t(u32, offset + req->step, PAGE_SIZE - 1);
	}
}

static void probe_window(struct vsm_probe_memory *req, struct window *w)
{
	unsigned int i;

	if (!map_window(w)) {
		req->unmappable += w->nr_pages;
		return;
	}
	for (i = 0; i < w->nr_pages; i++) {
		probe_page(req, w->va + i * PAGE_SIZE, PFN_PHYS(w->pfn + i));
		cond_resched();
	}
	unmap_window(w);
}

static int check_request(const struct vsm_probe_memory *req)
{
	if (req->path >= VSM_PROBE_NR_PATHS ||
	    req->access > VSM_PROBE_EXECUTE ||
	    !req->step || req->step > PAGE_SIZE || !req->size ||
	    !PAGE_ALIGNED(req->base) || !PAGE_ALIGNED(req->size))
		return -EINVAL;
	if (req->access == VSM_PROBE_EXECUTE &&
	    req->path != VSM_PROBE_VMAP && req->path != VSM_PROBE_DIRECT &&
	    req->path != VSM_PROBE_USER && req->path != VSM_PROBE_TEXT)
		return -EINVAL;
	if (req->path == VSM_PROBE_TEXT &&
	    (req->access != VSM_PROBE_EXECUTE || req->size != PAGE_SIZE))
		return -EINVAL;
	if (req->path == VSM_PROBE_USER &&
	    (req->access != VSM_PROBE_EXECUTE || req->base >= TASK_SIZE_MAX ||
	     req->size > TASK_SIZE_MAX - req->base))
		return -EINVAL;
	if (req->access == VSM_PROBE_EXECUTE && !probe_can_execute())
		return -EOPNOTSUPP;
	return 0;
}

int probe_memory(struct vsm_probe_memory *req)
{
	static DEFINE_MUTEX(one_at_a_time);
	struct window w = { .path = req->path };
	u64 left = req->size >> PAGE_SHIFT;
	int ret;

	w.executable = req->access == VSM_PROBE_EXECUTE;
	ret = check_request(req);
	if (ret)
		return ret;
	req->unmappable = 0;
	req->tried = 0;
	req->refused = 0;
	req->first = 0;
	w.pfn = PHYS_PFN(req->base);
	mutex_lock(&one_at_a_time);
	for (; left; left -= w.nr_pages, w.pfn += w.nr_pages) {
		if (signal_pending(current)) {
			ret = -EINTR;
			break;
		}
		w.nr_pages = min_t(u64, left, WINDOW_PAGES);
		probe_window(req, &w);
	}
	mutex_unlock(&one_at_a_time);
	return ret;
}
