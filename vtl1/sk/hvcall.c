// SPDX-License-Identifier: GPL-2.0
/*
 * Hypercalls of the secure kernel, as the TLFS has them.
 * Must never be called with VTL0's data: every input is our own.
 */
#include <asm/msr.h>
#include <vsm/hvcall.h>

#include "sk.h"

const void *sk_vtl_return_code = vtl_return_early;

static struct spinlock hv_lock;
/* hv_lock guards both pages. */
static u8 hv_in[PAGE_SIZE] __aligned(PAGE_SIZE);
static u8 hv_out[PAGE_SIZE] __aligned(PAGE_SIZE);

#define HV_LIST_MAX	((PAGE_SIZE - \
			  sizeof(struct hv_input_modify_vtl_protection_mask)) \
			 / sizeof(u64))

static u64 hypercall_locked(u64 control)
{
	return hypercall_insn(sk_hypercall_page, control, sk_image_pa(hv_in),
			      sk_image_pa(hv_out));
}

/* Repeat until all @reps are done, or one fails. */
static u64 hypercall_rep_locked(u16 code, u32 reps)
{
	u64 done = 0, ret;

	while (done < reps) {
		ret = hypercall_locked(code |
				       (u64)reps << HV_HYPERCALL_REP_COUNT_SHIFT |
				       done << HV_HYPERCALL_REP_START_SHIFT);
		if (ret & HV_HYPERCALL_STATUS_MASK)
			return ret & HV_HYPERCALL_STATUS_MASK;
		ret = (ret & HV_HYPERCALL_REPS_DONE_MASK) >>
		      HV_HYPERCALL_REPS_DONE_SHIFT;
		if (ret <= done)
			return HV_STATUS_OPERATION_FAILED;
		done = ret;
	}
	return HV_STATUS_SUCCESS;
}

static u64 set_register(u8 input_vtl, u32 name, u64 low, u64 high)
{
	struct hv_input_set_vp_registers *in = (void *)hv_in;
	struct hv_register_assoc *reg = (void *)(in + 1);
	u64 flags = sk_lock(&hv_lock), ret;

	*in = (struct hv_input_set_vp_registers){
		.partition_id = HV_PARTITION_ID_SELF,
		.vp_index = HV_VP_INDEX_SELF,
		.input_vtl = input_vtl,
	};
	*reg = (struct hv_register_assoc){
		.name = name, .value = { low, high },
	};
	ret = hypercall_rep_locked(HVCALL_SET_VP_REGISTERS, 1);
	sk_unlock(&hv_lock, flags);
	return ret;
}

u64 hv_set_register(u32 name, u64 value)
{
	return set_register(0, name, value, 0);
}

u64 hv_set_vtl0_register(u32 name, u64 low, u64 high)
{
	return set_register(HV_INPUT_VTL_USE, name, low, high);
}

static u64 get_register(u8 input_vtl, u32 name, u64 *ret_value)
{
	struct hv_input_get_vp_registers *in = (void *)hv_in;
	struct hv_register_value *out = (void *)hv_out;
	u64 flags = sk_lock(&hv_lock), ret;

	*in = (struct hv_input_get_vp_registers){
		.partition_id = HV_PARTITION_ID_SELF,
		.vp_index = HV_VP_INDEX_SELF,
		.input_vtl = input_vtl,
	};
	*(u32 *)(in + 1) = name;
	ret = hypercall_rep_locked(HVCALL_GET_VP_REGISTERS, 1);
	if (!ret)
		*ret_value = out->low;
	sk_unlock(&hv_lock, flags);
	return ret;
}

u64 hv_get_vtl0_register(u32 name, u64 *ret_value)
{
	return get_register(HV_INPUT_VTL_USE, name, ret_value);
}

