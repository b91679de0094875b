// SPDX-License-Identifier: GPL-2.0
/*
 * Hypercalls about virtual processors as such: which one an APIC id means,
 * and that one spins.  Must never name a VP that does not take part.  Source:
 * TLFS, "HvCallGetVpIndexFromApicId", "HvCallNotifyLongSpinWait".
 */
#include "hv.h"
#include "hvcall.h"

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

/* A hint, and VPs are never descheduled: TLFS, it cannot fail. */
u64 hvcall_notify_spin(struct pcpu *cpu, struct hvcall *call)
{
	(void)cpu;
	(void)call;
	return HV_STATUS_SUCCESS;
}
