// SPDX-License-Identifier: GPL-2.0
/*
 * Would VM entry take this state?  Must never say so of one that the processor
 * refuses: such an entry ends a VTL.  Source: SDM, "Checks on the Guest State
 * Area", "VM-Entry Control Fields"; unrestricted guest, load EFER, PAT and debug
 * controls, and virtual NMIs are on.
 */
#include <asm/cpu.h>
#include <asm/msr.h>

#include "guest.h"

#define SEG_TYPE(ar)		((ar) & 0xf)
#define SEG_CODE		BIT(3)		/* of the type */
#define SEG_READABLE		BIT(1)
#define SEG_ACCESSED		BIT(0)
#define SEG_S			BIT(4)
#define SEG_P			BIT(7)
#define SEG_RSVD		0xfffe0f00U
#define SEG_L			BIT(13)
#define SEG_DB			BIT(14)
#define SEG_G			BIT(15)
#define SELECTOR_TI		BIT(2)

#define RFLAGS_RSVD		0xffffffffffc08028ULL
#define PENDING_DEBUG_BS	BIT(14)
#define CET_RSVD		0x3c0ULL
#define CET_SUPPRESS_TRACK	0xc00ULL	/* not both */
#define BLOCKING		(GUEST_INTR_STATE_STI | GUEST_INTR_STATE_MOV_SS)

/* Exceptions that push an error code. */
#define ERROR_CODE_VECTORS						\
	(BIT(X86_TRAP_DF) | BIT(X86_TRAP_TS) | BIT(X86_TRAP_NP) |	\
	 BIT(X86_TRAP_SS) | BIT(X86_TRAP_GP) | BIT(X86_TRAP_PF) |	\
	 BIT(X86_TRAP_AC))

static bool long_mode(const struct vmx_guest *g)
{
	return g->efer & EFER_LMA;
}

static bool code64(const struct vmx_guest *g)
{
	return long_mode(g) && (g->seg[VMCS_SEG_CS].ar & SEG_L);
}

static bool pat_ok(u64 pat)
{
	for (u32 i = 0; i < 8; i++, pat >>= 8)
		if ((pat & 0xff) > 7 || (pat & 0xff) == 2 || (pat & 0xff) == 3)
			return false;
	return true;
}

static bool control_ok(const struct vmx_guest *g, const struct vmx_limits *l)
{
	u64 cr0 = g->cr0, cr4 = g->cr4;
	bool paging = cr0 & X86_CR0_PG;

	if ((cr0 & l->cr0_fixed0) != l->cr0_fixed0 || (cr0 & ~l->cr0_fixed1) ||
	    (cr4 & l->cr4_fixed0) != l->cr4_fixed0 || (cr4 & ~l->cr4_fixed1))
		return false;
	if ((paging && !(cr0 & X86_CR0_PE)) ||
	    ((cr0 & X86_CR0_NW) && !(cr0 & X86_CR0_CD)) ||
	    ((cr4 & X86_CR4_CET) && !(cr0 & X86_CR0_WP)))
		return false;
	if (g->efer & ~(EFER_SCE | EFER_LME | EFER_LMA | EFER_NX))
		return false;
	/* LMA is LME while paging is on, and the entry control follows. */
	if (long_mode(g) != (paging && (g->efer & EFER_LME)) ||
	    long_mode(g) != !!(g->entry_controls & VM_ENTRY_IA32E_MODE))
		return false;
	if (long_mode(g) ? !(cr4 & X86_CR4_PAE) : !!(cr4 & X86_CR4_PCIDE))
		return false;
	/* PAE paging: PDPTEs would have to be loaded; nobody does that. */
	if (paging && !long_mode(g) && (cr4 & X86_CR4_PAE))
		return false;
	return !(g->cr3 & ~l->cr3_mask) && !(g->dr7 >> 32) && pat_ok(g->pat);
}

static bool granularity_ok(const struct vmx_segment *s)
{
	if ((s->ar & SEG_G) ? (s->limit & 0xfff) != 0xfff : s->limit >> 20)
		return false;
	return !(s->ar & SEG_RSVD);
}

