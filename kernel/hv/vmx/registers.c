// SPDX-License-Identifier: GPL-2.0
/*
 * Architectural registers of a lower VTL, by TLFS name, for the VTL above it on
 * the same VP.  Must never leave a state that VM entry refuses, nor let a value
 * fault in root mode.  Source: TLFS, "HvCallSetVpRegisters", "State Isolation",
 * "HV_REGISTER_NAME"; SDM, "Checks on the Guest State Area".
 */
#include <asm/msr.h>

#include "../trap.h"
#include "guest.h"
#include "vmx.h"

#define CR0_RSVD		(~0xe005003fULL)
#define CR3_LAM			(3ULL << 61)
#define DR6_FIXED_1		0xfffe07f0ULL
#define DR6_FIXED_0		0x1000ULL
#define DR7_FIXED_1		0x400ULL
#define DR7_FIXED_0		0xd000ULL
#define SEG_ATTRIBUTES		0xf0ff
#define SEG_PRESENT		0x80

#define PENDING			BIT_ULL(0)
#define PENDING_TYPE(v)		((v) >> 1 & 7)
#define PENDING_ERROR		BIT_ULL(4)
#define PENDING_LENGTH(v)	((v) >> 5 & 0xf)
#define PENDING_VECTOR(v)	((v) >> 16 & 0xff)
#define PENDING_RSVD		0xff00fe00ULL
#define STATE_SHADOW		BIT_ULL(0)
#define STATE_NMI_MASKED	BIT_ULL(1)

/* In the order of struct vmx_guest. */
static const u16 fields[] = {
	GUEST_CR0, CR0_READ_SHADOW, GUEST_CR3, GUEST_CR4, CR4_READ_SHADOW,
	GUEST_IA32_EFER, VM_ENTRY_CONTROLS, GUEST_RSP, GUEST_RIP, GUEST_RFLAGS,
	GUEST_DR7, GUEST_IA32_DEBUGCTL, GUEST_IA32_PAT,
	GUEST_SYSENTER_CS, GUEST_SYSENTER_ESP, GUEST_SYSENTER_EIP,
	GUEST_ES_SELECTOR, GUEST_ES_LIMIT, GUEST_ES_AR_BYTES, GUEST_ES_BASE,
	GUEST_CS_SELECTOR, GUEST_CS_LIMIT, GUEST_CS_AR_BYTES, GUEST_CS_BASE,
	GUEST_SS_SELECTOR, GUEST_SS_LIMIT, GUEST_SS_AR_BYTES, GUEST_SS_BASE,
	GUEST_DS_SELECTOR, GUEST_DS_LIMIT, GUEST_DS_AR_BYTES, GUEST_DS_BASE,
	GUEST_FS_SELECTOR, GUEST_FS_LIMIT, GUEST_FS_AR_BYTES, GUEST_FS_BASE,
	GUEST_GS_SELECTOR, GUEST_GS_LIMIT, GUEST_GS_AR_BYTES, GUEST_GS_BASE,
	GUEST_LDTR_SELECTOR, GUEST_LDTR_LIMIT, GUEST_LDTR_AR_BYTES, GUEST_LDTR_BASE,
	GUEST_TR_SELECTOR, GUEST_TR_LIMIT, GUEST_TR_AR_BYTES, GUEST_TR_BASE,
	GUEST_GDTR_BASE, GUEST_GDTR_LIMIT, GUEST_IDTR_BASE, GUEST_IDTR_LIMIT,
	GUEST_INTERRUPTIBILITY_INFO, GUEST_ACTIVITY_STATE,
	GUEST_PENDING_DBG_EXCEPTIONS, VM_ENTRY_INTR_INFO_FIELD,
	VM_ENTRY_EXCEPTION_ERROR_CODE, VM_ENTRY_INSTRUCTION_LEN,
	GUEST_S_CET, GUEST_SSP, GUEST_INTR_SSP_TABLE,
};

static_assert(ARRAY_SIZE(fields) == VMX_GUEST_NR, "vmx_guest");

/* Registers that are one field, and nothing else follows from them. */
#define INDEX(member)	(offsetof(struct vmx_guest, member) / sizeof(u64))
#define PLAIN(name, member)	{ HV_X64_REGISTER_##name, INDEX(member) }

