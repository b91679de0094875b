// SPDX-License-Identifier: GPL-2.0
/*
 * Secure intercepts on VMX: the controls that make VTL0 exit, the state that
 * the messages carry, exits for descriptor-table instructions.  Must never
 * touch VTL1's controls.  Source: SDM, "Guest/Host Masks and Read Shadows",
 * "VM-Exit Instruction-Information Field".
 */
#include <asm/msr.h>
#include <vsm/string.h>

#include "vmx.h"

#define TABLES	(HV_INTERCEPT_GDTR_WRITE | HV_INTERCEPT_IDTR_WRITE | \
		 HV_INTERCEPT_LDTR_WRITE | HV_INTERCEPT_TR_WRITE)

/* Instruction information of descriptor-table exits. */
#define INFO_SCALE(i)		((i) & 3)
#define INFO_ADDRESS_SIZE(i)	((i) >> 7 & 7)
#define INFO_REGISTER(i)	((i) & BIT(10))
#define INFO_REG1(i)		((i) >> 3 & 0xf)
#define INFO_SEGMENT(i)		((i) >> 15 & 7)
#define INFO_INDEX(i)		((i) >> 18 & 0xf)
#define INFO_NO_INDEX(i)	((i) & BIT(22))
#define INFO_BASE(i)		((i) >> 23 & 0xf)
#define INFO_NO_BASE(i)		((i) & BIT(27))
#define INFO_LOADS(i)		((i) & BIT(29))
#define INFO_SECOND(i)		((i) & BIT(28))	/* IDTR, TR */

static void read_segment(u32 s, struct hv_x64_segment_register *reg)
{
	u32 ar = vmcs_read32(GUEST_SEG_AR_BYTES(s));

	reg->base = vmcs_readl(GUEST_SEG_BASE(s));
	reg->limit = vmcs_read32(GUEST_SEG_LIMIT(s));
	reg->selector = vmcs_read16(GUEST_SEG_SELECTOR(s));
	reg->attributes = ar & SEG_AR_UNUSABLE ? 0 : ar & 0xf0ff;
}

static u16 exec_state(const struct pcpu *cpu)
{
	u64 cr0 = vmcs_readl(GUEST_CR0);

	return vcpu_cpl() |
	       (cr0 & X86_CR0_PE ? HV_EXEC_CR0_PE : 0) |
	       (cr0 & X86_CR0_AM ? HV_EXEC_CR0_AM : 0) |
	       (vmcs_read64(GUEST_IA32_EFER) & EFER_LMA ?
		HV_EXEC_EFER_LMA : 0) |
	       (vmcs_readl(GUEST_DR7) & 0xff ? HV_EXEC_DEBUG_ACTIVE : 0) |
	       (vmcs_read32(VM_ENTRY_INTR_INFO_FIELD) & INTR_INFO_VALID_MASK ?
		HV_EXEC_INTERRUPTION_PENDING : 0) |
	       (vmcs_read32(GUEST_INTERRUPTIBILITY_INFO) &
		(GUEST_INTR_STATE_STI | GUEST_INTR_STATE_MOV_SS) ?
		HV_EXEC_INTERRUPT_SHADOW : 0) |
	       cpu->active_vtl << HV_EXEC_VTL_SHIFT;
}

/* The instruction's length is known for exits that instructions cause only. */
void vcpu_intercept_header(struct pcpu *cpu, struct hv_x64_intercept_header *h,
			   u8 access, bool instruction)
{
	h->vp_index = cpu->index;
	h->length_cr8 = read_cr8() << 4;
	if (instruction)
		h->length_cr8 |= vmcs_read32(VM_EXIT_INSTRUCTION_LEN) & 0xf;
	h->access = access;
	h->exec_state = exec_state(cpu);
	read_segment(VMCS_SEG_CS, &h->cs);
	h->rip = vmcs_readl(GUEST_RIP);
	h->rflags = vmcs_readl(GUEST_RFLAGS);
}

void vcpu_intercept_registers(struct pcpu *cpu,
			      struct hv_x64_memory_intercept *m)
{
	static_assert(sizeof(m->gpr) == sizeof(*cpu->regs), "one order");
	read_segment(VMCS_SEG_DS, &m->ds);
	read_segment(VMCS_SEG_SS, &m->ss);
	memcpy(m->gpr, cpu->regs, sizeof(m->gpr));
	m->gpr[4] = vmcs_readl(GUEST_RSP);
}

static void apply_cr(enum vmcs_field reg, enum vmcs_field mask_field,
		     enum vmcs_field shadow_field, u64 fixed, u64 wanted)
{
	u64 shadow = __vmread(shadow_field) & fixed;

	/* What VTL0 reads of its own bits is what is in force. */
	vmcs_write(mask_field, fixed | wanted);
	vmcs_write(shadow_field, shadow | (__vmread(reg) & ~fixed));
}

static void apply_msr(struct pcpu *cpu, u32 msr, bool write, bool exits)
{
	msr_bitmap_set(cpu, 0, msr, write, exits);
}

