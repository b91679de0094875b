// SPDX-License-Identifier: GPL-2.0
/*
 * Runs the workers of a stress test, and the disturbances that all of them
 * share.  Must never wait without a bound, nor count what did not happen.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#include "stress.h"

#define MAX_WORKERS	64
#define MAX_TICKS	8000000000ULL	/* from the first to the last */
#define END_TICKS	2000000000ULL	/* for workers to see that it ends */
#define POLL_NS		5000000
#define NAP_NS		100000		/* of who disturbs */
#define SLICE		400000ULL	/* ticks until somebody else's turn */
#define STAY		16		/* turns until a worker goes home */
#define REST		8000000ULL	/* ticks with all CPUs there */
#define IN_FLIGHT	8		/* signals on their way to a worker */
#define LOAD_NICE	19
#define EXPEDITED	"/sys/kernel/rcu_expedited"
#define BIOS_VERSION	"/sys/class/dmi/id/bios_version"

static struct shared {
	volatile bool stop[2];		/* by class */
	volatile bool failed;
	bool drops_init;		/* the machine: drops_init() */
	bool starting;			/* a CPU, meanwhile */
	unsigned int kickers;		/* between kick_begin() and _end() */
	__u64 begin;			/* TSC */
	unsigned int nr;
	struct stress_worker worker[MAX_WORKERS];
} *shared;

static struct stress_worker *self;	/* in a worker */
static const char *trouble;

static const char * const event_names[STRESS_NR_EVENTS] = {
	[STRESS_CALLS] = "VTL calls",
	[STRESS_CHANGES] = "protection changes",
	[STRESS_ALLOWED] = "accesses allowed",
	[STRESS_REFUSED] = "accesses refused",
	[STRESS_FROZEN] = "pages seen unchanged",
	[STRESS_NMIS] = "NMIs",
	[STRESS_LOST_NMIS] = "NMIs lost",
	[STRESS_HOTPLUGS] = "CPUs off and on",
	[STRESS_SIGNALS] = "signals",
	[STRESS_PREEMPTIONS] = "preemptions",
};

static unsigned int all_cpus(void)
{
	return sysconf(_SC_NPROCESSORS_CONF);
}

static void sleep_ns(long ns)
{
	struct timespec ts = { .tv_nsec = ns };

	nanosleep(&ts, NULL);
}

void stress_nap(void)
{
	sleep_ns(NAP_NS);
}

void stress_spin(__u64 ticks)
{
	__u64 start = __rdtsc();

	while (__rdtsc() - start < ticks)
		_mm_pause();
}

void *stress_share(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

/* So that a CPU is gone when it was told to, not some ticks of Linux later. */
static void expedite(const char *how)
{
	int fd = open(EXPEDITED, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, how, 1) != 1)
		perror("# " EXPEDITED);
	close(fd);
}

void stress_give_up(struct stress_worker *w, const char *what, int line)
{
	snprintf(w->why, sizeof(w->why), "line %d: %s (%s)", line, what,
		 strerror(errno));
	shared->failed = true;
	_exit(1);
}

/*
 * SDM, "Restrictions on VMX Operation": INIT is blocked in VMX root mode.  A
 * processor keeps it pending; Bochs 3.0 drops it (deliver_INIT() there), so
 * that a CPU which answers a flush in that instant does not start.
 */
static bool drops_init(void)
{
	FILE *in = fopen(BIOS_VERSION, "re");
	char version[64] = "";

	if (in) {
		if (!fgets(version, sizeof(version), in))
			version[0] = 0;
		fclose(in);
	}
	return strstr(version, "Bochs");
}

/* --- in a worker ----------------------------------------------------------- */

/*
 * To its own CPU, which may be offline; the first one remains for that, or
 * Linux would say, on a slow console, whom it has to move.
 */
