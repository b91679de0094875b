// SPDX-License-Identifier: GPL-2.0
/*
 * Trustlets at work on all CPUs while CPUs go and come, signals arrive and
 * everybody is preempted: each call has its own answer, who is killed is gone,
 * and nothing is left or unaccounted for.  Must never take a call that was not
 * made for one that succeeded.
 *
 * Runs as root on a demoted kernel, with the installed trustlet "spin".
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <x86intrin.h>

#include "../uapi/linux/vsm.h"
#include "kselftest_harness.h"
#include "stress.h"

#define DEVICE		"/dev/vsm"
#define TRUSTLET	"/lib/firmware/vsm/spin.signed"
#define EVENTS		"/sys/kernel/debug/vsm/events"
#define HYPERVISOR	"/sys/kernel/debug/vsm/hypervisor"

#define TICKS		300000000ULL
#define TIMEOUT		3600	/* seconds of the machine: not a bound here */
#define MAX_ROUNDS	20000	/* of a trustlet: some are preempted */
#define LIFE		100	/* calls of a trustlet */
#define END_TICKS	1000000000ULL	/* for who was killed */

#define CREATED		STRESS_OWN
#define KILLED		STRESS_OWN2

static struct {
	void *data;
	__u32 size;
} image;

static bool read_image(void)
{
	int fd = open(TRUSTLET, O_RDONLY | O_CLOEXEC);
	struct stat st;
	bool ok;

	if (fd < 0 || fstat(fd, &st))
		return false;
	image.size = st.st_size;
	image.data = malloc(image.size);
	ok = image.data && read(fd, image.data, image.size) == st.st_size;
	close(fd);
	return ok;
}

static __u64 create(struct stress_worker *w, int fd)
{
	struct vsm_blob blob = {
		.addr = (uintptr_t)image.data, .size = image.size,
	};

	STRESS_CHECK(w, !ioctl(fd, VSM_IOC_TRUSTLET_CREATE, &blob));
	stress_count(w, CREATED);
	return blob.id;
}

/* It turns as many rounds as the text says, and returns how many it turned. */
static bool call(int fd, __u64 id, const char *text, __s64 *ret)
{
	struct vsm_trustlet_call c = {
		.id = id, .msg_addr = (uintptr_t)text, .msg_size = strlen(text),
	};
	int err = ioctl(fd, VSM_IOC_TRUSTLET_CALL, &c);

	*ret = c.result;
	return !err;
}

static void caller(struct stress_worker *w)
{
	unsigned int i, n = 1 + w->cpu;
	int fd = open(DEVICE, O_RDWR | O_CLOEXEC);
	char text[16];
	__s64 turned;
	__u64 id;

	STRESS_CHECK(w, fd >= 0);
	while (stress_goes_on(w)) {
		id = create(w, fd);
		for (i = 0; i < LIFE && stress_goes_on(w); i++) {
			n = (n * 7919 + 1) % MAX_ROUNDS;
			snprintf(text, sizeof(text), "%u", n + 1);
			STRESS_CHECK(w, call(fd, id, text, &turned));
			STRESS_CHECK(w, turned == n + 1);
			stress_count(w, STRESS_CALLS);
		}
		STRESS_CHECK(w, !ioctl(fd, VSM_IOC_TRUSTLET_DESTROY, &id));
	}
	close(fd);
}

/* A process that never comes back from its trustlet. */
static pid_t start_victim(struct stress_worker *w)
{
	int fd = open(DEVICE, O_RDWR | O_CLOEXEC);
	__u64 id = create(w, fd);
	__s64 turned;
	pid_t pid;

	pid = fork();
	if (!pid) {
		call(fd, id, "for ever", &turned);
		_exit(0);
	}
	STRESS_CHECK(w, pid > 0);
	close(fd);
	return pid;
}

