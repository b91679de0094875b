/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ways out of Linux: into the hypervisor at launch, out of it at release,
 * and to VTL1 and back.  Callee-saved registers are kept on the stack here,
 * because none of the other sides keeps any.
 */
#include <linux/linkage.h>

#include <asm/asm.h>
#include <asm/ibt.h>
#include <asm/nospec-branch.h>
#include <asm/page_types.h>
#include <asm/unwind_hints.h>

#include "hv/boot.h"

#define HVCALL_VSM_RELEASE	0x8f00

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

/*
 * u64 vsm_hv_enter(u64 index, u64 entry, u64 transition_cr3): HV_LAUNCH_*.
 * Interrupts off.  Returns in VTL0, or where nothing has changed but CR3.
 */
SYM_FUNC_START(vsm_hv_enter)
	save_regs
	mov	%cr3, %rcx
	push	%rcx
	mov	%rsi, %rax
	lea	1f(%rip), %rsi
	mov	%rdx, %r8
	mov	%rsp, %rdx
	mov	%r8, %cr3
	/* hv_entry takes RSP from RDX; it never returns here by RET. */
	ANNOTATE_RETPOLINE_SAFE
	call	*%rax
1:	pop	%rcx
	mov	%rcx, %cr3
	restore_regs
	RET
SYM_FUNC_END(vsm_hv_enter)

/*
 * u64 vsm_hv_release(void): HV_STATUS_*.  Interrupts off.  Continues out of
 * VMX operation, on the transition page table.
 */
SYM_FUNC_START(vsm_hv_release)
	save_regs
	mov	%cr3, %rcx
	push	%rcx
	mov	$HVCALL_VSM_RELEASE, %ecx
	xor	%edx, %edx
	xor	%r8d, %r8d
	vmcall
	pop	%rcx
	mov	%rcx, %cr3
	restore_regs
	RET
SYM_FUNC_END(vsm_hv_release)

/*
 * void vsm_vtl_call_regs(u64 regs[8], unsigned long target): one VTL call.
 * regs in: RDI, RSI, RDX, R8, R9, R10; out: RDI, RSI, RDX, R8.
 */
SYM_FUNC_START(vsm_vtl_call_regs)
	save_regs
	push	%rdi
	mov	%rsi, %rax
	mov	0x08(%rdi), %rsi
	mov	0x10(%rdi), %rdx
	mov	0x18(%rdi), %r8
	mov	0x20(%rdi), %r9
	mov	0x28(%rdi), %r10
	mov	0x00(%rdi), %rdi
	/* Control input of the VTL call sequence. */
	xor	%ecx, %ecx
	CALL_NOSPEC rax
	pop	%rax
	mov	%rdi, 0x00(%rax)
	mov	%rsi, 0x08(%rax)
	mov	%rdx, 0x10(%rax)
	mov	%r8, 0x18(%rax)
	restore_regs
	RET
SYM_FUNC_END(vsm_vtl_call_regs)

/*
 * The page that the hypervisor covers with its hypercall page: executable
 * memory of this module's own, filled with INT3 where nothing covers it.
 */
	.balign	PAGE_SIZE
SYM_CODE_START(vsm_hypercall_page)
	UNWIND_HINT_UNDEFINED
	ENDBR
	ud2
	.skip	PAGE_SIZE - 6, 0xcc
SYM_CODE_END(vsm_hypercall_page)
