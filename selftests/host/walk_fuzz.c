// SPDX-License-Identifier: GPL-2.0
/*
 * libFuzzer target: page tables and accesses of a script, walked and compared
 * with the reference (walk_model.c).  Must never accept what that denies.
 */
#include <stdlib.h>

#include "walk_model.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t len);

int LLVMFuzzerTestOneInput(const u8 *data, size_t len)
{
	if (!walk_model_run(data, len)) {
		fflush(stdout);
		abort();
	}
	return 0;
}
