// SPDX-License-Identifier: GPL-2.0
/*
 * Finds and unpacks module files.  Must never leave a file out silently.
 */
#define _GNU_SOURCE
#include <ftw.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ci_files.h"

static char **paths;
static u32 nr;

static int add(const char *path, const struct stat *st, int type,
	       struct FTW *ftw)
{
	size_t len = strlen(path);

	(void)st;
	(void)ftw;
	if (type != FTW_F || len < 6 || strcmp(path + len - 6, ".ko.xz"))
		return 0;
	paths = realloc(paths, (nr + 1) * sizeof(*paths));
	paths[nr++] = strdup(path);
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char * const *)a, *(char * const *)b);
}

u32 files_find(const char *dir, char ***ret_paths)
{
	nr = 0;
	paths = NULL;
	if (nftw(dir, add, 16, FTW_PHYS))
		return 0;
	if (nr)
		qsort(paths, nr, sizeof(*paths), by_name);
	*ret_paths = paths;
	return nr;
}

u8 *files_unpack(const char *path, u64 *ret_size)
{
	u64 size = 0, room = 1 << 20, n;
	u8 *data = malloc(room);
	char command[4200];
	FILE *pipe;

	snprintf(command, sizeof(command), "xz -dc '%s'", path);
	pipe = popen(command, "r");
	if (!pipe)
		return NULL;
	while ((n = fread(data + size, 1, room - size, pipe))) {
		size += n;
		if (size == room)
			data = realloc(data, room *= 2);
	}
	if (pclose(pipe) || !size) {
		free(data);
		return NULL;
	}
	/* Exactly as large as the file: ASan sees the byte behind it. */
	data = realloc(data, size);
	*ret_size = size;
	return data;
}

u8 *files_load(const char *path, u64 *ret_size)
{
	FILE *in = fopen(path, "rb");
	u8 *data = NULL;
	long size;

	if (!in)
		return NULL;
	if (!fseek(in, 0, SEEK_END)) {
		size = ftell(in);
		rewind(in);
		data = malloc(size);
		if (fread(data, 1, size, in) != (size_t)size) {
			free(data);
			data = NULL;
		}
		*ret_size = size;
	}
	fclose(in);
	return data;
}

u8 *files_zstd(const u8 *data, u64 size, u64 *ret_size)
{
	char name[] = "/tmp/ci-files-XXXXXX", command[256];
	u8 *unpacked = NULL;
	FILE *out;
	int fd;

	fd = mkstemp(name);
	if (fd < 0)
		return NULL;
	close(fd);
	snprintf(command, sizeof(command), "zstd -dcqf > %s", name);
	out = popen(command, "w");
	if (out && fwrite(data, 1, size, out) == size && !pclose(out))
		unpacked = files_load(name, ret_size);
	unlink(name);
	return unpacked;
}

const char *files_kernel(void)
{
	static char path[4096];
	glob_t g;

	if (glob("/boot/vmlinuz-*[0-9]-amd64", 0, NULL, &g))
		return NULL;
	snprintf(path, sizeof(path), "%s", g.gl_pathv[g.gl_pathc - 1]);
	globfree(&g);
	return path;
}

const char *files_modules(void)
{
	static char path[4096];
	size_t i;
	glob_t g;

	path[0] = 0;
	if (glob("/lib/modules/*-amd64/kernel", 0, NULL, &g))
		return NULL;
	for (i = 0; i < g.gl_pathc; i++)
		if (!strstr(g.gl_pathv[i], "-cloud-") &&
		    !strstr(g.gl_pathv[i], "-rt-"))
			snprintf(path, sizeof(path), "%s", g.gl_pathv[i]);
	globfree(&g);
	return path[0] ? path : NULL;
}
