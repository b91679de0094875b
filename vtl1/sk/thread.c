// SPDX-License-Identifier: GPL-2.0
/*
 * Secure threads: what of VTL1 takes long, and can be left at any instruction
 * when VTL0 has an interrupt, and be continued on any VP.
 * Must never be left with a spinlock held.
 */
#include "vp.h"

static_assert(sizeof(struct thread) <= PAGE_SIZE, "struct thread is one page");

static struct spinlock thread_lock;
static u64 thread_uses;			/* thread_lock; makes tokens unique */
static u32 thread_used;			/* thread_lock */

static struct thread *thread_at(u32 i)
{
	return (struct thread *)(SK_STACKS + (THREAD_SLOT + i) * SLOT_SIZE);
}

static bool thread_mapped[THREAD_MAX];	/* thread_lock */

static bool map_locked(u32 i)
{
	u64 slot = (u64)thread_at(i);

	if (thread_mapped[i])
		return true;
	/* What is mapped when memory runs out stays for the next try. */
	if (!paging_back(slot, PAGE_SIZE) ||
	    !paging_back(slot + SLOT_THREAD_STACK,
			 SLOT_SIZE - SLOT_THREAD_STACK))
		return false;
	thread_mapped[i] = true;
	return true;
}

static struct thread *find_free_locked(void)
{
	struct thread *t;
	u32 i;

	for (i = 0; i < THREAD_MAX; i++) {
		t = thread_at(i);
		if (thread_mapped[i] && t->state == THREAD_FREE)
			return t;
		if (thread_mapped[i])
			continue;
		return map_locked(i) ? t : NULL;
	}
	return NULL;
}

/* An empty stack that context_switch() leaves to thread_entry. */
static void prepare(struct thread *t)
{
	u64 *sp = (u64 *)((u64)t + SLOT_SIZE);

	*--sp = 0;			/* keeps the ABI's alignment */
	*--sp = (u64)thread_entry;
	*--sp = 0;			/* rbp */
	*--sp = (u64)t;			/* rbx */
	*--sp = 0;			/* r12 to r15 */
	*--sp = 0;
	*--sp = 0;
	*--sp = 0;
	t->sp = (u64)sp;
	t->user_sp = 0;
	t->cr3 = sk.kernel_cr3;
	t->as = NULL;
	t->trustlet = NULL;
	t->kill = false;
	t->done = false;
	memset(t->ret, 0, sizeof(t->ret));
}

static struct thread *thread_get(bool urgent)
{
	u64 flags = sk_lock(&thread_lock);
	struct thread *t = NULL;

	/* Checked under the lock that thread_stop() takes. */
	if (sk_state() == SK_RUNNING &&
	    (urgent || thread_used < THREAD_MAX - THREAD_RESERVE))
		t = find_free_locked();
	if (t) {
		t->state = THREAD_RUNNING;
		t->token = ++thread_uses * THREAD_MAX +
			   ((u64)t - (u64)thread_at(0)) / SLOT_SIZE;
		t->head.thread = t;
		thread_used++;
		prepare(t);
	}
	sk_unlock(&thread_lock, flags);
	return t;
}

static void thread_set(struct thread *t, enum thread_state state)
{
	u64 flags = sk_lock(&thread_lock);

	t->state = state;
	if (state == THREAD_FREE)
		thread_used--;
	sk_unlock(&thread_lock, flags);
}

/* Until it is done or preempted; then fill in what VTL0 gets. */
static void thread_run(struct scall_regs *regs, struct thread *t)
{
	struct vp *vp = this_vp();

	t->head.vp = vp;
	vp->head.thread = t;
	vp->tss.rsp[0] = t->user_sp;
	write_cr3(t->cr3);
	context_switch(&vp->sp, t->sp);
	write_cr3(sk.kernel_cr3);
	vp->head.thread = NULL;

	if (!t->done) {
		vp->preemptions++;
		*regs = (struct scall_regs){
			.rdi = VSM_S_PREEMPTED, .rsi = t->token,
		};
		thread_set(t, THREAD_PARKED);
		return;
	}
	*regs = (struct scall_regs){
		.rdi = t->status,
		.rsi = t->ret[0], .rdx = t->ret[1], .r8 = t->ret[2],
	};
	thread_set(t, THREAD_FREE);
}

