// SPDX-License-Identifier: GPL-2.0
/*
 * Code that VTL0's kernel makes while it runs: programs of the BPF JIT,
 * trampolines and slots of the tracers.  A page of it is either written or
 * executed.  What is in it is verified where that can be done (code_made.h);
 * of the rest, nobody knows.  Must never take a page that is other code, nor
 * leave one both writable and executable.
 */
#include <vsm/hvcall.h>

#include "code.h"
#include "code_made.h"
#include "code_object.h"
#include "code_policy.h"
#include "code_slot.h"
#include "code_user.h"
#include "vtl0.h"

#define RANGES_MAX	4096

/* Each takes only what is its own: the order says nothing. */
static const struct code_made *const kinds[] = {
	&code_trampolines,
};

/* code_lock guards these. */
static struct range_list dynamic;

bool code_dynamic_setup(void)
{
	bool ok = true;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		ok &= kinds[i]->setup();
	dynamic.range = sk_calloc(RANGES_MAX, sizeof(*dynamic.range));
	dynamic.max = RANGES_MAX;
	return ok && dynamic.range;
}

void code_dynamic_release(void)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		kinds[i]->release();
	sk_free(dynamic.range);
	dynamic = (struct range_list){ 0 };
}

bool code_dynamic_is(u64 gpa)
{
	return range_contains(&dynamic, gpa & PAGE_MASK, PAGE_SIZE);
}

bool code_dynamic_room(u32 nr)
{
	return dynamic.nr + nr <= dynamic.max;
}

bool code_dynamic_add(const struct vsm_range *r)
{
	return range_add(&dynamic, r);
}

void code_dynamic_remove(const struct vsm_range *r)
{
	range_remove(&dynamic, r);
}

/*
 * Of jumps and calls from verified text to what is none: whether that executes
 * is judged when it is executed.  What is verified has its own rules.
 */
bool code_dynamic_target(u64 va)
{
	return code_mode_of(VSM_CODE_CLASS_DYNAMIC) != VSM_CODE_MODE_ENFORCE &&
	       va >= CODE_AREA && va < CODE_AREA_END &&
	       !code_object_verified(va) && !code_slot_at(va) &&
	       !code_trampoline_is(va & PAGE_MASK);
}

/* --- what is verified ----------------------------------------------------------- */

static struct vsm_range page_at(u64 gpa)
{
	return (struct vsm_range){ gpa & PAGE_MASK, PAGE_SIZE };
}

static const struct code_made *made_at(u64 gpa)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (code_page_is_kind(kinds[i]->kind, gpa))
			return kinds[i];
	return NULL;
}

static bool take_made(u64 va, u64 gpa)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (kinds[i]->take(va & PAGE_MASK, gpa & PAGE_MASK))
			return true;
	return false;
}

/* Found at the start, and taken as it was; not a module that is verified. */
static bool is_found(u64 gpa)
{
	return code_page_is_kind(CODE_MODULE, gpa) && !made_at(gpa) &&
	       !code_page_is_kernel(gpa) && !code_page_is_held(gpa);
}

/* What it is beside, when it is held no more. */
static u32 mask_without(u64 gpa)
{
	return code_page_is_kind(CODE_MODULE, gpa) ? CODE_MASK_CODE :
						     code_mask_data();
}

bool code_made_may_hold(u64 gpa)
{
	return code_page_is_free(gpa) || is_found(gpa);
}

bool code_made_hold(const struct code_made *made, u64 gpa)
{
	const struct vsm_range r = page_at(gpa);

	/* Whatever an audit has let pass before. */
	if (!code_made_may_hold(gpa) || !code_pages_room(CODE_OPEN, 1) ||
	    !code_pages_room(CODE_MODULE, 1) ||
	    !code_pages_room(made->kind, 1) || !code_pages_add(made->kind, &r))
		return false;
	code_wait_for_writers();
	if (!hv_protect(r.base, r.size, HV_MAP_GPA_READABLE)) {
		code_pages_remove(CODE_OPEN, &r);
		return true;
	}
	if (!hv_protect(r.base, r.size, mask_without(gpa)))
		code_pages_remove(CODE_OPEN, &r);
	code_pages_remove(made->kind, &r);
	return false;
}

bool code_made_settle(const struct code_made *made, u64 gpa)
{
	const struct vsm_range r = page_at(gpa);

	if (hv_protect(r.base, r.size, CODE_MASK_CODE)) {
		code_made_drop(made, gpa);
		return false;
	}
	code_pages_remove(CODE_MODULE, &r);
	return true;
}

/* Whoever still executes there finds that it is data. */
bool code_made_drop(const struct code_made *made, u64 gpa)
{
	const struct vsm_range r = page_at(gpa);

	if (!code_pages_room(made->kind, 1) ||
	    hv_protect(r.base, r.size, mask_without(gpa)))
		return false;
	code_pages_remove(made->kind, &r);
	made->forget(r.base);
	return true;
}

