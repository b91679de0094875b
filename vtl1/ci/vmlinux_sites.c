// SPDX-License-Identifier: GPL-2.0
/*
 * Collects the patch sites of the kernel's text.  Must never record a site
 * outside it, nor leave one of its tables out.
 *
 * Source: arch/x86/kernel/vmlinux.lds.S, include/asm-generic/vmlinux.lds.h.
 */
#include <vsm/string.h>

#include "bytes.h"
#include "tables.h"
#include "vmlinux.h"

struct gather {
	struct ci_vmlinux *v;
	struct ci_sites *sites;
	u64 delta;
};

/* Adds what is in the text; the rest is freed, or copied from. */
static enum ci_error add(const struct gather *g, enum ci_site_kind kind,
			 u64 linked, s64 arg)
{
	u64 va = linked + g->delta;

	if (!ci_sites_cover(g->sites, va))
		return CI_OK;
	return ci_sites_add(g->sites, kind, va, arg);
}

/* Fixed tables, by section; the argument of an entry is its index. */
static const struct {
	const char *name;
	enum ci_site_kind kind;
	u32 entry;
} tables[] = {
	{ ".retpoline_sites", CI_SITE_RETPOLINE, 4 },
	{ ".return_sites", CI_SITE_RETURN, 4 },
	{ ".altinstructions", CI_SITE_ALT, CI_ALT_SIZE },
	{ ".ibt_endbr_seal", CI_SITE_ENDBR, 4 },
	{ ".smp_locks", CI_SITE_LOCK, 4 },
};

static enum ci_error add_table(const struct gather *g, u32 table)
{
	struct ci_stream *stream = &g->v->stream[0];
	u32 entry = tables[table].entry;
	struct ci_section *s;
	enum ci_error err;
	const u8 *p;
	u64 i;

	err = ci_elf_find(&g->v->elf, tables[table].name, entry, &s);
	if (err || !s)
		return err;
	err = ci_stream_open(g->v, stream, s->addr, s->size);
	for (i = 0; i < s->size / entry && !err; i++) {
		err = ci_stream_next(g->v, stream, entry, &p);
		if (err)
			break;
		/* Linux passes over empty entries of .smp_locks. */
		if (tables[table].kind == CI_SITE_LOCK && !ci_get32(p))
			continue;
		err = add(g, tables[table].kind,
			  ci_rel32(s->addr + i * entry, p),
			  tables[table].kind == CI_SITE_ALT ? i : 0);
	}
	return err;
}

/* "runtime_ptr_NAME" and "runtime_shift_NAME"; the argument is the section's. */
static enum ci_error add_constants(const struct gather *g)
{
	enum ci_error err = CI_OK;
	u8 p[4];
	u64 k;
	u32 i;

	for (i = 1; i < g->v->elf.nr; i++) {
		const struct ci_section *s = &g->v->elf.section[i];

		if (strncmp(s->name, "runtime_", 8))
			continue;
		if (s->size % 4)
			return CI_ELF_ENTRY;
		for (k = 0; k < s->size && !err; k += 4) {
			err = ci_vmlinux_read(g->v, s->addr + k, p, 4);
			err = err ?: add(g, CI_SITE_CONSTANT,
					 ci_rel32(s->addr + k, p), i);
		}
	}
	return err;
}

/* Entries of a table between two symbols. */
struct range {
	u64 va;
	u64 nr;
};

static enum ci_error open_range(const struct gather *g, enum ci_symbol start,
				enum ci_symbol stop, u32 entry,
				struct range *r)
{
	u64 size = g->v->linked[stop] - g->v->linked[start];

	r->va = g->v->linked[start];
	r->nr = size / entry;
	if (size % entry)
		return CI_ELF_ENTRY;
	return ci_stream_open(g->v, &g->v->stream[0], r->va, size);
}

static enum ci_error add_mcount(const struct gather *g)
{
	enum ci_error err;
	struct range r;
	const u8 *p;
	u64 i;

