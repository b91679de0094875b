// SPDX-License-Identifier: GPL-2.0
/*
 * Virtual processors of the puppet: slots, descriptor tables, and the initial
 * context of those that it enables.  Must never change a register that a VP
 * came up with before it is recorded.
 */
#include <asm/msr.h>

#include "internal.h"

#define ATTR_CODE64	0xa09b
#define ATTR_DATA	0xc093
#define ATTR_TSS_BUSY	0x008b
#define CONTEXT_CR0	(X86_CR0_PE | X86_CR0_MP | X86_CR0_ET | X86_CR0_NE | \
			 X86_CR0_WP | X86_CR0_PG)
#define CONTEXT_CR4	(X86_CR4_DE | X86_CR4_PAE | X86_CR4_PGE | \
			 X86_CR4_OSFXSR | X86_CR4_OSXMMEXCPT)
#define CONTEXT_EFER	(EFER_LME | EFER_LMA | EFER_NX)

static_assert(offsetof(struct vp, try_sp) == VP_TRY_SP, "vp");
static_assert(offsetof(struct regs, xmm) == REGS_XMM, "regs");
static_assert(offsetof(struct slot, intercepts) == SLOT_IST_TOP, "slot");
static_assert(offsetof(struct slot, stack) == SLOT_STACK, "slot");
static_assert(sizeof(struct slot) == SLOT_SIZE, "slot");

extern u8 puppet_slots[MAX_VPS][SLOT_SIZE];
u8 puppet_slots[MAX_VPS][SLOT_SIZE] __aligned(SLOT_SIZE);

static struct idt_gate idt[256] __aligned(16);
static struct hv_input_enable_vp_vtl enable_input __aligned(PAGE_SIZE);

static const u32 msrs[PUPPET_NR_MSRS] = {
	[PUPPET_MSR_EFER] = MSR_EFER,
	[PUPPET_MSR_PAT] = MSR_IA32_CR_PAT,
	[PUPPET_MSR_FS_BASE] = MSR_FS_BASE,
	[PUPPET_MSR_GS_BASE] = MSR_GS_BASE,
	[PUPPET_MSR_KERNEL_GS_BASE] = MSR_KERNEL_GS_BASE,
	[PUPPET_MSR_STAR] = MSR_STAR,
	[PUPPET_MSR_LSTAR] = MSR_LSTAR,
	[PUPPET_MSR_CSTAR] = MSR_CSTAR,
	[PUPPET_MSR_SFMASK] = MSR_SYSCALL_MASK,
	[PUPPET_MSR_SYSENTER_CS] = MSR_IA32_SYSENTER_CS,
	[PUPPET_MSR_SYSENTER_ESP] = MSR_IA32_SYSENTER_ESP,
	[PUPPET_MSR_SYSENTER_EIP] = MSR_IA32_SYSENTER_EIP,
	[PUPPET_MSR_TSC_AUX] = MSR_TSC_AUX,
	[PUPPET_MSR_VP_INDEX] = HV_X64_MSR_VP_INDEX,
	[PUPPET_MSR_VP_ASSIST_PAGE] = HV_X64_MSR_VP_ASSIST_PAGE,
	[PUPPET_MSR_GUEST_OS_ID] = HV_X64_MSR_GUEST_OS_ID,
	[PUPPET_MSR_HYPERCALL] = HV_X64_MSR_HYPERCALL,
};

u8 *slot_of(u32 index)
{
	return puppet_slots[index];
}

/* First of all, before the VP's own tables are loaded. */
void vp_record_start(struct vp *vp, u64 rflags, u64 rsp)
{
	u32 i;

	for (i = 0; i < PUPPET_NR_REGISTERS; i++)
		if (i != PUPPET_XCR0)
			vp->start.reg[i] = read_register(i);
	vp->start.reg[PUPPET_RFLAGS] = rflags;
	vp->start.count++;
	vp->start.rsp = rsp;
	vp->start.stack_top = (u64)vp + SLOT_SIZE;
	vp->start.cr0 = CONTEXT_CR0;
	vp->start.cr3 = tables_cr3;
	vp->start.cr4 = CONTEXT_CR4;
	vp->start.efer = CONTEXT_EFER;
}

/* An MSR may be missing, so a handler must be there. */
static void record_msrs(struct vp *vp)
{
	u32 i;

	for (i = 0; i < PUPPET_NR_MSRS; i++) {
		guarded_rdmsr(msrs[i], &vp->start.msr[i]);
		vp->start.msr_fault[i] = vp->fault.vector;
	}
}

static void setup_idt(void)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(idt); i++) {
		u64 entry = (u64)trap_entries[i];

		idt[i] = (struct idt_gate){
			.offset_low = entry & 0xffff,
			.selector = SEL_CODE,
			.ist = i == X86_TRAP_DF,
			.attr = IDT_GATE_INTERRUPT,
			.offset_mid = entry >> 16 & 0xffff,
			.offset_high = entry >> 32,
		};
	}
}

