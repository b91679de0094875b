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

u64 hv_set_register(u32 name, u64 value)
{
	struct hv_input_set_vp_registers *in = (void *)hv_in;
	struct hv_register_assoc *reg = (void *)(in + 1);
	u64 flags = sk_lock(&hv_lock), ret;

	*in = (struct hv_input_set_vp_registers){
		.partition_id = HV_PARTITION_ID_SELF,
		.vp_index = HV_VP_INDEX_SELF,
	};
	*reg = (struct hv_register_assoc){
		.name = name, .value.low = value,
	};
	ret = hypercall_rep_locked(HVCALL_SET_VP_REGISTERS, 1);
	sk_unlock(&hv_lock, flags);
	return ret;
}

static u64 get_register(u32 name, u64 *ret_value)
{
	struct hv_input_get_vp_registers *in = (void *)hv_in;
	struct hv_register_value *out = (void *)hv_out;
	u64 flags = sk_lock(&hv_lock), ret;

	*in = (struct hv_input_get_vp_registers){
		.partition_id = HV_PARTITION_ID_SELF,
		.vp_index = HV_VP_INDEX_SELF,
	};
	*(u32 *)(in + 1) = name;
	ret = hypercall_rep_locked(HVCALL_GET_VP_REGISTERS, 1);
	if (!ret)
		*ret_value = out->low;
	sk_unlock(&hv_lock, flags);
	return ret;
}

static bool set_partition_config(void)
{
	const u64 mask = HV_MAP_GPA_PERMISSIONS_MASK;
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

	ret = get_register(HV_REGISTER_VSM_CODE_PAGE_OFFSETS, &offsets);
	if (ret) {
		sk_log("code page offsets refused: status 0x%lx", ret);
		return false;
	}
	sk_vtl_return_code = sk_hypercall_page +
			     HV_VSM_VTL_RETURN_OFFSET(offsets);
	return set_partition_config();
}

static u64 protect(u64 base, u64 size)
{
	struct hv_input_modify_vtl_protection_mask *in = (void *)hv_in;
	u64 *list = (u64 *)(in + 1);
	u64 flags, ret = 0;
	u32 i, n;

	while (size && !ret) {
		n = MIN(size / PAGE_SIZE, HV_LIST_MAX);
		flags = sk_lock(&hv_lock);
		*in = (struct hv_input_modify_vtl_protection_mask){
			.partition_id = HV_PARTITION_ID_SELF,
		};
		for (i = 0; i < n; i++)
			list[i] = (base >> PAGE_SHIFT) + i;
		ret = hypercall_rep_locked(HVCALL_MODIFY_VTL_PROTECTION_MASK,
					   n);
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
		ret = protect(sk.loader.vtl1[i].base, sk.loader.vtl1[i].size);
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
