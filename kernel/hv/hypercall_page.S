/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The page of code sequences that the hypervisor shows in place of the one
 * that HV_X64_MSR_HYPERCALL names.  Source: TLFS, "Hypercall Page" and "VTL
 * Call".  Each sequence starts with ENDBR64, so that a kernel with indirect
 * branch tracking can call it.  64-bit callers only.
 */
	.section .rodata, "a"
	.balign 4096
	.globl hv_hypercall_page
hv_hypercall_page:
	endbr64
	vmcall
	ret
1:	/* VTL call: RCX = control input */
	endbr64
	mov	%rcx, %rax
	mov	$0x11, %ecx
	vmcall
	ret
2:	/* VTL return: RCX = control input */
	endbr64
	mov	%rcx, %rax
	mov	$0x12, %ecx
	vmcall
	ret
	.fill	4096 - (. - hv_hypercall_page), 1, 0xcc

	/* HvRegisterVsmCodePageOffsets: VTL call 11:0, VTL return 23:12 */
	.globl hv_code_page_offsets
hv_code_page_offsets:
	.quad	(1b - hv_hypercall_page) + (2b - hv_hypercall_page) * 4096

	.section .note.GNU-stack, "", @progbits
