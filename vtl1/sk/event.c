// SPDX-License-Identifier: GPL-2.0
/*
 * Tells VTL0 what was refused, in a page that VTL0 has given.
 * Must never read that page, nor wait for good: a VP that died with the lock
 * must not take the others with it.
 */
#include "event_log.h"
#include "vp.h"
#include "vtl0.h"

#define LOCK_SPINS	1000000

static u32 event_lock;
/* event_lock guards these. */
static struct vsm_sk_events *page;	/* VTL0's; NULL: nobody listens */
static u64 next_page;			/* atomic; it is about to be that one */
static u64 last_seq, read_seq;
static struct event_log events;
static struct vsm_sk_tasks tasks;

static_assert(sizeof(struct vsm_sk_events) == PAGE_SIZE, "one page");
static_assert(sizeof(struct vsm_sk_tasks) == PAGE_SIZE, "one page");

void event_setup(void)
{
	event_log_init(&events);
}

static bool try_lock(void)
{
	u32 n;

	for (n = 0; n < LOCK_SPINS; n++) {
		if (!__atomic_exchange_n(&event_lock, 1, __ATOMIC_ACQUIRE))
			return true;
		cpu_relax();
	}
	return false;
}

static void unlock(void)
{
	__atomic_store_n(&event_lock, 0, __ATOMIC_RELEASE);
}

/* The number goes from zero to its value around the rest. */
static void put_locked(const struct vsm_sk_event *event)
{
	struct vsm_sk_event *slot = &page->event[last_seq++ % VSM_SK_EVENTS];
	const size_t rest = offsetof(struct vsm_sk_event, tsc);

	__atomic_store_n(&slot->seq, 0, __ATOMIC_RELEASE);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	memcpy((u8 *)slot + rest, (const u8 *)event + rest,
	       sizeof(*event) - rest);
	__atomic_store_n(&slot->seq, last_seq, __ATOMIC_RELEASE);
	__atomic_store_n(&page->next, last_seq, __ATOMIC_RELEASE);
}

/* As many as there is room for. */
static void tell_locked(void)
{
	struct vsm_sk_event event;

	while (last_seq - read_seq < VSM_SK_EVENTS &&
	       event_log_next(&events, &event))
		put_locked(&event);
	WRITE_ONCE(page->total, events.total);
	WRITE_ONCE(page->lost, events.lost);
	WRITE_ONCE(page->waiting, events.nr);
}

/* False: VTL0 named nonsense. */
static bool read_vtl0(u64 gpa, void *dst, u32 n)
{
	const u8 *p = vtl0_page(gpa & PAGE_MASK);

	if (!p || (gpa & ~PAGE_MASK) + n > PAGE_SIZE)
		return false;
	memcpy(dst, p + (gpa & ~PAGE_MASK), n);
	return true;
}

/* What VTL0 says of itself; nothing is decided by it. */
static void name_process_locked(struct vsm_sk_event *event)
{
	u64 task;

	if (event->vp_index >= tasks.nr ||
	    !read_vtl0(tasks.current_gpa[event->vp_index], &task, sizeof(task)))
		return;
	task -= tasks.direct;
	if (!read_vtl0(task + tasks.pid, &event->pid, sizeof(event->pid)) ||
	    !read_vtl0(task + tasks.comm, event->comm, sizeof(event->comm))) {
		event->pid = 0;
		memset(event->comm, 0, sizeof(event->comm));
	}
}

bool event_put(struct vsm_sk_event *event)
{
	u64 flags = irq_save();
	bool done = false;

	if (try_lock()) {
		name_process_locked(event);
		done = event_log_add(&events, event);
		if (page)
			tell_locked();
		unlock();
	}
	irq_restore(flags);
	return done;
}

struct vsm_sk_event event_of_memory(u8 rule,
				    const struct hv_x64_memory_intercept *m)
{
	return (struct vsm_sk_event){
		.tsc = rdtsc(),
		.rip = m->header.rip,
		.gva = m->gva,
		.gpa = m->gpa,
		.vp_index = m->header.vp_index,
		.rule = rule,
		.access = 1U << m->header.access,
		.cpl = m->header.exec_state & 3,
	};
}

struct vsm_sk_event event_of_register(u8 rule,
				      const struct hv_x64_register_intercept *m)
{
	return (struct vsm_sk_event){
		.tsc = rdtsc(),
		.rip = m->header.rip,
		.vp_index = m->header.vp_index,
		.rule = rule,
		.access = 1U << HV_ACCESS_WRITE,
		.cpl = m->header.exec_state & 3,
	};
}

void event_memory(u8 rule, bool audit, const struct hv_x64_memory_intercept *m)
{
	struct vsm_sk_event event = event_of_memory(rule, m);

	event.audit = audit;
	event_put(&event);
}

/* In this order: first it is the next one, then the one, then only that. */
bool event_page_is(u64 gpa)
{
	bool next = __atomic_load_n(&next_page, __ATOMIC_SEQ_CST) == gpa;
	void *p = __atomic_load_n(&page, __ATOMIC_SEQ_CST);

	return gpa && (next || (p && va_pa(p) == gpa));
}

static bool copy_tasks(u64 gpa, struct vsm_sk_tasks *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (!gpa)
		return true;
	return IS_ALIGNED(gpa, PAGE_SIZE) &&
	       read_vtl0(gpa, ret, sizeof(*ret)) && !ret->rsvd &&
	       ret->nr <= VSM_SK_TASKS;
}

/* Event numbers start again; what waits goes to the new page. */
static u64 listen(void *p, u64 tasks_gpa)
{
	u64 status = VSM_S_BUSY;

	if (!try_lock())
		return status;
	status = VSM_S_OK;
	if (!copy_tasks(tasks_gpa, &tasks)) {
		memset(&tasks, 0, sizeof(tasks));
		status = VSM_S_INVALID_ADDRESS;
	} else {
		__atomic_store_n(&page, p, __ATOMIC_SEQ_CST);
		last_seq = 0;
		read_seq = 0;
		if (page)
			tell_locked();
	}
	unlock();
	return status;
}

static u64 listen_at(u64 gpa, u64 tasks_gpa)
{
	void *p = vtl0_write_begin(gpa);
	u64 status;

	if (!p)
		return VSM_S_INVALID_ADDRESS;
	memset(p, 0, PAGE_SIZE);
	status = listen(p, tasks_gpa);
	vtl0_write_end();
	return status;
}

/*
 * Interrupts are off.  The page does not become code from before it is looked at
 * whether it is some: who makes code has looked at this before, or sees it.
 */
u64 scall_events(const u64 arg[5], u64 ret[3])
{
	u64 none = 0, status;

	(void)ret;
	if (!arg[0])
		return listen(NULL, arg[1]);
	if (!__atomic_compare_exchange_n(&next_page, &none, arg[0], false,
					 __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
		return VSM_S_BUSY;
	status = listen_at(arg[0], arg[1]);
	__atomic_store_n(&next_page, 0, __ATOMIC_SEQ_CST);
	return status;
}

u64 scall_events_read(const u64 arg[5], u64 ret[3])
{
	u64 status = VSM_S_INVALID_PARAMETER;

	(void)ret;
	if (!try_lock())
		return VSM_S_BUSY;
	if (page && arg[0] >= read_seq && arg[0] <= last_seq) {
		read_seq = arg[0];
		tell_locked();
		status = VSM_S_OK;
	}
	unlock();
	return status;
}
