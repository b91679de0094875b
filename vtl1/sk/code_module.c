// SPDX-License-Identifier: GPL-2.0
/*
 * Modules of VTL0: become code when their memory is what their signed file
 * makes of it, and data again before the memory goes to somebody else.
 * Must never let a byte execute that was not compared while VTL0 could not
 * write to it, nor leave a module half verified.
 */
#include "code.h"
#include "code_kernel.h"
#include "code_module.h"
#include "code_policy.h"
#include "vtl0.h"

/* Of verified modules; code_lock. */
static struct code_module *modules;

/* --- what VTL0 asks for --------------------------------------------------------- */

static u64 refuse(struct code_load *load, u8 rule, enum ci_error err)
{
	load->rule = rule;
	load->err = err;
	return VSM_S_DENIED;
}

static u64 copy_request(struct code_load *load, u64 gpa)
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

static bool overlap(u64 a, u64 a_size, u64 b, u64 b_size)
{
	return a_size && b_size && a < b + b_size && b < a + a_size;
}

/* Within the modules' area, and none over the other. */
static bool parts_valid(const struct vsm_code_module *r)
{
	u32 i, k;

	for (i = 0; i < CI_MEM_TYPES; i++) {
		if (!part_valid(r->base[i], r->size[i]))
			return false;
		for (k = 0; k < i; k++)
			if (overlap(r->base[i], r->size[i], r->base[k],
				    r->size[k]))
				return false;
	}
	for (i = 0; i < r->nr_its; i++)
		if (!part_valid(r->its[i], PAGE_SIZE))
			return false;
	return true;
}

/* With code_lock held: also of what another VP has verified meanwhile. */
static bool parts_free(const struct code_module *m)
{
	const struct code_module *other;
	u32 i, k;

	for (other = modules; other; other = other->next)
		for (i = 0; i < CI_MEM_TYPES; i++)
			for (k = 0; k < CI_MEM_TYPES; k++)
				if (overlap(m->base[i], m->size[i],
					    other->base[k], other->size[k]))
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
static u64 find_pages(struct code_load *load)
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
		return refuse(load, VSM_RULE_MODULE_PAGES, CI_LIVE_READ);
	if (all_different(m, &memory))
		return VSM_S_OK;
	return memory ? refuse(load, VSM_RULE_MODULE_PAGES, CI_DIFFERENT) :
			VSM_S_NO_MEMORY;
}

/* What runs is code already, and not to be stopped: so many pages, then data. */
static u32 nr_running(const struct code_load *load)
{
	return load->loaded ? load->module->first[PART_RODATA] : 0;
}

static u64 hold_all(const struct code_load *load)
{
	const struct code_module *m = load->module;
	u32 running = nr_running(load);
	u64 status;

	status = code_hold_found(m->pfn, running);
	if (status)
		return status;
	status = code_hold(m->pfn + running, m->first[PARTS] - running);
	if (status)
		code_let_go_found(m->pfn, running);
	return status;
}

static u64 hold(struct code_load *load)
{
	u64 status = hold_all(load);

	if (status == VSM_S_DENIED)
		return refuse(load, VSM_RULE_MODULE_PAGES, CI_LIVE_READ);
	return status;
}

/* As before: data, or what was found. */
static void let_go(const struct code_load *load)
{
	const struct code_module *m = load->module;
	u32 running = nr_running(load);

	code_let_go(m->pfn + running, m->first[PARTS] - running);
	code_let_go_found(m->pfn, running);
}

/*
 * Where the parts were that are gone.  As others', they are nowhere but in the
 * area for modules, and not over parts that are left.
 */
static void find_lost(struct code_load *load)
{
	struct vsm_code_module *r = &load->request;
	u32 i;

	for (i = CI_MEM_INIT_TEXT; i < CI_MEM_TYPES; i++) {
		r->base[i] = code_reproduce_lost(load, i);
		r->size[i] = r->base[i] ? ALIGN(load->ci.size[i], PAGE_SIZE) :
					  0;
		if (parts_valid(r))
			continue;
		r->base[i] = 0;
		r->size[i] = 0;
	}
}

/* --- registry ----------------------------------------------------------------------- */

static void free_module(struct code_module *m)
{
	if (!m)
		return;
	code_object_free(m->text);
	code_object_free(m->init);
	code_exports_free(&m->exports);
	sk_free(m->pfn);
	sk_free(m);
}

/* Nothing is left of it when it fails. */
static bool register_locked(struct code_module *m)
{
	if (!parts_free(m))
		return false;
	if (m->text && !code_object_add(m->text))
		return false;
	if (m->init && !code_object_add(m->init)) {
		if (m->text)
			code_object_remove(m->text);
		return false;
	}
	m->next = modules;
	modules = m;
	return true;
}

