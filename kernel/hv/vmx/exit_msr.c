// SPDX-License-Identifier: GPL-2.0
/*
 * RDMSR and WRMSR that exit.  Must never let a fault of the real instruction
 * hit root mode: MSRs that may not exist are touched with a fixup.
 */
#include <asm/msr.h>

#include "../trap.h"
#include "vmx.h"

static bool is_vmx_msr(u32 msr)
{
	return msr >= MSR_IA32_VMX_BASIC && msr <= MSR_IA32_VMX_EXIT_CTLS2;
}

/* Never a synthetic one. */
bool vmx_msr_get(struct pcpu *cpu, u8 vtl, u32 msr, u64 *val)
{
	if (is_vmx_msr(msr))
		return false;
	if (tsc_is(msr))
		return tsc_get(cpu, vtl, msr, val);
	if (msr_is_private(msr))
		return msr_private_get(cpu, vtl, msr, val);
	if (msr_is_guarded(msr))
		return msr_guard_get(cpu, msr, val);
	if (!rdmsr_safe(msr, val))
		return false;
	if (msr == MSR_IA32_FEAT_CTL) {
		*val &= ~(FEAT_CTL_VMX_ENABLED_INSIDE_SMX |
			  FEAT_CTL_VMX_ENABLED_OUTSIDE_SMX | FEAT_CTL_SENTER);
		*val |= FEAT_CTL_LOCKED;
	}
	return true;
}

/*
 * The mode of the local APIC is VTL0's, the place of its page is not.  Disabled
 * altogether it would take no NMI, nor send one: see flush.c.
 */
static bool write_apic_base(struct pcpu *cpu, u64 val)
{
	u64 old = rdmsr(MSR_IA32_APICBASE);

	if (((old ^ val) & PAGE_MASK) || (old & ~val & APICBASE_ENABLE))
		return false;
	if (!wrmsr_safe(MSR_IA32_APICBASE, val))
		return false;
	cpuid_apic_changed(cpu);
	return true;
}

bool vmx_msr_set(struct pcpu *cpu, u8 vtl, u32 msr, u64 val)
{
	/* Locked, as far as a VTL can see. */
	if (is_vmx_msr(msr) || msr == MSR_IA32_FEAT_CTL)
		return false;
	if (tsc_is(msr))
		return tsc_set(cpu, vtl, msr, val);
	if (!vtl && msr_is_guarded(msr))
		return msr_guard_set(cpu, msr, val);
	if (msr_is_private(msr))
		return msr_private_set(cpu, vtl, msr, val);
	/* What is shared is VTL0's to write, or VTL1's in its name. */
	if (vtl)
		return false;
	if (msr == MSR_IA32_APICBASE)
		return write_apic_base(cpu, val);
	return wrmsr_safe(msr, val);
}

static bool read_msr(struct pcpu *cpu, u32 msr, u64 *val)
{
	if (synmsr_is(cpu, msr))
		return synmsr_read(cpu, cpu->active_vtl, msr, val);
	return vmx_msr_get(cpu, cpu->active_vtl, msr, val);
}

static bool write_msr(struct pcpu *cpu, u32 msr, u64 val)
{
	if (synmsr_is(cpu, msr))
		return synmsr_write(cpu, cpu->active_vtl, msr, val);
	return vmx_msr_set(cpu, cpu->active_vtl, msr, val);
}

void exit_msr_read(struct pcpu *cpu)
{
	struct hv_regs *regs = cpu->regs;
	u64 val = 0;

	if (intercept_wants_msr(cpu, regs->rcx, false, 0)) {
		if (!intercept_msr(cpu, regs->rcx, false))
			vcpu_inject_gp();
		return;
	}
	if (!read_msr(cpu, regs->rcx, &val)) {
		vcpu_inject_gp();
		return;
	}
	regs->rax = (u32)val;
	regs->rdx = val >> 32;
	vcpu_skip_instruction();
}

void exit_msr_write(struct pcpu *cpu)
{
	struct hv_regs *regs = cpu->regs;
	u64 val = (u32)regs->rax | regs->rdx << 32;

	if (intercept_wants_msr(cpu, regs->rcx, true, val)) {
		if (!intercept_msr(cpu, regs->rcx, true))
			vcpu_inject_gp();
		return;
	}
	if (!write_msr(cpu, regs->rcx, val)) {
		vcpu_inject_gp();
		return;
	}
	vcpu_skip_instruction();
}
