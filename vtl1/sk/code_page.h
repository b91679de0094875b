/* SPDX-License-Identifier: GPL-2.0 */
/* What each page of VTL0 is to code integrity.  All with code_lock held. */
#ifndef _VSM_SK_CODE_PAGE_H
#define _VSM_SK_CODE_PAGE_H

#include "code.h"

enum code_kind {
	CODE_KERNEL,		/* for good */
	CODE_MODULE,
	CODE_VERIFIED,		/* of a module, compared with its file */
	CODE_HELD,		/* of a module that is being compared */
	CODE_RUNNING,		/* the same of one that runs: executed, too */
	CODE_RODATA,		/* of modules, and of low memory: read only */
	CODE_OPEN,		/* audit: executed and written, once reported */
	CODE_MADE,		/* from here on, of code_made.h: */
	CODE_TRAMPOLINE = CODE_MADE,	/* of the function tracer */
	CODE_KINDS,
};

bool code_pages_setup(void);
void code_pages_release(void);

const struct range_list *code_pages(enum code_kind kind);
u64 code_pages_nr(enum code_kind kind);		/* pages, not ranges */
bool code_pages_room(enum code_kind kind, u32 nr);	/* for so many ranges */
bool code_pages_add(enum code_kind kind, const struct vsm_range *r);
void code_pages_remove(enum code_kind kind, const struct vsm_range *r);

bool code_page_is_kind(enum code_kind kind, u64 gpa);
bool code_page_is_kept(u64 gpa);	/* neither code nor writable */
bool code_page_is_guarded(u64 gpa);	/* not writable */

/* Let pass: from now on the page is no concern of anybody.  False: no room. */
bool code_page_open(u64 gpa);
/* Those ranges of opened pages that @which says are what they were again. */
void code_pages_close(bool (*which)(const struct vsm_range *r));
void code_pages_data(const u64 *pfn, u32 nr);

/* code_found.c: all that the page tables at @cr3 let execute; false: no room */
bool code_found_take(u64 cr3, u64 *ret_pages);
u64 code_found_protect(u32 mask, u32 rodata_mask);
/* Is it free memory that is written to?  Then it is data. */
bool code_found_write(u64 gpa);
/* SHA-256 of all that nobody has verified, by address; on a thread. */
bool code_found_measure(u8 digest[32]);

#endif /* _VSM_SK_CODE_PAGE_H */
