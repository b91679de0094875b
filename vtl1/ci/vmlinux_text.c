// SPDX-License-Identifier: GPL-2.0
/*
 * Reproduces the kernel's text a window at a time, and compares it.  Must never
 * hold more of it than a window and what may follow a site that begins there.
 *
 * Source: alternative_instructions() of arch/x86/kernel/alternative.c,
 * arch/x86/include/asm/runtime-const.h.
 */
#include <vsm/string.h>

#include "bytes.h"
#include "tables.h"
#include "vmlinux.h"

/* A site that begins in the window ends this far behind it, and so do those
 * that it is made of.
 */
#define LOOK	512
#define EARLY	256

#define CONSTANT_PTR	0x0123456789abcdefULL
#define CONSTANT_SHIFT	12

struct walk {
	struct ci_vmlinux *v;
	const struct ci_kernel *kernel;
	const struct ci_sites *sites;
	struct ci_its *its;
	const struct ci_live *live;
	struct ci_report *report;
	struct ci_span span[2];		/* the window, the replacements */
	struct ci_image image;
	u8 *window;
	u8 *buf;
	u64 begin, filled;		/* offsets in the text */
	u32 early, late;		/* sites done by the two passes */
	u64 pos[CI_RELOC_KINDS];
	/* The last alternative, to see whether the next overlaps it. */
	u64 alt_site, alt_end;
	s32 alt_index;
};

/* --- one site ---------------------------------------------------------------- */

static enum ci_error put_constant(struct walk *w, const struct ci_site *site)
{
	const char *name = w->v->elf.section[site->arg].name;
	enum ci_error err;
	u64 value, avail;
	bool shift;
	u8 *at;

	shift = !strncmp(name, "runtime_shift_", 14);
	if (!shift && strncmp(name, "runtime_ptr_", 12))
		return CI_CONSTANT;
	at = ci_image_text(&w->image, site->va, shift ? 1 : 8, &avail);
	if (!at)
		return CI_SITE_BOUNDS;
	if (shift ? *at != CONSTANT_SHIFT : ci_get64(at) != CONSTANT_PTR)
		return CI_SITE_BYTES;
	err = w->kernel->constant ?
	      w->kernel->constant(w->kernel->ctx, name + (shift ? 14 : 12),
				  &value) : CI_CONSTANT;
	if (err)
		return err;
	if (shift)
		*at = value;
	else
		ci_put64(at, value);
	return CI_OK;
}

static enum ci_error read_alt(const struct walk *w, s64 i, struct ci_alt *alt)
{
	const struct ci_section *s = w->v->alts;
	u64 va = s->addr + i * CI_ALT_SIZE;
	u8 entry[CI_ALT_SIZE];
	enum ci_error err;

	if (i < 0 || (u64)i >= s->size / CI_ALT_SIZE)
		return CI_ALT_ENTRY;
	err = ci_vmlinux_read(w->v, va, entry, sizeof(entry));
	if (!err)
		ci_alt_read(alt, va + w->kernel->delta, entry);
	return err;
}

/* Alternatives of one site follow each other; the longest counts for all. */
static enum ci_error put_alternative(struct walk *w,
				     const struct ci_site *site)
{
	struct ci_alt alt, other;
	enum ci_error err;
	s64 i;

	err = read_alt(w, site->arg, &alt);
	if (err)
		return err;
	for (i = site->arg - 1; !read_alt(w, i, &other) &&
	     other.site == alt.site; i--)
		alt.site_len = MAX(alt.site_len, other.site_len);
	for (i = site->arg + 1; !read_alt(w, i, &other) &&
	     other.site == alt.site; i++)
		alt.site_len = MAX(alt.site_len, other.site_len);
	if (alt.site != w->alt_site && alt.site < w->alt_end &&
	    site->arg < w->alt_index)
		return CI_SITE_OVERLAP;
	w->alt_site = alt.site;
	w->alt_end = MAX(w->alt_end, alt.site + alt.site_len);
	w->alt_index = site->arg;
	return ci_patch_alternative(&w->image, w->kernel, &alt);
}

static enum ci_error put_site(struct walk *w, const struct ci_site *site)
{
	switch (site->kind) {
	case CI_SITE_CONSTANT:
		return put_constant(w, site);
	case CI_SITE_RETPOLINE:
		return ci_patch_retpoline(&w->image, w->kernel, w->its,
					  site->va);
	case CI_SITE_RETURN:
		return ci_patch_return(&w->image, w->kernel, site->va);
	case CI_SITE_ALT:
		return put_alternative(w, site);
	case CI_SITE_ENDBR:
		return ci_seal_endbr(&w->image, site->va);
	case CI_SITE_MCOUNT:
		return ci_patch_mcount(&w->image, w->kernel, site->va);
	case CI_SITE_LOCK:
		return ci_patch_lock(&w->image, w->kernel, site->va);
	default:
		return CI_OK;
	}
}

/* --- the replacements -------------------------------------------------------- */

static enum ci_error patch_replacements(struct walk *w, const char *table,
					enum ci_site_kind kind)
{
	struct ci_span *span = &w->span[1];
	struct ci_site site = { .kind = kind };
	struct ci_section *s;
	enum ci_error err;
	u64 i, avail;
	const u8 *p;

