// SPDX-License-Identifier: GPL-2.0
/*
 * Hands the signed policy to the secure kernel, at start and on reload.
 * Must never keep the device open: that would keep the module loaded.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "vsmd.h"

static int hand_over(const void *data, size_t size, uint64_t *ret_version)
{
	int fd, ret;

	ret = privilege_raise();
	if (ret)
		return ret;
	fd = vsm_open();
	ret = fd < 0 ? fd : vsm_policy_load(fd, data, size, ret_version);
	if (fd >= 0)
		close(fd);
	privilege_lower();
	return ret;
}

/* -ENOENT: there is no such file; what else goes wrong has been logged. */
int policy_load(const char *path)
{
	uint64_t version;
	void *data;
	size_t size;
	int ret;

	ret = vsm_file_read(path, VSM_OBJECT_MAX, &data, &size);
	if (ret == -ENOENT)
		return ret;
	if (ret) {
		log_line(LOG_ERR, "policy %s: %s", path, strerror(-ret));
		return ret;
	}
	ret = hand_over(data, size, &version);
	free(data);
	if (ret) {
		log_line(LOG_ERR, "policy %s refused: %s", path,
			 vsm_strerror(ret));
		/* Not to be taken for a file that is not there. */
		return ret == -ENOENT ? -ENODEV : ret;
	}
	log_line(LOG_NOTICE, "policy %s loaded, version %llu", path,
		 (unsigned long long)version);
	return 0;
}
