// SPDX-License-Identifier: GPL-2.0
/*
 * Hypercalls: decode the input value, copy the input once, dispatch, report.
 * Must never look at the caller's memory again after the copy.  Source: TLFS,
 * "Hypercall Interface".
 */
#include <vsm/string.h>

#include "hvcall.h"
#include "vcpu.h"

typedef u64 hvcall_fn(struct pcpu *cpu, struct hvcall *call);

struct hvcall_entry {
	u16 code;
	bool rep;
	u16 in_size;		/* header */
	u16 elem_size;		/* rep input element */
	u16 out_size;		/* rep output element, or simple output */
	u8 vtls;		/* bitmap of VTLs that may call */
	bool early;		/* gone after the lock */
	hvcall_fn *fn;
};

#define VTL0	BIT(0)
#define VTL1	BIT(1)

static const struct hvcall_entry hvcalls[] = {
	{ HVCALL_MODIFY_VTL_PROTECTION_MASK, true,
	  sizeof(struct hv_input_modify_vtl_protection_mask), sizeof(u64), 0,
	  VTL0 | VTL1, false, hvcall_modify_protection },
	{ HVCALL_ENABLE_PARTITION_VTL, false,
	  sizeof(struct hv_input_enable_partition_vtl), 0, 0,
	  VTL0 | VTL1, false, hvcall_enable_partition_vtl },
	{ HVCALL_ENABLE_VP_VTL, false,
	  sizeof(struct hv_input_enable_vp_vtl), 0, 0,
	  VTL0 | VTL1, false, hvcall_enable_vp_vtl },
	{ HVCALL_GET_VP_REGISTERS, true,
	  sizeof(struct hv_input_get_vp_registers), sizeof(u32),
	  sizeof(struct hv_register_value),
	  VTL0 | VTL1, false, hvcall_get_registers },
	{ HVCALL_SET_VP_REGISTERS, true,
	  sizeof(struct hv_input_set_vp_registers),
	  sizeof(struct hv_register_assoc), 0,
	  VTL0 | VTL1, false, hvcall_set_registers },
	{ HVCALL_VSM_RELEASE, false, 0, 0, 0, VTL0, true, hvcall_release },
	{ HVCALL_VSM_LOCK, false, 0, 0, 0, VTL0, true, hvcall_lock },
};

static const struct hvcall_entry *find_call(struct pcpu *cpu, u16 code)
{
	for (u32 i = 0; i < ARRAY_SIZE(hvcalls); i++) {
		const struct hvcall_entry *e = &hvcalls[i];

		if (e->code != code)
			continue;
		if (!(e->vtls & BIT(cpu->active_vtl)) ||
		    (e->early && READ_ONCE(hv.locked)))
			return NULL;
		return e;
	}
	return NULL;
}

static u64 decode(const struct hvcall_entry *e, u64 value, struct hvcall *call)
{
	call->fast = value & HV_HYPERCALL_FAST;
	call->rep_count = (value & HV_HYPERCALL_REP_COUNT_MASK) >>
			  HV_HYPERCALL_REP_COUNT_SHIFT;
	call->rep_start = (value & HV_HYPERCALL_REP_START_MASK) >>
			  HV_HYPERCALL_REP_START_SHIFT;
	if (value & (HV_HYPERCALL_RSVD_MASK | HV_HYPERCALL_VARHEAD_MASK |
		     HV_HYPERCALL_NESTED))
		return HV_STATUS_INVALID_HYPERCALL_INPUT;
	if (e->rep) {
		/* No reps at all is success; else start lies below count. */
		if (call->rep_start > call->rep_count ||
		    (call->rep_count && call->rep_start == call->rep_count))
			return HV_STATUS_INVALID_HYPERCALL_INPUT;
	} else if (call->rep_count || call->rep_start) {
		return HV_STATUS_INVALID_HYPERCALL_INPUT;
	}
	return HV_STATUS_SUCCESS;
}

/* RDX and R8 are the input itself, of at most 16 bytes. */
static u64 input_fast(struct pcpu *cpu, const struct hvcall_entry *e,
		      struct hvcall *call, u8 *buf)
{
	u32 size = e->in_size + call->rep_count * e->elem_size;

	if (size > 16 || e->out_size)
		return HV_STATUS_INVALID_HYPERCALL_INPUT;
	memcpy(buf, &cpu->regs->rdx, 8);
	memcpy(buf + 8, &cpu->regs->r8, 8);
	return HV_STATUS_SUCCESS;
}

