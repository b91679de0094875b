// SPDX-License-Identifier: GPL-2.0
/*
 * The local APIC, as far as one CPU must reach another: NMI IPIs.  Must never
 * disturb VTL0's use of it: an interrupted write of the ICR stays whole.
 * Source: SDM, "Local APIC", "Extended XAPIC (x2APIC)"; for the chipset, the
 * data sheets of Intel's, "NMI Status and Control".
 */
#include <asm/msr.h>

#include "hv.h"

#define APIC_ID		0x020
#define APIC_LVTPC	0x340
#define APIC_LVT1	0x360
#define APIC_ICR	0x300
#define APIC_ICR2	0x310
#define ICR_NMI		0x00004400	/* level assert, delivery mode NMI */
#define ICR_SIPI	0x00004600	/* the same, start-up; vector 0 */
#define ICR_BUSY	0x00001000
#define ICR_ALL_BUT_SELF 0x000c0000
#define LVT_MASKED	0x00010000
#define LVT_MODE_MASK	0x00000700
#define LVT_MODE_NMI	0x00000400

#define NMI_STATUS	0x61	/* port of the chipset */
#define NMI_IOCHK_OFF	0x08
#define NMI_SERR_OFF	0x04
#define NMI_IOCHK	0x40
#define NMI_SERR	0x80

static bool x2apic(void)
{
	return rdmsr(MSR_IA32_APICBASE) & APICBASE_X2APIC;
}

static volatile u32 *xapic_reg(u32 reg)
{
	u64 base = rdmsr(MSR_IA32_APICBASE) & hv.maxphyaddr_mask & PAGE_MASK;

	return (volatile u32 *)((u64)hv_va(base) + reg);
}

u32 apic_id(void)
{
	if (x2apic())
		return rdmsr(MSR_IA32_X2APIC_APICID);
	return *xapic_reg(APIC_ID) >> 24;
}

static void wait_idle(void)
{
	while (*xapic_reg(APIC_ICR) & ICR_BUSY)
		cpu_relax();
}

static void send(u32 id, u32 icr)
{
	u32 icr2;

	if (x2apic()) {
		/* SDM: this WRMSR does not wait for what was stored before. */
		mfence_lfence();
		wrmsr(MSR_IA32_X2APIC_ICR, (u64)id << 32 | icr);
		return;
	}
	/* VTL0 may be between its writes of ICR2 and ICR. */
	wait_idle();
	icr2 = *xapic_reg(APIC_ICR2);
	*xapic_reg(APIC_ICR2) = id << 24;
	*xapic_reg(APIC_ICR) = icr;
	wait_idle();
	*xapic_reg(APIC_ICR2) = icr2;
}

void apic_send_nmi(u32 id)
{
	send(id, ICR_NMI);
}

/* To every other CPU, by whatever id VTL0 has given its APIC. */
void apic_send_nmi_all(void)
{
	send(0, ICR_NMI | ICR_ALL_BUT_SELF);
}

/* Nothing, to a CPU that does not wait for one. */
void apic_send_sipi(u32 id)
{
	send(id, ICR_SIPI);
}

static u32 lvt(u32 msr, u32 reg)
{
	return x2apic() ? (u32)rdmsr(msr) : *xapic_reg(reg);
}

/* Delivery sets the mask bit of LVTPC, and only VTL0 clears it. */
static bool pmi_delivered(void)
{
	u32 entry = lvt(MSR_IA32_X2APIC_LVTPC, APIC_LVTPC);

	return (entry & (LVT_MASKED | LVT_MODE_MASK)) ==
	       (LVT_MASKED | LVT_MODE_NMI);
}

/*
 * An error of the chipset comes in where LINT1 is open for NMIs; its cause can
 * be read until VTL0 clears it by disabling it.  All ones: there is no such
 * port.
 */
static bool chipset_error(void)
{
	u32 entry = lvt(MSR_IA32_X2APIC_LVT1, APIC_LVT1);
	u8 status;

	if ((entry & (LVT_MASKED | LVT_MODE_MASK)) != LVT_MODE_NMI)
		return false;
	status = inb(NMI_STATUS);
	return status != 0xff &&
	       ((status & (NMI_SERR | NMI_SERR_OFF)) == NMI_SERR ||
		(status & (NMI_IOCHK | NMI_IOCHK_OFF)) == NMI_IOCHK);
}

/*
 * Two NMIs that arrive before the first is taken are one.  If one of them was
 * the hypervisor's: is there a cause for one of VTL0's, which it has not seen?
 * An NMI that a CPU of VTL0 sent leaves no trace.
 */
bool apic_nmi_has_cause(void)
{
	return pmi_delivered() || chipset_error();
}