bool hv_set_default_mask(u64 mask)
{
	u64 ret;

	ret = hv_set_register(HV_REGISTER_VSM_PARTITION_CONFIG,
			      HV_VSM_CONFIG_ENABLE_PROTECTION |
			      mask << HV_VSM_CONFIG_DEFAULT_MASK_SHIFT);
	if (ret)
		sk_log("partition config refused: status 0x%lx", ret);
	return !ret;
}

bool hv_setup(void)
{
	u64 offsets, ret;

	wrmsr(HV_X64_MSR_GUEST_OS_ID, HV_GUEST_OS_ID_VSM_SK);
	wrmsr(HV_X64_MSR_HYPERCALL,
	      sk_image_pa(sk_hypercall_page) | HV_MSR_ENABLE);
	if (!(rdmsr(HV_X64_MSR_HYPERCALL) & HV_MSR_ENABLE))
		return false;

	ret = get_register(0, HV_REGISTER_VSM_CODE_PAGE_OFFSETS, &offsets);
	if (ret) {
		sk_log("code page offsets refused: status 0x%lx", ret);
		return false;
	}
	sk_vtl_return_code = sk_hypercall_page +
			     HV_VSM_VTL_RETURN_OFFSET(offsets);
	return hv_set_default_mask(HV_MAP_GPA_PERMISSIONS_MASK);
}

/* The list is in place. */
static u64 protect_locked(u32 n, u32 map_flags)
{
	struct hv_input_modify_vtl_protection_mask *in = (void *)hv_in;

	*in = (struct hv_input_modify_vtl_protection_mask){
		.partition_id = HV_PARTITION_ID_SELF,
		.map_flags = map_flags,
	};
	return hypercall_rep_locked(HVCALL_MODIFY_VTL_PROTECTION_MASK, n);
}

u64 hv_protect_list(const u64 *pfn, u32 nr, u32 map_flags)
{
	struct hv_input_modify_vtl_protection_mask *in = (void *)hv_in;
	u64 flags, ret = 0;
	u32 n;

	for (; nr && !ret; pfn += n, nr -= n) {
		n = MIN(nr, HV_LIST_MAX);
		flags = sk_lock(&hv_lock);
		memcpy(in + 1, pfn, n * sizeof(*pfn));
		ret = protect_locked(n, map_flags);
		sk_unlock(&hv_lock, flags);
	}
	return ret;
}

u64 hv_protect(u64 base, u64 size, u32 map_flags)
{
	struct hv_input_modify_vtl_protection_mask *in = (void *)hv_in;
	u64 *list = (u64 *)(in + 1);
	u64 flags, ret = 0;
	u32 i, n;

	while (size && !ret) {
		n = MIN(size / PAGE_SIZE, HV_LIST_MAX);
		flags = sk_lock(&hv_lock);
		for (i = 0; i < n; i++)
			list[i] = (base >> PAGE_SHIFT) + i;
		ret = protect_locked(n, map_flags);
		sk_unlock(&hv_lock, flags);
		base += n * PAGE_SIZE;
		size -= n * PAGE_SIZE;
	}
	return ret;
}

u64 hv_protect_own(void)
{
	u64 ret = 0;
	u32 i;

	for (i = 0; i < sk.loader.nr_vtl1 && !ret; i++)
		ret = hv_protect(sk.loader.vtl1[i].base,
				 sk.loader.vtl1[i].size, 0);
	return ret;
}

u64 hv_enable_vp(u32 index, const void *context)
{
	struct hv_input_enable_vp_vtl *in = (void *)hv_in;
	u64 flags = sk_lock(&hv_lock), ret;

	*in = (struct hv_input_enable_vp_vtl){
		.partition_id = HV_PARTITION_ID_SELF,
		.vp_index = index,
		.target_vtl = 1,
	};
	memcpy(&in->context, context, sizeof(in->context));
	ret = hypercall_locked(HVCALL_ENABLE_VP_VTL) & HV_HYPERCALL_STATUS_MASK;
	sk_unlock(&hv_lock, flags);
	return ret;
}
