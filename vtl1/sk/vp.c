// SPDX-License-Identifier: GPL-2.0
/*
 * Descriptor tables, stacks and VSM state of each virtual processor.
 * Must never take FS, GS or SYSCALL state of the processor into use: that is
 * VTL0's until it is switched.
 */
#include <asm/msr.h>
#include <vsm/hvcall.h>

#include "code.h"
#include "vp.h"

#define ATTR_CODE64	0xa09b
#define ATTR_DATA	0xc093
#define ATTR_TSS_BUSY	0x008b

static_assert(sizeof(struct vp) <= PAGE_SIZE, "struct vp is one page");
static_assert(offsetof(struct scall_regs, r10) == REGS_R10, "scall_regs");
static_assert(offsetof(struct user_regs, rdx) == USER_RDX, "user_regs");
static_assert(sizeof(struct trap_regs) == 22 * 8, "trap_regs");
static_assert(sizeof(struct gprs) == 15 * 8, "gprs");
static_assert(offsetof(struct vp, assist) == VP_ASSIST, "vp");
static_assert(offsetof(struct hv_vp_assist_page, entry_reason) ==
	      ASSIST_REASON && HV_VTL_ENTRY_INTERRUPT == ENTRY_INTERRUPT,
	      "entry reason");

static struct idt_gate idt[256] __aligned(16);
static struct vp *vps[VP_MAX];		/* written once, before it is enabled */

struct vp *vp_get(u32 index)
{
	return index < VP_MAX ? vps[index] : NULL;
}

static void set_gate(u32 vector, u8 ist, u8 attr)
{
	u64 entry = (u64)trap_entries[vector];

	idt[vector] = (struct idt_gate){
		.offset_low = entry & 0xffff,
		.selector = SEL_KERNEL_CODE,
		.ist = ist,
		.attr = attr,
		.offset_mid = entry >> 16 & 0xffff,
		.offset_high = entry >> 32,
	};
}

void vp_setup_idt(void)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(idt); i++)
		set_gate(i, 0, IDT_GATE_INTERRUPT);
	set_gate(X86_TRAP_NMI, IST_NMI, IDT_GATE_INTERRUPT);
	set_gate(X86_TRAP_DF, IST_DF, IDT_GATE_INTERRUPT);
	set_gate(X86_TRAP_MC, IST_MC, IDT_GATE_INTERRUPT);
	set_gate(0x80, 0, IDT_GATE_INTERRUPT_USER);
}

static bool back_slot(u64 slot)
{
	return paging_back(slot, PAGE_SIZE) &&
	       paging_back(slot + SLOT_DF_TOP - PAGE_SIZE, PAGE_SIZE) &&
	       paging_back(slot + SLOT_NMI_TOP - PAGE_SIZE, PAGE_SIZE) &&
	       paging_back(slot + SLOT_MC_TOP - PAGE_SIZE, PAGE_SIZE) &&
	       paging_back(slot + SLOT_VP_STACK, SLOT_SIZE - SLOT_VP_STACK);
}

static void fill_tables(struct vp *vp)
{
	u64 tss = (u64)&vp->tss, slot = (u64)vp;

	vp->tss.rsp[0] = slot + SLOT_SIZE;
	vp->tss.ist[IST_DF - 1] = slot + SLOT_DF_TOP;
	vp->tss.ist[IST_NMI - 1] = slot + SLOT_NMI_TOP;
	vp->tss.ist[IST_MC - 1] = slot + SLOT_MC_TOP;
	vp->tss.iomap_base = sizeof(vp->tss);

	vp->gdt[SEL_KERNEL_CODE / 8] = GDT_KERNEL_CODE64;
	vp->gdt[SEL_KERNEL_DATA / 8] = GDT_KERNEL_DATA;
	vp->gdt[SEL_USER_DATA / 8] = GDT_USER_DATA;
	vp->gdt[SEL_USER_CODE / 8] = GDT_USER_CODE64;
	vp->gdt[SEL_TSS / 8] = gdt_tss_low(tss, sizeof(vp->tss) - 1);
	vp->gdt[SEL_TSS / 8 + 1] = tss >> 32;
}

struct vp *vp_create(u32 index)
{
	u64 slot = SK_STACKS + index * SLOT_SIZE, assist, messages;
	struct vp *vp = (struct vp *)slot;

	if (vps[index])
		return vps[index];
	assist = page_alloc();
	messages = page_alloc();
	if (!assist || !messages || !back_slot(slot)) {
		if (assist)
			page_free(assist);
		if (messages)
			page_free(messages);
		return NULL;
	}
	vp->head.vp = vp;
	vp->index = index;
	vp->assist = pa_va(assist);
	vp->messages = pa_va(messages);
	fill_tables(vp);
	vps[index] = vp;
	return vp;
}

