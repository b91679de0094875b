// SPDX-License-Identifier: GPL-2.0
/*
 * Code that VTL0's kernel makes while it runs: programs of the BPF JIT,
 * trampolines and slots of the tracers.  A page of it is either written or
 * executed; what is in it, nobody knows.  Must never take a page that is other
 * code, nor leave one both writable and executable.
 */
#include <vsm/hvcall.h>

#include "code.h"
#include "code_object.h"
#include "code_policy.h"
#include "code_slot.h"
#include "vtl0.h"

#define RANGES_MAX	4096

/* code_lock guards these. */
static struct range_list dynamic;

bool code_dynamic_setup(void)
{
	dynamic.range = sk_calloc(RANGES_MAX, sizeof(*dynamic.range));
	dynamic.max = RANGES_MAX;
	return dynamic.range;
}

void code_dynamic_release(void)
{
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
	       va >= CODE_AREA && va < CODE_AREA_END && !code_object_verified(va) &&
	       !code_slot_at(va);
}

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

	if (!choose(&r, leaf, gpa) || !range_add(&dynamic, &r))
		return false;
	code_wait_for_writers();
	if (!hv_protect(r.base, r.size, CODE_MASK_CODE))
		return true;
	hv_protect(r.base, r.size, code_mask_data());
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
	const struct vsm_range r = { gpa & PAGE_MASK, PAGE_SIZE };

	if (!code_dynamic_is(gpa) || !code_dynamic_room(1))
		return false;
	return !hv_protect(r.base, r.size, code_mask_data()) &&
	       range_remove(&dynamic, &r);
}
