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

/* With code_lock held: also of what another VP has verified meanwhile. */
static bool parts_free(const struct code_module *m)
{
	const struct code_module *other;
	u32 i, k;

	for (other = modules; other; other = other->next)
		for (i = 0; i < CI_MEM_TYPES; i++)
			for (k = 0; k < CI_MEM_TYPES; k++)
				if (parts_overlap(m->base[i], m->size[i],
						  other->base[k], other->size[k]))
					return false;
	return true;
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
	code_exports_publish(&m->exports);
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
	code_exports_withdraw(&m->exports);
	if (m->text)
		code_object_remove(m->text);
	if (m->init)
		code_object_remove(m->init);
}

static u64 settle_part(struct code_load *load, enum module_part part)
{
	const struct code_module *m = load->module;
	const u64 *pfn = m->pfn + m->first[part];
	u32 nr = part_pages(m, part);

	if (part >= PART_RODATA)
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

/* Whoever had the module to himself is done with it: others may take it away. */
static void put(struct code_module *m)
{
	__atomic_store_n(&m->busy, false, __ATOMIC_RELEASE);
}

/*
 * What is compared becomes code.  No room in the tables of pages is the one
 * thing that can still go wrong: then nothing of it does.  Until it is done,
 * others find the module, but nobody can have it.
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
		code_load_let_go(load);
		return code_load_refuse(load, VSM_RULE_MODULE_LAYOUT,
					CI_LAYOUT_BASE);
	}
	for (i = 0; i < code_load_parts(load) && !status; i++)
		status = settle_part(load, i);
	if (!status) {
		m->sealed = load->loaded;
		__atomic_store_n(&m->settled, true, __ATOMIC_RELEASE);
		put(m);
		return VSM_S_OK;
	}
	flags = sk_lock(&code_lock);
	unregister_locked(m);
	sk_unlock(&code_lock, flags);
	code_load_let_go(load);
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
	m->busy = true;
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

	if (!code_load_valid(&load->request))
		return code_load_refuse(load, VSM_RULE_MODULE_LAYOUT,
					CI_LAYOUT_BASE);
	status = code_reproduce_open(load);
	if (!status)
		status = make_module(load);
	if (!status)
		status = code_load_find(load);
	if (!status)
		status = code_load_hold(load);
	if (status)
		return status;
	if (load->loaded)
		code_load_find_lost(load);
	status = check_memory(load);
	if (status) {
		code_load_let_go(load);
		return status;
	}
	return commit(load);
}

void code_module_breach(enum vsm_code_class class, u8 rule, u64 va, u64 gpa)
{
	u64 flags = sk_lock(&code_lock);

	code_breach_pages(class, rule, va, gpa);
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
			   r->first ?: load->request.base[CI_MEM_TEXT], 0);
}

/* Compared already, as one that came or that was there. */
static bool is_verified(const struct vsm_code_module *r)
{
	u64 flags = sk_lock(&code_lock);
	const struct code_module *m;
	bool same = false;

	for (m = modules; m && !same; m = m->next)
		same = __atomic_load_n(&m->settled, __ATOMIC_ACQUIRE) &&
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
			   load->request.base[CI_MEM_TEXT], 0);
	return VSM_S_DENIED;
}

static u64 load_module(struct code_load *load, u64 gpa, u64 ret[3])
{
	u64 begin = rdtsc(), status = code_load_request(load, gpa);

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

/* --- and on ---------------------------------------------------------------------- */

static bool has_part_at(const struct code_module *m, u64 va)
{
	u32 i;

	for (i = 0; i < CI_MEM_TYPES; i++)
		if (m->size[i] && m->base[i] == va)
			return true;
	return false;
}

/* The module one of whose parts begins at @va, which is the caller's now. */
static struct code_module *get(u64 va)
{
	u64 flags = sk_lock(&code_lock);
	struct code_module *m = modules;

	while (m && (m->busy || !has_part_at(m, va)))
		m = m->next;
	if (m)
		m->busy = true;
	sk_unlock(&code_lock, flags);
	return m;
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

/* What initialisation has written is read-only from now on. */
static bool seal(struct code_module *m)
{
	const u64 *pfn = m->pfn + m->first[PART_RO_AFTER_INIT];
	u32 nr = part_pages(m, PART_RO_AFTER_INIT);

	if (m->sealed)
		return true;
	if (!code_hold(pfn, nr)) {
		m->sealed = !code_settle_rodata(pfn, nr);
		if (!m->sealed)
			code_let_go(pfn, nr);
	}
	if (!m->sealed)
		sk_log("module %s: what is read-only after initialisation stays open",
		       m->name);
	return m->sealed;
}

/* Is there anything of the part, or is it VTL0's to do with as it likes? */
static bool has(const struct code_module *m, enum module_part part)
{
	return part == PART_INIT_TEXT ? !!m->init :
	       part == PART_RO_AFTER_INIT ? m->sealed : true;
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
		if (has(m, i))
			ok &= take_away(m, i);
	free_module(m);
	return ok;
}

u64 code_module_started(u64 va)
{
	struct code_module *m = get(va);
	bool ok;

	if (!m)
		return VSM_S_NOT_FOUND;
	ok = drop_init(m);
	ok &= seal(m);
	put(m);
	return ok ? VSM_S_OK : VSM_S_NO_MEMORY;
}

u64 code_module_remove(u64 va)
{
	struct code_module *m = get(va);

	if (!m)
		return VSM_S_NOT_FOUND;
	return drop_all(m) ? VSM_S_OK : VSM_S_NO_MEMORY;
}
