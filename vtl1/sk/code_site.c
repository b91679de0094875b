// SPDX-License-Identifier: GPL-2.0
/*
 * Writes to the patch sites of verified text: static keys and calls, calls of
 * the function tracer, lock prefixes.  Must never let the bytes of a site become
 * what is neither a form that it may have nor a step of text_poke_bp() to one,
 * nor change more than one byte of what may be executed meanwhile.
 *
 * Source: text_poke_bp_batch() of arch/x86/kernel/alternative.c.
 */
#include "../ci/insns.h"
#include "code.h"
#include "code_kernel.h"
#include "code_made.h"
#include "code_patch.h"

/* Linux patches 256 sites at a time. */
#define STEPS_SHIFT	10
#define STEPS_SIZE	(1U << STEPS_SHIFT)
#define STEPS_MAX	(STEPS_SIZE / 2)

/*
 * The form that a site had before its breakpoint was set: while that is there,
 * the site does not show how long its instruction is.
 */
struct step {
	u64 va;			/* 0: free */
	u8 form[CI_SITE_MAX];
};

/* A hash table, probed linearly; code_lock. */
static struct step *steps;
static u32 nr_steps;

bool code_site_setup(void)
{
	steps = sk_calloc(STEPS_SIZE, sizeof(*steps));
	nr_steps = 0;
	return steps;
}

void code_site_release(void)
{
	sk_free(steps);
	steps = NULL;
}

static u32 home_of(u64 va)
{
	return va * 0x9e3779b97f4a7c15ULL >> (64 - STEPS_SHIFT);
}

/* Where @va is, or where it would be. */
static u32 find(u64 va)
{
	u32 i = home_of(va);

	while (steps[i].va && steps[i].va != va)
		i = (i + 1) % STEPS_SIZE;
	return i;
}

static bool step_add(u64 va, const u8 *form)
{
	u32 i = find(va);

	if (steps[i].va)
		return true;
	if (nr_steps == STEPS_MAX)
		return false;
	steps[i].va = va;
	memcpy(steps[i].form, form, CI_SITE_MAX);
	nr_steps++;
	return true;
}

/* Those behind it move up, as far as they may be found there. */
static void step_remove(u64 va)
{
	u32 hole = find(va), i = hole;

	if (!steps[hole].va)
		return;
	nr_steps--;
	for (;;) {
		steps[hole].va = 0;
		do {
			i = (i + 1) % STEPS_SIZE;
			if (!steps[i].va)
				return;
		} while ((i - home_of(steps[i].va)) % STEPS_SIZE <
			 (i - hole) % STEPS_SIZE);
		steps[hole] = steps[i];
		hole = i;
	}
}

bool code_site_form(u64 va, u8 form[CI_SITE_MAX])
{
	u32 i = find(va);

	if (!steps[i].va)
		return false;
	memcpy(form, steps[i].form, CI_SITE_MAX);
	return true;
}

void code_site_forget(u64 base, u64 size)
{
	u32 i = 0;

	while (nr_steps && i < STEPS_SIZE) {
		if (steps[i].va && steps[i].va - base < size)
			step_remove(steps[i].va);
		else
			i++;
	}
}

static enum vsm_code_class class_of(enum ci_site_kind kind)
{
	switch (kind) {
	case CI_SITE_LOCK:
		return VSM_CODE_CLASS_ALTERNATIVE;
	case CI_SITE_JUMP:
		return VSM_CODE_CLASS_JUMP_LABEL;
	case CI_SITE_STATIC_CALL:
	case CI_SITE_TRAMP:
		return VSM_CODE_CLASS_STATIC_CALL;
	default:
		return VSM_CODE_CLASS_FTRACE;
	}
}

/* A site as it is, and as it would be. */
struct change {
	struct ci_site site;
	u8 form[CI_SITE_MAX];
	u8 live[CI_SITE_MAX];
	u8 after[CI_SITE_MAX];
	u32 avail;
	u32 len;
	bool astray;
};

/*
 * A call of the tracer whose target is no more what it was, as a trampoline that
 * somebody has written to: it is there, and can be taken away.
 */
static bool leads_astray(const struct change *c)
{
	return !c->len && c->site.kind == CI_SITE_MCOUNT &&
	       c->avail >= JMP32_SIZE && c->form[0] == INSN_CALL32 &&
	       !memcmp(c->live + 1, c->form + 1, JMP32_SIZE - 1);
}

