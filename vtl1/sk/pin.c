// SPDX-License-Identifier: GPL-2.0
/*
 * Control registers that code integrity rests on: what VTL0's kernel may take
 * out of them is nothing.  With SMEP clear, MBEC lets it execute what processes
 * may; with paging off, every address counts as a process's.
 * Must never change a register but to what VTL0 was about to write, and SMEP.
 *
 * Source: SDM, "Mode-Based Execute Control for EPT"; TLFS, "Secure Register
 * Intercepts".
 */
#include <vsm/hvcall.h>

#include "code.h"
#include "code_policy.h"
#include "vp.h"

#define CR0_PINNED	(X86_CR0_PE | X86_CR0_WP | X86_CR0_PG)
#define CR4_PINNED	(X86_CR4_PAE | X86_CR4_SMEP | X86_CR4_SMAP | \
			 X86_CR4_UMIP)

bool pin_setup(struct vp *vp)
{
	u64 cr4;

	if (hv_get_vtl0_register(HV_X64_REGISTER_CR4, &cr4) ||
	    !(cr4 & X86_CR4_SMEP))
		return false;
	if (hv_set_register(HV_REGISTER_CR_INTERCEPT_CR0_MASK, CR0_PINNED) ||
	    hv_set_register(HV_REGISTER_CR_INTERCEPT_CR4_MASK, CR4_PINNED) ||
	    hv_set_register(HV_REGISTER_CR_INTERCEPT_CONTROL,
			    HV_INTERCEPT_CR0_WRITE | HV_INTERCEPT_CR4_WRITE))
		return false;
	vp->pinned = true;
	return true;
}

/* As the instruction would have done it with @val. */
static u64 carry_out(const struct hv_x64_register_intercept *m, u64 val)
{
	if (hv_set_vtl0_register(m->name, val, 0))
		return intercept_inject_gp();
	return hv_set_vtl0_register(HV_X64_REGISTER_RIP, m->header.rip +
				    (m->header.length_cr8 & 0xf), 0);
}

/* A CPU that comes online turns paging on: SMEP comes with it, asked or not. */
static u64 start_paging(struct vp *vp, const struct hv_x64_register_intercept *m)
{
	u64 cr4;

	if (hv_get_vtl0_register(HV_X64_REGISTER_CR4, &cr4) ||
	    hv_set_vtl0_register(HV_X64_REGISTER_CR4, cr4 | X86_CR4_SMEP, 0))
		return intercept_inject_gp();
	vp->starting = true;
	return carry_out(m, m->value.low);
}

/*
 * Until it has set all that is pinned itself, Linux clears CR4 once more, but
 * for SMEP, which it does not know that it has.
 */
static u64 start_cr4(struct vp *vp, const struct hv_x64_register_intercept *m)
{
	if (m->value.low & X86_CR4_SMEP)
		vp->starting = false;
	return carry_out(m, m->value.low | X86_CR4_SMEP);
}

u64 pin_serve(const struct hv_x64_register_intercept *m)
{
	const u32 name = m->name;
	u64 pinned = name == HV_X64_REGISTER_CR0 ? CR0_PINNED : CR4_PINNED;
	u64 old, val = m->value.low;
	struct vp *vp = this_vp();

	if (name != HV_X64_REGISTER_CR0 && name != HV_X64_REGISTER_CR4)
		return HV_STATUS_INVALID_PARAMETER;
	if (hv_get_vtl0_register(name, &old))
		return HV_STATUS_INVALID_PARAMETER;
	if (name == HV_X64_REGISTER_CR0 && (~old & val & X86_CR0_PG))
		return start_paging(vp, m);
	if (name == HV_X64_REGISTER_CR4 && vp->starting)
		return start_cr4(vp, m);
	if (!code_is_on() || !(old & ~val & pinned) ||
	    code_breach_register(VSM_CODE_CLASS_CONTROL, VSM_RULE_CONTROL, m))
		return carry_out(m, val);
	return intercept_inject_gp();
}