static const struct {
	u32 name;
	u16 index;
} plain[] = {
	PLAIN(RSP, rsp), PLAIN(RIP, rip), PLAIN(RFLAGS, rflags),
	PLAIN(CR3, cr3), PLAIN(DR7, dr7), PLAIN(PAT, pat), PLAIN(EFER, efer),
	PLAIN(SYSENTER_CS, sysenter_cs), PLAIN(SYSENTER_ESP, sysenter_esp),
	PLAIN(SYSENTER_EIP, sysenter_eip), PLAIN(S_CET, s_cet),
	PLAIN(SSP, ssp), PLAIN(INTERRUPT_SSP_TABLE_ADDR, ssp_table),
};

static u32 nr_fields(void)
{
	return vmcs_read32(VM_ENTRY_CONTROLS) & VM_ENTRY_LOAD_CET_STATE ?
	       VMX_GUEST_NR : VMX_GUEST_NR - VMX_GUEST_NR_CET;
}

static void load(struct vmx_guest *g)
{
	u64 *val = (u64 *)g;
	u32 nr = nr_fields();

	for (u32 i = 0; i < VMX_GUEST_NR; i++)
		val[i] = i < nr ? __vmread(fields[i]) : 0;
}

static void store(const struct vmx_guest *g)
{
	const u64 *val = (const u64 *)g;
	u32 nr = nr_fields();

	for (u32 i = 0; i < nr; i++)
		if (__vmread(fields[i]) != val[i])
			vmcs_write(fields[i], val[i]);
}

static void read_limits(struct pcpu *cpu, struct vmx_limits *l)
{
	u32 r[4];

	cpuid_lookup(cpu, 7, 1, r);
	l->cr0_fixed0 = vmx_cr0_fixed();
	l->cr0_fixed1 = rdmsr(MSR_IA32_VMX_CR0_FIXED1);
	l->cr4_fixed0 = rdmsr(MSR_IA32_VMX_CR4_FIXED0);
	l->cr4_fixed1 = rdmsr(MSR_IA32_VMX_CR4_FIXED1);
	l->cr3_mask = hv.maxphyaddr_mask | (r[0] & CPUID_7_1_EAX_LAM ? CR3_LAM : 0);
	l->soft_length_zero = rdmsr(MSR_IA32_VMX_MISC) & VMX_MISC_ZERO_LENGTH;
	l->cp_error_code = rdmsr(MSR_IA32_VMX_BASIC) & VMX_BASIC_ANY_ERROR_CODE;
}

/* What the VTL itself reads: hidden bits come from the read shadow. */
static u64 visible_cr(u64 reg, u64 shadow, enum vmcs_field mask)
{
	u64 hidden = __vmread(mask);

	return (reg & ~hidden) | (shadow & hidden);
}

static void get_segment(const struct vmx_segment *s,
			struct hv_register_value *val)
{
	u64 ar = s->ar & SEG_ATTRIBUTES;

	/* TLFS: what is not present acts like a null segment. */
	if (s->ar & SEG_AR_UNUSABLE)
		ar &= ~(u64)SEG_PRESENT;
	val->low = s->base;
	val->high = s->limit | s->selector << 32 | ar << 48;
}

static void get_table(u64 base, u64 limit, struct hv_register_value *val)
{
	val->low = limit << 48;
	val->high = base;
}

/* Types are the same in both interfaces. */
static u64 get_interruption(const struct vmx_guest *g)
{
	u64 val;

	if (!(g->event & INTR_INFO_VALID_MASK))
		return 0;
	val = PENDING | (g->event & INTR_INFO_TYPE_MASK) >> 8 << 1 |
	      (g->event & INTR_INFO_VECTOR_MASK) << 16;
	if ((g->event & INTR_INFO_TYPE_MASK) >= INTR_TYPE_SOFT_INTR)
		val |= (g->event_length & 0xf) << 5;
	if (g->event & INTR_INFO_DELIVER_CODE_MASK)
		val |= PENDING_ERROR | g->event_error << 32;
	return val;
}

static u64 get_interrupt_state(const struct vmx_guest *g)
{
	u64 val = 0;

	if (g->interruptibility & (GUEST_INTR_STATE_STI |
				   GUEST_INTR_STATE_MOV_SS))
		val |= STATE_SHADOW;
	if (g->interruptibility & GUEST_INTR_STATE_NMI)
		val |= STATE_NMI_MASKED;
	return val;
}

static int plain_index(u32 name)
{
	for (u32 i = 0; i < ARRAY_SIZE(plain); i++)
		if (plain[i].name == name)
			return plain[i].index;
	return -1;
}

static u64 get(const struct vmx_guest *g, u32 name,
	       struct hv_register_value *val)
{
	int index = plain_index(name);

