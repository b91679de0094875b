// SPDX-License-Identifier: GPL-2.0
/*
 * EPT violations: map a device late, or refuse and report.  Must never let an
 * access through that the EPT forbids, nor leave VTL0 spinning on it.  Source:
 * SDM, "EPT Violations", "Exit Qualification for EPT Violations".
 */
#include "vmx.h"

#define PF_WRITE	0x2
#define PF_INSTR	0x10

static u32 access_of(u64 qual)
{
	return (qual & EPT_VIOLATION_ACC_READ ? HV_EVENT_READ : 0) |
	       (qual & EPT_VIOLATION_ACC_WRITE ? HV_EVENT_WRITE : 0) |
	       (qual & EPT_VIOLATION_ACC_INSTR ? HV_EVENT_EXEC : 0);
}

/* TLFS: one access type; a write that also reads counts as one. */
static u8 access_type(u64 qual)
{
	if (qual & EPT_VIOLATION_ACC_INSTR)
		return HV_ACCESS_EXECUTE;
	return qual & EPT_VIOLATION_ACC_WRITE ? HV_ACCESS_WRITE :
						HV_ACCESS_READ;
}

/*
 * The exception that stands for a refused access.  A supervisor access to the
 * kernel half gets a page fault with P = 0: copy_from_kernel_nofault() and
 * crash dumpers survive it, and Linux does not take it for a spurious one.
 * With a user address Linux would find its page table in order and retry for
 * ever, so there, and at CPL 3, it is a general protection fault.
 */
static void refuse(u64 qual, gva_t gva)
{
	u32 error = 0;

	if (!(qual & EPT_VIOLATION_GVA_IS_VALID) || vcpu_cpl() ||
	    !(gva >> 63)) {
		vcpu_inject_gp();
		return;
	}
	if (qual & EPT_VIOLATION_ACC_WRITE)
		error |= PF_WRITE;
	if (qual & EPT_VIOLATION_ACC_INSTR)
		error |= PF_INSTR;
	vmx_inject_pf(gva, error);
}

/* The entry allows it by now: another CPU changed it meanwhile. */
static bool allowed_now(struct pcpu *cpu, gpa_t gpa, u64 qual)
{
	u64 size, entry;

	/* What the processor does not translate is looked up without its top. */
	if (gpa & ~hv.maxphyaddr_mask)
		return false;
	spin_lock(&hv.lock);
	entry = ept_lookup(&hv.vtl[cpu->active_vtl].ept, gpa, &size);
	spin_unlock(&hv.lock);
	if ((qual & EPT_VIOLATION_ACC_READ) && !(entry & EPT_R))
		return false;
	if ((qual & EPT_VIOLATION_ACC_WRITE) && !(entry & EPT_W))
		return false;
	if (qual & EPT_VIOLATION_ACC_INSTR)
		return (entry & (EPT_X | EPT_XU)) == (EPT_X | EPT_XU);
	return true;
}

/* An IRET that faulted had already unblocked NMIs: block them again. */
static void restore_nmi_blocking(u64 qual)
{
	if ((qual & EPT_VIOLATION_NMI_UNBLOCKING) &&
	    !(vmcs_read32(IDT_VECTORING_INFO_FIELD) & INTR_INFO_VALID_MASK))
		vmcs_write32(GUEST_INTERRUPTIBILITY_INFO,
			     vmcs_read32(GUEST_INTERRUPTIBILITY_INFO) |
			     GUEST_INTR_STATE_NMI);
}

/* What the exit interrupted is delivered when VTL0 goes on. */
static bool to_vtl1(struct pcpu *cpu, u64 qual, gva_t gva, gpa_t gpa)
{
	bool gva_valid = (qual & EPT_VIOLATION_GVA_IS_VALID) &&
			 (qual & EPT_VIOLATION_GVA_TRANSLATED);
	const struct hv_access a = {
		.gva = gva,
		.gpa = gpa,
		.type = access_type(qual),
		.info = gva_valid ? HV_MEMORY_GVA_VALID |
				    HV_MEMORY_GVA_GPA_VALID : 0,
	};

	if (!intercept_ready(cpu))
		return false;
	vmx_reinject_vectoring();
	return intercept_memory(cpu, &a);
}

/* TLFS: the hypercall page cannot be written, whoever may write beneath. */
static bool writes_overlay(const struct pcpu *cpu, u64 qual, gpa_t gpa)
{
	gpa_t page = READ_ONCE(hv.vtl[cpu->active_vtl].overlay);

	return page && page == (gpa & PAGE_MASK) &&
	       (qual & EPT_VIOLATION_ACC_WRITE);
}

void exit_ept_violation(struct pcpu *cpu)
{
	u64 qual = vmcs_readl(EXIT_QUALIFICATION);
	gpa_t gpa = vmcs_read64(GUEST_PHYSICAL_ADDRESS);
	gva_t gva = qual & EPT_VIOLATION_GVA_IS_VALID ?
		    vmcs_readl(GUEST_LINEAR_ADDRESS) : 0;

	restore_nmi_blocking(qual);
	if (allowed_now(cpu, gpa, qual) ||
	    (mem_map_late(cpu, gpa) && allowed_now(cpu, gpa, qual))) {
		vmx_reinject_vectoring();
		return;
	}
	if (writes_overlay(cpu, qual, gpa)) {
		vcpu_inject_gp();
		return;
	}
	if (cpu->active_vtl) {
		exit_unexpected(cpu);
		return;
	}
	if (to_vtl1(cpu, qual, gva, gpa))
		return;
	hv_event(cpu, gva, gpa, access_of(qual),
		 hv_is_hv(gpa) ? HV_OWNER_HV : HV_OWNER_VTL1);
	refuse(qual, gva);
}
