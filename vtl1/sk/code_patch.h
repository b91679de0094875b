/* SPDX-License-Identifier: GPL-2.0 */
/* Writes to verified text; all with code_lock held. */
#ifndef _VSM_SK_CODE_PATCH_H
#define _VSM_SK_CODE_PATCH_H

#include "../ci/sites.h"
#include "../ci/slot.h"
#include "code_object.h"

struct code_write {
	u64 va;
	u64 gpa[2];		/* of the page, and of the next one */
	const u8 *bytes;
	u32 len;
	u64 hint;		/* of what instruction it is a slot; 0: none */
};

enum code_rule {
	CODE_RULE_NONE,		/* nothing is known of such a write there */
	CODE_RULE_ALLOWED,	/* and noted: it has to be done */
	CODE_RULE_REFUSED,
};

/* code_site.c; @ret_class is set but for CODE_RULE_NONE */
bool code_site_setup(void);
void code_site_release(void);
enum code_rule code_site_check(const struct code_object *o,
			       const struct code_write *w,
			       enum vsm_code_class *ret_class);
/* What was at @va before a step of patching; false: it is at none. */
bool code_site_form(u64 va, u8 form[CI_SITE_MAX]);
void code_site_forget(u64 base, u64 size);

/* code_kprobe.c; the same */
bool code_kprobe_setup(void);
void code_kprobe_release(void);
enum code_rule code_kprobe_check(const struct code_object *o,
				 const struct code_write *w,
				 enum vsm_code_class *ret_class);
void code_kprobe_forget(u64 base, u64 size);
/*
 * The instructions at @va as they are without probes, as far as no patch site is
 * in them; false: none begins there.
 */
bool code_kprobe_original(const struct code_object *o, u64 va,
			  struct ci_probed *ret);
/* Does the jump of a probe lead there? */
bool code_kprobe_leads_to(u64 va, u64 size);

/* code_patch.c: text that goes */
void code_patch_forget(u64 base, u64 size);

#endif /* _VSM_SK_CODE_PATCH_H */
