// SPDX-License-Identifier: GPL-2.0
/*
 * HvCallGetVpRegisters and HvCallSetVpRegisters: which registers there are and
 * who may reach them.  Must never show or change a register of a higher VTL.
 * Source: TLFS, same titles, and "HV_REGISTER_NAME".
 */
#include "hv.h"
#include "hvcall.h"
#include "registers.h"
#include "vcpu.h"

struct hvreg {
	u32 name;
	u8 read, write;			/* enum hvreg_rule */
	u8 bits;
	hvreg_get_fn *get;
	hvreg_set_fn *set;
};

static const struct hvreg hvregs[] = {
#define HVREG(name, tlfs, read, write, bits, get, set)			\
	{ name, HVREG_##read, HVREG_##write, bits, get, set },
#include "registers.def"
#undef HVREG
};

static const struct hvreg *find_register(u32 name)
{
	u32 low = 0, high = ARRAY_SIZE(hvregs);

	while (low < high) {
		u32 mid = (low + high) / 2;

		if (hvregs[mid].name == name)
			return &hvregs[mid];
		if (hvregs[mid].name < name)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

/* @vtl is the caller's or a lower one. */
static u64 check_rule(const struct pcpu *cpu, enum hvreg_rule rule, u8 vtl)
{
	switch (rule) {
	case HVREG_ANY:
		return HV_STATUS_SUCCESS;
	case HVREG_LOWER:
		return vtl < cpu->active_vtl ? HV_STATUS_SUCCESS :
					       HV_STATUS_ACCESS_DENIED;
	case HVREG_OWNER:
		return vtl ? HV_STATUS_SUCCESS : HV_STATUS_ACCESS_DENIED;
	case HVREG_VTL1:
		return vtl ? HV_STATUS_SUCCESS : HV_STATUS_INVALID_PARAMETER;
	default:
		return HV_STATUS_INVALID_PARAMETER;
	}
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

static u64 get_register(struct pcpu *cpu, u8 vtl, u32 name,
			struct hv_register_value *ret)
{
	const struct hvreg *reg = find_register(name);
	struct hv_register_value val = { 0 };
	u64 status;

	if (!reg)
		return HV_STATUS_INVALID_PARAMETER;
	status = check_rule(cpu, reg->read, vtl);
	if (!status)
		status = reg->get(cpu, vtl, name, &val);
	if (!status)
		*ret = val;
	return status;
}

u64 hvcall_get_registers(struct pcpu *cpu, struct hvcall *call)
{
	struct hv_register_value *vals = call->out;
	const u32 *names = call->list;
	u64 status;
	u8 vtl;

	status = check_header(cpu, call->in, &vtl);
	for (u32 i = 0; !status && i < call->nr; i++) {
		status = get_register(cpu, vtl, names[i], &vals[i]);
		if (!status)
			call->rep_done++;
	}
	return status;
}

static u64 set_register(struct pcpu *cpu, u8 vtl,
			const struct hv_register_assoc *assoc)
{
	const struct hvreg *reg = find_register(assoc->name);
	u64 status;

	if (!reg || assoc->rsvd1 || assoc->rsvd2)
		return HV_STATUS_INVALID_PARAMETER;
	status = check_rule(cpu, reg->write, vtl);
	if (status)
		return status;
	if (reg->bits <= 64 && assoc->value.high)
		return HV_STATUS_INVALID_REGISTER_VALUE;
	return reg->set(cpu, vtl, assoc->name, &assoc->value);
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
