// SPDX-License-Identifier: GPL-2.0
/*
 * The exits that occur all the time, when nothing is out of the ordinary:
 * CPUID, VTL call, VTL return.  Runs before vmexit.S has saved the registers
 * that C preserves.  Must never do half of an exit: what it does not know is
 * left, untouched, to the full path, which knows everything.
 */
#include "../vtl.h"
#include "skip.h"
#include "vmx.h"

bool vmexit_fast(struct hv_regs *regs);

static __noinline bool fast_cpuid(struct pcpu *cpu)
{
	exit_cpuid(cpu);
	cpu->public->exits[EXIT_REASON_CPUID]++;
	return true;
}

/* The hypercall interface is enabled, and the caller is 64-bit and CPL 0. */
static inline __inlined bool may_hypercall(u8 vtl, u64 rip)
{
	/* Above 4 GiB only 64-bit code executes. */
	return (hv.vtl[vtl].hypercall & HV_MSR_ENABLE) && rip >> 32 &&
	       !SEG_AR_DPL(vmcs_read32(GUEST_SS_AR_BYTES));
}

/* To @vtl, past the VMCALL at @rip; nothing may fail any more. */
static inline __inlined void switch_to(struct pcpu *cpu, u8 vtl, u64 rip)
{
	vmx_skip_to(rip + vmcs_read32(VM_EXIT_INSTRUCTION_LEN));
	cpu->public->exits[EXIT_REASON_VMCALL]++;
	BUG_ON(!vmptrld_from(&cpu->vtl[vtl].vmcs));
	cpu->active_vtl = vtl;
}

static __noinline bool fast_vtl_call(struct pcpu *cpu)
{
	u64 rip;

	if (unlikely(!vtl_may_just_call(cpu)))
		return false;
	rip = vmcs_readl(GUEST_RIP);
	if (unlikely(!may_hypercall(0, rip)))
		return false;
	vtl_prepare_call(cpu);
	switch_to(cpu, 1, rip);
	return true;
}

static __noinline bool fast_vtl_return(struct pcpu *cpu)
{
	u64 rip;

	if (unlikely(!vtl_may_just_return(cpu)))
		return false;
	rip = vmcs_readl(GUEST_RIP);
	if (unlikely(!may_hypercall(1, rip)))
		return false;
	vtl_prepare_return(cpu);
	switch_to(cpu, 0, rip);
	return true;
}

/* False: nothing was done. */
bool vmexit_fast(struct hv_regs *regs)
{
	struct pcpu *cpu = pcpu_of_regs(regs);
	u32 reason;

	if (unlikely(READ_ONCE(cpu->attention) | cpu->events))
		return false;
	reason = vmcs_read32(VM_EXIT_REASON);
	if (likely(reason == EXIT_REASON_CPUID))
		return fast_cpuid(cpu);
	if (likely(reason == EXIT_REASON_VMCALL)) {
		if (likely(regs->rcx == HVCALL_VTL_CALL))
			return fast_vtl_call(cpu);
		if (likely(regs->rcx == HVCALL_VTL_RETURN))
			return fast_vtl_return(cpu);
	}
	return false;
}
