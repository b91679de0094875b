/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ioctl interface of /dev/vsm_probe: what an attacker who owns the kernel of
 * VTL0 can try.  For tests only; never load the module on a real machine.
 *
 * mmap() of the device at offset X maps physical address X.
 */
#ifndef _VSM_PROBE_H
#define _VSM_PROBE_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define VSM_PROBE_MAGIC		0xd6

/* Ways to physical memory. */
enum vsm_probe_path {
	VSM_PROBE_DIRECT,	/* the direct map */
	VSM_PROBE_VMAP,		/* vmap() of its struct pages */
	VSM_PROBE_IOREMAP,	/* ioremap_cache() */
	VSM_PROBE_MEMREMAP,	/* memremap() */
	VSM_PROBE_USER,		/* the caller's own mapping; base is virtual */
	VSM_PROBE_TEXT,		/* in the place of a page of the module's text */
	VSM_PROBE_NR_PATHS,
};

#define VSM_PROBE_READ		0
#define VSM_PROBE_WRITE		1
#define VSM_PROBE_EXECUTE	2	/* first byte of each page; VSM_PROBE_VMAP,
					 * VSM_PROBE_USER, VSM_PROBE_TEXT (one
					 * page), or VSM_PROBE_DIRECT,
					 * which Linux itself maps without execute
					 * permission
					 */

struct vsm_probe_memory {
	__u32 path;		/* enum vsm_probe_path */
	__u32 access;		/* VSM_PROBE_READ, _WRITE or _EXECUTE */
	__u64 base;		/* physical but for VSM_PROBE_USER, page aligned */
	__u64 size;		/* bytes, page multiple */
	__u32 step;		/* distance of the bytes tried, 1 .. 4096 */
	__u32 unmappable;	/* [out] pages that the path cannot map */
	__u64 tried;		/* [out] bytes tried */
	__u64 refused;		/* [out] of them, those that faulted */
	__u64 first;		/* [out] where one first did not fault */
};

#define VSM_PROBE_IOC_MEMORY	_IOWR(VSM_PROBE_MAGIC, 0x00, \
				      struct vsm_probe_memory)

/*
 * [out] physical address of a page of the module's own; it can be read,
 * written and, since it starts with ENDBR64 and RET, executed.
 */
#define VSM_PROBE_IOC_OWN_PAGE	_IOR(VSM_PROBE_MAGIC, 0x01, __u64)

#define VSM_PROBE_BUFFER	512	/* bytes of input and of output */

#define VSM_PROBE_RAW_INPUT	(1U << 0)	/* rdx as given */
#define VSM_PROBE_RAW_OUTPUT	(1U << 1)	/* r8 as given */
#define VSM_PROBE_FLAGS		(VSM_PROBE_RAW_INPUT | VSM_PROBE_RAW_OUTPUT)

/*
 * VMCALL with RCX = control.  Unless raw, RDX is the address of a buffer that
 * input[] was copied into at @input_offset of two adjacent pages, R8 of
 * another that output[] is read from.
 */
struct vsm_probe_hypercall {
	__u32 flags;		/* VSM_PROBE_RAW_* */
	__u32 trapped;		/* [out] 1: the instruction faulted */
	__u32 input_offset;	/* 0 .. 8192 - VSM_PROBE_BUFFER */
	__u32 output_offset;
	__u64 control;
	__u64 rax;		/* in and [out] */
	__u64 rdx;
	__u64 r8;
	__u8 input[VSM_PROBE_BUFFER];
	__u8 output[VSM_PROBE_BUFFER];	/* [out] filled with 0xee before */
};

#define VSM_PROBE_IOC_HYPERCALL	_IOWR(VSM_PROBE_MAGIC, 0x02, \
				      struct vsm_probe_hypercall)

struct vsm_probe_msr {
	__u32 msr;
	__u32 write;		/* 0: RDMSR, 1: WRMSR */
	__u64 value;		/* in or [out] */
	__u32 trapped;		/* [out] 1: the instruction faulted */
	__u32 rsvd;
};

/* On the CPU that the caller runs on. */
#define VSM_PROBE_IOC_MSR	_IOWR(VSM_PROBE_MAGIC, 0x03, \
				      struct vsm_probe_msr)

#define VSM_PROBE_NR_GPRS	16
#define VSM_PROBE_NR_XMM	6

#define VSM_PROBE_XMM		(1U << 0)	/* load and store xmm, too */
#define VSM_PROBE_IRQS_OFF	(1U << 1)
#define VSM_PROBE_INSN_FLAGS	(VSM_PROBE_XMM | VSM_PROBE_IRQS_OFF)

#define VSM_PROBE_NO_FAULT	0xffffffffU

