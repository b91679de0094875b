/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The secure kernel's allocator as its files and Mbed TLS call it, on the host:
 * counted, and made to fail when a test wants it.
 */
#ifndef _VSM_HOST_SK_MEMORY_H
#define _VSM_HOST_SK_MEMORY_H

#include <vsm/types.h>

extern long sk_allocated;		/* and not freed */
extern long sk_fail_after;		/* allocations until one fails; < 0: never */

void *sk_calloc(size_t n, size_t size);
void sk_free(void *p);

#endif /* _VSM_HOST_SK_MEMORY_H */
