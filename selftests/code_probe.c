// SPDX-License-Identifier: GPL-2.0
/*
 * code_probe own | execute GPA | write GPA: what an attacker who owns VTL0's
 * kernel tries against code integrity, through mappings of its own; "own" is
 * the execution of a page of data.  Prints "done" or "refused".  Must never say
 * so of what was not tried.  vsm_probe must be loaded.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "probe_open.h"

#define PAGE	4096

static int usage(void)
{
	fprintf(stderr, "usage: code_probe own | execute GPA | write GPA\n");
	return 2;
}

int main(int argc, char **argv)
{
	struct vsm_probe_memory mem = {
		.path = VSM_PROBE_VMAP, .size = PAGE, .step = PAGE,
	};
	__u64 own;
	bool loaded;
	int fd;

	fd = probe_open(&loaded);
	if (fd < 0) {
		perror("vsm_probe");
		return 2;
	}
	if (argc == 2 && !strcmp(argv[1], "own")) {
		if (ioctl(fd, VSM_PROBE_IOC_OWN_PAGE, &own)) {
			perror("VSM_PROBE_IOC_OWN_PAGE");
			return 2;
		}
		mem.base = own;
		mem.access = VSM_PROBE_EXECUTE;
	} else if (argc == 3 && (!strcmp(argv[1], "execute") ||
				 !strcmp(argv[1], "write"))) {
		mem.base = strtoull(argv[2], NULL, 0) & ~(PAGE - 1ULL);
		mem.access = argv[1][0] == 'w' ? VSM_PROBE_WRITE :
						 VSM_PROBE_EXECUTE;
	} else {
		return usage();
	}
	if (ioctl(fd, VSM_PROBE_IOC_MEMORY, &mem) || !mem.tried) {
		perror("VSM_PROBE_IOC_MEMORY");
		return 2;
	}
	printf("%s\n", mem.refused == mem.tried ? "refused" : "done");
	probe_close(fd, loaded);
	return 0;
}