	err = open_range(g, CI_SYM___start_mcount_loc, CI_SYM___stop_mcount_loc,
			 8, &r);
	for (i = 0; i < r.nr && !err; i++) {
		err = ci_stream_next(g->v, &g->v->stream[0], 8, &p);
		err = err ?: add(g, CI_SITE_MCOUNT, ci_get64(p), 0);
	}
	return err;
}

static enum ci_error add_jumps(const struct gather *g)
{
	struct ci_table one = { .nr = 1 };
	struct ci_jump jump;
	enum ci_error err;
	struct range r;
	u64 i;

	err = open_range(g, CI_SYM___start___jump_table,
			 CI_SYM___stop___jump_table, CI_JUMP_SIZE, &r);
	for (i = 0; i < r.nr && !err; i++) {
		err = ci_stream_next(g->v, &g->v->stream[0], CI_JUMP_SIZE,
				     &one.bytes);
		if (err)
			break;
		one.va = r.va + i * CI_JUMP_SIZE;
		ci_table_jump(&one, 0, &jump);
		err = add(g, CI_SITE_JUMP, jump.site,
			  jump.target - g->v->text->addr);
	}
	return err;
}

static enum ci_error add_static_calls(const struct gather *g)
{
	struct ci_table one = { .nr = 1 };
	struct ci_call call;
	enum ci_error err;
	struct range r;
	u64 i;

	err = open_range(g, CI_SYM___start_static_call_sites,
			 CI_SYM___stop_static_call_sites, CI_CALL_SIZE, &r);
	for (i = 0; i < r.nr && !err; i++) {
		err = ci_stream_next(g->v, &g->v->stream[0], CI_CALL_SIZE,
				     &one.bytes);
		if (err)
			break;
		one.va = r.va + i * CI_CALL_SIZE;
		ci_table_call(&one, 0, &call);
		err = add(g, CI_SITE_STATIC_CALL, call.site,
			  call.key - g->v->text->addr);
	}
	return err;
}

/* --- trampolines: each is paired by name with its key ---------------------- */

/* A name's hash, and where it is in the image, as one number. */
#define OFFSET_BITS	26

struct names {
	u64 base;
	u64 *tramp, *key;
	u32 tramps, keys, max;
	u64 text, text_size;		/* of the trampolines */
};

static u64 hash(const char *name)
{
	u64 h = 0xcbf29ce484222325ULL;

	while (*name)
		h = (h ^ (u8)*name++) * 0x100000001b3ULL;
	return h;
}

static enum ci_error note(const struct names *n, u64 *list, u32 *nr,
			  const char *name, u64 va)
{
	u64 off = va - n->base;

	if (*nr == n->max)
		return CI_NO_MEMORY;
	if (off >> OFFSET_BITS)
		return CI_SITE_RANGE;
	list[(*nr)++] = hash(name) << OFFSET_BITS | off;
	return CI_OK;
}

static enum ci_error note_name(void *ctx, const char *name, u64 va)
{
	struct names *n = ctx;

	if (!strncmp(name, CI_KEY_PREFIX, CI_PREFIX_LEN))
		return note(n, n->key, &n->keys, name + CI_PREFIX_LEN, va);
	if (!strncmp(name, CI_TRAMP_PREFIX, CI_PREFIX_LEN) &&
	    va - n->text < n->text_size)
		return note(n, n->tramp, &n->tramps, name + CI_PREFIX_LEN, va);
	return CI_OK;
}

/* Each trampoline has one key; two of the same hash are not told apart. */
static enum ci_error pair(const struct gather *g, struct names *n)
{
	const u64 mask = BIT_ULL(OFFSET_BITS) - 1;
	enum ci_error err = CI_OK;
	u32 i, k = 0;
	u64 name;

