// SPDX-License-Identifier: GPL-2.0
/*
 * The state of a VTL as a whole: the context that it starts with, what its page
 * tables are walked with.  Must never accept a context that VM entry would
 * refuse: that would end the VP.  Source: SDM, "Checking and Loading Guest
 * State"; TLFS, "HV_INITIAL_VP_CONTEXT".
 */
#include <asm/msr.h>

#include "vmx.h"

#define EXT_FEATURES	0x80000001
#define EXT_1G_PAGES	BIT(26)		/* EDX */

/* Attributes of a segment register. */
#define SEG_TYPE	0x000f
#define SEG_ACCESSED	0x0001
#define SEG_READABLE	0x0002		/* of a code segment */
#define SEG_CODE	0x0008
#define SEG_S		0x0010
#define SEG_DPL		0x0060
#define SEG_PRESENT	0x0080
#define SEG_KNOWN	0xf0ff
#define SEG_G		0x8000
#define SELECTOR_TI	0x4

static void write_segment(u32 s, const struct hv_x64_segment_register *reg)
{
	u32 ar = reg->attributes & SEG_KNOWN;

	if (!(ar & SEG_PRESENT))
		ar = SEG_AR_UNUSABLE;
	vmcs_write16(GUEST_SEG_SELECTOR(s), reg->selector);
	vmcs_write32(GUEST_SEG_LIMIT(s), reg->limit);
	vmcs_write32(GUEST_SEG_AR_BYTES(s), ar);
	vmcs_writel(GUEST_SEG_BASE(s), reg->base);
}

static bool canonical(u64 addr)
{
	return (u64)((s64)(addr << 16) >> 16) == addr;
}

/* Low limit bits not all one need bytes, high ones not all zero need pages. */
static bool check_limit(const struct hv_x64_segment_register *s)
{
	if (s->attributes & SEG_G)
		return (s->limit & 0xfff) == 0xfff;
	return !(s->limit >> 20);
}

static bool check_data(const struct hv_x64_segment_register *s)
{
	u16 attr = s->attributes;

	if (!(attr & SEG_PRESENT))
		return true;
	if (!(attr & SEG_S) || !(attr & SEG_ACCESSED))
		return false;
	return (!(attr & SEG_CODE) || (attr & SEG_READABLE)) && check_limit(s);
}

/* CPL 0, or not usable. */
static bool check_stack(const struct hv_x64_segment_register *s)
{
	u16 attr = s->attributes;

	if (!(attr & SEG_PRESENT))
		return true;
	return ((attr & SEG_TYPE) == 3 || (attr & SEG_TYPE) == 7) &&
	       (attr & SEG_S) && !(attr & SEG_DPL) && !(s->base >> 32) &&
	       check_limit(s);
}

static bool check_ldtr(const struct hv_x64_segment_register *s)
{
	if (!(s->attributes & SEG_PRESENT))
		return true;
	return (s->attributes & (SEG_TYPE | SEG_S)) == 2 &&
	       !(s->selector & SELECTOR_TI) && canonical(s->base) &&
	       check_limit(s);
}

static bool check_segments(const struct hv_initial_vp_context *ctx)
{
	/* CS: 64-bit code, present, DPL 0; TR: busy 64-bit TSS, present. */
	if ((ctx->cs.attributes & 0x60f9) != 0x2099 ||
	    (ctx->cs.selector & 3) || ctx->cs.base >> 32 ||
	    !check_limit(&ctx->cs))
		return false;
	if ((ctx->tr.attributes & 0x9f) != 0x8b ||
	    (ctx->tr.selector & SELECTOR_TI) || !canonical(ctx->tr.base) ||
	    !check_limit(&ctx->tr))
		return false;
	if (!check_stack(&ctx->ss) || !check_ldtr(&ctx->ldtr) ||
	    !check_data(&ctx->ds) || !check_data(&ctx->es) ||
	    !check_data(&ctx->fs) || !check_data(&ctx->gs))
		return false;
	return !(ctx->ds.base >> 32) && !(ctx->es.base >> 32) &&
	       canonical(ctx->fs.base) && canonical(ctx->gs.base);
}

static bool check_control(const struct hv_initial_vp_context *ctx)
{
	const u64 efer = EFER_SCE | EFER_LME | EFER_LMA | EFER_NX;
	const u64 need0 = X86_CR0_PE | X86_CR0_PG | X86_CR0_NE;
	u64 cr0 = ctx->cr0, cr4 = ctx->cr4;

	vmx_cr0_cr4_fixed(&cr0, &cr4);
	if ((ctx->cr0 & need0) != need0 || cr0 != ctx->cr0 ||
	    (cr4 & ~(u64)X86_CR4_VMXE) != ctx->cr4 ||
	    !(ctx->cr4 & X86_CR4_PAE) || (ctx->cr4 & X86_CR4_CET) ||
	    (ctx->cr4 & X86_CR4_SMXE))
		return false;
	if ((ctx->cr0 & X86_CR0_NW) && !(ctx->cr0 & X86_CR0_CD))
		return false;
	return !(ctx->efer & ~efer) && (ctx->efer & EFER_LME) &&
	       (ctx->efer & EFER_LMA) && !(ctx->cr3 & ~hv.maxphyaddr_mask);
}