static bool code_ok(const struct vmx_guest *g)
{
	const struct vmx_segment *cs = &g->seg[VMCS_SEG_CS];
	const struct vmx_segment *ss = &g->seg[VMCS_SEG_SS];
	u32 dpl = SEG_AR_DPL(cs->ar);

	if ((cs->ar & SEG_AR_UNUSABLE) || cs->base >> 32 ||
	    (cs->ar & (SEG_S | SEG_P)) != (SEG_S | SEG_P) ||
	    !granularity_ok(cs) ||
	    (code64(g) && (cs->ar & SEG_DB)))
		return false;
	switch (SEG_TYPE(cs->ar)) {
	case 3:
		return !dpl;
	case 9:
	case 11:
		return dpl == SEG_AR_DPL(ss->ar);
	case 13:
	case 15:
		return dpl <= SEG_AR_DPL(ss->ar);
	default:
		return false;
	}
}

static bool stack_ok(const struct vmx_guest *g)
{
	const struct vmx_segment *ss = &g->seg[VMCS_SEG_SS];

	/* The DPL is the CPL, whether the segment is usable or not. */
	if (SEG_AR_DPL(ss->ar) && (SEG_TYPE(g->seg[VMCS_SEG_CS].ar) == 3 ||
				   !(g->cr0 & X86_CR0_PE)))
		return false;
	if (ss->ar & SEG_AR_UNUSABLE)
		return true;
	return (SEG_TYPE(ss->ar) == 3 || SEG_TYPE(ss->ar) == 7) &&
	       (ss->ar & (SEG_S | SEG_P)) == (SEG_S | SEG_P) &&
	       !(ss->base >> 32) && granularity_ok(ss);
}

static bool data_ok(const struct vmx_guest *g, u32 seg)
{
	const struct vmx_segment *s = &g->seg[seg];
	const u32 need = SEG_ACCESSED | SEG_S | SEG_P;

	if (seg >= VMCS_SEG_FS && !is_canonical(s->base))
		return false;
	if (s->ar & SEG_AR_UNUSABLE)
		return true;
	return (seg >= VMCS_SEG_FS || !(s->base >> 32)) &&
	       (s->ar & need) == need &&
	       (!(s->ar & SEG_CODE) || (s->ar & SEG_READABLE)) &&
	       granularity_ok(s);
}

static bool system_ok(const struct vmx_guest *g)
{
	const struct vmx_segment *tr = &g->seg[VMCS_SEG_TR];
	const struct vmx_segment *ldtr = &g->seg[VMCS_SEG_LDTR];
	u32 type = SEG_TYPE(tr->ar);

	if ((type != 11 && (type != 3 || long_mode(g))) ||
	    (tr->ar & (SEG_S | SEG_P | SEG_AR_UNUSABLE)) != SEG_P ||
	    (tr->selector & SELECTOR_TI) || !is_canonical(tr->base) ||
	    !granularity_ok(tr))
		return false;
	if (ldtr->ar & SEG_AR_UNUSABLE)
		return true;
	return SEG_TYPE(ldtr->ar) == 2 && (ldtr->ar & (SEG_S | SEG_P)) == SEG_P &&
	       !(ldtr->selector & SELECTOR_TI) && is_canonical(ldtr->base) &&
	       granularity_ok(ldtr);
}

/* Virtual-8086 mode: segments are what selectors make of them. */
static bool vm86_ok(const struct vmx_guest *g)
{
	for (u32 i = VMCS_SEG_ES; i <= VMCS_SEG_GS; i++) {
		const struct vmx_segment *s = &g->seg[i];

		if (s->base != s->selector << 4 || s->limit != 0xffff ||
		    s->ar != 0xf3)
			return false;
	}
	return true;
}

static bool segments_ok(const struct vmx_guest *g)
{
	if (!system_ok(g) || !is_canonical(g->gdtr_base) ||
	    !is_canonical(g->idtr_base) ||
	    (g->gdtr_limit | g->idtr_limit) >> 16)
		return false;
	if (g->rflags & X86_EFLAGS_VM)
		return vm86_ok(g);
	return code_ok(g) && stack_ok(g) && data_ok(g, VMCS_SEG_DS) &&
	       data_ok(g, VMCS_SEG_ES) && data_ok(g, VMCS_SEG_FS) &&
	       data_ok(g, VMCS_SEG_GS);
}

static bool flow_ok(const struct vmx_guest *g)
{
	if (code64(g) ? !is_canonical(g->rip) : !!(g->rip >> 32))
		return false;
	if ((g->rflags & RFLAGS_RSVD) || !(g->rflags & X86_EFLAGS_FIXED))
		return false;
	if ((g->rflags & X86_EFLAGS_VM) &&
	    (long_mode(g) || !(g->cr0 & X86_CR0_PE)))
		return false;
	return is_canonical(g->sysenter_esp) && is_canonical(g->sysenter_eip) &&
	       !(g->sysenter_cs >> 32);
}

