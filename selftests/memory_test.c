// SPDX-License-Identifier: GPL-2.0
/*
 * Memory of VTL1 and of the hypervisor, attacked from VTL0 on every path: each
 * access must fault.  Must never pass because an attack could not be made.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <kselftest.h>

#include "../uapi/linux/vsm.h"
#include "probe_open.h"

#define RANGES		"/sys/kernel/debug/vsm/ranges"
#define HYPERVISOR	"/sys/kernel/debug/vsm/hypervisor"
#define PAGE		4096ULL
#define MAX_RANGES	64

/* Distance of the bytes tried; the unit of protection is the page. */
#define STEP_DEFAULT	2048

/* What VTL0 may do with a range. */
enum kind { KIND_OWN, KIND_PUBLIC, KIND_SECRET };

struct range {
	enum kind kind;
	char name[16];
	unsigned long long base, size;
};

/* Physical addresses only: not the caller's own mapping. */
#define NR_PATHS	VSM_PROBE_USER

static const char * const path_names[] = {
	[VSM_PROBE_DIRECT] = "direct map",
	[VSM_PROBE_VMAP] = "vmap",
	[VSM_PROBE_IOREMAP] = "ioremap_cache",
	[VSM_PROBE_MEMREMAP] = "memremap",
};

static const char * const access_names[] = {
	[VSM_PROBE_READ] = "read",
	[VSM_PROBE_WRITE] = "write",
	[VSM_PROBE_EXECUTE] = "execute",
};

static int probe_fd, vsm_fd;
static unsigned int step = STEP_DEFAULT;
static unsigned long long refused_total;

/* The page of the module's own as it was, since probes write to it. */
static void refresh(const struct range *r)
{
	__u64 pa;

	if (r->kind == KIND_OWN && ioctl(probe_fd, VSM_PROBE_IOC_OWN_PAGE, &pa))
		ksft_exit_fail_msg("own page: %s\n", strerror(errno));
}

/* --- by the module -------------------------------------------------------- */

static bool expect_done(const struct range *r, unsigned int access)
{
	return r->kind == KIND_OWN ||
	       (r->kind == KIND_PUBLIC && access == VSM_PROBE_READ);
}

static void probe(const struct range *r, unsigned int path, unsigned int access,
		  unsigned int distance)
{
	struct vsm_probe_memory req = {
		.path = path,
		.access = access,
		.base = r->base,
		.size = r->size,
		.step = distance,
	};
	bool want_done = expect_done(r, access);
	bool ok;

	/* The direct map is never executable: Linux's own refusal. */
	if (access == VSM_PROBE_EXECUTE && path == VSM_PROBE_DIRECT)
		want_done = false;
	refresh(r);
	if (ioctl(probe_fd, VSM_PROBE_IOC_MEMORY, &req)) {
		ksft_print_msg("probing failed: %s\n", strerror(errno));
		ok = false;
	} else {
		ok = req.tried && !req.unmappable &&
		     req.refused == (want_done ? 0 : req.tried);
		if (!ok)
			ksft_print_msg("%llu tried, %llu refused (not: %#llx), %u unmappable\n",
				       req.tried, req.refused, req.first,
				       req.unmappable);
		if (r->kind != KIND_OWN)
			refused_total += req.refused;
	}
	ksft_test_result(ok, "%s %#llx+%#llx %s %s: %s\n", r->name, r->base,
			 r->size, access_names[access], path_names[path],
			 want_done ? "allowed" : "refused");
}

static void probe_kernel(const struct range *r)
{
	unsigned int path;

	for (path = 0; path < NR_PATHS; path++) {
		probe(r, path, VSM_PROBE_READ, step);
		probe(r, path, VSM_PROBE_WRITE, step);
	}
	probe(r, VSM_PROBE_VMAP, VSM_PROBE_EXECUTE, step);
}

#define NR_KERNEL	(NR_PATHS * 2 + 1)

/* --- by a process that has it mapped -------------------------------------- */

static sigjmp_buf fault_env;

static void on_fault(int sig)
{
	siglongjmp(fault_env, sig);
}

static void nothing(void)
{
}

/* Did the access go through without a signal? */
static bool user_access(volatile unsigned char *p, unsigned int access)
{
	void (*call)(void) = nothing;

	if (sigsetjmp(fault_env, 1))
		return false;
	switch (access) {
	case VSM_PROBE_READ:
		(void)*p;
		break;
	case VSM_PROBE_WRITE:
		*p = 0x5a;
		break;
	case VSM_PROBE_EXECUTE:
		memcpy(&call, &p, sizeof(call));
		call();
		break;
	}
	return true;
}

