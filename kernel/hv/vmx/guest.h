/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A VTL's state in its VMCS, as far as VM entry checks it.  The check is pure;
 * it is also compiled for the host, where it is tested.
 */
#ifndef _VSM_HV_VMX_GUEST_H
#define _VSM_HV_VMX_GUEST_H

#include <vsm/types.h>

#include "vmcs.h"

struct vmx_segment {
	u64 selector, limit, ar, base;
};

/* All are 64 bits wide and in the order of vmx_guest_fields[]. */
struct vmx_guest {
	u64 cr0, cr0_shadow, cr3, cr4, cr4_shadow;
	u64 efer, entry_controls;
	u64 rsp, rip, rflags;
	u64 dr7, debugctl, pat;
	u64 sysenter_cs, sysenter_esp, sysenter_eip;
	struct vmx_segment seg[VMCS_NR_SEG];
	u64 gdtr_base, gdtr_limit, idtr_base, idtr_limit;
	u64 interruptibility, activity, pending_debug;
	u64 event, event_error, event_length;
	/* Only with the control that loads them. */
	u64 s_cet, ssp, ssp_table;
};

#define VMX_GUEST_NR		(sizeof(struct vmx_guest) / sizeof(u64))
#define VMX_GUEST_NR_CET	3

/* What this CPU allows. */
struct vmx_limits {
	u64 cr0_fixed0, cr0_fixed1;	/* PE and PG are free */
	u64 cr4_fixed0, cr4_fixed1;
	u64 cr3_mask;			/* bits that may be set */
	bool soft_length_zero;		/* events of no instruction length */
	bool cp_error_code;		/* #CP may come with one */
};

/* True: VM entry takes it. */
bool vmx_guest_ok(const struct vmx_guest *g, const struct vmx_limits *l);

static inline bool is_canonical(u64 addr)
{
	return (u64)((s64)(addr << 16) >> 16) == addr;
}

#endif /* _VSM_HV_VMX_GUEST_H */
