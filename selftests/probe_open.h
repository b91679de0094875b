/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The attacking module, for tests: loaded from the directory of the test when
 * it is not there yet, and unloaded by whoever loaded it.
 */
#ifndef _VSM_SELFTESTS_PROBE_OPEN_H
#define _VSM_SELFTESTS_PROBE_OPEN_H

#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "modules/probe/probe.h"

#define PROBE_DEVICE	"/dev/vsm_probe"
#define PROBE_MODULE	"vsm_probe"

static inline bool probe_load(void)
{
	char exe[PATH_MAX] = "", path[PATH_MAX + sizeof(PROBE_MODULE) + 8];
	bool ok;
	int fd;

	if (readlink("/proc/self/exe", exe, sizeof(exe) - 1) < 0)
		return false;
	snprintf(path, sizeof(path), "%s/%s.ko", dirname(exe), PROBE_MODULE);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ok = !syscall(SYS_finit_module, fd, "", 0);
	close(fd);
	return ok;
}

/* -1 with errno: no module to be had. */
static inline int probe_open(bool *ret_loaded)
{
	int fd, try;

	*ret_loaded = false;
	fd = open(PROBE_DEVICE, O_RDWR | O_CLOEXEC);
	if (fd >= 0 || !probe_load())
		return fd;
	*ret_loaded = true;
	/* udev may take a moment. */
	for (try = 0; fd < 0 && try < 50; try++) {
		fd = open(PROBE_DEVICE, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			usleep(100000);
	}
	return fd;
}

static inline void probe_close(int fd, bool loaded)
{
	close(fd);
	if (loaded)
		syscall(SYS_delete_module, PROBE_MODULE, O_NONBLOCK);
}

#endif /* _VSM_SELFTESTS_PROBE_OPEN_H */
