/* SPDX-License-Identifier: GPL-2.0 */
/*
 * void probe_loop_debug(idt, old, breakpoint, dr7): with @idt and the debug
 * registers set, INT1; its delivery hits the breakpoint, and so does each that
 * follows, until the gate names another stack.  Then the handler runs, and all
 * is as it was.
 */
#include <linux/linkage.h>

SYM_FUNC_START(probe_loop_debug)
	push	%rbp
	push	%rbx
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rsp, %rbp
	lidt	(%rdi)
	mov	%rdx, %db0
	mov	%rcx, %db7
	.byte	0xf1
	ud2
SYM_INNER_LABEL(probe_loop_debug_entry, SYM_L_GLOBAL)
	endbr64
	xor	%eax, %eax
	mov	%rax, %db7
	mov	%rax, %db0
	mov	$0xffff0ff0, %eax
	mov	%rax, %db6
	mov	%rbp, %rsp
	lidt	(%rsi)
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbx
	pop	%rbp
	RET
SYM_FUNC_END(probe_loop_debug)