/* False: the site is not one that has all the bytes that are written. */
static bool look(struct change *c, const struct code_object *o,
		 const struct code_write *w)
{
	u32 off = w->va - c->site.va;

	c->avail = MIN((u64)CI_SITE_MAX, o->base + o->size - c->site.va);
	memset(c->live, 0, CI_SITE_MAX);
	code_object_read(o, c->site.va, c->live, c->avail);
	if (c->live[0] != INSN_INT3 || !code_site_form(c->site.va, c->form))
		memcpy(c->form, c->live, CI_SITE_MAX);
	c->len = ci_site_step_valid(&o->sites, code_kernel(), &c->site,
				    c->form, c->live, c->avail);
	c->astray = leads_astray(c);
	if (c->astray)
		c->len = JMP32_SIZE;
	if (off + w->len > c->len)
		return false;
	memcpy(c->after, c->live, CI_SITE_MAX);
	memcpy(c->after + off, w->bytes, w->len);
	return true;
}

/* More than one byte only behind a breakpoint. */
static bool in_order(const struct change *c, const struct code_write *w)
{
	return w->len == 1 ||
	       (w->va != c->site.va && c->live[0] == INSN_INT3);
}

/* A trampoline is verified before anything leads to it. */
static void find_trampoline(const struct change *c)
{
	if (c->site.kind == CI_SITE_MCOUNT)
		code_trampoline_find(ci_branch_target(c->after, c->site.va));
}

static bool allowed(struct change *c, const struct code_object *o,
		    const struct code_write *w)
{
	find_trampoline(c);
	if (c->astray && w->va == c->site.va && w->len == 1 &&
	    w->bytes[0] == INSN_INT3)
		return true;
	return in_order(c, w) &&
	       ci_site_step_valid(&o->sites, code_kernel(), &c->site, c->form,
				  c->after, c->avail) == c->len;
}

/* The last thing that may fail before the write. */
static bool note_step(const struct change *c)
{
	if (c->after[0] != INSN_INT3)
		step_remove(c->site.va);
	else if (c->live[0] != INSN_INT3)
		return step_add(c->site.va, c->live);
	return true;
}

static bool may_end_step(enum ci_site_kind kind, u8 byte)
{
	switch (kind) {
	case CI_SITE_MCOUNT:
	case CI_SITE_FTRACE:
		return byte == INSN_CALL32;
	case CI_SITE_STATIC_CALL:
		return byte == INSN_CALL32 || byte == INSN_JMP32;
	case CI_SITE_TRAMP:
		return byte == INSN_JMP32;
	default:
		return false;
	}
}

/*
 * Where the rest of a branch was refused, its first byte is, too, and Linux,
 * which is not told, takes the breakpoint for the branch: whoever came there
 * would find one that is nobody's.  What was there comes back.
 */
static void undo_step(const struct change *c, const struct code_object *o,
		      const struct code_write *w)
{
	if (w->len != 1 || w->va != c->site.va || c->live[0] != INSN_INT3 ||
	    c->form[0] == INSN_INT3 ||
	    !may_end_step(c->site.kind, w->bytes[0]) ||
	    memcmp(c->live + 1, c->form + 1, c->len - 1))
		return;
	WRITE_ONCE(*code_object_byte(o, c->site.va), c->form[0]);
	step_remove(c->site.va);
}

enum code_rule code_site_check(const struct code_object *o,
			       const struct code_write *w,
			       enum vsm_code_class *ret_class)
{
	u64 first = w->va - MIN(w->va - o->base, (u64)CI_SITE_MAX - 1);
	u32 i = ci_sites_first(&o->sites, first);
	enum code_rule rule = CODE_RULE_NONE;
	struct change c;

	for (; i < o->sites.nr; i++) {
		c.site = ci_sites_get(&o->sites, i);
		if (c.site.va > w->va)
			break;
		if (!look(&c, o, w))
			continue;
		*ret_class = class_of(c.site.kind);
		if (allowed(&c, o, w))
			return note_step(&c) ? CODE_RULE_ALLOWED :
					       CODE_RULE_REFUSED;
		undo_step(&c, o, w);
		/* Linux may have a probe where a lock prefix is. */
		if (c.site.kind != CI_SITE_LOCK)
			rule = CODE_RULE_REFUSED;
	}
	return rule;
}
