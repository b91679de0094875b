// SPDX-License-Identifier: GPL-2.0
/*
 * Secure intercepts: what VTL0 did is judged here, before it is done.
 * Must never go back to VTL0 with another register than it had, nor let what
 * was refused happen.  Source: TLFS, "Secure Intercepts", "HV_MESSAGE".
 */
#include <asm/msr.h>
#include <vsm/hvcall.h>

#include "code.h"
#include "vp.h"

#define PF_WRITE	0x2
#define PF_INSTR	0x10

static bool owned_by(const struct vsm_range *r, u32 nr, u64 gpa)
{
	u32 i;

	for (i = 0; i < nr; i++)
		if (gpa >= r[i].base && gpa - r[i].base < r[i].size)
			return true;
	return false;
}

static u64 exception(u8 vector, u32 error)
{
	return HV_PENDING_EVENT | HV_PENDING_EVENT_ERROR |
	       (u64)vector << HV_PENDING_EVENT_VECTOR_SHIFT |
	       (u64)error << HV_PENDING_EVENT_ERROR_SHIFT;
}

u64 intercept_inject_gp(void)
{
	return hv_set_vtl0_register(HV_REGISTER_PENDING_EVENT0,
				    exception(X86_TRAP_GP, 0), 0);
}

/*
 * The exception that stands for a refused access.  A supervisor access to the
 * kernel half gets a page fault with P = 0: copy_from_kernel_nofault() and
 * crash dumpers survive it, and Linux does not take it for a spurious one.
 * With a user address Linux would find its page table in order and retry for
 * ever, so there, and at CPL 3, it is a general protection fault.
 */
static u64 refuse(const struct hv_x64_memory_intercept *m)
{
	u32 error = 0;

	if ((m->header.exec_state & 3) || !(m->gva >> 63))
		return intercept_inject_gp();
	if (m->header.access == HV_ACCESS_WRITE)
		error |= PF_WRITE;
	if (m->header.access == HV_ACCESS_EXECUTE)
		error |= PF_INSTR;
	return hv_set_vtl0_register(HV_REGISTER_PENDING_EVENT0,
				    exception(X86_TRAP_PF, error), m->gva);
}

static u64 serve_memory(const struct hv_x64_memory_intercept *m)
{
	const struct vsm_loader_block *lb = &sk.loader;

	if (owned_by(lb->hv, lb->nr_hv, m->gpa))
		event_memory(VSM_RULE_HV_MEMORY, false, m);
	else if (owned_by(lb->vtl1, lb->nr_vtl1, m->gpa))
		event_memory(VSM_RULE_VTL1_MEMORY, false, m);
	else if (code_judge(m))
		return HV_STATUS_SUCCESS;
	return refuse(m);
}

/* From here on the hypervisor answers by itself. */
static void stop_taking(void)
{
	wrmsr(HV_X64_MSR_SINT0, HV_SINT_MASKED);
}

static void serve(const struct hv_message *msg)
{
	u64 status = HV_STATUS_INVALID_PARAMETER;

	if (msg->type == HV_MESSAGE_GPA_INTERCEPT)
		status = serve_memory((const void *)msg->payload);
	else if (msg->type == HV_MESSAGE_REGISTER_INTERCEPT)
		status = pin_serve((const void *)msg->payload);
	if (!status)
		return;
	sk_log("VP %u: intercept 0x%x not served: status 0x%lx",
	       this_vp()->index, msg->type, status);
	stop_taking();
}

/* Copied, and the slot is free, before it is looked at. */
static bool take(struct hv_message *slot, struct hv_message *msg)
{
	if (__atomic_load_n(&slot->type, __ATOMIC_ACQUIRE) == HV_MESSAGE_NONE)
		return false;
	memcpy(msg, slot, sizeof(*msg));
	__atomic_store_n(&slot->type, HV_MESSAGE_NONE, __ATOMIC_SEQ_CST);
	if (READ_ONCE(slot->flags) & HV_MESSAGE_PENDING)
		wrmsr(HV_X64_MSR_EOM, 0);
	return true;
}

static void end(struct vp *vp)
{
	vp->assist->entry_reason = HV_VTL_ENTRY_RESERVED;
	vp->assist->vtl_return_rax = vp->intercepted->rax;
	vp->assist->vtl_return_rcx = vp->intercepted->rcx;
	vp->intercepted = NULL;
}

/* On the VP's stack, interrupts off; the return to VTL0 is a normal one. */
void intercept_serve(struct gprs *vtl0)
{
	struct vp *vp = this_vp();
	struct hv_message msg;

	vp->intercepted = vtl0;
	while (take(&vp->messages[0], &msg)) {
		/* VTL0 does it again, and the hypervisor answers. */
		if (sk_state() == SK_BROKEN)
			stop_taking();
		else
			serve(&msg);
	}
	end(vp);
}

/* The same of one that broke meanwhile. */
__noreturn void intercept_abandon(struct vp *vp)
{
	struct gprs *vtl0 = vp->intercepted;

	stop_taking();
	end(vp);
	intercept_leave(vtl0);
}

/* Polled: the reason of the entry says that there is one. */
bool intercept_setup(struct vp *vp)
{
	wrmsr(HV_X64_MSR_SIMP, va_pa(vp->messages) | HV_MSR_ENABLE);
	wrmsr(HV_X64_MSR_SINT0, HV_SINT_POLLING | SK_VINA_VECTOR);
	wrmsr(HV_X64_MSR_SCONTROL, HV_SCONTROL_ENABLE);
	return rdmsr(HV_X64_MSR_SIMP) & HV_MSR_ENABLE;
}