static void go_home(const struct stress_worker *w)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(w->cpu, &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
	CPU_SET(0, &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
}

static __u64 to_ns(struct timeval tv)
{
	return tv.tv_sec * 1000000000ULL + tv.tv_usec * 1000ULL;
}

/* What only Linux knows of it. */
static void account(struct stress_worker *w)
{
	struct rusage ru;

	getrusage(RUSAGE_SELF, &ru);
	w->count[STRESS_PREEMPTIONS] = ru.ru_nivcsw;
	w->cpu_ns = to_ns(ru.ru_utime) + to_ns(ru.ru_stime);
}

/* Linux would let it run for many times as long, and leave CPUs idle. */
static void take_turns(struct stress_worker *w, __u64 now)
{
	static unsigned int turns;
	static __u64 since;

	if (now - since < SLICE)
		return;
	if (turns++ % STAY == 0)
		go_home(w);
	account(w);
	sched_yield();
	since = __rdtsc();
}

bool stress_goes_on(struct stress_worker *w)
{
	__u64 now = __rdtsc();

	take_turns(w, now);
	return !shared->stop[w->class] && !shared->failed &&
	       now - shared->begin < MAX_TICKS;
}

void stress_kick_begin(struct stress_worker *w)
{
	while (shared->drops_init) {
		__atomic_fetch_add(&shared->kickers, 1, __ATOMIC_SEQ_CST);
		if (!__atomic_load_n(&shared->starting, __ATOMIC_SEQ_CST) ||
		    shared->stop[w->class])
			return;
		stress_kick_end();
		stress_nap();
	}
}

void stress_kick_end(void)
{
	if (shared->drops_init)
		__atomic_fetch_sub(&shared->kickers, 1, __ATOMIC_SEQ_CST);
}

/* Numbered from 1 on for each worker. */
static void on_signal(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	stress_count(self, STRESS_SIGNALS);
	if ((__u32)info->si_value.sival_int !=
	    (__u32)self->count[STRESS_SIGNALS])
		self->out_of_order++;
}

/* What else Linux runs comes first, so that all of it gets on. */
static void become_load(struct stress_worker *w)
{
	const struct sigaction sa = {
		.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_RESTART,
	};

	STRESS_CHECK(w, !sigaction(SIGRTMIN, &sa, NULL));
	STRESS_CHECK(w, !setpriority(PRIO_PROCESS, 0, LOAD_NICE));
	w->ready = true;
}

static void run_worker(struct stress_worker *w)
{
	self = w;
	if (w->class == STRESS_WORK)
		become_load(w);
	w->fn(w);
	/* On the way out of the kernel, signals that are due are taken. */
	syscall(SYS_getppid);
	w->ready = false;
	account(w);
	_exit(0);
}

/* --- disturbances ---------------------------------------------------------- */

static void set_online(struct stress_worker *w, unsigned int cpu,
		       const char *how)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%u/online",
		 cpu);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	STRESS_CHECK(w, fd >= 0);
	STRESS_CHECK(w, write(fd, how, 1) == 1);
	close(fd);
}

static void start_cpu(struct stress_worker *w, unsigned int cpu)
{
	__atomic_store_n(&shared->starting, true, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&shared->kickers, __ATOMIC_SEQ_CST) &&
	       !shared->failed)
		stress_nap();
	set_online(w, cpu, "1");
	__atomic_store_n(&shared->starting, false, __ATOMIC_SEQ_CST);
}

/* All but the first, one after the other. */
static void plug(struct stress_worker *w)
{
	unsigned int cpu = 0, nr = all_cpus();
	__u64 start;

	while (stress_goes_on(w)) {
		cpu = cpu % (nr - 1) + 1;
		set_online(w, cpu, "0");
		start_cpu(w, cpu);
		stress_count(w, STRESS_HOTPLUGS);
		for (start = __rdtsc(); __rdtsc() - start < REST;)
			stress_nap();
	}
}

/* Signals of real time are queued: none may be lost, none come twice. */
static void send_signals(struct stress_worker *w)
{
	unsigned int i;

	while (stress_goes_on(w)) {
		for (i = 0; i < shared->nr; i++) {
			struct stress_worker *to = &shared->worker[i];
			union sigval val = { .sival_int = to->signals_sent + 1 };

			if (!to->ready ||
			    to->signals_sent - to->count[STRESS_SIGNALS] >=
			    IN_FLIGHT)
				continue;
			STRESS_CHECK(w, !sigqueue(to->pid, SIGRTMIN, val));
			to->signals_sent++;
		}
		stress_nap();
	}
}

/* Wakes up all the time, before anybody else on its CPU. */
static void preempt(struct stress_worker *w)
{
	const struct sched_param param = { .sched_priority = 1 };

	STRESS_CHECK(w, !sched_setscheduler(0, SCHED_FIFO, &param));
	while (stress_goes_on(w))
		stress_nap();
}

void stress_add_hotplug(void)
{
	if (all_cpus() > 1)
		stress_add("hotplug", plug, STRESS_DISTURB, 0, NULL);
}

void stress_add_signals(void)
{
	stress_add("signals", send_signals, STRESS_DISTURB, 0, NULL);
}

void stress_add_preemption(void)
{
	unsigned int cpu;

	for (cpu = 0; cpu < all_cpus(); cpu++)
		stress_add("preempt", preempt, STRESS_DISTURB, cpu, NULL);
}

/* --- from outside ---------------------------------------------------------- */

bool stress_begin(void)
{
	shared = stress_share(sizeof(*shared));
	if (shared)
		shared->drops_init = drops_init();
	return shared;
}

void stress_add(const char *name, void (*fn)(struct stress_worker *w),
		enum stress_class class, unsigned int cpu, void *arg)
{
	if (shared->nr == MAX_WORKERS)
		abort();
	shared->worker[shared->nr++] = (struct stress_worker){
		.name = name, .fn = fn, .class = class, .cpu = cpu, .arg = arg,
	};
}

