/* SPDX-License-Identifier: GPL-2.0 */
/* What the host tests and the fuzzer of code integrity share. */
#ifndef _VSM_HOST_CI_HOST_H
#define _VSM_HOST_CI_HOST_H

#include "../../vtl1/ci/compare.h"
#include "../../vtl1/ci/module.h"

/* How the made-up kernel mitigates; each patches sites in another way. */
enum host_flavour {
	HOST_RETPOLINE, HOST_PLAIN, HOST_LFENCE, HOST_ITS, HOST_FLAVOURS
};

struct host_run {
	struct ci_module m;
	struct ci_sites sites[2];	/* of the text, of the init text */
	struct ci_report report;
};

void host_kernel(struct ci_kernel *kernel, enum host_flavour flavour);
/* Made-up addresses, the same for a name each time. */
extern const struct ci_imports host_imports;
/* All that is done with a module; @file is changed. */
enum ci_error host_reproduce(struct host_run *run, struct ci_arena *arena,
			     const struct ci_kernel *kernel, u8 *file,
			     u64 size);
/* Against bytes that are as they were reproduced, but for one at @flip. */
enum ci_error host_compare(struct host_run *run,
			   const struct ci_kernel *kernel, u64 flip);
/*
 * Again from @file, as it was, but without being told where those parts are that
 * Linux frees: is all the same that it keeps and does not sort?  @ret_found
 * counts parts that something refers to.
 */
bool host_again(struct host_run *run, struct ci_arena *arena,
		const struct ci_kernel *kernel, u8 *file, u64 size,
		u32 *ret_found);
/* Bytes of executable sections. */
u64 host_text_size(const struct host_run *run);
/* Address of the executable byte number @n. */
u64 host_text_at(const struct host_run *run, u64 n);

#endif /* _VSM_HOST_CI_HOST_H */