/* Memory operands are (%rdi), others RSI; see modules/probe/instructions.def */
enum vsm_probe_insns {
#define INSN(name)	VSM_PROBE_INSN_##name,
#include "instructions.def"
#undef INSN
	VSM_PROBE_NR_INSNS,
};

/*
 * One instruction, on the CPU that the caller runs on, with preemption off.
 * Registers are in the order of their numbers; RSP's place is not used.
 */
struct vsm_probe_insn {
	__u32 insn;		/* enum vsm_probe_insns */
	__u32 flags;		/* VSM_PROBE_XMM and so on */
	__u32 vector;		/* [out] exception, or VSM_PROBE_NO_FAULT */
	__u32 length;		/* [out] of the instruction */
	__u64 ip;		/* [out] where it is */
	__u64 gpr[VSM_PROBE_NR_GPRS];		/* in and [out] */
	__u8 xmm[VSM_PROBE_NR_XMM][16];		/* in and [out] */
};

#define VSM_PROBE_IOC_INSN	_IOWR(VSM_PROBE_MAGIC, 0x04, \
				      struct vsm_probe_insn)

#define VSM_PROBE_EARLY_SLOTS	4
#define VSM_PROBE_EARLY_MAX	256

enum vsm_probe_early_where {
	VSM_PROBE_EARLY_HVCALL,		/* the driver's hypercall @code */
	VSM_PROBE_EARLY_SCALL,		/* its secure call @code on a CPU that
					 * it chooses
					 */
};

/*
 * To be executed when vsm.ko is loaded next, right before its first call of
 * that kind, on the CPU that makes it.  EAGAIN: it made none yet.
 */
struct vsm_probe_early {
	__u32 slot;
	__u32 where;		/* enum vsm_probe_early_where */
	__u64 code;
	__u32 nr;
	__u32 rsvd;
	__u64 insns;		/* of @nr struct vsm_probe_insn: in, or [out] */
};

#define VSM_PROBE_IOC_EARLY	_IOW(VSM_PROBE_MAGIC, 0x08, \
				     struct vsm_probe_early)
#define VSM_PROBE_IOC_RESULTS	_IOW(VSM_PROBE_MAGIC, 0x09, \
				     struct vsm_probe_early)

#define VSM_PROBE_MAX_ORDER	9

/* Zeroed pages in one piece, once per open file, until it is closed. */
struct vsm_probe_pages {
	__u32 order;		/* 2^order pages, 0 .. VSM_PROBE_MAX_ORDER */
	__u32 rsvd;
	__u64 gpa;		/* [out] */
	__u64 va;		/* [out] where the kernel has them mapped */
};

#define VSM_PROBE_IOC_PAGES	_IOWR(VSM_PROBE_MAGIC, 0x05, \
				      struct vsm_probe_pages)

/* Sends NMIs to a CPU, each when the one before has arrived or is lost. */
struct vsm_probe_nmi {
	__u32 cpu;		/* ENXIO: it is offline */
	__u32 nr;
	__u32 arrived;		/* [out] */
	__u32 lost;		/* [out] */
};

#define VSM_PROBE_IOC_NMI	_IOWR(VSM_PROBE_MAGIC, 0x12, \
				      struct vsm_probe_nmi)

/*
 * Spin with interrupts off on the CPU that the caller runs on.  With an
 * @apic_id, its APIC has that id meanwhile: EOPNOTSUPP where it cannot.
 */
struct vsm_probe_spin {
	__u64 ticks;		/* of the TSC */
	__u32 apic_id;
	__u32 rsvd;
};

#define VSM_PROBE_IOC_SPIN	_IOW(VSM_PROBE_MAGIC, 0x06, \
				     struct vsm_probe_spin)

#define VSM_PROBE_ICR_INIT	0x4500U	/* level assert */
#define VSM_PROBE_ICR_SIPI	0x4600U	/* and the vector */

/* Send an IPI, whatever it does to who gets it. */
struct vsm_probe_ipi {
	__u32 apic_id;
	__u32 icr;		/* its low half */
};

#define VSM_PROBE_IOC_IPI	_IOW(VSM_PROBE_MAGIC, 0x07, \
				     struct vsm_probe_ipi)

#define VSM_PROBE_LOOP_VECTORS	32
#define VSM_PROBE_LOOP_STATE	2048	/* a byte there: */
#define VSM_PROBE_LOOP_RUNS	1
#define VSM_PROBE_LOOP_ENDED	2

/*
 * Debug exceptions without end on the CPU that the caller runs on, interrupts
 * off, with an IDT in the page at this address.  Ends when the gate of #DB
 * there (vector 1) has another IST, such as that of #MC, 4.
 */
#define VSM_PROBE_IOC_LOOP	_IOW(VSM_PROBE_MAGIC, 0x18, __u64)

