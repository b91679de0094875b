/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Code that Linux makes while it runs and whose content is verified: each kind
 * has a page to itself.  All with code_lock held.
 */
#ifndef _VSM_SK_CODE_MADE_H
#define _VSM_SK_CODE_MADE_H

#include "code_page.h"
#include "code_patch.h"

struct code_made {
	enum code_kind kind;		/* of its pages, which are code */
	bool (*setup)(void);
	void (*release)(void);
	/*
	 * The page at @va, which is at @gpa, is to be executed.  True: it is of
	 * this kind, and code from now on; else it is as it was.
	 */
	bool (*take)(u64 va, u64 gpa);
	/* Linux asks to write to a page of this kind, and to no other page. */
	enum code_rule (*write)(const struct code_write *w,
				enum vsm_code_class *ret_class);
	/* The page is data, for somebody has written past all this. */
	void (*forget)(u64 gpa);
};

/*
 * For take(): first the page belongs to its kind and nobody writes to it, then
 * it is looked at, then it executes, or is what it was: data, or code that was
 * found at the start.
 */
bool code_made_may_hold(u64 gpa);
bool code_made_hold(const struct code_made *made, u64 gpa);
bool code_made_settle(const struct code_made *made, u64 gpa);
bool code_made_drop(const struct code_made *made, u64 gpa);

/* What @va leads to in VTL0 as its kernel may execute it; else CODE_NOWHERE. */
u64 code_made_page(u64 va);

/* Is any page that is written to one of these?  Then only this writes to it. */
bool code_made_is(const struct code_write *w);
enum code_rule code_made_write(const struct code_write *w,
			       enum vsm_code_class *ret_class);

/* --- code_trampoline.c ----------------------------------------------------------- */

extern const struct code_made code_trampolines;

/*
 * A call of the tracer is about to lead to @va: if there is a trampoline, it is
 * verified now.  With code_lock held; the others lock for themselves.
 */
void code_trampoline_find(u64 va);
bool code_trampoline_is(u64 va);	/* is it one that was verified? */
bool code_trampoline_calls(u64 va);	/* is @va the call within one? */

#endif /* _VSM_SK_CODE_MADE_H */
