// SPDX-License-Identifier: GPL-2.0
/*
 * Exceptions of VTL0 that could follow each other without end: a #DB whose
 * delivery meets a data breakpoint, an #AC whose handler has a misaligned
 * stack.  Neither an NMI nor an interrupt is taken in between, so that a CPU
 * in such a loop would never answer a flush.  Each of them passes through here
 * instead and is given to VTL0; must never change what VTL0 sees of it.
 * Source: SDM, "Architectural State Before a VM Exit", "Debug Status Register
 * (DR6)", "Delivery of Pending Debug Exceptions after VM Entry".
 */
#include <asm/msr.h>

#include "vmx.h"

#define DR6_BREAKPOINTS		0xfULL
#define DR6_BUS_LOCK		BIT_ULL(11)	/* clear if it was one */
#define DR6_ACCESS		BIT_ULL(13)
#define DR6_STEP		BIT_ULL(14)
#define DR6_TRANSACTION		BIT_ULL(16)	/* clear if in one */
#define DR7_GENERAL_DETECT	BIT_ULL(13)

/* SDM: a #DB that exits leaves all of this for who gives it to the guest. */
static void report_causes(void)
{
	u64 causes = vmcs_readl(EXIT_QUALIFICATION);
	u64 dr6 = read_dr6() & ~DR6_BREAKPOINTS;

	dr6 |= causes & (DR6_BREAKPOINTS | DR6_ACCESS | DR6_STEP);
	dr6 |= DR6_TRANSACTION;
	dr6 &= ~(causes & (DR6_BUS_LOCK | DR6_TRANSACTION));
	write_dr6(dr6);
	vmcs_writel(GUEST_DR7, vmcs_readl(GUEST_DR7) & ~DR7_GENERAL_DETECT);
	vmcs_write64(GUEST_IA32_DEBUGCTL, vmcs_read64(GUEST_IA32_DEBUGCTL) &
					  ~(DEBUGCTLMSR_LBR | DEBUGCTLMSR_BTF));
}

/*
 * What delivery ends anyway: shadows of STI and MOV SS, HLT, and debug
 * exceptions that are pending.  Entry checks some against others, and an exit
 * for #DB does not save them so that they agree.
 */
static void end_shadows(void)
{
	u32 intr = vmcs_read32(GUEST_INTERRUPTIBILITY_INFO);

	vmcs_write32(GUEST_INTERRUPTIBILITY_INFO,
		     intr & ~(GUEST_INTR_STATE_STI | GUEST_INTR_STATE_MOV_SS));
	vmcs_write32(GUEST_ACTIVITY_STATE, GUEST_ACTIVITY_ACTIVE);
	vmcs_writel(GUEST_PENDING_DBG_EXCEPTIONS, 0);
}

/*
 * False: it is not one of them.  Both are benign: one that comes while another
 * event is delivered takes that event's place, as without the exit.
 */
bool vmx_reflect_exception(u32 info)
{
	u32 type = info & INTR_INFO_TYPE_MASK;

	switch (info & INTR_INFO_VECTOR_MASK) {
	case X86_TRAP_DB:
		/* INT1 has no cause to report, and is still to be skipped. */
		if (type == INTR_TYPE_PRIV_SW_EXCEPTION)
			vmcs_write32(VM_ENTRY_INSTRUCTION_LEN,
				     vmcs_read32(VM_EXIT_INSTRUCTION_LEN));
		else
			report_causes();
		break;
	case X86_TRAP_AC:
		break;
	default:
		return false;
	}
	end_shadows();
	vmx_inject(info & (INTR_INFO_VECTOR_MASK | INTR_INFO_TYPE_MASK |
			   INTR_INFO_DELIVER_CODE_MASK),
		   vmcs_read32(VM_EXIT_INTR_ERROR_CODE));
	return true;
}
