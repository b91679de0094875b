/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Protocol of the puppet: a VTL1 image for tests that does what VTL0 asks of
 * it and reports what happened.  Shared by the image (selftests/vtl1) and by
 * the tests that drive it.
 *
 * VTL call: RDI = PUPPET_CALL, RSI = GPA of pages with RDX requests (struct
 * puppet_request), each of which the puppet copies, carries out and writes
 * back, in order and without a return to VTL0 in between.
 * Return: RDI = VSM_S_OK, or another status and the requests are as they were.
 * Beyond that the puppet speaks as much of uapi/vsm/scall.h as lets the
 * driver come up and go.
 */
#ifndef _VSM_SELFTESTS_PUPPET_H
#define _VSM_SELFTESTS_PUPPET_H

#include <linux/types.h>

#define PUPPET_CALL		0x74657070	/* secure call function */
#define PUPPET_MAX_REQUESTS	8

enum puppet_op {
	PUPPET_NOP,
	PUPPET_PAGES,		/* [out] ret: GPA of this VP's assist page,
				 * message page, event flags page and of two
				 * adjacent scratch pages
				 */
	PUPPET_VMCALL,		/* gpr in and out; PUPPET_XMM, PUPPET_PAGE;
				 * arg: TSC ticks to stay in VTL1 afterwards,
				 * interrupts off
				 */
	PUPPET_RETURN,		/* arg: control input of the return sequence;
				 * with PUPPET_GPRS, gpr is what all registers
				 * but RSP, RAX and RCX hold on the way out.
				 * Comes back to the caller only when refused.
				 */
	PUPPET_RDMSR,		/* arg: MSR; ret: value */
	PUPPET_WRMSR,		/* arg: MSR, value */
	PUPPET_CPUID,		/* arg: leaf, subleaf; ret: EAX .. EDX */
	PUPPET_READ,		/* arg: enum puppet_register; ret: value */
	PUPPET_WRITE,		/* arg: enum puppet_register, value */
	PUPPET_COPY,		/* arg: GPA to, GPA from, bytes */
	PUPPET_WAIT,		/* arg: TSC ticks: interrupts on until one came
				 * or the time is over; ret: interrupts taken
				 */
	PUPPET_IRQS,		/* ret: interrupts per vector from arg on, six;
				 * then forget all
				 */
	PUPPET_START,		/* arg: GPA of a page for a struct puppet_start */
	PUPPET_RESPOND,		/* response: to intercepts from now on; forget
				 * those that were logged
				 */
	PUPPET_LOGGED,		/* arg: GPA for up to PUPPET_LOG struct
				 * puppet_logged; ret: intercepts since
				 * PUPPET_RESPOND
				 */
	PUPPET_NO_EOI,		/* arg: 1: interrupts are not ended */
	PUPPET_START_VP,	/* arg: VP: HvCallStartVirtualProcessor in VTL1,
				 * as the puppet enables them; ret: result
				 */
	PUPPET_NR_OPS,
};

/* What PUPPET_READ and PUPPET_WRITE name. */
enum puppet_register {
	PUPPET_CR0, PUPPET_CR2, PUPPET_CR3, PUPPET_CR4, PUPPET_CR8,
	PUPPET_DR0, PUPPET_DR1, PUPPET_DR2, PUPPET_DR3, PUPPET_DR6, PUPPET_DR7,
	PUPPET_XCR0, PUPPET_RFLAGS,
	PUPPET_CS, PUPPET_DS, PUPPET_ES, PUPPET_FS, PUPPET_GS, PUPPET_SS,
	PUPPET_TR, PUPPET_LDTR,				/* selectors */
	PUPPET_GDTR_BASE, PUPPET_GDTR_LIMIT,
	PUPPET_IDTR_BASE, PUPPET_IDTR_LIMIT,
	PUPPET_NR_REGISTERS,
};

/* As instructions number them; RSP's place is not used. */
enum puppet_gpr {
	PUPPET_RAX, PUPPET_RCX, PUPPET_RDX, PUPPET_RBX, PUPPET_RSP, PUPPET_RBP,
	PUPPET_RSI, PUPPET_RDI, PUPPET_R8, PUPPET_R9, PUPPET_R10, PUPPET_R11,
	PUPPET_R12, PUPPET_R13, PUPPET_R14, PUPPET_R15,
	PUPPET_NR_GPRS,
};

#define PUPPET_NR_XMM		6
#define PUPPET_NR_ARGS		6

#define PUPPET_XMM		(1U << 0)	/* load and store xmm, too */
#define PUPPET_PAGE		(1U << 1)	/* through the hypercall page */
#define PUPPET_GPRS		(1U << 2)

