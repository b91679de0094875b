/* SPDX-License-Identifier: GPL-2.0 */
/* The one root that signed objects must chain to. */
	.section .rodata
	.globl	sk_root_cert, sk_root_cert_end
	.hidden	sk_root_cert, sk_root_cert_end
sk_root_cert:
	.incbin	ROOT_CERT
sk_root_cert_end:
	.byte	0

	.section .note.GNU-stack, "", @progbits