static void unregister_locked(struct code_module *m)
{
	struct code_module **link;

	for (link = &modules; *link; link = &(*link)->next)
		if (*link == m) {
			*link = m->next;
			break;
		}
	if (m->text)
		code_object_remove(m->text);
	if (m->init)
		code_object_remove(m->init);
}

enum ci_error code_module_export(const char *name, u64 *ret_va)
{
	u64 key = code_export_key(name), flags = sk_lock(&code_lock);
	enum ci_error err = CI_SYMBOL_UNKNOWN;
	const struct code_module *m;

	for (m = modules; m && err; m = m->next)
		if (code_exports_find(&m->exports, key, ret_va))
			err = CI_OK;
	sk_unlock(&code_lock, flags);
	return err;
}

static u64 settle_part(struct code_load *load, enum module_part part)
{
	const struct code_module *m = load->module;
	const u64 *pfn = m->pfn + m->first[part];
	u32 nr = part_pages(m, part);

	if (part == PART_RODATA)
		return code_settle_rodata(pfn, nr);
	return load->loaded ? code_settle_found(pfn, nr) :
			      code_settle_text(pfn, nr);
}

static bool take_away(struct code_module *m, enum module_part part)
{
	if (code_take_away(m->pfn + m->first[part], part_pages(m, part)))
		return true;
	sk_log("module %s: pages of part %d stay protected", m->name, part);
	return false;
}

/*
 * What is compared becomes code.  No room in the tables of pages is the one
 * thing that can still go wrong: then nothing of it does.
 */
static u64 commit(struct code_load *load)
{
	struct code_module *m = load->module;
	u64 status = VSM_S_OK, flags;
	bool ok;
	u32 i;

	flags = sk_lock(&code_lock);
	ok = register_locked(m);
	sk_unlock(&code_lock, flags);
	if (!ok) {
		let_go(load);
		return refuse(load, VSM_RULE_MODULE_LAYOUT, CI_LAYOUT_BASE);
	}
	for (i = 0; i < PARTS && !status; i++)
		status = settle_part(load, i);
	if (!status)
		return VSM_S_OK;
	flags = sk_lock(&code_lock);
	unregister_locked(m);
	sk_unlock(&code_lock, flags);
	let_go(load);
	return status;
}

/* --- the secure call ------------------------------------------------------------- */

static u64 make_module(struct code_load *load)
{
	const struct vsm_code_module *r = &load->request;
	struct code_module *m = sk_calloc(1, sizeof(*m));
	u32 i;

	if (!m)
		return VSM_S_NO_MEMORY;
	load->module = m;
	memcpy(m->name, r->name, sizeof(m->name));
	for (i = 0; i < CI_MEM_TYPES; i++)
		if (r->size[i]) {
			m->base[i] = r->base[i];
			m->size[i] = r->size[i];
		}
	return VSM_S_OK;
}

static u64 check_memory(struct code_load *load)
{
	u64 status;

	status = code_reproduce(load);
	if (!status)
		status = code_reproduce_objects(load);
	if (!status)
		status = code_reproduce_compare(load);
	return status;
}

static u64 verify(struct code_load *load)
{
	u64 status;

	if (!parts_valid(&load->request))
		return refuse(load, VSM_RULE_MODULE_LAYOUT, CI_LAYOUT_BASE);
	status = code_reproduce_open(load);
	if (!status)
		status = make_module(load);
	if (!status)
		status = find_pages(load);
	if (!status)
		status = hold(load);
	if (status)
		return status;
	if (load->loaded)
		find_lost(load);
	status = check_memory(load);
	if (status) {
		let_go(load);
		return status;
	}
	return commit(load);
}

void code_module_breach(enum vsm_code_class class, u8 rule, u64 va)
{
	u64 flags = sk_lock(&code_lock);

	code_breach_pages(class, rule, va, 0);
	sk_unlock(&code_lock, flags);
}

static enum vsm_code_class class_of(const struct code_load *load)
{
	return load->loaded ? VSM_CODE_CLASS_BASELINE : VSM_CODE_CLASS_MODULE;
}

static void count_allowed(const struct code_load *load)
{
	u64 flags = sk_lock(&code_lock);

	code_allowed(class_of(load));
	sk_unlock(&code_lock, flags);
}

static void report(struct code_load *load)
{
	const struct ci_report *r = &load->report;

	sk_log("module %s: refused: %s, %lu bytes differ, first at 0x%lx (%x, not %x)",
	       load->request.name, ci_error_text(load->err), r->unexplained,
	       r->first, r->found, r->want);
	code_module_breach(class_of(load), load->rule,
			   r->first ?: load->request.base[CI_MEM_TEXT]);
}

