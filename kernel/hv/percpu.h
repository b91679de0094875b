/* SPDX-License-Identifier: GPL-2.0 */
/*
 * State of one CPU and of the virtual processor on it.  Only its own CPU
 * touches it, except for the fields in the public half.
 */
#ifndef _VSM_HV_PERCPU_H
#define _VSM_HV_PERCPU_H

#include "boot.h"

#define HV_REGS_SIZE		128	/* 16 slots, RSP's is unused */
#define PCPU_NMI_ARRIVED	0	/* offsets, for vmexit.S: two bytes */
#define PCPU_NEXT_LAUNCH	1

/* Selectors: as Linux lays them out, so that either GDT suits either IDT. */
#define HV_CS			0x10
#define HV_SS			0x18
#define HV_TR			0x40

#ifndef __ASSEMBLER__

#include <asm/cpu.h>
#include <asm/insn.h>
#include <vsm/types.h>
#include <linux/types.h>
#include <vsm/hvcall.h>
#include <vsm/vtl.h>

#include "synic.h"

/* General registers of the active VTL (shared VP state), as vmexit.S saves. */
struct hv_regs {
	u64 rax, rcx, rdx, rbx, rsp_unused, rbp, rsi, rdi;
	u64 r8, r9, r10, r11, r12, r13, r14, r15;
};

static_assert(sizeof(struct hv_regs) == HV_REGS_SIZE, "hv_regs");

/* MSRs that are private to a VTL and not in the VMCS: vmx/msr_private.c. */
#define HV_NR_PRIVATE_MSRS	14

#define VTL_ENTERED	0x0101

/* A VTL of this VP. */
struct hv_vp_vtl {
	u64 vmcs;			/* physical address */
	union {
		struct {
			bool enabled;
			bool launched;	/* VMRESUME instead of VMLAUNCH */
		};
		u16 entered;		/* VTL_ENTERED: both */
	};
	u32 pin_controls;		/* shadows of the VMCS fields */
	u32 cpu_controls;
	u64 vp_assist;			/* HV_X64_MSR_VP_ASSIST_PAGE */
	struct hv_vp_assist_page *assist; /* where it is, or NULL */
	u64 vina;			/* HvRegisterVsmVina */
	u64 private_msr[HV_NR_PRIVATE_MSRS];
	u64 tsc_offset;
};

/* What an NMI in root mode has left to do. */
#define NMI_OF_VTL0	BIT(0)		/* it is VTL0's */
#define NMI_FOR_VTL1	BIT(1)		/* another CPU raised vic.irr */

/* What VM exit and entry load, see vmx/perf.c; aligned to 16 bytes. */
struct hv_msr_load {
	struct {
		u32 index, rsvd;
		u64 value;
	} pebs_entry, pebs_exit;
} __aligned(16);

struct pcpu {
	/* Anything set here makes exits take the full path (exit_fast.c). */
	union {
		struct {
			/* By the NMI handler; consumed before VM entry. */
			u8 nmi_arrived;	/* NMI_* */
			/* For vmexit.S: VMLAUNCH the current VMCS. */
			u8 next_launch;
			bool starting;	/* SIPI came, not in long mode yet */
			bool stepping;	/* VTL0: one instruction, then back */
			bool watched;	/* VTL0: after each one */
			u8 rsvd[3];
		};
		u64 attention;
	};

	/* As this; and it makes vcpu_deliver() look closer. */
	union {
		struct {
			bool nmi_pending;	/* an NMI for VTL0 waits */
			bool irr_pending;	/* irr[] is not empty */
			bool window[HV_NUM_VTLS]; /* the VTL's VMCS has one open */
			bool vic_check;		/* vic.irr may not be empty */
			bool timer_armed;	/* a timer of VTL1 runs */
			bool timer_set[HV_NUM_VTLS]; /* in the VTL's VMCS */
		};
		u64 events;
	};

