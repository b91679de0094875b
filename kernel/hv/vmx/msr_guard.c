// SPDX-License-Identifier: GPL-2.0
/*
 * MSRs with which VTL0 could make the processor itself write to or mistreat
 * memory that is not VTL0's: records and traces at addresses of VTL0's choice,
 * memory types, microcode, voltage.  Must never let one of them be in force in
 * VTL1 or in root mode with a value of VTL0's.  Source: SDM, "Debug Store (DS)
 * Mechanism", "Hardware Feedback Interface", "Intel Processor Trace", "Memory
 * Type Range Registers (MTRRs)", "Microcode Update Facilities", "Changes to
 * Instruction Behavior in VMX Non-Root Operation".
 */
#include <asm/msr.h>

#include "../trap.h"
#include "vmx.h"

#define XSS_PT			BIT_ULL(8)
#define MTRR_DEF_TYPE_RSVD	(~0xcffULL)
#define MISC_ENABLE_REFUSED	(MISC_ENABLE_LIMIT_CPUID | MISC_ENABLE_XD_DISABLE)

static bool is_mtrr(u32 msr)
{
	return (msr >= MSR_MTRRphysBase(0) && msr <= MSR_MTRRphysMask(31)) ||
	       msr == MSR_MTRRfix64K_00000 || msr == MSR_MTRRfix16K_80000 ||
	       msr == MSR_MTRRfix16K_A0000 || msr == MSR_MTRRdefType ||
	       (msr >= MSR_MTRRfix4K_C0000 && msr <= MSR_MTRRfix4K_C0000 + 7);
}

bool msr_is_guarded(u32 msr)
{
	switch (msr) {
	case MSR_TRACE_HUB_ACPIBAR:
	case MSR_IA32_BIOS_UPDT_TRIG:
	case MSR_IA32_BIOS_SIGN_ID:
	case MSR_OC_MAILBOX:
	case MSR_IA32_MISC_ENABLE:
	case MSR_IA32_PEBS_ENABLE:
	case MSR_IA32_PEBS_BASE:
	case MSR_IA32_DEBUG_INTERFACE:
	case MSR_IA32_RTIT_CTL:
	case MSR_IA32_XSS:
	case MSR_IA32_HW_FEEDBACK_PTR:
		return true;
	default:
		return is_mtrr(msr);
	}
}

bool msr_guard_get(struct pcpu *cpu, u32 msr, u64 *val)
{
	if (!rdmsr_safe(msr, val))
		return false;
	if (msr == MSR_MTRRdefType && cpu->mtrr_off)
		*val = cpu->mtrr_def_type;
	else if (msr == MSR_IA32_PEBS_ENABLE)
		*val = cpu->msr_load.pebs_entry.value;
	return true;
}

/*
 * Types in the EPTs are those of launch, and root mode has no EPT: a change
 * would turn the hypervisor's memory into another type under its feet.  What
 * Linux does when a CPU comes up is to disable, compare and enable again.
 */
static bool write_mtrr(struct pcpu *cpu, u32 msr, u64 val)
{
	u64 real;

	if (!rdmsr_safe(msr, &real))
		return false;
	if (msr != MSR_MTRRdefType)
		return val == real;
	if (val != real &&
	    ((val & MTRR_DEF_TYPE_E) || (val & MTRR_DEF_TYPE_RSVD)))
		return false;
	cpu->mtrr_off = val != real;
	cpu->mtrr_def_type = val;
	return true;
}

/* Of VTL0; false: #GP. */
bool msr_guard_set(struct pcpu *cpu, u32 msr, u64 val)
{
	u64 old;

	switch (msr) {
	case MSR_IA32_BIOS_UPDT_TRIG:
		/* SDM: in non-root operation nothing is loaded, no fault. */
		hv_log("hv: cpu %u: microcode update ignored", cpu->index);
		return true;
	case MSR_IA32_BIOS_SIGN_ID:
		/* Cleared, only CPUID on the processor would set it again. */
		return true;
	case MSR_OC_MAILBOX:
		return false;
	case MSR_IA32_MISC_ENABLE:
		return rdmsr_safe(msr, &old) &&
		       !(val & ~old & MISC_ENABLE_REFUSED) &&
		       wrmsr_safe(msr, val);
	case MSR_IA32_PEBS_ENABLE:
		return vmx_pebs_set(cpu, val);
	case MSR_IA32_RTIT_CTL:
		/* Its output goes to physical addresses, past the EPT. */
		return !(val & RTIT_CTL_TRACE_EN) && wrmsr_safe(msr, val);
	case MSR_IA32_XSS:
		/* XRSTORS would load trace state without an exit. */
		return !(val & XSS_PT) && msr_private_set(cpu, 0, msr, val);
	case MSR_TRACE_HUB_ACPIBAR:
	case MSR_IA32_PEBS_BASE:
	case MSR_IA32_DEBUG_INTERFACE:
	case MSR_IA32_HW_FEEDBACK_PTR:
		/* The processor writes there, or may, past the EPT. */
		return rdmsr_safe(msr, &old) && val == old;
	default:
		return write_mtrr(cpu, msr, val);
	}
}