/* Compared already, as one that came or that was there. */
static bool is_verified(const struct vsm_code_module *r)
{
	u64 flags = sk_lock(&code_lock);
	const struct code_module *m;
	bool same = false;

	for (m = modules; m && !same; m = m->next)
		same = !m->busy &&
		       !memcmp(m->base, r->base,
			       CI_MEM_INIT_TEXT * sizeof(m->base[0])) &&
		       !memcmp(m->size, r->size,
			       CI_MEM_INIT_TEXT * sizeof(m->size[0]));
	sk_unlock(&code_lock, flags);
	return same;
}

/* It runs, and nobody has its file. */
static u64 nothing_to_compare(const struct code_load *load, u64 ret[3])
{
	ret[0] = VSM_RULE_MODULE_SIGNER;
	code_module_breach(class_of(load), ret[0],
			   load->request.base[CI_MEM_TEXT]);
	return VSM_S_DENIED;
}

static u64 load_module(struct code_load *load, u64 gpa, u64 ret[3])
{
	u64 begin = rdtsc(), status = copy_request(load, gpa);

	if (status)
		return status;
	if (load->loaded && !load->request.ticket)
		return nothing_to_compare(load, ret);
	load->file = code_file_take(load->request.ticket);
	if (!load->file)
		return VSM_S_NOT_FOUND;
	if (load->loaded && is_verified(&load->request))
		status = VSM_S_OK;
	else
		status = code_kernel() ? verify(load) : VSM_S_NOT_READY;
	if (load->loaded)
		sk_log("module %s: %lu bytes of file, %lu compared, %lu ticks",
		       load->request.name, load->file->size,
		       load->report.bytes, rdtsc() - begin);
	code_file_drop(load->file);
	if (status) {
		free_module(load->module);
		ret[0] = load->rule;
		ret[1] = load->report.first;
	}
	if (load->rule)
		report(load);
	return status;
}

u64 scall_code_module(const u64 arg[5], u64 ret[3])
{
	struct code_load *load = sk_calloc(1, sizeof(*load));
	u64 status;

	if (!load)
		return VSM_S_NO_MEMORY;
	status = load_module(load, arg[0], ret);
	if (!status)
		count_allowed(load);
	sk_free(load);
	return status;
}

/* --- and back ------------------------------------------------------------------ */

/* The module one of whose parts begins at @va, and which. */
static struct code_module *find_locked(u64 va, u32 *ret_mem)
{
	struct code_module *m;
	u32 i;

	for (m = modules; m; m = m->next)
		for (i = 0; i < CI_MEM_TYPES; i++)
			if (m->size[i] && m->base[i] == va && !m->busy) {
				*ret_mem = i;
				return m;
			}
	return NULL;
}

/* Linux frees all that is for initialisation. */
static void drop_init_locked(struct code_module *m)
{
	u32 i;

	if (m->init)
		code_object_remove(m->init);
	for (i = CI_MEM_INIT_TEXT; i < CI_MEM_TYPES; i++)
		m->size[i] = 0;
}

static bool drop_init(struct code_module *m)
{
	u64 flags = sk_lock(&code_lock);
	bool ok = true;

	drop_init_locked(m);
	sk_unlock(&code_lock, flags);
	if (m->init)
		ok = take_away(m, PART_INIT_TEXT);
	code_object_free(m->init);
	m->init = NULL;
	return ok;
}

/* Text stops executing before anything that it reads can be written. */
static bool drop_all(struct code_module *m)
{
	u64 flags = sk_lock(&code_lock);
	bool ok = true;
	u32 i;

	unregister_locked(m);
	sk_unlock(&code_lock, flags);
	for (i = 0; i < PARTS; i++)
		if (i != PART_INIT_TEXT || m->init)
			ok &= take_away(m, i);
	free_module(m);
	return ok;
}

u64 code_module_remove(u64 va)
{
	u64 flags = sk_lock(&code_lock);
	struct code_module *m;
	bool init, ok;
	u32 mem;

	m = find_locked(va, &mem);
	if (m)
		m->busy = true;
	sk_unlock(&code_lock, flags);
	if (!m)
		return VSM_S_NOT_FOUND;
	init = mem >= CI_MEM_INIT_TEXT;
	ok = init ? drop_init(m) : drop_all(m);
	if (init)
		__atomic_store_n(&m->busy, false, __ATOMIC_RELEASE);
	return ok ? VSM_S_OK : VSM_S_NO_MEMORY;
}