u64 code_made_page(u64 va)
{
	struct code_leaf leaf;
	u64 cr3;

	if (va < CODE_AREA || va >= CODE_AREA_END ||
	    hv_get_vtl0_register(HV_X64_REGISTER_CR3, &cr3) ||
	    !code_leaf_at(cr3, va, &leaf) || !leaf.kernel_exec)
		return CODE_NOWHERE;
	return leaf.gpa + (va & (leaf.size - 1) & PAGE_MASK);
}

static bool across(const struct code_write *w)
{
	return w->va % PAGE_SIZE + w->len > PAGE_SIZE;
}

/* What was there at the start is looked at when it is first written to. */
static void find_made(const struct code_write *w)
{
	u64 gpa = w->gpa[0] & PAGE_MASK;

	if (is_found(gpa) && code_made_page(w->va) == gpa)
		take_made(w->va, gpa);
}

bool code_made_is(const struct code_write *w)
{
	find_made(w);
	return made_at(w->gpa[0]) || (across(w) && made_at(w->gpa[1]));
}

enum code_rule code_made_write(const struct code_write *w,
			       enum vsm_code_class *ret_class)
{
	const struct code_made *made = made_at(w->gpa[0]);

	return made && !across(w) ? made->write(w, ret_class) :
				    CODE_RULE_REFUSED;
}

/* --- what is not ----------------------------------------------------------------- */

static bool takable(const struct vsm_range *r)
{
	u64 gpa;

	for (gpa = r->base; gpa < r->base + r->size; gpa += PAGE_SIZE)
		if (!code_page_is_free(gpa))
			return false;
	return true;
}

/* The whole leaf of VTL0's page tables, so that a large one costs one fault. */
static bool choose(struct vsm_range *r, const struct code_leaf *leaf, u64 gpa)
{
	*r = (struct vsm_range){ leaf->gpa, leaf->size };
	if (leaf->size == SIZE_2M && takable(r))
		return true;
	*r = (struct vsm_range){ gpa & PAGE_MASK, PAGE_SIZE };
	return takable(r);
}

static bool take(const struct code_leaf *leaf, u64 gpa)
{
	struct vsm_range r;

	if (!choose(&r, leaf, gpa) || !code_pages_room(CODE_OPEN, 1) ||
	    !range_add(&dynamic, &r))
		return false;
	code_user_forget(&r);
	code_wait_for_writers();
	if (!hv_protect(r.base, r.size, CODE_MASK_CODE)) {
		code_pages_remove(CODE_OPEN, &r);
		return true;
	}
	if (!hv_protect(r.base, r.size, code_mask_data()))
		code_pages_remove(CODE_OPEN, &r);
	range_remove(&dynamic, &r);
	return false;
}

/* Does VTL0 itself mean its kernel to execute what it executes? */
static bool meant(const struct hv_x64_memory_intercept *m,
		  struct code_leaf *ret_leaf)
{
	u64 cr3;

	return m->access_info & HV_MEMORY_GVA_VALID && m->gva >= CODE_AREA &&
	       m->gva < CODE_AREA_END &&
	       !hv_get_vtl0_register(HV_X64_REGISTER_CR3, &cr3) &&
	       code_leaf_at(cr3, m->gva, ret_leaf) && ret_leaf->kernel_exec &&
	       ret_leaf->gpa + (m->gva & (ret_leaf->size - 1) & PAGE_MASK) ==
	       (m->gpa & PAGE_MASK);
}

enum code_verdict code_dynamic_execute(const struct hv_x64_memory_intercept *m)
{
	const enum vsm_code_class class = VSM_CODE_CLASS_DYNAMIC;
	struct code_leaf leaf;

	if (!meant(m, &leaf))
		return CODE_NOT_MINE;
	if (take_made(m->gva, m->gpa))
		return CODE_AGAIN;
	if (!code_breach_memory(class, VSM_RULE_CODE_DYNAMIC, m))
		return CODE_REFUSED;
	if (take(&leaf, m->gpa))
		return CODE_AGAIN;
	code_refused_memory(class, VSM_RULE_CODE_DYNAMIC, m);
	return CODE_REFUSED;
}

/* Whoever writes there has the memory for something else now: it is data. */
bool code_dynamic_write(u64 gpa)
{
	const struct code_made *made = made_at(gpa);
	const struct vsm_range r = page_at(gpa);

	if (made)
		return code_made_drop(made, gpa);
	if (!code_dynamic_is(gpa) || !code_dynamic_room(1))
		return false;
	return !hv_protect(r.base, r.size, code_mask_data()) &&
	       range_remove(&dynamic, &r);
}
