// SPDX-License-Identifier: GPL-2.0
/*
 * The workloads.  Must never go on after a call that failed: what was not done
 * costs nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "workload.h"

#define NOP		"/root/nop"		/* static, without libc */
#define NOP_LIBC	"/root/nop-libc"	/* static, with libc */
#define FILE_PATH	"/tmp/bench"		/* tmpfs */
#define FILE_BLOCK	65536
#define MAP_SIZE	(8UL << 20)
#define PAGE		4096

_Noreturn void fail(const char *what)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void sleep_ns(time_t sec, long nsec)
{
	struct timespec time = { .tv_sec = sec, .tv_nsec = nsec };

	if (clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL))
		fail("clock_nanosleep");
}

/* One operation is a second. */
static void idle(unsigned int seconds)
{
	sleep_ns(seconds, 0);
}

static void spin(unsigned int ops)
{
	unsigned int i;

	for (i = 0; i < ops; i++)
		asm volatile("");
}

static void getppids(unsigned int ops)
{
	unsigned int i;

	for (i = 0; i < ops; i++)
		syscall(SYS_getppid);
}

static void pass(int from, int to, unsigned int times)
{
	char c = 0;

	while (times--)
		if (read(from, &c, 1) != 1 || write(to, &c, 1) != 1)
			fail("pipe");
}

static void join(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		fail("waitpid");
	if (status) {
		errno = ECHILD;
		fail("a child");
	}
}

/* Both are pinned to the CPU of the parent: each byte is a context switch. */
static void ping_pong(unsigned int switches)
{
	int there[2], back[2];
	char c = 0;
	pid_t pid;

	if (pipe(there) || pipe(back))
		fail("pipe");
	pid = fork();
	if (pid < 0)
		fail("fork");
	if (!pid) {
		pass(there[0], back[1], switches / 2);
		_exit(0);
	}
	if (write(there[1], &c, 1) != 1)
		fail("pipe");
	pass(back[0], there[1], switches / 2 - 1);
	if (read(back[0], &c, 1) != 1)
		fail("pipe");
	join(pid);
	close(there[0]);
	close(there[1]);
	close(back[0]);
	close(back[1]);
}

/* @path NULL: the child only ends. */
static void children(unsigned int ops, const char *path)
{
	char *const argv[] = { (char *)path, NULL };
	char *const envp[] = { NULL };
	pid_t pid;

	while (ops--) {
		pid = fork();
		if (pid < 0)
			fail("fork");
		if (!pid) {
			if (path)
				execve(path, argv, envp);
			_exit(path ? 1 : 0);
		}
		join(pid);
	}
}

static void fork_exec(unsigned int ops)
{
	children(ops, NOP);
}

static void fork_exec_libc(unsigned int ops)
{
	children(ops, NOP_LIBC);
}

static void fork_only(unsigned int ops)
{
	children(ops, NULL);
}

/* Small pages: a page fault each. */
static void map_touch_unmap(unsigned int ops)
{
	unsigned long i;
	char *p;

	while (ops--) {
		p = mmap(NULL, MAP_SIZE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (p == MAP_FAILED)
			fail("mmap");
		if (madvise(p, MAP_SIZE, MADV_NOHUGEPAGE))
			fail("madvise");
		for (i = 0; i < MAP_SIZE; i += PAGE)
			asm volatile("movb $1, %0" : "=m" (p[i]));
		if (munmap(p, MAP_SIZE))
			fail("munmap");
	}
}

/* One operation writes, or reads, a block. */
static void file_io(unsigned int ops)
{
	static char block[FILE_BLOCK];
	unsigned int i;
	int fd;

	fd = open(FILE_PATH, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		fail(FILE_PATH);
	for (i = 0; i < ops / 2; i++)
		if (write(fd, block, FILE_BLOCK) != FILE_BLOCK)
			fail("write");
	if (lseek(fd, 0, SEEK_SET))
		fail("lseek");
	for (i = 0; i < ops / 2; i++)
		if (read(fd, block, FILE_BLOCK) != FILE_BLOCK)
			fail("read");
	close(fd);
	if (unlink(FILE_PATH))
		fail("unlink");
}

static void sleeps(unsigned int ops)
{
	while (ops--)
		sleep_ns(0, 1000000);
}

/* A periodic timer, as an event loop has it. */
static void timer_fd(unsigned int ops)
{
	const struct itimerspec period = {
		.it_interval = { .tv_nsec = 1000000 },
		.it_value = { .tv_nsec = 1000000 },
	};
	uint64_t expired;
	int fd;

	fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	if (fd < 0 || timerfd_settime(fd, 0, &period, NULL))
		fail("timerfd");
	while (ops--)
		if (read(fd, &expired, sizeof(expired)) != sizeof(expired))
			fail("timerfd");
	close(fd);
}

const struct workload workloads[] = {
	{ "idle, seconds", 10, 1, 1, idle },
	{ "loop in user mode", 10000000, 1000, 0, spin },
	{ "getppid", 10000, 1000, 0, getppids },
	{ "context switch", 1000, 100, 0, ping_pong },
	{ "fork, exec, no libc", 200, 20, 0, fork_exec },
	{ "fork, exec, static libc", 200, 20, 0, fork_exec_libc },
	{ "fork", 200, 20, 0, fork_only },
	{ "mmap, touch 8 MiB, unmap", 10, 2, 0, map_touch_unmap },
	{ "64 KiB file I/O, tmpfs", 512, 512, 0, file_io },
	{ "nanosleep 1 ms", 1000, 10, 0, sleeps },
	{ "timerfd 1 ms", 1000, 10, 0, timer_fd },
	{ NULL, 0, 0, 0, NULL },
};
