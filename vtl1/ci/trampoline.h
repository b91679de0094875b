/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A trampoline of the function tracer: Linux makes one for each struct
 * ftrace_ops, of the tracer's own entry in the kernel's text.
 */
#ifndef _VSM_CI_TRAMPOLINE_H
#define _VSM_CI_TRAMPOLINE_H

#include "error.h"
#include "kernel.h"

/* Room for an entry, the return behind it and the pointer behind that. */
#define CI_TRAMPOLINE_MAX	512

/* The entry, as it runs; its parts by their offsets. */
struct ci_trampoline {
	u64 va;
	u32 size;
	u32 op;			/* loads the pointer to the ftrace_ops */
	u32 call;		/* of their function */
	u32 direct;		/* jump to what calls directly; 0: none */
	u8 bytes[CI_TRAMPOLINE_MAX];
};

/* What differs from one to the other. */
struct ci_trampoline_use {
	u64 va;
	u64 func;
	u64 ops;
};

/*
 * Writes what Linux has of the entry at @use->va, CI_TRAMPOLINE_MAX bytes.  What
 * Linux leaves as it was are breakpoints.
 */
enum ci_error ci_trampoline_make(const struct ci_trampoline *entry,
				 const struct ci_kernel *kernel,
				 const struct ci_trampoline_use *use, u8 *out);

/*
 * Is @live, CI_TRAMPOLINE_MAX bytes at @use->va, such?  Says for what, and has
 * in @out what ci_trampoline_make() makes of that.
 */
bool ci_trampoline_valid(const struct ci_trampoline *entry,
			 const struct ci_kernel *kernel, const u8 *live,
			 struct ci_trampoline_use *use, u8 *out);

#endif /* _VSM_CI_TRAMPOLINE_H */
