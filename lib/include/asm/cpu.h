/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Control registers, flags, vectors and descriptors.  Source: SDM, "System
 * Architecture Overview", "Protected-Mode Memory Management", "Interrupt and
 * Exception Handling".
 */
#ifndef _VSM_ASM_CPU_H
#define _VSM_ASM_CPU_H

#ifndef __ASSEMBLER__
#include <vsm/types.h>
#endif

#define X86_CR0_PE	0x00000001
#define X86_CR0_MP	0x00000002
#define X86_CR0_EM	0x00000004
#define X86_CR0_TS	0x00000008
#define X86_CR0_ET	0x00000010
#define X86_CR0_NE	0x00000020
#define X86_CR0_WP	0x00010000
#define X86_CR0_AM	0x00040000
#define X86_CR0_NW	0x20000000
#define X86_CR0_CD	0x40000000
#define X86_CR0_PG	0x80000000

#define X86_CR4_DE	0x00000008
#define X86_CR4_PSE	0x00000010
#define X86_CR4_PAE	0x00000020
#define X86_CR4_MCE	0x00000040
#define X86_CR4_PGE	0x00000080
#define X86_CR4_OSFXSR	0x00000200
#define X86_CR4_OSXMMEXCPT 0x00000400
#define X86_CR4_UMIP	0x00000800
#define X86_CR4_LA57	0x00001000
#define X86_CR4_VMXE	0x00002000
#define X86_CR4_SMXE	0x00004000
#define X86_CR4_FSGSBASE 0x00010000
#define X86_CR4_PCIDE	0x00020000
#define X86_CR4_OSXSAVE	0x00040000
#define X86_CR4_SMEP	0x00100000
#define X86_CR4_SMAP	0x00200000
#define X86_CR4_PKE	0x00400000
#define X86_CR4_CET	0x00800000

#define X86_EFLAGS_CF	0x00000001
#define X86_EFLAGS_FIXED 0x00000002
#define X86_EFLAGS_ZF	0x00000040
#define X86_EFLAGS_TF	0x00000100
#define X86_EFLAGS_IF	0x00000200
#define X86_EFLAGS_RF	0x00010000
#define X86_EFLAGS_VM	0x00020000
#define X86_EFLAGS_AC	0x00040000

#define X86_TRAP_DE	0
#define X86_TRAP_DB	1
#define X86_TRAP_NMI	2
#define X86_TRAP_BP	3
#define X86_TRAP_OF	4
#define X86_TRAP_BR	5
#define X86_TRAP_UD	6
#define X86_TRAP_NM	7
#define X86_TRAP_DF	8
#define X86_TRAP_TS	10
#define X86_TRAP_NP	11
#define X86_TRAP_SS	12
#define X86_TRAP_GP	13
#define X86_TRAP_PF	14
#define X86_TRAP_MF	16
#define X86_TRAP_AC	17
#define X86_TRAP_MC	18
#define X86_TRAP_XF	19
#define X86_TRAP_VE	20
#define X86_TRAP_CP	21

/* CPUID feature bits that the hypervisor or the secure kernel look at. */
#define CPUID_1_ECX_VMX		(1U << 5)
#define CPUID_1_ECX_SMX		(1U << 6)
#define CPUID_1_ECX_SSSE3	(1U << 9)
#define CPUID_1_ECX_XSAVE	(1U << 26)
#define CPUID_1_ECX_OSXSAVE	(1U << 27)
#define CPUID_1_ECX_RDRAND	(1U << 30)
#define CPUID_1_ECX_HYPERVISOR	(1U << 31)
#define CPUID_1_EDX_APIC	(1U << 9)
#define CPUID_7_EBX_SMEP	(1U << 7)
#define CPUID_7_EBX_RDSEED	(1U << 18)
#define CPUID_7_EBX_SMAP	(1U << 20)
#define CPUID_7_EBX_PT		(1U << 25)
#define CPUID_7_EBX_SHA		(1U << 29)
#define CPUID_7_ECX_UMIP	(1U << 2)
#define CPUID_7_ECX_OSPKE	(1U << 4)
#define CPUID_7_1_EAX_LAM	(1U << 26)
#define CPUID_7_1_EAX_MSRLIST	(1U << 27)
#define CPUID_23_EAX_PEBS	(3U << 4)	/* its two subleaves */
#define CPUID_D_EAX_XSAVEC	(1U << 1)	/* leaf 0xd, subleaf 1 */
#define CPUID_D_EAX_XSAVES	(1U << 3)
#define CPUID_D_ECX_ALIGNED	(1U << 1)	/* subleaves from 2 */
#define CPUID_80000001_EDX_NX	(1U << 20)
#define CPUID_80000001_EDX_GBPAGES (1U << 26)

#ifndef __ASSEMBLER__

struct desc_ptr {
	u16 limit;
	u64 base;
} __packed;

struct idt_gate {
	u16 offset_low;
	u16 selector;
	u8 ist;			/* 2:0 */
	u8 attr;		/* type 3:0, DPL 6:5, P 7 */
	u16 offset_mid;
	u32 offset_high;
	u32 rsvd;
} __packed;

#define IDT_GATE_INTERRUPT	0x8e	/* present, DPL 0, 64-bit interrupt */
#define IDT_GATE_INTERRUPT_USER	0xee	/* the same, DPL 3 */

struct tss64 {
	u32 rsvd0;
	u64 rsp[3];
	u64 rsvd1;
	u64 ist[7];
	u64 rsvd2;
	u16 rsvd3;
	u16 iomap_base;
} __packed;

static_assert(sizeof(struct desc_ptr) == 10, "desc_ptr");
static_assert(sizeof(struct idt_gate) == 16, "idt_gate");
static_assert(sizeof(struct tss64) == 104, "tss64");

/* Flat segment descriptors. */
#define GDT_KERNEL_CODE64	0x00af9b000000ffffULL
#define GDT_KERNEL_DATA		0x00cf93000000ffffULL
#define GDT_USER_CODE64		0x00affb000000ffffULL
#define GDT_USER_DATA		0x00cff3000000ffffULL

/* The low half of a 16-byte available 64-bit TSS descriptor. */
static inline u64 gdt_tss_low(u64 base, u32 limit)
{
	return (limit & 0xffff) | (base & 0xffffff) << 16 | 0x89ULL << 40 |
	       (u64)(limit & 0xf0000) << 32 | (base & 0xff000000) << 32;
}

#endif /* !__ASSEMBLER__ */
#endif /* _VSM_ASM_CPU_H */