void vp_setup_cpu(struct vp *vp)
{
	struct desc_ptr gdtr = { sizeof(vp->gdt) - 1, (u64)vp->gdt };
	struct desc_ptr idtr = { sizeof(idt) - 1, (u64)idt };

	lgdt(&gdtr);
	lidt(&idtr);
	load_code_segment(SEL_KERNEL_CODE);
	write_ss(SEL_KERNEL_DATA);
	write_ds(SEL_KERNEL_DATA);
	write_es(SEL_KERNEL_DATA);
	write_ldtr(0);
	write_tr(SEL_TSS);
}

/* What the hypervisor keeps for each VP and VTL; on that VP. */
bool vp_setup_hv(struct vp *vp)
{
	u64 ret;

	wrmsr(HV_X64_MSR_VP_ASSIST_PAGE, va_pa(vp->assist) | HV_MSR_ENABLE);
	ret = hv_set_register(HV_REGISTER_VSM_VINA,
			      SK_VINA_VECTOR | HV_VSM_VINA_ENABLED |
			      HV_VSM_VINA_AUTO_RESET | HV_VSM_VINA_AUTO_EOI);
	if (ret)
		sk_log("VP %u: VINA refused: status 0x%lx", vp->index, ret);
	/* A trustlet's SYSENTER is #GP. */
	wrmsr(MSR_IA32_SYSENTER_CS, 0);
	vp->online = !ret && intercept_setup(vp);
	return vp->online;
}

/* C entry of every VP but 0. */
__noreturn void vp_start(void);
__noreturn void vp_start(void)
{
	struct vp *vp = this_vp();

	write_ldtr(0);
	if (!vp_setup_hv(vp) || (code_is_on() && !pin_setup(vp)))
		scall_loop(VSM_S_NOT_READY, 0);
	sk_log("VP %u is up", vp->index);
	scall_loop(VSM_S_OK, 0);
}

static struct hv_x64_segment_register segment(u16 selector, u16 attributes)
{
	return (struct hv_x64_segment_register){
		.limit = 0xffffffff,
		.selector = selector,
		.attributes = attributes,
	};
}

static void fill_context(const struct vp *vp, struct hv_initial_vp_context *c)
{
	*c = (struct hv_initial_vp_context){
		.rip = (u64)sk_entry_vp,
		.rsp = (u64)vp + SLOT_SIZE,
		.rflags = X86_EFLAGS_FIXED,
		.cs = segment(SEL_KERNEL_CODE, ATTR_CODE64),
		.ds = segment(SEL_KERNEL_DATA, ATTR_DATA),
		.es = segment(SEL_KERNEL_DATA, ATTR_DATA),
		.fs = segment(SEL_KERNEL_DATA, ATTR_DATA),
		.gs = segment(SEL_KERNEL_DATA, ATTR_DATA),
		.ss = segment(SEL_KERNEL_DATA, ATTR_DATA),
		.tr = {
			.base = (u64)&vp->tss,
			.limit = sizeof(vp->tss) - 1,
			.selector = SEL_TSS,
			.attributes = ATTR_TSS_BUSY,
		},
		.idtr = { .limit = sizeof(idt) - 1, .base = (u64)idt },
		.gdtr = { .limit = sizeof(vp->gdt) - 1, .base = (u64)vp->gdt },
		.efer = EFER_LME | EFER_LMA | EFER_NX,
		.cr0 = sk.cr0,
		.cr3 = sk.kernel_cr3,
		.cr4 = sk.cr4,
		.msr_cr_pat = rdmsr(MSR_IA32_CR_PAT),
	};
}

u64 vp_enable(u32 index)
{
	static struct spinlock lock;
	struct hv_initial_vp_context context;
	u64 flags, status;
	struct vp *vp;

	if (!index || index >= VP_MAX || index >= sk.loader.max_vps)
		return VSM_S_INVALID_PARAMETER;
	flags = sk_lock(&lock);
	vp = vp_create(index);
	sk_unlock(&lock, flags);
	if (!vp)
		return VSM_S_NO_MEMORY;
	fill_context(vp, &context);
	status = hv_enable_vp(index, &context);
	if (!status || status == HV_STATUS_VTL_ALREADY_ENABLED)
		return VSM_S_OK;
	sk_log("VP %u: not enabled: status 0x%lx", index, status);
	return VSM_S_INVALID_PARAMETER;
}

u64 scall_enable_vp(const u64 arg[5], u64 ret[3])
{
	(void)ret;
	return arg[0] < VP_MAX ? vp_enable(arg[0]) : VSM_S_INVALID_PARAMETER;
}

void vp_totals(u32 *ret_nr, u64 *ret_scalls, u64 *ret_preemptions)
{
	u32 i;

	*ret_nr = 0;
	*ret_scalls = 0;
	*ret_preemptions = 0;
	for (i = 0; i < VP_MAX; i++) {
		if (!vps[i] || !vps[i]->online)
			continue;
		++*ret_nr;
		*ret_scalls += vps[i]->scalls;
		*ret_preemptions += vps[i]->preemptions;
	}
}
