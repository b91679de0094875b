// SPDX-License-Identifier: GPL-2.0
/*
 * VMX operation on a CPU and the VMCS of each VTL.  Must never write a field
 * that the SDM's VM-entry checks would refuse.  Source: SDM, "VM Entries",
 * "Checks on VMX Controls and Host-State Area", "Checking and Loading Guest
 * State".
 */
#include <asm/msr.h>
#include <vsm/string.h>

#include "vmx.h"

#define ROOT_PAT	0x0007040600070406ULL	/* reset value; entry 0: WB */
#define ROOT_CR0	(X86_CR0_PE | X86_CR0_ET | X86_CR0_NE | X86_CR0_WP | \
			 X86_CR0_PG)
/* OSFXSR: fast hypercalls have parameters in XMM registers. */
#define ROOT_CR4	(X86_CR4_PAE | X86_CR4_MCE | X86_CR4_OSFXSR | \
			 X86_CR4_OSXSAVE)
#define ROOT_EFER	(EFER_LME | EFER_LMA | EFER_NX | EFER_SCE)

/* Make CR0 and CR4 acceptable in VMX operation. */
void vmx_cr0_cr4_fixed(u64 *cr0, u64 *cr4)
{
	*cr0 |= rdmsr(MSR_IA32_VMX_CR0_FIXED0);
	*cr0 &= rdmsr(MSR_IA32_VMX_CR0_FIXED1);
	*cr4 |= rdmsr(MSR_IA32_VMX_CR4_FIXED0);
	*cr4 &= rdmsr(MSR_IA32_VMX_CR4_FIXED1);
}

/* With unrestricted guest, PE and PG are the guest's own. */
u64 vmx_cr0_fixed(void)
{
	return rdmsr(MSR_IA32_VMX_CR0_FIXED0) & ~(u64)(X86_CR0_PE | X86_CR0_PG);
}

static u64 eptp(u8 vtl)
{
	/* Write-back, four levels. */
	return hv_pa(hv.vtl[vtl].ept.root) | (3 << 3) | MTRR_TYPE_WB;
}

static void setup_controls(struct pcpu *cpu, u8 vtl)
{
	struct hv_vp_vtl *v = &cpu->vtl[vtl];
	struct vmx_controls c;
	u64 detail;

	BUG_ON(vmx_controls(&c, &detail));
	v->pin_controls = c.pin | (vtl ? VMX_VTL1_PIN_CONTROLS : 0);
	/* VTL1's task priority is its own, not that of the real APIC. */
	v->cpu_controls = c.cpu | (vtl ? VMX_VTL1_CPU_CONTROLS : 0);
	vmcs_write32(PIN_BASED_VM_EXEC_CONTROL, v->pin_controls);
	vmcs_write32(CPU_BASED_VM_EXEC_CONTROL, v->cpu_controls);
	vmcs_write32(SECONDARY_VM_EXEC_CONTROL, c.secondary);
	vmcs_write32(VM_EXIT_CONTROLS, c.exit);
	vmcs_write32(VM_ENTRY_CONTROLS, c.entry);
	/* VTL0 takes its own machine checks; VTL1 has no business with them. */
	vmcs_write32(EXCEPTION_BITMAP,
		     vtl ? BIT(X86_TRAP_MC) : VMX_VTL0_EXCEPTIONS);
	vmcs_write32(PAGE_FAULT_ERROR_CODE_MASK, 0);
	vmcs_write32(PAGE_FAULT_ERROR_CODE_MATCH, 0);
	vmcs_write32(CR3_TARGET_COUNT, 0);
	vmcs_write32(VM_EXIT_MSR_STORE_COUNT, 0);
	vmcs_write32(VM_EXIT_MSR_LOAD_COUNT, 0);
	vmcs_write32(VM_ENTRY_MSR_LOAD_COUNT, 0);
	vmcs_write32(VM_ENTRY_INTR_INFO_FIELD, 0);
	vmcs_write64(MSR_BITMAP, msr_bitmap(cpu, vtl));
	vmcs_write64(EPT_POINTER, eptp(vtl));
	vmcs_write16(VIRTUAL_PROCESSOR_ID, 1 + vtl);
	vmcs_write64(VMCS_LINK_POINTER, ~0ULL);
	v->tsc_offset = 0;
	vmcs_write64(TSC_OFFSET, 0);
	if (c.secondary & SECONDARY_EXEC_ENABLE_XSAVES)
		vmcs_write64(XSS_EXIT_BITMAP, 0);
	if (c.secondary & SECONDARY_EXEC_ENABLE_PCONFIG)
		vmcs_write64(PCONFIG_EXITING_BITMAP, 0);
}

