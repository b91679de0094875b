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

void vtl_switch(struct pcpu *cpu, u8 vtl)
{
	vcpu_private_msrs(cpu, cpu->active_vtl, vtl);
	vcpu_load_vtl(cpu, vtl);
}

/* The answer that a driver gets from a VTL1 which is no more. */
static void answer_dead(struct pcpu *cpu)
{
	memset(cpu->regs, 0, sizeof(*cpu->regs));
	cpu->regs->rdi = VSM_S_NOT_READY;
}

/*
 * TLFS: the lower VTL stays where it is; VTL1 reads the reason.  A VTL0 that
 * did not call gets its registers back even if VTL1 does not survive.
 */
void vtl_enter(struct pcpu *cpu, u32 reason)
{
	struct hv_vp_vtl *v = &cpu->vtl[1];

	cpu->called = reason == HV_VTL_ENTRY_VTL_CALL;
	if (unlikely(!cpu->called))
		cpu->interrupted = *cpu->regs;
	if (v->assist) {
		v->assist->entry_reason = reason;
		if (v->vina & HV_VSM_VINA_AUTO_RESET)
			v->assist->vina_asserted = 0;
	}
	vtl_switch(cpu, 1);
}

void vtl_call(struct pcpu *cpu)
{
	struct hv_vp_vtl *v = &cpu->vtl[1];

	/* TLFS: control input zero, next VTL enabled; else #UD. */
	if (cpu->active_vtl || !v->enabled || cpu->regs->rax) {
		vcpu_inject_ud();
		return;
	}
	vcpu_skip_vmcall();
	if (unlikely(cpu->vtl1_dead)) {
		answer_dead(cpu);
		return;
	}
	cpu->public->vtl_calls++;
	vtl_enter(cpu, HV_VTL_ENTRY_VTL_CALL);
}

void vtl_return(struct pcpu *cpu)
{
	struct hv_vp_vtl *v = &cpu->vtl[1];
	u64 control = cpu->regs->rax;

	if (!cpu->active_vtl || (control & ~(u64)HV_VTL_RETURN_FAST) ||
	    (!(control & HV_VTL_RETURN_FAST) && !v->assist)) {
		vcpu_inject_ud();
		return;
	}
	vcpu_skip_vmcall();
	if (!(control & HV_VTL_RETURN_FAST)) {
		cpu->regs->rax = v->assist->vtl_return_rax;
		cpu->regs->rcx = v->assist->vtl_return_rcx;
	}
	vtl_switch(cpu, 0);
	if (unlikely(cpu->init_pending))
		vcpu_init_signal(cpu);
}

/* VTL1 did what it must not, or was refused entry: VTL0 goes on without it. */
void vtl_fail(struct pcpu *cpu)
{
	cpu->vtl1_dead = true;
	cpu->timer_armed = false;
	if (cpu->called)
		answer_dead(cpu);
	else
		*cpu->regs = cpu->interrupted;
	vtl_switch(cpu, 0);
	if (cpu->init_pending)
		vcpu_init_signal(cpu);
}
