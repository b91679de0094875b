/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The compression function of SHA-256 with the processor's SHA extensions.
 * Leaves every register of SSE as it was: they are VTL0's.
 *
 * Source: Intel SDM volume 1, "Intel SHA Extensions"; FIPS 180-4 for K.
 */

#define MSG	%xmm0		/* SHA256RNDS2 takes it from there */
#define ABEF	%xmm1
#define CDGH	%xmm2
#define TMP	%xmm7

#define SAVED	(8 * 16)
#define FRAME	(SAVED + 2 * 16)

	/*
	 * Four rounds of 64; \cur has their words.  On the way the words of the
	 * next four become complete, and of those after the ones that follow,
	 * \prev, the first half.
	 */
	.macro	ROUNDS i, cur, next, prev
	.if	\i < 4
	movdqu	16 * \i(%rsi), \cur
	pshufb	swap(%rip), \cur
	.endif
	movdqa	\cur, MSG
	paddd	k + 16 * \i(%rip), MSG
	sha256rnds2 ABEF, CDGH
	.if	\i >= 3 && \i < 15
	movdqa	\cur, TMP
	palignr	$4, \prev, TMP
	paddd	TMP, \next
	sha256msg2 \cur, \next
	.endif
	pshufd	$0x0e, MSG, MSG
	sha256rnds2 CDGH, ABEF
	.if	\i >= 1 && \i < 13
	sha256msg1 \cur, \prev
	.endif
	.endm

	.macro	ROUNDS16 i
	ROUNDS	(\i + 0), %xmm3, %xmm4, %xmm6
	ROUNDS	(\i + 1), %xmm4, %xmm5, %xmm3
	ROUNDS	(\i + 2), %xmm5, %xmm6, %xmm4
	ROUNDS	(\i + 3), %xmm6, %xmm3, %xmm5
	.endm

	.text

/* void sha256_block(u32 state[8], const u8 data[64]) */
	.globl	sha256_block
	.hidden	sha256_block
	.type	sha256_block, @function
	.balign	16
sha256_block:
	subq	$FRAME, %rsp
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7
	movdqu	%xmm\n, 16 * \n(%rsp)
	.endr

	/* As words from the least significant: DCBA and HGFE. */
	movdqu	(%rdi), ABEF
	movdqu	16(%rdi), CDGH
	movdqa	ABEF, TMP
	punpcklqdq CDGH, ABEF
	punpckhqdq TMP, CDGH
	pshufd	$0x1b, ABEF, ABEF
	pshufd	$0xb1, CDGH, CDGH
	movdqu	ABEF, SAVED(%rsp)
	movdqu	CDGH, SAVED + 16(%rsp)

	ROUNDS16 0
	ROUNDS16 4
	ROUNDS16 8
	ROUNDS16 12

	movdqu	SAVED(%rsp), TMP
	paddd	TMP, ABEF
	movdqu	SAVED + 16(%rsp), TMP
	paddd	TMP, CDGH

	pshufd	$0x1b, ABEF, ABEF
	pshufd	$0xb1, CDGH, CDGH
	movdqa	ABEF, TMP
	shufpd	$2, CDGH, TMP
	shufpd	$1, CDGH, ABEF
	movdqu	TMP, (%rdi)
	movdqu	ABEF, 16(%rdi)

	/* Nothing of what was hashed stays on the stack, nor in registers. */
	pxor	TMP, TMP
	movdqu	TMP, SAVED(%rsp)
	movdqu	TMP, SAVED + 16(%rsp)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7
	movdqu	16 * \n(%rsp), %xmm\n
	.endr
	addq	$FRAME, %rsp
	ret
	.size	sha256_block, . - sha256_block

	.section .rodata.sha256, "a", @progbits
	.balign	16
swap:
	.quad	0x0405060700010203, 0x0c0d0e0f08090a0b
k:
	.long	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5
	.long	0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5
	.long	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3
	.long	0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174
	.long	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc
	.long	0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da
	.long	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7
	.long	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967
	.long	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13
	.long	0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85
	.long	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3
	.long	0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070
	.long	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5
	.long	0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3
	.long	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208
	.long	0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2

	.section .note.GNU-stack, "", @progbits
