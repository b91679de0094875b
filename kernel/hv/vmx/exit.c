// SPDX-License-Identifier: GPL-2.0
/*
 * VM exits: count, dispatch, deliver what is pending, enter again.  Must never
 * resume after an exit that no handler understood.  Source: SDM, "VMX Basic
 * Exit Reasons".
 */
#include <asm/msr.h>

#include "vmx.h"

#define H(reason, fn) [EXIT_REASON_##reason] = fn

/*
 * Complete: exits that our controls rule out, or that have no meaning without
 * a feature that is off, are unexpected by name.
 */
static vmx_exit_fn *const exit_table[] = {
	H(EXCEPTION_NMI, exit_exception_nmi),
	H(EXTERNAL_INTERRUPT, exit_interrupt),
	H(TRIPLE_FAULT, exit_triple_fault),
	H(INIT_SIGNAL, exit_init),
	H(SIPI_SIGNAL, exit_sipi),
	H(IO_SMI, exit_unexpected),
	H(OTHER_SMI, exit_unexpected),
	H(INTERRUPT_WINDOW, exit_window),
	H(NMI_WINDOW, exit_window),
	H(TASK_SWITCH, exit_unexpected),
	H(CPUID, exit_cpuid),
	H(GETSEC, exit_ud),
	H(HLT, exit_hlt),
	H(INVD, exit_invd),
	H(INVLPG, exit_unexpected),
	H(RDPMC, exit_unexpected),
	H(RDTSC, exit_unexpected),
	H(RSM, exit_unexpected),
	H(VMCALL, exit_vmcall),
	H(VMCLEAR, exit_ud),
	H(VMLAUNCH, exit_ud),
	H(VMPTRLD, exit_ud),
	H(VMPTRST, exit_ud),
	H(VMREAD, exit_ud),
	H(VMRESUME, exit_ud),
	H(VMWRITE, exit_ud),
	H(VMOFF, exit_ud),
	H(VMON, exit_ud),
	H(CR_ACCESS, exit_cr),
	H(DR_ACCESS, exit_unexpected),
	H(IO_INSTRUCTION, exit_unexpected),
	H(MSR_READ, exit_msr_read),
	H(MSR_WRITE, exit_msr_write),
	H(INVALID_STATE, exit_unexpected),
	H(MSR_LOAD_FAIL, exit_unexpected),
	[35] = exit_unexpected,
	H(MWAIT_INSTRUCTION, exit_unexpected),
	H(MONITOR_TRAP_FLAG, exit_unexpected),
	[38] = exit_unexpected,
	H(MONITOR_INSTRUCTION, exit_unexpected),
	H(PAUSE_INSTRUCTION, exit_unexpected),
	H(MCE_DURING_VMENTRY, exit_unexpected),
	[42] = exit_unexpected,
	H(TPR_BELOW_THRESHOLD, exit_unexpected),
	H(APIC_ACCESS, exit_unexpected),
	H(EOI_INDUCED, exit_unexpected),
	H(GDTR_IDTR, exit_unexpected),
	H(LDTR_TR, exit_unexpected),
	H(EPT_VIOLATION, exit_ept_violation),
	H(EPT_MISCONFIG, exit_unexpected),
	H(INVEPT, exit_ud),
	H(RDTSCP, exit_unexpected),
	H(PREEMPTION_TIMER, exit_unexpected),
	H(INVVPID, exit_ud),
	H(WBINVD, exit_unexpected),
	H(XSETBV, exit_xsetbv),
	H(APIC_WRITE, exit_unexpected),
	H(RDRAND, exit_unexpected),
	H(INVPCID, exit_unexpected),
	H(VMFUNC, exit_ud),
	H(ENCLS, exit_unexpected),
	H(RDSEED, exit_unexpected),
	H(PML_FULL, exit_unexpected),
	H(XSAVES, exit_unexpected),
	H(XRSTORS, exit_unexpected),
	H(PCONFIG, exit_unexpected),
	H(SPP_EVENT, exit_unexpected),
	H(UMWAIT, exit_unexpected),
	H(TPAUSE, exit_unexpected),
	H(LOADIWKEY, exit_unexpected),
	H(ENCLV, exit_unexpected),
	[71] = exit_unexpected,
	H(ENQCMD_PASID, exit_unexpected),
	H(ENQCMDS_PASID, exit_unexpected),
	H(BUS_LOCK, exit_unexpected),
	H(NOTIFY, exit_unexpected),
	H(SEAMCALL, exit_ud),
	H(TDCALL, exit_ud),
	H(RDMSRLIST, exit_unexpected),
	H(WRMSRLIST, exit_unexpected),
};

