// SPDX-License-Identifier: GPL-2.0
/*
 * How a VP starts: INIT, SIPI, and the way to paging.  Must never lose an event of
 * VTL0, nor have a VP that starts execute what VTL1 has not approved.
 * Source: SDM, "Processor State Following Power-up, Reset, or INIT", "Other
 * Causes of VM Exits", "Monitor Trap Flag", "Mode-Based Execute Control for EPT".
 */
#include <asm/msr.h>
#include <vsm/string.h>

#include "vmx.h"

#define LOW_MEMORY		0x100000	/* Linux's trampoline is there */
#define INSN_MAX		15

/* --- what it executes ------------------------------------------------------------- */

/*
 * Until paging is on, the processor takes what VTL0's kernel executes for a
 * process's.  Where VTL1 tells these apart, a VP that starts executes nothing but
 * what the kernel may, in low memory, and is looked at after each instruction:
 * its stack and its tables are data, which others write to.
 */
static bool is_told_apart(void)
{
	return hv.vtl[1].mbec && !(hv.vtl[0].perm & EPT_X);
}

/* With hv.lock held. */
static bool may_execute(gpa_t gpa)
{
	u64 size;

	return gpa < LOW_MEMORY &&
	       (ept_lookup(&hv.vtl[0].ept, gpa, &size) & EPT_X);
}

/*
 * This VP may have exited for an NMI, and takes no other before it is entered:
 * whoever has the lock may wait for it to flush.
 */
static void lock_and_serve(struct pcpu *cpu)
{
	u32 ticket = spin_queue(&hv.lock);

	while (!spin_has_turn(&hv.lock, ticket)) {
		if (flush_pending(cpu))
			flush_serve(cpu);
		cpu_relax();
	}
}

static bool may_go_on(struct pcpu *cpu, u32 at)
{
	bool may;

	lock_and_serve(cpu);
	may = may_execute(at) && may_execute(at + INSN_MAX - 1);
	spin_unlock(&hv.lock);
	return may;
}

/*
 * Long mode is entered without an exit; make the entry control follow EFER.LMA
 * whether or not the processor does it itself.
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

/* --- INIT and SIPI ----------------------------------------------------------------- */

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
	/* SDM: outside IA-32e mode, entry refuses an SSP above 4 GiB. */
	if (vmcs_read32(VM_ENTRY_CONTROLS) & VM_ENTRY_LOAD_CET_STATE) {
		vmcs_writel(GUEST_S_CET, 0);
		vmcs_writel(GUEST_SSP, 0);
		vmcs_writel(GUEST_INTR_SSP_TABLE, 0);
	}
	vmcs_write32(GUEST_ACTIVITY_STATE, GUEST_ACTIVITY_WAIT_SIPI);

	cpu->starting = false;
	vmx_step(cpu, false, false);
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

/* SDM: the bootstrap processor begins anew, and with it the machine. */
static void take_init(struct pcpu *cpu)
{
	if (rdmsr(MSR_IA32_APICBASE) & APICBASE_BSP)
		vmx_shutdown();
	else
		reset_vtl0(cpu);
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
	take_init(cpu);
}

void vcpu_init_signal(struct pcpu *cpu)
{
	cpu->init_pending = false;
	take_init(cpu);
}

static u32 sipi_vector(void)
{
	return vmcs_readl(EXIT_QUALIFICATION) & 0xff;
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
		(!startup_denied() &&
		 (!is_told_apart() || may_execute(sipi_vector() << 12)));
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

/* VTL0 goes on: after SIPI, and after each exit until it is in long mode. */
void vmx_follow_start(struct pcpu *cpu)
{
	u32 at = vmcs_readl(GUEST_CS_BASE) + vmcs_readl(GUEST_RIP);
	bool watch = is_told_apart() && !(vmcs_readl(GUEST_CR0) & X86_CR0_PG);

	follow_long_mode(cpu);
	if (watch != cpu->watched)
		vmx_step(cpu, cpu->stepping, watch);
	if (watch && !may_go_on(cpu, at)) {
		hv_log("hv: cpu %u started, and stopped at 0x%x", cpu->index, at);
		reset_vtl0(cpu);
	}
}
