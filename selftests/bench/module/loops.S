/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The loops: see loops.h.  A VTL call leaves nothing of the general registers
 * but RSP, so that every loop keeps its counter on the stack and differs from
 * the empty one by nothing but the instruction.
 */
#include <linux/errno.h>
#include <linux/linkage.h>

#include <asm/asm.h>

#include "loops.h"

	.text

.macro save_regs
	push	%rbp
	push	%rbx
	push	%r12
	push	%r13
	push	%r14
	push	%r15
.endm

.macro restore_regs
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbx
	pop	%rbp
.endm

/* long NAME(unsigned long nr): @nr times @insn with @code in RCX. */
.macro LOOP name:req code:req insn:vararg
SYM_FUNC_START(\name)
	save_regs
	push	%rdi
.L\@_next:
	mov	$\code, %ecx
	mov	$LOOP_SC_NULL, %edi
	xor	%esi, %esi
	xor	%eax, %eax
.L\@_insn:
	\insn
	decq	(%rsp)
	jnz	.L\@_next
	xor	%eax, %eax
.L\@_out:
	pop	%rcx
	restore_regs
	RET
.L\@_fault:
	mov	$-ENODEV, %rax
	jmp	.L\@_out
	_ASM_EXTABLE(.L\@_insn, .L\@_fault)
SYM_FUNC_END(\name)
.endm

LOOP bench_loop_empty 0 nop
LOOP bench_loop_cpuid 0 cpuid
LOOP bench_loop_invalid LOOP_INVALID vmcall
LOOP bench_loop_null LOOP_VTL_CALL vmcall

/*
 * long bench_loop_timed(unsigned long nr, u64 *vtl1_ticks)
 *
 * Null call with argument VSM_NULL_TIMED: VTL1 answers with the time stamps of
 * its first and last instruction in RSI and RDX.  The first call is not summed:
 * VTL1 only learns from it that the next one is to be timed.
 */
SYM_FUNC_START(bench_loop_timed)
	save_regs
	push	%rsi
	push	%rdi
	push	$1			/* the first is being made */
.Ltimed_next:
	mov	$LOOP_VTL_CALL, %ecx
	mov	$LOOP_SC_NULL, %edi
	mov	$LOOP_NULL_TIMED, %esi
	xor	%eax, %eax
.Ltimed_insn:
	vmcall
	test	%rdi, %rdi
	jnz	.Ltimed_status
	decq	(%rsp)
	jz	.Ltimed_next
	mov	16(%rsp), %rax
	sub	%rsi, %rdx
	add	%rdx, (%rax)
	decq	8(%rsp)
	jnz	.Ltimed_next
	xor	%eax, %eax
.Ltimed_out:
	add	$24, %rsp
	restore_regs
	RET
.Ltimed_status:
	mov	%rdi, %rax
	jmp	.Ltimed_out
.Ltimed_fault:
	mov	$-ENODEV, %rax
	jmp	.Ltimed_out
	_ASM_EXTABLE(.Ltimed_insn, .Ltimed_fault)
SYM_FUNC_END(bench_loop_timed)
