/* SPDX-License-Identifier: GPL-2.0 */
/* Entry from the secure kernel: RDI, RSI, RDX as uapi/vsm/trustlet.h says. */
	.text
	.globl	_start
	.type	_start, @function
_start:
	xorl	%ebp, %ebp
	andq	$-16, %rsp
	call	trustlet_start
	ud2
	.size	_start, . - _start

/*
 * unsigned long trustlet_syscall(nr, a0, a1, a2, a3): RDI to R8 in, RAX and
 * RDI, RSI, RDX, R10 for the secure kernel.
 */
	.globl	trustlet_syscall
	.type	trustlet_syscall, @function
trustlet_syscall:
	movq	%rdi, %rax
	movq	%rsi, %rdi
	movq	%rdx, %rsi
	movq	%rcx, %rdx
	movq	%r8, %r10
	int	$0x80			/* VSM_TRUSTLET_VECTOR */
	ret
	.size	trustlet_syscall, . - trustlet_syscall

	.section .note.GNU-stack, "", @progbits
