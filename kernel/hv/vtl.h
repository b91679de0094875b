/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A VTL call and a VTL return in two steps: may it be, and do it.  Inline for
 * the short path of VM exits (vmx/exit_fast.c); vtl.c has what they share with
 * the full path.  Source: TLFS, "VTL Call", "VTL Return".
 */
#ifndef _VSM_HV_VTL_H
#define _VSM_HV_VTL_H

#include "hv.h"

/* TLFS: control input zero, next VTL enabled; else #UD. */
static inline bool vtl_may_call(const struct pcpu *cpu)
{
	return !cpu->active_vtl && cpu->vtl[1].enabled && !cpu->regs->rax;
}

/* The same, and the switch has nothing else to do. */
static inline bool vtl_may_just_call(const struct pcpu *cpu)
{
	return !cpu->switch_state && cpu->vtl[1].entered == VTL_ENTERED &&
	       !cpu->regs->rax;
}

static inline bool vtl_return_control_legal(const struct pcpu *cpu)
{
	u64 control = cpu->regs->rax;

	return control == HV_VTL_RETURN_FAST ||
	       (!control && cpu->vtl[1].assist);
}

static inline bool vtl_may_return(const struct pcpu *cpu)
{
	return cpu->active_vtl && vtl_return_control_legal(cpu);
}

static inline bool vtl_may_just_return(const struct pcpu *cpu)
{
	return cpu->switch_state == 1 && vtl_return_control_legal(cpu);
}

/*
 * TLFS: the lower VTL stays where it is; VTL1 reads the reason.  The caller
 * switches.
 */
static inline void vtl_prepare_entry(struct pcpu *cpu, u32 reason)
{
	struct hv_vp_vtl *v = &cpu->vtl[1];

	cpu->called = reason == HV_VTL_ENTRY_VTL_CALL;
	if (!v->assist)
		return;
	v->assist->entry_reason = reason;
	if (v->vina & HV_VSM_VINA_AUTO_RESET)
		v->assist->vina_asserted = 0;
}

static inline void vtl_prepare_call(struct pcpu *cpu)
{
	cpu->public->vtl_calls++;
	vtl_prepare_entry(cpu, HV_VTL_ENTRY_VTL_CALL);
}

/* What VTL0 finds, but after a fast return; the caller switches. */
static inline void vtl_prepare_return(struct pcpu *cpu)
{
	const struct hv_vp_assist_page *assist = cpu->vtl[1].assist;

	if (cpu->regs->rax)
		return;
	cpu->regs->rax = assist->vtl_return_rax;
	cpu->regs->rcx = assist->vtl_return_rcx;
}

#endif /* _VSM_HV_VTL_H */
