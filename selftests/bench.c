// SPDX-License-Identifier: GPL-2.0
/*
 * Workloads of make bench: each prints the time stamp counter's ticks that it
 * took.  Must never judge a number.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

static int idle(long seconds)
{
	struct timespec t = { .tv_sec = seconds };

	while (nanosleep(&t, &t))
		if (errno != EINTR)
			return 1;
	return 0;
}

static int syscalls(long n)
{
	while (n--)
		syscall(SYS_getppid);
	return 0;
}

/* Two processes that wake each other: two switches a round. */
static int switches(long n)
{
	int there[2], back[2];
	char c = 0;
	long i;

	if (pipe(there) || pipe(back))
		return 1;
	if (!fork()) {
		for (i = 0; i < n / 2; i++)
			if (read(there[0], &c, 1) != 1 ||
			    write(back[1], &c, 1) != 1)
				_exit(1);
		_exit(0);
	}
	for (i = 0; i < n / 2; i++)
		if (write(there[1], &c, 1) != 1 || read(back[0], &c, 1) != 1)
			return 1;
	return wait(NULL) < 0;
}

static int command(char **argv)
{
	extern char **environ;
	int status;
	pid_t pid;

	if (posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ))
		return 1;
	if (waitpid(pid, &status, 0) < 0)
		return 1;
	return status;
}

static int execs(long n)
{
	char *argv[] = { "/bin/true", NULL };

	while (n--)
		if (command(argv))
			return 1;
	return 0;
}

static const struct {
	const char *name;
	int (*run)(long n);
} loads[] = {
	{ "idle", idle },
	{ "syscalls", syscalls },
	{ "switches", switches },
	{ "execs", execs },
};

int main(int argc, char **argv)
{
	unsigned long long start;
	size_t i;
	int ret = 2;

	if (argc < 3) {
		fprintf(stderr, "usage: bench idle|syscalls|switches|execs N\n"
			"       bench command COMMAND [ARGUMENT]...\n");
		return 2;
	}
	start = __rdtsc();
	if (!strcmp(argv[1], "command"))
		ret = command(argv + 2);
	for (i = 0; i < sizeof(loads) / sizeof(loads[0]); i++)
		if (!strcmp(argv[1], loads[i].name))
			ret = loads[i].run(atol(argv[2]));
	printf("%llu\n", __rdtsc() - start);
	return ret;
}
