/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Virtual processors and secure threads.  Either owns one 64 KiB slot of
 * stacks, which its struct begins, so that the running one is found from the
 * stack pointer; pages that are not named here are guard pages.
 */
#ifndef _VSM_SK_VP_H
#define _VSM_SK_VP_H

#include "asm-offsets.h"
#include "paging.h"
#include "sk.h"

#define SLOT_DF_TOP		0x3000	/* VP: one page each */
#define SLOT_NMI_TOP		0x5000
#define SLOT_MC_TOP		0x7000
#define SLOT_VP_STACK		0xe000	/* VP: 8 KiB */
#define SLOT_THREAD_STACK	0x8000	/* thread: 32 KiB */

#define VP_MAX			512
#define THREAD_MAX		64
#define THREAD_RESERVE		4	/* for what ends others */
#define THREAD_SLOT		VP_MAX	/* thread 0's slot */

/* Interrupt stack table indices. */
#define IST_DF			1
#define IST_NMI			2
#define IST_MC			3

struct vp;
struct thread;

struct slot_head {
	struct vp *vp;		/* of a thread: where it runs */
	struct thread *thread;	/* of a VP: the one that runs on it */
};

struct vp {
	struct slot_head head;
	struct hv_vp_assist_page *assist;
	u64 sp;			/* of the VP's loop while a thread runs */
	u32 index;
	bool online;
	bool pinned;		/* pin.c */
	bool starting;
	u64 scalls;
	u64 preemptions;
	u64 gdt[7];
	struct tss64 tss;
	struct hv_message *messages;	/* slot x is of interrupt source x */
	struct gprs *intercepted;	/* VTL0's, on the stack; NULL: it called */
};

enum thread_state {
	THREAD_FREE,
	THREAD_RUNNING,
	THREAD_PARKED,
};

typedef u64 (*scall_fn)(const u64 arg[5], u64 ret[3]);

struct thread {
	struct slot_head head;
	enum thread_state state;	/* thread_lock */
	u64 token;			/* thread_lock; of this use */
	bool kill;			/* atomic */
	bool done;
	u64 sp;				/* while it does not run */
	u64 user_sp;			/* frame of user_enter(); 0: none */
	u64 cr3;
	struct aspace *as;		/* NULL: kernel only */
	void *trustlet;			/* that runs in it */
	scall_fn fn;
	u64 arg[5];
	u64 status;
	u64 ret[3];
};

struct user_regs {
	u64 rip;
	u64 rsp;
	u64 rdi;
	u64 rsi;
	u64 rdx;
};

/* What an intercept pushes: VTL0's. */
struct gprs {
	u64 r15, r14, r13, r12, r11, r10, r9, r8;
	u64 rdi, rsi, rbp, rbx, rdx, rcx, rax;
};

/* What trap_common pushes. */
struct trap_regs {
	u64 r15, r14, r13, r12, r11, r10, r9, r8;
	u64 rdi, rsi, rbp, rbx, rdx, rcx, rax;
	u64 vector, error;
	u64 rip, cs, rflags, rsp, ss;
};

/* Packed, so not to be pointed at by its type. */
static inline void *vp_rsp0(struct vp *vp)
{
	return (u8 *)&vp->tss + offsetof(struct tss64, rsp);
}

static inline struct slot_head *slot_head(void)
{
	return (struct slot_head *)(read_rsp() & ~(SLOT_SIZE - 1));
}

/* With interrupts off, for a thread may move. */
static inline struct vp *this_vp(void)
{
	return slot_head()->vp;
}

/* NULL: on a VP's own stack. */
static inline struct thread *this_thread(void)
{
	struct slot_head *head = slot_head();

	return (void *)head == (void *)head->vp ? NULL :
	       (struct thread *)head;
}

/* vp.c */
struct vp *vp_get(u32 index);		/* NULL: never made */
struct vp *vp_create(u32 index);	/* NULL: no memory */
void vp_setup_idt(void);
void vp_setup_cpu(struct vp *vp);	/* VP 0 on itself */
bool vp_setup_hv(struct vp *vp);
u64 vp_enable(u32 index);
void vp_totals(u32 *ret_nr, u64 *ret_scalls, u64 *ret_preemptions);

/* thread.c */
void thread_start(struct scall_regs *regs, scall_fn fn, bool urgent);
bool thread_stop(void);			/* for good; false: some are left */
void thread_resume(struct scall_regs *regs, u64 token);
u64 thread_kill(u64 token);
void thread_preempt(void);		/* on a thread, interrupts off */
void thread_use(struct aspace *as);	/* NULL: kernel only */
u32 thread_count(void);
void thread_scrub(void);
u64 thread_idle_bytes(void);
bool thread_setup(void);

/* pin.c */
bool pin_setup(struct vp *vp);		/* on that VP; false: VTL0 has no SMEP */
u64 pin_serve(const struct hv_x64_register_intercept *m);

/* intercept.c */
u64 intercept_inject_gp(void);
bool intercept_setup(struct vp *vp);	/* on that VP */
void intercept_serve(struct gprs *vtl0);
__noreturn void intercept_abandon(struct vp *vp);

/* entry.S */
void context_switch(u64 *save_sp, u64 sp);
__noreturn void intercept_leave(struct gprs *vtl0);
void thread_entry(void);
u64 user_enter(const struct user_regs *regs, u64 *save_sp, void *rsp0);
__noreturn void user_leave(u64 sp, u64 ret);

#endif /* _VSM_SK_VP_H */
