// SPDX-License-Identifier: GPL-2.0
/*
 * Exceptions and interrupts of the puppet.  Must never lose one: an exception
 * is reported by the request that met it, an interrupt is counted.
 */
#include <asm/msr.h>

#include "internal.h"

/* A triple fault, which the hypervisor reports. */
__noreturn void die(void)
{
	const struct desc_ptr none = { 0, 0 };

	lidt(&none);
	__builtin_trap();
}

/* Not what a test asked for: stop serving on this VP, for all to see. */
static __noreturn void broken(void)
{
	struct vp *vp = this_vp();

	if (vp->broken)
		die();
	vp->broken = true;
	for (;;) {
		vp->regs = (struct regs){
			.gpr[PUPPET_RDI] = VSM_S_FAULT,
			.gpr[PUPPET_RSI] = vp->fault.vector,
			.gpr[PUPPET_RDX] = vp->fault.rip,
			.gpr[PUPPET_RCX] = HV_VTL_RETURN_FAST,
		};
		vtl_return(&vp->regs);
	}
}

void trap(struct trap_regs *r)
{
	struct vp *vp = this_vp();

	if (r->vector >= 32) {
		vp->irqs[r->vector]++;
		vp->last_irq = r->vector;
		if (!vp->no_eoi)
			wrmsr(HV_X64_MSR_EOI, 0);
		return;
	}
	vp->fault = (struct puppet_fault){
		.vector = r->vector,
		.error = r->error,
		.rip = r->rip,
		.cr2 = r->vector == X86_TRAP_PF ? read_cr2() : 0,
	};
	if (vp->try_sp) {
		r->rip = (u64)try_end;
		r->rsp = vp->try_sp;
		r->rflags = X86_EFLAGS_FIXED;
		return;
	}
	stack_call((u8 *)vp + SLOT_SIZE, broken);
}
