// SPDX-License-Identifier: GPL-2.0
/*
 * VP registers that are the hypervisor's own: Virtual Secure Mode, features,
 * synthetic MSRs by name.  Must never touch the processor's state: that is the
 * vendor seam's.  Source: TLFS, "Virtual Secure Mode", "HV_REGISTER_NAME".
 */
#include "hv.h"
#include "registers.h"

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
		low |= BIT_ULL(1) << HV_VSM_PARTITION_STATUS_MBEC_SHIFT;
	return value(val, low);
}

u64 hvreg_capabilities(void)
{
	u64 val = HV_VSM_CAP_DR6_SHARED;

	if (hv.has_mbec)
		val |= BIT_ULL(HV_VSM_CAP_MBEC_SHIFT + 1);
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

/* Write-once parts keep their value; a change of them is refused. */
u64 hvreg_set_partition_config(struct pcpu *cpu, u8 vtl, u32 name,
			       const struct hv_register_value *val)
{
	const u64 known = HV_VSM_CONFIG_ENABLE_PROTECTION |
			  0xfULL << HV_VSM_CONFIG_DEFAULT_MASK_SHIFT |
			  HV_VSM_CONFIG_ZERO_MEM_ON_RESET |
			  HV_VSM_CONFIG_DENY_LOWER_STARTUP;
	u64 mask = val->low >> HV_VSM_CONFIG_DEFAULT_MASK_SHIFT & 0xf;
	u64 status = HV_STATUS_SUCCESS;

	(void)cpu;
	(void)name;
	if (val->low & ~known)
		return HV_STATUS_INVALID_REGISTER_VALUE;
	/* Memory is VTL0's own until VTL1 says otherwise, page by page. */
	if ((val->low & HV_VSM_CONFIG_ENABLE_PROTECTION) && mask != 0xf)
		return HV_STATUS_INVALID_REGISTER_VALUE;
	spin_lock(&hv.lock);
	if ((hv.vtl[vtl].config & HV_VSM_CONFIG_ENABLE_PROTECTION) &&
	    val->low != hv.vtl[vtl].config)
		status = HV_STATUS_INVALID_REGISTER_VALUE;
	else
		hv.vtl[vtl].config = val->low;
	spin_unlock(&hv.lock);
	return status;
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

	(void)vtl;
	if (leaf <= HV_CPUID_HARDWARE)
		cpuid_lookup(cpu, hv.cpuid_base + leaf, 0, r);
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
