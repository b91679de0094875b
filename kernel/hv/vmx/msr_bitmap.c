// SPDX-License-Identifier: GPL-2.0
/*
 * MSR bitmaps: which MSRs a VTL reaches without an exit.  Must never open one
 * that another VTL or root mode depends on.  Source: SDM, "MSR-Bitmap Address".
 */
#include <asm/msr.h>
#include <vsm/string.h>

#include "vmx.h"

#define READ_LOW	0x000
#define READ_HIGH	0x400
#define WRITE_LOW	0x800
#define WRITE_HIGH	0xc00
#define HIGH_BASE	0xc0000000U

static u8 *bitmap(struct pcpu *cpu, u8 vtl)
{
	return (u8 *)(pcpu_area(cpu->index) + HV_PCPU_MSR_BITMAP +
		      vtl * PAGE_SIZE);
}

u64 msr_bitmap(struct pcpu *cpu, u8 vtl)
{
	return hv_pa(bitmap(cpu, vtl));
}

static void set(u8 *map, u32 msr, bool exits)
{
	u32 off = msr >= HIGH_BASE ? READ_HIGH : READ_LOW;
	u32 bit = msr & 0x1fff;

	for (u32 i = 0; i < 2; i++) {
		u8 *byte = &map[off + i * (WRITE_LOW - READ_LOW) + bit / 8];

		if (exits)
			*byte |= BIT(bit % 8);
		else
			*byte &= ~BIT(bit % 8);
	}
}

/* In the VMCS of each VTL, so native access is private access. */
static const u32 vtl1_direct[] = {
	MSR_EFER, MSR_IA32_CR_PAT, MSR_FS_BASE, MSR_GS_BASE,
	MSR_IA32_SYSENTER_CS, MSR_IA32_SYSENTER_ESP, MSR_IA32_SYSENTER_EIP,
	MSR_IA32_DEBUGCTLMSR, MSR_IA32_TSC, MSR_IA32_SPEC_CTRL,
};

void msr_bitmap_setup(struct pcpu *cpu)
{
	u8 *map = bitmap(cpu, 0);

	memset(map, 0, PAGE_SIZE);
	set(map, MSR_IA32_FEAT_CTL, true);
	/* Moved, the APIC's page would shadow memory of others. */
	set(map, MSR_IA32_APICBASE, true);
	for (u32 msr = MSR_IA32_VMX_BASIC; msr <= MSR_IA32_VMX_EXIT_CTLS2; msr++)
		set(map, msr, true);

	map = bitmap(cpu, 1);
	memset(map, 0xff, PAGE_SIZE);
	for (u32 i = 0; i < ARRAY_SIZE(vtl1_direct); i++)
		set(map, vtl1_direct[i], false);
}
