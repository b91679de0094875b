/* SPDX-License-Identifier: GPL-2.0 */
/* Code integrity: which pages VTL0's kernel may execute. */
#ifndef _VSM_SK_CODE_H
#define _VSM_SK_CODE_H

#include "sk.h"

#define CODE_MASK_CODE	(HV_MAP_GPA_READABLE | HV_MAP_GPA_KERNEL_EXECUTABLE | \
			 HV_MAP_GPA_USER_EXECUTABLE)
#define CODE_MASK_DATA	(HV_MAP_GPA_READABLE | HV_MAP_GPA_WRITABLE | \
			 HV_MAP_GPA_USER_EXECUTABLE)

/* code.c: true: the access is made again; false: it is to be refused */
bool code_judge(const struct hv_x64_memory_intercept *m);

/*
 * While VTL1 writes to pages that VTL0 named, none of them becomes code.
 * Interrupts off in between.  False: @gpa is code already.
 */
bool code_write_begin(u64 gpa);
void code_write_end(void);

bool code_is_on(void);

/* A policy was loaded: what only an audit has opened may be closed again. */
void code_modes_changed(void);

/* What a page can do that is no code; more than it should without MBEC. */
u32 code_mask_data(void);
u32 code_mask_rodata(void);

/*
 * Guards what is code: the pages, and the registry of code_object.h.  Short:
 * an intercept waits for it.
 */
extern struct spinlock code_lock;

/*
 * Where Linux makes memory that it means to execute: its area for modules, of
 * which these are MODULES_VADDR with KASLR and MODULES_END.
 */
#define CODE_AREA	0xffffffffc0000000ULL
#define CODE_AREA_END	0xffffffffff000000ULL

/* code_page.c, but for the mode; with code_lock held. */
u32 code_mode(void);			/* VSM_CODE_MODE_*, 0: not started */
bool code_page_is(u64 gpa);		/* is it code, and so not written? */
bool code_page_is_kernel(u64 gpa);	/* of the kernel's or a verified text */
bool code_page_is_held(u64 gpa);	/* of a module that is compared just now */
bool code_page_is_free(u64 gpa);	/* nothing to us: it may become code */
bool code_page_to_dynamic(u64 gpa);	/* that was found; false: no room */
void code_wait_for_writers(void);	/* who began before a page was code */

/*
 * Pages of a module, by frame numbers; on a thread.  Those that are held belong
 * to the caller alone, and VTL0 neither writes to nor executes them, if modules
 * are to be verified; then they are settled, or let go.  VSM_S_DENIED: some are
 * code already, or another's.
 */
u64 code_hold(const u64 *pfn, u32 nr);
void code_let_go(const u64 *pfn, u32 nr);
u64 code_settle_text(const u64 *pfn, u32 nr);
u64 code_settle_rodata(const u64 *pfn, u32 nr);
/*
 * What is executable since the start, and not verified, goes on executing while
 * it is held, but nothing writes to it or takes it away.
 */
u64 code_hold_found(const u64 *pfn, u32 nr);
void code_let_go_found(const u64 *pfn, u32 nr);
u64 code_settle_found(const u64 *pfn, u32 nr);
/* Data again; what is nothing of all that is let be.  False: some stay. */
bool code_take_away(const u64 *pfn, u32 nr);

u64 scall_code_start(const u64 arg[5], u64 ret[3]);
u64 scall_code_add(const u64 arg[5], u64 ret[3]);
u64 scall_code_remove(const u64 arg[5], u64 ret[3]);
u64 scall_code_status(const u64 arg[5], u64 ret[3]);

/* code_walk.c */
typedef bool (*code_leaf_fn)(void *arg, u64 gva, u64 gpa, u64 size);

/*
 * Every piece of memory that VTL0's page tables at @cr3 let its kernel execute,
 * in the upper half; false: a callback said no, or the tables are not sane.
 */
bool code_walk(u64 cr3, code_leaf_fn fn, void *arg);

/* Where VTL0's page tables lead at this moment, and who may execute there. */
struct code_leaf {
	u64 gpa;
	u64 size;
	bool kernel_exec;
	bool writable;
};

bool code_leaf_at(u64 cr3, u64 va, struct code_leaf *ret_leaf);

#define CODE_NOWHERE	(~0ULL)

/* Any address, or CODE_NOWHERE; what is read so may differ each time. */
u64 code_translate(u64 cr3, u64 va);
bool code_read_va(u64 cr3, u64 va, void *buf, u64 len);

/* code_dynamic.c; with code_lock held */
enum code_verdict {
	CODE_NOT_MINE,
	CODE_AGAIN,		/* the access is made again */
	CODE_REFUSED,		/* and reported */
};

bool code_dynamic_setup(void);
void code_dynamic_release(void);
bool code_dynamic_is(u64 gpa);
bool code_dynamic_room(u32 nr);		/* for removing so many pages */
bool code_dynamic_add(const struct vsm_range *r);
void code_dynamic_remove(const struct vsm_range *r);
bool code_dynamic_target(u64 va);	/* may verified text lead there? */
enum code_verdict code_dynamic_execute(const struct hv_x64_memory_intercept *m);
bool code_dynamic_write(u64 gpa);	/* true: it is data now */

/* code_patch.c */
u64 scall_code_write(const u64 arg[5], u64 ret[3]);
u64 scall_code_writes(const u64 arg[5], u64 ret[3]);

#endif /* _VSM_SK_CODE_H */
