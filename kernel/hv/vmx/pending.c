// SPDX-License-Identifier: GPL-2.0
/*
 * HvRegisterPendingEvent0: VTL1 gives VTL0 an exception.  Must never make an
 * entry that the processor refuses, nor lose what already waits for VTL0.
 * Source: TLFS, "Handling Secure Intercepts"; SDM, "Event Injection", "Checks
 * on VM-Entry Control Fields".
 */
#include <asm/msr.h>

#include "vmx.h"

#define VECTORS	(BIT(X86_TRAP_DE) | BIT(X86_TRAP_DB) | BIT(X86_TRAP_BP) | \
		 BIT(X86_TRAP_OF) | BIT(X86_TRAP_BR) | BIT(X86_TRAP_UD) | \
		 BIT(X86_TRAP_NM) | BIT(X86_TRAP_MF) | BIT(X86_TRAP_MC) | \
		 BIT(X86_TRAP_XF) | WITH_ERROR)
#define WITH_ERROR (BIT(X86_TRAP_DF) | BIT(X86_TRAP_TS) | BIT(X86_TRAP_NP) | \
		    BIT(X86_TRAP_SS) | BIT(X86_TRAP_GP) | BIT(X86_TRAP_PF) | \
		    BIT(X86_TRAP_AC) | BIT(X86_TRAP_CP))

static bool legal(u64 low)
{
	u64 vector = low >> HV_PENDING_EVENT_VECTOR_SHIFT & 0xffff;
	u64 error = low >> HV_PENDING_EVENT_ERROR_SHIFT;

	if ((low & HV_PENDING_EVENT_RSVD) || vector > 31 ||
	    (low & HV_PENDING_EVENT_TYPE_MASK) != HV_PENDING_EVENT_EXCEPTION ||
	    !(VECTORS & BIT(vector)))
		return false;
	/* SDM: older processors check that #CP has no error code. */
	if (vector == X86_TRAP_CP &&
	    !(rdmsr(MSR_IA32_VMX_BASIC) & VMX_BASIC_ANY_ERROR_CODE))
		return false;
	if (!(low & HV_PENDING_EVENT_ERROR))
		return !error && !(WITH_ERROR & BIT(vector));
	return (WITH_ERROR & BIT(vector)) && !(error >> 16);
}

/*
 * What an earlier exit has left for the next entry: interrupts and NMIs wait
 * again, an exception and this one make a double fault.
 */
static void displace(struct pcpu *cpu, u64 *low)
{
	u32 info = vmcs_read32(VM_ENTRY_INTR_INFO_FIELD);
	u32 vector = info & INTR_INFO_VECTOR_MASK;

	if (!(info & INTR_INFO_VALID_MASK))
		return;
	switch (info & INTR_INFO_TYPE_MASK) {
	case INTR_TYPE_EXT_INTR:
		cpu->irr[vector / 64] |= BIT_ULL(vector % 64);
		cpu->irr_pending = true;
		break;
	case INTR_TYPE_NMI_INTR:
		cpu->nmi_pending = true;
		break;
	default:
		*low = HV_PENDING_EVENT | HV_PENDING_EVENT_ERROR |
		       (u64)X86_TRAP_DF << HV_PENDING_EVENT_VECTOR_SHIFT;
	}
}

/* VTL0's VMCS is current. */
static void set(struct pcpu *cpu, u64 low, u64 high)
{
	u32 vector, info;

	displace(cpu, &low);
	vector = low >> HV_PENDING_EVENT_VECTOR_SHIFT & 0xff;
	info = vector | INTR_TYPE_HARD_EXCEPTION;
	/* SDM: no error code is delivered in real mode. */
	if ((low & HV_PENDING_EVENT_ERROR) && vcpu_protected_mode())
		info |= INTR_INFO_DELIVER_CODE_MASK;
	if (vector == X86_TRAP_PF)
		write_cr2(high);
	else if (vector == X86_TRAP_DB)
		write_dr6((read_dr6() & ~0xfULL) | (high & 0xf));
	vmcs_write32(GUEST_ACTIVITY_STATE, GUEST_ACTIVITY_ACTIVE);
	vmx_inject(info, low >> HV_PENDING_EVENT_ERROR_SHIFT);
}

u64 vcpu_set_pending_event(struct pcpu *cpu, u64 low, u64 high)
{
	u64 status = HV_STATUS_SUCCESS;

	if ((low & HV_PENDING_EVENT) ? !legal(low) : low || high)
		return HV_STATUS_INVALID_REGISTER_VALUE;
	BUG_ON(!vmptrld(cpu->vtl[0].vmcs));
	if (READ_ONCE(cpu->wait_sipi))
		status = HV_STATUS_INVALID_VP_STATE;
	else if (low)
		set(cpu, low, high);
	else if ((vmcs_read32(VM_ENTRY_INTR_INFO_FIELD) &
		  INTR_INFO_TYPE_MASK) == INTR_TYPE_HARD_EXCEPTION)
		vmcs_write32(VM_ENTRY_INTR_INFO_FIELD, 0);
	BUG_ON(!vmptrld(active_vtl(cpu)->vmcs));
	return status;
}

void vcpu_get_pending_event(struct pcpu *cpu, u64 *low, u64 *high)
{
	u32 info, error;

	BUG_ON(!vmptrld(cpu->vtl[0].vmcs));
	info = vmcs_read32(VM_ENTRY_INTR_INFO_FIELD);
	error = vmcs_read32(VM_ENTRY_EXCEPTION_ERROR_CODE);
	BUG_ON(!vmptrld(active_vtl(cpu)->vmcs));
	*low = 0;
	*high = 0;
	if (!(info & INTR_INFO_VALID_MASK) ||
	    (info & INTR_INFO_TYPE_MASK) != INTR_TYPE_HARD_EXCEPTION)
		return;
	*low = HV_PENDING_EVENT | (u64)(info & INTR_INFO_VECTOR_MASK) <<
				  HV_PENDING_EVENT_VECTOR_SHIFT;
	if (info & INTR_INFO_DELIVER_CODE_MASK)
		*low |= HV_PENDING_EVENT_ERROR |
			(u64)error << HV_PENDING_EVENT_ERROR_SHIFT;
	if ((info & INTR_INFO_VECTOR_MASK) == X86_TRAP_PF)
		*high = read_cr2();
}
