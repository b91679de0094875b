// SPDX-License-Identifier: GPL-2.0
/*
 * Exits for instructions: CPUID, VMCALL, INVD, XSETBV, VMX instructions.  Must
 * never do for a VTL what the instruction would not have done.
 */
#include "../trap.h"
#include "vmx.h"

void exit_cpuid(struct pcpu *cpu)
{
	struct hv_regs *regs = cpu->regs;
	u32 r[4];

	cpuid_lookup(cpu, regs->rax, regs->rcx, r);
	regs->rax = r[0];
	regs->rbx = r[1];
	regs->rcx = r[2];
	regs->rdx = r[3];
	vcpu_skip_instruction();
}

void exit_vmcall(struct pcpu *cpu)
{
	hvcall_exit(cpu);
}

/* VMX and SMX are not there: as without them. */
void exit_ud(struct pcpu *cpu)
{
	(void)cpu;
	vcpu_inject_ud();
}

/*
 * INVD would drop what other VTLs and root mode have written: write it back
 * instead, which the SDM lets a processor do at any time anyway.
 */
void exit_invd(struct pcpu *cpu)
{
	(void)cpu;
	wbinvd();
	vcpu_skip_instruction();
}

/* XCR0 is shared VP state and in force in root mode too: set the real one. */
void exit_xsetbv(struct pcpu *cpu)
{
	struct hv_regs *regs = cpu->regs;
	u64 val = (u32)regs->rax | regs->rdx << 32;

	if (!cpu->active_vtl && !(u32)regs->rcx &&
	    (cpu->intercepts.control & HV_INTERCEPT_XCR0_WRITE)) {
		if (!intercept_register(cpu, HV_X64_REGISTER_XFEM, false, val))
			vcpu_inject_gp();
		return;
	}
	if (!xsetbv_safe(regs->rcx, val)) {
		vcpu_inject_gp();
		return;
	}
	cpuid_xcr0_changed(cpu);
	vcpu_skip_instruction();
}
