// SPDX-License-Identifier: GPL-2.0
/*
 * libFuzzer target: scripts of operations on who may touch which page, compared with the
 * reference (mem_model.c).  Must never accept what the reference denies.
 */
#include <stdlib.h>

#include "mem_model.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t len);

int LLVMFuzzerTestOneInput(const u8 *data, size_t len)
{
	if (!mem_model_run(data, len)) {
		fflush(stdout);
		abort();
	}
	return 0;
}
