// SPDX-License-Identifier: GPL-2.0
/*
 * Retpoline sites: calls of, and jumps to, an indirect branch thunk.  Must
 * never reproduce a branch to anything but the register or thunk of the file.
 *
 * Source: apply_retpolines() and its_allocate_thunk() of
 * arch/x86/kernel/alternative.c.
 */
#include <vsm/string.h>

#include "decode.h"
#include "insns.h"
#include "patch.h"

#define THUNK_SIZE	32
#define REG_SP		4

enum ci_error ci_its_thunk(struct ci_its *its, u32 reg, u64 *ret_va)
{
	u32 size = 3 + reg / 8;

	if (!its->used || its->offset + size - 1 >= PAGE_SIZE) {
		if (its->used >= its->nr)
			return CI_ITS_PAGES;
		its->used++;
		its->offset = 32;
	}
	/* The branch's last byte belongs into the upper half of a line. */
	if ((its->offset + size - 1) % 64 < 32)
		its->offset = ((its->offset - 1) | 0x3f) + 33;
	if (its->offset + size > PAGE_SIZE)
		return CI_ITS_PAGES;
	*ret_va = its->page[its->used - 1] + its->offset;
	its->offset += size;
	return CI_OK;
}

/* "jmp *%reg; int3"; 0: no thunk. */
static u32 its_thunk_size(const u8 *p, u32 left)
{
	u32 rex = left && p[0] == INSN_REX_B, size = 3 + rex;

	if (left < size || p[rex] != 0xff || (p[rex + 1] & 0xf8) != 0xe0 ||
	    p[rex + 2] != INSN_INT3)
		return 0;
	return !rex && p[1] == 0xe0 + REG_SP ? 0 : size;
}

/* Only such thunks, in upper halves of lines, and INT3 between them. */
bool ci_its_page_valid(const u8 *page)
{
	u32 i = 0, size;

	while (i < PAGE_SIZE) {
		if (page[i] == INSN_INT3) {
			i++;
			continue;
		}
		size = its_thunk_size(page + i, PAGE_SIZE - i);
		if (!size || (i + size - 1) % 64 < 32)
			return false;
		i += size;
	}
	return true;
}

static enum ci_error to_thunk(u8 *buf, const struct ci_insn *insn, u64 va,
			      u64 thunk)
{
	u8 op = insn->opcode[0];
	u32 n = 0;

	if (ci_insn_is_jcc32(insn)) {
		buf[n++] = op;
		op = insn->opcode[1];
	} else if (insn->length == 6) {
		buf[n++] = INSN_CS;
	}
	return ci_put_branch(buf + n, op, va + n, thunk) ? CI_OK :
	       CI_RETPOLINE_TARGET;
}

static u32 put_indirect(u8 *buf, bool call, u32 reg)
{
	u32 n = 0;

	if (reg >= 8)
		buf[n++] = INSN_REX_B;
	buf[n++] = 0xff;
	buf[n++] = (call ? 0xd0 : 0xe0) + reg % 8;
	return n;
}

/* Without retpolines: the indirect branch itself, or an ITS thunk. */
static enum ci_error to_register(const struct ci_kernel *kernel,
				 struct ci_its *its, u8 *buf,
				 const struct ci_insn *insn, u64 va, u32 reg)
{
	bool call = insn->opcode[0] == INSN_CALL32;
	enum ci_error err;
	u64 thunk;
	u32 n = 0;

	if (ci_insn_is_jcc32(insn)) {
		buf[n++] = 0x70 + ((insn->opcode[1] & 0xf) ^ 1);
		buf[n++] = insn->length - 2;
	}
	if (ci_has(kernel, CI_FEATURE_RETPOLINE_LFENCE)) {
		buf[n++] = 0x0f;
		buf[n++] = 0xae;
		buf[n++] = 0xe8;
	}
	if (ci_has(kernel, CI_FEATURE_INDIRECT_THUNK_ITS) &&
	    !((va + n + 1 + reg / 8) & 0x20)) {
		if (!its)
			return CI_ITS_PAGES;
		err = ci_its_thunk(its, reg, &thunk);
		return err ?: to_thunk(buf, insn, va, thunk);
	}
	n += put_indirect(buf + n, call, reg);
	if (!call && n < insn->length)
		buf[n++] = INSN_INT3;
	if (n < insn->length)
		memset(buf + n, INSN_NOP, insn->length - n);
	else if (n > insn->length)
		return CI_SITE_BYTES;
	return CI_OK;
}

enum ci_error ci_patch_retpoline(struct ci_image *image,
				 const struct ci_kernel *kernel,
				 struct ci_its *its, u64 va)
{
	u64 thunks = kernel->sym[CI_SYM___x86_indirect_thunk_array];
	u64 avail, reg;
	struct ci_insn insn;
	enum ci_error err;
	u8 buf[16];
	u8 *site;

	site = ci_image_text(image, va, 5, &avail);
	if (!site)
		return CI_SITE_BOUNDS;
	if (!ci_decode(&insn, site, avail))
		return CI_INSN;
	if (insn.opcode[0] != INSN_CALL32 && insn.opcode[0] != INSN_JMP32 &&
	    !ci_insn_is_jcc32(&insn))
		return CI_SITE_BYTES;
	reg = va + insn.length + (s64)insn.imm - thunks;
	if (reg % THUNK_SIZE || reg / THUNK_SIZE > 15 ||
	    reg / THUNK_SIZE == REG_SP || insn.length > 6)
		return CI_RETPOLINE_TARGET;
	if (ci_has(kernel, CI_FEATURE_RETPOLINE) &&
	    !ci_has(kernel, CI_FEATURE_RETPOLINE_LFENCE))
		return ci_has(kernel, CI_FEATURE_CALL_DEPTH) ? CI_CALL_DEPTH :
		       CI_OK;
	err = to_register(kernel, its, buf, &insn, va, reg / THUNK_SIZE);
	/* What does not fit is left as it is: Linux, too, checks the length. */
	if (err == CI_SITE_BYTES)
		return CI_OK;
	if (err)
		return err;
	ci_optimize_nops(buf, insn.length);
	memcpy(site, buf, insn.length);
	return CI_OK;
}
