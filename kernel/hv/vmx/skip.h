/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Past the instruction that exited, as its completion would leave things.
 * Inline: part of every exit that emulates an instruction.  Source: SDM,
 * "Interruptibility State", "Pending Debug Exceptions".
 */
#ifndef _VSM_HV_VMX_SKIP_H
#define _VSM_HV_VMX_SKIP_H

#include <asm/msr.h>

#include "vmx.h"

/* No STI or MOV SS shadow, a pending single step under TF. */
static inline __inlined void vmx_skip_to(u64 rip)
{
	u32 intr = vmcs_read32(GUEST_INTERRUPTIBILITY_INFO);

	vmcs_writel(GUEST_RIP, rip);
	if (unlikely(intr & (GUEST_INTR_STATE_STI | GUEST_INTR_STATE_MOV_SS)))
		vmcs_write32(GUEST_INTERRUPTIBILITY_INFO,
			     intr & ~(GUEST_INTR_STATE_STI |
				      GUEST_INTR_STATE_MOV_SS));
	if (unlikely(vmcs_readl(GUEST_RFLAGS) & X86_EFLAGS_TF) &&
	    !(vmcs_read64(GUEST_IA32_DEBUGCTL) & DEBUGCTLMSR_BTF))
		vmcs_writel(GUEST_PENDING_DBG_EXCEPTIONS, BIT(14));
}

/* @rip is where the instruction is; outside 64-bit mode it wraps at 4 GiB. */
static inline __inlined void vmx_skip_from(u64 rip)
{
	u64 next = rip + vmcs_read32(VM_EXIT_INSTRUCTION_LEN);

	if (unlikely((rip ^ next) >> 32) && !vcpu_long_mode())
		next = (u32)next;
	vmx_skip_to(next);
}

#endif /* _VSM_HV_VMX_SKIP_H */
