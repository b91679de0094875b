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

static int hand_over(const char *path, const void *data, size_t size)
{
	uint64_t version;
	int fd, ret;

	fd = vsm_open();
	if (fd < 0) {
		log_line(LOG_ERR, "cannot open " VSM_DEVICE ": %s",
			 fd == -EPROTONOSUPPORT ? vsm_strerror(fd) :
			 strerror(-fd));
		return fd;
	}
	ret = privilege_raise();
	if (!ret)
		ret = vsm_policy_load(fd, data, size, &version);
	privilege_lower();
	close(fd);
	if (ret)
		log_line(LOG_ERR, "policy %s refused: %s", path,
			 vsm_strerror(ret));
	else
		log_line(LOG_NOTICE, "policy %s loaded, version %llu", path,
			 (unsigned long long)version);
	return ret;
}

/* -ENOENT: there is no such file; what else goes wrong has been logged. */
int policy_load(const char *path)
{
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
	ret = hand_over(path, data, size);
	free(data);
	/* A device that is gone is not to be taken for a missing file. */
	return ret == -ENOENT ? -ENODEV : ret;
}
