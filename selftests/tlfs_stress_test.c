// SPDX-License-Identifier: GPL-2.0
/*
 * Everything at once, on all CPUs: VTL calls, protections that change while
 * others write, NMIs, CPUs that go and come, signals and preemption, for at
 * least a thousand million instructions.  Nothing may get lost: no call, no NMI,
 * no event; and no CPU may use a permission that was taken away.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#include "kselftest_harness.h"
#include "tlfs.h"

#define INSTRUCTIONS	1000000000ULL
#define MAX_SECONDS	600	/* of the machine's own clock */
#define NR_PAGES	8
#define SIGNAL_USEC	3000
#define RO		HV_MAP_GPA_READABLE
#define RWX		HV_MAP_GPA_PERMISSIONS_MASK
#define HYPERVISOR	"/sys/kernel/debug/vsm/hypervisor"
#define EVENTS		"/tmp/vsm-stress-events"

#define CHECK(what)	do { if (!(what)) give_up(#what, __LINE__); } while (0)

/* Shared by all processes.  round: bit 0, being changed; bit 1, read-only. */
static struct shared {
	volatile bool stop;
	volatile __u64 round;
	__u64 target;			/* GPA of the pages that are written to */
	__u64 calls, signals, writes, refused, nmis, offlines, changes, spins;
} *shared;

static void give_up(const char *what, int line)
{
	printf("# pid %d, line %d: %s (%s)\n", getpid(), line, what,
	       strerror(errno));
	fflush(stdout);
	_exit(1);
}

static unsigned int all_cpus(void)
{
	return sysconf(_SC_NPROCESSORS_CONF);
}

static void count(__u64 *counter)
{
	__atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

static void open_tlfs(struct tlfs *t)
{
	bool skip;

	CHECK(!tlfs_open(t, &skip));
}

/* Only a hint: CPUs go away. */
static void prefer(unsigned int cpu)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
}

static void on_alarm(int sig)
{
	count(&shared->signals);
}

static void with_signals(void)
{
	struct itimerval it = {
		.it_interval.tv_usec = SIGNAL_USEC,
		.it_value.tv_usec = SIGNAL_USEC,
	};
	struct sigaction sa = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };

	CHECK(!sigaction(SIGALRM, &sa, NULL));
	CHECK(!setitimer(ITIMER_REAL, &it, NULL));
}

/* VTL1 of the VP that the call is made on answers, and says which it is. */
static void caller(unsigned int cpu)
{
	struct tlfs t;
	int before;

	open_tlfs(&t);
	prefer(cpu);
	with_signals();
	while (!shared->stop) {
		struct puppet_request req = {
			.op = PUPPET_RDMSR, .arg = { HV_X64_MSR_VP_INDEX },
		};

		before = sched_getcpu();
		CHECK(puppet(&t, &req));
		CHECK(req.fault.vector == NO_FAULT);
		CHECK(req.ret[0] < all_cpus());
		if (before == sched_getcpu())
			count(&shared->calls);
	}
}

/*
 * A write that begins and ends within one round does what the round's
 * permission says, whichever CPU it is made on.
 */
static void writer(unsigned int cpu)
{
	unsigned int i = 0;
	struct tlfs t;

	open_tlfs(&t);
	prefer(cpu);
	while (!shared->stop) {
		struct vsm_probe_poke poke = {
			.gpa = shared->target + i++ % NR_PAGES * PAGE + cpu,
			.value = i,
		};
		__u64 before = shared->round, after;

		CHECK(!ioctl(t.fd, VSM_PROBE_IOC_POKE, &poke));
		after = shared->round;
		count(poke.done ? &shared->writes : &shared->refused);
		if (before != after || (before & 1))
			continue;
		/* A stale permission, or one that did not come back. */
		CHECK(poke.done == !(before & 2));
	}
}

static void protector(unsigned int unused)
{
	struct tlfs t;
	bool ro = false;

	open_tlfs(&t);
	shared->target = tlfs_gpa(&t, TLFS_FREE);
	while (!shared->stop) {
		ro = !ro;
		shared->round |= 1;
		CHECK(protect(&t, 1, 0, ro ? RO : RWX,
			      shared->target / PAGE, NR_PAGES) ==
		      DONE(NR_PAGES));
		/* From one state to the other, and a round further. */
		shared->round = (shared->round + 4) / 4 * 4 | (ro ? 2 : 0);
		count(&shared->changes);
		usleep(2000);
	}
	CHECK(protect(&t, 1, 0, RWX, shared->target / PAGE, NR_PAGES) ==
	      DONE(NR_PAGES));
}

static void nmi_sender(unsigned int unused)
{
	struct tlfs t;
	__u32 cpu = 0;

	open_tlfs(&t);
	while (!shared->stop) {
		cpu = (cpu + 1) % all_cpus();
		if (!ioctl(t.fd, VSM_PROBE_IOC_NMI, &cpu))
			count(&shared->nmis);
		else
			CHECK(errno == ENXIO);
	}
}

static void set_online(unsigned int cpu, const char *how)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%u/online",
		 cpu);
	fd = open(path, O_WRONLY);
	CHECK(fd >= 0);
	CHECK(write(fd, how, 1) == 1);
	close(fd);
}

/* All but the first, one after the other. */
static void plugger(unsigned int unused)
{
	unsigned int cpu = 0, nr = all_cpus();

	while (!shared->stop && nr > 1) {
		cpu = cpu % (nr - 1) + 1;
		set_online(cpu, "0");
		usleep(20000);
		set_online(cpu, "1");
		count(&shared->offlines);
		usleep(20000);
	}
}

