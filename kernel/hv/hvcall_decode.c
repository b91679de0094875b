// SPDX-License-Identifier: GPL-2.0
/*
 * What a hypercall's input value asks for: sizes, reps, where the parameters
 * are.  Must never accept a reserved bit or a size that the copy has no room
 * for.  Source: TLFS, "Hypercall Interface".
 */
#include "hvcall.h"

static u64 decode_reps(const struct hvcall_entry *e, u64 value,
		       struct hvcall *call)
{
	call->rep = e->kind == HVCALL_REP || e->kind == HVCALL_VAR_REP;
	call->rep_count = (value & HV_HYPERCALL_REP_COUNT_MASK) >>
			  HV_HYPERCALL_REP_COUNT_SHIFT;
	call->rep_start = (value & HV_HYPERCALL_REP_START_MASK) >>
			  HV_HYPERCALL_REP_START_SHIFT;
	if (!call->rep)
		return call->rep_count || call->rep_start ?
		       HV_STATUS_INVALID_HYPERCALL_INPUT : HV_STATUS_SUCCESS;
	/* No reps at all is success; else start lies below count. */
	if (call->rep_start > call->rep_count ||
	    (call->rep_count && call->rep_start == call->rep_count))
		return HV_STATUS_INVALID_HYPERCALL_INPUT;
	return HV_STATUS_SUCCESS;
}

static u64 decode_header(const struct hvcall_entry *e, u64 value,
			 struct hvcall *call)
{
	call->var_size = 8 * ((value & HV_HYPERCALL_VARHEAD_MASK) >>
			      HV_HYPERCALL_VARHEAD_SHIFT);
	if (call->var_size && e->kind != HVCALL_VAR_SIMPLE &&
	    e->kind != HVCALL_VAR_REP)
		return HV_STATUS_INVALID_HYPERCALL_INPUT;
	call->head_bytes = e->in_size + call->var_size;
	return call->head_bytes > HVCALL_HEADER_MAX ?
	       HV_STATUS_INVALID_HYPERCALL_INPUT : HV_STATUS_SUCCESS;
}

static u32 pass_reps(const struct hvcall_entry *e, const struct hvcall *call)
{
	u32 nr = MIN(call->rep_count - call->rep_start, (u32)HVCALL_PASS_REPS);

	if (e->elem_size)
		nr = MIN(nr, (HVCALL_PASS_IN - HVCALL_HEADER_MAX) /
			     e->elem_size);
	if (e->out_size)
		nr = MIN(nr, (u32)HVCALL_PASS_OUT / e->out_size);
	return nr;
}

/* TLFS: output registers of a fast call follow the input's, in 16 bytes. */
static u64 check_fast(const struct hvcall *call)
{
	u32 in = ALIGN(call->in_bytes, 16U);

	return in + call->out_bytes > HVCALL_FAST_MAX ?
	       HV_STATUS_INVALID_HYPERCALL_INPUT : HV_STATUS_SUCCESS;
}

u64 hvcall_decode(const struct hvcall_entry *e, u64 value, struct hvcall *call)
{
	u64 status;

	if (value & (HV_HYPERCALL_RSVD_MASK | HV_HYPERCALL_NESTED))
		return HV_STATUS_INVALID_HYPERCALL_INPUT;
	call->fast = value & HV_HYPERCALL_FAST;
	status = decode_reps(e, value, call);
	if (!status)
		status = decode_header(e, value, call);
	if (status)
		return status;
	call->in_bytes = call->head_bytes + call->rep_count * e->elem_size;
	call->out_bytes = call->rep ? call->rep_count * e->out_size :
				      e->out_size;
	call->nr = pass_reps(e, call);
	return call->fast ? check_fast(call) : HV_STATUS_SUCCESS;
}

static bool page_crossing(gpa_t gpa, u32 size)
{
	return (gpa & ~PAGE_MASK) + size > PAGE_SIZE;
}

/* TLFS: parameters are 8-byte aligned and do not cross a page. */
u64 hvcall_check_memory(const struct hvcall *call, gpa_t in, gpa_t out)
{
	if (call->in_bytes &&
	    (!IS_ALIGNED(in, 8) || page_crossing(in, call->in_bytes)))
		return HV_STATUS_INVALID_ALIGNMENT;
	if (call->out_bytes &&
	    (!IS_ALIGNED(out, 8) || page_crossing(out, call->out_bytes)))
		return HV_STATUS_INVALID_ALIGNMENT;
	return HV_STATUS_SUCCESS;
}
