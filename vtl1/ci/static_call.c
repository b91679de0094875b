// SPDX-License-Identifier: GPL-2.0
/*
 * Which bytes Linux may have at a static call's site or trampoline.  Must never
 * accept a target that policy was not asked about.
 *
 * Source: __static_call_transform() and __static_call_validate() of
 * arch/x86/kernel/static_call.c.
 */
#include <vsm/string.h>

#include "insns.h"
#include "static_call.h"

static const u8 tramp_ud[] = { 0x0f, 0xb9, 0xcc };
static const u8 xor5rax[] = { 0x2e, 0x2e, 0x2e, 0x31, 0xc0 };
static const u8 ret5[] = { 0xc3, 0xcc, 0xcc, 0xcc, 0xcc };

bool ci_is_tramp(const u8 *p)
{
	return !memcmp(p + JMP32_SIZE, tramp_ud, sizeof(tramp_ud));
}

static bool is_jcc32(const u8 *p)
{
	return p[0] == 0x0f && (p[1] & 0xf0) == 0x80;
}

u32 ci_static_call_len(const u8 *p, bool tail)
{
	if (tail) {
		if (is_jcc32(p))
			return CI_STATIC_CALL_MAX;
		return p[0] == INSN_JMP32 || p[0] == INSN_RET ? JMP32_SIZE : 0;
	}
	return p[0] == INSN_CALL32 || ci_is_nop(p, 5) ||
	       !memcmp(p, xor5rax, 5) ? JMP32_SIZE : 0;
}

static bool accepts(const struct ci_kernel *kernel, u64 key, u64 target)
{
	return kernel->static_call &&
	       kernel->static_call(kernel->ctx, key, target);
}

static bool valid_jcc(const struct ci_kernel *kernel, u64 va, u64 key,
		      const u8 *file, const u8 *live)
{
	u64 target = ci_rel32(va + 6, live + 2), none;

	if (live[0] != file[0] || live[1] != file[1])
		return false;
	none = ci_has(kernel, CI_FEATURE_RETHUNK) ? kernel->return_thunk :
	       kernel->sym[CI_SYM___static_call_return];
	if (target == none)
		return accepts(kernel, key, 0);
	return accepts(kernel, key, target);
}

static bool valid_tail(const struct ci_kernel *kernel, u64 va, u64 key,
		       const u8 *live)
{
	u64 target;

	/*
	 * Null trampolines that were written before the return thunk was
	 * chosen keep their plain return.
	 */
	if (!memcmp(live, ret5, sizeof(ret5)))
		return accepts(kernel, key, 0);
	if (live[0] != INSN_JMP32)
		return false;
	target = ci_branch_target(live, va);
	if (ci_wants_rethunk(kernel, va) && target == kernel->return_thunk)
		return accepts(kernel, key, 0);
	return accepts(kernel, key, target);
}

bool ci_static_call_valid(const struct ci_kernel *kernel, u64 va, u64 key,
			  bool tail, const u8 *file, const u8 *live)
{
	if (tail)
		return is_jcc32(file) ? valid_jcc(kernel, va, key, file, live) :
		       valid_tail(kernel, va, key, live);
	if (ci_is_nop(live, 5))
		return accepts(kernel, key, 0);
	if (!memcmp(live, xor5rax, sizeof(xor5rax)))
		return accepts(kernel, key,
			       kernel->sym[CI_SYM___static_call_return0]);
	return live[0] == INSN_CALL32 &&
	       accepts(kernel, key, ci_branch_target(live, va));
}
