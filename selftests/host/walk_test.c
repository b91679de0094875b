// SPDX-License-Identifier: GPL-2.0
/*
 * The hypervisor's walk of a VTL's page tables: random ones against the
 * reference.  Must never depend on a file other than those it is told to run.
 */
#include <stdlib.h>

#include <vsm/hvcall.h>

#include "walk_model.h"

static int failures, tests;

static void check(bool ok, const char *what)
{
	printf("%sok %d %s\n", ok ? "" : "not ", ++tests, what);
	failures += !ok;
}

/* Each result, and often: otherwise the scripts are not worth much. */
static bool all_seen(void)
{
	bool ok = true;

	for (u32 i = 0; i <= HV_TRANSLATE_GVA_GPA_NO_READ_ACCESS; i++) {
		printf("# result %u: %llu times\n", i,
		       (unsigned long long)walk_model_seen[i]);
		ok &= walk_model_seen[i] > 1000;
	}
	return ok;
}

int main(int argc, char **argv)
{
	int bad = run_files(walk_model_run, argc, argv);

	printf("TAP version 13\n1..%d\n", bad < 0 ? 2 : 3);
	check(run_random("walk", walk_model_run, 3000, 20000),
	      "3000 scripts of random page tables, modes and accesses");
	check(all_seen(), "each result came out");
	if (bad >= 0)
		check(!bad, "the fuzzer's corpus");
	return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
