// SPDX-License-Identifier: GPL-2.0
/*
 * Synthetic MSRs of the TLFS.  Must never touch a real MSR.  Source: TLFS,
 * "Hypercall Interface", "Virtual Processor Assist Page".
 */
#include "hv.h"
#include "vcpu.h"

#define SYNTHETIC_RANGE	0x1fff
#define ASSIST_RSVD	0xffeULL

static bool write_os_id(struct hv_partition_vtl *pv, u8 vtl, u64 val)
{
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

static bool write_hypercall(struct hv_partition_vtl *pv, u8 vtl, u64 val)
{
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

static bool write_assist(struct hv_vp_vtl *v, u8 vtl, u64 val)
{
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

/* The TLFS's synthetic MSRs: never passed on to the processor. */
bool synmsr_is(u32 msr)
{
	return (msr >= HV_X64_MSR_GUEST_OS_ID &&
		msr <= HV_X64_MSR_GUEST_OS_ID + SYNTHETIC_RANGE) ||
	       msr == HV_X64_MSR_VSM_CAPABILITIES;
}

bool synmsr_read(struct pcpu *cpu, u32 msr, u64 *val)
{
	u8 vtl = cpu->active_vtl;

	switch (msr) {
	case HV_X64_MSR_GUEST_OS_ID:
		*val = hv.vtl[vtl].guest_os_id;
		return true;
	case HV_X64_MSR_HYPERCALL:
		*val = hv.vtl[vtl].hypercall;
		return true;
	case HV_X64_MSR_VP_INDEX:
		*val = cpu->index;
		return true;
	case HV_X64_MSR_VP_ASSIST_PAGE:
		*val = cpu->vtl[vtl].vp_assist;
		return true;
	case HV_X64_MSR_VSM_CAPABILITIES:
		return vsm_get_register(cpu, vtl, HV_REGISTER_VSM_CAPABILITIES,
					val);
	default:
		return false;
	}
}

bool synmsr_write(struct pcpu *cpu, u32 msr, u64 val)
{
	u8 vtl = cpu->active_vtl;

	switch (msr) {
	case HV_X64_MSR_GUEST_OS_ID:
		return write_os_id(&hv.vtl[vtl], vtl, val);
	case HV_X64_MSR_HYPERCALL:
		return write_hypercall(&hv.vtl[vtl], vtl, val);
	case HV_X64_MSR_VP_ASSIST_PAGE:
		return write_assist(&cpu->vtl[vtl], vtl, val);
	default:
		return false;
	}
}