static bool page_crossing(gpa_t gpa, u32 size)
{
	return (gpa & ~PAGE_MASK) + size > PAGE_SIZE;
}

static u64 input_memory(struct pcpu *cpu, const struct hvcall_entry *e,
			struct hvcall *call, u8 *buf)
{
	u32 size = e->in_size + call->rep_count * e->elem_size;
	u32 out = e->rep ? call->rep_count * e->out_size : e->out_size;

	call->in_gpa = cpu->regs->rdx;
	call->out_gpa = cpu->regs->r8;
	if (size) {
		if (call->in_gpa & 7 || page_crossing(call->in_gpa, size))
			return HV_STATUS_INVALID_ALIGNMENT;
		if (!mem_copy_in(cpu, call->in_gpa, buf, size))
			return HV_STATUS_INVALID_PARAMETER;
	}
	if (out && (call->out_gpa & 7 || page_crossing(call->out_gpa, out)))
		return HV_STATUS_INVALID_ALIGNMENT;
	return HV_STATUS_SUCCESS;
}

static u64 serve(struct pcpu *cpu, u64 value, struct hvcall *call)
{
	u8 *buf = (u8 *)(pcpu_area(cpu->index) + HV_PCPU_SCRATCH);
	const struct hvcall_entry *e;
	u64 status;

	e = find_call(cpu, value & HV_HYPERCALL_CODE_MASK);
	if (!e)
		return HV_STATUS_INVALID_HYPERCALL_CODE;
	status = decode(e, value, call);
	if (status)
		return status;
	status = call->fast ? input_fast(cpu, e, call, buf) :
			      input_memory(cpu, e, call, buf);
	if (status)
		return status;
	call->in = buf;
	call->list = buf + e->in_size + call->rep_start * e->elem_size;
	return e->fn(cpu, call);
}

static __noinline void serve_exit(struct pcpu *cpu)
{
	struct hvcall call = { .rep_done = 0 };
	u64 status = serve(cpu, cpu->regs->rcx, &call);

	cpu->regs->rax = status | (u64)(call.rep_start + call.rep_done) <<
				  HV_HYPERCALL_REPS_DONE_SHIFT;
	vcpu_skip_vmcall();
}

/*
 * TLFS: from CPL 0, and with the interface enabled; 64-bit callers only, which
 * implies protected mode.  The VTL switches come first: they are the hot path.
 */
void hvcall_exit(struct pcpu *cpu)
{
	u64 value = cpu->regs->rcx;

	if (unlikely(!(hv.vtl[cpu->active_vtl].hypercall & HV_MSR_ENABLE) ||
		     vcpu_cpl() || !vcpu_long_mode()))
		vcpu_inject_ud();
	else if (likely(value == HVCALL_VTL_CALL))
		vtl_call(cpu);
	else if (likely(value == HVCALL_VTL_RETURN))
		vtl_return(cpu);
	else
		serve_exit(cpu);
}

u64 hvcall_check_partition(u64 partition_id)
{
	return partition_id == HV_PARTITION_ID_SELF ?
	       HV_STATUS_SUCCESS : HV_STATUS_INVALID_PARTITION_ID;
}

u64 hvcall_find_vp(struct pcpu *cpu, u32 vp_index, struct pcpu **ret)
{
	if (vp_index == HV_VP_INDEX_SELF) {
		*ret = cpu;
		return HV_STATUS_SUCCESS;
	}
	if (vp_index >= hv_boot.nr_cpus || !pcpu_of(vp_index)->online)
		return HV_STATUS_INVALID_VP_INDEX;
	*ret = pcpu_of(vp_index);
	return HV_STATUS_SUCCESS;
}

u64 hvcall_input_vtl(struct pcpu *cpu, u8 input_vtl, u8 *ret)
{
	u8 vtl = cpu->active_vtl;

	if (input_vtl & HV_INPUT_VTL_RSVD)
		return HV_STATUS_INVALID_PARAMETER;
	if (input_vtl & HV_INPUT_VTL_USE)
		vtl = input_vtl & HV_INPUT_VTL_MASK;
	if (vtl > cpu->active_vtl)
		return HV_STATUS_ACCESS_DENIED;
	*ret = vtl;
	return HV_STATUS_SUCCESS;
}
