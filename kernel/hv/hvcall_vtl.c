// SPDX-License-Identifier: GPL-2.0
/*
 * Hypercalls that bring a VTL into being, and the ones that end or seal the
 * early phase.  Must never change anything before every check has passed; the
 * order of checks is ABI.  Source: TLFS, "HvCallEnablePartitionVtl",
 * "HvCallEnableVpVtl".
 */
#include "hv.h"
#include "hvcall.h"
#include "vcpu.h"

static bool all_zero(const u8 *p, u32 len)
{
	for (u32 i = 0; i < len; i++)
		if (p[i])
			return false;
	return true;
}

u64 hvcall_enable_partition_vtl(struct pcpu *cpu, struct hvcall *call)
{
	const struct hv_input_enable_partition_vtl *in = call->in;
	u64 status = hvcall_check_partition(in->partition_id);

	if (status)
		return status;
	if (in->target_vtl == 0 || in->target_vtl >= HV_NUM_VTLS ||
	    (in->flags & ~HV_ENABLE_PARTITION_VTL_MBEC) ||
	    !all_zero(in->rsvd, sizeof(in->rsvd)))
		return HV_STATUS_INVALID_PARAMETER;
	if ((in->flags & HV_ENABLE_PARTITION_VTL_MBEC) && !hv.has_mbec)
		return HV_STATUS_INVALID_PARAMETER;

	spin_lock(&hv.lock);
	if (hv.vtl[in->target_vtl].enabled) {
		status = HV_STATUS_INVALID_VTL_STATE;
	} else {
		hv.vtl[in->target_vtl].enabled = true;
		hv.vtl[in->target_vtl].mbec =
			in->flags & HV_ENABLE_PARTITION_VTL_MBEC;
		hv.vtl[in->target_vtl].config = HV_VSM_CONFIG_ZERO_MEM_ON_RESET;
	}
	spin_unlock(&hv.lock);
	(void)cpu;
	return status;
}

/* TLFS: VTL0 enables the first VP only, VTL1 itself the others. */
static u64 check_caller(struct pcpu *cpu, struct pcpu *vp)
{
	if (cpu->active_vtl)
		return HV_STATUS_SUCCESS;
	if (vp != cpu)
		return HV_STATUS_ACCESS_DENIED;
	for (u32 i = 0; i < hv_boot.nr_cpus; i++)
		if (pcpu_of(i) != vp && pcpu_of(i)->vtl[1].enabled)
			return HV_STATUS_ACCESS_DENIED;
	return HV_STATUS_SUCCESS;
}

static u64 enable_vp_vtl_locked(struct pcpu *cpu, struct pcpu *vp,
				const struct hv_input_enable_vp_vtl *in)
{
	struct hv_vp_vtl *v = &vp->vtl[in->target_vtl];
	u64 status;

	if (!hv.vtl[in->target_vtl].enabled)
		return HV_STATUS_INVALID_VTL_STATE;
	status = check_caller(cpu, vp);
	if (status)
		return status;
	if (v->enabled)
		return HV_STATUS_VTL_ALREADY_ENABLED;
	if (!vcpu_check_context(&in->context))
		return HV_STATUS_INVALID_PARAMETER;
	if (!vcpu_init_vtl(vp, in->target_vtl, &in->context))
		return HV_STATUS_OPERATION_FAILED;
	__atomic_store_n(&v->enabled, true, __ATOMIC_RELEASE);
	return HV_STATUS_SUCCESS;
}

u64 hvcall_enable_vp_vtl(struct pcpu *cpu, struct hvcall *call)
{
	const struct hv_input_enable_vp_vtl *in = call->in;
	u64 status = hvcall_check_partition(in->partition_id);
	struct pcpu *vp;

	if (!status)
		status = hvcall_find_vp(cpu, in->vp_index, &vp);
	if (status)
		return status;
	if (in->target_vtl == 0 || in->target_vtl >= HV_NUM_VTLS ||
	    !all_zero(in->rsvd, sizeof(in->rsvd)))
		return HV_STATUS_INVALID_PARAMETER;
	spin_lock(&hv.lock);
	status = enable_vp_vtl_locked(cpu, vp, in);
	spin_unlock(&hv.lock);
	return status;
}

/* The lock: from here on there is no way back. */
u64 hvcall_lock(struct pcpu *cpu, struct hvcall *call)
{
	(void)call;
	spin_lock(&hv.lock);
	WRITE_ONCE(hv.locked, true);
	/* It could come in the place of code before that is protected. */
	hv.vtl[0].hypercall |= HV_MSR_HYPERCALL_LOCKED;
	spin_unlock(&hv.lock);
	hv_log("hv: locked by cpu %u", cpu->index);
	return HV_STATUS_SUCCESS;
}

/*
 * Hand this CPU back to Linux: it continues after the VMCALL, on the
 * transition page table, no longer in VMX operation.
 */
u64 hvcall_release(struct pcpu *cpu, struct hvcall *call)
{
	(void)call;
	vcpu_skip_instruction();
	spin_lock(&hv.lock);
	__atomic_store_n(&cpu->online, 0, __ATOMIC_SEQ_CST);
	cpu->vtl[0].enabled = false;
	cpu->vtl[1].enabled = false;
	spin_unlock(&hv.lock);
	vcpu_release(cpu);
}
