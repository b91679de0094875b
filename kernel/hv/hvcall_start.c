// SPDX-License-Identifier: GPL-2.0
/*
 * Hypercalls about virtual processors as such: which one an APIC id means,
 * starting one, and that one spins.  Must never name a VP that does not take
 * part, nor start one that runs.  Source: TLFS, "HvCallGetVpIndexFromApicId",
 * "HvCallStartVirtualProcessor", "HvCallNotifyLongSpinWait".
 */
#include "hv.h"
#include "hvcall.h"
#include "vcpu.h"

/*
 * A CPU that is on its way into the wait for SIPI loses one: send it again, so
 * often, and give up after that.
 */
#define START_TRIES	64
#define START_POLLS	1000

/* HV_VTL, not HV_INPUT_VTL: always given. */
static u64 check_vtl(const struct pcpu *cpu, u8 vtl)
{
	if (vtl >= HV_NUM_VTLS)
		return HV_STATUS_INVALID_PARAMETER;
	return vtl > cpu->active_vtl ? HV_STATUS_ACCESS_DENIED :
				       HV_STATUS_SUCCESS;
}

static bool all_zero(const u8 *p, u32 len)
{
	for (u32 i = 0; i < len; i++)
		if (p[i])
			return false;
	return true;
}

static bool find_apic_id(u32 apic_id, u32 *ret)
{
	for (u32 i = 0; i < hv_boot.nr_cpus; i++) {
		const struct pcpu *cpu = pcpu_of(i);

		if (cpu->apic_id != apic_id ||
		    !__atomic_load_n(&cpu->online, __ATOMIC_ACQUIRE))
			continue;
		*ret = i;
		return true;
	}
	return false;
}

u64 hvcall_get_vp_index(struct pcpu *cpu, struct hvcall *call)
{
	const struct hv_input_get_vp_index_from_apic_id *in = call->in;
	u64 status = hvcall_check_partition(in->partition_id);
	const u32 *ids = call->list;
	u32 *indexes = call->out;

	if (!status)
		status = check_vtl(cpu, in->target_vtl);
	if (status)
		return status;
	if (!all_zero(in->rsvd, sizeof(in->rsvd)))
		return HV_STATUS_INVALID_PARAMETER;
	for (u32 i = 0; i < call->nr; i++) {
		if (!find_apic_id(ids[i], &indexes[i]))
			return HV_STATUS_INVALID_PARAMETER;
		call->rep_done++;
	}
	return HV_STATUS_SUCCESS;
}

/* The VP has NMIs blocked and looks at nothing before a SIPI comes. */
static u64 start_locked(const struct pcpu *cpu, struct pcpu *vp,
			const struct hv_input_start_vp *in)
{
	if (in->target_vtl && !vp->vtl[in->target_vtl].enabled)
		return HV_STATUS_INVALID_VP_STATE;
	if (!cpu->active_vtl &&
	    (hv.vtl[1].config & HV_VSM_CONFIG_DENY_LOWER_STARTUP))
		return HV_STATUS_ACCESS_DENIED;
	/* A context would set registers that VTL1 wants to be asked about. */
	if (!cpu->active_vtl && vp->intercepts.control)
		return HV_STATUS_ACCESS_DENIED;
	if (!__atomic_load_n(&vp->wait_sipi, __ATOMIC_ACQUIRE) ||
	    vp->start_given)
		return HV_STATUS_INVALID_VP_STATE;
	if (!vcpu_check_context(&in->context))
		return HV_STATUS_INVALID_REGISTER_VALUE;
	vp->start = in->context;
	vp->start_vtl = in->target_vtl;
	vp->start_given = true;
	return HV_STATUS_SUCCESS;
}

static bool taken(const struct pcpu *vp)
{
	for (u32 i = 0; i < START_POLLS; i++) {
		if (!READ_ONCE(vp->start_given))
			return true;
		cpu_relax();
	}
	return false;
}

/* With the context in place, whose SIPI it is that comes does not matter. */
static u64 send_sipi(struct pcpu *vp)
{
	u64 status = HV_STATUS_SUCCESS;

	for (u32 i = 0; i < START_TRIES; i++) {
		apic_send_sipi(vp->apic_id);
		if (taken(vp))
			return HV_STATUS_SUCCESS;
	}
	spin_lock(&hv.lock);
	if (vp->start_given)
		status = HV_STATUS_TIMEOUT;
	vp->start_given = false;
	spin_unlock(&hv.lock);
	return status;
}

u64 hvcall_start_vp(struct pcpu *cpu, struct hvcall *call)
{
	const struct hv_input_start_vp *in = call->in;
	u64 status = hvcall_check_partition(in->partition_id);
	struct pcpu *vp;

	if (!status)
		status = hvcall_find_vp(cpu, in->vp_index, &vp);
	if (!status)
		status = check_vtl(cpu, in->target_vtl);
	if (status)
		return status;
	if (!all_zero(in->rsvd, sizeof(in->rsvd)))
		return HV_STATUS_INVALID_PARAMETER;
	spin_lock(&hv.lock);
	status = start_locked(cpu, vp, in);
	spin_unlock(&hv.lock);
	return status ? status : send_sipi(vp);
}

/* A hint, and VPs are never descheduled: TLFS, it cannot fail. */
u64 hvcall_notify_spin(struct pcpu *cpu, struct hvcall *call)
{
	(void)cpu;
	(void)call;
	return HV_STATUS_SUCCESS;
}
