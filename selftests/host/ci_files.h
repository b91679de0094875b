/* SPDX-License-Identifier: GPL-2.0 */
/* Debian's own module files, unpacked one after the other. */
#ifndef _VSM_HOST_CI_FILES_H
#define _VSM_HOST_CI_FILES_H

#include <vsm/types.h>

/* Sorted paths of *.ko.xz below @dir; the number of them. */
u32 files_find(const char *dir, char ***ret_paths);
/* The whole of what "xz -dc" makes of @path; NULL: it failed. */
u8 *files_unpack(const char *path, u64 *ret_size);
/* /lib/modules/VERSION/kernel of the newest -amd64 kernel; NULL: none. */
const char *files_modules(void);

#endif /* _VSM_HOST_CI_FILES_H */