#define PUPPET_NO_FAULT		0xffffffffU

struct puppet_fault {
	__u32 vector;			/* PUPPET_NO_FAULT: there was none */
	__u32 error;
	__u64 rip;
	__u64 cr2;			/* of a page fault */
};

/*
 * What the puppet does about a message in slot 0 of its message page, in this
 * order; with none of it, VTL0 executes the instruction again.
 */
#define PUPPET_PROTECT		(1U << 0)	/* the page accessed: map_flags */
#define PUPPET_SET_REGISTER	(1U << 1)	/* name: value */
#define PUPPET_SET_FROM_MESSAGE	(1U << 2)	/* name: what the message has */
#define PUPPET_EVENT		(1U << 3)	/* HvRegisterPendingEvent0: event */
#define PUPPET_SKIP		(1U << 4)	/* RIP: by skip bytes, or, if 0,
						 * as the message says
						 */

/* The first @count intercepts; later ones are answered with #GP. */
struct puppet_response {
	__u32 count;
	__u32 actions;
	__u32 map_flags;
	__u32 name;
	__u64 value;
	__u64 event[2];
	__u32 skip;
	__u32 gpr_mask;			/* registers of VTL0 to be changed */
	__u64 gpr[PUPPET_NR_GPRS];
};

#define PUPPET_LOG		8

struct puppet_logged {
	__u8 message[256];		/* struct hv_message */
	__u64 gpr[PUPPET_NR_GPRS];	/* of VTL0, when VTL1 was entered */
	__u64 status;			/* of the first call that failed */
	__u32 entry_reason;
	__u32 vector;			/* of the interrupt that came with it,
					 * 0: none did
					 */
};

struct puppet_request {
	__u32 op;			/* enum puppet_op */
	__u32 flags;			/* PUPPET_XMM and so on */
	__u64 arg[PUPPET_NR_ARGS];
	__u64 ret[PUPPET_NR_ARGS];	/* [out] */
	struct puppet_fault fault;	/* [out] */
	__u64 gpr[PUPPET_NR_GPRS];
	__u8 xmm[PUPPET_NR_XMM][16];
	/* [out] registers with which VTL1 was entered for this request */
	__u64 entry_gpr[PUPPET_NR_GPRS];
	__u8 entry_xmm[PUPPET_NR_XMM][16];
	struct puppet_response response;
};

/*
 * What a VP found when it came up, before it changed anything.  The puppet
 * enables VPs other than the first with the context below.
 */
#define PUPPET_CONTEXT_RFLAGS	0x40000		/* AC, beside the fixed bit */
#define PUPPET_CONTEXT_PAT	0x0006040700060407ULL
#define PUPPET_CONTEXT_FS_BASE	0x123456789000ULL
#define PUPPET_CONTEXT_GS_BASE	0xffff987654321000ULL

enum puppet_msr {		/* struct puppet_start's msr[] */
	PUPPET_MSR_EFER, PUPPET_MSR_PAT, PUPPET_MSR_FS_BASE,
	PUPPET_MSR_GS_BASE, PUPPET_MSR_KERNEL_GS_BASE, PUPPET_MSR_STAR,
	PUPPET_MSR_LSTAR, PUPPET_MSR_CSTAR, PUPPET_MSR_SFMASK,
	PUPPET_MSR_SYSENTER_CS, PUPPET_MSR_SYSENTER_ESP,
	PUPPET_MSR_SYSENTER_EIP, PUPPET_MSR_TSC_AUX, PUPPET_MSR_VP_INDEX,
	PUPPET_MSR_VP_ASSIST_PAGE, PUPPET_MSR_GUEST_OS_ID,
	PUPPET_MSR_HYPERCALL,
	PUPPET_NR_MSRS,
};

struct puppet_start {
	__u64 reg[PUPPET_NR_REGISTERS];
	__u64 msr[PUPPET_NR_MSRS];
	__u32 msr_fault[PUPPET_NR_MSRS];	/* vector, PUPPET_NO_FAULT */
	__u64 rsp;
	__u64 count;				/* how often it came up */
	__u64 stack_top;			/* the context's RSP */
	__u64 cr3;				/* and CR3, CR0, CR4, EFER */
	__u64 cr0;
	__u64 cr4;
	__u64 efer;
	/* Of the first VP: before it had a hypercall page. */
	__u32 vmcall_fault;
	__u32 enable_fault;		/* of enabling one without an OS id, */
	__u64 enable_value;		/* and what the MSR held then */
};

#endif /* _VSM_SELFTESTS_PUPPET_H */
