// SPDX-License-Identifier: GPL-2.0
/*
 * Each VTL's own time stamp counter: an offset to the processor's, which nobody
 * writes.  Must never let a VTL move the clock of another one.  Source: TLFS,
 * "State Isolation"; SDM, "Time-Stamp Counter", "TSC offset", "TSC-Deadline
 * Mode".
 */
#include <asm/msr.h>

#include "../trap.h"
#include "vmx.h"

bool tsc_is(u32 msr)
{
	return msr == MSR_IA32_TSC || msr == MSR_IA32_TSC_ADJUST ||
	       msr == MSR_IA32_TSC_DEADLINE;
}

/* Of VTL0's timer; 0: not armed, or not in this mode. */
static u64 deadline(void)
{
	u64 val;

	return rdmsr_safe(MSR_IA32_TSC_DEADLINE, &val) ? val : 0;
}

/* The processor compares with its own counter.  A past deadline is due, too. */
static bool set_deadline(const struct pcpu *cpu, u64 val)
{
	u64 real = val - cpu->vtl[0].tsc_offset;

	if (!val)
		real = 0;
	else if (!real)
		real = 1;
	return wrmsr_safe(MSR_IA32_TSC_DEADLINE, real);
}

static void set_offset(struct pcpu *cpu, u8 vtl, u64 offset)
{
	struct hv_vp_vtl *v = &cpu->vtl[vtl];
	u64 due = vtl ? 0 : deadline();

	if (due)
		due += v->tsc_offset;
	v->tsc_offset = offset;
	BUG_ON(!vmptrld(v->vmcs));
	vmcs_write64(TSC_OFFSET, offset);
	BUG_ON(!vmptrld(active_vtl(cpu)->vmcs));
	if (vtl)
		return;
	if (due)
		set_deadline(cpu, due);
	/* What the processor adds no offset to. */
	msr_bitmap_set(cpu, 0, MSR_IA32_TSC_ADJUST, false, offset);
	msr_bitmap_set(cpu, 0, MSR_IA32_TSC_DEADLINE, false, offset);
	msr_bitmap_set(cpu, 0, MSR_IA32_TSC_DEADLINE, true, offset);
}

bool tsc_get(struct pcpu *cpu, u8 vtl, u32 msr, u64 *val)
{
	u64 offset = cpu->vtl[vtl].tsc_offset;

	switch (msr) {
	case MSR_IA32_TSC:
		*val = rdtsc() + offset;
		return true;
	case MSR_IA32_TSC_ADJUST:
		if (!rdmsr_safe(msr, val))
			return false;
		/* SDM: what is written to the counter is added here, too. */
		*val += offset;
		return true;
	default:
		if (vtl || !rdmsr_safe(msr, val))
			return false;
		if (*val)
			*val += offset;
		return true;
	}
}

bool tsc_set(struct pcpu *cpu, u8 vtl, u32 msr, u64 val)
{
	u64 adjust;

	switch (msr) {
	case MSR_IA32_TSC:
		set_offset(cpu, vtl, val - rdtsc());
		return true;
	case MSR_IA32_TSC_ADJUST:
		if (!rdmsr_safe(msr, &adjust))
			return false;
		set_offset(cpu, vtl, val - adjust);
		return true;
	default:
		return !vtl && set_deadline(cpu, val);
	}
}

/* VTL0 is left with the processor's counter: make it VTL0's. */
void tsc_release(struct pcpu *cpu)
{
	u64 offset = cpu->vtl[0].tsc_offset, due = deadline(), adjust;

	if (!offset)
		return;
	if (rdmsr_safe(MSR_IA32_TSC_ADJUST, &adjust))
		wrmsr(MSR_IA32_TSC_ADJUST, adjust + offset);
	else
		wrmsr(MSR_IA32_TSC, rdtsc() + offset);
	if (due)
		wrmsr(MSR_IA32_TSC_DEADLINE, due + offset);
}
