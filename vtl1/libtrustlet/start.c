// SPDX-License-Identifier: GPL-2.0
/*
 * Between the entry point and the trustlet's own functions, and its syscalls.
 * Must never return to nowhere: every path ends in VSM_SYS_RETURN.
 */
#include <vsm/printf.h>

#include "trustlet.h"

static_assert(VSM_TRUSTLET_VECTOR == 0x80, "crt0.S");

void trustlet_return(long result, size_t answer_len)
{
	trustlet_syscall(VSM_SYS_RETURN, result, answer_len, 0, 0);
	/* An answer larger than its room was refused. */
	__builtin_trap();
}

unsigned long trustlet_log(const char *text, size_t len)
{
	return trustlet_syscall(VSM_SYS_LOG, (unsigned long)text, len, 0, 0);
}

unsigned long trustlet_random(void *buf, size_t len)
{
	return trustlet_syscall(VSM_SYS_RANDOM, (unsigned long)buf, len, 0, 0);
}

unsigned long trustlet_identity(struct vsm_trustlet_identity *id)
{
	return trustlet_syscall(VSM_SYS_IDENTITY, (unsigned long)id, 0, 0, 0);
}

long long trustlet_time(void)
{
	return trustlet_syscall(VSM_SYS_TIME, 0, 0, 0, 0);
}

void trustlet_printf(const char *fmt, ...)
{
	char line[256];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (n >= (int)sizeof(line))
		n = sizeof(line) - 1;
	trustlet_log(line, n);
}

__noreturn void trustlet_start(unsigned long why, size_t len, size_t room);
__noreturn void trustlet_start(unsigned long why, size_t len, size_t room)
{
	size_t answer = 0;
	long result;

	if (why == VSM_TRUSTLET_ENTRY_INIT)
		trustlet_return(trustlet_init(), 0);
	result = trustlet_call((void *)VSM_TRUSTLET_MSG, len, room, &answer);
	trustlet_return(result, answer);
}