	ci_sort(n->tramp, n->tramps);
	ci_sort(n->key, n->keys);
	for (i = 0; i < n->tramps && !err; i++) {
		name = n->tramp[i] >> OFFSET_BITS;
		while (k < n->keys && n->key[k] >> OFFSET_BITS < name)
			k++;
		if (k == n->keys || n->key[k] >> OFFSET_BITS != name ||
		    (k + 1 < n->keys && n->key[k + 1] >> OFFSET_BITS == name))
			return CI_KALLSYMS_SYMBOL;
		err = add(g, CI_SITE_TRAMP, n->base + (n->tramp[i] & mask),
			  n->key[k] & mask);
	}
	return err;
}

static enum ci_error add_trampolines(const struct gather *g,
				     struct ci_arena *arena)
{
	const u64 *l = g->v->linked;
	struct names n = {
		.base = g->v->text->addr,
		.text = l[CI_SYM___static_call_text_start],
		.text_size = l[CI_SYM___static_call_text_end] -
			     l[CI_SYM___static_call_text_start],
	};
	size_t used = arena->used;
	enum ci_error err;

	if (n.text_size > SIZE_2M)
		return CI_KALLSYMS_SYMBOL;
	/* As many trampolines as fit, and no more keys than twice that. */
	n.max = n.text_size / 8 * 2;
	n.tramp = ci_arena_alloc(arena, n.max, sizeof(*n.tramp));
	n.key = ci_arena_alloc(arena, n.max, sizeof(*n.key));
	if (!n.tramp || !n.key)
		return CI_NO_MEMORY;
	err = ci_kallsyms_walk(g->v, note_name, &n);
	err = err ?: pair(g, &n);
	ci_arena_release(arena, used);
	return err;
}

/* As many entries as all tables have, were all of them in the text. */
static enum ci_error count(const struct ci_vmlinux *v, u64 *ret_max)
{
	const u64 *l = v->linked;
	struct ci_section *s;
	enum ci_error err;
	u64 max = 2;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(tables); i++) {
		err = ci_elf_find(&v->elf, tables[i].name, tables[i].entry, &s);
		if (err)
			return err;
		max += s ? s->size / tables[i].entry : 0;
	}
	for (i = 1; i < v->elf.nr; i++)
		if (!strncmp(v->elf.section[i].name, "runtime_", 8))
			max += v->elf.section[i].size / 4;
	max += (l[CI_SYM___stop_mcount_loc] - l[CI_SYM___start_mcount_loc]) / 8;
	max += (l[CI_SYM___stop___jump_table] -
		l[CI_SYM___start___jump_table]) / CI_JUMP_SIZE;
	max += (l[CI_SYM___stop_static_call_sites] -
		l[CI_SYM___start_static_call_sites]) / CI_CALL_SIZE;
	max += (l[CI_SYM___static_call_text_end] -
		l[CI_SYM___static_call_text_start]) / 8;
	*ret_max = max;
	return max < BIT(24) ? CI_OK : CI_SITE_RANGE;
}

enum ci_error ci_vmlinux_sites(struct ci_vmlinux *v, struct ci_arena *arena,
			       const struct ci_kernel *kernel,
			       struct ci_sites *sites)
{
	struct gather g = { .v = v, .sites = sites, .delta = kernel->delta };
	enum ci_error err;
	u64 max;
	u32 i;

	err = count(v, &max);
	err = err ?: ci_sites_init(sites, arena, v->text->addr + g.delta,
				   v->text->size, max);
	for (i = 0; i < ARRAY_SIZE(tables) && !err; i++)
		err = add_table(&g, i);
	err = err ?: add_constants(&g);
	err = err ?: add_mcount(&g);
	err = err ?: add_jumps(&g);
	err = err ?: add_static_calls(&g);
	err = err ?: add_trampolines(&g, arena);
	err = err ?: add(&g, CI_SITE_FTRACE, v->linked[CI_SYM_ftrace_call], 0);
	err = err ?: add(&g, CI_SITE_FTRACE, v->linked[CI_SYM_ftrace_regs_call],
			 0);
	if (!err)
		ci_sites_sort(sites);
	return err;
}
