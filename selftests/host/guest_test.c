// SPDX-License-Identifier: GPL-2.0
/*
 * The hypervisor's check of guest state against the SDM's: one change after the
 * other to a state that VM entry takes.  Source: SDM, "Checks on the Guest
 * State Area", "VM-Entry Control Fields".
 */
#include <stdio.h>
#include <stdlib.h>

#include <asm/cpu.h>
#include <asm/msr.h>

#include "../../kernel/hv/vmx/guest.h"

static int failures, tests;

static void check(bool ok, const char *what)
{
	printf("%sok %d %s\n", ok ? "" : "not ", ++tests, what);
	failures += !ok;
}

static const struct vmx_limits limits = {
	.cr0_fixed0 = X86_CR0_NE,
	.cr0_fixed1 = 0xffffffff,
	.cr4_fixed0 = X86_CR4_VMXE,
	.cr4_fixed1 = 0xf77fff,
	.cr3_mask = (1ULL << 46) - 1,
};

#define KERNEL		0xffffffff81000000ULL
#define DATA		0xc093
#define UNUSABLE	{ 0, 0, SEG_AR_UNUSABLE, 0 }

/* Linux in its kernel. */
static const struct vmx_guest linux64 = {
	.cr0 = 0x80050033,
	.cr3 = 0x1234000,
	.cr4 = X86_CR4_VMXE | X86_CR4_PAE | X86_CR4_PGE | X86_CR4_PCIDE,
	.efer = EFER_SCE | EFER_LME | EFER_LMA | EFER_NX,
	.entry_controls = VM_ENTRY_IA32E_MODE,
	.rsp = 0xffffc90000000ff8,
	.rip = KERNEL,
	.rflags = 0x246,
	.dr7 = 0x400,
	.pat = 0x0407050600070106,
	.sysenter_esp = 0xfffffe0000002200,
	.sysenter_eip = KERNEL,
	.seg = {
		[VMCS_SEG_ES] = UNUSABLE,
		[VMCS_SEG_CS] = { 0x10, 0xffffffff, 0xa09b, 0 },
		[VMCS_SEG_SS] = { 0x18, 0xffffffff, DATA, 0 },
		[VMCS_SEG_DS] = UNUSABLE,
		[VMCS_SEG_FS] = { 0, 0, SEG_AR_UNUSABLE, 0x7f0012345000 },
		[VMCS_SEG_GS] = { 0, 0, SEG_AR_UNUSABLE, 0xffff888000000000 },
		[VMCS_SEG_LDTR] = UNUSABLE,
		[VMCS_SEG_TR] = { 0x40, 0x4087, 0x8b, 0xfffffe0000003000 },
	},
	.gdtr_base = 0xfffffe0000001000, .gdtr_limit = 0x7f,
	.idtr_base = 0xfffffe0000000000, .idtr_limit = 0xfff,
};

static struct vmx_guest real_mode(void)
{
	struct vmx_guest g = linux64;
	u32 i;

	g.cr0 = X86_CR0_NE | X86_CR0_ET;
	g.cr4 = X86_CR4_VMXE;
	g.cr3 = 0;
	g.efer = 0;
	g.entry_controls = 0;
	g.rip = 0xfff0;
	g.rflags = 2;
	for (i = VMCS_SEG_ES; i <= VMCS_SEG_GS; i++)
		g.seg[i] = (struct vmx_segment){ 0, 0xffff, 0x93, 0 };
	g.seg[VMCS_SEG_CS] = (struct vmx_segment){ 0xf000, 0xffff, 0x9b,
						   0xffff0000 };
	g.seg[VMCS_SEG_LDTR] = (struct vmx_segment){ 0, 0xffff, 0x82, 0 };
	g.seg[VMCS_SEG_TR] = (struct vmx_segment){ 0, 0xffff, 0x8b, 0 };
	return g;
}

#define F(member)	(offsetof(struct vmx_guest, member) / sizeof(u64))
#define SEG(s, member)	F(seg[VMCS_SEG_##s].member)
#define EVENT(type, vector) (INTR_INFO_VALID_MASK | (type) | (vector))
#define EXCEPTION(vector) EVENT(INTR_TYPE_HARD_EXCEPTION, vector)
#define NOT_CANONICAL	0x800000000000ULL

