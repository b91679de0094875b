// SPDX-License-Identifier: GPL-2.0
/*
 * VP registers that are the hypervisor's own: Virtual Secure Mode, features,
 * synthetic MSRs by name.  Must never touch the processor's state: that is the
 * vendor seam's.  Source: TLFS, "Virtual Secure Mode", "HV_REGISTER_NAME".
 */
#include "cpuid.h"
#include "hv.h"
#include "mask.h"
#include "registers.h"

/*
 * In sets of VTLs with MBEC: VTL1 has it enabled, VTL0 is what it restricts.
 * Software that exists looks at the one bit or at the other.
 */
#define MBEC_VTLS	(BIT_ULL(0) | BIT_ULL(1))

#define CONFIG_MASK	(0xfULL << HV_VSM_CONFIG_DEFAULT_MASK_SHIFT)

static u64 value(struct hv_register_value *val, u64 low)
{
	val->low = low;
	val->high = 0;
	return HV_STATUS_SUCCESS;
}

u64 hvreg_get_code_page_offsets(struct pcpu *cpu, u8 vtl, u32 name,
				struct hv_register_value *val)
{
	(void)cpu;
	(void)vtl;
	(void)name;
	return value(val, hv_code_page_offsets);
}

u64 hvreg_get_vp_status(struct pcpu *cpu, u8 vtl, u32 name,
			struct hv_register_value *val)
{
	u64 low = cpu->active_vtl | BIT_ULL(HV_VSM_VP_STATUS_ENABLED_SHIFT);

	(void)vtl;
	(void)name;
	if (cpu->vtl[1].enabled)
		low |= BIT_ULL(HV_VSM_VP_STATUS_ENABLED_SHIFT + 1);
	if (hv.vtl[1].mbec)
		low |= HV_VSM_VP_STATUS_ACTIVE_MBEC;
	return value(val, low);
}

u64 hvreg_get_partition_status(struct pcpu *cpu, u8 vtl, u32 name,
			       struct hv_register_value *val)
{
	u64 low = BIT_ULL(0) |
		  (u64)(HV_NUM_VTLS - 1) << HV_VSM_PARTITION_STATUS_MAX_SHIFT;

	(void)cpu;
	(void)vtl;
	(void)name;
	if (hv.vtl[1].enabled)
		low |= BIT_ULL(1);
	if (hv.vtl[1].mbec)
		low |= MBEC_VTLS << HV_VSM_PARTITION_STATUS_MBEC_SHIFT;
	return value(val, low);
}

u64 hvreg_capabilities(void)
{
	u64 val = HV_VSM_CAP_DR6_SHARED | HV_VSM_CAP_DENY_LOWER_STARTUP;

	if (hv.has_mbec)
		val |= MBEC_VTLS << HV_VSM_CAP_MBEC_SHIFT;
	return val;
}

u64 hvreg_get_capabilities(struct pcpu *cpu, u8 vtl, u32 name,
			   struct hv_register_value *val)
{
	(void)cpu;
	(void)vtl;
	(void)name;
	return value(val, hvreg_capabilities());
}

u64 hvreg_get_vina(struct pcpu *cpu, u8 vtl, u32 name,
		   struct hv_register_value *val)
{
	(void)name;
	return value(val, cpu->vtl[vtl].vina);
}

u64 hvreg_set_vina(struct pcpu *cpu, u8 vtl, u32 name,
		   const struct hv_register_value *val)
{
	const u64 known = 0xff | HV_VSM_VINA_ENABLED |
			  HV_VSM_VINA_AUTO_RESET | HV_VSM_VINA_AUTO_EOI;

	(void)name;
	/* Vectors below 32 are exceptions. */
	if ((val->low & ~known) ||
	    ((val->low & HV_VSM_VINA_ENABLED) && (val->low & 0xff) < 32))
		return HV_STATUS_INVALID_REGISTER_VALUE;
	cpu->vtl[vtl].vina = val->low;
	return HV_STATUS_SUCCESS;
}

u64 hvreg_get_partition_config(struct pcpu *cpu, u8 vtl, u32 name,
			       struct hv_register_value *val)
{
	(void)cpu;
	(void)name;
	return value(val, hv.vtl[vtl].config);
}

static u32 default_mask(u64 config)
{
	return (config & CONFIG_MASK) >> HV_VSM_CONFIG_DEFAULT_MASK_SHIFT;
}

/*
 * Once protection is on it stays on, and so does a default mask.  But a mask
 * that takes nothing away is none yet: VTL1 can come to a VTL0 that runs, and
 * must first say what that may execute.
 */
