// SPDX-License-Identifier: GPL-2.0
/*
 * Turns the private copy of a module's file into what Linux has in memory.
 * Must never read or write outside the copy, and never do what Linux would
 * refuse.
 *
 * Source: load_module() of kernel/module/main.c, module_finalize() of
 * arch/x86/kernel/module.c.
 */
#include <vsm/string.h>

#include "bytes.h"
#include "module.h"
#include "patch.h"
#include "tables.h"

static enum ci_error read_copy(void *ctx, u64 off, void *buf, size_t len)
{
	memcpy(buf, (u8 *)ctx + off, len);
	return CI_OK;
}

static enum ci_error find_symtab(struct ci_module *m)
{
	u32 i;

	for (i = 1; i < m->elf.nr; i++) {
		if (m->elf.section[i].type != SHT_SYMTAB)
			continue;
		if (m->symtab)
			return CI_ELF_DUPLICATE;
		m->symtab = &m->elf.section[i];
	}
	if (!m->symtab || m->symtab->link >= m->elf.nr)
		return CI_ELF_MISSING;
	m->strtab = &m->elf.section[m->symtab->link];
	if (m->strtab->type != SHT_STRTAB)
		return CI_ELF_MISSING;
	return m->symtab->size % sizeof(struct elf_sym) ? CI_ELF_ENTRY : CI_OK;
}

enum ci_error ci_module_open(struct ci_module *m, struct ci_arena *arena,
			     u8 *file, u64 size)
{
	struct ci_source source = {
		.read = read_copy, .ctx = file, .size = size
	};
	struct ci_section *self;
	enum ci_error err;

	memset(m, 0, sizeof(*m));
	m->file = file;
	m->file_size = size;
	err = ci_elf_parse(&m->elf, arena, &source, ET_REL);
	err = err ?: ci_elf_check_disjoint(&m->elf, &source);
	err = err ?: find_symtab(m);
	err = err ?: ci_elf_find(&m->elf, ".gnu.linkonce.this_module", 1, &self);
	if (err)
		return err;
	if (!self || !(self->flags & SHF_ALLOC))
		return CI_ELF_MISSING;
	m->image.span = ci_arena_alloc(arena, m->elf.nr,
				       sizeof(*m->image.span));
	return m->image.span ? ci_layout(m) : CI_NO_MEMORY;
}

enum ci_error ci_module_link(struct ci_module *m,
			     const struct ci_imports *imports)
{
	return ci_symbols_resolve(m, imports) ?: ci_relocate(m);
}

struct ci_section *ci_module_next_section(const struct ci_module *m,
					  enum ci_mem mem, u32 *i)
{
	struct ci_section *s;

	while (*i < m->elf.nr) {
		s = &m->elf.section[(*i)++];
		if (s->mem == (s8)mem)
			return s;
	}
	return NULL;
}

u8 *ci_module_bytes(const struct ci_module *m, const struct ci_section *s)
{
	return m->file + s->offset;
}

/* --- tables ---------------------------------------------------------------- */

/* A table that Linux, too, only finds when it is in memory. */
static enum ci_error find_table(const struct ci_module *m, const char *name,
				size_t entry, struct ci_table *table)
{
	struct ci_section *s;
	enum ci_error err;

	*table = (struct ci_table){ 0 };
	err = ci_elf_find(&m->elf, name, entry, &s);
	if (err || !s || s->mem < 0)
		return err;
	*table = (struct ci_table){
		.va = s->addr,
		.bytes = ci_module_bytes(m, s),
		.nr = s->size / entry,
	};
	return CI_OK;
}

struct patching {
	struct ci_module *m;
	const struct ci_kernel *kernel;
	struct ci_its *its;
};

static enum ci_error retpoline(const struct patching *p, u64 va)
{
	return ci_patch_retpoline(&p->m->image, p->kernel, p->its, va);
}

static enum ci_error returns(const struct patching *p, u64 va)
{
	return ci_patch_return(&p->m->image, p->kernel, va);
}

static enum ci_error endbr(const struct patching *p, u64 va)
{
	return ci_seal_endbr(&p->m->image, va);
}

/* Lock prefixes of what is freed after initialisation stay. */
static enum ci_error lock(const struct patching *p, u64 va)
{
	const struct ci_module *m = p->m;

