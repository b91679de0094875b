/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the function tracer calls in place of a hooked function's first
 * instruction.  On the stack are two return addresses: into the function, and,
 * above, its caller's.
 */
#include <linux/linkage.h>

#include <asm/ibt.h>
#include <asm/nospec-branch.h>
#include <asm/unwind_hints.h>

	.text

/*
 * Whoever "returns" to it is where the function would be at its own return:
 * that is simpler to unwind than a return which skips one of two addresses.
 */
SYM_FUNC_START_LOCAL(return_to_caller)
	RET
SYM_FUNC_END(return_to_caller)

/*
 * long handler(...) has the function's arguments, as far as in registers, and in
 * register @caller where the function returns to.  It is not called while the
 * word @wanted is zero.
 */
.macro CODE_HOOK stub:req handler:req caller wanted
SYM_FUNC_START(\stub)
	CALL_DEPTH_ACCOUNT
	.ifnb	\wanted
	cmpl	$0, \wanted(%rip)
	je	1f
	.endif
	push	%rdi
	push	%rsi
	push	%rdx
	push	%rcx
	push	%r8
	push	%r9
	.ifnb	\caller
	mov	56(%rsp), \caller
	.endif
	call	\handler
	pop	%r9
	pop	%r8
	pop	%rcx
	pop	%rdx
	pop	%rsi
	pop	%rdi
	test	%rax, %rax
	jz	1f
	lea	return_to_caller(%rip), %r11
	mov	%r11, (%rsp)
1:	RET
SYM_FUNC_END(\stub)
.endm

CODE_HOOK vsm_code_file_stub vsm_code_file_check
CODE_HOOK vsm_code_poke_stub vsm_code_poke caller=%r8
CODE_HOOK vsm_code_sync_stub vsm_code_sync wanted=vsm_code_queued
CODE_HOOK vsm_code_kprobe_stub vsm_code_kprobe_prepare

/*
 * __text_poke() itself, behind its call of the stub.  A return, for an indirect
 * jump would have to find an ENDBR there.
 */
SYM_FUNC_START(vsm_code_poke_behind)
	push	vsm_code_poke_rest(%rip)
	UNWIND_HINT_FUNC
	RET
SYM_FUNC_END(vsm_code_poke_behind)
