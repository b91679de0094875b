/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where other files of the driver put what they show in debugfs.
 */
#ifndef _VSM_KERNEL_DEBUGFS_H
#define _VSM_KERNEL_DEBUGFS_H

#include <linux/types.h>

struct dentry;

/* From vsm_debugfs_init() to vsm_debugfs_exit(). */
extern struct dentry *vsm_debugfs_dir;

/* dump.c */
void vsm_dump_debugfs(struct dentry *dir);
const char *vsm_exit_name(u32 reason);

#endif /* _VSM_KERNEL_DEBUGFS_H */
