/* SPDX-License-Identifier: GPL-2.0 */
/* Events by kind, between what happens and who is told; pure. */
#ifndef _VSM_SK_EVENT_LOG_H
#define _VSM_SK_EVENT_LOG_H

#include <linux/types.h>
#include <vsm/scall.h>
#include <vsm/types.h>

#define EVENT_KINDS	1024
#define EVENT_CHAINS	256

/* What each class can have waiting, however much there is of the others. */
#define EVENT_RESERVE	(EVENT_KINDS / VSM_CODE_CLASS_MAX / 2)

/* A kind: the same rule and class, on the same page. */
struct event_kind {
	struct vsm_sk_event event;	/* the first of it, later the last */
	u64 count;			/* 0: not in use */
	u16 next;			/* in its chain, EVENT_KINDS: the last */
	bool waits;			/* to be told */
};

struct event_log {
	struct event_kind kind[EVENT_KINDS];
	u16 chain[EVENT_CHAINS];
	u16 queue[EVENT_KINDS];		/* of those that wait */
	u32 first, nr;			/* of the queue */
	u32 waiting[VSM_CODE_CLASS_MAX];
	u32 hand;			/* where to look for a kind to forget */
	u64 total;			/* events, whether told or not */
	u64 lost;			/* kinds that there was no room for */
};

void event_log_init(struct event_log *log);

/*
 * The first of a kind waits to be told, then the 2nd, 4th, 8th ...  False: there
 * is no room for it, and it is not remembered.
 */
bool event_log_add(struct event_log *log, const struct vsm_sk_event *event);

/* The one that waits longest, with its count; false: none does. */
bool event_log_next(struct event_log *log, struct vsm_sk_event *ret);

#endif /* _VSM_SK_EVENT_LOG_H */
