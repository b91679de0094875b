// SPDX-License-Identifier: GPL-2.0
/*
 * The hypervisor's EPT code: random scripts against the reference, and the
 * cases that a script may never meet.  Must never depend on a file other than
 * those it is told to run.
 */
#include <stdlib.h>

#include <vsm/bug.h>

#include "ept_model.h"

static int failures, tests;

static void check(bool ok, const char *what)
{
	printf("%sok %d %s\n", ok ? "" : "not ", ++tests, what);
	failures += !ok;
}

int main(int argc, char **argv)
{
	int bad = run_files(ept_model_run, argc, argv);

	printf("TAP version 13\n1..%d\n", bad < 0 ? 2 : 3);
	check(run_random("ept", ept_model_run, 3000, 400),
	      "3000 random scripts of map, set, merge, flush, lookup");
	check(run_random("ept, long", ept_model_run, 20, 20000),
	      "20 long random scripts");
	if (bad >= 0)
		check(!bad, "the fuzzer's corpus");
	return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
