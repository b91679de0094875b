// SPDX-License-Identifier: GPL-2.0
/*
 * What the generic part asks of the processor: state of the active VTL, the end
 * of a CPU.  Must never be asked about a VTL of another CPU.
 */
#include <asm/msr.h>

#include "skip.h"
#include "vmx.h"

u32 vcpu_cpl(void)
{
	return SEG_AR_DPL(vmcs_read32(GUEST_SS_AR_BYTES));
}

bool vcpu_protected_mode(void)
{
	return (vmcs_readl(GUEST_CR0) & X86_CR0_PE) &&
	       !(vmcs_readl(GUEST_RFLAGS) & X86_EFLAGS_VM);
}

bool vcpu_long_mode(void)
{
	/* LMA, and CS.L. */
	return (vmcs_read64(GUEST_IA32_EFER) & EFER_LMA) &&
	       (vmcs_read32(GUEST_CS_AR_BYTES) & BIT(13));
}

u64 vcpu_rip(void)
{
	return vmcs_readl(GUEST_RIP);
}

u64 vcpu_cr4(void)
{
	return vmcs_readl(GUEST_CR4);
}

void vcpu_skip_instruction(void)
{
	vmx_skip_from(vmcs_readl(GUEST_RIP));
}

/* Stop this CPU for good, interrupts off; others go on. */
void vcpu_park(struct pcpu *cpu)
{
	hv_log("hv: cpu %u parked", cpu->index);
	__atomic_store_n(&cpu->online, 0, __ATOMIC_RELEASE);
	for (;;)
		cpu_halt();
}

void vcpu_abort_launch(struct pcpu *cpu, u32 reason)
{
	/* Nobody waits for it to flush any more. */
	__atomic_store_n(&cpu->online, 0, __ATOMIC_SEQ_CST);
	vmclear(cpu->vtl[0].vmcs);
	vcpu_switch_out(cpu, reason);
}
