// SPDX-License-Identifier: GPL-2.0
/*
 * Performance monitoring: counters, the records that they write, and records of
 * branches.  All of it is VTL0's.  Must never let any of it be in force in VTL1 or
 * in root mode, where records would go to addresses of VTL0's choice, and tell it
 * what others did.  Source: SDM, "VM-Exit Controls", "VM-Entry Controls",
 * "Architectural Last Branch Records", "Debug Store (DS) Mechanism".
 */
#include <asm/msr.h>

#include "../cpuid.h"
#include "../trap.h"
#include "vmx.h"

#define PERFMON_LEAF	0xa
#define PERFMON_VERSION	0xff		/* EAX */
/* From here on, switching PEBS_ENABLE off at VM exit is enough. */
#define PEBS_ISOLATED	5

/* Before the page tables are the hypervisor's. */
void vmx_perf_quiesce(struct vmx_linux *l)
{
	l->debugctl = rdmsr(MSR_IA32_DEBUGCTLMSR);
	if (l->debugctl)
		wrmsr(MSR_IA32_DEBUGCTLMSR, 0);
	if (vmx_has_counters() &&
	    rdmsr_safe(MSR_IA32_PERF_GLOBAL_CTRL, &l->counters) && l->counters)
		wrmsr(MSR_IA32_PERF_GLOBAL_CTRL, 0);
	if (vmx_has_lbr() && rdmsr_safe(MSR_IA32_LBR_CTL, &l->lbr) && l->lbr)
		wrmsr(MSR_IA32_LBR_CTL, 0);
	if (rdmsr_safe(MSR_IA32_PEBS_ENABLE, &l->pebs) && l->pebs)
		wrmsr(MSR_IA32_PEBS_ENABLE, 0);
}

/* Linux's kernel half is mapped: records go where they should. */
void vmx_perf_restore(const struct vmx_linux *l)
{
	if (l->debugctl)
		wrmsr(MSR_IA32_DEBUGCTLMSR, l->debugctl);
	if (l->pebs)
		wrmsr(MSR_IA32_PEBS_ENABLE, l->pebs);
	if (l->lbr)
		wrmsr(MSR_IA32_LBR_CTL, l->lbr);
	if (l->counters)
		wrmsr(MSR_IA32_PERF_GLOBAL_CTRL, l->counters);
}

/* The current VMCS is VTL0's. */
void vmx_perf_read(struct pcpu *cpu, struct vmx_linux *l)
{
	l->debugctl = vmcs_read64(GUEST_IA32_DEBUGCTL);
	if (vmx_has_counters())
		l->counters = vmcs_read64(GUEST_IA32_PERF_GLOBAL_CTRL);
	if (vmx_has_lbr())
		l->lbr = vmcs_read64(GUEST_IA32_LBR_CTL);
	l->pebs = cpu->msr_load.pebs_entry.value;
}

/* Into the current VMCS; in root mode both are zero. */
void vmx_perf_write(u64 counters, u64 lbr)
{
	if (vmx_has_counters())
		vmcs_write64(GUEST_IA32_PERF_GLOBAL_CTRL, counters);
	if (vmx_has_lbr())
		vmcs_write64(GUEST_IA32_LBR_CTL, lbr);
}

static bool is_isolated(struct pcpu *cpu)
{
	u32 r[4];

	cpuid_lookup(cpu, PERFMON_LEAF, 0, r);
	return (r[0] & PERFMON_VERSION) >= PEBS_ISOLATED;
}

/* False: the processor does not take @val, asked with nothing counting. */
static bool try_pebs(u64 val)
{
	u64 counters;
	bool ok;

	if (!rdmsr_safe(MSR_IA32_PERF_GLOBAL_CTRL, &counters))
		return false;
	wrmsr(MSR_IA32_PERF_GLOBAL_CTRL, 0);
	ok = wrmsr_safe(MSR_IA32_PEBS_ENABLE, val);
	if (ok)
		wrmsr(MSR_IA32_PEBS_ENABLE, 0);
	wrmsr(MSR_IA32_PERF_GLOBAL_CTRL, counters);
	return ok;
}

/*
 * Records are written to a linear address of VTL0's by whatever mode the
 * counter overflows in.  So the processor switches this MSR off at VM exit and
 * on at entry to VTL0; VTL1 never has it.  On older processors a record may
 * still come after that, through the hypervisor's page tables: there VTL0 reads
 * what it wrote, and gets no records.
 */
bool vmx_pebs_set(struct pcpu *cpu, u64 val)
{
	struct hv_msr_load *l = &cpu->msr_load;
	u32 nr;

	if (!try_pebs(val))
		return false;
	nr = val && is_isolated(cpu);
	l->pebs_entry.index = MSR_IA32_PEBS_ENABLE;
	l->pebs_entry.value = val;
	l->pebs_exit.index = MSR_IA32_PEBS_ENABLE;
	l->pebs_exit.value = 0;
	BUG_ON(!vmptrld(cpu->vtl[0].vmcs));
	vmcs_write64(VM_ENTRY_MSR_LOAD_ADDR, hv_pa(&l->pebs_entry));
	vmcs_write64(VM_EXIT_MSR_LOAD_ADDR, hv_pa(&l->pebs_exit));
	vmcs_write32(VM_ENTRY_MSR_LOAD_COUNT, nr);
	vmcs_write32(VM_EXIT_MSR_LOAD_COUNT, nr);
	BUG_ON(!vmptrld(active_vtl(cpu)->vmcs));
	return true;
}
