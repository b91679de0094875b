// SPDX-License-Identifier: GPL-2.0
/*
 * lib/ under names of its own, next to the host's C library; functions that
 * the host lacks keep theirs.  Must never be linked into anything but tests.
 */
#define memcpy vsm_memcpy
#define memmove vsm_memmove
#define memset vsm_memset
#define memcmp vsm_memcmp
#define strlen vsm_strlen
#define strnlen vsm_strnlen
#define strcmp vsm_strcmp
#define strncmp vsm_strncmp
#define strchr vsm_strchr
#define strstr vsm_strstr
#define vsnprintf vsm_vsnprintf
#define snprintf vsm_snprintf

#include "../../lib/string.c"
#include "../../lib/printf.c"
