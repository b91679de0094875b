// SPDX-License-Identifier: GPL-2.0
/*
 * What VTL0 says of a module, and the pages that it is in: checked, found, and
 * held while they are compared.  Must never take for the module's what is
 * another's, nor the same page twice.
 */
#include "code.h"
#include "code_module.h"
#include "vtl0.h"

u64 code_load_request(struct code_load *load, u64 gpa)
{
	struct vsm_code_module *r = &load->request;
	const void *page = vtl0_page(gpa);

	static_assert(sizeof(*r) <= PAGE_SIZE, "one page");
	if (!page)
		return VSM_S_INVALID_ADDRESS;
	memcpy(r, page, sizeof(*r));
	if (r->name[sizeof(r->name) - 1] || r->nr_its > VSM_CODE_ITS_MAX ||
	    r->flags & ~(u32)VSM_CODE_MODULE_LOADED)
		return VSM_S_INVALID_PARAMETER;
	load->loaded = r->flags & VSM_CODE_MODULE_LOADED;
	return VSM_S_OK;
}

static bool part_valid(u64 base, u64 size)
{
	return !size || (IS_ALIGNED(base | size, PAGE_SIZE) &&
			 size <= CODE_PART_MAX && base >= CODE_AREA &&
			 base <= CODE_AREA_END - size);
}

/* Within the modules' area, and none over the other. */
bool code_load_valid(const struct vsm_code_module *r)
{
	u32 i, k;

	for (i = 0; i < CI_MEM_TYPES; i++) {
		if (!part_valid(r->base[i], r->size[i]))
			return false;
		for (k = 0; k < i; k++)
			if (parts_overlap(r->base[i], r->size[i], r->base[k],
					  r->size[k]))
				return false;
	}
	for (i = 0; i < r->nr_its; i++)
		if (!part_valid(r->its[i], PAGE_SIZE))
			return false;
	return true;
}

/* --- its pages -------------------------------------------------------------------- */

static bool find_run(struct code_module *m, u64 cr3, u64 va, u32 nr, u32 *at)
{
	u64 gpa;
	u32 i;

	for (i = 0; i < nr; i++) {
		gpa = code_translate(cr3, va + i * PAGE_SIZE);
		if (gpa == CODE_NOWHERE)
			return false;
		m->pfn[(*at)++] = gpa >> PAGE_SHIFT;
	}
	return true;
}

static bool find_part(struct code_module *m, u64 cr3,
		      const struct vsm_code_module *r, enum module_part part,
		      u32 *at)
{
	bool ok = true;
	u32 i;

	if (part != PART_ITS)
		return find_run(m, cr3, m->base[part_mem(part)],
				part_pages(m, part), at);
	for (i = 0; i < r->nr_its && ok; i++)
		ok = find_run(m, cr3, r->its[i], 1, at);
	return ok;
}

/* Each page once: ascending copies tell. */
static bool all_different(const struct code_module *m, bool *ret_memory)
{
	u32 nr = m->first[PARTS], i;
	u64 *copy = sk_calloc(nr, sizeof(*copy));
	bool ok = true;

	*ret_memory = copy;
	if (!copy)
		return false;
	memcpy(copy, m->pfn, nr * sizeof(*copy));
	ci_sort(copy, nr);
	for (i = 1; i < nr; i++)
		ok &= copy[i] != copy[i - 1];
	sk_free(copy);
	return ok;
}

/* Where VTL0's tables have them at this moment; what is compared decides. */
u64 code_load_find(struct code_load *load)
{
	const struct vsm_code_module *r = &load->request;
	struct code_module *m = load->module;
	bool ok = true, memory;
	u32 at = 0, i;
	u64 cr3;

	if (hv_get_vtl0_register(HV_X64_REGISTER_CR3, &cr3))
		return VSM_S_NOT_READY;
	for (i = 0; i < PARTS; i++) {
		m->first[i] = at;
		at += i == PART_ITS ? r->nr_its :
		      m->size[part_mem(i)] >> PAGE_SHIFT;
	}
	m->first[PARTS] = at;
	m->pfn = sk_calloc(MAX(at, 1), sizeof(*m->pfn));
	if (!m->pfn)
		return VSM_S_NO_MEMORY;
	at = 0;
	for (i = 0; i < PARTS && ok; i++)
		ok = find_part(m, cr3, r, i, &at);
	if (!ok)
		return code_load_refuse(load, VSM_RULE_MODULE_PAGES,
					CI_LIVE_READ);
	if (all_different(m, &memory))
		return VSM_S_OK;
	if (!memory)
		return VSM_S_NO_MEMORY;
	return code_load_refuse(load, VSM_RULE_MODULE_PAGES, CI_DIFFERENT);
}

/* What runs is code already, and not to be stopped: so many pages, then data. */
static u32 nr_running(const struct code_load *load)
{
	return load->loaded ? load->module->first[PART_RODATA] : 0;
}

/* All that is not written to by its initialisation, which is yet to come. */
static u32 nr_held(const struct code_load *load)
{
	return load->module->first[code_load_parts(load)];
}

static u64 hold_all(const struct code_load *load)
{
	const struct code_module *m = load->module;
	u32 running = nr_running(load);
	u64 status;

	status = code_hold_found(m->pfn, running);
	if (status)
		return status;
	status = code_hold(m->pfn + running, nr_held(load) - running);
	if (status)
		code_let_go_found(m->pfn, running);
	return status;
}

u64 code_load_hold(struct code_load *load)
{
	u64 status = hold_all(load);

	if (status == VSM_S_DENIED)
		return code_load_refuse(load, VSM_RULE_MODULE_PAGES,
					CI_LIVE_READ);
	return status;
}

/* As before: data, or what was found. */
void code_load_let_go(const struct code_load *load)
{
	const struct code_module *m = load->module;
	u32 running = nr_running(load);

	code_let_go(m->pfn + running, nr_held(load) - running);
	code_let_go_found(m->pfn, running);
}

/*
 * Where the parts were that are gone.  As others', they are nowhere but in the
 * area for modules, and not over parts that are left.
 */
void code_load_find_lost(struct code_load *load)
{
	struct vsm_code_module *r = &load->request;
	u32 i;

	for (i = CI_MEM_INIT_TEXT; i < CI_MEM_TYPES; i++) {
		r->base[i] = code_reproduce_lost(load, i);
		r->size[i] = r->base[i] ? ALIGN(load->ci.size[i], PAGE_SIZE) :
					  0;
		if (code_load_valid(r))
			continue;
		r->base[i] = 0;
		r->size[i] = 0;
	}
}

