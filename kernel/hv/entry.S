/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the driver enters the image on each CPU, see boot.h: RDI = per-CPU
 * area, RSI = RIP, RDX = RSP, RCX = CR3 of Linux.  Runs on Linux's stack, GDT
 * and IDT until hv_setup() has its own; only the stack is changed here.
 */
#include "boot.h"

	.section .text.entry, "ax"
	.globl hv_entry
hv_entry:
	endbr64
	cld
	mov	%rdi, %rax
	shl	$HV_PCPU_SHIFT, %rax
	add	hv_boot + HV_BOOT_PCPU_BASE(%rip), %rax
	lea	HV_PCPU_STACK_TOP(%rax), %rsp
	call	hv_setup
	ud2

	.section .note.GNU-stack, "", @progbits
