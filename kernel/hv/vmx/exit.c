// SPDX-License-Identifier: GPL-2.0
/*
 * VM exits: count, dispatch, deliver what is pending, enter again.  Must never
 * resume after an exit that no handler understood.  Source: SDM, "VMX Basic
 * Exit Reasons".
 */
#include <asm/msr.h>

#include "vmx.h"

/*
 * Complete: exits that our controls rule out, or that have no meaning without
 * a feature that is off, are unexpected by name.
 */
static vmx_exit_fn *const exit_table[] = {
	[EXIT_REASON_EXCEPTION_NMI] = exit_exception_nmi,
	[EXIT_REASON_EXTERNAL_INTERRUPT] = exit_interrupt,
	[EXIT_REASON_TRIPLE_FAULT] = exit_triple_fault,
	[EXIT_REASON_INIT_SIGNAL] = exit_init,
	[EXIT_REASON_SIPI_SIGNAL] = exit_sipi,
	[EXIT_REASON_IO_SMI] = exit_unexpected,
	[EXIT_REASON_OTHER_SMI] = exit_unexpected,
	[EXIT_REASON_INTERRUPT_WINDOW] = exit_window,
	[EXIT_REASON_NMI_WINDOW] = exit_window,
	[EXIT_REASON_TASK_SWITCH] = exit_unexpected,
	[EXIT_REASON_CPUID] = exit_cpuid,
	[EXIT_REASON_GETSEC] = exit_ud,
	[EXIT_REASON_HLT] = exit_hlt,
	[EXIT_REASON_INVD] = exit_invd,
	[EXIT_REASON_INVLPG] = exit_unexpected,
	[EXIT_REASON_RDPMC] = exit_unexpected,
	[EXIT_REASON_RDTSC] = exit_unexpected,
	[EXIT_REASON_RSM] = exit_unexpected,
	[EXIT_REASON_VMCALL] = exit_vmcall,
	[EXIT_REASON_VMCLEAR] = exit_ud,
	[EXIT_REASON_VMLAUNCH] = exit_ud,
	[EXIT_REASON_VMPTRLD] = exit_ud,
	[EXIT_REASON_VMPTRST] = exit_ud,
	[EXIT_REASON_VMREAD] = exit_ud,
	[EXIT_REASON_VMRESUME] = exit_ud,
	[EXIT_REASON_VMWRITE] = exit_ud,
	[EXIT_REASON_VMOFF] = exit_ud,
	[EXIT_REASON_VMON] = exit_ud,
	[EXIT_REASON_CR_ACCESS] = exit_cr,
	[EXIT_REASON_DR_ACCESS] = exit_unexpected,
	[EXIT_REASON_IO_INSTRUCTION] = exit_unexpected,
	[EXIT_REASON_MSR_READ] = exit_msr_read,
	[EXIT_REASON_MSR_WRITE] = exit_msr_write,
	[EXIT_REASON_INVALID_STATE] = exit_unexpected,
	[EXIT_REASON_MSR_LOAD_FAIL] = exit_unexpected,
	[35] = exit_unexpected,
	[EXIT_REASON_MWAIT_INSTRUCTION] = exit_unexpected,
	[EXIT_REASON_MONITOR_TRAP_FLAG] = exit_monitor_trap,
	[38] = exit_unexpected,
	[EXIT_REASON_MONITOR_INSTRUCTION] = exit_unexpected,
	[EXIT_REASON_PAUSE_INSTRUCTION] = exit_unexpected,
	[EXIT_REASON_MCE_DURING_VMENTRY] = exit_unexpected,
	[42] = exit_unexpected,
	[EXIT_REASON_TPR_BELOW_THRESHOLD] = exit_unexpected,
	[EXIT_REASON_APIC_ACCESS] = exit_unexpected,
	[EXIT_REASON_EOI_INDUCED] = exit_unexpected,
	[EXIT_REASON_GDTR_IDTR] = exit_gdtr_idtr,
	[EXIT_REASON_LDTR_TR] = exit_ldtr_tr,
	[EXIT_REASON_EPT_VIOLATION] = exit_ept_violation,
	[EXIT_REASON_EPT_MISCONFIG] = exit_unexpected,
	[EXIT_REASON_INVEPT] = exit_ud,
	[EXIT_REASON_RDTSCP] = exit_unexpected,
	[EXIT_REASON_PREEMPTION_TIMER] = exit_window,
	[EXIT_REASON_INVVPID] = exit_ud,
	[EXIT_REASON_WBINVD] = exit_unexpected,
	[EXIT_REASON_XSETBV] = exit_xsetbv,
	[EXIT_REASON_APIC_WRITE] = exit_unexpected,
	[EXIT_REASON_RDRAND] = exit_unexpected,
	[EXIT_REASON_INVPCID] = exit_unexpected,
	[EXIT_REASON_VMFUNC] = exit_ud,
	[EXIT_REASON_ENCLS] = exit_unexpected,
	[EXIT_REASON_RDSEED] = exit_unexpected,
	[EXIT_REASON_PML_FULL] = exit_unexpected,
	[EXIT_REASON_XSAVES] = exit_unexpected,
	[EXIT_REASON_XRSTORS] = exit_unexpected,
	[EXIT_REASON_PCONFIG] = exit_unexpected,
	[EXIT_REASON_SPP_EVENT] = exit_unexpected,
	[EXIT_REASON_UMWAIT] = exit_unexpected,
	[EXIT_REASON_TPAUSE] = exit_unexpected,
	[EXIT_REASON_LOADIWKEY] = exit_unexpected,
	[EXIT_REASON_ENCLV] = exit_unexpected,
	[71] = exit_unexpected,
	[EXIT_REASON_ENQCMD_PASID] = exit_unexpected,
	[EXIT_REASON_ENQCMDS_PASID] = exit_unexpected,
	[EXIT_REASON_BUS_LOCK] = exit_unexpected,
	[EXIT_REASON_NOTIFY] = exit_unexpected,
	[EXIT_REASON_SEAMCALL] = exit_ud,
	[EXIT_REASON_TDCALL] = exit_ud,
	[EXIT_REASON_RDMSRLIST] = exit_unexpected,
	[EXIT_REASON_WRMSRLIST] = exit_unexpected,
};

