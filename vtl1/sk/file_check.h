/* SPDX-License-Identifier: GPL-2.0 */
/* VTL0 asks about files of its user space. */
#ifndef _VSM_SK_FILE_CHECK_H
#define _VSM_SK_FILE_CHECK_H

#include "sk.h"

u64 scall_file_check(const u64 arg[5], u64 ret[3]);

#endif /* _VSM_SK_FILE_CHECK_H */