static void setup_host(struct pcpu *cpu)
{
	u64 cr0 = ROOT_CR0, cr4 = ROOT_CR4 | X86_CR4_VMXE;

	vmx_cr0_cr4_fixed(&cr0, &cr4);
	vmcs_writel(HOST_CR0, cr0);
	vmcs_writel(HOST_CR3, hv_boot.cr3);
	vmcs_writel(HOST_CR4, cr4);
	vmcs_write16(HOST_CS_SELECTOR, HV_CS);
	vmcs_write16(HOST_SS_SELECTOR, HV_SS);
	vmcs_write16(HOST_DS_SELECTOR, 0);
	vmcs_write16(HOST_ES_SELECTOR, 0);
	vmcs_write16(HOST_FS_SELECTOR, 0);
	vmcs_write16(HOST_GS_SELECTOR, 0);
	vmcs_write16(HOST_TR_SELECTOR, HV_TR);
	vmcs_writel(HOST_FS_BASE, 0);
	vmcs_writel(HOST_GS_BASE, 0);
	vmcs_writel(HOST_TR_BASE, (u64)&cpu->tss);
	vmcs_writel(HOST_GDTR_BASE, (u64)cpu->gdt);
	vmcs_writel(HOST_IDTR_BASE, (u64)hv_idt);
	vmcs_write32(HOST_IA32_SYSENTER_CS, 0);
	vmcs_writel(HOST_IA32_SYSENTER_ESP, 0);
	vmcs_writel(HOST_IA32_SYSENTER_EIP, 0);
	vmcs_write64(HOST_IA32_PAT, ROOT_PAT);
	vmcs_write64(HOST_IA32_EFER, ROOT_EFER);
	vmcs_writel(HOST_RSP, pcpu_area(cpu->index) + HV_PCPU_STACK_TOP);
	vmcs_writel(HOST_RIP, (u64)vmexit_entry);
	if (vmcs_read32(VM_EXIT_CONTROLS) & VM_EXIT_LOAD_CET_STATE) {
		vmcs_writel(HOST_S_CET, 0);
		vmcs_writel(HOST_SSP, 0);
		vmcs_writel(HOST_INTR_SSP_TABLE, 0);
	}
	if (vmx_has_counters())
		vmcs_write64(HOST_IA32_PERF_GLOBAL_CTRL, 0);
}

static void setup_guest_common(void)
{
	vmcs_write32(GUEST_INTERRUPTIBILITY_INFO, 0);
	vmcs_write32(GUEST_ACTIVITY_STATE, GUEST_ACTIVITY_ACTIVE);
	vmcs_writel(GUEST_PENDING_DBG_EXCEPTIONS, 0);
	/* VMX and SMX do not exist for a VTL. */
	vmcs_writel(CR4_GUEST_HOST_MASK, X86_CR4_VMXE | X86_CR4_SMXE);
	vmcs_writel(CR0_GUEST_HOST_MASK, vmx_cr0_fixed());
	if (vmcs_read32(VM_ENTRY_CONTROLS) & VM_ENTRY_LOAD_CET_STATE) {
		vmcs_writel(GUEST_S_CET, 0);
		vmcs_writel(GUEST_SSP, 0);
		vmcs_writel(GUEST_INTR_SSP_TABLE, 0);
	}
	vmx_perf_write(0, 0);
}

