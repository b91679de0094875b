/* SPDX-License-Identifier: GPL-2.0 */
/* What the proofs share: any value, assumptions, claims (cbmc's). */
#ifndef _VSM_HOST_PROOF_H
#define _VSM_HOST_PROOF_H

#include <vsm/types.h>

/* Without a body, of this name: any value. */
u64 nondet_u64(void);
u32 nondet_u32(void);
u16 nondet_u16(void);
u8 nondet_u8(void);
bool nondet_bool(void);

#define ASSUME(cond)	__CPROVER_assume(cond)
#define CLAIM(cond)	__CPROVER_assert(cond, #cond)

#endif /* _VSM_HOST_PROOF_H */
