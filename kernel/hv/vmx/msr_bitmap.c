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

/* The hypervisor's own business in VTL0, whoever else is interested. */
static const struct {
	u16 first, last;
	bool read;			/* exits, too */
} vtl0_exits[] = {
	{ MSR_IA32_TSC, MSR_IA32_TSC, false },
	/* Moved, the APIC's page would shadow memory of others. */
	{ MSR_IA32_APICBASE, MSR_IA32_APICBASE, true },
	{ MSR_IA32_FEAT_CTL, MSR_IA32_FEAT_CTL, true },
	{ MSR_IA32_TSC_ADJUST, MSR_IA32_TSC_ADJUST, false },
	{ MSR_TRACE_HUB_ACPIBAR, MSR_TRACE_HUB_ACPIBAR, false },
	{ MSR_IA32_BIOS_UPDT_TRIG, MSR_IA32_BIOS_UPDT_TRIG, false },
	{ MSR_IA32_BIOS_SIGN_ID, MSR_IA32_BIOS_SIGN_ID, false },
	{ MSR_OC_MAILBOX, MSR_OC_MAILBOX, false },
	{ MSR_IA32_MISC_ENABLE, MSR_IA32_MISC_ENABLE, false },
	{ MSR_MTRRphysBase(0), MSR_MTRRphysMask(31), false },
	{ MSR_MTRRfix64K_00000, MSR_MTRRfix64K_00000, false },
	{ MSR_MTRRfix16K_80000, MSR_MTRRfix16K_A0000, false },
	{ MSR_MTRRfix4K_C0000, MSR_MTRRfix4K_C0000 + 7, false },
	{ MSR_MTRRdefType, MSR_MTRRdefType, true },
	{ MSR_IA32_PEBS_ENABLE, MSR_IA32_PEBS_ENABLE, true },
	{ MSR_IA32_PEBS_BASE, MSR_IA32_PEBS_BASE, false },
	{ MSR_IA32_VMX_BASIC, MSR_IA32_VMX_EXIT_CTLS2, true },
	{ MSR_IA32_RTIT_CTL, MSR_IA32_RTIT_CTL, false },
	{ MSR_IA32_DEBUG_INTERFACE, MSR_IA32_DEBUG_INTERFACE, false },
	{ MSR_IA32_XSS, MSR_IA32_XSS, false },
	{ MSR_IA32_HW_FEEDBACK_PTR, MSR_IA32_HW_FEEDBACK_PTR, false },
};

static bool always_exits(u32 msr, bool write)
{
	for (u32 i = 0; i < ARRAY_SIZE(vtl0_exits); i++)
		if (msr >= vtl0_exits[i].first && msr <= vtl0_exits[i].last)
			return write || vtl0_exits[i].read;
	return false;
}

void msr_bitmap_set(struct pcpu *cpu, u8 vtl, u32 msr, bool write, bool exits)
{
	set_one(bitmap(cpu, vtl), msr, write, exits || always_exits(msr, write));
}

/* In the VMCS of each VTL, so native access is private access. */
static const u32 vtl1_direct[] = {
	MSR_EFER, MSR_IA32_CR_PAT, MSR_FS_BASE, MSR_GS_BASE,
	MSR_IA32_SYSENTER_CS, MSR_IA32_SYSENTER_ESP, MSR_IA32_SYSENTER_EIP,
	MSR_IA32_DEBUGCTLMSR,
};

/* The same where the processor has shadow stacks; elsewhere #GP. */
static const u32 vtl1_direct_cet[] = { MSR_IA32_S_CET, MSR_IA32_INT_SSP_TAB };

void msr_bitmap_setup(struct pcpu *cpu)
{
	u8 *map = bitmap(cpu, 0);

	memset(map, 0, PAGE_SIZE);
	for (u32 i = 0; i < ARRAY_SIZE(vtl0_exits); i++) {
		for (u32 msr = vtl0_exits[i].first; msr <= vtl0_exits[i].last;
		     msr++) {
			set_one(map, msr, false, vtl0_exits[i].read);
			set_one(map, msr, true, true);
		}
	}

	map = bitmap(cpu, 1);
	memset(map, 0xff, PAGE_SIZE);
	for (u32 i = 0; i < ARRAY_SIZE(vtl1_direct); i++)
		set(map, vtl1_direct[i], false);
	set_one(map, MSR_IA32_TSC, false, false);
	if (vmx_has_cet())
		for (u32 i = 0; i < ARRAY_SIZE(vtl1_direct_cet); i++)
			set(map, vtl1_direct_cet[i], false);
}