void vmx_setup_guest_cr(u64 cr0, u64 cr4)
{
	vmcs_writel(GUEST_CR0, cr0 | vmx_cr0_fixed());
	vmcs_writel(CR0_READ_SHADOW, cr0);
	vmcs_writel(GUEST_CR4, cr4 | rdmsr(MSR_IA32_VMX_CR4_FIXED0));
	vmcs_writel(CR4_READ_SHADOW, cr4 & ~(u64)(X86_CR4_VMXE | X86_CR4_SMXE));
}

static void setup_guest_linux(const struct vmx_linux *l)
{
	setup_guest_common();
	vmx_setup_guest_cr(l->cr0, l->cr4);
	vmcs_writel(GUEST_CR3, l->cr3);
	vmcs_writel(GUEST_DR7, l->dr7);
	vmcs_writel(GUEST_RIP, l->rip);
	vmcs_writel(GUEST_RSP, l->rsp);
	vmcs_writel(GUEST_RFLAGS, l->rflags);
	vmcs_writel(GUEST_GDTR_BASE, l->gdtr.base);
	vmcs_write32(GUEST_GDTR_LIMIT, l->gdtr.limit);
	vmcs_writel(GUEST_IDTR_BASE, l->idtr.base);
	vmcs_write32(GUEST_IDTR_LIMIT, l->idtr.limit);
	for (u32 s = 0; s < VMCS_NR_SEG; s++) {
		vmcs_write16(GUEST_SEG_SELECTOR(s), l->seg[s].selector);
		vmcs_write32(GUEST_SEG_LIMIT(s), l->seg[s].limit);
		vmcs_write32(GUEST_SEG_AR_BYTES(s), l->seg[s].ar);
		vmcs_writel(GUEST_SEG_BASE(s), l->seg[s].base);
	}
	vmcs_write64(GUEST_IA32_EFER, l->efer);
	vmcs_write64(GUEST_IA32_PAT, l->pat);
	vmcs_write64(GUEST_IA32_DEBUGCTL, l->debugctl);
	vmcs_write32(GUEST_SYSENTER_CS, l->sysenter_cs);
	vmcs_writel(GUEST_SYSENTER_ESP, l->sysenter_esp);
	vmcs_writel(GUEST_SYSENTER_EIP, l->sysenter_eip);
	if (l->cr4 & X86_CR4_CET)
		vmcs_writel(GUEST_S_CET, l->s_cet);
	vmx_perf_write(l->counters, l->lbr);
}

static bool enter_vmx_operation(struct pcpu *cpu)
{
	u64 cr0 = read_cr0(), cr4 = ROOT_CR4 | X86_CR4_VMXE;

	vmx_cr0_cr4_fixed(&cr0, &cr4);
	write_cr0(cr0);
	write_cr4(cr4);
	if (!vmxon(cpu->vtl[0].vmcs - HV_PCPU_VMCS0 + HV_PCPU_VMXON))
		return false;
	cpu->in_vmx = true;
	/* SDM: translations from before may be cached under our VPIDs. */
	vcpu_flush();
	return true;
}

/*
 * All tables are the hypervisor's already.  On success VTL0's VMCS is current
 * and complete; else the caller restores @linux.
 */
static u32 start(struct pcpu *cpu, const struct vmx_linux *linux)
{
	struct hv_vp_vtl *v = &cpu->vtl[0];

	if (!enter_vmx_operation(cpu))
		return HV_LAUNCH_VMXON;
	if (!vmclear(v->vmcs) || !vmptrld(v->vmcs))
		return HV_LAUNCH_VMCS;
	setup_controls(cpu, 0);
	setup_host(cpu);
	setup_guest_linux(linux);
	if (linux->pebs)
		vmx_pebs_set(cpu, linux->pebs);
	v->enabled = true;
	v->launched = false;
	cpu->active_vtl = 0;
	cpu->next_launch = 1;
	return HV_LAUNCH_OK;
}

