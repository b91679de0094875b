// SPDX-License-Identifier: GPL-2.0
/*
 * Events into the active VTL: exceptions, NMIs, interrupts, VINA, and the ones
 * whose delivery an exit interrupted.  Must never overwrite an event that is
 * already set for the next entry.  Source: SDM, "Event Injection",
 * "Information for VM Exits That Occur During Event Delivery".
 */
#include <asm/msr.h>

#include "vmx.h"

static bool event_set(void)
{
	return vmcs_read32(VM_ENTRY_INTR_INFO_FIELD) & INTR_INFO_VALID_MASK;
}

void vmx_inject(u32 info, u32 error)
{
	if (info & INTR_INFO_DELIVER_CODE_MASK)
		vmcs_write32(VM_ENTRY_EXCEPTION_ERROR_CODE, error);
	vmcs_write32(VM_ENTRY_INTR_INFO_FIELD, info | INTR_INFO_VALID_MASK);
}

/*
 * A fault of the instruction at RIP.  On top of an event whose delivery the
 * exit interrupted it becomes a double fault, on top of that a shutdown.
 */
void vmx_inject_exception(u32 vector, bool has_error, u32 error)
{
	u32 info = vector | INTR_TYPE_HARD_EXCEPTION;
	u32 during = vmcs_read32(IDT_VECTORING_INFO_FIELD);

	if (during & INTR_INFO_VALID_MASK) {
		if ((during & (INTR_INFO_VECTOR_MASK | INTR_INFO_TYPE_MASK)) ==
		    (X86_TRAP_DF | INTR_TYPE_HARD_EXCEPTION)) {
			vmx_shutdown();
			return;
		}
		info = X86_TRAP_DF | INTR_TYPE_HARD_EXCEPTION;
		has_error = true;
		error = 0;
	}
	/* SDM: no error code is delivered in real mode. */
	if (has_error && vcpu_protected_mode())
		info |= INTR_INFO_DELIVER_CODE_MASK;
	vmx_inject(info, error);
}

void vcpu_inject_ud(void)
{
	vmx_inject_exception(X86_TRAP_UD, false, 0);
}

void vcpu_inject_gp(void)
{
	vmx_inject_exception(X86_TRAP_GP, true, 0);
}

void vmx_inject_pf(gva_t gva, u32 error)
{
	write_cr2(gva);
	vmx_inject_exception(X86_TRAP_PF, true, error);
}

/* Deliver again what the exit interrupted.  True: there was something. */
bool vmx_reinject_vectoring(void)
{
	u32 info = vmcs_read32(IDT_VECTORING_INFO_FIELD);
	u32 type = info & INTR_INFO_TYPE_MASK;

	if (!(info & INTR_INFO_VALID_MASK) || event_set())
		return false;
	if (type == INTR_TYPE_SOFT_INTR || type == INTR_TYPE_SOFT_EXCEPTION ||
	    type == INTR_TYPE_PRIV_SW_EXCEPTION)
		vmcs_write32(VM_ENTRY_INSTRUCTION_LEN,
			     vmcs_read32(VM_EXIT_INSTRUCTION_LEN));
	/* The NMI is about to be delivered: it does not block itself. */
	if (type == INTR_TYPE_NMI_INTR)
		vmcs_write32(GUEST_INTERRUPTIBILITY_INFO,
			     vmcs_read32(GUEST_INTERRUPTIBILITY_INFO) &
			     ~GUEST_INTR_STATE_NMI);
	vmx_inject(info & (INTR_INFO_VECTOR_MASK | INTR_INFO_TYPE_MASK |
			   INTR_INFO_DELIVER_CODE_MASK),
		   vmcs_read32(IDT_VECTORING_ERROR_CODE));
	return true;
}

void vmx_set_windows(struct pcpu *cpu, bool intr, bool nmi)
{
	struct hv_vp_vtl *v = active_vtl(cpu);
	u32 controls = v->cpu_controls & ~(CPU_BASED_INTR_WINDOW_EXITING |
					   CPU_BASED_NMI_WINDOW_EXITING);

	if (intr)
		controls |= CPU_BASED_INTR_WINDOW_EXITING;
	if (nmi)
		controls |= CPU_BASED_NMI_WINDOW_EXITING;
	if (controls == v->cpu_controls)
		return;
	cpu->window[cpu->active_vtl] = intr || nmi;
	v->cpu_controls = controls;
	vmcs_write32(CPU_BASED_VM_EXEC_CONTROL, controls);
}

static bool intr_possible(void)
{
	return (vmcs_readl(GUEST_RFLAGS) & X86_EFLAGS_IF) && !event_set() &&
	       !(vmcs_read32(GUEST_INTERRUPTIBILITY_INFO) &
		 (GUEST_INTR_STATE_STI | GUEST_INTR_STATE_MOV_SS));
}

static bool nmi_possible(void)
{
	return !event_set() && !(vmcs_read32(GUEST_INTERRUPTIBILITY_INFO) &
				 (GUEST_INTR_STATE_STI |
				  GUEST_INTR_STATE_MOV_SS |
				  GUEST_INTR_STATE_NMI));
}