	/* With all but the VTL zero, a switch has nothing else to do. */
	union {
		struct {
			u8 active_vtl;
			bool init_pending;	/* INIT came while in VTL1 */
			u8 private_msrs_live;	/* groups VTL1 has of its own */
			bool vtl1_dead;		/* stopped here for good */
			bool tlb_locked;	/* VTL0's; others look at it */
			bool tlb_waits;		/* a return does for tlb_wait */
			u16 rsvd_state;
		};
		u64 switch_state;
	};

	u32 index;			/* per-CPU area and VP index */
	u32 apic_id;
	bool in_vmx;			/* VMXON was done */
	bool faulted;			/* an exception of root mode is dumped */
	bool called;			/* VTL1 runs because VTL0 called */
	struct hv_regs *regs;		/* the frame: always the same place */
	struct hv_vp_vtl vtl[HV_NUM_VTLS];
	struct hv_regs interrupted;	/* VTL0's, where it did not call */
	u64 irr[4];			/* vectors taken in VTL1, for VTL0 */
	struct hv_vic vic;		/* VTL1's, as the next two */
	struct hv_synic synic;
	struct hv_intercepts intercepts;
	struct hv_msr_load msr_load;
	u64 mtrr_def_type;		/* VTL0's, while mtrr_off */
	bool mtrr_off;			/* as VTL0 sees it */
	u64 tlb_wait[(HV_MAX_CPUS + 63) / 64];	/* VPs whose lock it is */
	u64 launch_start;		/* TSC at hv_entry */
	struct hv_public_cpu *public;

	u64 gdt[16];
	struct tss64 tss;

	/* Public half. */
	u32 online;			/* launched: takes part in flushes */
	u32 wait_sipi;			/* stopped by INIT: flushes on wake */
	/* Guarded by hv.lock: how to start instead of what SIPI says. */
	bool start_given;
	u8 start_vtl;
	struct hv_initial_vp_context start;
	u32 flush_what;			/* FLUSH_*: added by a flusher */
	u32 flush_wanted;		/* counts requests; flusher's, locked */
	u32 flush_done;			/* the last one served */
	u32 nmi_expected;		/* an NMI of ours is on its way */
};

static_assert(offsetof(struct pcpu, nmi_arrived) == PCPU_NMI_ARRIVED, "");
static_assert(offsetof(struct pcpu, next_launch) == PCPU_NEXT_LAUNCH, "");
static_assert(offsetof(struct pcpu, switch_state) ==
	      offsetof(struct pcpu, events) + sizeof(u64), "events is all");
static_assert(offsetof(struct pcpu, index) ==
	      offsetof(struct pcpu, switch_state) + sizeof(u64), "and this");
static_assert(sizeof(struct pcpu) <= HV_PCPU_CPUID - HV_PCPU_DATA, "");

static inline u64 pcpu_area(u32 index)
{
	extern struct hv_boot hv_boot;

	return hv_boot.pcpu_base + ((u64)index << HV_PCPU_SHIFT);
}

static inline struct pcpu *pcpu_of(u32 index)
{
	return (struct pcpu *)(pcpu_area(index) + HV_PCPU_DATA);
}

/* From any of the CPU's own stacks. */
static inline struct pcpu *this_cpu(void)
{
	u64 rsp = read_rsp();

	return (struct pcpu *)(ALIGN_DOWN(rsp, HV_PCPU_SIZE) + HV_PCPU_DATA);
}

/* The frame of vmexit.S, at the top of the root-mode stack. */
static inline struct hv_regs *regs_of(struct pcpu *cpu)
{
	return (struct hv_regs *)((u64)cpu - HV_PCPU_DATA +
				  HV_PCPU_STACK_TOP) - 1;
}

static inline struct pcpu *pcpu_of_regs(struct hv_regs *regs)
{
	return (struct pcpu *)((u64)(regs + 1) - HV_PCPU_STACK_TOP +
			       HV_PCPU_DATA);
}

static inline struct hv_vp_vtl *active_vtl(struct pcpu *cpu)
{
	return &cpu->vtl[cpu->active_vtl];
}

#endif /* !__ASSEMBLER__ */
#endif /* _VSM_HV_PERCPU_H */