static_assert(ARRAY_SIZE(exit_table) == EXIT_REASON_MAX, "exit table");
static_assert(EXIT_REASON_MAX <= HV_PUBLIC_REASONS, "exit counters");

/* VTL1 ends on this VP, VTL0 lives on; VTL0's own ends the CPU. */
void exit_unexpected(struct pcpu *cpu)
{
	vmx_dump(cpu, vmcs_read32(VM_EXIT_REASON), 0);
	if (!cpu->active_vtl)
		vcpu_park(cpu);
	vtl_fail(cpu);
}

/* Invalid state of VTL1 ends VTL1; of VTL0 at launch, the launch. */
static void entry_refused(struct pcpu *cpu, u32 reason)
{
	if ((reason & EXIT_REASON_BASIC) == EXIT_REASON_MCE_DURING_VMENTRY &&
	    cpu->vtl[0].launched) {
		vmx_machine_check(cpu, reason, 0);
		return;
	}
	cpu->public->launch_detail = reason;
	vmx_dump(cpu, reason, 0);
	if (cpu->active_vtl) {
		vtl_fail(cpu);
		return;
	}
	if (!cpu->vtl[0].launched)
		vcpu_abort_launch(cpu, HV_LAUNCH_ENTRY);
	vcpu_park(cpu);
}

void vmexit_handle(struct hv_regs *regs)
{
	struct pcpu *cpu = pcpu_of_regs(regs);
	u32 reason = vmcs_read32(VM_EXIT_REASON);

	if (unlikely(reason & VMX_EXIT_REASONS_FAILED_VMENTRY)) {
		entry_refused(cpu, reason);
		vcpu_deliver(cpu);
		return;
	}
	/* SDM: what is above says more, as that it was in an enclave. */
	reason &= EXIT_REASON_BASIC;
	if (unlikely(reason >= EXIT_REASON_MAX)) {
		exit_unexpected(cpu);
		vcpu_deliver(cpu);
		return;
	}
	active_vtl(cpu)->launched = true;
	cpu->next_launch = 0;
	cpu->public->exits[reason]++;
	exit_table[reason](cpu);
	if (unlikely(cpu->starting) && !cpu->active_vtl)
		vmx_follow_start(cpu);
	vcpu_deliver(cpu);
}

void vmexit_deliver(struct hv_regs *regs)
{
	vcpu_deliver(pcpu_of_regs(regs));
}

/* VMLAUNCH or VMRESUME itself failed: our own VMCS is wrong. */
void vmx_entry_failed(struct hv_regs *regs)
{
	struct pcpu *cpu = pcpu_of_regs(regs);
	u32 error = vmcs_read32(VM_INSTRUCTION_ERROR);

	cpu->public->launch_detail = error;
	vmx_dump(cpu, HV_DUMP_VMFAIL, error);
	if (!cpu->vtl[0].launched)
		vcpu_abort_launch(cpu, HV_LAUNCH_ENTRY);
	vcpu_park(cpu);
}

void vmcs_write_error(u64 field, u64 val)
{
	hv_log("hv: VMWRITE of %lx to field %lx failed", val, field);
	vcpu_park(this_cpu());
}
