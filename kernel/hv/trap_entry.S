/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Exceptions and NMIs in root mode.  Each entry leaves a struct trap_frame on
 * the stack of its IST slot and calls trap_handle(); only an NMI returns.
 *
 * In: vector's entry, hardware frame.  Out: registers as before (NMI).
 */
#include "boot.h"

	.section .text, "ax"

.macro trap_entry vector
	.balign 16
	/* At launch and release, Linux's S_CET may be in force. */
	endbr64
	/* Vectors with an error code pushed by the processor. */
	.if (\vector == 8) || (\vector >= 10 && \vector <= 14) || \
	    (\vector == 17) || (\vector == 21)
	.else
	push	$0
	.endif
	push	$\vector
	jmp	trap_common
.endm

	.balign 16
	.globl hv_trap_entries
hv_trap_entries:
	.altmacro
	.set	vec, 0
	.rept	32
	trap_entry %vec
	.set	vec, vec + 1
	.endr
	.noaltmacro

/*
 * On a stack outside the hypervisor (an NMI in the few instructions of launch
 * or release that run on Linux's TSS) there is no per-CPU state: drop the NMI.
 */
trap_common:
	push	%rax
	mov	%rsp, %rax
	shr	$43, %rax
	cmp	$(HV_BASE >> 43), %rax
	jne	trap_foreign
	push	%rcx
	push	%rdx
	push	%rbx
	push	%rbp
	push	%rsi
	push	%rdi
	push	%r8
	push	%r9
	push	%r10
	push	%r11
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rsp, %rdi
	cld
	call	trap_handle
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%r11
	pop	%r10
	pop	%r9
	pop	%r8
	pop	%rdi
	pop	%rsi
	pop	%rbp
	pop	%rbx
	pop	%rdx
	pop	%rcx
	pop	%rax
	add	$16, %rsp
	iretq

trap_foreign:
	pop	%rax
	add	$16, %rsp
	iretq

/*
 * bool f(u32 index, u64 *val / u64 val): 1 in EAX, or 0 when the instruction
 * at *_insn raised #GP and trap_handle() continued at safe_fault.
 */
	.globl rdmsr_safe, wrmsr_safe, xsetbv_safe
	.globl rdmsr_insn, wrmsr_insn, xsetbv_insn, safe_fault
rdmsr_safe:
	mov	%edi, %ecx
rdmsr_insn:
	rdmsr
	mov	%eax, (%rsi)
	mov	%edx, 4(%rsi)
	mov	$1, %eax
	ret

wrmsr_safe:
	mov	%edi, %ecx
	mov	%esi, %eax
	mov	%rsi, %rdx
	shr	$32, %rdx
wrmsr_insn:
	wrmsr
	mov	$1, %eax
	ret

xsetbv_safe:
	mov	%edi, %ecx
	mov	%esi, %eax
	mov	%rsi, %rdx
	shr	$32, %rdx
xsetbv_insn:
	xsetbv
	mov	$1, %eax
	ret

safe_fault:
	xor	%eax, %eax
	ret

	.section .note.GNU-stack, "", @progbits
