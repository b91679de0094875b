// SPDX-License-Identifier: GPL-2.0
/*
 * The hypercall decoder, for every input value and every call that the table
 * could have: a pass always fits the copy's room and always makes progress.
 */
#include "../../../kernel/hv/hvcall_decode.c"
#include "proof.h"

#define LIST_ROOM	(HVCALL_PASS_IN - HVCALL_HEADER_MAX)

void prove(void)
{
	struct hvcall_entry e = {
		.kind = nondet_u8(), .in_size = nondet_u16(),
		.elem_size = nondet_u16(), .out_size = nondet_u16(),
	};
	u64 value = nondet_u64(), in = nondet_u64(), out = nondet_u64();
	struct hvcall call;
	bool rep;

	/* What the table is tested for (hvcall_test). */
	ASSUME(e.kind <= HVCALL_VAR_REP);
	rep = e.kind == HVCALL_REP || e.kind == HVCALL_VAR_REP;
	ASSUME(e.in_size <= HVCALL_HEADER_MAX && e.in_size % 8 == 0);
	ASSUME(e.elem_size <= LIST_ROOM && e.out_size <= HVCALL_PASS_OUT);
	ASSUME(rep || !e.elem_size);
	if (hvcall_decode(&e, value, &call))
		return;
	CLAIM(!(value & (HV_HYPERCALL_RSVD_MASK | HV_HYPERCALL_NESTED)));
	CLAIM(call.head_bytes <= HVCALL_HEADER_MAX);
	CLAIM(call.rep_start < call.rep_count ||
	      !(call.rep_start | call.rep_count));
	CLAIM(call.nr <= call.rep_count - call.rep_start);
	CLAIM(call.nr || call.rep_count == call.rep_start);
	CLAIM(ALIGN(call.head_bytes, 8) + call.nr * e.elem_size <=
	      HVCALL_PASS_IN);
	CLAIM((rep ? call.nr : 1) * e.out_size <= HVCALL_PASS_OUT);
	if (call.fast) {
		CLAIM(call.in_bytes + call.out_bytes <= HVCALL_FAST_MAX);
	} else if (!hvcall_check_memory(&call, in, out)) {
		CLAIM(!call.in_bytes || (in & ~PAGE_MASK) + call.in_bytes <=
					PAGE_SIZE);
		CLAIM(!call.out_bytes || (out & ~PAGE_MASK) + call.out_bytes <=
					 PAGE_SIZE);
	}
}
