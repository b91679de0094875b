// SPDX-License-Identifier: GPL-2.0
/*
 * libFuzzer target: module files.  The first byte selects the kernel that they
 * are loaded into.  Must never accept text that is not equal to itself.
 */
#include <stdlib.h>
#include <string.h>

#include "ci_fuzz.h"
#include "ci_host.h"

static u8 memory[4 << 20], more[4 << 20];

/* As one that runs; what comes of it is only not to be more than its own. */
static void again(struct host_run *run, const struct ci_kernel *kernel,
		  const u8 *data, size_t len)
{
	struct ci_arena arena = { .base = more, .size = sizeof(more) };
	u8 *file = malloc(len);
	u32 found = 0;

	memcpy(file, data, len);
	host_again(run, &arena, kernel, file, len, &found);
	free(file);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t len)
{
	struct ci_arena arena = { .base = memory, .size = sizeof(memory) };
	static struct host_run run;
	struct ci_kernel kernel;
	u8 *file;

	if (len < 2)
		return 0;
	host_kernel(&kernel, data[0] % HOST_FLAVOURS);
	file = malloc(len - 1);
	memcpy(file, data + 1, len - 1);
	if (!host_reproduce(&run, &arena, &kernel, file, len - 1)) {
		u64 size = host_text_size(&run), va;

		if (host_compare(&run, &kernel, 0) || run.report.unexplained)
			abort();
		va = size ? host_text_at(&run, data[0] * size / 256) : 0;
		if (size && (host_compare(&run, &kernel, va) ||
			     run.report.unexplained != 1 ||
			     run.report.first != va))
			abort();
		again(&run, &kernel, data + 1, len - 1);
	}
	free(file);
	return 0;
}
