/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The vendor seam: what the generic part of the hypervisor asks of the
 * processor's virtualization extension.  vmx/ implements it.  All functions
 * act on the active VTL of the calling CPU unless they name a VTL.
 */
#ifndef _VSM_HV_VCPU_H
#define _VSM_HV_VCPU_H

#include "hv.h"
#include "registers.h"
#include "walk.h"

/* State of Linux at launch that the driver's stub knows. */
struct vcpu_launch {
	u64 rip;
	u64 rsp;
	u64 cr3;
};

u32 vcpu_check_caps(u64 *ret_detail);
bool vcpu_has_mbec(void);
/* Off Linux's page table, descriptor tables and control registers, and back. */
void vcpu_switch_in(struct pcpu *cpu, const struct vcpu_launch *launch);
__noreturn void vcpu_switch_out(struct pcpu *cpu, u32 reason);
/* VMX operation and VTL0's VMCS; HV_LAUNCH_*. */
u32 vcpu_start(struct pcpu *cpu);
__noreturn void vcpu_enter(struct pcpu *cpu);
__noreturn void vcpu_abort_launch(struct pcpu *cpu, u32 reason);
__noreturn void vcpu_release(struct pcpu *cpu);
__noreturn void vcpu_park(struct pcpu *cpu);
/* All translations of this CPU; those of @vtl's virtual addresses. */
void vcpu_flush(void);
void vcpu_flush_virtual(u8 vtl);

/* Set up VTL1 of a VP; false: the context is not one the CPU would enter. */
bool vcpu_check_context(const struct hv_initial_vp_context *ctx);
bool vcpu_init_vtl(struct pcpu *cpu, u8 vtl,
		   const struct hv_initial_vp_context *ctx);
void vcpu_load_vtl(struct pcpu *cpu, u8 vtl);
/* The active VTL starts anew from a context that was checked. */
void vcpu_load_context(struct pcpu *cpu,
		       const struct hv_initial_vp_context *ctx);
/* What the page-table walk of a VTL of this VP depends on. */
void vcpu_get_walk_mode(struct pcpu *cpu, u8 vtl, struct walk_mode *ret);

u32 vcpu_cpl(void);
bool vcpu_protected_mode(void);
bool vcpu_long_mode(void);
u64 vcpu_rip(void);
u64 vcpu_cr4(void);
void vcpu_skip_instruction(void);
void vcpu_inject_ud(void);
void vcpu_inject_gp(void);

/*
 * Architectural registers of a lower VTL of this VP, by TLFS name: what is in
 * the VMCS of the VTL, what is shared and in the processor, MSRs.
 */
hvreg_get_fn vcpu_get_vmcs, vcpu_get_gpr, vcpu_get_shared, vcpu_get_msr;
hvreg_set_fn vcpu_set_vmcs, vcpu_set_gpr, vcpu_set_shared, vcpu_set_msr;

/* Secure intercepts of the active VTL, VTL0; see intercept.c. */
void vcpu_intercept_header(struct pcpu *cpu, struct hv_x64_intercept_header *h,
			   u8 access, bool instruction);
void vcpu_intercept_registers(struct pcpu *cpu,
			      struct hv_x64_memory_intercept *m);
/* VTL0's controls follow cpu->intercepts; any VTL may be active. */
void vcpu_apply_intercepts(struct pcpu *cpu);
bool vcpu_has_table_exiting(void);
bool vcpu_has_timer(void);
/* HvRegisterPendingEvent0 of VTL0, while VTL1 is active: HV_STATUS_*. */
u64 vcpu_set_pending_event(struct pcpu *cpu, u64 low, u64 high);
void vcpu_get_pending_event(struct pcpu *cpu, u64 *low, u64 *high);

/* Deliver what is pending (NMI, interrupts, VINA) or ask for a window. */
void vcpu_deliver(struct pcpu *cpu);
/* An INIT that came while VTL1 ran. */
void vcpu_init_signal(struct pcpu *cpu);
/* Record an exception of root mode, which is about to end this CPU. */
void vcpu_dump_exception(struct pcpu *cpu, u64 rip);
/* MSRs that are private to a VTL and not in the VMCS. */
void vcpu_private_msrs(struct pcpu *cpu, u8 from, u8 to);

#endif /* _VSM_HV_VCPU_H */
