// SPDX-License-Identifier: GPL-2.0
/*
 * Control-register accesses that exit: a write that touches a bit which VMX
 * operation fixes.  Must never load what the bare machine would refuse.
 * Source: SDM, "Exit Qualification for Control-Register Accesses", "Control
 * Registers", "Enabling and Initializing IA-32e mode".
 */
#include <asm/msr.h>

#include "vmx.h"

#define CR_NUM(q)		((q) & 0xf)
#define CR_TYPE(q)		(((q) >> 4) & 3)
#define CR_TYPE_MOV_TO		0
#define CR_TYPE_CLTS		2
#define CR_TYPE_LMSW		3
#define CR_REG(q)		(((q) >> 8) & 0xf)
#define CR_LMSW_DATA(q)		(((q) >> 16) & 0xffff)

static u64 read_reg(struct pcpu *cpu, u32 reg)
{
	/* Index 4 is RSP, which lives in the VMCS. */
	if (reg == 4)
		return vmcs_readl(GUEST_RSP);
	return ((const u64 *)cpu->regs)[reg];
}

/* Paging is switched on or off by this write: long mode follows. */
static void set_long_mode(bool on)
{
	u64 efer = vmcs_read64(GUEST_IA32_EFER);
	u32 controls = vmcs_read32(VM_ENTRY_CONTROLS);

	if (on) {
		efer |= EFER_LMA;
		controls |= VM_ENTRY_IA32E_MODE;
	} else {
		efer &= ~EFER_LMA;
		controls &= ~VM_ENTRY_IA32E_MODE;
	}
	vmcs_write64(GUEST_IA32_EFER, efer);
	vmcs_write32(VM_ENTRY_CONTROLS, controls);
}

static bool cr0_legal(u64 val, u64 cr4)
{
	if (val >> 32)
		return false;
	if ((val & X86_CR0_PG) && !(val & X86_CR0_PE))
		return false;
	if ((val & X86_CR0_NW) && !(val & X86_CR0_CD))
		return false;
	if (!(val & X86_CR0_WP) && (cr4 & X86_CR4_CET))
		return false;
	return true;
}

static bool write_cr0_checked(u64 val)
{
	u64 old = vmcs_readl(GUEST_CR0), cr4 = vmcs_readl(GUEST_CR4);
	u64 efer = vmcs_read64(GUEST_IA32_EFER);
	u64 fixed = vmcs_readl(CR0_GUEST_HOST_MASK);

	if (!cr0_legal(val, cr4))
		return false;
	if (!(old & X86_CR0_PG) && (val & X86_CR0_PG)) {
		if (efer & EFER_LME) {
			if (!(cr4 & X86_CR4_PAE))
				return false;
			set_long_mode(true);
		} else if (cr4 & X86_CR4_PAE) {
			/* PDPTEs would have to be loaded; no VTL0 does that. */
			return false;
		}
	} else if ((old & X86_CR0_PG) && !(val & X86_CR0_PG)) {
		if (cr4 & X86_CR4_PCIDE)
			return false;
		if (efer & EFER_LMA)
			set_long_mode(false);
	}
	vmcs_writel(GUEST_CR0, val | fixed | X86_CR0_ET);
	vmcs_writel(CR0_READ_SHADOW, val | X86_CR0_ET);
	return true;
}

static bool write_cr(struct pcpu *cpu, u64 qual)
{
	u64 cr0;

	switch (CR_TYPE(qual)) {
	case CR_TYPE_MOV_TO:
		/* CR4 exits only to set VMXE or SMXE: reserved here. */
		return CR_NUM(qual) == 0 &&
		       write_cr0_checked(read_reg(cpu, CR_REG(qual)));
	case CR_TYPE_CLTS:
		cr0 = vmcs_readl(GUEST_CR0) & ~(u64)X86_CR0_TS;
		return write_cr0_checked(cr0);
	case CR_TYPE_LMSW:
		/* LMSW sets PE but never clears it. */
		cr0 = vmcs_readl(CR0_READ_SHADOW) & ~0xeULL;
		return write_cr0_checked(cr0 | (CR_LMSW_DATA(qual) & 0xf));
	default:
		return false;
	}
}

void exit_cr(struct pcpu *cpu)
{
	if (!write_cr(cpu, vmcs_readl(EXIT_QUALIFICATION))) {
		vcpu_inject_gp();
		return;
	}
	vcpu_skip_instruction();
}
