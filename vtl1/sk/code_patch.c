// SPDX-License-Identifier: GPL-2.0
/*
 * Writes to code that VTL0 asks for.  Must never write what the rules do not
 * allow where it is, nor to a page that is no code: that is VTL0's business.
 */
#include "code.h"
#include "code_policy.h"
#include "vtl0.h"

struct write {
	u64 va;			/* for the event */
	u64 gpa[2];		/* of the page, and of the next one */
	const u8 *bytes;
	u32 len;
};

static u32 pages_of(const struct write *w)
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

static void commit(const struct write *w)
{
	u32 off = w->va % PAGE_SIZE, first = MIN(w->len, PAGE_SIZE - off);

	put((u8 *)pa_va(w->gpa[0]) + off, w->bytes, first);
	if (first < w->len)
		put(pa_va(w->gpa[1]), w->bytes + first, w->len - first);
}

static bool all(const struct write *w, bool (*is)(u64 gpa))
{
	return is(w->gpa[0]) && (pages_of(w) == 1 || is(w->gpa[1]));
}

static u64 verdict(const struct write *w, enum vsm_code_class class, u8 rule)
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
static u64 write_unverified(const struct write *w)
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

static u64 write_locked(const struct write *w)
{
	if (!code_mode())
		return VSM_S_NOT_READY;
	if (!all(w, code_page_is))
		return VSM_S_NOT_FOUND;
	if (all(w, code_dynamic_is) &&
	    code_mode_of(VSM_CODE_CLASS_DYNAMIC) != VSM_CODE_MODE_ENFORCE) {
		commit(w);
		return VSM_S_OK;
	}
	if (code_page_is_kernel(w->gpa[0]) ||
	    (pages_of(w) > 1 && code_page_is_kernel(w->gpa[1])))
		return verdict(w, VSM_CODE_CLASS_WRITE, VSM_RULE_CODE_WRITE);
	return write_unverified(w);
}

static bool in_memory(u64 gpa)
{
	return IS_ALIGNED(gpa, PAGE_SIZE) &&
	       range_contains(&sk.vtl0, gpa, PAGE_SIZE);
}

/* The bytes are in VTL0's page until they are written: read once. */
u64 scall_code_write(const u64 arg[5], u64 ret[3])
{
	bool here = arg[1] & VSM_CODE_WRITE_HERE;
	u64 len = arg[1] & ~VSM_CODE_WRITE_HERE, status;
	struct write w = {
		.va = arg[0],
		.gpa = { arg[4], here ? 0 : arg[3] },
		.bytes = here ? (const u8 *)&arg[2] : vtl0_page(arg[2]),
		.len = len,
	};

	(void)ret;
	if (!len || len > (here ? VSM_CODE_WRITE_INLINE : PAGE_SIZE) ||
	    w.va + len < w.va || (here && pages_of(&w) > 1))
		return VSM_S_INVALID_PARAMETER;
	if (!w.bytes || !in_memory(w.gpa[0]) ||
	    (pages_of(&w) > 1 && !in_memory(w.gpa[1])))
		return VSM_S_INVALID_ADDRESS;
	spin_lock(&code_lock);
	status = write_locked(&w);
	spin_unlock(&code_lock);
	return status;
}