static bool check_pat(u64 pat)
{
	for (u32 i = 0; i < 8; i++) {
		u8 type = pat >> (8 * i);

		if (type > 7 || type == 2 || type == 3)
			return false;
	}
	return true;
}

/* A 64-bit context that passes the checks that the SDM makes at VM entry. */
bool vcpu_check_context(const struct hv_initial_vp_context *ctx)
{
	if (!check_control(ctx) || !check_segments(ctx) ||
	    !check_pat(ctx->msr_cr_pat))
		return false;
	if (!canonical(ctx->rip) || !canonical(ctx->gdtr.base) ||
	    !canonical(ctx->idtr.base))
		return false;
	return !(ctx->rflags & (X86_EFLAGS_VM | 0xffffffffffc08028ULL)) &&
	       (ctx->rflags & X86_EFLAGS_FIXED);
}

void vmx_write_context(const struct hv_initial_vp_context *ctx)
{
	vmx_setup_guest_cr(ctx->cr0, ctx->cr4);
	vmcs_writel(GUEST_CR3, ctx->cr3);
	vmcs_writel(GUEST_DR7, DR7_FIXED);
	vmcs_writel(GUEST_RIP, ctx->rip);
	vmcs_writel(GUEST_RSP, ctx->rsp);
	vmcs_writel(GUEST_RFLAGS, ctx->rflags);
	vmcs_writel(GUEST_GDTR_BASE, ctx->gdtr.base);
	vmcs_write32(GUEST_GDTR_LIMIT, ctx->gdtr.limit);
	vmcs_writel(GUEST_IDTR_BASE, ctx->idtr.base);
	vmcs_write32(GUEST_IDTR_LIMIT, ctx->idtr.limit);
	write_segment(VMCS_SEG_ES, &ctx->es);
	write_segment(VMCS_SEG_CS, &ctx->cs);
	write_segment(VMCS_SEG_SS, &ctx->ss);
	write_segment(VMCS_SEG_DS, &ctx->ds);
	write_segment(VMCS_SEG_FS, &ctx->fs);
	write_segment(VMCS_SEG_GS, &ctx->gs);
	write_segment(VMCS_SEG_LDTR, &ctx->ldtr);
	write_segment(VMCS_SEG_TR, &ctx->tr);
	vmcs_write64(GUEST_IA32_EFER, ctx->efer);
	vmcs_write64(GUEST_IA32_PAT, ctx->msr_cr_pat);
	vmcs_write64(GUEST_IA32_DEBUGCTL, 0);
	vmcs_write32(GUEST_SYSENTER_CS, 0);
	vmcs_writel(GUEST_SYSENTER_ESP, 0);
	vmcs_writel(GUEST_SYSENTER_EIP, 0);
}

/* Controls stay: INIT has left the VTL in the state that they were set for. */
void vcpu_load_context(struct pcpu *cpu,
		       const struct hv_initial_vp_context *ctx)
{
	(void)cpu;
	vmx_write_context(ctx);
	vmcs_write32(VM_ENTRY_CONTROLS, vmcs_read32(VM_ENTRY_CONTROLS) |
					VM_ENTRY_IA32E_MODE);
	vmcs_write32(GUEST_INTERRUPTIBILITY_INFO, 0);
	vmcs_write32(GUEST_ACTIVITY_STATE, GUEST_ACTIVITY_ACTIVE);
}

static bool has_1g_pages(struct pcpu *cpu)
{
	u32 r[4];

	cpuid_lookup(cpu, EXT_FEATURES, 0, r);
	return r[3] & EXT_1G_PAGES;
}

void vcpu_get_walk_mode(struct pcpu *cpu, u8 vtl, struct walk_mode *ret)
{
	BUG_ON(!vmptrld(cpu->vtl[vtl].vmcs));
	ret->cr0 = vmcs_readl(GUEST_CR0);
	ret->cr3 = vmcs_readl(GUEST_CR3);
	ret->cr4 = vmcs_readl(GUEST_CR4);
	ret->efer = vmcs_read64(GUEST_IA32_EFER);
	ret->rflags = vmcs_readl(GUEST_RFLAGS);
	ret->pat = vmcs_read64(GUEST_IA32_PAT);
	ret->cpl = SEG_AR_DPL(vmcs_read32(GUEST_SS_AR_BYTES));
	BUG_ON(!vmptrld(active_vtl(cpu)->vmcs));
	ret->has_1g = has_1g_pages(cpu);
	ret->maxphyaddr_mask = hv.maxphyaddr_mask;
}
