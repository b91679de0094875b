// SPDX-License-Identifier: GPL-2.0
/*
 * Bulk data for secure calls: pages of the driver's own and the scatter list
 * that names them.  Must never hand a page of a process to VTL1.
 */
#include "vsm.h"

#include <linux/io.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

/* Zeroed: what nobody fills must not leave the kernel. */
#define BULK_GFP	(GFP_KERNEL_ACCOUNT | __GFP_ZERO | __GFP_NOWARN)

static_assert(sizeof(struct vsm_sg) == PAGE_SIZE);

static void free_pages_array(struct page **pages, unsigned int nr)
{
	unsigned int i;

	if (!pages)
		return;
	for (i = 0; i < nr; i++)
		if (pages[i])
			__free_page(pages[i]);
	kvfree(pages);
}

static struct page **alloc_pages_array(unsigned int nr)
{
	struct page **pages;
	unsigned int i;

	pages = kvcalloc(nr, sizeof(*pages), GFP_KERNEL_ACCOUNT);
	if (!pages)
		return NULL;
	for (i = 0; i < nr; i++) {
		pages[i] = alloc_page(BULK_GFP);
		if (!pages[i]) {
			free_pages_array(pages, i);
			return NULL;
		}
	}
	return pages;
}

/* Page @i of the data is @pfn. */
static void set_pfn(struct vsm_bulk *bulk, unsigned int i, unsigned long pfn)
{
	struct vsm_sg *sg = page_address(bulk->list[i / VSM_SG_PER_PAGE]);

	sg->pfn[i % VSM_SG_PER_PAGE] = pfn;
}

static void chain_list(struct vsm_bulk *bulk)
{
	unsigned int page, done = 0;
	struct vsm_sg *sg;

	for (page = 0; page < bulk->nr_list; page++, done += sg->nr) {
		sg = page_address(bulk->list[page]);
		sg->nr = min_t(unsigned int, bulk->nr_pages - done,
			       VSM_SG_PER_PAGE);
		if (page + 1 < bulk->nr_list)
			sg->next = page_to_phys(bulk->list[page + 1]);
	}
}

static void fill_list(struct vsm_bulk *bulk)
{
	unsigned int i;

	chain_list(bulk);
	for (i = 0; i < bulk->nr_pages; i++)
		set_pfn(bulk, i, page_to_pfn(bulk->pages[i]));
}

/**
 * vsm_bulk_alloc - pages for @size bytes, zeroed, and their scatter list
 * @size: 0 .. VSM_SG_MAX_PAGES pages
 *
 * Return: the pages, at least one; NULL when @size is too large or there is no
 * memory.
 */
struct vsm_bulk *vsm_bulk_alloc(u32 size)
{
	struct vsm_bulk *bulk;

	if (size > VSM_SG_MAX_PAGES * PAGE_SIZE)
		return NULL;
	bulk = kzalloc(sizeof(*bulk), GFP_KERNEL_ACCOUNT);
	if (!bulk)
		return NULL;
	bulk->size = size;
	bulk->nr_pages = size ? DIV_ROUND_UP(size, PAGE_SIZE) : 1;
	bulk->nr_list = DIV_ROUND_UP(bulk->nr_pages, VSM_SG_PER_PAGE);
	bulk->pages = alloc_pages_array(bulk->nr_pages);
	bulk->list = alloc_pages_array(bulk->nr_list);
	if (!bulk->pages || !bulk->list) {
		vsm_bulk_free(bulk);
		return NULL;
	}
	fill_list(bulk);
	return bulk;
}

/**
 * vsm_bulk_names - a scatter list for memory that is somebody else's
 * @addr: of vmalloc() or a module, page aligned
 * @size: bytes, 1 .. VSM_SG_KERNEL_PAGES pages
 *
 * Return: the list, without pages of its own; NULL: no memory, or too many.
 */
