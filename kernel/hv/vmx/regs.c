// SPDX-License-Identifier: GPL-2.0
/*
 * What the generic part asks of the processor: state of the active VTL,
 * registers by TLFS name, the end of a CPU.  Must never be asked about a VTL
 * of another CPU.
 */
#include <asm/msr.h>

#include "skip.h"
#include "vmx.h"

u32 vcpu_cpl(void)
{
	return SEG_AR_DPL(vmcs_read32(GUEST_SS_AR_BYTES));
}

bool vcpu_protected_mode(void)
{
	return (vmcs_readl(GUEST_CR0) & X86_CR0_PE) &&
	       !(vmcs_readl(GUEST_RFLAGS) & X86_EFLAGS_VM);
}

bool vcpu_long_mode(void)
{
	/* LMA, and CS.L. */
	return (vmcs_read64(GUEST_IA32_EFER) & EFER_LMA) &&
	       (vmcs_read32(GUEST_CS_AR_BYTES) & BIT(13));
}

u64 vcpu_rip(void)
{
	return vmcs_readl(GUEST_RIP);
}

u64 vcpu_cr4(void)
{
	return vmcs_readl(GUEST_CR4);
}

void vcpu_skip_instruction(void)
{
	vmx_skip_from(vmcs_readl(GUEST_RIP));
}

/* Fields of the VMCS that stand for TLFS registers of the same meaning. */
static const struct {
	u32 name;
	enum vmcs_field field;
} vmcs_registers[] = {
	{ HV_X64_REGISTER_RIP, GUEST_RIP },
	{ HV_X64_REGISTER_RFLAGS, GUEST_RFLAGS },
	{ HV_X64_REGISTER_CR0, GUEST_CR0 },
	{ HV_X64_REGISTER_CR3, GUEST_CR3 },
	{ HV_X64_REGISTER_CR4, GUEST_CR4 },
	{ HV_X64_REGISTER_EFER, GUEST_IA32_EFER },
};

static u64 read_other_vtl(struct pcpu *cpu, u8 vtl, enum vmcs_field field)
{
	u64 val;

	BUG_ON(!vmptrld(cpu->vtl[vtl].vmcs));
	val = __vmread(field);
	BUG_ON(!vmptrld(active_vtl(cpu)->vmcs));
	return val;
}

u64 vcpu_get_register(struct pcpu *cpu, u8 vtl, u32 name,
		      struct hv_register_value *val)
{
	for (u32 i = 0; i < ARRAY_SIZE(vmcs_registers); i++) {
		if (vmcs_registers[i].name != name)
			continue;
		val->low = read_other_vtl(cpu, vtl, vmcs_registers[i].field);
		if (name == HV_X64_REGISTER_CR4)
			val->low &= ~(u64)X86_CR4_VMXE;
		return HV_STATUS_SUCCESS;
	}
	return HV_STATUS_INVALID_PARAMETER;
}

/* Stop this CPU for good, interrupts off; others go on. */
void vcpu_park(struct pcpu *cpu)
{
	hv_log("hv: cpu %u parked", cpu->index);
	__atomic_store_n(&cpu->online, 0, __ATOMIC_RELEASE);
	for (;;)
		cpu_halt();
}

void vcpu_abort_launch(struct pcpu *cpu, u32 reason)
{
	vmclear(cpu->vtl[0].vmcs);
	vcpu_switch_out(cpu, reason);
}
