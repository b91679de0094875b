/* SPDX-License-Identifier: GPL-2.0 */
/* Code integrity: what policy says, and what is counted and reported. */
#ifndef _VSM_SK_CODE_POLICY_H
#define _VSM_SK_CODE_POLICY_H

#include "policy_parse.h"
#include "sk.h"

/* VSM_CODE_MODE_* in force; off before code integrity has started. */
u8 code_mode_of(enum vsm_code_class class);

/* What VSM_SC_CODE_START says. */
struct code_start {
	u8 mode;		/* of every class but */
	u8 dynamic;		/* this one */
	bool locked;
};

/* Is what is no code kept from execution?  Else code is guarded, no more. */
bool code_confined(void);

/*
 * A breach of @rule, which belongs to @class, is counted, and reported unless
 * the class is off.  True: let it pass.
 */
bool code_breach_memory(enum vsm_code_class class, u8 rule,
			const struct hv_x64_memory_intercept *m);
bool code_breach_register(enum vsm_code_class class, u8 rule,
			  const struct hv_x64_register_intercept *m);
bool code_breach_pages(enum vsm_code_class class, u8 rule, u64 gva, u64 gpa);
bool code_breach_write(enum vsm_code_class class, u8 rule, u64 gva, u64 gpa);

/* The same of what is refused in every mode. */
void code_refused_memory(enum vsm_code_class class, u8 rule,
			 const struct hv_x64_memory_intercept *m);

/* What was asked for, and was according to the rules. */
void code_allowed(enum vsm_code_class class);

/* The part of VSM_SC_CODE_STATUS that is known here. */
void code_policy_status(struct vsm_code_status *status);

/* --- called by policy.c, which holds its lock ---------------------------------- */

/* Both: VSM_S_*; nothing has changed unless VSM_S_OK. */
u64 code_policy_start(const struct policy *policies, u32 nr,
		      const struct code_start *start);
u64 code_policy_apply(const struct policy *policies, u32 nr);
void code_policy_stop(void);

#endif /* _VSM_SK_CODE_POLICY_H */
