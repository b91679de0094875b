/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A secure kernel that dies: answers each secure call with VSM_S_OK, and the
 * reading of its log with HLT, for which VTL1 has no use.  One VP only.
 */
#define HVCALL_VTL_RETURN	0x12
#define HV_VTL_RETURN_FAST	1
#define HV_X64_MSR_GUEST_OS_ID	0x40000000
#define HV_MSR_ENABLE		1
#define VSM_SC_LOG_READ		6

	.text

/* First VTL call.  In: RSI = GPA of the loader block. */
	.globl	sk_entry
sk_entry:
	/* A VTL return needs a hypercall page: on top of the loader block. */
	mov	$HV_X64_MSR_GUEST_OS_ID, %ecx
	mov	$1, %eax
	xor	%edx, %edx
	wrmsr
	inc	%ecx
	lea	HV_MSR_ENABLE(%rsi), %rax
	mov	%rax, %rdx
	shr	$32, %rdx
	wrmsr
answer:
	xor	%edi, %edi
	xor	%esi, %esi
	xor	%edx, %edx
	xor	%r8d, %r8d
	mov	$HV_VTL_RETURN_FAST, %eax
	mov	$HVCALL_VTL_RETURN, %ecx
	vmcall
	cmp	$VSM_SC_LOG_READ, %edi
	jne	answer
	/* What a dump must show. */
	mov	$0x1122334455667788, %r15
	mov	$0x8877665544332211, %rax
	.globl	dies_here
dies_here:
	hlt
	jmp	answer

	.section .note.GNU-stack, "", @progbits