static const struct {
	const char *what;
	bool ok;
	struct {
		u32 index;
		u64 val;
	} set[3];
} cases[] = {
	{ "CR0 without PE", false, { { F(cr0), 0x80050032 } } },
	{ "CR0 without what VMX fixes", false, { { F(cr0), 0x80050013 } } },
	{ "CR0 with bit 32", false, { { F(cr0), 0x180050033 } } },
	{ "NW without CD", false, { { F(cr0), 0xa0050033 } } },
	{ "NW with CD", true, { { F(cr0), 0xe0050033 } } },
	{ "no WP", true, { { F(cr0), 0x80040033 } } },
	{ "CET without WP", false, { { F(cr0), 0x80040033 },
				     { F(cr4), 0x8220a0 } } },
	{ "CET", true, { { F(cr4), 0x8220a0 } } },
	{ "CR4 without VMXE", false, { { F(cr4), 0xa0 } } },
	{ "CR4 with a bit that is not there", false, { { F(cr4), 0x80a0a0 } } },
	{ "long mode without PAE", false, { { F(cr4), 0x2080 } } },
	{ "CR3 beyond the addresses", false, { { F(cr3), 1ULL << 46 } } },
	{ "CR3, the highest", true, { { F(cr3), 1ULL << 45 } } },
	{ "LMA without the entry control", false,
	  { { F(entry_controls), 0 } } },
	{ "LME without LMA", false, { { F(efer), 0x901 },
				      { F(entry_controls), 0 } } },
	{ "LMA without LME", false, { { F(efer), 0xc01 } } },
	{ "paging off in long mode", false, { { F(cr0), 0x50033 } } },
	{ "EFER with a reserved bit", false, { { F(efer), 0xd03 } } },
	{ "PAT of type 2", false, { { F(pat), 0x0407050600070102 } } },
	{ "PAT of type 3", false, { { F(pat), 0x0307050600070106 } } },
	{ "PAT of type 8", false, { { F(pat), 0x0407080600070106 } } },
	{ "DR7 of 33 bits", false, { { F(dr7), 1ULL << 32 | 0x400 } } },
	{ "RIP", false, { { F(rip), NOT_CANONICAL } } },
	{ "RIP of user space", true, { { F(rip), 0x400000 } } },
	{ "RFLAGS without bit 1", false, { { F(rflags), 0x244 } } },
	{ "RFLAGS bit 3", false, { { F(rflags), 0x24e } } },
	{ "RFLAGS bit 22", false, { { F(rflags), 0x400246 } } },
	{ "VM in long mode", false, { { F(rflags), 0x20246 } } },
	{ "SYSENTER_ESP", false, { { F(sysenter_esp), NOT_CANONICAL } } },
	{ "SYSENTER_CS", false, { { F(sysenter_cs), 1ULL << 32 } } },
	{ "CS not present", false, { { SEG(CS, ar), 0xa01b } } },
	{ "CS unusable", false, { { SEG(CS, ar), 0x1a09b } } },
	{ "CS of the system", false, { { SEG(CS, ar), 0xa08b } } },
	{ "CS never accessed", false, { { SEG(CS, ar), 0xa09a } } },
	{ "CS with L and D", false, { { SEG(CS, ar), 0xe09b } } },
	{ "CS reserved", false, { { SEG(CS, ar), 0xa19b } } },
	{ "CS of another ring than SS", false, { { SEG(CS, ar), 0xa0fb } } },
	{ "CS conforming", true, { { SEG(CS, ar), 0xa09f } } },
	{ "CS base", false, { { SEG(CS, base), 1ULL << 32 } } },
	{ "CS limit with G", false, { { SEG(CS, limit), 0xfffff000 } } },
	{ "CS limit without G", false, { { SEG(CS, ar), 0x209b } } },
	{ "user mode", true, { { SEG(CS, ar), 0xa0fb },
			       { SEG(SS, ar), 0xc0f3 },
			       { F(rip), 0x400000 } } },
	{ "CS data in ring 3", false, { { SEG(CS, ar), 0xc0f3 },
					{ SEG(SS, ar), 0xc0f3 } } },
	{ "SS code", false, { { SEG(SS, ar), 0xc09b } } },
	{ "SS unusable", true, { { SEG(SS, ar), SEG_AR_UNUSABLE } } },
	{ "SS unusable, ring 3", false, { { SEG(SS, ar), 0x10060 } } },
	{ "DS", true, { { SEG(DS, ar), DATA }, { SEG(DS, limit), ~0U } } },
	{ "DS not readable", false, { { SEG(DS, ar), 0xc099 },
				      { SEG(DS, limit), ~0U } } },
	{ "DS never accessed", false, { { SEG(DS, ar), 0xc092 },
					{ SEG(DS, limit), ~0U } } },
	{ "DS base", false, { { SEG(DS, ar), DATA }, { SEG(DS, limit), ~0U },
			      { SEG(DS, base), 1ULL << 32 } } },
	{ "FS base", false, { { SEG(FS, base), NOT_CANONICAL } } },
	{ "GS base", false, { { SEG(GS, base), NOT_CANONICAL } } },
	{ "TR available", false, { { SEG(TR, ar), 0x89 } } },
	{ "TR of 16 bits", false, { { SEG(TR, ar), 0x83 } } },
	{ "TR unusable", false, { { SEG(TR, ar), 0x1008b } } },
	{ "TR in an LDT", false, { { SEG(TR, selector), 0x44 } } },
	{ "TR base", false, { { SEG(TR, base), NOT_CANONICAL } } },
	{ "LDTR", true, { { SEG(LDTR, ar), 0x82 } } },
	{ "LDTR type", false, { { SEG(LDTR, ar), 0x83 } } },
	{ "LDTR in an LDT", false, { { SEG(LDTR, ar), 0x82 },
				     { SEG(LDTR, selector), 4 } } },
	{ "LDTR base", false, { { SEG(LDTR, ar), 0x82 },
				{ SEG(LDTR, base), NOT_CANONICAL } } },
	{ "GDTR base", false, { { F(gdtr_base), NOT_CANONICAL } } },
	{ "IDTR base", false, { { F(idtr_base), NOT_CANONICAL } } },
	{ "GDTR limit", false, { { F(gdtr_limit), 0x10000 } } },
	{ "IDTR limit", false, { { F(idtr_limit), 0x10000 } } },
	{ "activity 4", false, { { F(activity), 4 } } },
	{ "HLT", true, { { F(activity), GUEST_ACTIVITY_HLT } } },
	{ "HLT in ring 3", false, { { F(activity), GUEST_ACTIVITY_HLT },
				    { SEG(CS, ar), 0xa0fb },
				    { SEG(SS, ar), 0xc0f3 } } },
	{ "HLT, single step without BS", false,
	  { { F(activity), GUEST_ACTIVITY_HLT }, { F(rflags), 0x346 } } },
	{ "STI and MOV SS", false, { { F(interruptibility), 3 } } },
	{ "STI", true, { { F(interruptibility), 1 } } },
	{ "STI with IF off", false, { { F(interruptibility), 1 },
				      { F(rflags), 2 } } },
	{ "MOV SS with IF off", true, { { F(interruptibility), 2 },
					{ F(rflags), 2 } } },
	{ "MOV SS in HLT", false, { { F(interruptibility), 2 },
				    { F(activity), GUEST_ACTIVITY_HLT } } },
	{ "shadow, single step without BS", false,
	  { { F(interruptibility), 1 }, { F(rflags), 0x346 } } },
	{ "shadow, single step with BS", true,
	  { { F(interruptibility), 1 }, { F(rflags), 0x346 },
	    { F(pending_debug), 0x4000 } } },
	{ "shadow, BS without single step", false,
	  { { F(interruptibility), 1 }, { F(pending_debug), 0x4000 } } },
	{ "interruptibility reserved", false, { { F(interruptibility), 32 } } },
	{ "interrupt", true, { { F(event), EVENT(INTR_TYPE_EXT_INTR, 48) } } },
	{ "interrupt with IF off", false,
	  { { F(event), EVENT(INTR_TYPE_EXT_INTR, 48) }, { F(rflags), 2 } } },
	{ "interrupt in a shadow", false,
	  { { F(event), EVENT(INTR_TYPE_EXT_INTR, 48) },
	    { F(interruptibility), 1 } } },
	{ "NMI", true, { { F(event), EVENT(INTR_TYPE_NMI_INTR, 2) } } },
	{ "NMI of vector 3", false,
	  { { F(event), EVENT(INTR_TYPE_NMI_INTR, 3) } } },
	{ "NMI while blocked", false,
	  { { F(event), EVENT(INTR_TYPE_NMI_INTR, 2) },
	    { F(interruptibility), 8 } } },
	{ "#UD", true, { { F(event), EXCEPTION(6) } } },
	{ "#UD with an error code", false,
	  { { F(event), EXCEPTION(6) | INTR_INFO_DELIVER_CODE_MASK } } },
	{ "#GP without an error code", false, { { F(event), EXCEPTION(13) } } },
	{ "#GP", true,
	  { { F(event), EXCEPTION(13) | INTR_INFO_DELIVER_CODE_MASK } } },
	{ "#GP with an error code of 17 bits", false,
	  { { F(event), EXCEPTION(13) | INTR_INFO_DELIVER_CODE_MASK },
	    { F(event_error), 0x10000 } } },
	{ "#CP with an error code", false,
	  { { F(event), EXCEPTION(21) | INTR_INFO_DELIVER_CODE_MASK } } },
	{ "exception 32", false, { { F(event), EXCEPTION(32) } } },
	{ "exception in HLT", false, { { F(event), EXCEPTION(6) },
				       { F(activity), GUEST_ACTIVITY_HLT } } },
	{ "event type 1", false, { { F(event), EVENT(1 << 8, 6) } } },
	{ "event type 7", false, { { F(event), EVENT(7 << 8, 0) } } },
	{ "event reserved bit", false,
	  { { F(event), EXCEPTION(6) | 1 << 13 } } },
	{ "INT n without a length", false,
	  { { F(event), EVENT(INTR_TYPE_SOFT_INTR, 128) } } },
	{ "INT n", true, { { F(event), EVENT(INTR_TYPE_SOFT_INTR, 128) },
			   { F(event_length), 2 } } },
	{ "INT n of 16 bytes", false,
	  { { F(event), EVENT(INTR_TYPE_SOFT_INTR, 128) },
	    { F(event_length), 16 } } },
	{ "S_CET reserved", false, { { F(s_cet), 0x40 } } },
	{ "S_CET, both tracker bits", false, { { F(s_cet), 0xc00 } } },
	{ "SSP not aligned", false, { { F(ssp), 2 } } },
	{ "SSP", false, { { F(ssp), NOT_CANONICAL } } },
	{ "table of SSPs", false, { { F(ssp_table), NOT_CANONICAL } } },
};

