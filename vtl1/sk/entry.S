/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where VTL1 begins on a VP, and where it leaves to VTL0, to a secure thread,
 * and to ring 3.  Must never touch GS, FS or SSE state.
 */
#include "asm-offsets.h"

	.macro	ENTRY name
	.globl	\name
	.hidden	\name
\name:
	.endm

	.macro	END name
	.size	\name, . - \name
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

	/* struct gprs; the flags stay. */
	.macro PUSH_ALL
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
	.endm

	.macro POP_ALL
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
	.endm

	.text

/*
 * First VTL call on VP 0, on the driver's page tables.
 * In: RDI = function, RSI = GPA of the loader block.
 */
	ENTRY	sk_entry
	cld
	leaq	sk_boot_stack + BOOT_STACK_SIZE(%rip), %rsp
	xorl	%ebp, %ebp
	call	sk_boot
	ud2
	END	sk_entry

/* First VTL call on another VP; its context came with HvCallEnableVpVtl. */
	ENTRY	sk_entry_vp
	cld
	xorl	%ebp, %ebp
	call	vp_start
	ud2
	END	sk_entry_vp

/* void stack_call(void *top, void (*fn)(void *), void *arg): no return. */
	ENTRY	stack_call
	movq	%rdi, %rsp
	xorl	%ebp, %ebp
	movq	%rdx, %rdi
	call	*%rsi
	ud2
	END	stack_call

/*
 * void vtl_return(struct scall_regs *regs)
 * u64 vtl_return_timed(struct scall_regs *regs)
 *
 * In: results; out: arguments of the next VTL call.  A fast return, so RAX and
 * RCX arrive in VTL0 as the return sequence leaves them.  General registers
 * are shared with VTL0: whatever is not a result is cleared.
 *
 * An intercept enters here, too: it is served and VTL0 goes on, before there is
 * a next VTL call.
 *
 * Timed: the result in RDX is the time stamp counter of the way out, the value
 * returned that of the next way in.
 */
	.macro VTL_RETURN timed, vp
	PUSH_CALLEE
	pushq	%rdi
	movq	REGS_RSI(%rdi), %rsi
	movq	REGS_RDX(%rdi), %rdx
	movq	REGS_R8(%rdi), %r8
	movq	REGS_RDI(%rdi), %rdi
	xorl	%ebx, %ebx
	xorl	%ebp, %ebp
	xorl	%r9d, %r9d
	xorl	%r10d, %r10d
	xorl	%r11d, %r11d
	xorl	%r12d, %r12d
	xorl	%r13d, %r13d
	xorl	%r14d, %r14d
	xorl	%r15d, %r15d
	.if	\timed
	/* Emulators may bring the counter up to date at indirect jumps only. */
	leaq	3f(%rip), %rax
	jmp	*%rax
3:	rdtsc
	shlq	$32, %rdx
	orq	%rax, %rdx
	.endif
	movl	$1, %ecx			/* HV_VTL_RETURN_FAST */
1:	call	*sk_vtl_return_code(%rip)
	.if	\vp
	pushq	%rax
	movq	%rsp, %rax
	andq	$~(SLOT_SIZE - 1), %rax
	movq	VP_ASSIST(%rax), %rax
	cmpl	$ENTRY_INTERRUPT, ASSIST_REASON(%rax)
	popq	%rax
	je	2f
	.endif
	.if	\timed
	movq	%rdx, %r11
	rdtsc
	shlq	$32, %rdx
	orq	%rdx, %rax
	movq	%rax, %rcx
	movq	%r11, %rdx
	.endif
	popq	%rax
	movq	%rdi, REGS_RDI(%rax)
	movq	%rsi, REGS_RSI(%rax)
	movq	%rdx, REGS_RDX(%rax)
	movq	%r8, REGS_R8(%rax)
	movq	%r9, REGS_R9(%rax)
	movq	%r10, REGS_R10(%rax)
	.if	\timed
	movq	%rcx, %rax
	.endif
	POP_CALLEE
	ret

	.if	\vp
	/* VTL0 did not call: every register is its own, and goes back. */