/* The kernel on behalf of the process: must be EFAULT, and no more. */
static bool syscall_access(unsigned char *p, unsigned int access)
{
	int fd[2];
	bool done;

	if (pipe(fd))
		ksft_exit_fail_msg("pipe: %s\n", strerror(errno));
	if (access == VSM_PROBE_READ) {
		done = write(fd[1], p, 1) != -1 || errno != EFAULT;
	} else {
		if (write(fd[1], "Z", 1) != 1)
			ksft_exit_fail_msg("pipe: %s\n", strerror(errno));
		done = read(fd[0], p, 1) != -1 || errno != EFAULT;
	}
	close(fd[0]);
	close(fd[1]);
	return done;
}

static void probe_user(const struct range *r, unsigned int access,
		       bool by_syscall)
{
	unsigned long long tried = 0, refused = 0, off;
	bool want_done = expect_done(r, access);
	unsigned char *p;

	refresh(r);
	p = mmap(NULL, r->size, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_SHARED,
		 probe_fd, r->base);
	if (p == MAP_FAILED) {
		ksft_print_msg("mmap: %s\n", strerror(errno));
	} else {
		for (off = 0; off < r->size; off += PAGE, tried++)
			if (by_syscall ? !syscall_access(p + off, access) :
					 !user_access(p + off, access))
				refused++;
		munmap(p, r->size);
	}
	if (r->kind != KIND_OWN)
		refused_total += refused;
	ksft_test_result(tried && refused == (want_done ? 0 : tried),
			 "%s %#llx+%#llx %s %s: %s\n", r->name, r->base,
			 r->size, access_names[access],
			 by_syscall ? "system call" : "process",
			 want_done ? "allowed" : "refused");
}

static void probe_process(const struct range *r)
{
	probe_user(r, VSM_PROBE_READ, false);
	probe_user(r, VSM_PROBE_WRITE, false);
	probe_user(r, VSM_PROBE_EXECUTE, false);
	probe_user(r, VSM_PROBE_READ, true);
	probe_user(r, VSM_PROBE_WRITE, true);
}

#define NR_PROCESS	5

/* --- by files ------------------------------------------------------------- */

/* Bytes of [base, base + size) that a read of @fd at @offset returns. */
static bool all_zero(int fd, unsigned long long offset, unsigned long long size)
{
	unsigned char page[PAGE];
	unsigned long long off;
	ssize_t n, i;

	for (off = 0; off < size; off += PAGE) {
		n = pread(fd, page, sizeof(page), offset + off);
		for (i = 0; i < n; i++)
			if (page[i])
				return false;
	}
	return true;
}

static void probe_devmem(const struct range *r)
{
	int fd = open("/dev/mem", O_RDWR);

	if (fd < 0) {
		ksft_test_result_skip("%s %#llx /dev/mem: %s\n", r->name,
				      r->base, strerror(errno));
		return;
	}
	ksft_test_result(all_zero(fd, r->base, r->size) &&
			 pwrite(fd, "Z", 1, r->base) == -1,
			 "%s %#llx+%#llx /dev/mem: refused\n", r->name, r->base,
			 r->size);
	close(fd);
}

/* Where in /proc/kcore physical address @pa is; 0: nowhere. */
static unsigned long long kcore_offset(int fd, unsigned long long pa)
{
	Elf64_Ehdr ehdr;
	Elf64_Phdr phdr;
	int i;

	if (pread(fd, &ehdr, sizeof(ehdr), 0) != sizeof(ehdr))
		return 0;
	for (i = 0; i < ehdr.e_phnum; i++) {
		if (pread(fd, &phdr, sizeof(phdr),
			  ehdr.e_phoff + i * sizeof(phdr)) != sizeof(phdr))
			return 0;
		if (phdr.p_type == PT_LOAD && phdr.p_paddr <= pa &&
		    pa - phdr.p_paddr < phdr.p_memsz)
			return phdr.p_offset + pa - phdr.p_paddr;
	}
	return 0;
}

static void probe_kcore(const struct range *r)
{
	int fd = open("/proc/kcore", O_RDONLY);
	unsigned long long offset;

	if (fd < 0) {
		ksft_test_result_skip("%s %#llx /proc/kcore: %s\n", r->name,
				      r->base, strerror(errno));
		return;
	}
	offset = kcore_offset(fd, r->base);
	if (!offset)
		ksft_test_result_skip("%s %#llx /proc/kcore: not in it\n",
				      r->name, r->base);
	else
		ksft_test_result(all_zero(fd, offset, r->size),
				 "%s %#llx+%#llx /proc/kcore: nothing but zeros\n",
				 r->name, r->base, r->size);
	close(fd);
}

