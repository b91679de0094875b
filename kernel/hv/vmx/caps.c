// SPDX-License-Identifier: GPL-2.0
/*
 * VMX capabilities: the controls, declared once as required and optional sets
 * and reconciled with the capability MSRs.  Must never set a control that the
 * MSRs do not allow.  Source: SDM, "VMX Capability Reporting Facility".
 */
#include <asm/msr.h>

#include "vmx.h"

#define VMX_EXIT_COUNTERS	(VM_EXIT_LOAD_IA32_PERF_GLOBAL_CTRL | \
				 VM_EXIT_SAVE_IA32_PERF_GLOBAL_CTRL)

struct control_set {
	u32 msr;		/* TRUE capability MSR */
	u32 required;
	u32 optional;
};

static const struct control_set pin_set = {
	MSR_IA32_VMX_TRUE_PINBASED_CTLS,
	PIN_BASED_NMI_EXITING | PIN_BASED_VIRTUAL_NMIS, 0,
};

static const struct control_set cpu_set = {
	MSR_IA32_VMX_TRUE_PROCBASED_CTLS,
	CPU_BASED_USE_MSR_BITMAPS | CPU_BASED_ACTIVATE_SECONDARY_CONTROLS |
	CPU_BASED_USE_TSC_OFFSETTING, 0,
};

static const struct control_set secondary_set = {
	MSR_IA32_VMX_PROCBASED_CTLS2,
	SECONDARY_EXEC_ENABLE_EPT | SECONDARY_EXEC_UNRESTRICTED_GUEST |
	SECONDARY_EXEC_ENABLE_VPID,
	/* Linux goes on using what these gate. */
	SECONDARY_EXEC_ENABLE_RDTSCP | SECONDARY_EXEC_ENABLE_INVPCID |
	SECONDARY_EXEC_ENABLE_XSAVES | SECONDARY_EXEC_ENABLE_USR_WAIT_PAUSE |
	SECONDARY_EXEC_ENABLE_PCONFIG | SECONDARY_EXEC_MODE_BASED_EPT_EXEC,
};

static const struct control_set exit_set = {
	MSR_IA32_VMX_TRUE_EXIT_CTLS,
	VM_EXIT_HOST_ADDR_SPACE_SIZE | VM_EXIT_SAVE_DEBUG_CONTROLS |
	VM_EXIT_ACK_INTR_ON_EXIT | VM_EXIT_SAVE_IA32_PAT |
	VM_EXIT_LOAD_IA32_PAT | VM_EXIT_SAVE_IA32_EFER |
	VM_EXIT_LOAD_IA32_EFER,
	VM_EXIT_LOAD_CET_STATE | VMX_EXIT_COUNTERS | VM_EXIT_CLEAR_IA32_LBR_CTL,
};

static const struct control_set entry_set = {
	MSR_IA32_VMX_TRUE_ENTRY_CTLS,
	VM_ENTRY_LOAD_DEBUG_CONTROLS | VM_ENTRY_IA32E_MODE |
	VM_ENTRY_LOAD_IA32_PAT | VM_ENTRY_LOAD_IA32_EFER,
	VM_ENTRY_LOAD_CET_STATE | VM_ENTRY_LOAD_IA32_PERF_GLOBAL_CTRL |
	VM_ENTRY_LOAD_IA32_LBR_CTL,
};

/* What of entry and exit goes together: both, or neither. */
static const struct {
	u32 exit, entry;
} pairs[] = {
	{ VM_EXIT_LOAD_CET_STATE, VM_ENTRY_LOAD_CET_STATE },
	{ VMX_EXIT_COUNTERS, VM_ENTRY_LOAD_IA32_PERF_GLOBAL_CTRL },
	{ VM_EXIT_CLEAR_IA32_LBR_CTL, VM_ENTRY_LOAD_IA32_LBR_CTL },
};

/* Bits 31:0 of a capability MSR must be one, bits 63:32 may be one. */
static bool reconcile(const struct control_set *set, u32 *ret, u64 *ret_detail)
{
	u64 cap = rdmsr(set->msr);
	u32 must = cap, may = cap >> 32;

	*ret = (set->required | set->optional | must) & may;
	if ((set->required & ~may) || (must & ~may)) {
		*ret_detail = (u64)set->msr << 32 | (set->required & ~may);
		return false;
	}
	return true;
}

