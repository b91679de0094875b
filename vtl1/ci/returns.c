// SPDX-License-Identifier: GPL-2.0
/*
 * Return sites: jumps to the return thunk.  Must never make one lead elsewhere
 * than to the thunk that the kernel uses throughout.
 *
 * Source: apply_returns() of arch/x86/kernel/alternative.c and
 * __static_call_fixup() of arch/x86/kernel/static_call.c.
 */
#include <vsm/string.h>

#include "decode.h"
#include "insns.h"
#include "patch.h"
#include "static_call.h"

enum ci_error ci_put_return(const struct ci_kernel *kernel, u8 *p, u64 va,
			    u32 len)
{
	memset(p, INSN_INT3, len);
	if (!ci_wants_rethunk(kernel, va)) {
		p[0] = INSN_RET;
		return CI_OK;
	}
	if (len < JMP32_SIZE ||
	    !ci_put_branch(p, INSN_JMP32, va, kernel->return_thunk))
		return CI_RETURN_TARGET;
	return CI_OK;
}

enum ci_error ci_patch_return(struct ci_image *image,
			      const struct ci_kernel *kernel, u64 va)
{
	struct ci_insn insn;
	bool is_return;
	u64 avail;
	u8 *site;

	site = ci_image_text(image, va, 1, &avail);
	if (!site)
		return CI_SITE_BOUNDS;
	if (!ci_decode(&insn, site, avail))
		return CI_INSN;
	is_return = insn.opcode[0] == INSN_JMP32 &&
		    va + insn.length + (s64)insn.imm ==
		    kernel->sym[CI_SYM___x86_return_thunk];
	if (avail >= CI_TRAMP_SIZE && ci_is_tramp(site))
		return insn.opcode[0] == INSN_RET || is_return ?
		       ci_put_return(kernel, site, va, JMP32_SIZE) : CI_OK;
	if (!is_return)
		return CI_RETURN_TARGET;
	return ci_put_return(kernel, site, va, insn.length);
}
