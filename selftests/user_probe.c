// SPDX-License-Identifier: GPL-2.0
/*
 * user_probe WHAT [FILE]: executes, as a process, what is in a file and what is
 * not.  Ends with 0 when that was executed; what is refused ends it by a signal.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <kselftest.h>

#define PAGE	4096UL
#define MARK	"vsm user_probe 1"

static const uint8_t answer[] = { 0xb8, 42, 0, 0, 0, 0xc3 };	/* return 42 */

/* Executed whenever this is, with the mark in the middle of it. */
__attribute__((noinline)) static int marked(void)
{
	int ret;

	asm volatile("jmp 1f; .ascii \"" MARK "\"; 1: mov $42, %0"
		     : "=r" (ret));
	return ret;
}

static int call(void *code)
{
	return ((int (*)(void))code)() == 42 ? 0 : 1;
}

/* As a JIT: memory without a file. */
static int anonymous(void)
{
	uint8_t *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return 2;
	memcpy(p, answer, sizeof(answer));
	return call(p);
}

/* As a debugger: a page of our own text becomes a copy with something else. */
static int private(void)
{
	uint8_t *p = (uint8_t *)((uintptr_t)marked & ~(PAGE - 1));

	if (mprotect(p, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC))
		return 2;
	memcpy(p + (uintptr_t)marked % PAGE, answer, sizeof(answer));
	return call(marked);
}

/* A page of our text, copied to elsewhere: what counts is the content. */
static int copied(void)
{
	uint8_t *p = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE | PROT_EXEC,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uintptr_t at = (uintptr_t)marked % PAGE;

	if (p == MAP_FAILED)
		return 2;
	memcpy(p, (uint8_t *)((uintptr_t)marked - at), PAGE);
	return call(p + at);
}

static int plain(void)
{
	struct timespec now;

	return clock_gettime(CLOCK_MONOTONIC, &now) || marked() != 42;
}

/* A page of the kernel's addresses that Linux emulates, if it is there. */
static int vsyscall(void)
{
	int (*get)(struct timeval *tv, void *zone);
	struct timeval tv = { 0 };

	get = (int (*)(struct timeval *, void *))0xffffffffff600000UL;
	return get(&tv, NULL) || !tv.tv_sec;
}

static char image[1 << 20];

/* @path is this program but for its mark; written where it is, if it is there. */
static int alter(const char *path)
{
	int in = open("/proc/self/exe", O_RDONLY);
	int out = open(path, O_WRONLY | O_CREAT, 0755);
	ssize_t size = read(in, image, sizeof(image));
	char *mark;

	if (out < 0 || size <= 0 || size == sizeof(image))
		return 2;
	mark = memmem(image, (size_t)size, MARK, strlen(MARK));
	if (!mark)
		return 2;
	mark[strlen(MARK) - 1] = '2';
	return write(out, image, (size_t)size) != size || close(out);
}

static const struct {
	const char *what;
	int (*fn)(void);
} acts[] = {
	{ "plain", plain },
	{ "anonymous", anonymous },
	{ "private", private },
	{ "copied", copied },
	{ "vsyscall", vsyscall },
};

int main(int argc, char **argv)
{
	unsigned int i;

	if (argc == 3 && !strcmp(argv[1], "alter"))
		return alter(argv[2]);
	for (i = 0; argc == 2 && i < ARRAY_SIZE(acts); i++)
		if (!strcmp(acts[i].what, argv[1]))
			return acts[i].fn();
	return 2;
}
