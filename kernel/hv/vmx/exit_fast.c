// SPDX-License-Identifier: GPL-2.0
/*
 * The exits that occur all the time, when nothing is out of the ordinary:
 * CPUID, VTL call, VTL return.  Runs before vmexit.S has saved the registers
 * that C preserves.  Must never do half of an exit: what it does not know is
 * left, untouched, to the full path, which knows everything.
 */
#include "../cpuid.h"
#include "../vtl.h"
#include "skip.h"
#include "vmx.h"

bool vmexit_fast(struct hv_regs *regs);

/* NULL: cpuid_lookup() knows. */
static inline __inlined const struct cpuid_entry *find_cpuid(struct pcpu *cpu)
{
	const struct hv_regs *regs = regs_of(cpu);
	struct cpuid_table *t = cpuid_table(cpu);
	const struct cpuid_leaf *l = cpuid_leaf(t, regs->rax);
	u32 subleaf = regs->rcx;

	if (unlikely(!l))
		return NULL;
	subleaf &= l->mask;
	if (unlikely(subleaf >= l->nr))
		return NULL;
	if (unlikely(subleaf == l->special) &&
	    ((u32)vmcs_readl(GUEST_CR4) ^ l->cr4) & l->cr4_mask)
		return NULL;
	return &t->entry[l->first + subleaf];
}

/* False: the instruction ends where RIP may have to wrap. */
static inline __inlined bool finish_cpuid(struct pcpu *cpu, const u32 r[4])
{
	struct hv_regs *regs = regs_of(cpu);
	u64 rip = vmcs_readl(GUEST_RIP);
	u64 next = rip + vmcs_read32(VM_EXIT_INSTRUCTION_LEN);

	if (unlikely((rip ^ next) >> 32))
		return false;
	regs->rax = r[0];
	regs->rbx = r[1];
	regs->rcx = r[2];
	regs->rdx = r[3];
	vmx_skip_to(next);
	cpu->public->exits[EXIT_REASON_CPUID]++;
	return true;
}

static __noinline bool other_cpuid(struct pcpu *cpu)
{
	const struct hv_regs *regs = regs_of(cpu);
	u32 r[4];

	cpuid_lookup(cpu, regs->rax, regs->rcx, r);
	return finish_cpuid(cpu, r);
}

static __noinline bool fast_cpuid(struct pcpu *cpu)
{
	const struct cpuid_entry *e = find_cpuid(cpu);

	return likely(e) ? finish_cpuid(cpu, e->r) : other_cpuid(cpu);
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