static u64 check_config(const struct hv_partition_vtl *pv, u64 val)
{
	const u64 known = HV_VSM_CONFIG_ENABLE_PROTECTION | CONFIG_MASK |
			  HV_VSM_CONFIG_ZERO_MEM_ON_RESET |
			  HV_VSM_CONFIG_DENY_LOWER_STARTUP;
	bool on = pv->config & HV_VSM_CONFIG_ENABLE_PROTECTION;
	u32 mask = default_mask(val);

	if ((val & ~known) || (on && !(val & HV_VSM_CONFIG_ENABLE_PROTECTION)))
		return HV_STATUS_INVALID_REGISTER_VALUE;
	if (on && mask == default_mask(pv->config))
		return HV_STATUS_SUCCESS;
	if (on && default_mask(pv->config) != HV_MAP_GPA_PERMISSIONS_MASK)
		return HV_STATUS_INVALID_REGISTER_VALUE;
	if ((val & HV_VSM_CONFIG_ENABLE_PROTECTION) &&
	    !mask_legal(mask, pv->mbec))
		return HV_STATUS_INVALID_REGISTER_VALUE;
	return HV_STATUS_SUCCESS;
}

static u64 set_config_locked(struct hv_partition_vtl *pv, u64 val)
{
	u64 status = check_config(pv, val);

	if (status)
		return status;
	if ((val & HV_VSM_CONFIG_ENABLE_PROTECTION) &&
	    mask_to_ept(default_mask(val)) != hv.vtl[0].perm &&
	    !mem_default_mask_locked(0, default_mask(val)))
		return HV_STATUS_INSUFFICIENT_MEMORY;
	pv->config = val;
	return HV_STATUS_SUCCESS;
}

u64 hvreg_set_partition_config(struct pcpu *cpu, u8 vtl, u32 name,
			       const struct hv_register_value *val)
{
	u64 status;

	(void)cpu;
	(void)name;
	spin_lock(&hv.lock);
	status = set_config_locked(&hv.vtl[vtl], val->low);
	spin_unlock(&hv.lock);
	return status;
}

/* Of isolation by the processor there is none: all bits are zero. */
u64 hvreg_get_isolation(struct pcpu *cpu, u8 vtl, u32 name,
			struct hv_register_value *val)
{
	(void)cpu;
	(void)vtl;
	(void)name;
	return value(val, 0);
}

u64 hvreg_get_guest_vsm(struct pcpu *cpu, u8 vtl, u32 name,
			struct hv_register_value *val)
{
	(void)cpu;
	(void)vtl;
	(void)name;
	return value(val, HV_NUM_VTLS - 1);
}

/* The leaf at each name; of a leaf that there is not, all is zero. */
u64 hvreg_get_cpuid(struct pcpu *cpu, u8 vtl, u32 name,
		    struct hv_register_value *val)
{
	u32 leaf = name == HV_REGISTER_HYPERVISOR_VERSION ?
		   HV_CPUID_VERSION :
		   HV_CPUID_FEATURES + name -
		   HV_REGISTER_PRIVILEGES_AND_FEATURES_INFO;
	u32 r[4] = { 0 };

	(void)cpu;
	if (leaf <= HV_CPUID_HARDWARE)
		tlfs_leaf(vtl, leaf, r);
	val->low = r[0] | (u64)r[1] << 32;
	val->high = r[2] | (u64)r[3] << 32;
	return HV_STATUS_SUCCESS;
}

static u32 synmsr_of(u32 name)
{
	if (name - HV_REGISTER_SINT0 < HV_NUM_SINTS)
		return HV_X64_MSR_SINT0 + name - HV_REGISTER_SINT0;
	if (name - HV_REGISTER_STIMER0_CONFIG < 2 * HV_NUM_STIMERS)
		return HV_X64_MSR_STIMER0_CONFIG + name -
		       HV_REGISTER_STIMER0_CONFIG;
	switch (name) {
	case HV_X64_REGISTER_HYPERCALL:
		return HV_X64_MSR_HYPERCALL;
	case HV_REGISTER_GUEST_OS_ID:
		return HV_X64_MSR_GUEST_OS_ID;
	case HV_REGISTER_VP_INDEX:
		return HV_X64_MSR_VP_INDEX;
	case HV_REGISTER_VP_ASSIST_PAGE:
		return HV_X64_MSR_VP_ASSIST_PAGE;
	case HV_REGISTER_TIME_REF_COUNT:
		return HV_X64_MSR_TIME_REF_COUNT;
	case HV_REGISTER_SCONTROL:
		return HV_X64_MSR_SCONTROL;
	case HV_REGISTER_SVERSION:
		return HV_X64_MSR_SVERSION;
	case HV_REGISTER_SIFP:
		return HV_X64_MSR_SIEFP;
	case HV_REGISTER_SIPP:
		return HV_X64_MSR_SIMP;
	case HV_REGISTER_EOM:
		return HV_X64_MSR_EOM;
	default:
		return 0;
	}
}

u64 hvreg_get_synmsr(struct pcpu *cpu, u8 vtl, u32 name,
		     struct hv_register_value *val)
{
	val->high = 0;
	return synmsr_read(cpu, vtl, synmsr_of(name), &val->low) ?
	       HV_STATUS_SUCCESS : HV_STATUS_INVALID_PARAMETER;
}

/* A value that WRMSR would refuse with #GP is refused here, too. */
u64 hvreg_set_synmsr(struct pcpu *cpu, u8 vtl, u32 name,
		     const struct hv_register_value *val)
{
	return synmsr_write(cpu, vtl, synmsr_of(name), val->low) ?
	       HV_STATUS_SUCCESS : HV_STATUS_INVALID_REGISTER_VALUE;
}
