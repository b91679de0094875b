/* SPDX-License-Identifier: GPL-2.0 */
/*
 * VMCALL with all registers but RSP under a test's control.
 */
#include <linux/linkage.h>

#include <asm/asm.h>

	.text

/*
 * u32 probe_vmcall_regs(u64 gpr[16]): registers in the order of their numbers,
 * in and out.  Returns the vector of the exception that VMCALL raised, with
 * gpr[] untouched, or VSM_PROBE_NO_FAULT.
 */
SYM_FUNC_START(probe_vmcall_regs)
	push	%rbp
	push	%rbx
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	push	%rdi
	mov	%rdi, %rax
	mov	8(%rax), %rcx
	mov	16(%rax), %rdx
	mov	24(%rax), %rbx
	mov	40(%rax), %rbp
	mov	48(%rax), %rsi
	mov	56(%rax), %rdi
	mov	64(%rax), %r8
	mov	72(%rax), %r9
	mov	80(%rax), %r10
	mov	88(%rax), %r11
	mov	96(%rax), %r12
	mov	104(%rax), %r13
	mov	112(%rax), %r14
	mov	120(%rax), %r15
	mov	0(%rax), %rax
1:	vmcall
	push	%rax
	mov	8(%rsp), %rax
	mov	%rcx, 8(%rax)
	mov	%rdx, 16(%rax)
	mov	%rbx, 24(%rax)
	mov	%rbp, 40(%rax)
	mov	%rsi, 48(%rax)
	mov	%rdi, 56(%rax)
	mov	%r8, 64(%rax)
	mov	%r9, 72(%rax)
	mov	%r10, 80(%rax)
	mov	%r11, 88(%rax)
	mov	%r12, 96(%rax)
	mov	%r13, 104(%rax)
	mov	%r14, 112(%rax)
	mov	%r15, 120(%rax)
	pop	%rcx
	mov	%rcx, 0(%rax)
	mov	$-1, %eax
	/* After a fault, RAX is its vector. */
2:	pop	%rdi
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbx
	pop	%rbp
	RET
	_ASM_EXTABLE_TYPE(1b, 2b, EX_TYPE_FAULT)
SYM_FUNC_END(probe_vmcall_regs)

/* void probe_xmm_load(const void *xmm), void probe_xmm_store(void *xmm) */
SYM_FUNC_START(probe_xmm_load)
	movups	0(%rdi), %xmm0
	movups	16(%rdi), %xmm1
	movups	32(%rdi), %xmm2
	movups	48(%rdi), %xmm3
	movups	64(%rdi), %xmm4
	movups	80(%rdi), %xmm5
	RET
SYM_FUNC_END(probe_xmm_load)

SYM_FUNC_START(probe_xmm_store)
	movups	%xmm0, 0(%rdi)
	movups	%xmm1, 16(%rdi)
	movups	%xmm2, 32(%rdi)
	movups	%xmm3, 48(%rdi)
	movups	%xmm4, 64(%rdi)
	movups	%xmm5, 80(%rdi)
	RET
SYM_FUNC_END(probe_xmm_store)
