// SPDX-License-Identifier: GPL-2.0
/*
 * Synthetic MSRs of the TLFS.  Must never touch a real MSR.  Source: TLFS,
 * "Hypercall Interface", "Virtual Processor Assist Page".
 */
#include "hv.h"
#include "vcpu.h"

#define SYNTHETIC_RANGE	0x1fff
#define ASSIST_RSVD	0xffeULL

static bool read_os_id(struct pcpu *cpu, u8 vtl, u64 *val)
{
	(void)cpu;
	*val = hv.vtl[vtl].guest_os_id;
	return true;
}

static bool write_os_id(struct pcpu *cpu, u8 vtl, u64 val)
{
	struct hv_partition_vtl *pv = &hv.vtl[vtl];

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

static bool read_hypercall(struct pcpu *cpu, u8 vtl, u64 *val)
{
	(void)cpu;
	*val = hv.vtl[vtl].hypercall;
	return true;
}

static bool write_hypercall(struct pcpu *cpu, u8 vtl, u64 val)
{
	struct hv_partition_vtl *pv = &hv.vtl[vtl];

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

static bool read_vp_index(struct pcpu *cpu, u8 vtl, u64 *val)
{
	(void)vtl;
	*val = cpu->index;
	return true;
}

static bool read_assist(struct pcpu *cpu, u8 vtl, u64 *val)
{
	*val = cpu->vtl[vtl].vp_assist;
	return true;
}

static bool write_assist(struct pcpu *cpu, u8 vtl, u64 val)
{
	struct hv_vp_vtl *v = &cpu->vtl[vtl];
	gpa_t gpa = val & PAGE_MASK;

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

static bool read_capabilities(struct pcpu *cpu, u8 vtl, u64 *val)
{
	return vsm_get_register(cpu, vtl, HV_REGISTER_VSM_CAPABILITIES, val);
}

/* write: NULL, #GP. */
static const struct synmsr {
	u32 msr;
	bool (*read)(struct pcpu *cpu, u8 vtl, u64 *val);
	bool (*write)(struct pcpu *cpu, u8 vtl, u64 val);
} synmsrs[] = {
#define ACCESS_RO(write)	NULL
#define ACCESS_RW(write)	write
#define SYNMSR(name, access, fn)					\
	{ HV_X64_MSR_##name, read_##fn, ACCESS_##access(write_##fn) },
#include "msrs.def"
#undef SYNMSR
};

static const struct synmsr *find_msr(u32 msr)
{
	for (u32 i = 0; i < ARRAY_SIZE(synmsrs); i++)
		if (synmsrs[i].msr == msr)
			return &synmsrs[i];
	return NULL;
}

/* The TLFS's synthetic MSRs: never passed on to the processor. */
bool synmsr_is(u32 msr)
{
	return (msr >= HV_X64_MSR_GUEST_OS_ID &&
		msr <= HV_X64_MSR_GUEST_OS_ID + SYNTHETIC_RANGE) ||
	       msr == HV_X64_MSR_VSM_CAPABILITIES;
}

bool synmsr_read(struct pcpu *cpu, u32 msr, u64 *val)
{
	const struct synmsr *m = find_msr(msr);

	return m && m->read(cpu, cpu->active_vtl, val);
}

bool synmsr_write(struct pcpu *cpu, u32 msr, u64 val)
{
	const struct synmsr *m = find_msr(msr);

	return m && m->write && m->write(cpu, cpu->active_vtl, val);
}
