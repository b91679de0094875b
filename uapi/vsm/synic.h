/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * What a higher VTL sees of interrupts and intercepts: synthetic interrupt
 * controller (SynIC), synthetic timers, secure intercepts and their messages.
 * Source: TLFS, "Inter-Partition Communication", "Timers", "Secure
 * Intercepts".  Offsets and values are ABI; reserved fields must be zero
 * (MBZ) where software writes them and are zero where the hypervisor does.
 */
#ifndef _VSM_SYNIC_H
#define _VSM_SYNIC_H

#include <linux/types.h>

#include "hvcall.h"

#define HV_X64_MSR_TIME_REF_COUNT	0x40000020	/* read-only, 100 ns */
#define HV_X64_MSR_EOI			0x40000070	/* write-only */
#define HV_X64_MSR_ICR			0x40000071
#define HV_X64_MSR_TPR			0x40000072
#define HV_X64_MSR_SCONTROL		0x40000080
#define HV_X64_MSR_SVERSION		0x40000081	/* read-only */
#define HV_X64_MSR_SIEFP		0x40000082
#define HV_X64_MSR_SIMP			0x40000083
#define HV_X64_MSR_EOM			0x40000084
#define HV_X64_MSR_SINT0		0x40000090
#define HV_X64_MSR_SINT15		0x4000009f
#define HV_X64_MSR_STIMER0_CONFIG	0x400000b0	/* then its count, */
#define HV_X64_MSR_STIMER3_COUNT	0x400000b7	/* then the next one's */

/* The same by register name. */
#define HV_REGISTER_TIME_REF_COUNT	0x00090004
#define HV_REGISTER_SINT0		0x000a0000
#define HV_REGISTER_SINT15		0x000a000f
#define HV_REGISTER_SCONTROL		0x000a0010
#define HV_REGISTER_SVERSION		0x000a0011
#define HV_REGISTER_SIFP		0x000a0012
#define HV_REGISTER_SIPP		0x000a0013
#define HV_REGISTER_EOM			0x000a0014
#define HV_REGISTER_STIMER0_CONFIG	0x000b0000
#define HV_REGISTER_STIMER3_COUNT	0x000b0007

#define HV_SYNIC_VERSION		1
#define HV_NUM_SINTS			16
#define HV_NUM_STIMERS			4

#define HV_SCONTROL_ENABLE		(1ULL << 0)

/* SINTx: vector 7:0, valid from 16. */
#define HV_SINT_VECTOR_MASK		0xffULL
#define HV_SINT_MASKED			(1ULL << 16)
#define HV_SINT_AUTO_EOI		(1ULL << 17)
#define HV_SINT_POLLING			(1ULL << 18)

/* STIMERx_CONFIG. */
#define HV_STIMER_ENABLED		(1ULL << 0)
#define HV_STIMER_PERIODIC		(1ULL << 1)
#define HV_STIMER_LAZY			(1ULL << 2)
#define HV_STIMER_AUTO_ENABLE		(1ULL << 3)
#define HV_STIMER_VECTOR_SHIFT		4		/* 11:4 */
#define HV_STIMER_DIRECT		(1ULL << 12)
#define HV_STIMER_SINT_SHIFT		16		/* 19:16 */
#define HV_STIMER_RSVD			(~0xf1fffULL)

/* Message types. */
#define HV_MESSAGE_NONE			0
#define HV_MESSAGE_GPA_INTERCEPT	0x80000001
#define HV_MESSAGE_TIMER_EXPIRED	0x80000010
#define HV_MESSAGE_MSR_INTERCEPT	0x80010001
#define HV_MESSAGE_REGISTER_INTERCEPT	0x80010006

#define HV_MESSAGE_SIZE			256
#define HV_MESSAGE_PAYLOAD		240
#define HV_MESSAGE_PENDING		0x01

/* One slot of the SIM page; slot x belongs to SINTx.  Type 0: it is free. */
struct hv_message {
	__u32 type;
	__u8 payload_size;
	__u8 flags;			/* HV_MESSAGE_PENDING: write EOM */
	__u16 rsvd;
	__u64 sender;			/* partition; 0 for timers */
	__u8 payload[HV_MESSAGE_PAYLOAD];
};

struct hv_timer_message {
	__u32 index;
	__u32 rsvd;
	__u64 expiration_time;		/* 100 ns */
	__u64 delivery_time;
};

#define HV_ACCESS_READ			0
#define HV_ACCESS_WRITE			1
#define HV_ACCESS_EXECUTE		2

/* Execution state: CPL 1:0, then these, VTL in 10:7. */
#define HV_EXEC_CR0_PE			(1U << 2)
#define HV_EXEC_CR0_AM			(1U << 3)
#define HV_EXEC_EFER_LMA		(1U << 4)
#define HV_EXEC_DEBUG_ACTIVE		(1U << 5)
#define HV_EXEC_INTERRUPTION_PENDING	(1U << 6)
#define HV_EXEC_VTL_SHIFT		7
#define HV_EXEC_INTERRUPT_SHADOW	(1U << 12)

struct hv_x64_intercept_header {
	__u32 vp_index;
	__u8 length_cr8;		/* instruction length 3:0, CR8 7:4 */
	__u8 access;			/* HV_ACCESS_* */
	__u16 exec_state;		/* HV_EXEC_* */
	struct hv_x64_segment_register cs;
	__u64 rip;
	__u64 rflags;
};

