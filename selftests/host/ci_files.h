/* SPDX-License-Identifier: GPL-2.0 */
/* Debian's own module files, unpacked one after the other. */
#ifndef _VSM_HOST_CI_FILES_H
#define _VSM_HOST_CI_FILES_H

#include <vsm/types.h>

/* Sorted paths of *.ko.xz below @dir; the number of them. */
u32 files_find(const char *dir, char ***ret_paths);
/* The whole of what "xz -dc" makes of @path; NULL: it failed. */
u8 *files_unpack(const char *path, u64 *ret_size);
/* The file as it is; NULL: it cannot be read. */
u8 *files_load(const char *path, u64 *ret_size);
/* What the system's zstd makes of @size bytes; NULL: it failed. */
u8 *files_zstd(const u8 *data, u64 size, u64 *ret_size);
/* The newest kernel image in /boot; NULL: none. */
const char *files_kernel(void);
/* /lib/modules/VERSION/kernel of the newest -amd64 kernel; NULL: none. */
const char *files_modules(void);

#endif /* _VSM_HOST_CI_FILES_H */
