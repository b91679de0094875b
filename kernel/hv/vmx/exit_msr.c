// SPDX-License-Identifier: GPL-2.0
/*
 * RDMSR and WRMSR that exit.  Must never let a fault of the real instruction
 * hit root mode: MSRs that may not exist are touched with a fixup.
 */
#include <asm/msr.h>

#include "../trap.h"
#include "vmx.h"

static const u32 private_msrs[HV_NR_PRIVATE_MSRS] = {
	[HV_PRIVATE_STAR] = MSR_STAR,
	[HV_PRIVATE_LSTAR] = MSR_LSTAR,
	[HV_PRIVATE_CSTAR] = MSR_CSTAR,
	[HV_PRIVATE_SFMASK] = MSR_SYSCALL_MASK,
	[HV_PRIVATE_KERNEL_GS_BASE] = MSR_KERNEL_GS_BASE,
	[HV_PRIVATE_TSC_AUX] = MSR_TSC_AUX,
};

static int private_index(u32 msr)
{
	for (u32 i = 0; i < HV_NR_PRIVATE_MSRS; i++)
		if (private_msrs[i] == msr)
			return i;
	return -1;
}

static void swap_private(struct pcpu *cpu, u8 from, u8 to)
{
	for (u32 i = 0; i < HV_NR_PRIVATE_MSRS; i++) {
		u64 val;

		/* TSC_AUX may not exist; it then stays zero in both. */
		if (!rdmsr_safe(private_msrs[i], &val))
			continue;
		cpu->vtl[from].private_msr[i] = val;
		wrmsr(private_msrs[i], cpu->vtl[to].private_msr[i]);
	}
}

/* Nothing to do until VTL1 has written one: then they differ. */
void vcpu_private_msrs(struct pcpu *cpu, u8 from, u8 to)
{
	if (unlikely(cpu->private_msrs_live))
		swap_private(cpu, from, to);
}

static bool is_vmx_msr(u32 msr)
{
	return msr >= MSR_IA32_VMX_BASIC && msr <= MSR_IA32_VMX_EXIT_CTLS2;
}

static bool read_msr(struct pcpu *cpu, u32 msr, u64 *val)
{
	if (synmsr_is(cpu, msr))
		return synmsr_read(cpu, cpu->active_vtl, msr, val);
	if (is_vmx_msr(msr))
		return false;
	if (cpu->active_vtl && private_index(msr) >= 0 &&
	    !cpu->private_msrs_live) {
		*val = 0;
		return true;
	}
	if (!rdmsr_safe(msr, val))
		return false;
	if (msr == MSR_IA32_FEAT_CTL) {
		*val &= ~(FEAT_CTL_VMX_ENABLED_INSIDE_SMX |
			  FEAT_CTL_VMX_ENABLED_OUTSIDE_SMX | FEAT_CTL_SENTER);
		*val |= FEAT_CTL_LOCKED;
	}
	return true;
}

static bool write_vtl1_private(struct pcpu *cpu, u32 msr, u64 val)
{
	if (!cpu->private_msrs_live) {
		cpu->private_msrs_live = true;
		swap_private(cpu, 0, 1);
	}
	return wrmsr_safe(msr, val);
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

static bool write_msr(struct pcpu *cpu, u32 msr, u64 val)
{
	if (synmsr_is(cpu, msr))
		return synmsr_write(cpu, cpu->active_vtl, msr, val);
	/* Locked, as far as a VTL can see. */
	if (is_vmx_msr(msr) || msr == MSR_IA32_FEAT_CTL)
		return false;
	if (cpu->active_vtl)
		return private_index(msr) >= 0 &&
		       write_vtl1_private(cpu, msr, val);
	if (msr == MSR_IA32_APICBASE)
		return write_apic_base(cpu, val);
	return wrmsr_safe(msr, val);
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
