/* SPDX-License-Identifier: GPL-2.0 */
/*
 * VM exit and VM entry.  The frame is struct hv_regs at the top of the CPU's
 * root-mode stack; RSP stays at its base throughout, so that entry can start
 * over when an NMI comes in between.
 */
#include "../percpu.h"

	.section .text, "ax"

/* In: guest registers, RSP = HOST_RSP.  Never returns by itself. */
	.balign 64
	.globl vmexit_entry
vmexit_entry:
	sub	$HV_REGS_SIZE, %rsp
	mov	%rax, 0(%rsp)
	mov	%rcx, 8(%rsp)
	mov	%rdx, 16(%rsp)
	mov	%rbx, 24(%rsp)
	mov	%rbp, 40(%rsp)
	mov	%rsi, 48(%rsp)
	mov	%rdi, 56(%rsp)
	mov	%r8, 64(%rsp)
	mov	%r9, 72(%rsp)
	mov	%r10, 80(%rsp)
	mov	%r11, 88(%rsp)
	mov	%r12, 96(%rsp)
	mov	%r13, 104(%rsp)
	mov	%r14, 112(%rsp)
	mov	%r15, 120(%rsp)
	mov	%rsp, %rdi
	call	vmexit_handle

/*
 * In: RSP = base of the frame.  An NMI between the two labels makes trap_nmi()
 * continue at vmexit_retry.
 */
	.globl vmexit_resume, vmexit_resume_end
vmexit_resume:
	mov	%rsp, %rax
	and	$-HV_PCPU_SIZE, %rax
	cmpl	$0, (HV_PCPU_DATA + PCPU_NMI_ARRIVED)(%rax)
	jne	vmexit_retry
	cmpl	$0, (HV_PCPU_DATA + PCPU_NEXT_LAUNCH)(%rax)
	mov	0(%rsp), %rax
	mov	8(%rsp), %rcx
	mov	16(%rsp), %rdx
	mov	24(%rsp), %rbx
	mov	40(%rsp), %rbp
	mov	48(%rsp), %rsi
	mov	56(%rsp), %rdi
	mov	64(%rsp), %r8
	mov	72(%rsp), %r9
	mov	80(%rsp), %r10
	mov	88(%rsp), %r11
	mov	96(%rsp), %r12
	mov	104(%rsp), %r13
	mov	112(%rsp), %r14
	mov	120(%rsp), %r15
	jne	1f
	vmresume
	jmp	vmexit_resume_end
1:	vmlaunch
vmexit_resume_end:
	/* VMfail: no VM entry took place. */
	mov	%rsp, %rdi
	call	vmx_entry_failed
	ud2

	.globl vmexit_retry
vmexit_retry:
	mov	%rsp, %rdi
	call	vmexit_deliver
	jmp	vmexit_resume

/*
 * First entry.  In: RDI = top of this CPU's stack, which is given up.  Linux's
 * stub keeps nothing in registers; RAX = 0 is HV_LAUNCH_OK.
 */
	.globl vmx_enter
vmx_enter:
	mov	%rdi, %rsp
	mov	$HV_REGS_SIZE / 8, %ecx
1:	push	$0
	loop	1b
	jmp	vmexit_resume

/*
 * Leave root mode for Linux.  In: RDI = RSP, RSI = RIP, RDX = RFLAGS, RCX = RAX
 * of Linux; transition page table, all else is Linux's already.
 */
	.globl vmx_leave
vmx_leave:
	mov	%rdi, %rsp
	mov	%rcx, %rax
	push	%rsi
	push	%rdx
	popf
	/* Not an indirect jump: Linux may have branch tracking on by now. */
	ret

	.section .note.GNU-stack, "", @progbits
