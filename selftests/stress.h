/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stress tests: processes that work, on each CPU, and others that disturb them,
 * all at once, until enough was done of everything.  What is enough is counted
 * in events and in TSC ticks of CPU time, never in seconds: on an emulator, a
 * second is a long time.
 */
#ifndef _VSM_SELFTESTS_STRESS_H
#define _VSM_SELFTESTS_STRESS_H

#include <stdbool.h>
#include <sys/types.h>

#include <linux/types.h>

enum stress_event {
	STRESS_CALLS,		/* into VTL1 */
	STRESS_CHANGES,		/* of protections */
	STRESS_ALLOWED,		/* accesses to what is protected */
	STRESS_REFUSED,
	STRESS_FROZEN,		/* pages seen not to change while read-only */
	STRESS_NMIS,
	STRESS_LOST_NMIS,
	STRESS_HOTPLUGS,	/* CPUs off and on again */
	STRESS_SIGNALS,
	STRESS_PREEMPTIONS,	/* involuntary context switches */
	STRESS_OWN,		/* the test's own, and the next */
	STRESS_OWN2,
	STRESS_NR_EVENTS,
};

enum stress_class {
	STRESS_WORK,		/* gets signals, is preempted, ends last */
	STRESS_DISTURB,
};

struct stress_worker {
	const char *name;
	void (*fn)(struct stress_worker *w);
	enum stress_class class;
	unsigned int cpu;		/* its home, where it is when it can */
	void *arg;
	pid_t pid;			/* 0: ended */
	volatile bool ready;		/* for signals */
	volatile __u64 count[STRESS_NR_EVENTS];
	volatile __u64 signals_sent;
	__u64 out_of_order;		/* of the signals that came */
	volatile __u64 cpu_ns;
	char why[160];			/* it failed */
};

struct stress_goal {
	enum stress_event event;
	__u64 least;
};

/* Where all processes see it; NULL: no memory. */
void *stress_share(size_t size);

/* Before any worker; false: no memory. */
bool stress_begin(void);

void stress_add(const char *name, void (*fn)(struct stress_worker *w),
		enum stress_class class, unsigned int cpu, void *arg);

/* The disturbances that need no VTL1. */
void stress_add_hotplug(void);
void stress_add_signals(void);
void stress_add_preemption(void);	/* on every CPU */

/*
 * Until @nr goals are reached and so many ticks of CPU time are spent, then
 * end all.  False: a worker failed, or it took too long.
 */
bool stress_run(const struct stress_goal *goals, unsigned int nr,
		__u64 min_ticks);

__u64 stress_total(enum stress_event event);
__u64 stress_ticks(void);		/* of CPU time, of all workers */
bool stress_signals_complete(void);	/* each came, in order */
void stress_report(void);

/* In a worker: go on?  Lets others run, too. */
bool stress_goes_on(struct stress_worker *w);
void stress_spin(__u64 ticks);
void stress_nap(void);

/*
 * Around what makes the hypervisor interrupt all CPUs: not while one starts, if
 * the machine is one of those that do not bear it.
 */
void stress_kick_begin(struct stress_worker *w);
void stress_kick_end(void);

static inline void stress_count(struct stress_worker *w,
				enum stress_event event)
{
	w->count[event]++;
}

__attribute__((noreturn))
void stress_give_up(struct stress_worker *w, const char *what, int line);

#define STRESS_CHECK(w, what) \
	do { if (!(what)) stress_give_up(w, #what, __LINE__); } while (0)

#endif /* _VSM_SELFTESTS_STRESS_H */
