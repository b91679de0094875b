/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A VTL's own page tables as the processor would walk them, and whether an
 * access would be let through.  Knows nothing of who owns a page; also compiled
 * for the host, where it is tested.  Source: SDM, "4-Level Paging and 5-Level
 * Paging", "Access Rights".
 */
#ifndef _VSM_HV_WALK_H
#define _VSM_HV_WALK_H

#include <vsm/types.h>
#include <linux/types.h>
#include <vsm/hvcall.h>

#define WALK_MAX_LEVELS	5

/* What the walk depends on, of the VTL that it is done for. */
struct walk_mode {
	u64 cr0, cr3, cr4, efer, rflags, pat;
	u32 cpl;
	bool has_1g;			/* leaves of 1 GiB */
	u64 maxphyaddr_mask;
};

/* An entry of a table, and what the walk makes of it: accessed, dirty. */
struct walk_entry {
	gpa_t gpa;
	u64 old, new;
};

struct walk {
	struct walk_mode mode;
	u64 flags;			/* HV_TRANSLATE_GVA_* */
	gva_t gva;
	/* Results: */
	gpa_t gpa;
	u8 cache_type;			/* HV_CACHE_TYPE_*; without paging: WB */
	bool user_page;
	u32 nr_entries;
	struct walk_entry entry[WALK_MAX_LEVELS];
};

/* The environment's: HV_TRANSLATE_GVA_SUCCESS and the entry, or why not. */
u32 walk_read(const struct walk *w, gpa_t gpa, u64 *ret);

/* False: a paging mode that is not walked (32-bit, PAE). */
bool walk_supports(const struct walk_mode *mode);
/* HV_TRANSLATE_GVA_*: an error is about @w->gva, not about the call. */
u32 walk_translate(struct walk *w);
/* Error code of the page fault that stands for @code. */
u32 walk_fault_error(const struct walk *w, u32 code);
bool walk_canonical(const struct walk *w);

#endif /* _VSM_HV_WALK_H */
