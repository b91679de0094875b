// SPDX-License-Identifier: GPL-2.0
/*
 * Breakpoints and jumps of kernel probes in verified text, where there is no
 * patch site.  Must never let a breakpoint be anywhere but at the beginning of
 * an instruction, let other bytes be put back than were there, nor let a jump
 * lead to what is verified and not a detour of what it is written over.
 *
 * Source: arch/x86/kernel/kprobes/core.c and opt.c.
 */
#include "../ci/decode.h"
#include "../ci/insns.h"
#include "code.h"
#include "code_patch.h"
#include "code_policy.h"
#include "code_slot.h"

#define PROBES_MAX	512
#define DECODE_MAX	16384		/* bytes from a known beginning */

struct probe {
	u64 va;
	bool jump;			/* the rest is a jump's, or was */
	u8 old[JMP32_SIZE];		/* the first byte; with jump, all */
	u64 target;			/* of the jump */
};

/* code_lock */
static struct probe *probes;
static u32 nr_probes;

bool code_kprobe_setup(void)
{
	probes = sk_calloc(PROBES_MAX, sizeof(*probes));
	nr_probes = 0;
	return probes;
}

void code_kprobe_release(void)
{
	sk_free(probes);
	probes = NULL;
}

static struct probe *find(u64 va)
{
	u32 i;

	for (i = 0; i < nr_probes; i++)
		if (probes[i].va == va)
			return &probes[i];
	return NULL;
}

static void drop(struct probe *p)
{
	*p = probes[--nr_probes];
}

void code_kprobe_forget(u64 base, u64 size)
{
	u32 i = 0;

	while (i < nr_probes) {
		if (probes[i].va - base < size)
			drop(&probes[i]);
		else
			i++;
	}
}

/* --- where instructions begin -------------------------------------------------- */

/* What was there before probes and steps of patching changed it. */
static void read_original(const struct code_object *o, u64 va, u8 *buf,
			  u32 len)
{
	u8 form[CI_SITE_MAX];
	u64 at;
	u32 i, k;

	code_object_read(o, va, buf, len);
	if (buf[0] == INSN_INT3 && code_site_form(va, form))
		memcpy(buf, form, MIN(len, (u32)CI_SITE_MAX));
	for (i = 0; i < nr_probes; i++)
		for (k = 0; k < (probes[i].jump ? JMP32_SIZE : 1); k++) {
			at = probes[i].va + k - va;
			if (at < len)
				buf[at] = probes[i].old[k];
		}
}

/* The last call of the tracer at or before @va; 0: too far away. */
static u64 known_beginning(const struct ci_sites *sites, u64 va)
{
	u32 i = ci_sites_first(sites, va + 1);
	struct ci_site site;

	while (i--) {
		site = ci_sites_get(sites, i);
		if (va - site.va > DECODE_MAX)
			break;
		if (site.kind == CI_SITE_MCOUNT)
			return site.va;
	}
	return 0;
}

static bool begins_insn(const struct code_object *o, u64 va)
{
	u64 at = known_beginning(&o->sites, va), end = o->base + o->size;
	u8 buf[CI_INSN_MAX];
	struct ci_insn insn;
	u32 len;

	if (!at)
		return false;
	for (; at < va; at += insn.length) {
		len = MIN((u64)CI_INSN_MAX, end - at);
		read_original(o, at, buf, len);
		if (!ci_decode(&insn, buf, len) || !insn.length)
			return false;
	}
	return at == va;
}

/* Nothing but a lock prefix, which Linux may probe, is left to change. */
static u32 until_site(const struct code_object *o, u64 va, u32 len)
{
	u32 i = ci_sites_first(&o->sites, va);
	struct ci_site site;

	for (; i < o->sites.nr; i++) {
		site = ci_sites_get(&o->sites, i);
		if (site.va >= va + len)
			break;
		if (site.kind != CI_SITE_LOCK)
			return site.va - va;
	}
	return len;
}

bool code_kprobe_original(const struct code_object *o, u64 va,
			  struct ci_probed *ret)
{
	ret->va = va;
	ret->len = MIN((u64)CI_PROBED_MAX, o->base + o->size - va);
	ret->len = until_site(o, va, ret->len);
	if (!ret->len || !begins_insn(o, va))
		return false;
	read_original(o, va, ret->bytes, ret->len);
	return true;
}

bool code_kprobe_leads_to(u64 va, u64 size)
{
	u32 i;

	for (i = 0; i < nr_probes; i++)
		if (probes[i].jump && probes[i].target - va < size)
			return true;
	return false;
}

/* --- what is written ----------------------------------------------------------- */

