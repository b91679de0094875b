/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernel and verified modules offer to modules. */
#ifndef _VSM_SK_CODE_EXPORT_H
#define _VSM_SK_CODE_EXPORT_H

#include "../ci/error.h"
#include "sk.h"

/* What one of them offers; sorted, by hashes of the names. */
struct code_exports {
	struct code_exports *next;	/* of those that are published */
	u64 *key;
	s32 *value;
	u32 nr;
	u32 max;
};

bool code_export_setup(void);		/* once; false: no randomness */

bool code_exports_init(struct code_exports *e, u32 max);
void code_exports_free(struct code_exports *e);
enum ci_error code_exports_add(struct code_exports *e, const char *name,
			       u64 va);
/* After the last one; CI_SYMBOL_NAME: two are not to be told apart. */
enum ci_error code_exports_sort(struct code_exports *e);

/*
 * These lock for themselves.  From publishing until it is withdrawn @e is to be
 * there; withdrawing what was not published does nothing.
 */
void code_exports_publish(struct code_exports *e);
void code_exports_withdraw(struct code_exports *e);
u64 code_exports_bytes(void);		/* of all that are published */

/* Of the first that was published with it; CI_SYMBOL_UNKNOWN: nobody has it. */
enum ci_error code_export(const char *name, u64 *ret_va);

#endif /* _VSM_SK_CODE_EXPORT_H */
