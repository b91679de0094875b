// SPDX-License-Identifier: GPL-2.0
/*
 * Whole files in and out.
 * Must never leave half a file where a whole one is expected.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "policy.h"

static int read_stream(FILE *in, size_t max, uint8_t **ret_data,
		       size_t *ret_len)
{
	uint8_t *data = malloc(max + 1);
	size_t len;
	int ret = 0;

	if (!data)
		return -ENOMEM;
	errno = 0;
	len = fread(data, 1, max + 1, in);
	if (ferror(in))
		ret = errno ? -errno : -EIO;
	else if (len > max)
		ret = -EFBIG;
	if (ret) {
		free(data);
		return ret;
	}
	*ret_data = data;
	*ret_len = len;
	return 0;
}

/* "-" is standard input.  -EFBIG: more than max bytes. */
int file_read(const char *path, size_t max, uint8_t **ret_data,
	      size_t *ret_len)
{
	FILE *in;
	int ret;

	if (!strcmp(path, "-"))
		return read_stream(stdin, max, ret_data, ret_len);
	in = fopen(path, "re");
	if (!in)
		return -errno;
	ret = read_stream(in, max, ret_data, ret_len);
	fclose(in);
	return ret;
}

static int write_stream(FILE *out, const uint8_t *data, size_t len)
{
	if (fwrite(data, 1, len, out) != len || fflush(out))
		return errno ? -errno : -EIO;
	return 0;
}

/* "-" is standard output; a file is replaced at once or not at all. */
int file_write(const char *path, const uint8_t *data, size_t len)
{
	char *tmp;
	FILE *out;
	int ret;

	if (!strcmp(path, "-"))
		return write_stream(stdout, data, len);
	if (asprintf(&tmp, "%s.new", path) < 0)
		return -ENOMEM;
	out = fopen(tmp, "we");
	if (!out) {
		ret = -errno;
		goto out_free;
	}
	ret = write_stream(out, data, len);
	if (fclose(out) && !ret)
		ret = -errno;
	if (!ret && rename(tmp, path))
		ret = -errno;
	if (ret)
		unlink(tmp);
out_free:
	free(tmp);
	return ret;
}