static void load_tables(struct pcpu *cpu)
{
	struct desc_ptr gdtr = { sizeof(cpu->gdt) - 1, (u64)cpu->gdt };
	struct desc_ptr idtr = { sizeof(hv_idt) - 1, (u64)hv_idt };

	/* IDT first: its handler drops an NMI that comes on Linux's TSS. */
	lidt(&idtr);
	lgdt(&gdtr);
	write_tr(HV_TR);
}

void vcpu_switch_in(struct pcpu *cpu, const struct vcpu_launch *launch)
{
	u64 cr4 = read_cr4();

	vmx_linux_capture(vmx_linux_of(cpu), launch);
	load_tables(cpu);
	vmx_linux_quiesce(vmx_linux_of(cpu));
	write_dr7(DR7_FIXED);
	/* Clearing PCIDE drops all translations but the global ones. */
	write_cr4(cr4 & ~(u64)(X86_CR4_CET | X86_CR4_PCIDE | X86_CR4_PGE));
	write_cr3(hv_boot.cr3);
}

void vcpu_switch_out(struct pcpu *cpu, u32 reason)
{
	vmx_linux_restore(cpu, vmx_linux_of(cpu), reason);
}

u32 vcpu_start(struct pcpu *cpu)
{
	spa_t area = hv_pa((void *)pcpu_area(cpu->index));

	cpu->vtl[0].vmcs = area + HV_PCPU_VMCS0;
	cpu->vtl[1].vmcs = area + HV_PCPU_VMCS1;
	msr_bitmap_setup(cpu);
	return start(cpu, vmx_linux_of(cpu));
}

void vcpu_enter(struct pcpu *cpu)
{
	vmx_enter(pcpu_area(cpu->index) + HV_PCPU_STACK_TOP);
}

/* The current VMCS is VTL0's and Linux asked for its machine back. */
void vcpu_release(struct pcpu *cpu)
{
	struct vmx_linux *linux = vmx_linux_of(cpu);

	vmx_linux_from_vmcs(cpu, linux);
	tsc_release(cpu);
	vmclear(cpu->vtl[0].vmcs);
	vmclear(cpu->vtl[1].vmcs);
	vmx_linux_restore(cpu, linux, HV_STATUS_SUCCESS);
}

void vcpu_flush(void)
{
	const struct invept_desc desc = { 0, 0 };

	invept(INVEPT_ALL_CONTEXT, &desc);
	invvpid(INVVPID_ALL_CONTEXT, 0, 0);
}

/* SDM: linear and combined mappings, global ones too, of the VTL's VPID. */
void vcpu_flush_virtual(u8 vtl)
{
	if (rdmsr(MSR_IA32_VMX_EPT_VPID_CAP) & VMX_VPID_INVVPID_SINGLE)
		invvpid(INVVPID_SINGLE_CONTEXT, 1 + vtl, 0);
	else
		invvpid(INVVPID_ALL_CONTEXT, 0, 0);
}

/* @cpu may be another CPU's, whose @vtl is not enabled yet; locked. */
bool vcpu_init_vtl(struct pcpu *cpu, u8 vtl,
		   const struct hv_initial_vp_context *ctx)
{
	struct hv_vp_vtl *v = &cpu->vtl[vtl];

	if (!vmclear(v->vmcs) || !vmptrld(v->vmcs))
		return false;
	setup_controls(cpu, vtl);
	setup_host(cpu);
	setup_guest_common();
	vmx_write_context(ctx);
	v->launched = false;
	/* Another CPU will load it: bring it to memory. */
	BUG_ON(!vmclear(v->vmcs));
	BUG_ON(!vmptrld(active_vtl(this_cpu())->vmcs));
	return true;
}

void vcpu_load_vtl(struct pcpu *cpu, u8 vtl)
{
	struct hv_vp_vtl *v = &cpu->vtl[vtl];

	BUG_ON(!vmptrld(v->vmcs));
	cpu->active_vtl = vtl;
	cpu->next_launch = !v->launched;
}
