/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a machine does all day, in pieces that are the same each time.
 */
#ifndef BENCH_WORKLOAD_H
#define BENCH_WORKLOAD_H

#include "measure.h"

struct workload {
	const char *name;
	unsigned int ops;
	unsigned int warm_up;	/* operations before the first measurement */
	unsigned int rounds;	/* 0: as many as the caller wants */
	work_fn *fn;
};

/* The last has no name. */
extern const struct workload workloads[];

/* kvm.c */
void run_kvm(void);

/* code.c; @what names the results, @file is the module's, @module its name */
void run_code(const char *what, const char *file, const char *module);

/* pages.c; @path is a file whose content may be executed */
void run_pages(const char *what, const char *path);

/* Says what failed, and ends the program. */
_Noreturn void fail(const char *what);

#endif /* BENCH_WORKLOAD_H */