	if (index >= 0) {
		val->low = ((const u64 *)g)[index];
		return (u32)index < nr_fields() ? HV_STATUS_SUCCESS :
						  HV_STATUS_INVALID_PARAMETER;
	}
	if (name >= HV_X64_REGISTER_ES && name <= HV_X64_REGISTER_TR) {
		get_segment(&g->seg[name - HV_X64_REGISTER_ES], val);
		return HV_STATUS_SUCCESS;
	}
	switch (name) {
	case HV_X64_REGISTER_CR0:
		val->low = visible_cr(g->cr0, g->cr0_shadow,
				      CR0_GUEST_HOST_MASK);
		return HV_STATUS_SUCCESS;
	case HV_X64_REGISTER_CR4:
		val->low = visible_cr(g->cr4, g->cr4_shadow,
				      CR4_GUEST_HOST_MASK);
		return HV_STATUS_SUCCESS;
	case HV_X64_REGISTER_IDTR:
		get_table(g->idtr_base, g->idtr_limit, val);
		return HV_STATUS_SUCCESS;
	case HV_X64_REGISTER_GDTR:
		get_table(g->gdtr_base, g->gdtr_limit, val);
		return HV_STATUS_SUCCESS;
	case HV_REGISTER_PENDING_INTERRUPTION:
		val->low = get_interruption(g);
		return HV_STATUS_SUCCESS;
	case HV_REGISTER_INTERRUPT_STATE:
		val->low = get_interrupt_state(g);
		return HV_STATUS_SUCCESS;
	default:
		return HV_STATUS_INVALID_PARAMETER;
	}
}

u64 vcpu_get_vmcs(struct pcpu *cpu, u8 vtl, u32 name,
		  struct hv_register_value *val)
{
	struct vmx_guest g;
	u64 status;

	BUG_ON(!vmptrld(cpu->vtl[vtl].vmcs));
	load(&g);
	status = get(&g, name, val);
	BUG_ON(!vmptrld(active_vtl(cpu)->vmcs));
	return status;
}

/* LMA is what paging and LME make it; all that depends on it follows. */
static void set_cr0(struct vmx_guest *g, u64 val)
{
	g->cr0 = val | vmx_cr0_fixed();
	g->cr0_shadow = val;
	g->efer &= ~EFER_LMA;
	if ((val & X86_CR0_PG) && (g->efer & EFER_LME))
		g->efer |= EFER_LMA;
}

/* SDM: neither changes while it is in use; nor are there VMX and SMX. */
static bool set_cr4(struct vmx_guest *g, u64 val)
{
	if ((val & (X86_CR4_VMXE | X86_CR4_SMXE)) ||
	    ((g->efer & EFER_LMA) && ((g->cr4 ^ val) & X86_CR4_LA57)))
		return false;
	g->cr4 = val | rdmsr(MSR_IA32_VMX_CR4_FIXED0);
	g->cr4_shadow = val;
	return true;
}

static bool set_segment(struct vmx_segment *s,
			const struct hv_register_value *val)
{
	u64 ar = val->high >> 48;

	if (ar & ~(u64)SEG_ATTRIBUTES)
		return false;
	s->base = val->low;
	s->limit = val->high & 0xffffffff;
	s->selector = val->high >> 32 & 0xffff;
	s->ar = ar & SEG_PRESENT ? ar : ar | SEG_AR_UNUSABLE;
	return true;
}

static bool set_table(u64 *base, u64 *limit,
		      const struct hv_register_value *val)
{
	if (val->low << 16)
		return false;
	*base = val->high;
	*limit = val->low >> 48;
	return true;
}

static bool set_interruption(struct vmx_guest *g, u64 val)
{
	if (!(val & PENDING)) {
		g->event = 0;
		return !val;
	}
	if ((val & PENDING_RSVD) || (!(val & PENDING_ERROR) && val >> 32))
		return false;
	g->event = INTR_INFO_VALID_MASK | PENDING_VECTOR(val) |
		   PENDING_TYPE(val) << 8;
	if (val & PENDING_ERROR)
		g->event |= INTR_INFO_DELIVER_CODE_MASK;
	g->event_error = val >> 32;
	g->event_length = PENDING_LENGTH(val);
	return true;
}

/* A shadow with interrupts off can only be that of MOV SS. */
static bool set_interrupt_state(struct vmx_guest *g, u64 val)
{
	bool step = (g->rflags & X86_EFLAGS_TF) &&
		    !(g->debugctl & DEBUGCTLMSR_BTF);

	if (val & ~(STATE_SHADOW | STATE_NMI_MASKED))
		return false;
	g->interruptibility = 0;
	if (val & STATE_NMI_MASKED)
		g->interruptibility |= GUEST_INTR_STATE_NMI;
	if (val & STATE_SHADOW) {
		g->interruptibility |= g->rflags & X86_EFLAGS_IF ?
				       GUEST_INTR_STATE_STI :
				       GUEST_INTR_STATE_MOV_SS;
		if (step)
			g->pending_debug |= BIT(14);
	}
	return true;
}

