// SPDX-License-Identifier: GPL-2.0
/*
 * Entries of VTL1 that VTL0 did not ask for: interrupts, and the intercepts
 * that come with them, each answered as a test has said before.  Must never
 * return to VTL0 with other registers than it had, but for those that the
 * answer names.
 */
#include <asm/msr.h>

#include "internal.h"

#define GP_EVENT	(HV_PENDING_EVENT | HV_PENDING_EVENT_ERROR | \
			 (u64)X86_TRAP_GP << HV_PENDING_EVENT_VECTOR_SHIFT)

static const struct puppet_response last_response = {
	.actions = PUPPET_EVENT, .event = { GP_EVENT },
};

/* One register of this VP's VTL0: HV_STATUS_*. */
static u64 set_register(u32 name, u64 low, u64 high)
{
	struct {
		struct hv_input_set_vp_registers header;
		struct hv_register_assoc reg;
	} *in = (void *)this_slot()->scratch[1];
	struct regs regs = {
		.gpr[PUPPET_RCX] = HVCALL_SET_VP_REGISTERS |
				   1ULL << HV_HYPERCALL_REP_COUNT_SHIFT,
		.gpr[PUPPET_RDX] = image_pa(in),
	};

	in->header = (struct hv_input_set_vp_registers){
		.partition_id = HV_PARTITION_ID_SELF,
		.vp_index = HV_VP_INDEX_SELF,
		.input_vtl = HV_INPUT_VTL_USE,
	};
	in->reg = (struct hv_register_assoc){
		.name = name, .value = { low, high },
	};
	vmcall_regs(&regs);
	return regs.gpr[PUPPET_RAX] & HV_HYPERCALL_STATUS_MASK;
}

static u64 protect(u64 gpa, u32 map_flags)
{
	struct {
		struct hv_input_modify_vtl_protection_mask header;
		u64 gpn;
	} *in = (void *)this_slot()->scratch[1];
	struct regs regs = {
		.gpr[PUPPET_RCX] = HVCALL_MODIFY_VTL_PROTECTION_MASK |
				   1ULL << HV_HYPERCALL_REP_COUNT_SHIFT,
		.gpr[PUPPET_RDX] = image_pa(in),
	};

	in->header = (struct hv_input_modify_vtl_protection_mask){
		.partition_id = HV_PARTITION_ID_SELF,
		.map_flags = map_flags,
	};
	in->gpn = gpa >> PAGE_SHIFT;
	vmcall_regs(&regs);
	return regs.gpr[PUPPET_RAX] & HV_HYPERCALL_STATUS_MASK;
}

/* What the intercepted instruction was to write. */
static u64 message_value(const struct hv_message *msg)
{
	const struct hv_x64_msr_intercept *msr = (const void *)msg->payload;
	const struct hv_x64_register_intercept *reg =
		(const void *)msg->payload;

	if (msg->type == HV_MESSAGE_MSR_INTERCEPT)
		return msr->rdx << 32 | (u32)msr->rax;
	return reg->value.low;
}

static u64 act(const struct puppet_response *r, const struct hv_message *msg)
{
	const struct hv_x64_memory_intercept *m = (const void *)msg->payload;
	const struct hv_x64_intercept_header *h = &m->header;
	u32 skip = r->skip ? r->skip : h->length_cr8 & 0xfU;
	u64 status = 0;

	if (r->actions & PUPPET_PROTECT)
		status = protect(m->gpa, r->map_flags);
	if (!status && (r->actions & PUPPET_SET_REGISTER))
		status = set_register(r->name, r->value, 0);
	if (!status && (r->actions & PUPPET_SET_FROM_MESSAGE))
		status = set_register(r->name, message_value(msg), 0);
	if (!status && (r->actions & PUPPET_EVENT))
		status = set_register(HV_REGISTER_PENDING_EVENT0, r->event[0],
				      r->event[1]);
	if (!status && (r->actions & PUPPET_SKIP))
		status = set_register(HV_X64_REGISTER_RIP, h->rip + skip, 0);
	return status;
}

static void change_registers(struct vp *vp, const struct puppet_response *r)
{
	u32 i;

	for (i = 0; i < PUPPET_NR_GPRS; i++)
		if (r->gpr_mask & BIT(i))
			vp->regs.gpr[i] = r->gpr[i];
}

static void serve_intercept(struct vp *vp)
{
	struct slot *slot = this_slot();
	struct intercepts *in = &slot->intercepts;
	struct hv_message *msg = &slot->messages[0];
	const struct puppet_response *r = &in->response;
	struct puppet_logged *log = NULL;
	u64 status;

	if (in->nr >= r->count)
		r = &last_response;
	if (in->nr < PUPPET_LOG) {
		log = &in->log[in->nr];
		memcpy(log->message, msg, sizeof(*msg));
		memcpy(log->gpr, vp->regs.gpr, sizeof(log->gpr));
		log->entry_reason = slot->assist.entry_reason;
		log->vector = vp->last_irq;
	}
	in->nr++;
	status = act(r, msg);
	change_registers(vp, r);
	if (log)
		log->status = status;
	WRITE_ONCE(msg->type, HV_MESSAGE_NONE);
	barrier();
	if (msg->flags & HV_MESSAGE_PENDING)
		wrmsr(HV_X64_MSR_EOM, 0);
}

/* The return that leaves VTL0 as it was: all registers, RAX and RCX too. */
static void resume(struct vp *vp)
{
	struct hv_vp_assist_page *assist = &this_slot()->assist;

	assist->vtl_return_rax = vp->regs.gpr[PUPPET_RAX];
	assist->vtl_return_rcx = vp->regs.gpr[PUPPET_RCX];
	assist->entry_reason = HV_VTL_ENTRY_RESERVED;
	vp->regs.gpr[PUPPET_RCX] = 0;
	vtl_return(&vp->regs);
}

void serve_interrupts(struct vp *vp)
{
	struct slot *slot = this_slot();

	/* Without an assist page, VTL1 cannot be told why it is entered. */
	while (slot->assist.entry_reason == HV_VTL_ENTRY_INTERRUPT) {
		vp->last_irq = 0;
		irq_enable();
		cpu_relax();
		irq_disable();
		if (READ_ONCE(slot->messages[0].type))
			serve_intercept(vp);
		resume(vp);
	}
}
