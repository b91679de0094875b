// SPDX-License-Identifier: GPL-2.0
/*
 * Trampolines of the function tracer, reproduced.  Must never leave a byte of
 * one that is executed to whoever made it, but for the function that is called
 * and the pointer behind it all, which are the caller's to judge.
 *
 * Source: create_trampoline() of arch/x86/kernel/ftrace.c.
 */
#include "insns.h"
#include "patch.h"
#include "trampoline.h"

#define RETURN_SIZE	5	/* RET_SIZE of a kernel with retpolines */
#define JNZ8		0x75

/* movq function_trace_op(%rip), %rdx */
static const u8 op_load[] = { 0x48, 0x8b, 0x15 };

#define OP_SIZE		(sizeof(op_load) + 4)

static bool has(const struct ci_trampoline *t, u32 at, u32 len)
{
	return len <= t->size && at <= t->size - len;
}

static bool is_entry(const struct ci_trampoline *t)
{
	return t->size <= CI_TRAMPOLINE_MAX - RETURN_SIZE - sizeof(u64) &&
	       has(t, t->op, OP_SIZE) && has(t, t->call, JMP32_SIZE) &&
	       !memcmp(t->bytes + t->op, op_load, sizeof(op_load)) &&
	       (!t->direct || (has(t, t->direct, JMP8_SIZE) &&
			       t->bytes[t->direct] == JNZ8));
}

/* 0: the thunk is out of reach. */
static u32 put_return(u8 *p, const struct ci_kernel *kernel, u64 va)
{
	if (ci_wants_rethunk(kernel, va))
		return ci_put_branch(p, INSN_JMP32, va, kernel->return_thunk) ?
		       JMP32_SIZE : 0;
	p[0] = INSN_RET;
	p[1] = INSN_INT3;
	return 2;
}

enum ci_error ci_trampoline_make(const struct ci_trampoline *entry,
				 const struct ci_kernel *kernel,
				 const struct ci_trampoline_use *use, u8 *out)
{
	u32 pointer = entry->size + RETURN_SIZE;
	enum ci_error err;

	if (!is_entry(entry))
		return CI_SITE_BYTES;
	memset(out, INSN_INT3, CI_TRAMPOLINE_MAX);
	memcpy(out, entry->bytes, entry->size);
	if (entry->direct)
		ci_put_nop(out + entry->direct, JMP8_SIZE);
	err = ci_move_code(out, entry->size, entry->va - use->va, entry->size);
	if (err)
		return err;
	ci_put32(out + entry->op + sizeof(op_load),
		 pointer - (entry->op + OP_SIZE));
	if (!ci_put_branch(out + entry->call, INSN_CALL32,
			   use->va + entry->call, use->func) ||
	    !put_return(out + entry->size, kernel, use->va + entry->size))
		return CI_ALT_REACH;
	ci_put64(out + pointer, use->ops);
	return CI_OK;
}

bool ci_trampoline_valid(const struct ci_trampoline *entry,
			 const struct ci_kernel *kernel, const u8 *live,
			 struct ci_trampoline_use *use, u8 *out)
{
	u32 pointer = entry->size + RETURN_SIZE, end = entry->size;

	if (!is_entry(entry) || live[entry->call] != INSN_CALL32)
		return false;
	use->func = ci_branch_target(live + entry->call,
				     use->va + entry->call);
	use->ops = ci_get64(live + pointer);
	if (ci_trampoline_make(entry, kernel, use, out))
		return false;
	/* Behind a plain return, Linux leaves what was there. */
	end += ci_wants_rethunk(kernel, use->va + end) ? JMP32_SIZE : 2;
	return !memcmp(live, out, end);
}
