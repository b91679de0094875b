/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A hypercall while it is served: decoded input value, copied input, output to
 * be copied.  Decoding knows nothing of CPUs or memory; it is also compiled
 * for the host, where it is tested.
 */
#ifndef _VSM_HV_HVCALL_H
#define _VSM_HV_HVCALL_H

#include <vsm/types.h>
#include <linux/types.h>
#include <vsm/hvcall.h>

struct pcpu;
struct hvcall;

/*
 * A handler checks, acts, and sets rep_done.  HVCALL_AGAIN: nothing was done
 * yet, the caller is to come back; its interrupts are taken meanwhile.
 */
typedef u64 hvcall_fn(struct pcpu *cpu, struct hvcall *call);

#define HVCALL_AGAIN		0x10000
/* A parameter page is protected: the caller has an exception, or VTL1 runs. */
#define HVCALL_REFUSED		0x20000

enum hvcall_kind {
	HVCALL_SIMPLE,
	HVCALL_REP,
	HVCALL_EARLY,			/* simple; gone after the lock */
	HVCALL_VAR_SIMPLE,		/* with a variable-sized header */
	HVCALL_VAR_REP,
};

/* Who may call: bitmap of VTLs. */
#define HVCALL_VTL0		BIT(0)
#define HVCALL_VTL1		BIT(1)
#define HVCALL_ANY_VTL		(HVCALL_VTL0 | HVCALL_VTL1)

struct hvcall_entry {
	u16 code;
	u8 kind;			/* enum hvcall_kind */
	u8 vtls;
	u16 in_size;			/* header */
	u16 elem_size;			/* rep input element */
	u16 out_size;			/* rep output element, or simple output */
	hvcall_fn *fn;
};

/* RDX, R8, XMM0..XMM5 of a fast call, in this order. */
#define HVCALL_FAST_GPR		16
#define HVCALL_FAST_MAX		112

/*
 * What one pass takes from the list: bounds the time between two looks at
 * interrupts, and the room for the copy (one page, output last).
 */
#define HVCALL_PASS_REPS	128
#define HVCALL_PASS_OUT		1024
#define HVCALL_PASS_IN		(PAGE_SIZE - HVCALL_PASS_OUT)
#define HVCALL_HEADER_MAX	1024

struct hvcall {
	bool fast;
	bool rep;
	u32 rep_count, rep_start;
	u32 var_size;			/* bytes of the variable header */
	u32 in_bytes, out_bytes;	/* of the whole call, all reps */
	u32 head_bytes;			/* header with its variable part */
	u32 nr;				/* reps of this pass, from rep_start */
	u32 rep_done;			/* of them, set by the handler */
	const void *in;			/* header, copied */
	const void *list;		/* this pass's elements, copied */
	void *out;			/* this pass's output */
};

/* hvcall_decode.c: HV_STATUS_* */
u64 hvcall_decode(const struct hvcall_entry *e, u64 value, struct hvcall *call);
u64 hvcall_check_memory(const struct hvcall *call, gpa_t in, gpa_t out);

/* Partition and VP of the common input header, in the TLFS's check order. */
u64 hvcall_check_partition(u64 partition_id);
u64 hvcall_find_vp(struct pcpu *cpu, u32 vp_index, struct pcpu **ret);
/* HV_INPUT_VTL: a VTL at or below the caller's. */
u64 hvcall_input_vtl(struct pcpu *cpu, u8 input_vtl, u8 *ret);

/* The handlers. */
#define HVCALL(name, tlfs, kind, in, elem, out, vtls, fn)	hvcall_fn fn;
#include "hvcalls.def"
#undef HVCALL

#endif /* _VSM_HV_HVCALL_H */
