// SPDX-License-Identifier: GPL-2.0
/*
 * Synthetic MSRs of the TLFS.  Must never touch a real MSR.  Source: TLFS,
 * "Hypercall Interface", "Virtual Processor Assist Page".
 */
#include <asm/msr.h>

#include "hv.h"
#include "hvcall.h"
#include "registers.h"

#define SYNTHETIC_RANGE	0x1fff
#define ASSIST_RSVD	0xffeULL

static bool read_os_id(struct pcpu *cpu, u8 vtl, u32 msr, u64 *val)
{
	(void)msr;
	(void)cpu;
	*val = hv.vtl[vtl].guest_os_id;
	return true;
}

static bool write_os_id(struct pcpu *cpu, u8 vtl, u32 msr, u64 val)
{
	struct hv_partition_vtl *pv = &hv.vtl[vtl];

	(void)msr;
	(void)cpu;
	/* TLFS: an id of zero disables the hypercall page. */
	if (!val && (pv->hypercall & HV_MSR_ENABLE)) {
		if (pv->hypercall & HV_MSR_HYPERCALL_LOCKED)
			return false;
		mem_overlay(vtl, 0);
		pv->hypercall &= ~HV_MSR_ENABLE;
	}
	pv->guest_os_id = val;
	return true;
}

static bool read_hypercall(struct pcpu *cpu, u8 vtl, u32 msr, u64 *val)
{
	(void)msr;
	(void)cpu;
	*val = hv.vtl[vtl].hypercall;
	return true;
}

static bool write_hypercall(struct pcpu *cpu, u8 vtl, u32 msr, u64 val)
{
	struct hv_partition_vtl *pv = &hv.vtl[vtl];

	(void)msr;
	(void)cpu;
	if (pv->hypercall & HV_MSR_HYPERCALL_LOCKED)
		return true;
	/* TLFS: without a guest OS id the enable bit stays clear. */
	if (!pv->guest_os_id)
		val &= ~HV_MSR_ENABLE;
	if (val & 0xffcULL)
		return false;
	/* Page 0 cannot be told from no page; it is firmware's anyway. */
	if ((val & HV_MSR_ENABLE) && !(val & PAGE_MASK))
		return false;
	if (!mem_overlay(vtl, val & HV_MSR_ENABLE ? val & PAGE_MASK : 0))
		return false;
	pv->hypercall = val;
	return true;
}

static bool read_vp_index(struct pcpu *cpu, u8 vtl, u32 msr, u64 *val)
{
	(void)msr;
	(void)vtl;
	*val = cpu->index;
	return true;
}

static bool read_assist(struct pcpu *cpu, u8 vtl, u32 msr, u64 *val)
{
	(void)msr;
	*val = cpu->vtl[vtl].vp_assist;
	return true;
}

static bool write_assist(struct pcpu *cpu, u8 vtl, u32 msr, u64 val)
{
	struct hv_vp_vtl *v = &cpu->vtl[vtl];
	gpa_t gpa = val & PAGE_MASK;

	(void)msr;
	if (val & ASSIST_RSVD)
		return false;
	if (val & HV_MSR_ENABLE) {
		if (!hv_in_physmap(gpa) || !hv_is_ram(gpa, PAGE_SIZE))
			return false;
		/* Only a higher VTL's page is ever used by the hypervisor. */
		v->assist = vtl ? hv_va(gpa) : NULL;
	} else {
		v->assist = NULL;
	}
	v->vp_assist = val;
	return true;
}

static bool read_capabilities(struct pcpu *cpu, u8 vtl, u32 msr, u64 *val)
{
	(void)cpu;
	(void)vtl;
	(void)msr;
	*val = hvreg_capabilities();
	return true;
}

/* Those of VTL1's interrupt controllers look the number up themselves. */
static bool read_vic(struct pcpu *cpu, u8 vtl, u32 msr, u64 *val)
{
	(void)vtl;
	return vic_msr_read(cpu, msr, val);
}

static bool write_vic(struct pcpu *cpu, u8 vtl, u32 msr, u64 val)
{
	(void)vtl;
	return vic_msr_write(cpu, msr, val);
}

static bool read_synic(struct pcpu *cpu, u8 vtl, u32 msr, u64 *val)
{
	(void)vtl;
	return synic_msr_read(cpu, msr, val);
}

static bool write_synic(struct pcpu *cpu, u8 vtl, u32 msr, u64 val)
{
	(void)vtl;
	return synic_msr_write(cpu, msr, val);
}

/* No function: #GP. */
static const struct synmsr {
	u32 first, nr;
	u32 vtls;
	bool (*read)(struct pcpu *cpu, u8 vtl, u32 msr, u64 *val);
	bool (*write)(struct pcpu *cpu, u8 vtl, u32 msr, u64 val);
} synmsrs[] = {
#define READ_RO(fn)	read_##fn
#define READ_RW(fn)	read_##fn
#define READ_WO(fn)	NULL
#define WRITE_RO(fn)	NULL
#define WRITE_RW(fn)	write_##fn
#define WRITE_WO(fn)	write_##fn
#define SYNMSR(name, nr, vtls, access, fn)				\
	{ HV_X64_MSR_##name, nr, vtls, READ_##access(fn), WRITE_##access(fn) },
#include "msrs.def"
#undef SYNMSR
};

static const struct synmsr *find_msr(u8 vtl, u32 msr)
{
	for (u32 i = 0; i < ARRAY_SIZE(synmsrs); i++)
		if (msr - synmsrs[i].first < synmsrs[i].nr)
			return synmsrs[i].vtls & BIT(vtl) ? &synmsrs[i] : NULL;
	return NULL;
}

/* VTL1's APIC: the real one is VTL0's. */
static bool vtl1_apic(const struct pcpu *cpu, u32 msr)
{
	return cpu->active_vtl &&
	       (msr == MSR_IA32_APICBASE ||
		(msr >= MSR_IA32_X2APIC_FIRST && msr <= MSR_IA32_X2APIC_LAST));
}

/* Never passed on to the processor. */
bool synmsr_is(const struct pcpu *cpu, u32 msr)
{
	return (msr >= HV_X64_MSR_GUEST_OS_ID &&
		msr <= HV_X64_MSR_GUEST_OS_ID + SYNTHETIC_RANGE) ||
	       msr == HV_X64_MSR_VSM_CAPABILITIES || vtl1_apic(cpu, msr);
}

bool synmsr_read(struct pcpu *cpu, u8 vtl, u32 msr, u64 *val)
{
	const struct synmsr *m = find_msr(vtl, msr);

	if (vtl1_apic(cpu, msr))
		return vic_msr_read(cpu, msr, val);
	return m && m->read && m->read(cpu, vtl, msr, val);
}

bool synmsr_write(struct pcpu *cpu, u8 vtl, u32 msr, u64 val)
{
	const struct synmsr *m = find_msr(vtl, msr);

	if (vtl1_apic(cpu, msr))
		return vic_msr_write(cpu, msr, val);
	return m && m->write && m->write(cpu, vtl, msr, val);
}
