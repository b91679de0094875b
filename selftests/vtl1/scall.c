// SPDX-License-Identifier: GPL-2.0
/*
 * Secure calls: the few that the driver makes, and PUPPET_CALL.  Must never
 * leave a request half written: it is copied, carried out, copied back.
 */
#include "internal.h"

#define GPR(vp, name)	((vp)->regs.gpr[PUPPET_##name])

static u64 write_status(u64 gpa)
{
	struct vsm_sk_status status = {
		.abi_version = VSM_SCALL_ABI_VERSION,
		.nr_vps = 1,
	};

	memcpy(gpa_va(gpa), &status, sizeof(status));
	return VSM_S_OK;
}

static u64 enable(u64 index)
{
	u64 status;

	if (!index || index >= MAX_VPS)
		return VSM_S_INVALID_PARAMETER;
	status = vp_enable(index);
	return !status || status == HV_STATUS_VTL_ALREADY_ENABLED ?
	       VSM_S_OK : VSM_S_INVALID_PARAMETER;
}

/* One request; what went wrong on the way is in its fault. */
static void carry_out(struct vp *vp, u64 gpa)
{
	struct puppet_request *req = &this_slot()->request;

	memcpy(req, gpa_va(gpa), sizeof(*req));
	memcpy(req->entry_gpr, vp->regs.gpr, sizeof(req->entry_gpr));
	memcpy(req->entry_xmm, vp->regs.xmm, sizeof(req->entry_xmm));
	vp->fault = (struct puppet_fault){ .vector = PUPPET_NO_FAULT };
	serve(req);
	req->fault = vp->fault;
	memcpy(gpa_va(gpa), req, sizeof(*req));
}

static u64 puppet_call(struct vp *vp)
{
	u64 gpa = GPR(vp, RSI), nr = GPR(vp, RDX), i;

	if (gpa & ~PAGE_MASK)
		return VSM_S_INVALID_ADDRESS;
	if (!nr || nr > PUPPET_MAX_REQUESTS)
		return VSM_S_INVALID_PARAMETER;
	for (i = 0; i < nr; i++)
		carry_out(vp, gpa + i * sizeof(struct puppet_request));
	return VSM_S_OK;
}

static u64 dispatch(struct vp *vp)
{
	switch (GPR(vp, RDI)) {
	case PUPPET_CALL:
		return puppet_call(vp);
	case VSM_SC_INIT:
	case VSM_SC_NULL:
	case VSM_SC_SHUTDOWN:
	case VSM_SC_EVENTS:
		return VSM_S_OK;
	case VSM_SC_STATUS:
		return write_status(GPR(vp, RSI));
	case VSM_SC_ENABLE_VP:
		return enable(GPR(vp, RSI));
	default:
		return VSM_S_INVALID_CALL;
	}
}

static void answer(struct vp *vp)
{
	GPR(vp, RCX) = HV_VTL_RETURN_FAST;
	this_slot()->assist.entry_reason = HV_VTL_ENTRY_RESERVED;
	vtl_return(&vp->regs);
}

__noreturn void scall_called(void)
{
	struct vp *vp = this_vp();

	for (;;) {
		serve_interrupts(vp);
		vp->regs = (struct regs){ .gpr[PUPPET_RDI] = dispatch(vp) };
		answer(vp);
	}
}

__noreturn void scall_loop(void)
{
	answer(this_vp());
	scall_called();
}
