/* SPDX-License-Identifier: GPL-2.0 */
/* Static calls: trampolines, and the forms of a site. */
#ifndef _VSM_CI_STATIC_CALL_H
#define _VSM_CI_STATIC_CALL_H

#include "kernel.h"

#define CI_TRAMP_SIZE	8
#define CI_STATIC_CALL_MAX	6

/* Ends with the undefined instruction that only trampolines have? */
bool ci_is_tramp(const u8 *p);
/* Length of the instruction at a site; 0: none that a static call has. */
u32 ci_static_call_len(const u8 *p, bool tail);
/*
 * Is @live a form that Linux gives the site whose reproduced bytes are @file,
 * with a target that policy accepts for @key?
 */
bool ci_static_call_valid(const struct ci_kernel *kernel, u64 va, u64 key,
			  bool tail, const u8 *file, const u8 *live);

/* returns.c */
enum ci_error ci_put_return(const struct ci_kernel *kernel, u8 *p, u64 va,
			    u32 len);

#endif /* _VSM_CI_STATIC_CALL_H */