	err = ci_elf_find(&w->v->elf, table, 4, &s);
	if (err || !s)
		return err;
	err = ci_stream_open(w->v, &w->v->stream[0], s->addr, s->size);
	for (i = 0; i < s->size && !err; i += 4) {
		err = ci_stream_next(w->v, &w->v->stream[0], 4, &p);
		if (err)
			break;
		site.va = ci_rel32(s->addr + i, p) + w->kernel->delta;
		if (site.va - span->va < span->len &&
		    ci_image_text(&w->image, site.va, 1, &avail))
			err = put_site(w, &site);
	}
	return err;
}

/* They are patched themselves before they are copied from. */
static enum ci_error load_replacements(struct walk *w, struct ci_arena *arena)
{
	const struct ci_section *s = w->v->repl;
	u64 pos[CI_RELOC_KINDS] = { 0 };
	struct ci_span *span = &w->span[1];
	enum ci_error err;

	*span = (struct ci_span){
		.va = s->addr + w->kernel->delta,
		.bytes = ci_arena_alloc(arena, s->size, 1),
		.len = s->size,
		.exec = true,
	};
	if (!span->bytes)
		return CI_NO_MEMORY;
	w->image = (struct ci_image){ .span = w->span, .nr = 2 };
	err = ci_vmlinux_read(w->v, s->addr, span->bytes, s->size);
	err = err ?: ci_kaslr_apply(w->v, pos, w->kernel->delta, s->addr,
				    span->bytes, s->size);
	err = err ?: patch_replacements(w, ".retpoline_sites",
					CI_SITE_RETPOLINE);
	return err ?: patch_replacements(w, ".return_sites", CI_SITE_RETURN);
}

/* --- the text ------------------------------------------------------------------ */

/* Appends to the window what follows, as far as there is room and text. */
static enum ci_error fill(struct walk *w)
{
	const struct ci_section *text = w->v->text;
	u64 have = w->filled - w->begin, room = CI_WINDOW + LOOK - have, more;
	enum ci_error err;

	more = MIN(room, text->size - w->filled);
	err = ci_vmlinux_read(w->v, text->addr + w->filled, w->window + have,
			      more);
	if (err)
		return err;
	w->filled += more;
	w->span[0] = (struct ci_span){
		.va = w->sites->base + w->begin,
		.bytes = w->window,
		.len = w->filled - w->begin,
		.exec = true,
	};
	return ci_kaslr_apply(w->v, w->pos, w->kernel->delta,
			      text->addr + w->begin, w->window,
			      w->filled - w->begin);
}

/* All sites from number @i to the address @end, one kind after the other. */
static enum ci_error patch(struct walk *w, u32 *i, u64 end,
			   enum ci_site_kind from, enum ci_site_kind to)
{
	u32 last = ci_sites_first(w->sites, end), k, kind;
	enum ci_error err = CI_OK;
	struct ci_site site;

	for (kind = from; kind <= to; kind++)
		for (k = *i; k < last && !err; k++) {
			site = ci_sites_get(w->sites, k);
			if (site.kind == kind)
				err = put_site(w, &site);
		}
	*i = last;
	return err;
}

static enum ci_error do_window(struct walk *w)
{
	u64 size = w->v->text->size, len = MIN(size - w->begin,
					       (u64)CI_WINDOW);
	u64 end = w->sites->base + w->begin + len;
	enum ci_error err;

	err = fill(w);
	/* What an alternative contains is patched before it. */
	err = err ?: patch(w, &w->early, end + EARLY, CI_SITE_CONSTANT,
			   CI_SITE_RETURN);
	err = err ?: patch(w, &w->late, end, CI_SITE_ALT, CI_SITE_LOCK);
	err = err ?: ci_compare(w->sites, w->kernel, w->live, w->span[0].va,
				w->window, len, w->filled - w->begin, w->buf,
				w->report);
	w->begin += len;
	memmove(w->window, w->window + len, w->filled - w->begin);
	return err;
}

enum ci_error ci_vmlinux_compare(struct ci_vmlinux *v, struct ci_arena *arena,
				 const struct ci_kernel *kernel,
				 const struct ci_sites *sites,
				 struct ci_its *its,
				 const struct ci_live *live,
				 struct ci_report *report)
{
	struct walk w = {
		.v = v, .kernel = kernel, .sites = sites, .its = its,
		.live = live, .report = report,
	};
	size_t used = arena->used;
	enum ci_error err;

	if (ci_has(kernel, CI_FEATURE_CALL_DEPTH))
		return CI_CALL_DEPTH;
	w.window = ci_arena_alloc(arena, CI_WINDOW + LOOK, 1);
	w.buf = ci_arena_alloc(arena, CI_COMPARE_BUF, 1);
	if (!w.window || !w.buf)
		return CI_NO_MEMORY;
	err = load_replacements(&w, arena);
	while (!err && w.begin < v->text->size)
		err = do_window(&w);
	ci_arena_release(arena, used);
	return err;
}
