// SPDX-License-Identifier: GPL-2.0
/*
 * Makes of a module's signed file what Linux has to have in memory, and compares
 * byte by byte.
 * Must never take an address for a symbol's because VTL0 says so, nor leave out
 * a byte of a page that is to be executed.
 */
#include "../ci/compare.h"
#include "../ci/patch.h"
#include "../ci/vmlinux.h"
#include "code.h"
#include "code_kernel.h"
#include "code_made.h"
#include "code_module.h"
#include "stage.h"

/* CI_MODULE_ARENA() is tested with every module of the distribution. */
static bool make_arena(struct code_load *load)
{
	struct code_file *f = load->file;
	u64 from = ALIGN(f->size, PAGE_SIZE), size = CI_MODULE_ARENA(f->size);

	if (!stage_back(f->window, from + size))
		return false;
	load->arena = (struct ci_arena){
		.base = stage_data(f->window) + from, .size = size,
	};
	return true;
}

/* What the library found, in the words of the rules. */
static u64 refuse_file(struct code_load *load, enum ci_error err)
{
	switch (err) {
	case CI_OK:
		return VSM_S_OK;
	case CI_NO_MEMORY:
		return VSM_S_NO_MEMORY;
	case CI_SYMBOL_UNKNOWN:
		return code_load_refuse(load, VSM_RULE_MODULE_IMPORT, err);
	case CI_LAYOUT_SIZE:
	case CI_LAYOUT_BASE:
		return code_load_refuse(load, VSM_RULE_MODULE_LAYOUT, err);
	default:
		return code_load_refuse(load, VSM_RULE_MODULE_FORMAT, err);
	}
}

/*
 * What is executed or protected has to be as large as the file makes it; Linux
 * adds to other parts.  A module that runs has lost what was for its start.
 */
static bool sizes_fit(const struct code_load *load)
{
	const u64 *size = load->request.size;
	u64 want;
	u32 i;

	for (i = 0; i < CI_MEM_TYPES; i++) {
		want = ALIGN(load->ci.size[i], PAGE_SIZE);
		if (load->loaded && i >= CI_MEM_INIT_TEXT) {
			if (load->request.base[i])
				return false;
		} else if (i == CI_MEM_TEXT || i == CI_MEM_INIT_TEXT ||
			   i == CI_MEM_RODATA) {
			if (size[i] != want)
				return false;
		} else if (size[i] < want) {
			return false;
		}
	}
	return true;
}

u64 code_reproduce_open(struct code_load *load)
{
	enum ci_error err;

	if (!make_arena(load))
		return VSM_S_NO_MEMORY;
	err = ci_module_open(&load->ci, &load->arena,
			     stage_data(load->file->window), load->file->size);
	if (err)
		return refuse_file(load, err);
	if (!sizes_fit(load))
		return code_load_refuse(load, VSM_RULE_MODULE_LAYOUT,
					CI_LAYOUT_SIZE);
	return VSM_S_OK;
}

static enum ci_error resolve(void *ctx, const char *name, u64 *ret_value)
{
	enum ci_error err = code_export(name, ret_value);
	struct code_load *load = ctx;

	if (err == CI_SYMBOL_UNKNOWN)
		sk_log("module %s: import %s", load->request.name, name);
	return err;
}

/* Of the module itself, which is not registered yet: a function begins there. */
static bool begins_own(struct code_load *load, u64 va)
{
	static const u8 endbr[] = { 0xf3, 0x0f, 0x1e, 0xfa };
	static const u8 sealed[] = { 0x66, 0x0f, 0x1f, 0x00 };
	const u8 *p = ci_image_at(&load->ci.image, va, sizeof(endbr));

	return p && (!memcmp(p, endbr, sizeof(endbr)) ||
		     !memcmp(p, sealed, sizeof(sealed)) ||
		     (load->module->text &&
		      code_object_begins(load->module->text, va)));
}

static bool static_call(void *ctx, u64 key, u64 target)
{
	const struct ci_kernel *kernel = code_kernel();

	return kernel->static_call(kernel->ctx, key, target) ||
	       begins_own(ctx, target);
}

/* The first call of a trampoline may be in the module that comes. */
static bool ftrace_call(void *ctx, u64 site, u64 target)
{
	const struct ci_kernel *kernel = code_kernel();
	u64 flags = sk_lock(&code_lock);

	(void)ctx;
	code_trampoline_find(target);
	sk_unlock(&code_lock, flags);
	return kernel->ftrace_call(kernel->ctx, site, target);
}

/* --- what is in memory ---------------------------------------------------------- */

struct live {
	const u64 *pfn;
	u64 base;
	u64 size;
};