	if (va - m->base[CI_MEM_TEXT] >= m->size[CI_MEM_TEXT])
		return CI_OK;
	return ci_patch_lock(&p->m->image, p->kernel, va);
}

static enum ci_error patch_each(const struct patching *p, const char *name,
				enum ci_error (*patch)(const struct patching *p,
						       u64 va))
{
	struct ci_table table;
	enum ci_error err;
	u64 i;

	err = find_table(p->m, name, sizeof(s32), &table);
	for (i = 0; i < table.nr && !err; i++)
		err = patch(p, ci_table_rel32(&table, i));
	return err;
}

/* Alternatives of one site follow each other; the longest counts for all. */
static enum ci_error patch_alternatives(const struct patching *p)
{
	struct ci_table table;
	struct ci_alt alt, next;
	u64 i, k, group_end = 0;
	enum ci_error err;
	u8 longest = 0;

	err = find_table(p->m, ".altinstructions", CI_ALT_SIZE, &table);
	for (i = 0; i < table.nr && !err; i++) {
		ci_table_alt(&table, i, &alt);
		if (i >= group_end) {
			longest = alt.site_len;
			for (k = i + 1; k < table.nr; k++) {
				ci_table_alt(&table, k, &next);
				if (next.site != alt.site)
					break;
				longest = MAX(longest, next.site_len);
			}
			group_end = k;
		}
		alt.site_len = longest;
		err = ci_patch_alternative(&p->m->image, p->kernel, &alt);
	}
	return err;
}

static enum ci_error patch_mcount(const struct patching *p)
{
	struct ci_table table;
	enum ci_error err;
	u64 i, va;

	err = find_table(p->m, "__mcount_loc", sizeof(u64), &table);
	for (i = 0; i < table.nr && !err; i++) {
		va = ci_get64(table.bytes + i * sizeof(u64));
		if (va)
			err = ci_patch_mcount(&p->m->image, p->kernel, va);
	}
	return err;
}

enum ci_error ci_module_patch(struct ci_module *m,
			      const struct ci_kernel *kernel,
			      struct ci_its *its)
{
	struct patching p = { .m = m, .kernel = kernel, .its = its };
	enum ci_error err;

	if (ci_has(kernel, CI_FEATURE_CALL_DEPTH))
		return CI_CALL_DEPTH;
	err = patch_each(&p, ".retpoline_sites", retpoline);
	err = err ?: patch_each(&p, ".return_sites", returns);
	err = err ?: patch_alternatives(&p);
	err = err ?: patch_each(&p, ".ibt_endbr_seal", endbr);
	err = err ?: patch_each(&p, ".smp_locks", lock);
	return err ?: patch_mcount(&p);
}

/* --- sites ----------------------------------------------------------------- */

static enum ci_error add_simple(struct ci_module *m, struct ci_sites *sites)
{
	struct ci_table table;
	enum ci_error err;
	u64 i, va;

	err = find_table(m, "__mcount_loc", sizeof(u64), &table);
	for (i = 0; i < table.nr && !err; i++) {
		va = ci_get64(table.bytes + i * sizeof(u64));
		if (ci_sites_cover(sites, va))
			err = ci_sites_add(sites, CI_SITE_MCOUNT, va, 0);
	}
	err = err ?: find_table(m, ".smp_locks", sizeof(s32), &table);
	for (i = 0; i < table.nr && !err; i++) {
		va = ci_table_rel32(&table, i);
		if (ci_sites_cover(sites, va))
			err = ci_sites_add(sites, CI_SITE_LOCK, va, 0);
	}
	return err;
}

static enum ci_error add_jumps(struct ci_module *m, struct ci_sites *sites)
{
	struct ci_table table;
	struct ci_jump jump;
	enum ci_error err;
	u64 i;

	err = find_table(m, "__jump_table", CI_JUMP_SIZE, &table);
	for (i = 0; i < table.nr && !err; i++) {
		ci_table_jump(&table, i, &jump);
		if (ci_sites_cover(sites, jump.site))
			err = ci_sites_add(sites, CI_SITE_JUMP, jump.site,
					   jump.target - sites->base);
	}
	return err;
}

/* What stands for a key may be the trampoline, as static_call_add_module(). */
static enum ci_error find_tramp_key(const struct ci_kernel *kernel, u64 *key)
{
	u64 flags = CI_STATIC_CALL_TAIL | CI_STATIC_CALL_INIT;
	u64 text = kernel->sym[CI_SYM__text], tramp = *key & ~flags;
	u32 i;

