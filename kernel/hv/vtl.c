// SPDX-License-Identifier: GPL-2.0
/*
 * Switching between VTLs of a VP: VTL call, VTL return, and VTL1's death.
 * General registers are shared VP state: they stay where they are.  Must never
 * flush or save what the switch does not need.  Source: TLFS, "VTL Call",
 * "VTL Return".
 */
#include <vsm/scall.h>
#include <vsm/string.h>

#include "hv.h"
#include "vcpu.h"
#include "vtl.h"

void vtl_switch(struct pcpu *cpu, u8 vtl)
{
	vcpu_private_msrs(cpu, cpu->active_vtl, vtl);
	vcpu_load_vtl(cpu, vtl);
	/* TLFS: a VTL that is left holds no TLB lock. */
	if (!vtl)
		__atomic_store_n(&cpu->tlb_locked, false, __ATOMIC_RELEASE);
}

/* The answer that a driver gets from a VTL1 which is no more. */
static void answer_dead(struct pcpu *cpu)
{
	memset(cpu->regs, 0, sizeof(*cpu->regs));
	cpu->regs->rdi = VSM_S_NOT_READY;
}

/*
 * Without a call.  A VTL0 that did not call gets its registers back even if
 * VTL1 does not survive.
 */
void vtl_enter(struct pcpu *cpu, u32 reason)
{
	cpu->interrupted = *cpu->regs;
	vtl_prepare_entry(cpu, reason);
	vtl_switch(cpu, 1);
}

void vtl_call(struct pcpu *cpu)
{
	if (!vtl_may_call(cpu)) {
		vcpu_inject_ud();
		return;
	}
	vcpu_skip_instruction();
	if (unlikely(cpu->vtl1_dead)) {
		answer_dead(cpu);
		return;
	}
	vtl_prepare_call(cpu);
	vtl_switch(cpu, 1);
}

void vtl_return(struct pcpu *cpu)
{
	if (!vtl_may_return(cpu)) {
		vcpu_inject_ud();
		return;
	}
	/* The VMCALL is made again: VTL1's interrupts come in between. */
	if (unlikely(cpu->tlb_waits) && !tlb_wait_over(cpu))
		return;
	vcpu_skip_instruction();
	vtl_prepare_return(cpu);
	vtl_switch(cpu, 0);
	if (unlikely(cpu->init_pending))
		vcpu_init_signal(cpu);
}

/* VTL1 did what it must not, or was refused entry: VTL0 goes on without it. */
void vtl_fail(struct pcpu *cpu)
{
	cpu->vtl1_dead = true;
	cpu->tlb_waits = false;
	cpu->timer_armed = false;
	if (cpu->called)
		answer_dead(cpu);
	else
		*cpu->regs = cpu->interrupted;
	vtl_switch(cpu, 0);
	if (cpu->init_pending)
		vcpu_init_signal(cpu);
}