enum vsm_probe_wait {
	VSM_PROBE_WAIT_SPIN,	/* interrupts off */
	VSM_PROBE_WAIT_HLT,	/* interrupts on while halted */
	VSM_PROBE_WAIT_MWAIT,	/* interrupts off */
	VSM_PROBE_NR_WAITS,
};

struct vsm_probe_use {
	__u32 vector;		/* VSM_PROBE_NO_FAULT: it went well */
	__u32 rsvd;
	__u64 value;		/* that was loaded */
};

/* The u32 at @turn, by the kernel's address. */
#define VSM_PROBE_TURN_WAITING	1	/* @before is done */
#define VSM_PROBE_TURN_GO	2	/* somebody else: now @after */

/*
 * A load from @va or a store to it, so that the translation is in the TLB;
 * then a wait for the turn, then the same again.
 */
struct vsm_probe_stale {
	__u64 va;
	__u64 turn;
	__u32 how;		/* enum vsm_probe_wait */
	__u32 store;
	struct vsm_probe_use before, after;	/* [out] */
};

#define VSM_PROBE_IOC_STALE	_IOWR(VSM_PROBE_MAGIC, 0x0a, \
				      struct vsm_probe_stale)

#define VSM_PROBE_REMAP_BEGIN	0	/* a page of the kernel's: @va */
#define VSM_PROBE_REMAP_CHANGE	1	/* another one there; no flush */
#define VSM_PROBE_REMAP_END	2

struct vsm_probe_remap {
	__u32 what;
	__u32 rsvd;
	__u64 gpa;
	__u64 va;		/* [out] */
};

#define VSM_PROBE_IOC_REMAP	_IOWR(VSM_PROBE_MAGIC, 0x0b, \
				      struct vsm_probe_remap)

/* A write to text as Linux makes it. */
struct vsm_probe_poke {
	char symbol[48];	/* of a function */
	__u32 offset;		/* from its beginning */
	__u32 len;
	__u32 peek;		/* nothing is written */
	__u32 rsvd;
	__u64 va;		/* [out] */
	__u8 bytes[16];
	__u8 old[16];		/* [out] before */
	__u8 now[16];		/* [out] afterwards */
};

#define VSM_PROBE_IOC_POKE	_IOWR(VSM_PROBE_MAGIC, 0x19, \
				      struct vsm_probe_poke)

/* Writes that are to be refused, to the slot or the detour of a probe. */
struct vsm_probe_slots {
	char symbol[48];	/* of a function */
	__u32 offset;		/* of an instruction that is as good elsewhere */
	__u32 detours;		/* else slots */
	__u32 tried;		/* [out] */
	__u32 passed;		/* [out] */
	__u8 bytes[16];		/* [out] of the first that passed */
};

#define VSM_PROBE_IOC_SLOTS	_IOWR(VSM_PROBE_MAGIC, 0x1a, \
				      struct vsm_probe_slots)

/* A trampoline of the function tracer, of one function of the kernel. */
#define VSM_PROBE_TRAMPOLINE_ADD	0
#define VSM_PROBE_TRAMPOLINE_CALL	1	/* the function */
#define VSM_PROBE_TRAMPOLINE_READ	2
#define VSM_PROBE_TRAMPOLINE_WRITE	3	/* by another mapping of its page */
#define VSM_PROBE_TRAMPOLINE_POKE	4	/* as Linux writes to text */
#define VSM_PROBE_TRAMPOLINE_MEND	5	/* written as it was made */
#define VSM_PROBE_TRAMPOLINE_REMOVE	6

struct vsm_probe_trampoline {
	__u32 what;
	__u32 regs;		/* added: one that saves all registers */
	__u32 offset;		/* of the bytes, from its beginning */
	__u32 len;
	__u32 refused;		/* [out] called: it was not executed */
	__u32 hits;		/* [out] called: the tracer's function was */
	__u32 size;		/* [out] */
	__u32 rsvd;
	__u64 va;		/* [out] */
	__u64 func;		/* [out] what it calls */
	__u64 data;		/* [out] in its reach, of the module */
	__u64 text;		/* [out] the function that is traced */
	__u8 bytes[16];
	__u8 old[16];		/* [out] before */
};

#define VSM_PROBE_IOC_TRAMPOLINE _IOWR(VSM_PROBE_MAGIC, 0x1b, \
				       struct vsm_probe_trampoline)

/* A secure call, by the driver's own function. */
struct vsm_probe_scall {
	__u64 fn;
	__u64 arg[5];
	__u64 status;		/* [out] VSM_S_* */
	__u64 ret[3];		/* [out] */
};

#define VSM_PROBE_IOC_SCALL	_IOWR(VSM_PROBE_MAGIC, 0x1c, \
				      struct vsm_probe_scall)

#endif /* _VSM_PROBE_H */
