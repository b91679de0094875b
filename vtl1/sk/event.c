// SPDX-License-Identifier: GPL-2.0
/*
 * Tells VTL0 what was refused, in a page that VTL0 has given.
 * Must never read that page, nor wait for good: a VP that died with the lock
 * must not take the others with it.
 */
#include "vp.h"
#include "vtl0.h"

#define LOCK_SPINS	1000000

static u32 event_lock;
/* event_lock guards these. */
static struct vsm_sk_events *page;	/* VTL0's; NULL: nobody listens */
static u64 last_seq;

static_assert(sizeof(struct vsm_sk_events) == PAGE_SIZE, "one page");

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

	__atomic_store_n(&slot->seq, 0, __ATOMIC_RELEASE);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	slot->tsc = event->tsc;
	slot->rip = event->rip;
	slot->gva = event->gva;
	slot->gpa = event->gpa;
	slot->vp_index = event->vp_index;
	slot->rule = event->rule;
	slot->access = event->access;
	slot->cpl = event->cpl;
	slot->audit = event->audit;
	slot->class = event->class;
	__atomic_store_n(&slot->seq, last_seq, __ATOMIC_RELEASE);
	__atomic_store_n(&page->next, last_seq, __ATOMIC_RELEASE);
}

bool event_put(const struct vsm_sk_event *event)
{
	u64 flags = irq_save();
	bool done = false;

	if (try_lock()) {
		done = page;
		if (done)
			put_locked(event);
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

bool event_page_is(u64 gpa)
{
	void *p = READ_ONCE(page);

	return p && va_pa(p) == gpa;
}

/* From then on the page does not become code. */
u64 scall_events(const u64 arg[5], u64 ret[3])
{
	void *p = NULL;
	bool done;

	(void)ret;
	if (arg[0]) {
		p = vtl0_write_begin(arg[0]);
		if (!p)
			return VSM_S_INVALID_ADDRESS;
		memset(p, 0, PAGE_SIZE);
	}
	done = try_lock();
	if (done) {
		page = p;
		last_seq = 0;
		unlock();
	}
	if (p)
		vtl0_write_end();
	return done ? VSM_S_OK : VSM_S_BUSY;
}
