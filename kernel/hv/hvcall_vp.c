// SPDX-License-Identifier: GPL-2.0
/*
 * HvCallGetVpRegisters and HvCallSetVpRegisters.  Must never show or change a
 * register of a higher VTL.  Source: TLFS, same titles, and "VSM Registers".
 */
#include "hv.h"
#include "hvcall.h"
#include "vcpu.h"

static u64 partition_status(void)
{
	u64 val = BIT_ULL(0) |
		  (u64)(HV_NUM_VTLS - 1) << HV_VSM_PARTITION_STATUS_MAX_SHIFT;

	if (hv.vtl[1].enabled)
		val |= BIT_ULL(1);
	if (hv.vtl[1].mbec)
		val |= BIT_ULL(1) << HV_VSM_PARTITION_STATUS_MBEC_SHIFT;
	return val;
}

static u64 vp_status(const struct pcpu *cpu)
{
	u64 val = cpu->active_vtl | BIT_ULL(HV_VSM_VP_STATUS_ENABLED_SHIFT);

	if (cpu->vtl[1].enabled)
		val |= BIT_ULL(HV_VSM_VP_STATUS_ENABLED_SHIFT + 1);
	if (hv.vtl[1].mbec)
		val |= HV_VSM_VP_STATUS_ACTIVE_MBEC;
	return val;
}

static u64 capabilities(void)
{
	u64 val = HV_VSM_CAP_DR6_SHARED;

	if (hv.has_mbec)
		val |= BIT_ULL(HV_VSM_CAP_MBEC_SHIFT + 1);
	return val;
}

/* Registers that do not belong to the processor. */
bool vsm_get_register(struct pcpu *cpu, u8 vtl, u32 name, u64 *ret)
{
	switch (name) {
	case HV_REGISTER_VSM_CODE_PAGE_OFFSETS:
		*ret = hv_code_page_offsets;
		return true;
	case HV_REGISTER_VSM_VP_STATUS:
		*ret = vp_status(cpu);
		return true;
	case HV_REGISTER_VSM_PARTITION_STATUS:
		*ret = partition_status();
		return true;
	case HV_REGISTER_VSM_CAPABILITIES:
		*ret = capabilities();
		return true;
	case HV_REGISTER_VSM_VINA:
		*ret = cpu->vtl[vtl].vina;
		return vtl > 0;
	case HV_REGISTER_VSM_PARTITION_CONFIG:
		*ret = hv.vtl[vtl].config;
		return vtl > 0;
	case HV_REGISTER_VP_INDEX:
		*ret = cpu->index;
		return true;
	case HV_REGISTER_GUEST_OS_ID:
		*ret = hv.vtl[vtl].guest_os_id;
		return true;
	case HV_REGISTER_VP_ASSIST_PAGE:
		*ret = cpu->vtl[vtl].vp_assist;
		return true;
	default:
		return false;
	}
}

/* Architectural registers are for a higher VTL: one's own are at hand. */
static u64 get_register(struct pcpu *cpu, u8 vtl, u32 name, u64 *ret)
{
	if (vsm_get_register(cpu, vtl, name, ret))
		return HV_STATUS_SUCCESS;
	if (!vcpu_get_register(cpu, vtl, name, ret))
		return HV_STATUS_INVALID_PARAMETER;
	return vtl < cpu->active_vtl ? HV_STATUS_SUCCESS :
				       HV_STATUS_ACCESS_DENIED;
}

static u64 check_header(struct pcpu *cpu,
			const struct hv_input_get_vp_registers *in, u8 *ret)
{
	struct pcpu *vp;
	u64 status = hvcall_check_partition(in->partition_id);

	if (!status)
		status = hvcall_find_vp(cpu, in->vp_index, &vp);
	if (status)
		return status;
	/* Another VP's registers change under its feet. */
	if (vp != cpu)
		return HV_STATUS_INVALID_VP_INDEX;
	if (in->rsvd[0] | in->rsvd[1] | in->rsvd[2])
		return HV_STATUS_INVALID_PARAMETER;
	return hvcall_input_vtl(cpu, in->input_vtl, ret);
}

