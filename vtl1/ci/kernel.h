/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is true of the running kernel as a whole and decides how its text is
 * patched: taken once, then the same for every site.
 */
#ifndef _VSM_CI_KERNEL_H
#define _VSM_CI_KERNEL_H

#include <vsm/types.h>

#include "error.h"

/* NCAPINTS + NBUGINTS of asm/cpufeatures.h: boot_cpu_data.x86_capability[] */
#define CI_CAP_WORDS	24

#define CI_FEATURE(word, bit)		((word) * 32 + (bit))
#define CI_FEATURE_SMAP			CI_FEATURE(9, 20)
#define CI_FEATURE_RETPOLINE		CI_FEATURE(11, 12)
#define CI_FEATURE_RETPOLINE_LFENCE	CI_FEATURE(11, 13)
#define CI_FEATURE_RETHUNK		CI_FEATURE(11, 14)
#define CI_FEATURE_CALL_DEPTH		CI_FEATURE(11, 19)
#define CI_FEATURE_INDIRECT_THUNK_ITS	CI_FEATURE(21, 6)

#define CI_PV_OPS	128
#define CI_TRAMP_KEYS	64

#define CI_SYMBOL(name) CI_SYM_##name,
enum ci_symbol {
#include "symbols.def"
	CI_SYMS
};

#undef CI_SYMBOL

/* Modules that may call, but not change, a static call name its trampoline. */
struct ci_tramp_key {
	u64 tramp;
	u64 key;
};

struct ci_kernel {
	u32 caps[CI_CAP_WORDS];
	u64 sym[CI_SYMS];		/* as they run */
	u64 delta;			/* KASLR: as they run - as linked */
	u64 return_thunk;		/* value of x86_return_thunk */
	u64 pv_ops[CI_PV_OPS];		/* slots of that object */
	struct ci_tramp_key tramp_key[CI_TRAMP_KEYS];
	u32 tramp_keys;
	bool up;			/* uniproc_patched: lock prefixes were
					 * taken, and may have come back
					 */
	void *ctx;
	/*
	 * Decide about what only policy can: may code that is patched with
	 * @site go to @target?  @key is the static call's, @target 0 is none.
	 */
	bool (*static_call)(void *ctx, u64 key, u64 target);
	bool (*ftrace_call)(void *ctx, u64 site, u64 target);
	/* The value of a runtime constant, named as in its section's name. */
	enum ci_error (*constant)(void *ctx, const char *name, u64 *ret_value);
};

/*
 * Pages of ITS thunks, in the order of their allocation.  Linux makes a thunk
 * for each site that needs one; so does ci_its_thunk().
 */
struct ci_its {
	const u64 *page;
	u32 nr;
	u32 used;		/* pages begun */
	u32 offset;		/* in the last of them */
};

static inline bool ci_has(const struct ci_kernel *kernel, u32 feature)
{
	return feature < CI_CAP_WORDS * 32 &&
	       kernel->caps[feature / 32] >> feature % 32 & 1;
}

/* Is a return at @va to go through the return thunk? */
static inline bool ci_wants_rethunk(const struct ci_kernel *kernel, u64 va)
{
	if (!ci_has(kernel, CI_FEATURE_RETHUNK))
		return false;
	return kernel->return_thunk != kernel->sym[CI_SYM_its_return_thunk] ||
	       !(va & 0x20);
}

#endif /* _VSM_CI_KERNEL_H */
