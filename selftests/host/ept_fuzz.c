// SPDX-License-Identifier: GPL-2.0
/*
 * libFuzzer target: scripts of operations on the hypervisor's EPT code, compared with the
 * reference (ept_model.c).  Must never accept what the reference denies.
 */
#include <stdlib.h>

#include "ept_model.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t len);

int LLVMFuzzerTestOneInput(const u8 *data, size_t len)
{
	if (!ept_model_run(data, len)) {
		fflush(stdout);
		abort();
	}
	return 0;
}
