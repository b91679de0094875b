/* SPDX-License-Identifier: GPL-2.0 */
/* A hypercall while it is served: decoded input value, copied input. */
#ifndef _VSM_HV_HVCALL_H
#define _VSM_HV_HVCALL_H

#include "hv.h"

struct hvcall {
	u16 code;
	bool fast;
	u32 rep_count, rep_start;	/* reps [start, count) are to do */
	u32 rep_done;			/* of them, set by the handler */
	gpa_t in_gpa, out_gpa;
	const void *in;			/* header, copied */
	const void *list;		/* rep elements [start, count), copied */
};

/* Partition and VP of the common input header, in the TLFS's check order. */
u64 hvcall_check_partition(u64 partition_id);
u64 hvcall_find_vp(struct pcpu *cpu, u32 vp_index, struct pcpu **ret);
/* HV_INPUT_VTL: a VTL at or below the caller's. */
u64 hvcall_input_vtl(struct pcpu *cpu, u8 input_vtl, u8 *ret);

#endif /* _VSM_HV_HVCALL_H */
