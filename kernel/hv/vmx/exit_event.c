// SPDX-License-Identifier: GPL-2.0
/*
 * Exits for events: NMI, interrupt in VTL1, windows, INIT, SIPI, triple fault.
 * Must never lose an event of VTL0.  Source: SDM, "Processor State Following
 * Power-up, Reset, or INIT", "Other Causes of VM Exits".
 */
#include <asm/msr.h>
#include <vsm/string.h>

#include "vmx.h"

#define RESET_CONTROL		0xcf9	/* of the chipset: 6 is a hard reset */
#define KEYBOARD_COMMAND	0x64	/* of its controller: fe pulses reset */

/*
 * A machine check while VTL1 runs is Linux's to handle, as everywhere else.
 * What VTL1 was doing cannot be trusted to go on: it ends on this VP.
 */
static void exit_machine_check(struct pcpu *cpu, u32 info)
{
	if (!cpu->active_vtl || (info & INTR_INFO_VECTOR_MASK) != X86_TRAP_MC) {
		exit_unexpected(cpu);
		return;
	}
	vmx_dump(cpu, EXIT_REASON_EXCEPTION_NMI, info);
	vtl_fail(cpu);
	vmx_inject(X86_TRAP_MC | INTR_TYPE_HARD_EXCEPTION, 0);
}

