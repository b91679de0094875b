/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Code integrity: the classes of its rules, what becomes of a breach, and how
 * it stands.
 */
#ifndef _VSM_CODE_H
#define _VSM_CODE_H

#include <linux/types.h>

#define VSM_CODE_CLASS(name, text, what)	VSM_CODE_CLASS_##name,

enum vsm_code_class {
	VSM_CODE_CLASS_NONE,	/* of what is no matter of code integrity */
#include "code_classes.def"
	VSM_CODE_CLASS_MAX,
};

#undef VSM_CODE_CLASS

/* A larger one is tighter. */
#define VSM_CODE_MODE_OFF	0	/* let pass, and not reported */
#define VSM_CODE_MODE_AUDIT	1	/* reported, and let pass */
#define VSM_CODE_MODE_ENFORCE	2	/* refused */

/* Flags of VSM_SC_CODE_START. */
#define VSM_CODE_START_LOCKED	1	/* from now on, modes only get tighter */

/* How code integrity came to know the code that it found. */
#define VSM_CODE_BASELINE_NONE	0	/* not started */
#define VSM_CODE_BASELINE_TRUST	1	/* taken as it was */
#define VSM_CODE_BASELINE_VERIFY 2	/* every byte is explained by a file */

/* What there was of a class so far. */
struct vsm_code_counters {
	__u64 allowed;		/* asked for, and according to the rules */
	__u64 audited;		/* against them, reported and let pass */
	__u64 refused;
	__u64 off;		/* against them, let pass without a word */
	__u64 lost;		/* breaches that no event tells of */
	__u8 mode;		/* VSM_CODE_MODE_* */
	__u8 rsvd[7];
};

#define VSM_CODE_STATUS_MBEC	(1U << 0)	/* what is not code does not execute */
#define VSM_CODE_STATUS_LOCKED	(1U << 1)	/* modes only get tighter */

struct vsm_code_status {
	__u32 mode;		/* VSM_CODE_MODE_* of the start; off: not started */
	__u32 flags;		/* VSM_CODE_STATUS_* */
	__u32 baseline;		/* VSM_CODE_BASELINE_* */
	__u32 nr_classes;	/* VSM_CODE_CLASS_MAX */
	__u32 nr_objects;	/* texts that are known by name */
	__u32 nr_found;		/* of which nobody has verified */
	__u64 pages;		/* of code */
	__u64 pages_open;	/* written or executed in audit: no longer guarded */
	__u64 table_bytes;	/* tables of what may be patched */
	__u32 nr_user_files;	/* whose content processes may execute */
	__u32 nr_user_pages;	/* of them */
	__u8 payload_digest[32];	/* of the kernel's image, 0: not verified */
	__u8 found_digest[32];	/* SHA-256 of all pages of code as they were found,
				 * by address; 0: there was a file to compare with
				 */
	struct vsm_code_counters counters[16];
};

#endif /* _VSM_CODE_H */