/* The highest vector that was taken in VTL1, or -1. */
static int highest_vector(const struct pcpu *cpu)
{
	for (int i = ARRAY_SIZE(cpu->irr) - 1; i >= 0; i--)
		if (cpu->irr[i])
			return 64 * i + 63 - __builtin_clzll(cpu->irr[i]);
	return -1;
}

/*
 * SDM: whether STI holds off NMIs, or the exit for their window, is up to the
 * processor; it does hold off interrupts, and they are on behind it.
 */
static void open_windows(struct pcpu *cpu)
{
	bool sti = cpu->nmi_pending && !event_set() &&
		   (vmcs_read32(GUEST_INTERRUPTIBILITY_INFO) &
		    GUEST_INTR_STATE_STI);

	vmx_set_windows(cpu, cpu->irr_pending || sti, cpu->nmi_pending && !sti);
}

static void deliver_vtl0(struct pcpu *cpu)
{
	int vector;

	if (cpu->nmi_pending && nmi_possible()) {
		cpu->nmi_pending = false;
		cpu->public->nmis++;
		vmx_inject(X86_TRAP_NMI | INTR_TYPE_NMI_INTR, 0);
	}
	vector = highest_vector(cpu);
	if (vector >= 0 && intr_possible()) {
		cpu->irr[vector / 64] &= ~BIT_ULL(vector % 64);
		vmx_inject(vector | INTR_TYPE_EXT_INTR, 0);
		vector = highest_vector(cpu);
	}
	cpu->irr_pending = vector >= 0;
	open_windows(cpu);
}

/* VTL0 has something waiting and VTL1 has not been told: its page says so. */
static bool wants_vina(const struct pcpu *cpu)
{
	const struct hv_vp_vtl *v = &cpu->vtl[1];

	return (cpu->nmi_pending || cpu->irr_pending) &&
	       (v->vina & HV_VSM_VINA_ENABLED) &&
	       v->assist && !v->assist->vina_asserted;
}

static void inject_vina(struct pcpu *cpu)
{
	struct hv_vp_vtl *v = &cpu->vtl[1];
	u8 vector = v->vina;

	v->assist->vina_asserted = 1;
	if (!(v->vina & HV_VSM_VINA_AUTO_EOI))
		vic_in_service(cpu, vector);
	vmx_inject(vector | INTR_TYPE_EXT_INTR, 0);
}

static void deliver_vtl1(struct pcpu *cpu)
{
	int vector = cpu->vic_check ? vic_next(cpu) : -1;
	bool vina = wants_vina(cpu);

	if (vector >= 0 && intr_possible()) {
		vic_accept(cpu, vector);
		vmx_inject(vector | INTR_TYPE_EXT_INTR, 0);
		vector = vic_next(cpu);
	}
	if (vina && intr_possible()) {
		inject_vina(cpu);
		vina = false;
	}
	vmx_set_windows(cpu, vina || vector >= 0, false);
}

/*
 * The preemption timer of the VMCS that is entered next.  SDM: it counts at
 * the TSC's rate divided by a power of two, only while in the guest.
 */
static void set_timer(struct pcpu *cpu)
{
	struct hv_vp_vtl *v = active_vtl(cpu);
	bool *set = &cpu->timer_set[cpu->active_vtl];

	if (cpu->timer_armed) {
		u64 rate = rdmsr(MSR_IA32_VMX_MISC) & VMX_MISC_TIMER_RATE;
		u64 ticks = (stimer_ticks(cpu) >> rate) + 1;

		vmcs_write32(VMX_PREEMPTION_TIMER_VALUE, MIN(ticks, ~0U));
	}
	if (*set == cpu->timer_armed)
		return;
	*set = cpu->timer_armed;
	v->pin_controls ^= PIN_BASED_PREEMPTION_TIMER;
	vmcs_write32(PIN_BASED_VM_EXEC_CONTROL, v->pin_controls);
}

/* TLFS: an interrupt of the higher VTL comes first, whatever VTL0's flags. */
static bool vtl1_is_due(struct pcpu *cpu)
{
	return !cpu->active_vtl && cpu->vic_check && !cpu->vtl1_dead &&
	       !READ_ONCE(cpu->wait_sipi) &&
	       READ_ONCE(cpu->vtl[1].enabled) && vic_next(cpu) >= 0;
}

void vcpu_deliver(struct pcpu *cpu)
{
	if (likely(!READ_ONCE(cpu->nmi_arrived) && !cpu->events))
		return;
	if (__atomic_exchange_n(&cpu->nmi_arrived, 0, __ATOMIC_ACQ_REL) &
	    NMI_OF_VTL0)
		cpu->nmi_pending = true;
	if (cpu->timer_armed)
		stimer_run(cpu);
	if (vtl1_is_due(cpu))
		vtl_enter(cpu, HV_VTL_ENTRY_INTERRUPT);
	if (cpu->active_vtl)
		deliver_vtl1(cpu);
	else if (!READ_ONCE(cpu->wait_sipi))
		deliver_vtl0(cpu);
	set_timer(cpu);
}
