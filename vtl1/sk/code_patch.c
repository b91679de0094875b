// SPDX-License-Identifier: GPL-2.0
/*
 * Writes to code that VTL0 asks for.  Must never write what the rules do not
 * allow where it is, nor to a page that is no code: that is VTL0's business.
 */
#include "code.h"
#include "code_made.h"
#include "code_object.h"
#include "code_patch.h"
#include "code_policy.h"
#include "code_slot.h"
#include "vtl0.h"

static u32 pages_of(const struct code_write *w)
{
	return w->va % PAGE_SIZE + w->len > PAGE_SIZE ? 2 : 1;
}

/* What another VP executes meanwhile sees one byte change at once. */
static void put(u8 *to, const u8 *from, u32 len)
{
	if (len == 1)
		WRITE_ONCE(*to, *from);
	else
		memcpy(to, from, len);
}

static void commit(const struct code_write *w)
{
	u32 off = w->va % PAGE_SIZE, first = MIN(w->len, PAGE_SIZE - off);

	put((u8 *)pa_va(w->gpa[0]) + off, w->bytes, first);
	if (first < w->len)
		put(pa_va(w->gpa[1]), w->bytes + first, w->len - first);
}

static bool all(const struct code_write *w, bool (*is)(u64 gpa))
{
	return is(w->gpa[0]) && (pages_of(w) == 1 || is(w->gpa[1]));
}

static u64 verdict(const struct code_write *w, enum vsm_code_class class,
		   u8 rule)
{
	if (!code_breach_write(class, rule, w->va, w->gpa[0]))
		return VSM_S_DENIED;
	commit(w);
	return VSM_S_OK;
}

/*
 * Code that nobody has verified, as the JIT's pages that were there at the
 * start: once written, the page is like those that come later.
 */
static u64 write_unverified(const struct code_write *w)
{
	const enum vsm_code_class class = VSM_CODE_CLASS_DYNAMIC;
	u32 i;

	for (i = 0; code_mode_of(class) != VSM_CODE_MODE_ENFORCE &&
	     i < pages_of(w); i++)
		if (!code_dynamic_is(w->gpa[i]) &&
		    !code_page_to_dynamic(w->gpa[i]))
			return VSM_S_NO_MEMORY;
	return verdict(w, class, VSM_RULE_CODE_DYNAMIC);
}

/* Pages are the object's own, whatever VTL0 says. */
static u64 write_verified(const struct code_object *o, struct code_write *w)
{
	u64 page = (w->va - o->base) >> PAGE_SHIFT;
	enum vsm_code_class class = VSM_CODE_CLASS_WRITE;
	enum code_rule rule = CODE_RULE_REFUSED;
	u8 live[VSM_CODE_WRITE_INLINE];

	w->gpa[0] = (u64)o->pfn[page] << PAGE_SHIFT;
	if (pages_of(w) > 1)
		w->gpa[1] = (u64)o->pfn[page + 1] << PAGE_SHIFT;
	if (w->len <= VSM_CODE_WRITE_INLINE) {
		code_object_read(o, w->va, live, w->len);
		if (!memcmp(live, w->bytes, w->len))
			return VSM_S_OK;
		rule = code_site_check(o, w, &class);
	}
	if (rule == CODE_RULE_NONE)
		rule = code_kprobe_check(o, w, &class);
	if (rule != CODE_RULE_ALLOWED)
		return verdict(w, class, VSM_RULE_CODE_WRITE);
	code_allowed(class);
	commit(w);
	return VSM_S_OK;
}

/* What Linux makes and VTL1 verifies. */
static u64 write_made(const struct code_write *w)
{
	enum vsm_code_class class = VSM_CODE_CLASS_WRITE;

	if (code_made_write(w, &class) != CODE_RULE_ALLOWED)
		return verdict(w, class, VSM_RULE_CODE_WRITE);
	code_allowed(class);
	commit(w);
	return VSM_S_OK;
}

static bool is_verified(u64 gpa)
{
	return code_page_is_kernel(gpa) || code_object_owns(gpa);
}

/* NULL: it is not one verified text that has all the bytes. */
static const struct code_object *verified_at(const struct code_write *w)
{
	const struct code_object *o = code_object_at(w->va);

	return o && o->kind != CODE_OBJECT_FOUND &&
	       w->len <= o->base + o->size - w->va ? o : NULL;
}

