/* SPDX-License-Identifier: GPL-2.0 */
/* Code integrity: which pages VTL0's kernel may execute. */
#ifndef _VSM_SK_CODE_H
#define _VSM_SK_CODE_H

#include "sk.h"

/* code.c: true: the access is made again; false: it is to be refused */
bool code_judge(const struct hv_x64_memory_intercept *m);

/*
 * While VTL1 writes to pages that VTL0 named, none of them becomes code.
 * Interrupts off in between.  False: @gpa is code already.
 */
bool code_write_begin(u64 gpa);
void code_write_end(void);

bool code_is_on(void);
bool code_is_audited(void);

u64 scall_code_start(const u64 arg[5], u64 ret[3]);
u64 scall_code_add(const u64 arg[5], u64 ret[3]);
u64 scall_code_remove(const u64 arg[5], u64 ret[3]);

/* code_walk.c */
typedef bool (*code_leaf_fn)(void *arg, u64 gva, u64 gpa, u64 size);

/*
 * Every piece of memory that VTL0's page tables at @cr3 let its kernel execute,
 * in the upper half; false: a callback said no, or the tables are not sane.
 */
bool code_walk(u64 cr3, code_leaf_fn fn, void *arg);

#endif /* _VSM_SK_CODE_H */
