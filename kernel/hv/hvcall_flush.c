// SPDX-License-Identifier: GPL-2.0
/*
 * HvCallFlushVirtualAddressSpace, HvCallFlushVirtualAddressList and their Ex
 * forms.  Must never return success while a VP that was named keeps a
 * translation of the caller's VTL from before the call.  Source: TLFS, same
 * titles, "HV_VP_SET".
 */
#include "hv.h"
#include "hvcall.h"

struct flush {
	bool all;
	u64 mask[HV_CPU_MASK_WORDS];
};

/* For a list, flushing only non-global mappings is not an option. */
static u64 check_flags(const struct hvcall *call, u64 flags)
{
	u64 known = HV_FLUSH_ALL_PROCESSORS |
		    HV_FLUSH_ALL_VIRTUAL_ADDRESS_SPACES;

	if (!call->rep)
		known |= HV_FLUSH_NON_GLOBAL_MAPPINGS_ONLY;
	return flags & ~known ? HV_STATUS_INVALID_PARAMETER : HV_STATUS_SUCCESS;
}

static bool is_empty(const struct flush *f)
{
	for (u32 i = 0; i < ARRAY_SIZE(f->mask); i++)
		if (f->mask[i])
			return false;
	return !f->all;
}

/*
 * All translations of the caller's VTL are dropped, which is at least what any
 * address space or list asks for: one pass does the whole list.
 */
static u64 flush(struct pcpu *cpu, struct hvcall *call, const struct flush *f)
{
	if (is_empty(f))
		return HV_STATUS_INVALID_PARAMETER;
	if (call->rep && !call->rep_count)
		return HV_STATUS_SUCCESS;
	if (!flush_virtual(cpu->active_vtl, f->all ? NULL : f->mask))
		return HVCALL_AGAIN;
	call->rep_done = call->rep_count - call->rep_start;
	return HV_STATUS_SUCCESS;
}

u64 hvcall_flush(struct pcpu *cpu, struct hvcall *call)
{
	const struct hv_input_flush_virtual_address *in = call->in;
	struct flush f = { .all = in->flags & HV_FLUSH_ALL_PROCESSORS };
	u64 status = check_flags(call, in->flags);

	f.mask[0] = in->processor_mask;
	return status ? status : flush(cpu, call, &f);
}

static u32 count_bits(u64 mask)
{
	u32 n = 0;

	for (; mask; mask &= mask - 1)
		n++;
	return n;
}

/* The variable header has one element for each valid bank, in order. */
static u64 decode_set(const struct hvcall *call, struct flush *f)
{
	const struct hv_input_flush_virtual_address_ex *in = call->in;
	const u64 *bank = (const u64 *)(in + 1);

	if (in->format == HV_VP_SET_ALL)
		f->all = true;
	else if (in->format != HV_VP_SET_SPARSE_4K)
		return HV_STATUS_INVALID_PARAMETER;
	if (call->var_size != 8 * count_bits(in->valid_bank_mask))
		return HV_STATUS_INVALID_HYPERCALL_INPUT;
	for (u32 i = 0; i < 64; i++) {
		if (!(in->valid_bank_mask & BIT_ULL(i)))
			continue;
		/* VPs that there cannot be have nothing to flush. */
		if (i < ARRAY_SIZE(f->mask))
			f->mask[i] = *bank;
		bank++;
	}
	return HV_STATUS_SUCCESS;
}

u64 hvcall_flush_ex(struct pcpu *cpu, struct hvcall *call)
{
	const struct hv_input_flush_virtual_address_ex *in = call->in;
	struct flush f = { .all = in->flags & HV_FLUSH_ALL_PROCESSORS };
	u64 status = check_flags(call, in->flags);

	if (!status)
		status = decode_set(call, &f);
	return status ? status : flush(cpu, call, &f);
}
