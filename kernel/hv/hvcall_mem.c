// SPDX-License-Identifier: GPL-2.0
/*
 * HvCallModifyVtlProtectionMask.  Must never let a VTL change its own
 * protections or those of a higher one.  Source: TLFS, same title.
 */
#include "hv.h"
#include "hvcall.h"
#include "mask.h"

/*
 * Which VTL is restricted.  The callers that exist name it in three ways
 * (current, the owner, the one below); VTL0 can restrict nobody.
 */
static u64 check_target(struct pcpu *cpu, u8 input_vtl)
{
	if (input_vtl & HV_INPUT_VTL_RSVD)
		return HV_STATUS_INVALID_PARAMETER;
	if (!cpu->active_vtl)
		return HV_STATUS_ACCESS_DENIED;
	if ((input_vtl & HV_INPUT_VTL_USE) &&
	    (input_vtl & HV_INPUT_VTL_MASK) > cpu->active_vtl)
		return HV_STATUS_ACCESS_DENIED;
	return HV_STATUS_SUCCESS;
}

u64 hvcall_modify_protection(struct pcpu *cpu, struct hvcall *call)
{
	const struct hv_input_modify_vtl_protection_mask *in = call->in;
	u64 status;

	if (hvcall_check_partition(in->partition_id))
		return HV_STATUS_ACCESS_DENIED;
	if (in->rsvd[0] | in->rsvd[1] | in->rsvd[2])
		return HV_STATUS_INVALID_PARAMETER;
	status = check_target(cpu, in->input_vtl);
	if (status)
		return status;
	if (!(hv.vtl[1].config & HV_VSM_CONFIG_ENABLE_PROTECTION))
		return HV_STATUS_ACCESS_DENIED;
	if (!mask_legal(in->map_flags, hv.vtl[1].mbec))
		return HV_STATUS_INVALID_REGISTER_VALUE;
	return mem_protect(0, call->list, call->nr, in->map_flags,
			   &call->rep_done);
}