static u64 write_locked(struct code_write *w)
{
	const struct code_object *o = verified_at(w);

	if (!code_mode())
		return VSM_S_NOT_READY;
	if (o)
		return write_verified(o, w);
	if (code_page_is_held(w->gpa[0]) || code_page_is_held(w->gpa[1]))
		return VSM_S_BUSY;
	if (code_slot_write(w)) {
		code_allowed(VSM_CODE_CLASS_KPROBE);
		return VSM_S_OK;
	}
	if (!all(w, code_page_is))
		return VSM_S_NOT_FOUND;
	if (code_made_is(w))
		return write_made(w);
	if (all(w, code_dynamic_is) &&
	    code_mode_of(VSM_CODE_CLASS_DYNAMIC) != VSM_CODE_MODE_ENFORCE) {
		commit(w);
		return VSM_S_OK;
	}
	if (is_verified(w->gpa[0]) ||
	    (pages_of(w) > 1 && is_verified(w->gpa[1])))
		return verdict(w, VSM_CODE_CLASS_WRITE, VSM_RULE_CODE_WRITE);
	return write_unverified(w);
}

void code_patch_forget(u64 base, u64 size)
{
	code_site_forget(base, size);
	code_kprobe_forget(base, size);
}

/* Of few bytes there is a copy: the rules look at them more than once. */
u64 scall_code_write(const u64 arg[5], u64 ret[3])
{
	u64 flags = arg[1] & (VSM_CODE_WRITE_HERE | VSM_CODE_WRITE_SLOT);
	bool here = flags & VSM_CODE_WRITE_HERE;
	bool slot = flags & VSM_CODE_WRITE_SLOT;
	u64 len = arg[1] & ~flags, status;
	u8 copy[VSM_CODE_WRITE_INLINE];
	struct code_write w = {
		.va = arg[0],
		.gpa = { arg[4], here || slot ? 0 : arg[3] },
		.bytes = here ? (const u8 *)&arg[2] : vtl0_page(arg[2]),
		.len = len,
		.hint = slot ? arg[3] : 0,
	};

	(void)ret;
	if (!len || len > (here ? VSM_CODE_WRITE_INLINE : PAGE_SIZE) ||
	    w.va + len < w.va || (here && slot) ||
	    (flags && pages_of(&w) > 1))
		return VSM_S_INVALID_PARAMETER;
	if (!w.bytes || !vtl0_page(w.gpa[0]) ||
	    (pages_of(&w) > 1 && !vtl0_page(w.gpa[1])))
		return VSM_S_INVALID_ADDRESS;
	if (len <= sizeof(copy)) {
		memcpy(copy, w.bytes, len);
		w.bytes = copy;
	}
	sk_lock_only(&code_lock);
	status = write_locked(&w);
	spin_unlock(&code_lock);
	return status;
}

/* --- many of them -------------------------------------------------------------- */

/* With interrupts off, and with a lock that intercepts wait for. */
#define AT_ONCE		16

static u64 write_copied(const struct vsm_code_write *e)
{
	struct code_write w = {
		.va = e->address, .bytes = e->bytes, .len = e->len,
	};
	const struct code_object *o;

	if (!w.len || w.len > sizeof(e->bytes) || w.va + w.len < w.va)
		return VSM_S_INVALID_PARAMETER;
	if (!code_mode())
		return VSM_S_NOT_READY;
	o = verified_at(&w);
	return o ? write_verified(o, &w) : VSM_S_NOT_FOUND;
}

/* Returns how many are done; @ret_status is of the one behind these. */
static u32 write_some(const struct vsm_code_write *some, u32 nr,
		      u64 *ret_status)
{
	u64 flags = sk_lock(&code_lock), status = VSM_S_OK;
	u32 i;

	for (i = 0; i < nr; i++) {
		status = write_copied(&some[i]);
		if (status)
			break;
	}
	sk_unlock(&code_lock, flags);
	*ret_status = status;
	return i;
}

/* On a thread.  Each is copied once, before the first rule looks at it. */
u64 scall_code_writes(const u64 arg[5], u64 ret[3])
{
	const struct vsm_code_write *page = vtl0_page(arg[0]);
	u64 at = arg[1], end = arg[2], status = VSM_S_OK;
	struct vsm_code_write copy[AT_ONCE];
	u32 n;

	static_assert(VSM_CODE_WRITES_MAX * sizeof(*page) == PAGE_SIZE,
		      "vsm_code_write");
	if (at >= end || end > VSM_CODE_WRITES_MAX)
		return VSM_S_INVALID_PARAMETER;
	if (!page)
		return VSM_S_INVALID_ADDRESS;
	while (at < end && !status) {
		n = MIN(end - at, (u64)AT_ONCE);
		memcpy(copy, &page[at], n * sizeof(*copy));
		at += write_some(copy, n, &status);
	}
	ret[0] = at;
	return status;
}
