// SPDX-License-Identifier: GPL-2.0
/*
 * code_probe own | execute GPA | write GPA: what an attacker who owns VTL0's
 * kernel tries against code integrity, through mappings of its own; "own" is
 * the execution of a page of data.
 * code_probe change GPA: bits of one byte are flipped, through a mapping of a
 * process; back when it is done again.  Before vsm is there.
 * code_probe poke SYMBOL OFFSET BYTES: a write to text as Linux makes it; BYTES
 * are hexadecimal.
 * code_probe slots SYMBOL OFFSET, code_probe detours SYMBOL OFFSET: writes that
 * are to be refused, to pages that Linux has for the probe there is there.
 * code_probe peek SYMBOL OFFSET: the byte that is there.
 *
 * Prints "done" or "refused".  Must never say so of what was not tried.
 * vsm_probe must be loaded.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "probe_open.h"

#define PAGE	4096

static int usage(void)
{
	fprintf(stderr, "usage: code_probe own | execute GPA | write GPA |\n"
		"                  change GPA |\n"
		"                  poke SYMBOL OFFSET BYTES |\n"
		"                  peek SYMBOL OFFSET |\n"
		"                  slots | detours SYMBOL OFFSET\n");
	return 2;
}

/* 1: refused, 0: done, -1: not tried */
static int memory(int fd, __u64 gpa, __u32 access)
{
	struct vsm_probe_memory mem = {
		.path = VSM_PROBE_VMAP, .size = PAGE, .step = PAGE,
		.base = gpa & ~(PAGE - 1ULL), .access = access,
	};

	if (ioctl(fd, VSM_PROBE_IOC_MEMORY, &mem) || !mem.tried) {
		perror("VSM_PROBE_IOC_MEMORY");
		return -1;
	}
	return mem.refused == mem.tried;
}

static int own(int fd)
{
	__u64 gpa;

	if (ioctl(fd, VSM_PROBE_IOC_OWN_PAGE, &gpa)) {
		perror("VSM_PROBE_IOC_OWN_PAGE");
		return -1;
	}
	return memory(fd, gpa, VSM_PROBE_EXECUTE);
}

static int poke(int fd, const char *symbol, __u32 offset, const char *hex)
{
	struct vsm_probe_poke req = { .offset = offset };
	unsigned int byte;

	snprintf(req.symbol, sizeof(req.symbol), "%s", symbol);
	for (; req.len < sizeof(req.bytes) && sscanf(hex, "%2x", &byte) == 1;
	     hex += 2)
		req.bytes[req.len++] = byte;
	if (*hex || ioctl(fd, VSM_PROBE_IOC_POKE, &req)) {
		perror("VSM_PROBE_IOC_POKE");
		return -1;
	}
	if (!memcmp(req.now, req.bytes, req.len))
		return 0;
	if (!memcmp(req.now, req.old, req.len))
		return 1;
	fprintf(stderr, "neither the old bytes nor the new ones are there\n");
	return -1;
}

static int change(int fd, __u64 gpa)
{
	volatile unsigned char *page;

	page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		    gpa & ~(PAGE - 1ULL));
	if (page == MAP_FAILED) {
		perror("mmap");
		return -1;
	}
	page[gpa % PAGE] ^= 0x55;
	return 0;
}

static int peek(int fd, const char *symbol, __u32 offset)
{
	struct vsm_probe_poke req = {
		.offset = offset, .len = 1, .peek = 1,
	};

	snprintf(req.symbol, sizeof(req.symbol), "%s", symbol);
	if (ioctl(fd, VSM_PROBE_IOC_POKE, &req)) {
		perror("VSM_PROBE_IOC_POKE");
		return 2;
	}
	printf("%02x\n", req.now[0]);
	return 0;
}

/* 0: some passed, which is told. */
static int slots(int fd, bool detours, const char *symbol, __u32 offset)
{
	struct vsm_probe_slots req = { .offset = offset, .detours = detours };
	unsigned int i;

	snprintf(req.symbol, sizeof(req.symbol), "%s", symbol);
	if (ioctl(fd, VSM_PROBE_IOC_SLOTS, &req)) {
		perror("VSM_PROBE_IOC_SLOTS");
		return -1;
	}
	if (!req.tried) {
		fprintf(stderr, "nothing was tried\n");
		return -1;
	}
	if (!req.passed)
		return 1;
	fprintf(stderr, "%u of %u passed, the first:", req.passed, req.tried);
	for (i = 0; i < sizeof(req.bytes); i++)
		fprintf(stderr, " %02x", req.bytes[i]);
	fprintf(stderr, "\n");
	return 0;
}

int main(int argc, char **argv)
{
	bool loaded;
	int fd, ret;

	fd = probe_open(&loaded);
	if (fd < 0) {
		perror("vsm_probe");
		return 2;
	}
	if (argc == 4 && !strcmp(argv[1], "peek"))
		return peek(fd, argv[2], strtoul(argv[3], NULL, 0));
	if (argc == 2 && !strcmp(argv[1], "own"))
		ret = own(fd);
	else if (argc == 3 && !strcmp(argv[1], "execute"))
		ret = memory(fd, strtoull(argv[2], NULL, 0),
			     VSM_PROBE_EXECUTE);
	else if (argc == 3 && !strcmp(argv[1], "write"))
		ret = memory(fd, strtoull(argv[2], NULL, 0), VSM_PROBE_WRITE);
	else if (argc == 3 && !strcmp(argv[1], "change"))
		ret = change(fd, strtoull(argv[2], NULL, 0));
	else if (argc == 4 && !strcmp(argv[1], "slots"))
		ret = slots(fd, false, argv[2], strtoul(argv[3], NULL, 0));
	else if (argc == 4 && !strcmp(argv[1], "detours"))
		ret = slots(fd, true, argv[2], strtoul(argv[3], NULL, 0));
	else if (argc == 5 && !strcmp(argv[1], "poke"))
		ret = poke(fd, argv[2], strtoul(argv[3], NULL, 0), argv[4]);
	else
		return usage();
	probe_close(fd, loaded);
	if (ret < 0)
		return 2;
	printf("%s\n", ret ? "refused" : "done");
	return 0;
}
