// SPDX-License-Identifier: GPL-2.0
/*
 * Time of day, counted by the TSC from what the loader said.
 * Must never ask VTL0 again: it could turn back a certificate's expiry.
 */
#include "sk.h"

s64 sk_time(void)
{
	const struct vsm_loader_block *lb = &sk.loader;
	u64 now = rdtsc();

	if (now < lb->tsc_base)
		return lb->wallclock_sec;
	return lb->wallclock_sec + (now - lb->tsc_base) / lb->tsc_khz / 1000;
}
