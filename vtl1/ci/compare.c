// SPDX-License-Identifier: GPL-2.0
/*
 * Compares live bytes with reproduced bytes.  Must never take a live byte for
 * granted: what is not reproduced, or a legal form of its site, is unexplained.
 */
#include <vsm/string.h>

#include "compare.h"

/* One buffer of live bytes, and the reproduced bytes that belong to them. */
struct window {
	u64 va;
	u8 *want;
	const u8 *live;
	u64 len;		/* read */
	u64 step;		/* of which are compared now */
};

static void settle(const struct ci_sites *sites, const struct ci_kernel *kernel,
		   const struct window *w, struct ci_report *report)
{
	u32 i = ci_sites_first(sites, w->va), len;
	struct ci_site site;
	u64 off;

	for (; i < sites->nr; i++) {
		site = ci_sites_get(sites, i);
		off = site.va - w->va;
		if (off >= w->step)
			break;
		if (!ci_site_is_mutable(site.kind))
			continue;
		len = ci_site_valid(sites, kernel, &site, w->want + off,
				    w->live + off, w->len - off);
		if (!len || !memcmp(w->want + off, w->live + off, len))
			continue;
		memcpy(w->want + off, w->live + off, len);
		report->changed[site.kind]++;
	}
}

static void count(const struct window *w, struct ci_report *report)
{
	u64 i;

	report->bytes += w->step;
	if (!memcmp(w->want, w->live, w->step))
		return;
	for (i = 0; i < w->step; i++) {
		if (w->want[i] == w->live[i])
			continue;
		if (!report->unexplained++) {
			report->first = w->va + i;
			report->want = w->want[i];
			report->found = w->live[i];
		}
	}
}

enum ci_error ci_compare(const struct ci_sites *sites,
			 const struct ci_kernel *kernel,
			 const struct ci_live *live, u64 va, u8 *bytes,
			 u64 len, u64 avail, u8 *buf,
			 struct ci_report *report)
{
	struct window w = { .va = va, .want = bytes, .live = buf };
	enum ci_error err;
	u64 done;

	for (done = 0; done < len; done += w.step) {
		w.va = va + done;
		w.want = bytes + done;
		w.len = MIN(avail - done, (u64)CI_COMPARE_BUF);
		/* A site at the end is seen whole here, its rest next time. */
		w.step = w.len == avail - done ? w.len : w.len - CI_SITE_MAX;
		w.step = MIN(w.step, len - done);
		err = live->read(live->ctx, w.va, buf, w.len);
		if (err)
			return err;
		settle(sites, kernel, &w, report);
		count(&w, report);
	}
	return CI_OK;
}
