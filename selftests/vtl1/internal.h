/* SPDX-License-Identifier: GPL-2.0 */
/* State of the puppet and the functions its files share. */
#ifndef _VSM_PUPPET_INTERNAL_H
#define _VSM_PUPPET_INTERNAL_H

#include <asm/sk_insn.h>
#include <linux/types.h>
#include <vsm/hvcall.h>
#include <vsm/loader.h>
#include <vsm/scall.h>
#include <vsm/string.h>
#include <vsm/synic.h>
#include <vsm/types.h>
#include <vsm/vtl.h>

#include "../puppet.h"
#include "offsets.h"

#define MAX_VPS		8

/* Registers that both VTLs see. */
struct regs {
	u64 gpr[PUPPET_NR_GPRS];
	u8 xmm[PUPPET_NR_XMM][16];
};

/* One VP, at the bottom of its slot; found from the stack pointer. */
struct vp {
	u64 try_sp;		/* not 0: where an exception ends up */
	u32 index;
	bool broken;
	struct puppet_fault fault;
	struct regs regs;	/* of the last VTL call, and for the return */
	u64 gdt[5];
	struct tss64 tss;
	u64 irqs[256];		/* taken, by vector */
	u8 last_irq;
	bool no_eoi;
	struct puppet_start start;
};

/* Intercepts of this VP's VTL0, and what is done about them. */
struct intercepts {
	struct puppet_response response;
	u64 nr;
	struct puppet_logged log[PUPPET_LOG];
};

struct slot {
	struct vp vp __aligned(PAGE_SIZE);
	struct puppet_request request __aligned(PAGE_SIZE);
	struct hv_vp_assist_page assist __aligned(PAGE_SIZE);
	struct hv_message messages[HV_NUM_SINTS];
	u8 event_flags[PAGE_SIZE];
	u8 scratch[2][PAGE_SIZE];
	u8 ist[PAGE_SIZE];
	struct intercepts intercepts __aligned(PAGE_SIZE);
	u8 stack[SLOT_SIZE - SLOT_STACK] __aligned(PAGE_SIZE);
};

/* What trap_common pushes. */
struct trap_regs {
	u64 r15, r14, r13, r12, r11, r10, r9, r8;
	u64 rdi, rsi, rbp, rbx, rdx, rcx, rax;
	u64 vector, error;
	u64 rip, cs, rflags, rsp, ss;
};

static inline struct slot *this_slot(void)
{
	return (struct slot *)(read_rsp() & ~(u64)(SLOT_SIZE - 1));
}

static inline struct vp *this_vp(void)
{
	return &this_slot()->vp;
}

/* Physical memory lies where it is. */
static inline void *gpa_va(u64 gpa)
{
	return (void *)gpa;
}

/* main.c */
extern u64 image_base;			/* physical */
extern u64 tables_cr3;
extern const void *puppet_return_code;
u64 image_pa(const void *va);
bool tables_setup(const struct vsm_loader_block *lb);

/* vp.c */
u8 *slot_of(u32 index);
void vp_record_start(struct vp *vp, u64 rflags, u64 rsp);
void vp_setup(u32 index);		/* on it */
u64 vp_enable(u32 index);		/* HV_STATUS_* */
u64 vp_start(u32 index);
__noreturn void puppet_start(u64 rflags, u64 rsp);

/* ops.c */
void serve(struct puppet_request *req);
u64 read_register(u32 reg);
void guarded_rdmsr(u32 msr, u64 *ret_value);	/* the VP's fault tells */

/* scall.c */
__noreturn void scall_loop(void);	/* return first */
__noreturn void scall_called(void);	/* a call has come */

/* intercept.c */
void serve_interrupts(struct vp *vp);	/* until VTL1 is entered by a call */

/* trap.c */
void trap(struct trap_regs *r);
__noreturn void die(void);		/* VTL1 ends on this VP */

/* entry.S */
void vtl_return(struct regs *regs);
void return_early(void);
void vmcall_regs(struct regs *regs);
void page_regs(struct regs *regs);
void xmm_load(const struct regs *regs);
void xmm_store(struct regs *regs);
void try(void (*fn)(void *arg), void *arg);
void try_end(void);
__noreturn void stack_call(void *top, void (*fn)(void));
void puppet_entry_vp(void);
extern u8 puppet_hypercall_page[PAGE_SIZE];
extern u8 trap_entries[256][16];

/* Linker script. */
extern u8 sk_text[], sk_text_end[], sk_rodata_end[], sk_end[];

#endif /* _VSM_PUPPET_INTERNAL_H */
