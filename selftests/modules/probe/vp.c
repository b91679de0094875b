// SPDX-License-Identifier: GPL-2.0
/*
 * What VTL0's kernel can do to a CPU that another one waits for: keep it from
 * interrupts, give its APIC another id, reset and start it.  Must never be
 * loaded where that CPU is needed.
 */
#include <linux/errno.h>
#include <linux/io.h>
#include <linux/irqflags.h>
#include <linux/processor.h>
#include <asm/apicdef.h>
#include <asm/msr.h>

#include "internal.h"

#define APIC_PAGE	0xfee00000
#define XAPIC_ID	0x020
#define XAPIC_ICR	0x300
#define XAPIC_ICR2	0x310
#define XAPIC_ICR_BUSY	0x1000

static bool x2apic(void)
{
	u64 base;

	rdmsrl(MSR_IA32_APICBASE, base);
	return base & X2APIC_ENABLE;
}

static void spin(u64 ticks)
{
	u64 start = rdtsc();

	while (rdtsc() - start < ticks)
		cpu_relax();
}

static int spin_with_id(void __iomem *apic, u64 ticks, u32 id)
{
	u32 old = readl(apic + XAPIC_ID);
	int ret = -EOPNOTSUPP;

	writel(id << 24, apic + XAPIC_ID);
	if (readl(apic + XAPIC_ID) >> 24 == id) {
		spin(ticks);
		ret = 0;
	}
	writel(old, apic + XAPIC_ID);
	return ret;
}

int probe_spin(const struct vsm_probe_spin *req)
{
	void __iomem *apic = NULL;
	unsigned long flags;
	int ret = 0;

	if (req->rsvd || req->apic_id > 0xff)
		return -EINVAL;
	if (req->apic_id) {
		if (x2apic())
			return -EOPNOTSUPP;
		apic = ioremap(APIC_PAGE, PAGE_SIZE);
		if (!apic)
			return -ENOMEM;
	}
	local_irq_save(flags);
	if (apic)
		ret = spin_with_id(apic, req->ticks, req->apic_id);
	else
		spin(req->ticks);
	local_irq_restore(flags);
	if (apic)
		iounmap(apic);
	return ret;
}

int probe_ipi(const struct vsm_probe_ipi *req)
{
	void __iomem *apic;
	unsigned long flags;

	if (x2apic()) {
		wrmsrl(APIC_BASE_MSR + (XAPIC_ICR >> 4),
		       (u64)req->apic_id << 32 | req->icr);
		return 0;
	}
	apic = ioremap(APIC_PAGE, PAGE_SIZE);
	if (!apic)
		return -ENOMEM;
	local_irq_save(flags);
	writel(req->apic_id << 24, apic + XAPIC_ICR2);
	writel(req->icr, apic + XAPIC_ICR);
	while (readl(apic + XAPIC_ICR) & XAPIC_ICR_BUSY)
		cpu_relax();
	local_irq_restore(flags);
	iounmap(apic);
	return 0;
}
