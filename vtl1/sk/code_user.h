/* SPDX-License-Identifier: GPL-2.0 */
/* Code integrity: what processes may execute. */
#ifndef _VSM_SK_CODE_USER_H
#define _VSM_SK_CODE_USER_H

#include "sk.h"
#include "user_pages.h"

/*
 * May policy give the class that mode?  Not unless it has one from the start on,
 * and not enforcing unless any signed file was accepted.
 */
bool code_user_ready(u8 mode);

/* Room for what is said of pages; false: none.  Before the start. */
bool code_user_setup(void);

/* With code_lock held: */

/* Do processes execute only what is judged? */
bool code_user_confined(void);

/* Code integrity starts: as policy says by now. */
void code_user_start(void);

/* A process executes what it may not: true: it may now. */
bool code_user_execute(const struct hv_x64_memory_intercept *m);

/* Execute away from @gpa, which VTL1 writes to; false: it keeps it. */
bool code_user_write(u64 gpa);

/* The same of a write that VTL0 makes; false: it is to be refused. */
bool code_user_written(const struct hv_x64_memory_intercept *m);

/* The pages are to be something else, with a mask of their own. */
void code_user_forget(const struct vsm_range *r);

/* For VSM_SC_CODE_STATUS. */
void code_user_count(u32 *ret_files, u32 *ret_pages);

/* Without: the modes have changed, or what policy revokes. */
void code_user_modes_changed(void);

/*
 * Content that processes may execute from now on, page by page; not under
 * code_lock.  NULL: no memory.
 */
struct user_file *code_user_file_alloc(u64 size);
/* The next page of it, PAGE_SIZE bytes.  VSM_S_* */
u64 code_user_file_add(struct user_file *file, const void *page);
/* Takes @file; what is known already is freed. */
u64 code_user_file_accept(struct user_file *file, const u8 content[USER_HASH],
			  const u8 signer[USER_HASH]);
void code_user_file_free(struct user_file *file);

/* What Linux itself maps for processes, and no file has: before the start. */
u64 scall_user_found(const u64 arg[5], u64 ret[3]);

#endif /* _VSM_SK_CODE_USER_H */
