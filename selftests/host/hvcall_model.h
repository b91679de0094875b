/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Hypercalls as a caller sees them: kernel/hv/hvcall.c and its decoder with
 * handlers of the test's, against what the TLFS says of every call.
 */
#ifndef _VSM_HOST_HVCALL_MODEL_H
#define _VSM_HOST_HVCALL_MODEL_H

#include "../../kernel/hv/hv.h"
#include "../../kernel/hv/hvcall.h"
#include "script.h"

#define GUEST_IN	0x5000UL	/* pages that the caller has */
#define GUEST_OUT	0x9000UL
#define GUEST_PHYS_BITS	40
#define CALLEE_FAILS	HV_STATUS_OPERATION_DENIED

/* A call, and what its handler is to do. */
struct issue {
	u64 value, rdx, r8;
	u32 fail_at;		/* element (or 0 of a simple call), ~0: none */
	u32 again;		/* this often, HVCALL_AGAIN first */
	u8 vtl, cpl;
	bool real_mode, off, locked;
	bool no_in, no_out;	/* the pages may not be accessed */
	bool masked;		/* because a higher VTL says so */
	u32 flickers;		/* so often no input after all */
};

extern const struct hvcall_entry calls[];
extern const u32 nr_calls;

u64 control(const struct hvcall_entry *e, u32 count, u32 start, u32 var_words,
	    bool fast);
bool is_rep(const struct hvcall_entry *e);
bool is_var(const struct hvcall_entry *e);
/* HV_STATUS_* of the input value and the addresses, by the TLFS. */
u64 wanted_status(const struct hvcall_entry *e, u64 value, u64 rdx, u64 r8);
/* Issue it until it does not come back; all that the caller sees is checked. */
bool issue(const struct issue *i);
/* A good call: no reason to be refused. */
struct issue good(const struct hvcall_entry *e, u32 count, u32 start,
		  u32 var_words, bool fast);

bool hvcall_model_run(const u8 *data, size_t len);

#endif /* _VSM_HOST_HVCALL_MODEL_H */