struct vsm_bulk *vsm_bulk_names(const void *addr, size_t size)
{
	unsigned int i, nr = DIV_ROUND_UP(size, PAGE_SIZE);
	struct vsm_bulk *bulk;

	if (nr > VSM_SG_KERNEL_PAGES)
		return NULL;
	bulk = kzalloc(sizeof(*bulk), GFP_KERNEL);
	if (!bulk)
		return NULL;
	bulk->size = size;
	bulk->nr_pages = nr;
	bulk->nr_list = DIV_ROUND_UP(nr, VSM_SG_PER_PAGE);
	bulk->list = alloc_pages_array(bulk->nr_list);
	if (!bulk->list) {
		kfree(bulk);
		return NULL;
	}
	chain_list(bulk);
	for (i = 0; i < nr; i++)
		set_pfn(bulk, i, vmalloc_to_pfn(addr + i * PAGE_SIZE));
	return bulk;
}

/**
 * vsm_bulk_of - a scatter list for @size bytes of the kernel, wherever they are
 * @data: named itself where it is of vmalloc() and page aligned, else a copy
 * @size: bytes, 0 .. VSM_SG_KERNEL_PAGES pages; the list names one at least
 *
 * Return: the list; @data has to be there as long as it is.  NULL: no memory,
 * or too many.
 */
struct vsm_bulk *vsm_bulk_of(const void *data, size_t size)
{
	size_t bytes = size ?: 1;
	struct vsm_bulk *bulk;
	void *copy;

	if (is_vmalloc_addr(data) && !offset_in_page(data))
		return vsm_bulk_names(data, bytes);
	copy = __vmalloc(bytes, BULK_GFP);
	if (!copy)
		return NULL;
	memcpy(copy, data, size);
	bulk = vsm_bulk_names(copy, bytes);
	if (bulk)
		bulk->copy = copy;
	else
		vfree(copy);
	return bulk;
}

void vsm_bulk_free(struct vsm_bulk *bulk)
{
	if (!bulk)
		return;
	vfree(bulk->copy);
	free_pages_array(bulk->pages, bulk->nr_pages);
	free_pages_array(bulk->list, bulk->nr_list);
	kfree(bulk);
}

int vsm_bulk_copy_from_user(struct vsm_bulk *bulk, u64 uaddr, u32 size)
{
	unsigned int i;
	u32 part;

	if (size > bulk->size)
		return -EINVAL;
	for (i = 0; size; i++, uaddr += part, size -= part) {
		part = min_t(u32, size, PAGE_SIZE);
		if (copy_from_user(page_address(bulk->pages[i]),
				   u64_to_user_ptr(uaddr), part))
			return -EFAULT;
	}
	return 0;
}

int vsm_bulk_copy_to_user(const struct vsm_bulk *bulk, u64 uaddr, u32 size)
{
	unsigned int i;
	u32 part;

	if (size > bulk->size)
		return -EINVAL;
	for (i = 0; size; i++, uaddr += part, size -= part) {
		part = min_t(u32, size, PAGE_SIZE);
		if (copy_to_user(u64_to_user_ptr(uaddr),
				 page_address(bulk->pages[i]), part))
			return -EFAULT;
	}
	return 0;
}

u64 vsm_bulk_gpa(const struct vsm_bulk *bulk)
{
	return page_to_phys(bulk->list[0]);
}

/**
 * vsm_bulk_tell - a secure call about memory that a list names
 * @sc: what to call; the first two arguments become the list and its bytes
 * @names: the list, freed here; NULL: there was no memory for it
 *
 * Return: 0, and the call's status is in @sc; -errno.
 */
int vsm_bulk_tell(struct vsm_scall *sc, struct vsm_bulk *names)
{
	int ret;

	if (!names)
		return -ENOMEM;
	sc->arg[0] = vsm_bulk_gpa(names);
	sc->arg[1] = names->size;
	ret = vsm_scall_must(sc);
	vsm_bulk_free(names);
	return ret;
}
