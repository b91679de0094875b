/* SPDX-License-Identifier: GPL-2.0 */
/*
 * XMM0 to XMM5 as parameters of fast hypercalls: the only place that touches
 * SIMD registers, which hold the VTLs' shared state.  Functions named xmm_*
 * are exempt from the image's check.  In: RDI = 96 bytes.
 */
	.section .text, "ax"

	.globl xmm_read
xmm_read:
	movups	%xmm0, 0(%rdi)
	movups	%xmm1, 16(%rdi)
	movups	%xmm2, 32(%rdi)
	movups	%xmm3, 48(%rdi)
	movups	%xmm4, 64(%rdi)
	movups	%xmm5, 80(%rdi)
	ret

	.globl xmm_write
xmm_write:
	movups	0(%rdi), %xmm0
	movups	16(%rdi), %xmm1
	movups	32(%rdi), %xmm2
	movups	48(%rdi), %xmm3
	movups	64(%rdi), %xmm4
	movups	80(%rdi), %xmm5
	ret

	.section .note.GNU-stack, "", @progbits
