/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Single instructions with all registers but RSP under a test's control, each
 * a function of its own:
 *
 * u32 probe_insn_NAME(u64 gpr[16]): registers in the order of their numbers, in
 * and out.  Returns the vector of the exception that the instruction raised,
 * with gpr[] untouched, or VSM_PROBE_NO_FAULT.  probe_insn_NAME_ip is where the
 * instruction is, probe_insn_NAME_end what follows it.
 */
#include <linux/linkage.h>

#include <asm/asm.h>

.macro EMIT name, text:vararg
SYM_FUNC_START(probe_insn_\name)
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
SYM_INNER_LABEL(probe_insn_\name\()_ip, SYM_L_GLOBAL)
1:	\text
SYM_INNER_LABEL(probe_insn_\name\()_end, SYM_L_GLOBAL)
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
SYM_FUNC_END(probe_insn_\name)
	.pushsection .rodata
	.quad	probe_insn_\name, probe_insn_\name\()_ip, probe_insn_\name\()_end
	.popsection
.endm

	.text

#define TEXT_vmcall		vmcall
#define TEXT_cpuid		cpuid
#define TEXT_load		mov (%rdi), %rsi
#define TEXT_store		mov %rsi, (%rdi)
#define TEXT_rdmsr		rdmsr
#define TEXT_wrmsr		wrmsr
#define TEXT_read_cr0		mov %cr0, %rsi
#define TEXT_read_cr2		mov %cr2, %rsi
#define TEXT_read_cr3		mov %cr3, %rsi
#define TEXT_read_cr4		mov %cr4, %rsi
#define TEXT_read_cr8		mov %cr8, %rsi
#define TEXT_write_cr0		mov %rsi, %cr0
#define TEXT_write_cr2		mov %rsi, %cr2
#define TEXT_write_cr4		mov %rsi, %cr4
#define TEXT_clts		clts
#define TEXT_lmsw		lmsw %si
#define TEXT_read_dr0		mov %db0, %rsi
#define TEXT_read_dr3		mov %db3, %rsi
#define TEXT_read_dr6		mov %db6, %rsi
#define TEXT_read_dr7		mov %db7, %rsi
#define TEXT_write_dr0		mov %rsi, %db0
#define TEXT_write_dr3		mov %rsi, %db3
#define TEXT_write_dr6		mov %rsi, %db6
#define TEXT_write_dr7		mov %rsi, %db7
#define TEXT_xgetbv		xgetbv
#define TEXT_xsetbv		xsetbv
#define TEXT_sgdt		sgdt (%rdi)
#define TEXT_sidt		sidt (%rdi)
#define TEXT_lgdt		lgdt (%rdi)
#define TEXT_lidt		lidt (%rdi)
#define TEXT_lldt		lldt %si
#define TEXT_ltr		ltr %si
#define TEXT_vmxon		vmxon (%rdi)
#define TEXT_vmxoff		vmxoff
#define TEXT_vmclear		vmclear (%rdi)
#define TEXT_vmptrld		vmptrld (%rdi)
#define TEXT_vmptrst		vmptrst (%rdi)
#define TEXT_vmread		vmread %rsi, %rsi
#define TEXT_vmwrite		vmwrite %rsi, %rsi
#define TEXT_vmlaunch		vmlaunch
#define TEXT_vmresume		vmresume
#define TEXT_invept		invept (%rdi), %rsi
#define TEXT_invvpid		invvpid (%rdi), %rsi
#define TEXT_vmfunc		vmfunc
#define TEXT_getsec		getsec

/* In the order of the list: const struct probe_insn_entry probe_insns[]. */
	.pushsection .rodata
	.balign	8
SYM_DATA_START(probe_insns)
	.popsection
#define INSN(name)	EMIT name, TEXT_##name
#include "instructions.def"
#undef INSN

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

/* Code that may be lost. */
SYM_CODE_START(probe_not_a_slot)
	.fill	48, 1, 0xcc
SYM_CODE_END(probe_not_a_slot)

/*
 * long probe_call(function, ...): with the other arguments, wherever it is; a
 * return is no branch that has to find an ENDBR.
 */
SYM_CODE_START(probe_call)
	mov	%rdi, %rax
	mov	%rsi, %rdi
	mov	%rdx, %rsi
	mov	%rcx, %rdx
	push	%rax
	RET
SYM_CODE_END(probe_call)