static bool set(struct vmx_guest *g, u32 name,
		const struct hv_register_value *val)
{
	int index = plain_index(name);

	if (name >= HV_X64_REGISTER_ES && name <= HV_X64_REGISTER_TR)
		return set_segment(&g->seg[name - HV_X64_REGISTER_ES], val);
	switch (name) {
	case HV_X64_REGISTER_CR0:
		set_cr0(g, val->low);
		return (val->low & X86_CR0_ET) && !(val->low & CR0_RSVD);
	case HV_X64_REGISTER_CR4:
		return set_cr4(g, val->low);
	case HV_X64_REGISTER_IDTR:
		return set_table(&g->idtr_base, &g->idtr_limit, val);
	case HV_X64_REGISTER_GDTR:
		return set_table(&g->gdtr_base, &g->gdtr_limit, val);
	case HV_REGISTER_PENDING_INTERRUPTION:
		return set_interruption(g, val->low);
	case HV_REGISTER_INTERRUPT_STATE:
		return set_interrupt_state(g, val->low);
	case HV_X64_REGISTER_DR7:
		if ((val->low & DR7_FIXED_0) || !(val->low & DR7_FIXED_1))
			return false;
		break;
	default:
		break;
	}
	((u64 *)g)[index] = val->low;
	return true;
}

static bool translates(u32 name)
{
	switch (name) {
	case HV_X64_REGISTER_CR0:
	case HV_X64_REGISTER_CR3:
	case HV_X64_REGISTER_CR4:
	case HV_X64_REGISTER_EFER:
	case HV_X64_REGISTER_PAT:
		return true;
	default:
		return false;
	}
}

/*
 * All or nothing: the whole state with the new value must be one that VM entry
 * takes.  A hint that paging changed is not enough for the processor: VMWRITE
 * leaves translations cached under the VTL's VPID as they are.
 */
u64 vcpu_set_vmcs(struct pcpu *cpu, u8 vtl, u32 name,
		  const struct hv_register_value *val)
{
	u64 status = HV_STATUS_INVALID_REGISTER_VALUE;
	int index = plain_index(name);
	struct vmx_limits limits;
	struct vmx_guest g;

	read_limits(cpu, &limits);
	BUG_ON(!vmptrld(cpu->vtl[vtl].vmcs));
	if (index >= 0 && (u32)index >= nr_fields()) {
		status = HV_STATUS_INVALID_PARAMETER;
		goto out;
	}
	load(&g);
	if (!set(&g, name, val))
		goto out;
	g.entry_controls &= ~(u64)VM_ENTRY_IA32E_MODE;
	if (g.efer & EFER_LMA)
		g.entry_controls |= VM_ENTRY_IA32E_MODE;
	if (!vmx_guest_ok(&g, &limits))
		goto out;
	store(&g);
	if (translates(name))
		vcpu_flush_virtual(vtl);
	status = HV_STATUS_SUCCESS;
out:
	BUG_ON(!vmptrld(active_vtl(cpu)->vmcs));
	return status;
}

/* Shared VP state: the same in all VTLs, and in the processor right now. */
static u64 *gpr(struct pcpu *cpu, u32 name)
{
	return &((u64 *)cpu->regs)[name - HV_X64_REGISTER_RAX];
}

u64 vcpu_get_gpr(struct pcpu *cpu, u8 vtl, u32 name,
		 struct hv_register_value *val)
{
	(void)vtl;
	val->low = *gpr(cpu, name);
	return HV_STATUS_SUCCESS;
}

u64 vcpu_set_gpr(struct pcpu *cpu, u8 vtl, u32 name,
		 const struct hv_register_value *val)
{
	(void)vtl;
	*gpr(cpu, name) = val->low;
	return HV_STATUS_SUCCESS;
}

u64 vcpu_get_shared(struct pcpu *cpu, u8 vtl, u32 name,
		    struct hv_register_value *val)
{
	(void)cpu;
	(void)vtl;
	switch (name) {
	case HV_X64_REGISTER_CR2:
		val->low = read_cr2();
		break;
	case HV_X64_REGISTER_CR8:
		val->low = read_cr8();
		break;
	case HV_X64_REGISTER_XFEM:
		val->low = xgetbv(0);
		break;
	case HV_X64_REGISTER_DR0:
		val->low = read_dr0();
		break;
	case HV_X64_REGISTER_DR1:
		val->low = read_dr1();
		break;
	case HV_X64_REGISTER_DR2:
		val->low = read_dr2();
		break;
	case HV_X64_REGISTER_DR3:
		val->low = read_dr3();
		break;
	default:
		val->low = read_dr6();
		break;
	}
	return HV_STATUS_SUCCESS;
}