/* Descriptor tables; VTL0's VMCS is current. */
static void apply_tables(struct pcpu *cpu)
{
	u32 secondary = vmcs_read32(SECONDARY_VM_EXEC_CONTROL) &
			~SECONDARY_EXEC_DESC;

	if ((cpu->intercepts.control & TABLES) && !cpu->stepping)
		secondary |= SECONDARY_EXEC_DESC;
	vmcs_write32(SECONDARY_VM_EXEC_CONTROL, secondary);
}

/* The same. */
static void apply(struct pcpu *cpu)
{
	const struct hv_intercepts *i = &cpu->intercepts;

	apply_cr(GUEST_CR0, CR0_GUEST_HOST_MASK, CR0_READ_SHADOW,
		 vmx_cr0_fixed(),
		 i->control & HV_INTERCEPT_CR0_WRITE ? i->cr0_mask : 0);
	apply_cr(GUEST_CR4, CR4_GUEST_HOST_MASK, CR4_READ_SHADOW,
		 X86_CR4_VMXE | X86_CR4_SMXE,
		 i->control & HV_INTERCEPT_CR4_WRITE ? i->cr4_mask : 0);
	apply_tables(cpu);
	intercept_msrs(cpu, apply_msr, cpu);
}

void vcpu_apply_intercepts(struct pcpu *cpu)
{
	BUG_ON(!vmptrld(cpu->vtl[0].vmcs));
	apply(cpu);
	BUG_ON(!vmptrld(active_vtl(cpu)->vmcs));
}

/*
 * VTL0 exits after each instruction: one that is not asked about what others of
 * its kind are, or as long as it is watched.  Its VMCS is current.
 */
void vmx_step(struct pcpu *cpu, bool stepping, bool watched)
{
	struct hv_vp_vtl *v = &cpu->vtl[0];

	cpu->stepping = stepping;
	cpu->watched = watched;
	v->cpu_controls &= ~CPU_BASED_MONITOR_TRAP_FLAG;
	if (stepping || watched)
		v->cpu_controls |= CPU_BASED_MONITOR_TRAP_FLAG;
	vmcs_write32(CPU_BASED_VM_EXEC_CONTROL, v->cpu_controls);
	apply_tables(cpu);
}

/* Let VTL0 execute one instruction that only its neighbours are seen for. */
static void step_over(struct pcpu *cpu)
{
	vmx_step(cpu, true, cpu->watched);
}

void exit_monitor_trap(struct pcpu *cpu)
{
	if (cpu->stepping || cpu->watched)
		vmx_step(cpu, false, cpu->watched);
	else
		exit_unexpected(cpu);
}

static u64 gpr(const struct pcpu *cpu, u32 reg)
{
	/* Index 4 is RSP, which lives in the VMCS. */
	return reg == 4 ? vmcs_readl(GUEST_RSP) :
			  ((const u64 *)cpu->regs)[reg];
}

/* Linear address of the operand: SDM, "Exit Qualification": displacement. */
static u64 operand(const struct pcpu *cpu, u32 info)
{
	static const u64 masks[] = { 0xffff, 0xffffffff, ~0ULL };
	u32 size = INFO_ADDRESS_SIZE(info), s = INFO_SEGMENT(info);
	u64 addr = vmcs_readl(EXIT_QUALIFICATION);

	if (!INFO_NO_BASE(info))
		addr += gpr(cpu, INFO_BASE(info));
	if (!INFO_NO_INDEX(info))
		addr += gpr(cpu, INFO_INDEX(info)) << INFO_SCALE(info);
	addr &= masks[MIN(size, 2U)];
	/* 64-bit mode: only FS and GS have a base. */
	if (!vcpu_long_mode() || s == VMCS_SEG_FS || s == VMCS_SEG_GS)
		addr += vmcs_readl(GUEST_SEG_BASE(s));
	return vcpu_long_mode() ? addr : (u32)addr;
}

static void table_exit(struct pcpu *cpu, const u64 wanted[2],
		       const u32 name[2], bool memory)
{
	u32 info = vmcs_read32(VMX_INSTRUCTION_INFO);
	u32 which = INFO_SECOND(info) ? 1 : 0;
	u64 val;

	if (!INFO_LOADS(info) ||
	    !(cpu->intercepts.control & wanted[which])) {
		step_over(cpu);
		return;
	}
	memory = memory || !INFO_REGISTER(info);
	val = memory ? operand(cpu, info) : (u16)gpr(cpu, INFO_REG1(info));
	/* SDM: these fault at CPL above 0 before they exit. */
	if (!intercept_register(cpu, name[which], memory, val))
		vcpu_inject_gp();
}

void exit_gdtr_idtr(struct pcpu *cpu)
{
	static const u64 wanted[] = {
		HV_INTERCEPT_GDTR_WRITE, HV_INTERCEPT_IDTR_WRITE,
	};
	static const u32 name[] = {
		HV_X64_REGISTER_GDTR, HV_X64_REGISTER_IDTR,
	};

	table_exit(cpu, wanted, name, true);
}

void exit_ldtr_tr(struct pcpu *cpu)
{
	static const u64 wanted[] = {
		HV_INTERCEPT_LDTR_WRITE, HV_INTERCEPT_TR_WRITE,
	};
	static const u32 name[] = {
		HV_X64_REGISTER_LDTR, HV_X64_REGISTER_TR,
	};

	table_exit(cpu, wanted, name, false);
}
