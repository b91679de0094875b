// SPDX-License-Identifier: GPL-2.0
/*
 * Memory of the secure kernel's files, from the host's.  Must never give what
 * ASan does not watch.
 */
#include <stdlib.h>

#include "sk_memory.h"

long sk_allocated;
long sk_fail_after = -1;

void *sk_calloc(size_t n, size_t size)
{
	if (sk_fail_after >= 0 && !sk_fail_after--)
		return NULL;
	sk_allocated++;
	return calloc(n, size ? size : 1);
}

void sk_free(void *p)
{
	sk_allocated -= !!p;
	free(p);
}