#define HV_MEMORY_GVA_VALID		0x01
#define HV_MEMORY_GVA_GPA_VALID		0x02
#define HV_MEMORY_HYPERCALL_OUTPUT	0x04	/* of a hypercall, still to come */

/* The long form: registers of the lower VTL follow what the TLFS asks for. */
struct hv_x64_memory_intercept {
	struct hv_x64_intercept_header header;
	__u32 cache_type;		/* as in the MTRRs */
	__u8 instruction_bytes_count;
	__u8 access_info;		/* HV_MEMORY_* */
	__u8 tpr;
	__u8 rsvd;
	__u64 gva;
	__u64 gpa;
	__u8 instruction_bytes[16];
	struct hv_x64_segment_register ds, ss;
	__u64 gpr[16];			/* RAX RCX RDX RBX RSP RBP RSI RDI R8.. */
};

struct hv_x64_msr_intercept {
	struct hv_x64_intercept_header header;
	__u32 msr;
	__u32 rsvd;
	__u64 rdx;
	__u64 rax;
};

/* value: what was to be written; with is_memory_op, the operand's address. */
struct hv_x64_register_intercept {
	struct hv_x64_intercept_header header;
	__u8 is_memory_op;
	__u8 rsvd[3];
	__u32 name;			/* HV_X64_REGISTER_* */
	struct hv_register_value value;
};

/* Secure register intercepts. */
#define HV_REGISTER_CR_INTERCEPT_CONTROL	0x000e0000
#define HV_REGISTER_CR_INTERCEPT_CR0_MASK	0x000e0001
#define HV_REGISTER_CR_INTERCEPT_CR4_MASK	0x000e0002
#define HV_REGISTER_CR_INTERCEPT_MISC_MASK	0x000e0003

#define HV_INTERCEPT_CR0_WRITE		(1ULL << 0)
#define HV_INTERCEPT_CR4_WRITE		(1ULL << 1)
#define HV_INTERCEPT_XCR0_WRITE		(1ULL << 2)
#define HV_INTERCEPT_MISC_ENABLE_READ	(1ULL << 3)
#define HV_INTERCEPT_MISC_ENABLE_WRITE	(1ULL << 4)
#define HV_INTERCEPT_LSTAR_READ		(1ULL << 5)
#define HV_INTERCEPT_LSTAR_WRITE	(1ULL << 6)
#define HV_INTERCEPT_STAR_READ		(1ULL << 7)
#define HV_INTERCEPT_STAR_WRITE		(1ULL << 8)
#define HV_INTERCEPT_CSTAR_READ		(1ULL << 9)
#define HV_INTERCEPT_CSTAR_WRITE	(1ULL << 10)
#define HV_INTERCEPT_APIC_BASE_READ	(1ULL << 11)
#define HV_INTERCEPT_APIC_BASE_WRITE	(1ULL << 12)
#define HV_INTERCEPT_EFER_READ		(1ULL << 13)
#define HV_INTERCEPT_EFER_WRITE		(1ULL << 14)
#define HV_INTERCEPT_GDTR_WRITE		(1ULL << 15)
#define HV_INTERCEPT_IDTR_WRITE		(1ULL << 16)
#define HV_INTERCEPT_LDTR_WRITE		(1ULL << 17)
#define HV_INTERCEPT_TR_WRITE		(1ULL << 18)
#define HV_INTERCEPT_SYSENTER_CS_WRITE	(1ULL << 19)
#define HV_INTERCEPT_SYSENTER_EIP_WRITE	(1ULL << 20)
#define HV_INTERCEPT_SYSENTER_ESP_WRITE	(1ULL << 21)
#define HV_INTERCEPT_SFMASK_WRITE	(1ULL << 22)
#define HV_INTERCEPT_TSC_AUX_WRITE	(1ULL << 23)
#define HV_INTERCEPT_SGX_LAUNCH_WRITE	(1ULL << 24)
#define HV_INTERCEPT_XSS_WRITE		(1ULL << 25)
#define HV_INTERCEPT_S_CET_WRITE	(1ULL << 26)
#define HV_INTERCEPT_PL_SSP_WRITE	(1ULL << 27)
#define HV_INTERCEPT_SSP_TABLE_WRITE	(1ULL << 28)
#define HV_INTERCEPT_CONTROL_MASK	((1ULL << 29) - 1)

/*
 * HvRegisterPendingEvent0 with an exception: pending 0, type 3:1, deliver
 * error code 8, vector 31:16, error code 63:32; the high half is the parameter
 * (CR2 of a page fault).
 */
#define HV_PENDING_EVENT		(1ULL << 0)
#define HV_PENDING_EVENT_TYPE_MASK	(7ULL << 1)
#define HV_PENDING_EVENT_EXCEPTION	(0ULL << 1)
#define HV_PENDING_EVENT_ERROR		(1ULL << 8)
#define HV_PENDING_EVENT_VECTOR_SHIFT	16
#define HV_PENDING_EVENT_ERROR_SHIFT	32
#define HV_PENDING_EVENT_RSVD		0xfef0ULL

#endif /* _VSM_SYNIC_H */
