/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the VMX back end share. */
#ifndef _VSM_HV_VMX_VMX_H
#define _VSM_HV_VMX_VMX_H

#include "../vcpu.h"
#include "vmcs.h"

#define DR7_FIXED	0x400

/* Linux's state, on its way into a VMCS or back onto the CPU. */
struct vmx_linux {
	u64 rip, rsp, rflags;
	u64 cr0, cr3, cr4, dr7;
	struct desc_ptr gdtr, idtr;
	struct {
		u16 selector;
		u32 limit;
		u32 ar;
		u64 base;
	} seg[VMCS_NR_SEG];
	u64 efer, pat, debugctl;
	u64 sysenter_cs, sysenter_esp, sysenter_eip;
	u64 s_cet;
	u64 pebs, trace;	/* PEBS_ENABLE, RTIT_CTL: off meanwhile */
	u64 counters, lbr;	/* PERF_GLOBAL_CTRL, LBR_CTL, where in the VMCS */
};

/* caps.c: what this hypervisor sets in the controls on this CPU */
struct vmx_controls {
	u32 pin, cpu, secondary, exit, entry;
};

/* What VTL1 has beside that, and what comes and goes with events. */
#define VMX_VTL1_PIN_CONTROLS	PIN_BASED_EXT_INTR_MASK
#define VMX_VTL1_CPU_CONTROLS	(CPU_BASED_HLT_EXITING | \
				 CPU_BASED_CR8_LOAD_EXITING | \
				 CPU_BASED_CR8_STORE_EXITING)
#define VMX_EVENT_CPU_CONTROLS	(CPU_BASED_INTR_WINDOW_EXITING | \
				 CPU_BASED_NMI_WINDOW_EXITING)

u32 vmx_controls(struct vmx_controls *ret, u64 *ret_detail);
bool vmx_has_cet(void);
bool vmx_has_counters(void);
bool vmx_has_lbr(void);

/* linux.c; the state kept from vcpu_switch_in() is per CPU */
struct vmx_linux *vmx_linux_of(struct pcpu *cpu);
void vmx_linux_capture(struct vmx_linux *l, const struct vcpu_launch *launch);
void vmx_linux_quiesce(struct vmx_linux *l);
void vmx_linux_from_vmcs(struct pcpu *cpu, struct vmx_linux *l);
__noreturn void vmx_linux_restore(struct pcpu *cpu, const struct vmx_linux *l,
				  u64 rax);

/* setup.c */
u64 vmx_cr0_fixed(void);
void vmx_cr0_cr4_fixed(u64 *cr0, u64 *cr4);
void vmx_setup_guest_cr(u64 cr0, u64 cr4);

/* context.c: into the current VMCS, which has its controls */
void vmx_write_context(const struct hv_initial_vp_context *ctx);

/* inject.c */
void vmx_inject(u32 info, u32 error);
void vmx_inject_exception(u32 vector, bool has_error, u32 error);
void vmx_inject_pf(gva_t gva, u32 error);
bool vmx_reinject_vectoring(void);
void vmx_set_windows(struct pcpu *cpu, bool intr, bool nmi);

/* exit_event.c */
void vmx_shutdown(void);
void vmx_machine_check(struct pcpu *cpu, u32 reason, u32 info);

/* intercept.c */
void vmx_step(struct pcpu *cpu, bool stepping, bool watched);

/* start.c */
void vmx_follow_start(struct pcpu *cpu);

/* exit_exception.c */
#define VMX_VTL0_EXCEPTIONS	(BIT(X86_TRAP_DB) | BIT(X86_TRAP_AC))
bool vmx_reflect_exception(u32 info);

/* exit_*.c: one handler per family of exit reasons */
typedef void vmx_exit_fn(struct pcpu *cpu);

vmx_exit_fn exit_exception_nmi, exit_interrupt, exit_window, exit_init,
	    exit_sipi, exit_triple_fault, exit_cpuid, exit_ud, exit_hlt,
	    exit_invd, exit_vmcall, exit_cr, exit_msr_read, exit_msr_write,
	    exit_xsetbv, exit_gdtr_idtr, exit_ldtr_tr, exit_monitor_trap,
	    exit_ept_violation, exit_unexpected;

/* entry.S, vmexit.S */
extern char vmexit_entry[];
__noreturn void vmx_enter(u64 stack_top);
__noreturn void vmx_leave(u64 rsp, u64 rip, u64 rflags, u64 rax);
void vmexit_handle(struct hv_regs *regs);
void vmexit_deliver(struct hv_regs *regs);
__noreturn void vmx_entry_failed(struct hv_regs *regs);

/* dump.c */
void vmx_dump(struct pcpu *cpu, u32 reason, u64 detail);

/* exit_msr.c: MSRs of the active VTL or a lower one; false: #GP */
bool vmx_msr_get(struct pcpu *cpu, u8 vtl, u32 msr, u64 *val);
bool vmx_msr_set(struct pcpu *cpu, u8 vtl, u32 msr, u64 val);

/* msr_private.c: MSRs that are private to a VTL and not in the VMCS */
bool msr_is_private(u32 msr);
bool msr_private_get(struct pcpu *cpu, u8 vtl, u32 msr, u64 *val);
bool msr_private_set(struct pcpu *cpu, u8 vtl, u32 msr, u64 val);

/* tsc.c: IA32_TSC and what goes with it; false: #GP */
bool tsc_is(u32 msr);
bool tsc_get(struct pcpu *cpu, u8 vtl, u32 msr, u64 *val);
bool tsc_set(struct pcpu *cpu, u8 vtl, u32 msr, u64 val);
void tsc_release(struct pcpu *cpu);

/* msr_guard.c: MSRs by which VTL0 could harm others; false: #GP */
bool msr_is_guarded(u32 msr);
bool msr_guard_get(struct pcpu *cpu, u32 msr, u64 *val);
bool msr_guard_set(struct pcpu *cpu, u32 msr, u64 val);

/* perf.c: performance monitoring is VTL0's, and in force there alone */
void vmx_perf_quiesce(struct vmx_linux *l);
void vmx_perf_restore(const struct vmx_linux *l);
void vmx_perf_read(struct pcpu *cpu, struct vmx_linux *l);
void vmx_perf_write(u64 counters, u64 lbr);
bool vmx_pebs_set(struct pcpu *cpu, u64 val);

/* msr_bitmap.c */
void msr_bitmap_setup(struct pcpu *cpu);
u64 msr_bitmap(struct pcpu *cpu, u8 vtl);
void msr_bitmap_set(struct pcpu *cpu, u8 vtl, u32 msr, bool write, bool exits);

#endif /* _VSM_HV_VMX_VMX_H */
