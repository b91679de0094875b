// SPDX-License-Identifier: GPL-2.0
/*
 * Opens the kernel's image: what it is made of, and what it says by itself.
 * Must never take an address from the running kernel.
 *
 * Source: arch/x86/kernel/vmlinux.lds.S, include/linux/export.h.
 */
#include <vsm/string.h>

#include "bytes.h"
#include "vmlinux.h"

#define EXPORT_SIZE	12	/* struct kernel_symbol */
#define EXPORT_NAME	128

/* --- reading ---------------------------------------------------------------- */

static const struct ci_section *section_at(const struct ci_vmlinux *v, u64 va,
					   u64 len)
{
	u32 i;

	for (i = 1; i < v->elf.nr; i++) {
		const struct ci_section *s = &v->elf.section[i];

		if ((s->flags & SHF_ALLOC) && ci_section_has_bytes(s) &&
		    va >= s->addr && va - s->addr <= s->size &&
		    len <= s->size - (va - s->addr))
			return s;
	}
	return NULL;
}

enum ci_error ci_vmlinux_read(const struct ci_vmlinux *v, u64 va, void *buf,
			      size_t len)
{
	const struct ci_section *s = section_at(v, va, len);

	if (!s)
		return CI_ELF_BOUNDS;
	return ci_source_read(v->source, s->offset + (va - s->addr), buf, len);
}

enum ci_error ci_stream_open(const struct ci_vmlinux *v, struct ci_stream *s,
			     u64 va, u64 len)
{
	const struct ci_section *in = section_at(v, va, len);

	if (!in)
		return CI_ELF_BOUNDS;
	s->off = in->offset + (va - in->addr);
	s->end = s->off + len;
	s->at = 0;
	s->len = 0;
	return CI_OK;
}

enum ci_error ci_stream_next(const struct ci_vmlinux *v, struct ci_stream *s,
			     u32 len, const u8 **ret_bytes)
{
	enum ci_error err;
	u32 have, more;

	have = s->len - s->at;
	if (have < len) {
		memmove(s->buf, s->buf + s->at, have);
		s->at = 0;
		s->len = have;
		more = MIN(s->end - s->off, (u64)CI_STREAM_BUF - have);
		if (have + more < len)
			return CI_ELF_BOUNDS;
		err = ci_source_read(v->source, s->off, s->buf + have, more);
		if (err)
			return err;
		s->off += more;
		s->len += more;
	}
	*ret_bytes = s->buf + s->at;
	s->at += len;
	return CI_OK;
}

/* --- opening ---------------------------------------------------------------- */

#define CI_SYMBOL(name) #name,
static const char * const names[] = {
#include "symbols.def"
};

#undef CI_SYMBOL

static_assert(ARRAY_SIZE(names) == CI_SYMS);

static enum ci_error note_symbol(void *ctx, const char *name, u64 va)
{
	struct ci_vmlinux *v = ctx;
	u32 i;

	/* All that is looked for begins in one of three ways. */
	if (name[0] != '_' && name[0] != 'i' && name[0] != 'n' &&
	    name[0] != 'f' && name[0] != 'B' && name[0] != 'p')
		return CI_OK;
	for (i = 0; i < CI_SYMS; i++)
		if (!strcmp(name, names[i]))
			v->linked[i] = va;
	return CI_OK;
}

static enum ci_error find_symbols(struct ci_vmlinux *v)
{
	enum ci_error err = ci_kallsyms_walk(v, note_symbol, v);
	u32 i;

	for (i = 0; i < CI_SYMS && !err; i++)
		if (!v->linked[i])
			err = CI_KALLSYMS_SYMBOL;
	if (!err && v->linked[CI_SYM__text] != v->text->addr)
		err = CI_KALLSYMS;
	return err;
}

static enum ci_error find_sections(struct ci_vmlinux *v)
{
	enum ci_error err;

	err = ci_elf_find(&v->elf, ".text", 1, &v->text);
	err = err ?: ci_elf_find(&v->elf, ".altinstr_replacement", 1, &v->repl);
	err = err ?: ci_elf_find(&v->elf, ".altinstructions", CI_ALT_SIZE,
				 &v->alts);
	if (err)
		return err;
	if (!v->text || !v->repl || !v->alts)
		return CI_ELF_MISSING;
	if (!IS_ALIGNED(v->text->addr, PAGE_SIZE) ||
	    v->text->addr < CI_KERNEL_MAP || v->repl->addr < CI_KERNEL_MAP)
		return CI_LAYOUT_BASE;
	return CI_OK;
}

enum ci_error ci_vmlinux_open(struct ci_vmlinux *v, struct ci_arena *arena,
			      const struct ci_source *source)
{
	enum ci_error err;

	memset(v, 0, sizeof(*v));
	v->source = source;
	err = ci_elf_parse(&v->elf, arena, source, ET_EXEC);
	err = err ?: find_sections(v);
	err = err ?: ci_kaslr_open(v);
	err = err ?: ci_kallsyms_open(v, arena);
	return err ?: find_symbols(v);
}

/* Addresses of per-processor data, which begin at 0, stay. */
static u64 moved(u64 va, u64 delta)
{
	return va >= CI_KERNEL_MAP ? va + delta : va;
}