/* More work than CPUs: everybody is preempted. */
static void spinner(unsigned int cpu)
{
	prefer(cpu);
	while (!shared->stop)
		count(&shared->spins);
}

static pid_t start(void (*fn)(unsigned int), unsigned int cpu)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid)
		return pid;
	fn(cpu);
	_exit(0);
}

/* What all CPUs did apart from idling, in ticks of the machine. */
static unsigned long long busy_ticks(double ticks_per_second)
{
	unsigned long long user = 0, nice = 0, system = 0, irq = 0, softirq = 0;
	FILE *in = fopen("/proc/stat", "r");

	if (in && fscanf(in, "cpu %llu %llu %llu %*u %*u %llu %llu", &user,
			 &nice, &system, &irq, &softirq) != 5)
		user = 0;
	if (in)
		fclose(in);
	return (user + nice + system + irq + softirq) * ticks_per_second /
	       sysconf(_SC_CLK_TCK);
}

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* Until enough instructions were executed; how many that was. */
static unsigned long long run_until_done(void)
{
	unsigned long long tsc = __rdtsc(), first = 0, busy = 0;
	double begin = seconds(), rate;

	while (busy < INSTRUCTIONS && seconds() - begin < MAX_SECONDS) {
		sleep(1);
		rate = (__rdtsc() - tsc) / (seconds() - begin);
		if (!first)
			first = busy_ticks(rate);
		busy = busy_ticks(rate) - first;
	}
	printf("# %llu instructions in %.1f s of %u CPUs\n", busy,
	       seconds() - begin, all_cpus());
	return busy;
}

static __u64 hypervisor_events(void)
{
	FILE *in = fopen(HYPERVISOR, "r");
	unsigned long long n = 0;
	char line[128];

	while (in && fgets(line, sizeof(line), in))
		if (sscanf(line, "events %llu", &n) == 1)
			break;
	if (in)
		fclose(in);
	return n;
}

static pid_t follow_events(void)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	if (!freopen(EVENTS, "w", stdout))
		_exit(1);
	execlp("vsmctl", "vsmctl", "--json", "events", NULL);
	_exit(127);
}

/* Events that were read and those that are told to be lost. */
static __u64 followed_events(bool *ret_gap)
{
	unsigned long long n = 0, lost;
	FILE *in = fopen(EVENTS, "r");
	char line[1024], *c;

	*ret_gap = !in;
	while (in && fgets(line, sizeof(line), in)) {
		*ret_gap |= !!strstr(line, "\"lost\":");
		n += !!strstr(line, "\"type\":\"memory\"");
		c = strstr(line, "\"detail\":\"");
		if (strstr(line, "\"type\":\"loss\"") && c &&
		    sscanf(c, "\"detail\":\"%llu memory", &lost) == 1)
			n += lost;
	}
	if (in)
		fclose(in);
	unlink(EVENTS);
	return n;
}

#define MAX_WORKERS	64

static int workers(struct __test_metadata *_metadata, unsigned int cpus)
{
	unsigned int n = 0, cpu, failed = 0;
	pid_t pids[MAX_WORKERS];
	int status;

	pids[n++] = start(protector, 0);
	while (!__atomic_load_n(&shared->target, __ATOMIC_ACQUIRE))
		usleep(1000);
	for (cpu = 0; cpu < cpus; cpu++) {
		pids[n++] = start(caller, cpu);
		pids[n++] = start(writer, cpu);
		pids[n++] = start(spinner, cpu);
	}
	pids[n++] = start(nmi_sender, 0);
	pids[n++] = start(plugger, 0);
	EXPECT_LE(INSTRUCTIONS, run_until_done());
	shared->stop = true;
	while (n--) {
		waitpid(pids[n], &status, 0);
		failed += status != 0;
	}
	return failed;
}

FIXTURE(stress) {
	struct tlfs t;
};

FIXTURE_SETUP(stress)
{
	bool skip;
	const char *why = tlfs_open(&self->t, &skip);

	if (why && skip)
		SKIP(return, "%s", why);
	ASSERT_EQ(NULL, why) TH_LOG("%s", why);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, shared);
}

FIXTURE_TEARDOWN(stress)
{
	tlfs_close(&self->t);
}

static void print_counts(void)
{
	printf("# %llu VTL calls, %llu changes of %u pages, %llu writes, %llu refused\n",
	       shared->calls, shared->changes, NR_PAGES, shared->writes,
	       shared->refused);
	printf("# %llu NMIs, %llu CPUs off and on, %llu signals\n",
	       shared->nmis, shared->offlines, shared->signals);
}

TEST_F_TIMEOUT(stress, everything_at_once, MAX_SECONDS + 60)
{
	unsigned int cpus = all_cpus();
	__u64 before = hypervisor_events();
	pid_t follower = follow_events();
	bool gap;

	ASSERT_LE(3 * cpus + 3, MAX_WORKERS);
	sleep(2);
	EXPECT_EQ(0, workers(_metadata, cpus));
	/* The driver reads events twice a second, when somebody is awake. */
	for (int i = 0; i < 30; i++)
		usleep(100000);
	kill(follower, SIGINT);
	waitpid(follower, NULL, 0);
	print_counts();
	EXPECT_LT(0, shared->calls);
	EXPECT_LT(0, shared->changes);
	EXPECT_LT(0, shared->writes);
	EXPECT_LT(0, shared->refused);
	EXPECT_LT(0, shared->nmis);
	EXPECT_LT(0, shared->signals);
	if (cpus > 1)
		EXPECT_LT(0, shared->offlines);
	EXPECT_EQ(shared->refused, hypervisor_events() - before);
	EXPECT_EQ(shared->refused, followed_events(&gap));
	EXPECT_FALSE(gap);
}

TEST_HARNESS_MAIN
