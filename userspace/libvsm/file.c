// SPDX-License-Identifier: GPL-2.0
/*
 * Whole files into memory, up to a limit.
 * Must never write.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libvsm.h"

static int read_all(int fd, size_t max, void **ret_data, size_t *ret_size)
{
	char *data = malloc(max + 1);
	size_t size = 0;

	if (!data)
		return -ENOMEM;
	while (size <= max) {
		ssize_t n = read(fd, data + size, max + 1 - size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			int ret = -errno;

			free(data);
			return ret;
		}
		if (!n) {
			*ret_data = data;
			*ret_size = size;
			return 0;
		}
		size += (size_t)n;
	}
	free(data);
	return -E2BIG;
}

/* "-" is standard input.  -E2BIG: more than max bytes. */
int vsm_file_read(const char *path, size_t max, void **ret_data,
		  size_t *ret_size)
{
	int fd, ret;

	if (!strcmp(path, "-"))
		return read_all(STDIN_FILENO, max, ret_data, ret_size);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = read_all(fd, max, ret_data, ret_size);
	close(fd);
	return ret;
}
