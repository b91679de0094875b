// SPDX-License-Identifier: GPL-2.0
/*
 * Linux's processor state: captured at launch, read from the VMCS at release,
 * put back on the CPU.  Must never read Linux's memory except through the
 * descriptor-table registers that it restores.
 */
#include <asm/msr.h>
#include <vsm/string.h>

#include "../trap.h"
#include "vmx.h"

/* At the end of the pages of struct pcpu. */
struct vmx_linux *vmx_linux_of(struct pcpu *cpu)
{
	static_assert(sizeof(struct pcpu) + sizeof(struct vmx_linux) <=
		      HV_PCPU_CPUID - HV_PCPU_DATA, "per-CPU data");
	return (struct vmx_linux *)(pcpu_area(cpu->index) + HV_PCPU_CPUID) - 1;
}

static u32 access_rights(u16 selector)
{
	u32 rights = selector & ~7 ? load_access_rights(selector) >> 8 : 0;

	return rights ? rights & 0xf0ff : SEG_AR_UNUSABLE;
}

static void capture_seg(struct vmx_linux *l, u32 seg, u16 selector, u64 base)
{
	l->seg[seg].selector = selector;
	l->seg[seg].limit = selector & ~7 ? load_segment_limit(selector) : 0;
	l->seg[seg].ar = access_rights(selector);
	l->seg[seg].base = base;
}

/* Base of a system descriptor (16 bytes) in the current GDT. */
static u64 system_base(const struct desc_ptr *gdtr, u16 selector)
{
	const u64 *d = (const u64 *)(gdtr->base + (selector & ~7));

	return (d[0] >> 16 & 0xffffff) | (d[0] >> 32 & 0xff000000) |
	       d[1] << 32;
}

/* Still on Linux's tables: the GDT is readable. */
void vmx_linux_capture(struct vmx_linux *l, const struct vcpu_launch *launch)
{
	memset(l, 0, sizeof(*l));
	l->rip = launch->rip;
	l->rsp = launch->rsp;
	l->rflags = X86_EFLAGS_FIXED;
	l->cr0 = read_cr0();
	l->cr3 = launch->cr3;
	l->cr4 = read_cr4();
	l->dr7 = read_dr7();
	sgdt(&l->gdtr);
	sidt(&l->idtr);
	capture_seg(l, VMCS_SEG_CS, read_cs(), 0);
	capture_seg(l, VMCS_SEG_SS, read_ss(), 0);
	capture_seg(l, VMCS_SEG_DS, read_ds(), 0);
	capture_seg(l, VMCS_SEG_ES, read_es(), 0);
	capture_seg(l, VMCS_SEG_FS, read_fs(), rdmsr(MSR_FS_BASE));
	capture_seg(l, VMCS_SEG_GS, read_gs(), rdmsr(MSR_GS_BASE));
	capture_seg(l, VMCS_SEG_TR, read_tr(), 0);
	l->seg[VMCS_SEG_TR].base = system_base(&l->gdtr, read_tr());
	capture_seg(l, VMCS_SEG_LDTR, read_ldtr(), 0);
	if (l->seg[VMCS_SEG_LDTR].ar != SEG_AR_UNUSABLE)
		l->seg[VMCS_SEG_LDTR].base = system_base(&l->gdtr,
							 read_ldtr());
	l->efer = rdmsr(MSR_EFER);
	l->pat = rdmsr(MSR_IA32_CR_PAT);
	l->sysenter_cs = rdmsr(MSR_IA32_SYSENTER_CS);
	l->sysenter_esp = rdmsr(MSR_IA32_SYSENTER_ESP);
	l->sysenter_eip = rdmsr(MSR_IA32_SYSENTER_EIP);
	if (l->cr4 & X86_CR4_CET)
		l->s_cet = rdmsr(MSR_IA32_S_CET);
}

/* On the hypervisor's IDT: none of these is to write records in root mode. */
void vmx_linux_quiesce(struct vmx_linux *l)
{
	vmx_perf_quiesce(l);
	if (!rdmsr_safe(MSR_IA32_RTIT_CTL, &l->trace) ||
	    !(l->trace & RTIT_CTL_TRACE_EN))
		l->trace = 0;
	if (l->trace)
		wrmsr(MSR_IA32_RTIT_CTL, l->trace & ~RTIT_CTL_TRACE_EN);
}