static const u8 *live_at(const struct live *l, u64 va)
{
	u64 off = va - l->base;

	return (u8 *)pa_va(l->pfn[off >> PAGE_SHIFT] << PAGE_SHIFT) +
	       off % PAGE_SIZE;
}

static enum ci_error read_live(void *ctx, u64 va, void *buf, size_t len)
{
	const struct live *l = ctx;
	u8 *to = buf;
	u64 n;

	if (va < l->base || va - l->base > l->size ||
	    len > l->size - (va - l->base))
		return CI_LIVE_READ;
	for (; len; len -= n, va += n, to += n) {
		n = MIN(len, PAGE_SIZE - va % PAGE_SIZE);
		memcpy(to, live_at(l, va), n);
	}
	return CI_OK;
}

/* --- from file to memory -------------------------------------------------------- */

static struct live live_of(const struct code_module *m, enum module_part part)
{
	const enum ci_mem mem = part_mem(part);

	return (struct live){
		&m->pfn[m->first[part]], m->base[mem], m->size[mem],
	};
}

static enum ci_error read_kept(void *ctx, u64 va, void *buf, size_t len)
{
	struct live text = live_of(ctx, PART_TEXT);
	struct live rodata = live_of(ctx, PART_RODATA);

	return read_live(va - text.base < text.size ? &text : &rodata, va, buf,
			 len);
}

/* A difference or a lie makes no base, and what refers to it differ. */
u64 code_reproduce_lost(struct code_load *load, enum ci_mem mem)
{
	const struct ci_live live = {
		.read = read_kept, .ctx = load->module,
	};
	u64 base;

	if (!load->ci.size[mem] ||
	    ci_module_lost_base(&load->ci, mem, load->module->base, &live,
				&base))
		return 0;
	return base;
}

/*
 * Where nothing refers to a part that is gone, any address will do that no part
 * of a module has: the kernel's.
 */
static void bases(const struct code_load *load, u64 base[CI_MEM_TYPES])
{
	u32 i;

	for (i = 0; i < CI_MEM_TYPES; i++) {
		base[i] = load->request.base[i];
		if (load->loaded && i >= CI_MEM_INIT_TEXT && !base[i])
			base[i] = CI_KERNEL_MAP +
				  (i - CI_MEM_INIT_TEXT) * CODE_PART_MAX;
	}
}

u64 code_reproduce(struct code_load *load)
{
	const struct ci_imports imports = { .resolve = resolve, .ctx = load };
	struct ci_module *m = &load->ci;
	u64 base[CI_MEM_TYPES];
	enum ci_error err;

	load->kernel = *code_kernel();
	load->kernel.ctx = load;
	load->kernel.static_call = static_call;
	load->kernel.ftrace_call = ftrace_call;
	load->its = (struct ci_its){
		.page = load->request.its, .nr = load->request.nr_its,
	};
	bases(load, base);
	err = ci_module_place(m, base, load->request.percpu);
	err = err ?: ci_module_link(m, &imports);
	err = err ?: ci_module_patch(m, &load->kernel, &load->its);
	return refuse_file(load, err);
}

/* --- byte by byte ---------------------------------------------------------------- */

static void note(struct ci_report *r, u64 va, u8 found)
{
	if (!r->unexplained++) {
		r->first = va;
		r->found = found;
	}
}

/* Between sections and behind the last there is nothing. */
static void compare_gap(const struct live *l, u64 va, u64 end,
			struct ci_report *report)
{
	const u8 *p;
	u64 n, i;

	for (; va < end; va += n) {
		n = MIN(end - va, PAGE_SIZE - va % PAGE_SIZE);
		p = live_at(l, va);
		for (i = 0; i < n; i++)
			if (p[i])
				note(report, va + i, p[i]);
	}
}

static enum ci_error compare_part(struct code_load *load, enum module_part part,
				  const struct ci_sites *sites, u8 *buf)
{
	const struct live l = live_of(load->module, part);
	const enum ci_mem mem = part_mem(part);
	const struct ci_live live = { .read = read_live, .ctx = (void *)&l };
	u64 at = l.base, end = l.base + l.size;
	enum ci_error err = CI_OK;
	struct ci_section *s;
	u32 i = 0;

	while (!err && (s = ci_module_next_section(&load->ci, mem, &i))) {
		if (s->addr < at || s->size > end - s->addr)
			return CI_LAYOUT_SIZE;
		compare_gap(&l, at, s->addr, &load->report);
		at = s->addr + s->size;
		if (!ci_section_has_bytes(s))
			compare_gap(&l, s->addr, at, &load->report);
		else if (part != PART_RODATA || !ci_section_is_sorted(s))
			err = ci_compare(sites, &load->kernel, &live, s->addr,
					 ci_module_bytes(&load->ci, s), s->size,
					 s->size, buf, &load->report);
	}
	compare_gap(&l, at, end, &load->report);
	return err;
}

