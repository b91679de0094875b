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

static void set_one(u8 *map, u32 msr, bool write, bool exits)
{
	u32 off = msr >= HIGH_BASE ? READ_HIGH : READ_LOW;
	u32 bit = msr & 0x1fff;
	u8 *byte = &map[off + (write ? WRITE_LOW - READ_LOW : 0) + bit / 8];

	if (exits)
		*byte |= BIT(bit % 8);
	else
		*byte &= ~BIT(bit % 8);
}

static void set(u8 *map, u32 msr, bool exits)
{
	set_one(map, msr, false, exits);
	set_one(map, msr, true, exits);
}

/* The hypervisor's own business, whoever else is interested. */
static bool always_exits(u32 msr)
{
	return msr == MSR_IA32_FEAT_CTL || msr == MSR_IA32_APICBASE ||
	       (msr >= MSR_IA32_VMX_BASIC && msr <= MSR_IA32_VMX_EXIT_CTLS2);
}

void msr_bitmap_set(struct pcpu *cpu, u8 vtl, u32 msr, bool write, bool exits)
{
	set_one(bitmap(cpu, vtl), msr, write, exits || always_exits(msr));
}

/* In the VMCS of each VTL, so native access is private access. */
static const u32 vtl1_direct[] = {
	MSR_EFER, MSR_IA32_CR_PAT, MSR_FS_BASE, MSR_GS_BASE,
	MSR_IA32_SYSENTER_CS, MSR_IA32_SYSENTER_ESP, MSR_IA32_SYSENTER_EIP,
	MSR_IA32_DEBUGCTLMSR, MSR_IA32_TSC,
};

/* The same where the processor has shadow stacks; elsewhere #GP. */
static const u32 vtl1_direct_cet[] = { MSR_IA32_S_CET, MSR_IA32_INT_SSP_TAB };

void msr_bitmap_setup(struct pcpu *cpu)
{
	u8 *map = bitmap(cpu, 0);

	memset(map, 0, PAGE_SIZE);
	/* Of the APIC: moved, its page would shadow memory of others. */
	for (u32 msr = 0; msr <= MSR_IA32_VMX_EXIT_CTLS2; msr++)
		set(map, msr, always_exits(msr));

	map = bitmap(cpu, 1);
	memset(map, 0xff, PAGE_SIZE);
	for (u32 i = 0; i < ARRAY_SIZE(vtl1_direct); i++)
		set(map, vtl1_direct[i], false);
	if (vmx_has_cet())
		for (u32 i = 0; i < ARRAY_SIZE(vtl1_direct_cet); i++)
			set(map, vtl1_direct_cet[i], false);
}
