/* SPDX-License-Identifier: GPL-2.0 */
/* Pages that Linux has for kernel probes; all with code_lock held. */
#ifndef _VSM_SK_CODE_SLOT_H
#define _VSM_SK_CODE_SLOT_H

#include "../ci/slot.h"
#include "code_patch.h"

bool code_slot_setup(void);
void code_slot_release(void);

/* How the kernel, which is verified, begins a detour. */
void code_slot_know(const struct ci_detour *d);

bool code_slot_is(u64 gpa);
u32 code_slot_pages(void);
void code_slot_forget(u64 gpa);		/* the page is something else now */
bool code_slot_to_data(u64 gpa);	/* true: the page is data now */

/*
 * Writes a slot that is verified to a page that has such, or to data, which is
 * code then.  False: it is none; a page that Linux has elsewhere now is data.
 */
bool code_slot_write(const struct code_write *w);

/* Is that address in a page of them? */
bool code_slot_at(u64 va);

/* Is what a jump at @va leads to a detour of what is there? */
bool code_slot_detours(u64 va, u64 to);

/* Is there a slot for the instruction at @va, or needs it none? */
bool code_slot_ready(u64 va);

#endif /* _VSM_SK_CODE_SLOT_H */
