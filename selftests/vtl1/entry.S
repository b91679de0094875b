/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the puppet is entered, leaves, traps and survives faults.  General and
 * XMM registers are what VTL0 sees, so that all of them are set and kept here.
 */
#include "offsets.h"

	.macro	ENTRY name
	.globl	\name
	.hidden	\name
\name:
	.endm

	.macro PUSH_CALLEE
	pushq	%rbp
	pushq	%rbx
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	.endm

	.macro POP_CALLEE
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbx
	popq	%rbp
	.endm

/* All but RSP and RAX, which points to them. */
	.macro LOAD_GPRS
	movq	8(%rax), %rcx
	movq	16(%rax), %rdx
	movq	24(%rax), %rbx
	movq	40(%rax), %rbp
	movq	48(%rax), %rsi
	movq	56(%rax), %rdi
	movq	64(%rax), %r8
	movq	72(%rax), %r9
	movq	80(%rax), %r10
	movq	88(%rax), %r11
	movq	96(%rax), %r12
	movq	104(%rax), %r13
	movq	112(%rax), %r14
	movq	120(%rax), %r15
	.endm

/* All but RSP; the pointer is on top of the stack. */
	.macro STORE_GPRS
	pushq	%rax
	movq	8(%rsp), %rax
	movq	%rcx, 8(%rax)
	movq	%rdx, 16(%rax)
	movq	%rbx, 24(%rax)
	movq	%rbp, 40(%rax)
	movq	%rsi, 48(%rax)
	movq	%rdi, 56(%rax)
	movq	%r8, 64(%rax)
	movq	%r9, 72(%rax)
	movq	%r10, 80(%rax)
	movq	%r11, 88(%rax)
	movq	%r12, 96(%rax)
	movq	%r13, 104(%rax)
	movq	%r14, 112(%rax)
	movq	%r15, 120(%rax)
	popq	%rcx
	movq	%rcx, 0(%rax)
	.endm

	.text

/*
 * First VTL call on VP 0, on the driver's page tables and stack.
 * In: RDI = function, RSI = GPA of the loader block.
 */
	ENTRY	puppet_entry
	pushfq
	popq	%rdx
	movq	%rsp, %rcx
	leaq	puppet_slots + SLOT_SIZE(%rip), %rsp
	cld
	xorl	%ebp, %ebp
	call	puppet_boot
	ud2

/* First VTL call on another VP, with the context that VP 0 gave. */
	ENTRY	puppet_entry_vp
	movq	%rsp, %rsi
	pushfq
	popq	%rdi
	cld
	xorl	%ebp, %ebp
	call	puppet_start
	ud2

/*
 * void vtl_return(struct regs *regs): RCX is the control input.  Comes back at
 * the next VTL call, with all registers as VTL0 had them.
 */
	ENTRY	vtl_return
	PUSH_CALLEE
	pushq	%rdi
	movq	%rdi, %rax
	LOAD_GPRS
	call	*puppet_return_code(%rip)
	STORE_GPRS
	movups	%xmm0, REGS_XMM + 0(%rax)
	movups	%xmm1, REGS_XMM + 16(%rax)
	movups	%xmm2, REGS_XMM + 32(%rax)
	movups	%xmm3, REGS_XMM + 48(%rax)
	movups	%xmm4, REGS_XMM + 64(%rax)
	movups	%xmm5, REGS_XMM + 80(%rax)
	popq	%rdi
	POP_CALLEE
	ret

/* The return sequence before there is a hypercall page. */
	ENTRY	return_early
	movq	%rcx, %rax
	movl	$0x12, %ecx			/* HVCALL_VTL_RETURN */
	vmcall
	ret

/* void vmcall_regs(struct regs *regs): VMCALL with what they say. */
	ENTRY	vmcall_regs
	PUSH_CALLEE
	pushq	%rdi
	movq	%rdi, %rax
	LOAD_GPRS
	movq	0(%rax), %rax
	vmcall
	STORE_GPRS
	popq	%rdi
	POP_CALLEE
	ret

/* void page_regs(struct regs *regs): the same, by the hypercall page. */
	ENTRY	page_regs
	PUSH_CALLEE
	pushq	%rdi
	movq	%rdi, %rax
	LOAD_GPRS
	movq	0(%rax), %rax
	call	puppet_hypercall_page
	STORE_GPRS
	popq	%rdi
	POP_CALLEE
	ret

/* void xmm_load(const struct regs *regs), void xmm_store(struct regs *regs) */
	ENTRY	xmm_load
	movups	REGS_XMM + 0(%rdi), %xmm0
	movups	REGS_XMM + 16(%rdi), %xmm1
	movups	REGS_XMM + 32(%rdi), %xmm2
	movups	REGS_XMM + 48(%rdi), %xmm3
	movups	REGS_XMM + 64(%rdi), %xmm4
	movups	REGS_XMM + 80(%rdi), %xmm5
	ret

	ENTRY	xmm_store
	movups	%xmm0, REGS_XMM + 0(%rdi)
	movups	%xmm1, REGS_XMM + 16(%rdi)
	movups	%xmm2, REGS_XMM + 32(%rdi)
	movups	%xmm3, REGS_XMM + 48(%rdi)
	movups	%xmm4, REGS_XMM + 64(%rdi)
	movups	%xmm5, REGS_XMM + 80(%rdi)
	ret

/*
 * void try(void (*fn)(void *), void *arg): an exception in @fn ends it, and is
 * in the VP's fault afterwards.  Not nested.
 */
	ENTRY	try
	PUSH_CALLEE
	movq	%rsp, %rax
	andq	$-SLOT_SIZE, %rax
	movq	%rsp, VP_TRY_SP(%rax)
	movq	%rdi, %rax
	movq	%rsi, %rdi
	call	*%rax
	ENTRY	try_end
	movq	%rsp, %rax
	andq	$-SLOT_SIZE, %rax
	movq	$0, VP_TRY_SP(%rax)
	cld
	POP_CALLEE
	ret

/* void stack_call(void *top, void (*fn)(void)): no return. */
	ENTRY	stack_call
	movq	%rdi, %rsp
	xorl	%ebp, %ebp
	call	*%rsi
	ud2

/* #DF, #TS, #NP, #SS, #GP, #PF, #AC, #CP, #VC, #SX */
#define HAS_ERROR_CODE	0x60227d00

	.balign	16
	ENTRY	trap_entries
	vector = 0
	.rept	256
	.balign	16
	has_error = 0
	.if	vector < 32
	has_error = HAS_ERROR_CODE >> vector & 1
	.endif
	.if	!has_error
	pushq	$0
	.endif
	pushq	$vector
	jmp	trap_common
	vector = vector + 1
	.endr

trap_common:
	pushq	%rax
	pushq	%rcx
	pushq	%rdx
	pushq	%rbx
	pushq	%rbp
	pushq	%rsi
	pushq	%rdi
	pushq	%r8
	pushq	%r9
	pushq	%r10
	pushq	%r11
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	cld
	movq	%rsp, %rdi
	xorl	%ebp, %ebp
	call	trap
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%r11
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rdi
	popq	%rsi
	popq	%rbp
	popq	%rbx
	popq	%rdx
	popq	%rcx
	popq	%rax
	addq	$16, %rsp
	iretq

/* The hypervisor lays its code over this page. */
	.section .text.hypercall, "ax"
	.balign	4096
	ENTRY	puppet_hypercall_page
	.fill	4096, 1, 0xcc

	.section .note.GNU-stack, "", @progbits