__noreturn void thread_main(struct thread *t);
__noreturn void thread_main(struct thread *t)
{
	irq_enable();
	t->status = t->fn(t->arg, t->ret);
	irq_disable();
	thread_use(NULL);
	t->done = true;
	context_switch(&t->sp, t->head.vp->sp);
	__builtin_unreachable();
}

void thread_start(struct scall_regs *regs, scall_fn fn, bool urgent)
{
	struct thread *t = thread_get(urgent);

	if (!t) {
		*regs = (struct scall_regs){ .rdi = VSM_S_BUSY };
		return;
	}
	t->fn = fn;
	t->arg[0] = regs->rsi;
	t->arg[1] = regs->rdx;
	t->arg[2] = regs->r8;
	t->arg[3] = regs->r9;
	t->arg[4] = regs->r10;
	thread_run(regs, t);
}

static struct thread *find_locked(u64 token)
{
	u32 i = token % THREAD_MAX;
	struct thread *t = thread_at(i);

	if (!thread_mapped[i] || t->state == THREAD_FREE || t->token != token)
		return NULL;
	return t;
}

void thread_resume(struct scall_regs *regs, u64 token)
{
	u64 flags = sk_lock(&thread_lock);
	struct thread *t = find_locked(token);
	u64 status = VSM_S_OK;

	if (!t)
		status = VSM_S_NOT_FOUND;
	else if (t->state == THREAD_RUNNING)
		status = VSM_S_BUSY;
	else
		t->state = THREAD_RUNNING;
	sk_unlock(&thread_lock, flags);

	if (status)
		*regs = (struct scall_regs){ .rdi = status };
	else
		thread_run(regs, t);
}

u64 thread_kill(u64 token)
{
	u64 flags = sk_lock(&thread_lock);
	struct thread *t = find_locked(token);

	if (t)
		__atomic_store_n(&t->kill, true, __ATOMIC_RELAXED);
	sk_unlock(&thread_lock, flags);
	return t ? VSM_S_OK : VSM_S_NOT_FOUND;
}

void thread_preempt(void)
{
	struct thread *t = this_thread();

	if (t)
		context_switch(&t->sp, t->head.vp->sp);
}

void thread_use(struct aspace *as)
{
	struct thread *t = this_thread();
	u64 flags = irq_save();

	t->as = as;
	t->cr3 = as ? as->root : sk.kernel_cr3;
	write_cr3(t->cr3);
	irq_restore(flags);
}

bool thread_stop(void)
{
	u64 flags = sk_lock(&thread_lock);
	bool idle = !thread_used;

	if (idle)
		sk_set_state(SK_SHUT_DOWN);
	sk_unlock(&thread_lock, flags);
	return idle;
}

u32 thread_count(void)
{
	return READ_ONCE(thread_used);
}

/* Whatever stacks hold of the threads that were on them; none may run. */
void thread_scrub(void)
{
	u32 i;

	for (i = 0; i < THREAD_MAX; i++)
		if (thread_mapped[i])
			memzero_explicit((u8 *)thread_at(i) + SLOT_THREAD_STACK,
					 SLOT_SIZE - SLOT_THREAD_STACK);
}

/* Stacks that wait for the next thread. */
u64 thread_idle_bytes(void)
{
	const u64 each = PAGE_SIZE + SLOT_SIZE - SLOT_THREAD_STACK;
	u64 flags = sk_lock(&thread_lock), bytes;
	u32 i, n = 0;

	for (i = 0; i < THREAD_MAX; i++)
		n += thread_mapped[i];
	bytes = (n - thread_used) * each;
	sk_unlock(&thread_lock, flags);
	return bytes;
}

bool thread_setup(void)
{
	return paging_prepare((u64)thread_at(0), THREAD_MAX * SLOT_SIZE);
}
