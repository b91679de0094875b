/* SPDX-License-Identifier: GPL-2.0 */
/* CPUs go off and come back, as Linux has them do that. */
#ifndef _VSM_SELFTESTS_CPU_H
#define _VSM_SELFTESTS_CPU_H

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

/* True: it is so now. */
static inline bool set_online(unsigned int cpu, bool online)
{
	char path[64];
	bool ok;
	int fd;

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%u/online",
		 cpu);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ok = write(fd, online ? "1" : "0", 1) == 1;
	close(fd);
	return ok;
}

#endif /* _VSM_SELFTESTS_CPU_H */