static_assert(ARRAY_SIZE(exit_table) == EXIT_REASON_MAX, "exit table");
static_assert(EXIT_REASON_MAX <= HV_PUBLIC_REASONS, "exit counters");

void vmx_dump(struct pcpu *cpu, u32 reason, u64 detail)
{
	struct hv_public_dump *d = &hv_public()->dump;

	d->valid = 1;
	d->vp_index = cpu->index;
	d->reason = reason;
	d->detail = detail;
	d->qualification = vmcs_readl(EXIT_QUALIFICATION);
	d->rip = vmcs_readl(GUEST_RIP);
	d->rsp = vmcs_readl(GUEST_RSP);
	d->rflags = vmcs_readl(GUEST_RFLAGS);
	d->cr0 = vmcs_readl(GUEST_CR0);
	d->cr3 = vmcs_readl(GUEST_CR3);
	d->cr4 = vmcs_readl(GUEST_CR4);
	d->gpa = vmcs_read64(GUEST_PHYSICAL_ADDRESS);
	hv_log("hv: cpu %u vtl %u: exit reason %x detail %lx at rip %lx qual %lx gpa %lx",
	       cpu->index, cpu->active_vtl, reason, detail, d->rip,
	       d->qualification, d->gpa);
}

/* VTL1 ends on this VP, VTL0 lives on; VTL0's own ends the CPU. */
void exit_unexpected(struct pcpu *cpu)
{
	vmx_dump(cpu, vmcs_read32(VM_EXIT_REASON), 0);
	if (!cpu->active_vtl)
		vcpu_park(cpu);
	vtl_fail(cpu);
}

/*
 * After SIPI, long mode is entered without an exit; make the entry control
 * follow EFER.LMA whether or not the processor does it itself.
 */
static void follow_long_mode(struct pcpu *cpu)
{
	u32 controls = vmcs_read32(VM_ENTRY_CONTROLS);
	u32 want = controls & ~VM_ENTRY_IA32E_MODE;

	if (vmcs_read64(GUEST_IA32_EFER) & EFER_LMA) {
		want |= VM_ENTRY_IA32E_MODE;
		cpu->starting = false;
	}
	if (want != controls)
		vmcs_write32(VM_ENTRY_CONTROLS, want);
}

/* Invalid state of VTL1 ends VTL1; of VTL0 at launch, the launch. */
static void entry_refused(struct pcpu *cpu, u32 reason)
{
	cpu->public->launch_detail = reason;
	vmx_dump(cpu, reason, 0);
	if (cpu->active_vtl) {
		vtl_fail(cpu);
		return;
	}
	if (!READ_ONCE(cpu->online))
		vcpu_abort_launch(cpu, HV_LAUNCH_ENTRY);
	vcpu_park(cpu);
}

void vmexit_handle(struct hv_regs *regs)
{
	struct pcpu *cpu = this_cpu();
	u32 reason = vmcs_read32(VM_EXIT_REASON);

	cpu->regs = regs;
	if (unlikely(reason >= EXIT_REASON_MAX)) {
		if (reason & VMX_EXIT_REASONS_FAILED_VMENTRY)
			entry_refused(cpu, reason);
		else
			exit_unexpected(cpu);
		vcpu_deliver(cpu);
		return;
	}
	active_vtl(cpu)->launched = true;
	cpu->next_launch = 0;
	cpu->public->exits[reason]++;
	if (unlikely(cpu->starting))
		follow_long_mode(cpu);
	exit_table[reason](cpu);
	vcpu_deliver(cpu);
}

void vmexit_deliver(struct hv_regs *regs)
{
	struct pcpu *cpu = this_cpu();

	cpu->regs = regs;
	vcpu_deliver(cpu);
}

/* VMLAUNCH or VMRESUME itself failed: our own VMCS is wrong. */
void vmx_entry_failed(struct hv_regs *regs)
{
	struct pcpu *cpu = this_cpu();
	u32 error = vmcs_read32(VM_INSTRUCTION_ERROR);

	cpu->regs = regs;
	cpu->public->launch_detail = error;
	vmx_dump(cpu, ~0U, error);
	if (!READ_ONCE(cpu->online))
		vcpu_abort_launch(cpu, HV_LAUNCH_ENTRY);
	vcpu_park(cpu);
}

void vmcs_write_error(u64 field, u64 val)
{
	hv_log("hv: VMWRITE of %lx to field %lx failed", val, field);
	vcpu_park(this_cpu());
}
