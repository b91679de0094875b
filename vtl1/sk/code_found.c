// SPDX-License-Identifier: GPL-2.0
/*
 * Code that nobody has verified: what VTL0's kernel could execute when code
 * integrity started, and modules that policy lets pass.  Must never add what is
 * code already, nor take away what was verified.
 */
#include <mbedtls/sha256.h>
#include <vsm/hvcall.h>

#include "../ci/vmlinux.h"
#include "code.h"
#include "code_module.h"
#include "code_object.h"
#include "code_page.h"
#include "code_policy.h"
#include "vtl0.h"

#define LOW_MEMORY	(1ULL << 20)	/* where a CPU can start */

/* --- at the start ------------------------------------------------------------- */

/* What is found, and the piece of it that is not yet an object. */
struct census {
	u64 cr3;
	u64 pages;
	struct vsm_range run;
	u64 low;		/* where code begins in low memory; 0: none */
};

static bool in_kernel_image(u64 gva)
{
	return gva >= CI_KERNEL_MAP && gva < CODE_AREA;
}

/* The page tables say a second time where its pages are. */
static bool end_run(struct census *c)
{
	const char *name = in_kernel_image(c->run.base) ? "kernel" : "found";
	struct code_object *o;
	u64 gpa;
	u32 i;

	if (!c->run.size)
		return true;
	o = code_object_alloc(CODE_OBJECT_FOUND, name, c->run.base,
			      c->run.size);
	if (!o)
		return false;
	for (i = 0; i < o->nr_pages; i++) {
		gpa = code_translate(c->cr3, o->base + i * PAGE_SIZE);
		if (gpa == CODE_NOWHERE || !code_page_is(gpa))
			break;
		o->pfn[i] = gpa >> PAGE_SHIFT;
	}
	c->run.size = 0;
	if (i == o->nr_pages && code_object_add(o))
		return true;
	code_object_free(o);
	return false;
}

static bool take_leaf(void *arg, u64 gva, u64 gpa, u64 size)
{
	const struct vsm_range r = { gpa, size };
	struct census *c = arg;

	if (!range_contains(&sk.vtl0, gpa, size)) {
		sk_log("code at 0x%lx is not in memory: left out", gva);
		return true;
	}
	if (c->run.base + c->run.size != gva && !end_run(c))
		return false;
	if (!c->run.size)
		c->run.base = gva;
	if (!c->low && gpa < LOW_MEMORY)
		c->low = gva;
	c->run.size += size;
	c->pages += size / PAGE_SIZE;
	return code_pages_add(in_kernel_image(gva) ? CODE_KERNEL : CODE_MODULE,
			      &r);
}

/*
 * What a CPU that comes online executes before paging is on has its tables of
 * segments and its constants before it, which Linux does not write to either.
 */
static bool take_low_rodata(const struct census *c)
{
	struct code_leaf leaf;
	struct vsm_range r;
	u64 va;

	for (va = c->low; va; ) {
		va -= PAGE_SIZE;
		if (!code_leaf_at(c->cr3, va, &leaf) ||
		    leaf.size != PAGE_SIZE || leaf.writable ||
		    leaf.gpa >= LOW_MEMORY || !code_page_is_free(leaf.gpa))
			break;
		r = (struct vsm_range){ leaf.gpa, PAGE_SIZE };
		if (!code_pages_add(CODE_RODATA, &r))
			return false;
	}
	return true;
}

bool code_found_take(u64 cr3, u64 *ret_pages)
{
	struct census c = { .cr3 = cr3 };
	bool ok = code_walk(cr3, take_leaf, &c) && end_run(&c) &&
		  take_low_rodata(&c);

	*ret_pages = c.pages;
	return ok;
}

static u64 protect(enum code_kind kind, u32 mask)
{
	const struct range_list *l = code_pages(kind);
	u64 status = HV_STATUS_SUCCESS;
	u32 i;

	for (i = 0; i < l->nr && !status; i++)
		status = hv_protect(l->range[i].base, l->range[i].size, mask);
	return status;
}

u64 code_found_protect(u32 mask, u32 rodata_mask)
{
	return protect(CODE_KERNEL, mask) ?: protect(CODE_MODULE, mask) ?:
	       protect(CODE_RODATA, rodata_mask);
}

/* The next page of what was found, from @va on; where it ends, 0: none. */
static u64 copy_found(u64 va, u8 *page)
{
	u64 flags = sk_lock(&code_lock), next = 0;
	const struct code_object *o = code_object_next(va);

	while (o && o->kind != CODE_OBJECT_FOUND)
		o = code_object_next(o->base + o->size);
	if (o) {
		va = MAX(va, o->base);
		code_object_read(o, va, page, PAGE_SIZE);
		next = va + PAGE_SIZE;
	}
	sk_unlock(&code_lock, flags);
	return next;
}

bool code_found_measure(u8 digest[32])
{
	u8 *page = sk_calloc(1, PAGE_SIZE);
	mbedtls_sha256_context ctx;
	u64 va = 0;
	bool ok;

	mbedtls_sha256_init(&ctx);
	ok = page && !mbedtls_sha256_starts(&ctx, 0);
	while (ok && (va = copy_found(va, page)))
		ok = !mbedtls_sha256_update(&ctx, page, PAGE_SIZE);
	ok = ok && !mbedtls_sha256_finish(&ctx, digest);
	mbedtls_sha256_free(&ctx);
	sk_free(page);
	return ok;
}

/* --- code that comes and goes ------------------------------------------------- */

static u64 gpa_of(const struct sg *sg, u32 i)
{
	return sg->pfn[i] << PAGE_SHIFT;
}