static enum ci_error read_tramp_keys(const struct ci_vmlinux *v,
				     struct ci_kernel *kernel)
{
	u64 va = v->linked[CI_SYM___start_static_call_tramp_key];
	u64 size = v->linked[CI_SYM___stop_static_call_tramp_key] - va;
	enum ci_error err = CI_OK;
	struct ci_tramp_key *k;
	u8 entry[8];

	if (size % sizeof(entry))
		return CI_ELF_ENTRY;
	if (size / sizeof(entry) > CI_TRAMP_KEYS)
		return CI_NO_MEMORY;
	for (kernel->tramp_keys = 0; size && !err; size -= sizeof(entry)) {
		err = ci_vmlinux_read(v, va, entry, sizeof(entry));
		k = &kernel->tramp_key[kernel->tramp_keys++];
		k->tramp = ci_rel32(va, entry) + kernel->delta;
		k->key = ci_rel32(va + 4, entry + 4) + kernel->delta;
		va += sizeof(entry);
	}
	return err;
}

enum ci_error ci_vmlinux_kernel(struct ci_vmlinux *v, u64 text,
				struct ci_kernel *kernel)
{
	enum ci_error err;
	u32 i;

	kernel->delta = text - v->text->addr;
	for (i = 0; i < CI_SYMS; i++)
		kernel->sym[i] = moved(v->linked[i], kernel->delta);
	err = ci_vmlinux_read(v, v->linked[CI_SYM_pv_ops], kernel->pv_ops,
			      sizeof(kernel->pv_ops));
	if (err)
		return err;
	for (i = 0; i < CI_PV_OPS; i++)
		kernel->pv_ops[i] = moved(kernel->pv_ops[i], kernel->delta);
	return read_tramp_keys(v, kernel);
}

/* --- exports ---------------------------------------------------------------- */

static enum ci_error read_export(const struct ci_vmlinux *v, u64 va, u64 *value,
				 char *name)
{
	const struct ci_section *s;
	u8 entry[EXPORT_SIZE];
	enum ci_error err;
	u64 at, len;

	err = ci_vmlinux_read(v, va, entry, sizeof(entry));
	if (err)
		return err;
	*value = ci_rel32(va, entry);
	at = ci_rel32(va + 4, entry + 4);
	s = section_at(v, at, 1);
	if (!s)
		return CI_SYMBOL_NAME;
	len = MIN(s->size - (at - s->addr), (u64)EXPORT_NAME - 1);
	name[len] = 0;
	return ci_vmlinux_read(v, at, name, len);
}

static enum ci_error find_export(const struct ci_vmlinux *v,
				 const char *section, const char *name,
				 u64 *ret_value)
{
	char found[EXPORT_NAME];
	struct ci_section *s;
	enum ci_error err;
	u64 low = 0, high, mid, value;
	int order;

	err = ci_elf_find(&v->elf, section, EXPORT_SIZE, &s);
	if (err || !s)
		return err ?: CI_SYMBOL_UNKNOWN;
	high = s->size / EXPORT_SIZE;
	while (low < high) {
		mid = low + (high - low) / 2;
		err = read_export(v, s->addr + mid * EXPORT_SIZE, &value,
				  found);
		if (err)
			return err;
		order = strcmp(name, found);
		if (!order) {
			*ret_value = value;
			return CI_OK;
		}
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return CI_SYMBOL_UNKNOWN;
}

static enum ci_error walk_exports(const struct ci_vmlinux *v,
				  const char *section, u64 delta,
				  ci_export_fn each, void *ctx)
{
	char name[EXPORT_NAME];
	struct ci_section *s;
	enum ci_error err;
	u64 at, value;

	err = ci_elf_find(&v->elf, section, EXPORT_SIZE, &s);
	if (err || !s)
		return err;
	for (at = 0; at < s->size && !err; at += EXPORT_SIZE) {
		err = read_export(v, s->addr + at, &value, name);
		if (!err && strlen(name) == EXPORT_NAME - 1)
			err = CI_SYMBOL_NAME;
		err = err ?: each(ctx, name, moved(value, delta));
	}
	return err;
}

enum ci_error ci_vmlinux_exports(const struct ci_vmlinux *v, u64 delta,
				 ci_export_fn each, void *ctx)
{
	enum ci_error err;

	err = walk_exports(v, "__ksymtab", delta, each, ctx);
	return err ?: walk_exports(v, "__ksymtab_gpl", delta, each, ctx);
}

u32 ci_vmlinux_count_exports(const struct ci_vmlinux *v)
{
	static const char * const tables[] = { "__ksymtab", "__ksymtab_gpl" };
	struct ci_section *s;
	u64 n = 0;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(tables); i++)
		if (!ci_elf_find(&v->elf, tables[i], EXPORT_SIZE, &s) && s)
			n += s->size / EXPORT_SIZE;
	return n;
}

enum ci_error ci_vmlinux_export(struct ci_vmlinux *v, u64 delta,
				const char *name, u64 *ret_va)
{
	enum ci_error err;
	u64 value;

	err = find_export(v, "__ksymtab", name, &value);
	if (err == CI_SYMBOL_UNKNOWN)
		err = find_export(v, "__ksymtab_gpl", name, &value);
	if (!err)
		*ret_va = moved(value, delta);
	return err;
}