u32 vmx_controls(struct vmx_controls *c, u64 *ret_detail)
{
	if (!reconcile(&pin_set, &c->pin, ret_detail) ||
	    !reconcile(&cpu_set, &c->cpu, ret_detail) ||
	    !reconcile(&secondary_set, &c->secondary, ret_detail) ||
	    !reconcile(&exit_set, &c->exit, ret_detail) ||
	    !reconcile(&entry_set, &c->entry, ret_detail))
		return HV_LAUNCH_CAPS;
	for (u32 i = 0; i < ARRAY_SIZE(pairs); i++) {
		if ((c->exit & pairs[i].exit) == pairs[i].exit &&
		    (c->entry & pairs[i].entry) == pairs[i].entry)
			continue;
		c->exit &= ~pairs[i].exit;
		c->entry &= ~pairs[i].entry;
	}
	return HV_LAUNCH_OK;
}

static bool may_set(u32 msr, u32 controls)
{
	return !(controls & ~(u32)(rdmsr(msr) >> 32));
}

static bool may_set_pair(u32 exit, u32 entry)
{
	return may_set(MSR_IA32_VMX_TRUE_EXIT_CTLS, exit) &&
	       may_set(MSR_IA32_VMX_TRUE_ENTRY_CTLS, entry);
}

/* All that VTL1's interrupts and timers are made of. */
bool vcpu_has_timer(void)
{
	return may_set(MSR_IA32_VMX_TRUE_PINBASED_CTLS,
		       PIN_BASED_PREEMPTION_TIMER);
}

/* Stores are stepped over, see intercept.c. */
bool vcpu_has_table_exiting(void)
{
	return may_set(MSR_IA32_VMX_PROCBASED_CTLS2, SECONDARY_EXEC_DESC) &&
	       may_set(MSR_IA32_VMX_TRUE_PROCBASED_CTLS,
		       CPU_BASED_MONITOR_TRAP_FLAG);
}

/* Their state is in the VMCS then. */
bool vmx_has_cet(void)
{
	return may_set_pair(VM_EXIT_LOAD_CET_STATE, VM_ENTRY_LOAD_CET_STATE);
}

/* IA32_PERF_GLOBAL_CTRL is in the VMCS, and zero in root mode. */
bool vmx_has_counters(void)
{
	return may_set_pair(VMX_EXIT_COUNTERS,
			    VM_ENTRY_LOAD_IA32_PERF_GLOBAL_CTRL);
}

/* IA32_LBR_CTL is. */
bool vmx_has_lbr(void)
{
	return may_set_pair(VM_EXIT_CLEAR_IA32_LBR_CTL,
			    VM_ENTRY_LOAD_IA32_LBR_CTL);
}

/* Without paging it says nothing: VPs that start are watched, see start.c. */
bool vcpu_has_mbec(void)
{
	return may_set(MSR_IA32_VMX_PROCBASED_CTLS2,
		       SECONDARY_EXEC_MODE_BASED_EPT_EXEC) &&
	       may_set(MSR_IA32_VMX_TRUE_PROCBASED_CTLS,
		       CPU_BASED_MONITOR_TRAP_FLAG);
}

/* Controls that are not in force from the beginning. */
static bool may_set_all(u32 msr, u32 controls, u64 *ret_detail)
{
	u32 missing = controls & ~(u32)(rdmsr(msr) >> 32);

	if (missing)
		*ret_detail = (u64)msr << 32 | missing;
	return !missing;
}

u32 vcpu_check_caps(u64 *ret_detail)
{
	const u64 need = VMX_EPT_PAGE_WALK_4 | VMX_EPTP_WB | VMX_EPT_2MB_PAGE |
			 VMX_EPT_INVEPT | VMX_EPT_INVEPT_GLOBAL |
			 VMX_VPID_INVVPID | VMX_VPID_INVVPID_ALL;
	struct vmx_controls controls;
	u64 caps;

	if (!(rdmsr(MSR_IA32_VMX_BASIC) & VMX_BASIC_TRUE_CTLS)) {
		*ret_detail = MSR_IA32_VMX_BASIC;
		return HV_LAUNCH_CAPS;
	}
	if (vmx_controls(&controls, ret_detail) ||
	    !may_set_all(MSR_IA32_VMX_TRUE_PINBASED_CTLS,
			 VMX_VTL1_PIN_CONTROLS, ret_detail) ||
	    !may_set_all(MSR_IA32_VMX_TRUE_PROCBASED_CTLS,
			 VMX_VTL1_CPU_CONTROLS | VMX_EVENT_CPU_CONTROLS,
			 ret_detail))
		return HV_LAUNCH_CAPS;
	caps = rdmsr(MSR_IA32_VMX_EPT_VPID_CAP);
	if ((caps & need) != need ||
	    !(rdmsr(MSR_IA32_VMX_MISC) & VMX_MISC_ACTIVITY_WAIT_SIPI)) {
		*ret_detail = need & ~caps;
		return HV_LAUNCH_CAPS;
	}
	return HV_LAUNCH_OK;
}
