// SPDX-License-Identifier: GPL-2.0
/*
 * Inside the box: runs workloads and measures the module, its loading, and a
 * trustlet.  Must never judge a number.
 *
 *   bench run WHAT ROUNDS	workloads; WHAT names the results
 *   bench insmod FILE		loading a module
 *   bench rmmod NAME
 *   bench loops		of vsm_bench.ko: what a VM exit and a VTL call cost
 *   bench count			the same, for a hypervisor that counts
 *   bench kvm			what a VM exit of the kernel's KVM costs
 *   bench code WHAT FILE MODULE	what Linux does to its own code
 *   bench trustlet FILE ROUNDS	creating and calling one
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "linux/vsm.h"
#include "measure.h"
#include "workload.h"

#define LOOPS	"/sys/kernel/debug/vsm_bench"
#define OBJECT_MAX	(4U << 20)

/* Everything on one CPU, where a context switch is one. */
static void pin(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		fail("sched_setaffinity");
}

static void run_workloads(const char *what, unsigned int rounds)
{
	const struct workload *w;
	unsigned int i;

	for (w = workloads; w->name; w++) {
		w->fn(w->warm_up);
		for (i = 0; i < (w->rounds ? w->rounds : rounds); i++)
			measure(what, w->name, w->ops, w->fn);
	}
}

static void load_module(const char *path)
{
	struct sample begin, end;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		fail(path);
	sample_begin(&begin);
	if (syscall(SYS_finit_module, fd, "", 0))
		fail(path);
	sample_end(&end);
	close(fd);
	print_result("load", "insmod", 1, &begin, &end);
}

static void unload_module(const char *name)
{
	struct sample begin, end;

	sample_begin(&begin);
	if (syscall(SYS_delete_module, name, O_NONBLOCK))
		fail(name);
	sample_end(&end);
	/* The counters are gone. */
	end.counters.exits = begin.counters.exits;
	print_result("unload", "rmmod", 1, &begin, &end);
}

/* One file a loop; its text is JSON, and what is done is done on reading. */
static void run_loop(const char *name, int counting)
{
	char path[256], text[16384];
	struct sample begin, end;
	size_t size;
	FILE *file;

	snprintf(path, sizeof(path), LOOPS "/%s", name);
	sample_begin(&begin);
	file = fopen(path, "r");
	if (!file)
		fail(path);
	size = fread(text, 1, sizeof(text) - 1, file);
	if (ferror(file))
		fail(path);
	fclose(file);
	sample_end(&end);
	text[size] = 0;
	/* Counting takes time. */
	if (!counting)
		printf("%s", text);
	print_result(counting ? "counted loop" : "loop exits", name, 1, &begin,
		     &end);
}

static void run_loops(int counting)
{
	struct dirent *entry;
	DIR *dir;

	dir = opendir(LOOPS);
	if (!dir)
		fail(LOOPS);
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			run_loop(entry->d_name, counting);
	closedir(dir);
}

static void *read_object(const char *path, uint32_t *ret_size)
{
	void *data = malloc(OBJECT_MAX);
	ssize_t size;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (!data || fd < 0)
		fail(path);
	size = read(fd, data, OBJECT_MAX);
	if (size <= 0)
		fail(path);
	close(fd);
	*ret_size = (uint32_t)size;
	return data;
}

static int device;
static uint64_t trustlet;
static struct vsm_blob image;

static void create(unsigned int ops)
{
	while (ops--) {
		struct vsm_blob blob = image;

		if (ioctl(device, VSM_IOC_TRUSTLET_CREATE, &blob))
			fail("VSM_IOC_TRUSTLET_CREATE");
		trustlet = blob.id;
	}
}

static void call(unsigned int ops)
{
	static const char message[] = "sixteen bytes...";
	char answer[64];

	while (ops--) {
		struct vsm_trustlet_call arg = {
			.id = trustlet,
			.msg_addr = (uintptr_t)message,
			.msg_size = sizeof(message) - 1,
			.answer_addr = (uintptr_t)answer,
			.answer_size = sizeof(answer),
		};

		if (ioctl(device, VSM_IOC_TRUSTLET_CALL, &arg))
			fail("VSM_IOC_TRUSTLET_CALL");
	}
}

static void info(unsigned int ops)
{
	while (ops--) {
		struct vsm_info arg;

		if (ioctl(device, VSM_IOC_INFO, &arg))
			fail("VSM_IOC_INFO");
	}
}

static void destroy(unsigned int ops)
{
	while (ops--)
		if (ioctl(device, VSM_IOC_TRUSTLET_DESTROY, &trustlet))
			fail("VSM_IOC_TRUSTLET_DESTROY");
}

static void run_trustlet(const char *path, unsigned int rounds)
{
	image.addr = (uintptr_t)read_object(path, &image.size);
	device = open("/dev/vsm", O_RDWR | O_CLOEXEC);
	if (device < 0)
		fail("/dev/vsm");
	info(1);
	create(1);
	destroy(1);
	while (rounds--) {
		measure("secure", "ioctl: info", 100, info);
		measure("secure", "trustlet: create", 1, create);
		call(1);
		measure("secure", "trustlet: call", 100, call);
		measure("secure", "trustlet: destroy", 1, destroy);
	}
	close(device);
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";

	pin();
	if (argc == 4 && !strcmp(verb, "run")) {
		run_workloads(argv[2], (unsigned int)atoi(argv[3]));
	} else if (argc == 3 && !strcmp(verb, "insmod")) {
		load_module(argv[2]);
	} else if (argc == 3 && !strcmp(verb, "rmmod")) {
		unload_module(argv[2]);
	} else if (argc == 2 && !strcmp(verb, "loops")) {
		run_loops(0);
	} else if (argc == 2 && !strcmp(verb, "count")) {
		run_loops(1);
	} else if (argc == 2 && !strcmp(verb, "kvm")) {
		run_kvm();
	} else if (argc == 5 && !strcmp(verb, "code")) {
		run_code(argv[2], argv[3], argv[4]);
	} else if (argc == 4 && !strcmp(verb, "pages")) {
		run_pages(argv[2], argv[3]);
	} else if (argc == 4 && !strcmp(verb, "trustlet")) {
		run_trustlet(argv[2], (unsigned int)atoi(argv[3]));
	} else {
		fprintf(stderr, "bench: see its source for what it takes\n");
		return 2;
	}
	return 0;
}