u64 vcpu_set_shared(struct pcpu *cpu, u8 vtl, u32 name,
		    const struct hv_register_value *val)
{
	u64 low = val->low;
	bool ok = true;

	(void)vtl;
	switch (name) {
	case HV_X64_REGISTER_CR2:
		write_cr2(low);
		break;
	case HV_X64_REGISTER_CR8:
		ok = low <= 0xf;
		if (ok)
			write_cr8(low);
		break;
	case HV_X64_REGISTER_XFEM:
		ok = xsetbv_safe(0, low);
		cpuid_xcr0_changed(cpu);
		break;
	case HV_X64_REGISTER_DR0:
		write_dr0(low);
		break;
	case HV_X64_REGISTER_DR1:
		write_dr1(low);
		break;
	case HV_X64_REGISTER_DR2:
		write_dr2(low);
		break;
	case HV_X64_REGISTER_DR3:
		write_dr3(low);
		break;
	default:
		ok = !(low >> 32) && !(low & DR6_FIXED_0) &&
		     (low & DR6_FIXED_1) == DR6_FIXED_1;
		if (ok)
			write_dr6(low);
		break;
	}
	return ok ? HV_STATUS_SUCCESS : HV_STATUS_INVALID_REGISTER_VALUE;
}

static const struct {
	u32 name, msr;
} msrs[] = {
	{ HV_X64_REGISTER_TSC, MSR_IA32_TSC },
	{ HV_X64_REGISTER_KERNEL_GS_BASE, MSR_KERNEL_GS_BASE },
	{ HV_X64_REGISTER_APIC_BASE, MSR_IA32_APICBASE },
	{ HV_X64_REGISTER_STAR, MSR_STAR },
	{ HV_X64_REGISTER_LSTAR, MSR_LSTAR },
	{ HV_X64_REGISTER_CSTAR, MSR_CSTAR },
	{ HV_X64_REGISTER_SFMASK, MSR_SYSCALL_MASK },
	{ HV_X64_REGISTER_TSC_AUX, MSR_TSC_AUX },
	{ HV_X64_REGISTER_SPEC_CTRL, MSR_IA32_SPEC_CTRL },
	{ HV_X64_REGISTER_XSS, MSR_IA32_XSS },
	{ HV_X64_REGISTER_U_CET, MSR_IA32_U_CET },
	{ HV_X64_REGISTER_PL0_SSP, MSR_IA32_PL0_SSP },
	{ HV_X64_REGISTER_PL1_SSP, MSR_IA32_PL1_SSP },
	{ HV_X64_REGISTER_PL2_SSP, MSR_IA32_PL2_SSP },
	{ HV_X64_REGISTER_PL3_SSP, MSR_IA32_PL3_SSP },
	{ HV_X64_REGISTER_MISC_ENABLE, MSR_IA32_MISC_ENABLE },
};

static u32 msr_of(u32 name)
{
	for (u32 i = 0; i < ARRAY_SIZE(msrs); i++)
		if (msrs[i].name == name)
			return msrs[i].msr;
	return 0;
}

u64 vcpu_get_msr(struct pcpu *cpu, u8 vtl, u32 name,
		 struct hv_register_value *val)
{
	return vmx_msr_get(cpu, vtl, msr_of(name), &val->low) ?
	       HV_STATUS_SUCCESS : HV_STATUS_INVALID_PARAMETER;
}

/* What WRMSR would refuse with #GP is refused; what is not there, too. */
u64 vcpu_set_msr(struct pcpu *cpu, u8 vtl, u32 name,
		 const struct hv_register_value *val)
{
	u64 old;

	if (!vmx_msr_get(cpu, vtl, msr_of(name), &old))
		return HV_STATUS_INVALID_PARAMETER;
	/* Of 32 bits, though not every processor minds the others. */
	if ((name == HV_X64_REGISTER_SFMASK ||
	     name == HV_X64_REGISTER_TSC_AUX) && val->low >> 32)
		return HV_STATUS_INVALID_REGISTER_VALUE;
	return vmx_msr_set(cpu, vtl, msr_of(name), val->low) ?
	       HV_STATUS_SUCCESS : HV_STATUS_INVALID_REGISTER_VALUE;
}