u64 hvcall_get_registers(struct pcpu *cpu, struct hvcall *call)
{
	struct hv_register_value *vals = call->out;
	const u32 *names = call->list;
	u64 status;
	u8 vtl;

	status = check_header(cpu, call->in, &vtl);
	for (u32 i = 0; !status && i < call->nr; i++) {
		u64 low = 0;

		status = get_register(cpu, vtl, names[i], &low);
		if (status)
			break;
		vals[i].low = low;
		call->rep_done++;
	}
	return status;
}

/* Write-once parts keep their value; a change of them is refused. */
static u64 set_partition_config(u64 val)
{
	const u64 known = HV_VSM_CONFIG_ENABLE_PROTECTION |
			  0xfULL << HV_VSM_CONFIG_DEFAULT_MASK_SHIFT |
			  HV_VSM_CONFIG_ZERO_MEM_ON_RESET |
			  HV_VSM_CONFIG_DENY_LOWER_STARTUP;
	u64 mask = val >> HV_VSM_CONFIG_DEFAULT_MASK_SHIFT & 0xf;
	u64 status = HV_STATUS_SUCCESS;

	if (val & ~known)
		return HV_STATUS_INVALID_REGISTER_VALUE;
	/* Memory is VTL0's own until VTL1 says otherwise, page by page. */
	if ((val & HV_VSM_CONFIG_ENABLE_PROTECTION) && mask != 0xf)
		return HV_STATUS_INVALID_REGISTER_VALUE;
	spin_lock(&hv.lock);
	if ((hv.vtl[1].config & HV_VSM_CONFIG_ENABLE_PROTECTION) &&
	    val != hv.vtl[1].config)
		status = HV_STATUS_INVALID_REGISTER_VALUE;
	else
		hv.vtl[1].config = val;
	spin_unlock(&hv.lock);
	return status;
}

static u64 set_vina(struct pcpu *cpu, u8 vtl, u64 val)
{
	const u64 known = 0xff | HV_VSM_VINA_ENABLED |
			  HV_VSM_VINA_AUTO_RESET | HV_VSM_VINA_AUTO_EOI;

	/* Vectors below 32 are exceptions. */
	if ((val & ~known) ||
	    ((val & HV_VSM_VINA_ENABLED) && (val & 0xff) < 32))
		return HV_STATUS_INVALID_REGISTER_VALUE;
	cpu->vtl[vtl].vina = val;
	return HV_STATUS_SUCCESS;
}

static u64 set_register(struct pcpu *cpu, u8 vtl,
			const struct hv_register_assoc *reg)
{
	if (reg->rsvd1 || reg->rsvd2)
		return HV_STATUS_INVALID_PARAMETER;
	if (reg->value.high)
		return HV_STATUS_INVALID_REGISTER_VALUE;
	switch (reg->name) {
	case HV_REGISTER_VSM_PARTITION_CONFIG:
		return vtl ? set_partition_config(reg->value.low) :
			     HV_STATUS_INVALID_PARAMETER;
	case HV_REGISTER_VSM_VINA:
		return vtl ? set_vina(cpu, vtl, reg->value.low) :
			     HV_STATUS_INVALID_PARAMETER;
	default:
		return HV_STATUS_INVALID_PARAMETER;
	}
}

u64 hvcall_set_registers(struct pcpu *cpu, struct hvcall *call)
{
	const struct hv_register_assoc *regs = call->list;
	u64 status;
	u8 vtl;

	static_assert(sizeof(struct hv_input_set_vp_registers) ==
		      sizeof(struct hv_input_get_vp_registers), "one header");
	status = check_header(cpu, call->in, &vtl);
	for (u32 i = 0; !status && i < call->nr; i++) {
		status = set_register(cpu, vtl, &regs[i]);
		if (!status)
			call->rep_done++;
	}
	return status;
}