static void fill_tables(struct vp *vp)
{
	u64 tss = (u64)&vp->tss;

	vp->tss.ist[0] = (u64)vp + SLOT_IST_TOP;
	vp->tss.iomap_base = sizeof(vp->tss);
	vp->gdt[SEL_CODE / 8] = GDT_KERNEL_CODE64;
	vp->gdt[SEL_DATA / 8] = GDT_KERNEL_DATA;
	vp->gdt[SEL_TSS / 8] = gdt_tss_low(tss, sizeof(vp->tss) - 1);
	vp->gdt[SEL_TSS / 8 + 1] = tss >> 32;
}

void vp_setup(u32 index)
{
	struct vp *vp = this_vp();
	struct desc_ptr gdtr = { sizeof(vp->gdt) - 1, (u64)vp->gdt };
	struct desc_ptr idtr = { sizeof(idt) - 1, (u64)idt };

	if (!index)
		setup_idt();
	vp->index = index;
	fill_tables(vp);
	lgdt(&gdtr);
	lidt(&idtr);
	load_code_segment(SEL_CODE);
	write_ss(SEL_DATA);
	write_ds(SEL_DATA);
	write_es(SEL_DATA);
	write_ldtr(0);
	write_tr(SEL_TSS);
	record_msrs(vp);
	write_cr0(CONTEXT_CR0);
	write_cr4(CONTEXT_CR4);
	wrmsr(MSR_EFER, CONTEXT_EFER);
}

__noreturn void puppet_start(u64 rflags, u64 rsp)
{
	struct vp *vp = this_vp();

	vp_record_start(vp, rflags, rsp);
	vp_setup(((u64)vp - (u64)puppet_slots) / SLOT_SIZE);
	vp->regs = (struct regs){ .gpr[PUPPET_RDI] = VSM_S_OK };
	scall_loop();
}

static struct hv_x64_segment_register segment(u16 selector, u16 attributes)
{
	return (struct hv_x64_segment_register){
		.limit = 0xffffffff,
		.selector = selector,
		.attributes = attributes,
	};
}

/* Every field has a value of its own, as far as a VP can start with it. */
static void fill_context(struct vp *vp, struct hv_initial_vp_context *c)
{
	*c = (struct hv_initial_vp_context){
		.rip = (u64)puppet_entry_vp,
		.rsp = (u64)vp + SLOT_SIZE,
		.rflags = X86_EFLAGS_FIXED | PUPPET_CONTEXT_RFLAGS,
		.cs = segment(SEL_CODE, ATTR_CODE64),
		.ds = segment(SEL_DATA, ATTR_DATA),
		.es = segment(SEL_DATA, ATTR_DATA),
		.fs = segment(SEL_DATA, ATTR_DATA),
		.gs = segment(SEL_DATA, ATTR_DATA),
		.ss = segment(SEL_DATA, ATTR_DATA),
		.tr = {
			.base = (u64)&vp->tss,
			.limit = sizeof(vp->tss) - 1,
			.selector = SEL_TSS,
			.attributes = ATTR_TSS_BUSY,
		},
		.idtr = { .limit = sizeof(idt) - 1, .base = (u64)idt },
		.gdtr = { .limit = sizeof(vp->gdt) - 1, .base = (u64)vp->gdt },
		.efer = CONTEXT_EFER,
		.cr0 = CONTEXT_CR0,
		.cr3 = tables_cr3,
		.cr4 = CONTEXT_CR4,
		.msr_cr_pat = PUPPET_CONTEXT_PAT,
	};
	c->fs.base = PUPPET_CONTEXT_FS_BASE;
	c->gs.base = PUPPET_CONTEXT_GS_BASE;
}

static_assert(sizeof(struct hv_input_start_vp) == sizeof(enable_input),
	      "one input for both");

/* One VP at a time: the driver asks for them in turn. */
static u64 come_up(u64 control, u32 index)
{
	struct vp *vp = (struct vp *)slot_of(index);
	struct regs regs = {
		.gpr[PUPPET_RCX] = control,
		.gpr[PUPPET_RDX] = image_pa(&enable_input),
	};

	fill_tables(vp);
	enable_input = (struct hv_input_enable_vp_vtl){
		.partition_id = HV_PARTITION_ID_SELF,
		.vp_index = index,
		.target_vtl = 1,
	};
	fill_context(vp, &enable_input.context);
	vmcall_regs(&regs);
	return regs.gpr[PUPPET_RAX];
}

u64 vp_enable(u32 index)
{
	return come_up(HVCALL_ENABLE_VP_VTL, index);
}

/* It starts where it came up first, its slot as it was left. */
u64 vp_start(u32 index)
{
	if (!index || index >= MAX_VPS)
		return HV_STATUS_INVALID_VP_INDEX;
	return come_up(HVCALL_START_VP, index);
}
