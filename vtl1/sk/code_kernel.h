/* SPDX-License-Identifier: GPL-2.0 */
/* VTL0's kernel as it was verified: what all other verifying rests on. */
#ifndef _VSM_SK_CODE_KERNEL_H
#define _VSM_SK_CODE_KERNEL_H

#include "../ci/kernel.h"
#include "sk.h"

/*
 * What is true of the kernel as a whole; NULL until it is verified.  Its
 * callbacks lock for themselves and may be called with code_lock held.
 */
const struct ci_kernel *code_kernel(void);

/*
 * The X.509 certificates, DER one after the other, that the kernel was built
 * to trust.  CI_KALLSYMS_SYMBOL: not verified, or it has none.
 */
enum ci_error code_builtin_cert(const u8 **ret_der, u32 *ret_len);

enum code_baseline_state {
	CODE_BASELINE_NONE,	/* taken as it was found */
	CODE_BASELINE_RUNNING,
	CODE_BASELINE_FAILED,	/* no file, or one that could not be used */
	CODE_BASELINE_DIFFERENT,	/* audit: bytes that are not explained */
	CODE_BASELINE_VERIFIED,
};

/* For the status. */
struct code_baseline_info {
	u32 state;
	u8 digest[32];		/* of the payload; zero if it was not read */
	u8 found[32];		/* of code taken as found; zero if verified */
	u64 bytes;
	u64 unexplained;
	u64 first;
};

void code_baseline_info(struct code_baseline_info *ret);

u64 scall_code_kernel(const u64 arg[5], u64 ret[3]);

#endif /* _VSM_SK_CODE_KERNEL_H */
