// SPDX-License-Identifier: GPL-2.0
/*
 * Exits for events: NMI, interrupt in VTL1, windows, triple fault.  Must never
 * lose an event of VTL0.  Source: SDM, "Other Causes of VM Exits".
 */
#include "vmx.h"

#define RESET_CONTROL		0xcf9	/* of the chipset: 6 is a hard reset */
#define KEYBOARD_COMMAND	0x64	/* of its controller: fe pulses reset */

/*
 * A machine check while VTL1 runs, or at VM entry, is Linux's to handle, as
 * everywhere else.  What VTL1 was doing cannot be trusted to go on: it ends on this VP.
 */
void vmx_machine_check(struct pcpu *cpu, u32 reason, u32 info)
{
	vmx_dump(cpu, reason, info);
	if (cpu->active_vtl)
		vtl_fail(cpu);
	vcpu_set_pending_event(cpu, HV_PENDING_EVENT | (u64)X86_TRAP_MC <<
				    HV_PENDING_EVENT_VECTOR_SHIFT, 0);
}

static void exit_exception(struct pcpu *cpu, u32 info)
{
	if (cpu->active_vtl && (info & INTR_INFO_VECTOR_MASK) == X86_TRAP_MC)
		vmx_machine_check(cpu, EXIT_REASON_EXCEPTION_NMI, info);
	else if (cpu->active_vtl || !vmx_reflect_exception(info))
		exit_unexpected(cpu);
}

void exit_exception_nmi(struct pcpu *cpu)
{
	u32 info = vmcs_read32(VM_EXIT_INTR_INFO);
	bool ours;

	if ((info & INTR_INFO_TYPE_MASK) != INTR_TYPE_NMI_INTR) {
		exit_exception(cpu, info);
		return;
	}
	ours = __atomic_exchange_n(&cpu->nmi_expected, 0, __ATOMIC_ACQ_REL);
	if (flush_pending(cpu))
		flush_serve(cpu);
	vmx_reinject_vectoring();
	if (!ours || apic_nmi_has_cause())
		cpu->nmi_pending = true;
}

/* VTL1 only: acknowledged on exit, kept for VTL0. */
void exit_interrupt(struct pcpu *cpu)
{
	u32 vector = vmcs_read32(VM_EXIT_INTR_INFO) & INTR_INFO_VECTOR_MASK;

	cpu->irr[vector / 64] |= BIT_ULL(vector % 64);
	cpu->irr_pending = true;
	vmx_reinject_vectoring();
}

/* vcpu_deliver() does what the window was opened, or the timer set, for. */
void exit_window(struct pcpu *cpu)
{
	(void)cpu;
}

/*
 * A third fault: VTL1 ends on this VP; for VTL0 what the bare machine does,
 * shutdown, which resets it.
 */
void vmx_shutdown(void)
{
	struct pcpu *cpu = this_cpu();

	vmx_dump(cpu, EXIT_REASON_TRIPLE_FAULT, 0);
	if (cpu->active_vtl) {
		vtl_fail(cpu);
		return;
	}
	outb(RESET_CONTROL, 0x02);
	outb(RESET_CONTROL, 0x06);
	outb(KEYBOARD_COMMAND, 0xfe);
	vcpu_park(cpu);
}

void exit_triple_fault(struct pcpu *cpu)
{
	(void)cpu;
	vmx_shutdown();
}

/* Only VTL1 exits on HLT: it has nothing to wait for. */
void exit_hlt(struct pcpu *cpu)
{
	exit_unexpected(cpu);
}
