/* SPDX-License-Identifier: GPL-2.0 */
/*
 * VM exit and VM entry.  The frame is struct hv_regs at the top of the CPU's
 * root-mode stack; RSP stays at its base throughout, so that entry can start
 * over when an NMI comes in between.
 */
#include "../percpu.h"

	.section .text, "ax"

/* Of struct pcpu, from the base of the frame. */
#define PCPU(field)	(HV_PCPU_DATA - HV_PCPU_STACK_TOP + HV_REGS_SIZE + \
			 PCPU_##field)

/* What C may change, and RBX, which CPUID writes. */
.macro save_changed
	mov	%rax, 0(%rsp)
	mov	%rcx, 8(%rsp)
	mov	%rdx, 16(%rsp)
	mov	%rbx, 24(%rsp)
	mov	%rsi, 48(%rsp)
	mov	%rdi, 56(%rsp)
	mov	%r8, 64(%rsp)
	mov	%r9, 72(%rsp)
	mov	%r10, 80(%rsp)
	mov	%r11, 88(%rsp)
.endm

.macro restore_changed
	mov	0(%rsp), %rax
	mov	8(%rsp), %rcx
	mov	16(%rsp), %rdx
	mov	24(%rsp), %rbx
	mov	48(%rsp), %rsi
	mov	56(%rsp), %rdi
	mov	64(%rsp), %r8
	mov	72(%rsp), %r9
	mov	80(%rsp), %r10
	mov	88(%rsp), %r11
.endm

/* What C leaves as it was. */
.macro save_kept
	mov	%rbp, 40(%rsp)
	mov	%r12, 96(%rsp)
	mov	%r13, 104(%rsp)
	mov	%r14, 112(%rsp)
	mov	%r15, 120(%rsp)
.endm

.macro restore_kept
	mov	40(%rsp), %rbp
	mov	96(%rsp), %r12
	mov	104(%rsp), %r13
	mov	112(%rsp), %r14
	mov	120(%rsp), %r15
.endm

/* In: guest registers, RSP = HOST_RSP.  Never returns by itself. */
	.balign 64
	.globl vmexit_entry
vmexit_entry:
	sub	$HV_REGS_SIZE, %rsp
	save_changed
	mov	%rsp, %rdi
	call	vmexit_fast
	test	%al, %al
	jz	vmexit_full

/*
 * In: RSP = base of the frame; what C keeps is the guest's already.  An NMI
 * between the two labels makes trap_nmi() continue at vmexit_retry.
 */
	.globl vmexit_resume, vmexit_resume_end
vmexit_resume:
	/* Both bytes at once. */
	cmpw	$0, PCPU(NMI_ARRIVED)(%rsp)
	jne	1f
	restore_changed
	vmresume
	jmp	vmexit_resume_end
1:	cmpb	$0, PCPU(NMI_ARRIVED)(%rsp)
	jne	vmexit_retry
	restore_changed
	vmlaunch
vmexit_resume_end:
	/* VMfail: no VM entry took place. */
	mov	%rsp, %rdi
	call	vmx_entry_failed
	ud2

vmexit_full:
	save_kept
	mov	%rsp, %rdi
	call	vmexit_handle
	restore_kept
	jmp	vmexit_resume

/* The frame may be vmexit_fast()'s, which has not got what C keeps. */
	.globl vmexit_retry
vmexit_retry:
	save_kept
	mov	%rsp, %rdi
	call	vmexit_deliver
	restore_kept
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
	restore_kept
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