	if (tramp - text >= kernel->sym[CI_SYM__etext] - text)
		return CI_OK;
	for (i = 0; i < kernel->tramp_keys; i++)
		if (kernel->tramp_key[i].tramp == tramp) {
			*key = kernel->tramp_key[i].key | (*key & flags);
			return CI_OK;
		}
	return CI_STATIC_CALL_KEY;
}

static enum ci_error add_static_calls(struct ci_module *m,
				      const struct ci_kernel *kernel,
				      struct ci_sites *sites)
{
	struct ci_table table;
	struct ci_call call;
	enum ci_error err;
	u64 i;

	err = find_table(m, ".static_call_sites", CI_CALL_SIZE, &table);
	for (i = 0; i < table.nr && !err; i++) {
		ci_table_call(&table, i, &call);
		if (!ci_sites_cover(sites, call.site))
			continue;
		err = find_tramp_key(kernel, &call.key);
		err = err ?: ci_sites_add(sites, CI_SITE_STATIC_CALL,
					  call.site, call.key - sites->base);
	}
	return err;
}

static const char *symbol(const struct ci_module *m, u64 i, struct elf_sym *sym)
{
	memcpy(sym, m->file + m->symtab->offset + i * sizeof(*sym),
	       sizeof(*sym));
	return ci_symbol_name(m, sym->name);
}

static enum ci_error find_key(const struct ci_module *m, const char *name,
			      u64 *ret_key)
{
	u64 n = m->symtab->size / sizeof(struct elf_sym), i;
	struct elf_sym sym;
	const char *key;

	for (i = 1; i < n; i++) {
		key = symbol(m, i, &sym);
		if (key && sym.shndx != SHN_UNDEF &&
		    !strncmp(key, CI_KEY_PREFIX, CI_PREFIX_LEN) &&
		    !strcmp(key + CI_PREFIX_LEN, name)) {
			*ret_key = sym.value;
			return CI_OK;
		}
	}
	return CI_SYMBOL_UNKNOWN;
}

/* A trampoline's key has the same name behind another prefix. */
static enum ci_error add_trampolines(struct ci_module *m,
				     struct ci_sites *sites)
{
	u64 n = m->symtab->size / sizeof(struct elf_sym), i, key, avail;
	struct elf_sym sym;
	enum ci_error err;
	const char *name;

	for (i = 1; i < n; i++) {
		name = symbol(m, i, &sym);
		if (!name || sym.shndx == SHN_UNDEF ||
		    strncmp(name, CI_TRAMP_PREFIX, CI_PREFIX_LEN) ||
		    !ci_sites_cover(sites, sym.value))
			continue;
		if (!ci_image_text(&m->image, sym.value, 8, &avail))
			return CI_SITE_BOUNDS;
		err = find_key(m, name + CI_PREFIX_LEN, &key);
		err = err ?: ci_sites_add(sites, CI_SITE_TRAMP, sym.value,
					  key - sites->base);
		if (err)
			return err;
	}
	return CI_OK;
}

enum ci_error ci_module_sites(struct ci_module *m, enum ci_mem mem,
			      const struct ci_kernel *kernel,
			      struct ci_arena *arena, struct ci_sites *sites)
{
	static const struct {
		const char *name;
		size_t size;
	} tables[] = {
		{ "__mcount_loc", sizeof(u64) },
		{ ".smp_locks", sizeof(s32) },
		{ "__jump_table", CI_JUMP_SIZE },
		{ ".static_call_sites", CI_CALL_SIZE },
		{ ".static_call.text", 1 },
	};
	struct ci_section *s;
	enum ci_error err;
	u64 max = 0;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(tables); i++) {
		err = ci_elf_find(&m->elf, tables[i].name, tables[i].size, &s);
		if (err)
			return err;
		if (s)
			max += s->size / MAX(tables[i].size, (size_t)4);
	}
	err = ci_sites_init(sites, arena, m->base[mem], m->size[mem], max);
	err = err ?: add_simple(m, sites);
	err = err ?: add_jumps(m, sites);
	err = err ?: add_static_calls(m, kernel, sites);
	err = err ?: add_trampolines(m, sites);
	if (!err)
		ci_sites_sort(sites);
	return err;
}
