// SPDX-License-Identifier: GPL-2.0
/*
 * Hypercalls: decode the input value, copy the input once, dispatch, report.
 * Must never look at the caller's memory again after the copy.  Source: TLFS,
 * "Hypercall Interface".
 */
#include <vsm/string.h>

#include "hv.h"
#include "hvcall.h"
#include "vcpu.h"

static const struct hvcall_entry hvcalls[] = {
#define HVCALL(name, tlfs, kind, in, elem, out, vtls, fn)		\
	{ HVCALL_##name, HVCALL_##kind, vtls, in, elem, out, fn },
#include "hvcalls.def"
#undef HVCALL
};

static const struct hvcall_entry *find_call(struct pcpu *cpu, u16 code)
{
	for (u32 i = 0; i < ARRAY_SIZE(hvcalls); i++) {
		const struct hvcall_entry *e = &hvcalls[i];

		if (e->code != code)
			continue;
		if (!(e->vtls & BIT(cpu->active_vtl)) ||
		    (e->kind == HVCALL_EARLY && READ_ONCE(hv.locked)))
			return NULL;
		return e;
	}
	return NULL;
}

/* xmm.S */
void xmm_read(u8 *buf);
void xmm_write(const u8 *buf);

/* The registers of a fast call; those beyond @size are left alone. */
static void fast_read(struct pcpu *cpu, u8 *buf, u32 size)
{
	memcpy(buf, &cpu->regs->rdx, 8);
	memcpy(buf + 8, &cpu->regs->r8, 8);
	if (size > HVCALL_FAST_GPR)
		xmm_read(buf + HVCALL_FAST_GPR);
}

static void fast_write(struct pcpu *cpu, const u8 *buf, u32 size)
{
	memcpy(&cpu->regs->rdx, buf, 8);
	memcpy(&cpu->regs->r8, buf + 8, 8);
	if (size > HVCALL_FAST_GPR)
		xmm_write(buf + HVCALL_FAST_GPR);
}

static u64 check_page(struct pcpu *cpu, gpa_t gpa, u32 size, bool write)
{
	switch (size ? mem_check(cpu, gpa, size, write) : MEM_OK) {
	case MEM_OK:
		return HV_STATUS_SUCCESS;
	case MEM_MASKED:
		intercept_parameter(cpu, gpa, write);
		return HVCALL_REFUSED;
	default:
		return HV_STATUS_INVALID_PARAMETER;
	}
}

/*
 * TLFS: that the caller can read the input and write the output is seen to
 * before anything is done; what a higher VTL forbids is its intercept.
 */
static u64 check_pages(struct pcpu *cpu, const struct hvcall *call)
{
	u64 status;

	if (call->fast)
		return HV_STATUS_SUCCESS;
	status = check_page(cpu, cpu->regs->rdx, call->in_bytes, false);
	return status ? status :
	       check_page(cpu, cpu->regs->r8, call->out_bytes, true);
}

/* Header, then this pass's part of the list, each into its place. */
static u64 copy_in(struct pcpu *cpu, const struct hvcall_entry *e,
		   struct hvcall *call, u8 *buf)
{
	u32 skip = call->head_bytes + call->rep_start * e->elem_size;
	u32 size = call->nr * e->elem_size;
	u8 *list = buf + ALIGN(call->head_bytes, 8U);
	u8 fast[HVCALL_FAST_MAX];
	gpa_t gpa = cpu->regs->rdx;

	call->in = buf;
	call->list = list;
	call->out = buf + HVCALL_PASS_IN;
	memset(call->out, 0, (call->rep ? call->nr : 1) * e->out_size);
	if (call->fast) {
		fast_read(cpu, fast, call->in_bytes);
		memcpy(buf, fast, call->head_bytes);
		memcpy(list, fast + skip, size);
		return HV_STATUS_SUCCESS;
	}
	if ((call->head_bytes &&
	     !mem_copy_in(cpu, gpa, buf, call->head_bytes)) ||
	    (size && !mem_copy_in(cpu, gpa + skip, list, size)))
		/* No longer what it was when it was checked. */
		return HVCALL_AGAIN;
	return HV_STATUS_SUCCESS;
}

static u64 copy_out(struct pcpu *cpu, const struct hvcall_entry *e,
		    const struct hvcall *call)
{
	u32 skip = call->rep_start * e->out_size;
	u32 size = (call->rep ? call->rep_done : 1) * e->out_size;
	u8 fast[HVCALL_FAST_MAX];

	if (!size)
		return HV_STATUS_SUCCESS;
	if (call->fast) {
		u32 in = ALIGN(call->in_bytes, 16U);

		fast_read(cpu, fast, in + call->out_bytes);
		memcpy(fast + in + skip, call->out, size);
		fast_write(cpu, fast, in + call->out_bytes);
		return HV_STATUS_SUCCESS;
	}
	return mem_copy_out(cpu, cpu->regs->r8 + skip, call->out, size) ?
	       HV_STATUS_SUCCESS : HV_STATUS_INVALID_PARAMETER;
}

/* TLFS: a place beyond the GPA space is misaligned, too. */
static bool in_gpa_space(const struct hvcall *call, gpa_t in, gpa_t out)
{
	return !((call->in_bytes && in & ~hv.maxphyaddr_mask) ||
		 (call->out_bytes && out & ~hv.maxphyaddr_mask));
}

static u64 decode(struct pcpu *cpu, const struct hvcall_entry *e, u64 value,
		  struct hvcall *call)
{
	gpa_t in = cpu->regs->rdx, out = cpu->regs->r8;
	u64 status = hvcall_decode(e, value, call);

	if (status || call->fast)
		return status;
	return in_gpa_space(call, in, out) ? hvcall_check_memory(call, in, out) :
					     HV_STATUS_INVALID_ALIGNMENT;
}

static u64 serve(struct pcpu *cpu, u64 value, struct hvcall *call)
{
	u8 *buf = (u8 *)(pcpu_area(cpu->index) + HV_PCPU_SCRATCH);
	const struct hvcall_entry *e;
	u64 status, copied;

	e = find_call(cpu, value & HV_HYPERCALL_CODE_MASK);
	if (!e)
		return HV_STATUS_INVALID_HYPERCALL_CODE;
	status = decode(cpu, e, value, call);
	if (status) {
		/* What the caller says was done before is not to be trusted. */
		call->rep_start = 0;
		return status;
	}
	status = check_pages(cpu, call);
	if (!status)
		status = copy_in(cpu, e, call, buf);
	if (status)
		return status;
	status = e->fn(cpu, call);
	/* Of a simple call only success has output. */
	if (status && !call->rep)
		return status;
	copied = copy_out(cpu, e, call);
	if (copied)
		call->rep_done = 0;
	return status ? status : copied;
}

/*
 * TLFS: a call that takes long comes back to the caller's instruction with the
 * reps that are done counted, so that interrupts are taken in between.
 */
static bool again(struct pcpu *cpu, const struct hvcall *call, u64 status)
{
	u32 next = call->rep_start + call->rep_done;

	if (status == HVCALL_AGAIN)
		return true;
	if (status || !call->rep || next == call->rep_count)
		return false;
	cpu->regs->rcx = (cpu->regs->rcx & ~HV_HYPERCALL_REP_START_MASK) |
			 (u64)next << HV_HYPERCALL_REP_START_SHIFT;
	return true;
}

/* A VTL switch with anything beside its code is not one: TLFS, #UD. */
static bool is_switch(u64 value)
{
	u16 code = value & HV_HYPERCALL_CODE_MASK;

	return code == HVCALL_VTL_CALL || code == HVCALL_VTL_RETURN;
}

static __noinline void serve_exit(struct pcpu *cpu)
{
	struct hvcall call = { .rep_done = 0 };
	u64 status;

	if (is_switch(cpu->regs->rcx)) {
		vcpu_inject_ud();
		return;
	}
	status = serve(cpu, cpu->regs->rcx, &call);
	if (status == HVCALL_REFUSED || again(cpu, &call, status))
		return;
	cpu->regs->rax = status | (u64)(call.rep_start + call.rep_done) <<
				  HV_HYPERCALL_REPS_DONE_SHIFT;
	vcpu_skip_instruction();
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