/* What hardware would deliver; #CP has an error code where it may have one. */
static bool exception_ok(const struct vmx_guest *g, const struct vmx_limits *l,
			 u32 vector)
{
	bool error = g->event & INTR_INFO_DELIVER_CODE_MASK;
	bool wants = vector < 32 && (ERROR_CODE_VECTORS & BIT(vector));

	if (vector > 31 || (error && g->event_error >> 16))
		return false;
	if (vector == X86_TRAP_CP && l->cp_error_code)
		wants = true;
	return error == (wants && (g->cr0 & X86_CR0_PE));
}

/* An event that waits for the entry. */
static bool event_ok(const struct vmx_guest *g, const struct vmx_limits *l)
{
	u32 vector = g->event & INTR_INFO_VECTOR_MASK;
	u32 type = g->event & INTR_INFO_TYPE_MASK;

	if (!(g->event & INTR_INFO_VALID_MASK))
		return true;
	if (g->event & ~(u64)(INTR_INFO_VALID_MASK | INTR_INFO_VECTOR_MASK |
			      INTR_INFO_TYPE_MASK |
			      INTR_INFO_DELIVER_CODE_MASK))
		return false;
	if (type == INTR_TYPE_HARD_EXCEPTION)
		return exception_ok(g, l, vector) &&
		       g->activity == GUEST_ACTIVITY_ACTIVE;
	if (g->event & INTR_INFO_DELIVER_CODE_MASK)
		return false;
	switch (type) {
	case INTR_TYPE_EXT_INTR:
		return (g->rflags & X86_EFLAGS_IF) &&
		       !(g->interruptibility & BLOCKING) &&
		       g->activity <= GUEST_ACTIVITY_HLT;
	case INTR_TYPE_NMI_INTR:
		return vector == X86_TRAP_NMI &&
		       !(g->interruptibility & (BLOCKING |
						GUEST_INTR_STATE_NMI)) &&
		       g->activity <= GUEST_ACTIVITY_SHUTDOWN;
	case INTR_TYPE_SOFT_INTR:
	case INTR_TYPE_PRIV_SW_EXCEPTION:
	case INTR_TYPE_SOFT_EXCEPTION:
		return g->activity == GUEST_ACTIVITY_ACTIVE &&
		       g->event_length <= 15 &&
		       (g->event_length || l->soft_length_zero);
	default:
		return false;
	}
}

static bool non_register_ok(const struct vmx_guest *g)
{
	u64 blocking = g->interruptibility & BLOCKING;
	bool step = (g->rflags & X86_EFLAGS_TF) &&
		    !(g->debugctl & DEBUGCTLMSR_BTF);

	if (g->activity > GUEST_ACTIVITY_WAIT_SIPI ||
	    (g->interruptibility & ~(u64)(BLOCKING | GUEST_INTR_STATE_NMI |
					  GUEST_INTR_STATE_ENCLAVE)))
		return false;
	if (blocking == BLOCKING ||
	    (blocking && g->activity != GUEST_ACTIVITY_ACTIVE) ||
	    ((blocking & GUEST_INTR_STATE_STI) && !(g->rflags & X86_EFLAGS_IF)))
		return false;
	if (g->activity == GUEST_ACTIVITY_HLT &&
	    SEG_AR_DPL(g->seg[VMCS_SEG_SS].ar))
		return false;
	return !(blocking || g->activity == GUEST_ACTIVITY_HLT) ||
	       step == !!(g->pending_debug & PENDING_DEBUG_BS);
}

static bool shadow_stack_ok(const struct vmx_guest *g)
{
	if ((g->s_cet & CET_RSVD) ||
	    (g->s_cet & CET_SUPPRESS_TRACK) == CET_SUPPRESS_TRACK ||
	    !is_canonical(g->s_cet & PAGE_MASK) || (g->ssp & 3) ||
	    !is_canonical(g->ssp_table))
		return false;
	return code64(g) ? is_canonical(g->ssp) : !(g->ssp >> 32);
}

bool vmx_guest_ok(const struct vmx_guest *g, const struct vmx_limits *l)
{
	return control_ok(g, l) && segments_ok(g) && flow_ok(g) &&
	       non_register_ok(g) && event_ok(g, l) && shadow_stack_ok(g);
}