static bool start(void)
{
	unsigned int i;

	fflush(stdout);
	shared->begin = __rdtsc();
	for (i = 0; i < shared->nr; i++) {
		struct stress_worker *w = &shared->worker[i];
		pid_t pid = fork();

		if (pid < 0)
			return false;
		if (!pid) {
			w->pid = getpid();
			run_worker(w);
		}
		w->pid = pid;
	}
	return true;
}

__u64 stress_total(enum stress_event event)
{
	__u64 n = 0;
	unsigned int i;

	for (i = 0; i < shared->nr; i++)
		n += shared->worker[i].count[event];
	return n;
}

static double ticks_per_ns(void)
{
	static double rate;
	struct timespec a, b;
	__u64 tsc;

	if (rate)
		return rate;
	clock_gettime(CLOCK_MONOTONIC, &a);
	tsc = __rdtsc();
	sleep_ns(POLL_NS);
	clock_gettime(CLOCK_MONOTONIC, &b);
	tsc = __rdtsc() - tsc;
	rate = tsc / ((b.tv_sec - a.tv_sec) * 1e9 + b.tv_nsec - a.tv_nsec);
	return rate;
}

__u64 stress_ticks(void)
{
	__u64 ns = 0;
	unsigned int i;

	for (i = 0; i < shared->nr; i++)
		ns += shared->worker[i].cpu_ns;
	return ns * ticks_per_ns();
}

static bool enough(const struct stress_goal *goals, unsigned int nr,
		   __u64 min_ticks)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (stress_total(goals[i].event) < goals[i].least)
			return false;
	return stress_ticks() >= min_ticks;
}

/* Of those of a class that have ended; how many have not. */
static unsigned int reap(enum stress_class class)
{
	unsigned int i, left = 0;
	int status;

	for (i = 0; i < shared->nr; i++) {
		struct stress_worker *w = &shared->worker[i];

		if (!w->pid || w->class != class)
			continue;
		if (waitpid(w->pid, &status, WNOHANG) != w->pid) {
			left++;
			continue;
		}
		w->pid = 0;
		if (status && !w->why[0])
			snprintf(w->why, sizeof(w->why), "ended with %#x",
				 status);
		if (status)
			shared->failed = true;
	}
	return left;
}

/* Who does not end is named, and killed as far as that helps. */
static void end(enum stress_class class)
{
	__u64 start = __rdtsc();
	unsigned int i;

	shared->stop[class] = true;
	while (reap(class) && __rdtsc() - start < END_TICKS)
		stress_nap();
	for (i = 0; i < shared->nr; i++) {
		struct stress_worker *w = &shared->worker[i];

		if (!w->pid || w->class != class)
			continue;
		snprintf(w->why, sizeof(w->why), "does not end");
		shared->failed = true;
		kill(w->pid, SIGKILL);
	}
}

static bool all_run(void)
{
	unsigned int n = reap(STRESS_WORK) + reap(STRESS_DISTURB);

	return n == shared->nr && !shared->failed;
}

/* First of all on its CPU, so that it sees what happens. */
static void become_first(void)
{
	const struct sched_param param = { .sched_priority = 2 };

	sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &param);
}

bool stress_run(const struct stress_goal *goals, unsigned int nr,
		__u64 min_ticks)
{
	bool done = false;

	ticks_per_ns();
	become_first();
	expedite("1");
	trouble = start() ? NULL : "a worker could not be started";
	while (!trouble && !done) {
		sleep_ns(POLL_NS);
		done = enough(goals, nr, min_ticks);
		if (!all_run())
			trouble = "a worker ended early";
		else if (!done && __rdtsc() - shared->begin >= MAX_TICKS)
			trouble = "it took too long";
	}
	/* Who was sent something before the senders ended must have it. */
	end(STRESS_DISTURB);
	end(STRESS_WORK);
	expedite("0");
	return !trouble && !shared->failed;
}

bool stress_signals_complete(void)
{
	unsigned int i;
	bool ok = true;

	for (i = 0; i < shared->nr; i++) {
		const struct stress_worker *w = &shared->worker[i];

		if (w->signals_sent == w->count[STRESS_SIGNALS] &&
		    !w->out_of_order)
			continue;
		printf("# %s %u: %llu signals of %llu, %llu out of order\n",
		       w->name, w->cpu, w->count[STRESS_SIGNALS],
		       w->signals_sent, w->out_of_order);
		ok = false;
	}
	return ok;
}

void stress_report(void)
{
	unsigned int i;

	if (trouble)
		printf("# %s\n", trouble);
	for (i = 0; i < shared->nr; i++)
		if (shared->worker[i].why[0])
			printf("# %s %u: %s\n", shared->worker[i].name,
			       shared->worker[i].cpu, shared->worker[i].why);
	printf("# %llu ticks of CPU time, %llu of the clock, %u CPUs\n",
	       stress_ticks(), __rdtsc() - shared->begin, all_cpus());
	for (i = 0; i < STRESS_NR_EVENTS; i++)
		if (event_names[i] && stress_total(i))
			printf("# %llu %s\n", stress_total(i), event_names[i]);
}