static bool addable(const struct sg *sg)
{
	u32 i;

	for (i = 0; i < sg->nr; i++)
		if (!code_page_is_free(gpa_of(sg, i)))
			return false;
	return true;
}

static void remove_pages(enum code_kind kind, const struct sg *sg, u32 nr)
{
	struct vsm_range r;
	u32 i;

	for (i = 0; i < nr; i++) {
		r = (struct vsm_range){ gpa_of(sg, i), PAGE_SIZE };
		code_pages_remove(kind, &r);
	}
}

static void forget(const struct sg *sg)
{
	struct vsm_range r;
	u32 i;

	remove_pages(CODE_MODULE, sg, sg->nr);
	remove_pages(CODE_OPEN, sg, sg->nr);
	for (i = 0; i < sg->nr; i++) {
		r = (struct vsm_range){ gpa_of(sg, i), PAGE_SIZE };
		code_dynamic_remove(&r);
	}
}

static bool removable(u64 gpa)
{
	return (code_page_is_kind(CODE_MODULE, gpa) || code_dynamic_is(gpa)) &&
	       !code_page_is_kind(CODE_KERNEL, gpa);
}

static bool gone(u64 gpa)
{
	return !code_page_is(gpa);
}

static u64 add_locked(const struct sg *sg, u64 gva)
{
	struct vsm_range r;
	u32 i;

	if (!code_mode())
		return VSM_S_NOT_READY;
	if (!addable(sg))
		return VSM_S_INVALID_ADDRESS;
	/* Nobody verifies: that is what the rule is about. */
	if (!code_breach_pages(VSM_CODE_CLASS_MODULE, VSM_RULE_CODE_ADD, gva,
			       gpa_of(sg, 0)))
		return VSM_S_DENIED;
	if (!code_pages_room(CODE_OPEN, sg->nr))
		return VSM_S_NO_MEMORY;
	/* A page named twice, or no room. */
	for (i = 0; i < sg->nr; i++) {
		r = (struct vsm_range){ gpa_of(sg, i), PAGE_SIZE };
		if (code_page_is(r.base) || !code_pages_add(CODE_MODULE, &r)) {
			remove_pages(CODE_MODULE, sg, i);
			return VSM_S_NO_MEMORY;
		}
	}
	code_wait_for_writers();
	if (!hv_protect_list(sg->pfn, sg->nr, CODE_MASK_CODE)) {
		remove_pages(CODE_OPEN, sg, sg->nr);
		return VSM_S_OK;
	}
	/* Some of them may have been opened. */
	code_pages_data(sg->pfn, sg->nr);
	remove_pages(CODE_MODULE, sg, sg->nr);
	return VSM_S_NO_MEMORY;
}

static u64 remove_locked(const struct sg *sg, u64 gva)
{
	u32 i;

	(void)gva;
	for (i = 0; i < sg->nr; i++)
		if (!removable(gpa_of(sg, i)))
			return VSM_S_NOT_FOUND;
	/* A range that splits may find no room: then it stays code. */
	if (!code_pages_room(CODE_MODULE, sg->nr) ||
	    !code_pages_room(CODE_OPEN, sg->nr) ||
	    !code_dynamic_room(sg->nr))
		return VSM_S_NO_MEMORY;
	if (hv_protect_list(sg->pfn, sg->nr, code_mask_data()))
		return VSM_S_NO_MEMORY;
	forget(sg);
	code_object_sweep(gone);
	return VSM_S_OK;
}

static u64 change(const u64 arg[5], u64 (*fn)(const struct sg *sg, u64 gva))
{
	struct sg sg;
	u64 status, flags;

	if (!arg[1])
		return VSM_S_INVALID_PARAMETER;
	status = sg_open(&sg, arg[0], arg[1]);
	if (status)
		return status;
	flags = sk_lock(&code_lock);
	status = fn(&sg, arg[2]);
	sk_unlock(&code_lock, flags);
	sg_free(&sg);
	return status;
}

/*
 * What was there at the start may have been on its way out of Linux, which says
 * so of each piece once: parts of modules for their initialisation, and modules
 * that go, are freed a while after that.
 */
static bool freed(u64 gpa)
{
	u64 va = code_object_found(gpa), cr3;

	return va && !hv_get_vtl0_register(HV_X64_REGISTER_CR3, &cr3) &&
	       code_translate(cr3, va) != (gpa & PAGE_MASK);
}

bool code_found_write(u64 gpa)
{
	const struct vsm_range r = { gpa & PAGE_MASK, PAGE_SIZE };

	/* VTL0 could as well ask for it: scall_code_remove(). */
	if (!code_page_is_kind(CODE_MODULE, gpa) || code_dynamic_is(gpa) ||
	    !removable(gpa) || !code_pages_room(CODE_MODULE, 1) || !freed(gpa))
		return false;
	if (hv_protect(r.base, r.size, code_mask_data()))
		return false;
	code_pages_remove(CODE_MODULE, &r);
	return true;
}

u64 scall_code_add(const u64 arg[5], u64 ret[3])
{
	(void)ret;
	return change(arg, add_locked);
}

u64 scall_code_remove(const u64 arg[5], u64 ret[3])
{
	(void)ret;
	if (arg[0])
		return change(arg, remove_locked);
	switch (arg[2]) {
	case VSM_CODE_REMOVE_ALL:
		return code_module_remove(arg[1]);
	case VSM_CODE_REMOVE_INIT:
		return code_module_started(arg[1]);
	}
	return VSM_S_INVALID_PARAMETER;
}
