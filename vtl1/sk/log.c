// SPDX-License-Identifier: GPL-2.0
/*
 * The console: a ring of text that VTL0 reads by secure call.
 * Must never hold a secret, and never wait for good: a VP that died with the
 * lock must not take the others with it.
 */
#include <vsm/printf.h>

#include "sk.h"

#define LOG_SIZE	16384
#define LOG_LINE	256
#define LOG_SPINS	1000000

static char log_ring[LOG_SIZE];
static u64 log_end;			/* bytes ever written; log_lock */
static u32 log_lock;

static bool log_try_lock(void)
{
	u32 n;

	for (n = 0; n < LOG_SPINS; n++) {
		if (!__atomic_exchange_n(&log_lock, 1, __ATOMIC_ACQUIRE))
			return true;
		cpu_relax();
	}
	return false;
}

static void log_unlock(void)
{
	__atomic_store_n(&log_lock, 0, __ATOMIC_RELEASE);
}

static void log_put(const char *text, u32 n)
{
	while (n--)
		log_ring[log_end++ % LOG_SIZE] = *text++;
}

void sk_log(const char *fmt, ...)
{
	char line[LOG_LINE];
	va_list ap;
	u64 flags;
	u32 n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line) - 1, fmt, ap);
	va_end(ap);
	n = MIN(n, sizeof(line) - 2);
	line[n++] = '\n';

	flags = irq_save();
	if (log_try_lock()) {
		log_put(line, n);
		log_unlock();
	}
	irq_restore(flags);
}

u32 sk_log_read(void *dst, u32 max, u64 pos, u64 *ret_next)
{
	u64 start, flags;
	char *to = dst;
	u32 n = 0;

	flags = irq_save();
	if (!log_try_lock()) {
		irq_restore(flags);
		*ret_next = pos;
		return 0;
	}
	start = log_end > LOG_SIZE ? log_end - LOG_SIZE : 0;
	pos = MIN(MAX(pos, start), log_end);
	while (n < max && pos < log_end)
		to[n++] = log_ring[pos++ % LOG_SIZE];
	log_unlock();
	irq_restore(flags);
	*ret_next = pos;
	return n;
}