void exit_exception_nmi(struct pcpu *cpu)
{
	u32 info = vmcs_read32(VM_EXIT_INTR_INFO);
	bool ours;

	if ((info & INTR_INFO_TYPE_MASK) != INTR_TYPE_NMI_INTR) {
		if (cpu->active_vtl || !vmx_reflect_exception(info))
			exit_machine_check(cpu, info);
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

static void reset_segment(u32 seg, u32 ar)
{
	vmcs_write16(GUEST_SEG_SELECTOR(seg), 0);
	vmcs_writel(GUEST_SEG_BASE(seg), 0);
	vmcs_write32(GUEST_SEG_LIMIT(seg), 0xffff);
	vmcs_write32(GUEST_SEG_AR_BYTES(seg), ar);
}

static void reset_control_registers(void)
{
	/* SDM: INIT leaves CD and NW as they were. */
	u64 cr0 = (vmcs_readl(GUEST_CR0) & (X86_CR0_CD | X86_CR0_NW)) |
		  X86_CR0_ET;

	vmcs_writel(GUEST_CR0, cr0 | (rdmsr(MSR_IA32_VMX_CR0_FIXED0) &
				      ~(u64)(X86_CR0_PE | X86_CR0_PG)));
	vmcs_writel(CR0_READ_SHADOW, cr0);
	vmcs_writel(GUEST_CR3, 0);
	vmcs_writel(GUEST_CR4, rdmsr(MSR_IA32_VMX_CR4_FIXED0));
	vmcs_writel(CR4_READ_SHADOW, 0);
	vmcs_write64(GUEST_IA32_EFER, 0);
	vmcs_write32(VM_ENTRY_CONTROLS, vmcs_read32(VM_ENTRY_CONTROLS) &
					~VM_ENTRY_IA32E_MODE);
	write_cr2(0);
}

/* The VTL0 half of this VP as INIT leaves it, waiting for SIPI. */
static void reset_vtl0(struct pcpu *cpu)
{
	u32 sig[4];

	reset_control_registers();
	for (u32 s = VMCS_SEG_ES; s <= VMCS_SEG_GS; s++)
		reset_segment(s, 0x93);
	reset_segment(VMCS_SEG_LDTR, 0x82);
	reset_segment(VMCS_SEG_TR, 0x8b);
	vmcs_write16(GUEST_CS_SELECTOR, 0xf000);
	vmcs_writel(GUEST_CS_BASE, 0xffff0000);
	vmcs_write32(GUEST_CS_AR_BYTES, 0x9b);
	vmcs_writel(GUEST_GDTR_BASE, 0);
	vmcs_write32(GUEST_GDTR_LIMIT, 0xffff);
	vmcs_writel(GUEST_IDTR_BASE, 0);
	vmcs_write32(GUEST_IDTR_LIMIT, 0xffff);
	vmcs_writel(GUEST_RIP, 0xfff0);
	vmcs_writel(GUEST_RSP, 0);
	vmcs_writel(GUEST_RFLAGS, X86_EFLAGS_FIXED);
	vmcs_writel(GUEST_DR7, 0x400);
	vmcs_write64(GUEST_IA32_DEBUGCTL, 0);
	vmcs_writel(GUEST_PENDING_DBG_EXCEPTIONS, 0);
	vmcs_write32(GUEST_INTERRUPTIBILITY_INFO, 0);
	vmcs_write32(VM_ENTRY_INTR_INFO_FIELD, 0);
	if (vmcs_read32(VM_ENTRY_CONTROLS) & VM_ENTRY_LOAD_CET_STATE)
		vmcs_writel(GUEST_S_CET, 0);
	vmcs_write32(GUEST_ACTIVITY_STATE, GUEST_ACTIVITY_WAIT_SIPI);

	memset(cpu->regs, 0, sizeof(*cpu->regs));
	cpuid_lookup(cpu, 1, 0, sig);
	cpu->regs->rdx = sig[0];
	memset(cpu->irr, 0, sizeof(cpu->irr));
	cpu->irr_pending = false;
	cpu->nmi_pending = false;
	vmx_set_windows(cpu, false, false);
	__atomic_store_n(&cpu->wait_sipi, 1, __ATOMIC_SEQ_CST);
	/* A flusher that missed wait_sipi is waiting for this CPU. */
	if (flush_pending(cpu))
		flush_serve(cpu);
}

/* TLFS: VTL1 may keep a lower VTL from starting and resetting VPs. */
static bool startup_denied(void)
{
	return READ_ONCE(hv.vtl[1].config) & HV_VSM_CONFIG_DENY_LOWER_STARTUP;
}

void exit_init(struct pcpu *cpu)
{
	if (startup_denied())
		return;
	/* INIT is for VTL0; VTL1 finishes what it does first. */
	if (cpu->active_vtl) {
		cpu->init_pending = true;
		return;
	}
	reset_vtl0(cpu);
}

void vcpu_init_signal(struct pcpu *cpu)
{
	cpu->init_pending = false;
	reset_vtl0(cpu);
}

static u32 sipi_vector(void)
{
	return vmcs_readl(EXIT_QUALIFICATION) & 0xff;
}

/*
 * Until paging is on, the processor takes what VTL0's kernel executes for a
 * process's.  Where VTL1 tells these apart, a VP starts in what the kernel may
 * execute.
 */
static bool may_start_at(gpa_t gpa)
{
	u64 size, entry = ept_lookup(&hv.vtl[0].ept, gpa, &size);

	return (entry & (EPT_X | EPT_XU)) != EPT_XU;
}

static void start_real_mode(struct pcpu *cpu)
{
	u32 vector = sipi_vector();

	vmcs_write16(GUEST_CS_SELECTOR, vector << 8);
	vmcs_writel(GUEST_CS_BASE, vector << 12);
	vmcs_writel(GUEST_RIP, 0);
	vmcs_write32(GUEST_ACTIVITY_STATE, GUEST_ACTIVITY_ACTIVE);
	cpu->starting = true;
}

/* When VTL1 returns, its VTL0 still waits for SIPI. */
static void start_vtl1(struct pcpu *cpu)
{
	BUG_ON(!vcpu_init_vtl(cpu, 1, &cpu->start));
	cpu->vtl1_dead = false;
	cpu->init_pending = true;
	vtl_enter(cpu, HV_VTL_ENTRY_RESERVED);
}

/* Under the lock: who starts VPs sees one that waits, or one that runs. */
static bool take_start(struct pcpu *cpu, bool *ret_given)
{
	bool start;

	spin_lock(&hv.lock);
	*ret_given = cpu->start_given;
	start = *ret_given ||
		(!startup_denied() && may_start_at(sipi_vector() << 12));
	cpu->start_given = false;
	if (start)
		__atomic_store_n(&cpu->wait_sipi, 0, __ATOMIC_SEQ_CST);
	spin_unlock(&hv.lock);
	return start;
}

/* HvCallStartVirtualProcessor leaves a context and sends a SIPI, too. */
void exit_sipi(struct pcpu *cpu)
{
	bool given;

	if (!take_start(cpu, &given)) {
		hv_log("hv: cpu %u not started at page 0x%x", cpu->index,
		       sipi_vector());
		vmcs_write32(GUEST_ACTIVITY_STATE, GUEST_ACTIVITY_WAIT_SIPI);
		return;
	}
	flush_local(cpu);
	if (!given)
		start_real_mode(cpu);
	else if (cpu->start_vtl)
		start_vtl1(cpu);
	else
		vcpu_load_context(cpu, &cpu->start);
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
