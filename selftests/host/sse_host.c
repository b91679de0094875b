// SPDX-License-Identifier: GPL-2.0
/*
 * What the secure kernel's sse.c does, on the host, whose processor may or may
 * not have SHA extensions.  Must never say that it has what it has not.
 */
#include <cpuid.h>

#include "sse_host.h"

bool sse_wanted = true;

bool sse_has_sha(void)
{
	unsigned int a, b, c, d;

	return __get_cpuid_count(7, 0, &a, &b, &c, &d) && b & 1U << 29;
}

bool sse_begin(u64 *ret_flags)
{
	*ret_flags = 0;
	return sse_wanted && sse_has_sha();
}

void sse_end(u64 flags)
{
	(void)flags;
}
