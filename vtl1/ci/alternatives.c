// SPDX-License-Identifier: GPL-2.0
/*
 * Alternatives: instructions chosen by processor feature.  Must never change
 * more than the site that an entry names.
 *
 * Source: apply_alternatives(), text_poke_apply_relocation() and
 * optimize_nops() of arch/x86/kernel/alternative.c.
 */
#include <vsm/string.h>

#include "decode.h"
#include "insns.h"
#include "patch.h"

#define ALT_FLAG_NOT		BIT(0)
#define ALT_FLAG_DIRECT_CALL	BIT(1)

void ci_alt_read(struct ci_alt *alt, u64 va, const u8 *p)
{
	*alt = (struct ci_alt){
		.site = ci_rel32(va, p),
		.repl = ci_rel32(va + 4, p + 4),
		.feature = ci_get16(p + 8),
		.flags = ci_get16(p + 10),
		.site_len = p[12],
		.repl_len = p[13],
	};
}

static u64 skip_nops(const u8 *p, u64 at, u64 len)
{
	struct ci_insn insn;

	while (at < len && ci_decode(&insn, p + at, len - at) && insn.nop)
		at += insn.length;
	return at;
}

void ci_optimize_nops(u8 *p, u64 len)
{
	struct ci_insn insn;
	u64 i, next;

	for (i = 0; i < len; i = next) {
		if (!ci_decode(&insn, p + i, len - i))
			return;
		next = i + insn.length;
		if (!insn.nop)
			continue;
		if (next == len)
			return;		/* has been optimised already */
		next = skip_nops(p, next, len);
		ci_fill_nop(p + i, next - i);
	}
}

/* An offset that leads out of the replacement has to lead there from the site. */
static enum ci_error move_field(u8 *p, u32 size, u64 diff)
{
	s64 v;

	switch (size) {
	case 1:
		v = (s8)p[0] + (s64)diff;
		if (v != (s8)v)
			return CI_ALT_REACH;
		p[0] = v;
		return CI_OK;
	case 4:
		v = ci_gets32(p) + (s64)diff;
		if (v != (s32)v)
			return CI_ALT_REACH;
		ci_put32(p, v);
		return CI_OK;
	}
	return CI_ALT_REACH;
}

static bool leads_out(s64 target, u64 len)
{
	return target < 0 || target > (s64)len;
}

static bool is_branch(const struct ci_insn *insn)
{
	u8 op = insn->opcode[0];

	return ci_insn_is_jcc32(insn) || (op & 0xf0) == 0x70 ||
	       op == INSN_JMP8 || op == INSN_JMP32 || op == INSN_CALL32;
}

static void shorten_jump(u8 *p, const struct ci_insn *insn, u64 diff)
{
	s64 disp = (s64)insn->imm + (s64)diff + JMP32_SIZE - JMP8_SIZE;

	if (insn->opcode[0] != INSN_JMP32 || disp != (s8)disp)
		return;
	p[0] = INSN_JMP8;
	p[1] = disp;
	memset(p + JMP8_SIZE, INSN_INT3, insn->length - JMP8_SIZE);
}

enum ci_error ci_move_code(u8 *p, u64 len, u64 diff, u64 own)
{
	enum ci_error err = CI_OK;
	struct ci_insn insn;
	u64 i, next;

	for (i = 0; i < len && !err; i = next) {
		if (!ci_decode(&insn, p + i, len - i))
			return CI_INSN;
		next = i + insn.length;
		if (is_branch(&insn)) {
			if (leads_out(next + insn.imm, own))
				err = move_field(p + i + insn.imm_at,
						 insn.imm_size, diff);
			if (!err)
				shorten_jump(p + i, &insn, diff);
		}
		if (!err && insn.rip_relative &&
		    leads_out(next + insn.disp, own))
			err = move_field(p + i + insn.disp_at, insn.disp_size,
					 diff);
	}
	return err;
}

/* "call *pv_ops.slot(%rip)" and "call BUG_func" become "call target". */
static enum ci_error direct_call(const struct ci_kernel *kernel,
				 const struct ci_alt *alt, const u8 *site,
				 u8 *buf, u64 *ret_len)
{
	u64 bug = kernel->sym[CI_SYM_BUG_func], slot, target;

	if (alt->repl_len != 5 || buf[0] != INSN_CALL32 ||
	    alt->site_len != 6 || site[0] != 0xff || site[1] != 0x15)
		return CI_ALT_CALL;
	slot = ci_rel32(alt->site + 6, site + 2) - kernel->sym[CI_SYM_pv_ops];
	if (slot % 8 || slot / 8 >= CI_PV_OPS)
		return CI_ALT_CALL;
	target = kernel->pv_ops[slot / 8] ?: bug;
	ci_put32(buf + 1, ci_get32(buf + 1) + (u32)(target - bug));
	*ret_len = target == kernel->sym[CI_SYM_nop_func] ? 0 : 5;
	return CI_OK;
}

enum ci_error ci_patch_alternative(struct ci_image *image,
				   const struct ci_kernel *kernel,
				   const struct ci_alt *alt)
{
	u64 avail, len = alt->repl_len;
	const u8 *repl;
	enum ci_error err;
	u8 buf[256];
	u8 *site;

	if (alt->site_len > CI_ALT_MAX || alt->repl_len > alt->site_len ||
	    alt->feature >= CI_CAP_WORDS * 32)
		return CI_ALT_ENTRY;
	site = ci_image_text(image, alt->site, alt->site_len, &avail);
	if (!site)
		return CI_SITE_BOUNDS;
	if (ci_has(kernel, alt->feature) == !!(alt->flags & ALT_FLAG_NOT)) {
		ci_optimize_nops(site, alt->site_len);
		return CI_OK;
	}
	repl = ci_image_text(image, alt->repl, alt->repl_len, &avail);
	if (!repl && alt->repl_len)
		return CI_SITE_BOUNDS;
	if (repl)
		memcpy(buf, repl, alt->repl_len);
	if (alt->flags & ALT_FLAG_DIRECT_CALL) {
		err = direct_call(kernel, alt, site, buf, &len);
		if (err)
			return err;
	}
	memset(buf + len, INSN_NOP, alt->site_len - len);
	err = ci_move_code(buf, alt->site_len, alt->repl - alt->site,
			   alt->repl_len);
	if (err)
		return err;
	ci_optimize_nops(buf, alt->site_len);
	memcpy(site, buf, alt->site_len);
	return CI_OK;
}
