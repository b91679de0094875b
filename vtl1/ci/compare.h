/* SPDX-License-Identifier: GPL-2.0 */
/* Live text against reproduced text. */
#ifndef _VSM_CI_COMPARE_H
#define _VSM_CI_COMPARE_H

#include "sites.h"

struct ci_live {
	/* Nothing may write to what is read while it is compared. */
	enum ci_error (*read)(void *ctx, u64 va, void *buf, size_t len);
	void *ctx;
};

struct ci_report {
	u64 bytes;		/* compared */
	u64 unexplained;
	u64 first;		/* address of the first unexplained byte */
	u8 want;
	u8 found;
	/* Sites that had another legal form than the file's. */
	u32 changed[CI_SITE_KINDS];
};

/* What is read at once; the caller's @buf has so many bytes. */
#define CI_COMPARE_BUF	4096

/*
 * @len reproduced bytes at @bytes against those at @va, with @avail of both to
 * be read: a site may begin within @len and end behind it.  Where a mutable
 * site has another legal form, @bytes take it.  Differences are counted in
 * @report, not an error.
 */
enum ci_error ci_compare(const struct ci_sites *sites,
			 const struct ci_kernel *kernel,
			 const struct ci_live *live, u64 va, u8 *bytes,
			 u64 len, u64 avail, u8 *buf,
			 struct ci_report *report);

#endif /* _VSM_CI_COMPARE_H */