/* Thunks, and nothing else. */
static bool its_valid(const struct code_module *m)
{
	u32 i;

	for (i = m->first[PART_ITS]; i < m->first[PART_ITS + 1]; i++)
		if (!ci_its_page_valid(pa_va(m->pfn[i] << PAGE_SHIFT)))
			return false;
	return true;
}

u64 code_reproduce_compare(struct code_load *load)
{
	static const struct ci_sites none;
	const struct code_module *m = load->module;
	size_t used = load->arena.used;
	enum ci_error err = CI_OK;
	u8 *buf;

	load->report = (struct ci_report){ 0 };
	buf = ci_arena_alloc(&load->arena, 1, CI_COMPARE_BUF);
	if (!buf)
		return VSM_S_NO_MEMORY;
	if (m->text)
		err = compare_part(load, PART_TEXT, &m->text->sites, buf);
	if (!err && m->init)
		err = compare_part(load, PART_INIT_TEXT, &m->init->sites, buf);
	if (!err && part_pages(m, PART_RODATA))
		err = compare_part(load, PART_RODATA, &none, buf);
	ci_arena_release(&load->arena, used);
	if (err)
		return refuse_file(load, err);
	if (load->report.unexplained || !its_valid(m))
		return code_load_refuse(load, VSM_RULE_MODULE_CONTENT,
					CI_DIFFERENT);
	return VSM_S_OK;
}

/* --- what stays of it ------------------------------------------------------------ */

static enum ci_error keep_sites(struct code_load *load, enum ci_mem mem,
				struct code_object *o)
{
	size_t used = load->arena.used;
	struct ci_sites sites;
	enum ci_error err;

	err = ci_module_sites(&load->ci, mem, code_kernel(), &load->arena,
			      &sites);
	if (!err) {
		ci_sites_keep_mutable(&sites);
		o->sites = sites;
		o->sites.max = sites.nr;
		o->sites.entry = sk_calloc(sites.nr, sizeof(u64));
		err = o->sites.entry ? CI_OK : CI_NO_MEMORY;
	}
	if (!err)
		memcpy(o->sites.entry, sites.entry, sites.nr * sizeof(u64));
	ci_arena_release(&load->arena, used);
	return err;
}

static enum ci_error count_export(void *ctx, const char *name, u64 va)
{
	(void)name;
	(void)va;
	++*(u32 *)ctx;
	return CI_OK;
}

static enum ci_error add_export(void *ctx, const char *name, u64 va)
{
	return code_exports_add(ctx, name, va);
}

static enum ci_error keep_exports(struct code_load *load)
{
	struct code_exports *exports = &load->module->exports;
	enum ci_error err;
	u32 nr = 0;

	err = ci_module_exports(&load->ci, count_export, &nr);
	if (err || !nr)
		return err;
	if (!code_exports_init(exports, nr))
		return CI_NO_MEMORY;
	err = ci_module_exports(&load->ci, add_export, exports);
	return err ?: code_exports_sort(exports);
}

static struct code_object *make_object(struct code_load *load,
				       enum module_part part, u8 kind)
{
	const struct code_module *m = load->module;
	const enum ci_mem mem = part_mem(part);
	struct code_object *o;
	u32 i;

	o = code_object_alloc(kind, m->name, m->base[mem], m->size[mem]);
	if (!o)
		return NULL;
	for (i = 0; i < o->nr_pages; i++)
		o->pfn[i] = m->pfn[m->first[part] + i];
	return o;
}

/* Before the comparison: which sites there are decides what is legal. */
u64 code_reproduce_objects(struct code_load *load)
{
	struct code_module *m = load->module;
	enum ci_error err = CI_OK;

	if (part_pages(m, PART_TEXT)) {
		m->text = make_object(load, PART_TEXT, CODE_OBJECT_MODULE);
		if (!m->text)
			return VSM_S_NO_MEMORY;
		err = keep_sites(load, CI_MEM_TEXT, m->text);
	}
	err = err ?: keep_exports(load);
	if (!err && part_pages(m, PART_INIT_TEXT)) {
		m->init = make_object(load, PART_INIT_TEXT, CODE_OBJECT_INIT);
		if (!m->init)
			return VSM_S_NO_MEMORY;
		err = keep_sites(load, CI_MEM_INIT_TEXT, m->init);
	}
	return refuse_file(load, err);
}
