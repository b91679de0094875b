// SPDX-License-Identifier: GPL-2.0
/*
 * Scripts of operations: random ones with a seed that is printed, and those in
 * files.  Must never hide which one failed.
 */
#include <stdlib.h>
#include <time.h>

#include "script.h"

bool expect_bad;

bool expect(bool ok, const char *file, int line, const char *what)
{
	if (!ok && !expect_bad)
		printf("# %s:%d: not so: %s\n", file, line, what);
	expect_bad |= !ok;
	return ok;
}

static u64 first_seed(void)
{
	const char *text = getenv("SEED");
	struct timespec now;

	if (text)
		return strtoull(text, NULL, 0);
	clock_gettime(CLOCK_REALTIME, &now);
	return ((u64)now.tv_sec << 30 ^ now.tv_nsec) | 1;
}

/* Each script has its own seed: the failing one can be run alone. */
bool run_random(const char *name, script_fn *fn, u32 rounds, size_t max_len)
{
	u64 seeds = first_seed(), seed = seeds;
	u8 *buf = malloc(max_len);
	bool ok = true;

	printf("# %s: %u scripts, SEED=%#llx\n", name, rounds,
	       (unsigned long long)seed);
	for (u32 i = 0; ok && i < rounds; i++) {
		u64 state = seed;
		size_t len = 16 + next_random(&state) % (max_len - 15);

		random_bytes(&state, buf, len);
		ok = fn(buf, len);
		if (!ok)
			printf("# %s: script %u failed, SEED=%#llx\n", name, i,
			       (unsigned long long)seed);
		seed = next_random(&seeds) | 1;
	}
	free(buf);
	return ok;
}

static bool run_file(script_fn *fn, const char *name)
{
	static u8 buf[1 << 16];
	FILE *f = fopen(name, "rb");
	size_t len;

	if (!f) {
		perror(name);
		return false;
	}
	len = fread(buf, 1, sizeof(buf), f);
	fclose(f);
	if (fn(buf, len))
		return true;
	printf("# failed: %s\n", name);
	return false;
}

/* The number of files that failed, and -1 when there is none to run. */
int run_files(script_fn *fn, int argc, char **argv)
{
	int bad = 0;

	for (int i = 1; i < argc; i++)
		bad += !run_file(fn, argv[i]);
	return argc > 1 ? bad : -1;
}
