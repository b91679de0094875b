/* SPDX-License-Identifier: GPL-2.0 */
/* Broken invariants of our own; never for what the other side controls. */
#ifndef _VSM_BUG_H
#define _VSM_BUG_H

#include <vsm/types.h>

/* Each program provides it: record, then stop this CPU's part of it. */
__noreturn void vsm_bug(const char *file, int line, const char *what);

#define BUG_ON(cond)							\
	do {								\
		if (unlikely(cond))					\
			vsm_bug(__FILE__, __LINE__, #cond);		\
	} while (0)

#endif /* _VSM_BUG_H */