static bool try(u32 i)
{
	struct vmx_guest g = linux64;
	u32 k;

	for (k = 0; k < 3; k++)
		if (cases[i].set[k].index || cases[i].set[k].val)
			((u64 *)&g)[cases[i].set[k].index] =
				cases[i].set[k].val;
	return vmx_guest_ok(&g, &limits);
}

int main(void)
{
	struct vmx_limits more = limits;
	struct vmx_guest g = real_mode();
	u32 i;

	printf("TAP version 13\n1..%zu\n", ARRAY_SIZE(cases) + 5);
	check(vmx_guest_ok(&linux64, &limits), "64-bit Linux");
	check(vmx_guest_ok(&g, &limits), "real mode");
	g.cr4 |= X86_CR4_PCIDE;
	check(!vmx_guest_ok(&g, &limits), "PCIDs without long mode");
	g = linux64;
	g.event = EXCEPTION(21) | INTR_INFO_DELIVER_CODE_MASK;
	more.cp_error_code = true;
	check(vmx_guest_ok(&g, &more), "#CP where it may have an error code");
	g.event = EVENT(INTR_TYPE_SOFT_INTR, 128);
	more.soft_length_zero = true;
	check(vmx_guest_ok(&g, &more), "INT n where no length is needed");
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		check(try(i) == cases[i].ok, cases[i].what);
	return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