2:	PUSH_ALL
	movq	%rsp, %rdi
	xorl	%ebp, %ebp
	call	intercept_serve
	POP_ALL
	xorl	%ecx, %ecx
	jmp	1b
	.endif
	.endm

/* void intercept_leave(struct gprs *vtl0): intercept_serve() returns, now. */
	ENTRY	intercept_leave
	leaq	-8(%rdi), %rsp
	ret
	END	intercept_leave

	ENTRY	vtl_return
	VTL_RETURN 0, 1
	END	vtl_return

/* The same, where no VP's stack is: no intercept can come. */
	ENTRY	vtl_return_boot
	VTL_RETURN 0, 0
	END	vtl_return_boot

	ENTRY	vtl_return_timed
	VTL_RETURN 1, 1
	END	vtl_return_timed

/* The return sequence until there is a hypercall page. */
	ENTRY	vtl_return_early
	movq	%rcx, %rax
	movl	$0x12, %ecx			/* HVCALL_VTL_RETURN */
	vmcall
	ret
	END	vtl_return_early

/* void context_switch(u64 *save_sp, u64 sp): interrupts off on both sides. */
	ENTRY	context_switch
	PUSH_CALLEE
	movq	%rsp, (%rdi)
	movq	%rsi, %rsp
	POP_CALLEE
	ret
	END	context_switch

/* First frame of a secure thread; RBX = struct thread. */
	ENTRY	thread_entry
	xorl	%ebp, %ebp
	movq	%rbx, %rdi
	call	thread_main
	ud2
	END	thread_entry

/*
 * u64 user_enter(const struct user_regs *regs, u64 *save_sp, void *rsp0)
 *
 * Ring 3 with only the given registers; interrupts off at the call.  Returns
 * when user_leave() is called with what was stored at @save_sp.  What ring 3
 * interrupts lands below this frame: @rsp0 is that of the TSS.
 */
	ENTRY	user_enter
	PUSH_CALLEE
	movq	%rsp, (%rsi)
	movq	%rsp, (%rdx)
	pushq	$SEL_USER_DATA
	pushq	USER_RSP(%rdi)
	pushq	$0x202				/* IF */
	pushq	$SEL_USER_CODE
	pushq	USER_RIP(%rdi)
	movq	USER_RDX(%rdi), %rdx
	movq	USER_RSI(%rdi), %rsi
	movq	USER_RDI(%rdi), %rdi
	xorl	%eax, %eax
	xorl	%ebx, %ebx
	xorl	%ecx, %ecx
	xorl	%ebp, %ebp
	xorl	%r8d, %r8d
	xorl	%r9d, %r9d
	xorl	%r10d, %r10d
	xorl	%r11d, %r11d
	xorl	%r12d, %r12d
	xorl	%r13d, %r13d
	xorl	%r14d, %r14d
	xorl	%r15d, %r15d
	iretq
	END	user_enter

/* void user_leave(u64 sp, u64 ret): interrupts off. */
	ENTRY	user_leave
	movq	%rdi, %rsp
	movq	%rsi, %rax
	POP_CALLEE
	ret
	END	user_leave

/* #DF, #TS, #NP, #SS, #GP, #PF, #AC, #CP, #VC, #SX */
#define HAS_ERROR_CODE	0x60227d00

/* Interrupt and exception entries, 16 bytes each. */
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
	END	trap_entries

trap_common:
	PUSH_ALL
	cld
	/* Ring 3 may have set AC, which opens SMAP. */
	cmpb	$0, sk_has_smap(%rip)
	je	1f
	clac
1:	movq	%rsp, %rdi
	xorl	%ebp, %ebp
	call	trap
	POP_ALL
	addq	$16, %rsp
	iretq

/* The hypervisor lays its code over this page. */
	.section .text.hypercall, "ax"
	.balign	4096
	ENTRY	sk_hypercall_page
	.fill	4096, 1, 0xcc
	END	sk_hypercall_page

	.bss
	.balign	16
	ENTRY	sk_boot_stack
	.fill	BOOT_STACK_SIZE
	END	sk_boot_stack

	.section .note.GNU-stack, "", @progbits
