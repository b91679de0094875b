// SPDX-License-Identifier: GPL-2.0
/*
 * For the demonstration: an attacker who owns VTL0's kernel reads and writes
 * VTL1's memory, and says what came of it.  Must never call a refusal what was
 * not tried; memory_test is the thorough test of the same thing.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include <kselftest.h>

#include "probe_open.h"

#define RANGES	"/sys/kernel/debug/vsm/ranges"
#define PAGE	4096

/* The first range of that kind: 0 when there is none. */
static unsigned long long find_range(const char *kind)
{
	unsigned long long base, size, found = 0;
	char name[16];
	FILE *f;

	f = fopen(RANGES, "r");
	if (!f) {
		perror(RANGES);
		return 0;
	}
	while (!found && fscanf(f, "%15s %llx %llx", name, &base, &size) == 3)
		if (!strcmp(name, kind))
			found = base;
	fclose(f);
	return found;
}

/* 1: every byte was refused. */
static int attack(int fd, const char *kind, unsigned int access)
{
	struct vsm_probe_memory mem = {
		.path = VSM_PROBE_DIRECT,
		.access = access,
		.base = find_range(kind),
		.size = PAGE,
		.step = 1,
	};

	if (!mem.base) {
		printf("no memory of %s\n", kind);
		return 0;
	}
	if (ioctl(fd, VSM_PROBE_IOC_MEMORY, &mem)) {
		perror("VSM_PROBE_IOC_MEMORY");
		return 0;
	}
	printf("VTL0's kernel %s memory of %s at %#llx: %llu bytes tried, %llu refused\n",
	       access == VSM_PROBE_READ ? "reads" : "writes", kind,
	       (unsigned long long)mem.base, (unsigned long long)mem.tried,
	       (unsigned long long)mem.refused);
	return mem.tried == PAGE && mem.refused == mem.tried;
}

int main(void)
{
	static const char * const kinds[] = { "vtl1", "hv" };
	bool loaded;
	size_t i;
	int fd, ok = 1;

	fd = probe_open(&loaded);
	if (fd < 0) {
		perror("vsm_probe");
		return 1;
	}
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		ok &= attack(fd, kinds[i], VSM_PROBE_READ);
		ok &= attack(fd, kinds[i], VSM_PROBE_WRITE);
	}
	probe_close(fd, loaded);
	return ok ? 0 : 1;
}
