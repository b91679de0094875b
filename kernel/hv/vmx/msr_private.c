// SPDX-License-Identifier: GPL-2.0
/*
 * MSRs that are private to a VTL, not in the VMCS and in the processor while
 * the VTL runs.  Swapped by groups, and only those that VTL1 has written: a
 * plain VTL switch does not pay.  Must never leave VTL0's value where VTL1 has
 * one of its own, nor the other way round.  Source: TLFS, "State Isolation".
 */
#include <asm/msr.h>

#include "../trap.h"
#include "vmx.h"

/* What one instruction uses together goes together. */
enum group {
	GROUP_SYSCALL, GROUP_KERNEL_GS, GROUP_TSC_AUX, GROUP_SPEC_CTRL,
	GROUP_XSS, GROUP_CET, GROUP_PKRS,
};

static const struct {
	u32 msr;
	u8 group;
} msrs[] = {
	{ MSR_STAR, GROUP_SYSCALL },
	{ MSR_LSTAR, GROUP_SYSCALL },
	{ MSR_CSTAR, GROUP_SYSCALL },
	{ MSR_SYSCALL_MASK, GROUP_SYSCALL },
	{ MSR_KERNEL_GS_BASE, GROUP_KERNEL_GS },
	{ MSR_TSC_AUX, GROUP_TSC_AUX },
	{ MSR_IA32_SPEC_CTRL, GROUP_SPEC_CTRL },
	{ MSR_IA32_XSS, GROUP_XSS },
	{ MSR_IA32_U_CET, GROUP_CET },
	{ MSR_IA32_PL0_SSP, GROUP_CET },
	{ MSR_IA32_PL1_SSP, GROUP_CET },
	{ MSR_IA32_PL2_SSP, GROUP_CET },
	{ MSR_IA32_PL3_SSP, GROUP_CET },
	{ MSR_IA32_PKRS, GROUP_PKRS },
};

static_assert(ARRAY_SIZE(msrs) == HV_NR_PRIVATE_MSRS, "private MSRs");

static int find(u32 msr)
{
	for (u32 i = 0; i < ARRAY_SIZE(msrs); i++)
		if (msrs[i].msr == msr)
			return i;
	return -1;
}

/* The MSRs of a group exist all or none, so that this cannot fault. */
static void swap(struct pcpu *cpu, u8 groups, u8 from, u8 to)
{
	for (u32 i = 0; i < ARRAY_SIZE(msrs); i++) {
		if (!(groups & BIT(msrs[i].group)))
			continue;
		cpu->vtl[from].private_msr[i] = rdmsr(msrs[i].msr);
		wrmsr(msrs[i].msr, cpu->vtl[to].private_msr[i]);
	}
}

/* Nothing to do until VTL1 has written one: then they differ. */
void vcpu_private_msrs(struct pcpu *cpu, u8 from, u8 to)
{
	if (unlikely(cpu->private_msrs_live))
		swap(cpu, cpu->private_msrs_live, from, to);
}

bool msr_is_private(u32 msr)
{
	return find(msr) >= 0;
}

/* Whose value is in the processor? */
static u8 loaded(const struct pcpu *cpu, u32 i)
{
	return cpu->private_msrs_live & BIT(msrs[i].group) ? cpu->active_vtl : 0;
}

/* False: this processor has no such MSR. */
bool msr_private_get(struct pcpu *cpu, u8 vtl, u32 msr, u64 *val)
{
	u32 i = find(msr);

	if (!rdmsr_safe(msr, val))
		return false;
	if (vtl != loaded(cpu, i))
		*val = cpu->vtl[vtl].private_msr[i];
	return true;
}

/* The processor itself judges the value, then it goes where it belongs. */
bool msr_private_set(struct pcpu *cpu, u8 vtl, u32 msr, u64 val)
{
	u32 i = find(msr);
	u64 old;

	if (!rdmsr_safe(msr, &old) || !wrmsr_safe(msr, val))
		return false;
	if (vtl == loaded(cpu, i))
		return true;
	wrmsr(msr, old);
	cpu->vtl[vtl].private_msr[i] = val;
	if (vtl) {
		swap(cpu, BIT(msrs[i].group), 0, vtl);
		cpu->private_msrs_live |= BIT(msrs[i].group);
	}
	return true;
}