static bool may_lead(u64 va, u64 target)
{
	return code_slot_detours(va, target) || code_dynamic_target(target);
}

/*
 * What Linux executes of an instruction behind a breakpoint is dynamic code, or
 * verified; where neither executes, it would do so for ever.
 */
static bool may_resume(u64 va)
{
	return code_mode_of(VSM_CODE_CLASS_DYNAMIC) != VSM_CODE_MODE_ENFORCE ||
	       code_slot_ready(va);
}

/*
 * The bytes under a jump are not those of instructions.  Linux takes the jump
 * back before it sets a probe there.
 */
static bool under_jump(u64 va)
{
	u32 i;

	for (i = 0; i < nr_probes; i++)
		if (probes[i].jump && va - probes[i].va - 1 < JMP32_SIZE - 1)
			return true;
	return false;
}

static enum code_rule set_breakpoint(const struct code_object *o, u64 va)
{
	u8 old;

	if (find(va))
		return CODE_RULE_ALLOWED;
	if (nr_probes == PROBES_MAX || under_jump(va) || !begins_insn(o, va) ||
	    !may_resume(va))
		return CODE_RULE_REFUSED;
	read_original(o, va, &old, sizeof(old));
	/* What fills the gaps between functions is a breakpoint already. */
	if (old == INSN_INT3)
		return CODE_RULE_REFUSED;
	probes[nr_probes++] = (struct probe){ .va = va, .old = { old } };
	return CODE_RULE_ALLOWED;
}

/* Over a probe's breakpoint: what was there, or the jump that is behind it. */
static enum code_rule end_breakpoint(const struct code_object *o,
				     struct probe *p, u8 byte)
{
	u8 live[JMP32_SIZE];

	if (p->jump) {
		code_object_read(o, p->va, live, sizeof(live));
		return live[0] == INSN_INT3 && byte == INSN_JMP32 &&
		       may_lead(p->va, ci_branch_target(live, p->va)) ?
		       CODE_RULE_ALLOWED : CODE_RULE_REFUSED;
	}
	if (byte != p->old[0])
		return CODE_RULE_REFUSED;
	drop(p);
	return CODE_RULE_ALLOWED;
}

/* Nothing that is patched is under a jump, nor another probe. */
static bool alone(const struct code_object *o, u64 va)
{
	u32 i = ci_sites_first(&o->sites, va);

	if (i < o->sites.nr &&
	    ci_sites_get(&o->sites, i).va < va + JMP32_SIZE)
		return false;
	for (i = 0; i < nr_probes; i++)
		if (probes[i].va - va - 1 < JMP32_SIZE - 1)
			return false;
	return true;
}

/* Behind a probe's breakpoint: where the jump leads, or what was there. */
static enum code_rule write_rest(const struct code_object *o, struct probe *p,
				 const u8 *bytes)
{
	u8 live[JMP32_SIZE], jump[JMP32_SIZE];

	if (o->base + o->size - p->va < sizeof(live))
		return CODE_RULE_REFUSED;
	code_object_read(o, p->va, live, sizeof(live));
	if (live[0] != INSN_INT3)
		return CODE_RULE_REFUSED;
	if (p->jump && !memcmp(bytes, p->old + 1, JMP32_SIZE - 1)) {
		p->jump = false;
		return CODE_RULE_ALLOWED;
	}
	memcpy(jump + 1, bytes, JMP32_SIZE - 1);
	if (!alone(o, p->va) ||
	    !may_lead(p->va, ci_branch_target(jump, p->va)))
		return CODE_RULE_REFUSED;
	if (!p->jump)
		memcpy(p->old + 1, live + 1, JMP32_SIZE - 1);
	p->jump = true;
	p->target = ci_branch_target(jump, p->va);
	return CODE_RULE_ALLOWED;
}

static enum code_rule check(const struct code_object *o,
			    const struct code_write *w)
{
	struct probe *p;

	if (w->len == 1 && w->bytes[0] == INSN_INT3)
		return set_breakpoint(o, w->va);
	p = find(w->len == 1 ? w->va : w->va - 1);
	if (!p)
		return CODE_RULE_NONE;
	if (w->len == 1)
		return end_breakpoint(o, p, w->bytes[0]);
	return w->len == JMP32_SIZE - 1 ? write_rest(o, p, w->bytes) :
					  CODE_RULE_NONE;
}

enum code_rule code_kprobe_check(const struct code_object *o,
				 const struct code_write *w,
				 enum vsm_code_class *ret_class)
{
	enum code_rule rule = check(o, w);

	*ret_class = rule == CODE_RULE_NONE ? VSM_CODE_CLASS_WRITE :
					      VSM_CODE_CLASS_KPROBE;
	return rule;
}
