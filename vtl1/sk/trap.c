// SPDX-License-Identifier: GPL-2.0
/*
 * Exceptions and interrupts of VTL1.
 * Must never take the machine down: a fault of a trustlet ends the trustlet, a
 * fault of our own ends the secure kernel's service, with the log still served.
 */
#include <vsm/trustlet.h>

#include "trustlet.h"
#include "vp.h"

static void log_trap(const char *who, const struct trap_regs *r)
{
	sk_log("%s: exception %lu at rip 0x%lx error 0x%lx rsp 0x%lx cr2 0x%lx",
	       who, r->vector, r->rip, r->error, r->rsp,
	       r->vector == X86_TRAP_PF ? read_cr2() : 0);
}

static void enter_broken(void *arg)
{
	(void)arg;
	write_cr3(sk.kernel_cr3);
	scall_loop(VSM_S_NOT_READY, 0);
}

/*
 * Leave the stack that broke for the VP's own; where that is the one, because VTL0
 * did not call, for what is on it.
 */
static __noreturn void fatal(void)
{
	struct vp *vp = this_vp();

	irq_disable();
	sk_set_state(SK_BROKEN);
	/* CR2 is shared with VTL0. */
	write_cr2(0);
	if (vp->intercepted)
		intercept_abandon(vp);
	stack_call((u8 *)vp + SLOT_SIZE, enter_broken, NULL);
}

__noreturn void sk_die(void)
{
	fatal();
}

bool sk_wait_turn(const struct spinlock *lock, u32 ticket)
{
	while (!spin_has_turn(lock, ticket)) {
		if (sk_state() == SK_BROKEN)
			return false;
		cpu_relax();
	}
	return true;
}

__noreturn void vsm_bug(const char *file, int line, const char *what)
{
	irq_disable();
	sk_log("secure kernel broken: %s:%d: %s", file, line, what);
	fatal();
}

static void user_trap(struct trap_regs *r)
{
	struct thread *t = this_thread();

	if (r->vector == VSM_TRUSTLET_VECTOR) {
		irq_enable();
		trustlet_syscall(t->trustlet, r);
		irq_disable();
	} else if (r->vector == SK_VINA_VECTOR) {
		thread_preempt();
	} else {
		log_trap(trustlet_name(t->trustlet), r);
		if (r->vector == X86_TRAP_PF)
			write_cr2(0);
		user_leave(t->user_sp, VSM_S_FAULT);
	}
	if (__atomic_load_n(&t->kill, __ATOMIC_RELAXED))
		user_leave(t->user_sp, VSM_S_KILLED);
}

void trap(struct trap_regs *r);
void trap(struct trap_regs *r)
{
	if (r->cs & 3) {
		user_trap(r);
	} else if (r->vector == SK_VINA_VECTOR) {
		thread_preempt();
	} else {
		log_trap("secure kernel broken", r);
		fatal();
	}
}
