// SPDX-License-Identifier: GPL-2.0
/*
 * Control-register accesses that exit: a write that touches a bit which VMX
 * operation fixes or that VTL1 asked to see, and VTL1's CR8.  Must never load
 * what the bare machine would refuse.
 * Source: SDM, "Exit Qualification for Control-Register Accesses", "Control
 * Registers", "Enabling and Initializing IA-32e mode".
 */
#include <asm/msr.h>

#include "vmx.h"

#define CR_NUM(q)		((q) & 0xf)
#define CR_TYPE(q)		(((q) >> 4) & 3)
#define CR_TYPE_MOV_TO		0
#define CR_TYPE_MOV_FROM	1
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
	u64 fixed = vmx_cr0_fixed();

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

/* What VTL0 reads of CR0 and CR4. */
static u64 visible(enum vmcs_field reg, enum vmcs_field mask,
		   enum vmcs_field shadow)
{
	u64 hidden = __vmread(mask);

	return (__vmread(reg) & ~hidden) | (__vmread(shadow) & hidden);
}

/* What CR0 is to become.  False: not a write of CR0. */
static bool new_cr0(struct pcpu *cpu, u64 qual, u64 *ret)
{
	/* The shadow alone is right in the bits that are masked only. */
	u64 cr0 = visible(GUEST_CR0, CR0_GUEST_HOST_MASK, CR0_READ_SHADOW);

	switch (CR_TYPE(qual)) {
	case CR_TYPE_MOV_TO:
		*ret = read_reg(cpu, CR_REG(qual));
		return CR_NUM(qual) == 0;
	case CR_TYPE_CLTS:
		*ret = cr0 & ~(u64)X86_CR0_TS;
		return true;
	case CR_TYPE_LMSW:
		/* LMSW sets PE but never clears it. */
		*ret = (cr0 & ~0xeULL) | (CR_LMSW_DATA(qual) & 0xf);
		return true;
	default:
		return false;
	}
}

/*
 * CR4 exits to set VMXE or SMXE, which are reserved here, or where VTL1 asked
 * to see it.  False: #GP.
 */
static bool write_cr4_checked(struct pcpu *cpu, u64 val)
{
	u64 old = visible(GUEST_CR4, CR4_GUEST_HOST_MASK, CR4_READ_SHADOW);

	return !(val & (X86_CR4_VMXE | X86_CR4_SMXE)) &&
	       intercept_wants_cr(cpu, 4, old, val) &&
	       intercept_register(cpu, HV_X64_REGISTER_CR4, false, val);
}

/* VTL1 only: the task priority of its own interrupt controller. */
static bool access_cr8(struct pcpu *cpu, u64 qual)
{
	u64 *reg = &((u64 *)cpu->regs)[CR_REG(qual)], val;

	if (CR_TYPE(qual) == CR_TYPE_MOV_TO) {
		val = read_reg(cpu, CR_REG(qual));
		if (val & ~0xfULL)
			return false;
		vic_set_cr8(cpu, val);
	} else if (CR_REG(qual) == 4) {
		vmcs_writel(GUEST_RSP, vic_cr8(cpu));
	} else {
		*reg = vic_cr8(cpu);
	}
	return true;
}

void exit_cr(struct pcpu *cpu)
{
	u64 qual = vmcs_readl(EXIT_QUALIFICATION), val;
	bool ok = false;

	if (CR_NUM(qual) == 8 && CR_TYPE(qual) <= CR_TYPE_MOV_FROM) {
		ok = access_cr8(cpu, qual);
	} else if (CR_NUM(qual) == 4) {
		if (write_cr4_checked(cpu, read_reg(cpu, CR_REG(qual))))
			return;
	} else if (new_cr0(cpu, qual, &val)) {
		u64 old = visible(GUEST_CR0, CR0_GUEST_HOST_MASK,
				  CR0_READ_SHADOW);

		if (!intercept_wants_cr(cpu, 0, old, val))
			ok = write_cr0_checked(val);
		else if (intercept_register(cpu, HV_X64_REGISTER_CR0, false,
					    val))
			return;
	}
	if (!ok) {
		vcpu_inject_gp();
		return;
	}
	vcpu_skip_instruction();
}