/* The active VMCS is VTL0's. */
void vmx_linux_from_vmcs(struct pcpu *cpu, struct vmx_linux *l)
{
	vmx_perf_read(cpu, l);
	l->rip = vmcs_readl(GUEST_RIP);
	l->rsp = vmcs_readl(GUEST_RSP);
	l->rflags = vmcs_readl(GUEST_RFLAGS);
	l->cr0 = vmcs_readl(GUEST_CR0);
	l->cr3 = vmcs_readl(GUEST_CR3);
	l->cr4 = vmcs_readl(GUEST_CR4) & ~(u64)X86_CR4_VMXE;
	l->dr7 = vmcs_readl(GUEST_DR7);
	l->gdtr.base = vmcs_readl(GUEST_GDTR_BASE);
	l->gdtr.limit = vmcs_read32(GUEST_GDTR_LIMIT);
	l->idtr.base = vmcs_readl(GUEST_IDTR_BASE);
	l->idtr.limit = vmcs_read32(GUEST_IDTR_LIMIT);
	for (u32 s = 0; s < VMCS_NR_SEG; s++) {
		l->seg[s].selector = vmcs_read16(GUEST_SEG_SELECTOR(s));
		l->seg[s].limit = vmcs_read32(GUEST_SEG_LIMIT(s));
		l->seg[s].ar = vmcs_read32(GUEST_SEG_AR_BYTES(s));
		l->seg[s].base = vmcs_readl(GUEST_SEG_BASE(s));
	}
	l->efer = vmcs_read64(GUEST_IA32_EFER);
	l->pat = vmcs_read64(GUEST_IA32_PAT);
	l->sysenter_cs = vmcs_read32(GUEST_SYSENTER_CS);
	l->sysenter_esp = vmcs_readl(GUEST_SYSENTER_ESP);
	l->sysenter_eip = vmcs_readl(GUEST_SYSENTER_EIP);
	l->s_cet = l->cr4 & X86_CR4_CET ? vmcs_readl(GUEST_S_CET) : 0;
}

/*
 * TR must be loaded from a descriptor that is not busy, and loading marks it
 * busy; Linux's own is busy already and may be read-only.  So load it from a
 * copy in the hypervisor's GDT, then switch to Linux's GDT.
 */
static void restore_tables(struct pcpu *cpu, const struct vmx_linux *l)
{
	u16 tr = l->seg[VMCS_SEG_TR].selector, ldtr;
	u32 i = tr / 8;
	u64 base = l->seg[VMCS_SEG_TR].base;

	BUG_ON(i + 1 >= ARRAY_SIZE(cpu->gdt));
	cpu->gdt[i] = gdt_tss_low(base, l->seg[VMCS_SEG_TR].limit);
	cpu->gdt[i + 1] = base >> 32;
	write_tr(tr);
	lgdt(&l->gdtr);
	lidt(&l->idtr);
	ldtr = l->seg[VMCS_SEG_LDTR].selector;
	write_ldtr(ldtr);
	write_ds(l->seg[VMCS_SEG_DS].selector);
	write_es(l->seg[VMCS_SEG_ES].selector);
	write_fs(l->seg[VMCS_SEG_FS].selector);
	write_gs(l->seg[VMCS_SEG_GS].selector);
	write_ss(l->seg[VMCS_SEG_SS].selector);
	wrmsr(MSR_FS_BASE, l->seg[VMCS_SEG_FS].base);
	wrmsr(MSR_GS_BASE, l->seg[VMCS_SEG_GS].base);
}

/*
 * Out of VMX operation and back to Linux at l->rip with @rax.  From the switch
 * of page tables on, only the image and the CPU's own area are mapped.
 */
void vmx_linux_restore(struct pcpu *cpu, const struct vmx_linux *l, u64 rax)
{
	if (cpu->in_vmx) {
		cpu->in_vmx = false;
		vmxoff();
	}
	wrmsr(MSR_IA32_CR_PAT, l->pat);
	wrmsr(MSR_EFER, l->efer);
	wrmsr(MSR_IA32_SYSENTER_CS, l->sysenter_cs);
	wrmsr(MSR_IA32_SYSENTER_ESP, l->sysenter_esp);
	wrmsr(MSR_IA32_SYSENTER_EIP, l->sysenter_eip);
	write_cr0(l->cr0);
	write_cr3(hv_boot.transition_cr3);
	/* A change of PGE drops every translation, Linux's old ones too. */
	write_cr4(l->cr4 & ~(u64)(X86_CR4_PGE | X86_CR4_CET));
	if (l->cr4 & X86_CR4_CET)
		wrmsr(MSR_IA32_S_CET, l->s_cet);
	restore_tables(cpu, l);
	write_dr7(l->dr7);
	write_cr4(l->cr4);
	/* Linux's kernel half is mapped: records go where they should. */
	vmx_perf_restore(l);
	if (l->trace)
		wrmsr(MSR_IA32_RTIT_CTL, l->trace);
	vmx_leave(l->rsp, l->rip, l->rflags, rax);
}
