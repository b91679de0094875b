// SPDX-License-Identifier: GPL-2.0
/*
 * libFuzzer target: scripts of operations on hypercalls, compared with the
 * reference (hvcall_model.c).  Must never accept what the reference denies.
 */
#include <stdlib.h>

#include "hvcall_model.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t len);

int LLVMFuzzerTestOneInput(const u8 *data, size_t len)
{
	if (!hvcall_model_run(data, len)) {
		fflush(stdout);
		abort();
	}
	return 0;
}