/* The way that nothing may pass on must show what may be seen. */
static void probe_kcore_own(const struct range *own)
{
	int fd = open("/proc/kcore", O_RDONLY);
	unsigned long long offset = fd < 0 ? 0 : kcore_offset(fd, own->base);

	if (!offset)
		ksft_test_result_skip("own page /proc/kcore: not in it\n");
	else
		ksft_test_result(!all_zero(fd, offset, own->size),
				 "own page /proc/kcore: shown\n");
	if (fd >= 0)
		close(fd);
}

/* --- the whole ------------------------------------------------------------ */

static int read_ranges(struct range *ranges)
{
	FILE *f = fopen(RANGES, "r");
	struct range *r = ranges;

	if (!f)
		ksft_exit_skip("%s: %s (is vsm.ko loaded, debugfs mounted?)\n",
			       RANGES, strerror(errno));
	while (r < ranges + MAX_RANGES &&
	       fscanf(f, "%15s %llx %llx", r->name, &r->base, &r->size) == 3) {
		r->kind = strcmp(r->name, "public") ? KIND_SECRET : KIND_PUBLIC;
		r++;
	}
	fclose(f);
	return r - ranges;
}

static unsigned long long events(void)
{
	unsigned long long n = 0;
	char line[128];
	FILE *f = fopen(HYPERVISOR, "r");

	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "events %llu", &n) == 1)
			break;
	fclose(f);
	return n;
}

static void test_own(const struct range *own)
{
	probe_kernel(own);
	probe(own, VSM_PROBE_DIRECT, VSM_PROBE_EXECUTE, PAGE);
	probe_kcore_own(own);
	probe_user(own, VSM_PROBE_READ, false);
	probe_user(own, VSM_PROBE_EXECUTE, false);
	probe_user(own, VSM_PROBE_WRITE, false);
}

#define NR_OWN		(NR_KERNEL + 5)

/* Every byte of the first page: whatever the step, one page is complete. */
static void test_range(const struct range *r)
{
	struct range first = *r;

	first.size = PAGE;
	probe(&first, VSM_PROBE_DIRECT, VSM_PROBE_READ, 1);
	probe_kernel(r);
	probe_process(r);
	if (r->kind != KIND_SECRET)
		return;
	probe_devmem(r);
	probe_kcore(r);
}

static void test_events(unsigned long long before)
{
	unsigned long long n = events() - before;

	if (n < refused_total)
		ksft_print_msg("%llu refused, %llu events\n", refused_total, n);
	ksft_test_result(refused_total && n >= refused_total,
			 "an event for every access refused\n");
}

/* The secure kernel is as it was. */
static void test_alive(void)
{
	struct vsm_info info;

	ksft_test_result(!ioctl(vsm_fd, VSM_IOC_INFO, &info) &&
			 (info.state & VSM_STATE_VTL1),
			 "the secure kernel still answers\n");
}

int main(int argc, char **argv)
{
	struct range own = { .kind = KIND_OWN, .name = "own", .size = PAGE };
	struct range ranges[MAX_RANGES];
	int i, nr, plan = NR_OWN + 2;
	unsigned long long before;
	bool loaded;

	if (argc > 1)
		step = strtoul(argv[1], NULL, 0);
	ksft_print_header();
	nr = read_ranges(ranges);
	vsm_fd = open("/dev/vsm", O_RDWR);
	if (vsm_fd < 0)
		ksft_exit_skip("/dev/vsm: %s\n", strerror(errno));
	probe_fd = probe_open(&loaded);
	if (probe_fd < 0)
		ksft_exit_skip(PROBE_DEVICE ": %s (no " PROBE_MODULE ".ko here)\n",
			       strerror(errno));
	if (ioctl(probe_fd, VSM_PROBE_IOC_OWN_PAGE, &own.base))
		ksft_exit_fail_msg("own page: %s\n", strerror(errno));
	if (!nr)
		ksft_exit_fail_msg("%s names no range\n", RANGES);
	for (i = 0; i < nr; i++)
		plan += 1 + NR_KERNEL + NR_PROCESS +
			(ranges[i].kind == KIND_SECRET ? 2 : 0);
	ksft_set_plan(plan);

	signal(SIGSEGV, on_fault);
	signal(SIGBUS, on_fault);
	signal(SIGILL, on_fault);
	before = events();
	test_own(&own);
	for (i = 0; i < nr; i++)
		test_range(&ranges[i]);
	test_events(before);
	test_alive();
	probe_close(probe_fd, loaded);
	ksft_finished();
}