static void killer(struct stress_worker *w)
{
	while (stress_goes_on(w)) {
		pid_t pid = start_victim(w);
		__u64 start = __rdtsc();
		int status = 0;

		stress_nap();
		kill(pid, SIGKILL);
		while (!waitpid(pid, &status, WNOHANG) &&
		       __rdtsc() - start < END_TICKS)
			stress_nap();
		STRESS_CHECK(w, WIFSIGNALED(status));
		STRESS_CHECK(w, WTERMSIG(status) == SIGKILL);
		stress_count(w, KILLED);
	}
}

/* Number of the last event that the driver has raised. */
static __u64 last_event(void)
{
	FILE *in = fopen(EVENTS, "re");
	unsigned long long n = 0;
	char line[512];

	while (in && fgets(line, sizeof(line), in))
		n = strtoull(line, NULL, 10);
	if (in)
		fclose(in);
	return n;
}

static __u64 vtl_calls(void)
{
	FILE *in = fopen(HYPERVISOR, "re");
	unsigned long long n, sum = 0;
	char line[128];

	while (in && fgets(line, sizeof(line), in))
		if (sscanf(line, "cpu%*u.vtl_calls %llu", &n) == 1)
			sum += n;
	if (in)
		fclose(in);
	return sum;
}

FIXTURE(trustlets) {
	int fd;
	unsigned int cpus;
	struct vsm_info info;
};

FIXTURE_SETUP(trustlets)
{
	self->fd = open(DEVICE, O_RDWR | O_CLOEXEC);
	if (self->fd < 0 || !read_image())
		SKIP(return, "no %s or no %s", DEVICE, TRUSTLET);
	self->cpus = sysconf(_SC_NPROCESSORS_CONF);
	ASSERT_EQ(0, ioctl(self->fd, VSM_IOC_INFO, &self->info));
	ASSERT_TRUE(stress_begin());
}

FIXTURE_TEARDOWN(trustlets)
{
	close(self->fd);
}

static const struct stress_goal goals[] = {
	{ STRESS_CALLS, 300 },
	{ CREATED, 6 },
	{ KILLED, 2 },
	{ STRESS_SIGNALS, 20 },
	{ STRESS_PREEMPTIONS, 200 },
	{ STRESS_HOTPLUGS, 3 },		/* the last: not with one CPU */
};

TEST_F_TIMEOUT(trustlets, everything_at_once, TIMEOUT)
{
	unsigned int i, nr = ARRAY_SIZE(goals) - (self->cpus == 1);
	__u64 events = last_event(), entered = vtl_calls();
	struct vsm_info info = { 0 };

	for (i = 0; i < self->cpus; i++)
		stress_add("caller", caller, STRESS_WORK, i, NULL);
	stress_add("killer", killer, STRESS_DISTURB, 0, NULL);
	stress_add_hotplug();
	stress_add_signals();
	stress_add_preemption();
	EXPECT_TRUE(stress_run(goals, nr, TICKS));
	entered = vtl_calls() - entered;
	stress_report();
	printf("# %llu trustlets, %llu of them killed, %llu entries of VTL1\n",
	       stress_total(CREATED), stress_total(KILLED), entered);
	for (i = 0; i < nr; i++)
		EXPECT_LE(goals[i].least, stress_total(goals[i].event))
			TH_LOG("event %u", goals[i].event);
	EXPECT_LE(TICKS, stress_ticks());
	EXPECT_TRUE(stress_signals_complete());
	/* Some calls were preempted in VTL1, and resumed. */
	EXPECT_LT(stress_total(STRESS_CALLS) + 100, entered);
	/* One event for the beginning and one for the end of each. */
	EXPECT_EQ(2 * stress_total(CREATED), last_event() - events);
	ASSERT_EQ(0, ioctl(self->fd, VSM_IOC_INFO, &info));
	EXPECT_EQ(self->info.nr_cpus, info.nr_cpus);
	EXPECT_EQ(self->info.nr_trustlets, info.nr_trustlets);
	EXPECT_EQ(self->info.vtl1_free, info.vtl1_free);
}

TEST_HARNESS_MAIN
