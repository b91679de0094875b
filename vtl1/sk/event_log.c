// SPDX-License-Identifier: GPL-2.0
/*
 * Remembers events by kind, so that the first of each is told, and the others
 * are counted; pure.  Must never let one class take the room of another, nor
 * forget a kind that nobody has been told of.
 */
#include <vsm/string.h>

#include "event_log.h"

#define NONE	EVENT_KINDS

static_assert(EVENT_RESERVE >= 16, "room for every class");

void event_log_init(struct event_log *log)
{
	u32 i;

	memset(log, 0, sizeof(*log));
	for (i = 0; i < EVENT_CHAINS; i++)
		log->chain[i] = NONE;
}

/* What is about no page of memory, as a module that is refused, has an address. */
static u64 page_of(const struct vsm_sk_event *e)
{
	return (e->gpa ?: e->gva) >> 12;
}

static bool same_kind(const struct vsm_sk_event *a,
		      const struct vsm_sk_event *b)
{
	return a->rule == b->rule && a->class == b->class &&
	       a->audit == b->audit && page_of(a) == page_of(b);
}

static u16 *chain_of(struct event_log *log, const struct vsm_sk_event *e)
{
	u64 hash = (page_of(e) << 16 | e->class << 8 | e->rule) *
		   0x9e3779b97f4a7c15ULL;

	return &log->chain[hash >> 56];
}

static struct event_kind *find(struct event_log *log,
			       const struct vsm_sk_event *event)
{
	u16 i;

	for (i = *chain_of(log, event); i != NONE; i = log->kind[i].next)
		if (same_kind(&log->kind[i].event, event))
			return &log->kind[i];
	return NULL;
}

static void unlink(struct event_log *log, u16 index)
{
	u16 *link = chain_of(log, &log->kind[index].event);

	while (*link != index)
		link = &log->kind[*link].next;
	*link = log->kind[index].next;
}

/* What is left is kept for classes that have little waiting. */
static bool may_wait(const struct event_log *log, u8 class)
{
	return log->nr < EVENT_KINDS &&
	       (log->waiting[class] < EVENT_RESERVE ||
		log->nr < EVENT_KINDS - EVENT_RESERVE * VSM_CODE_CLASS_MAX);
}

static void wait_in_queue(struct event_log *log, struct event_kind *k)
{
	log->queue[(log->first + log->nr++) % EVENT_KINDS] = k - log->kind;
	log->waiting[k->event.class]++;
	k->waits = true;
}

/* In turn, one that does not wait: there is one if less than all do. */
static struct event_kind *take_place(struct event_log *log)
{
	struct event_kind *k;

	do {
		k = &log->kind[log->hand];
		log->hand = (log->hand + 1) % EVENT_KINDS;
	} while (k->waits);
	if (k->count)
		unlink(log, k - log->kind);
	return k;
}

static void remember(struct event_log *log, const struct vsm_sk_event *event)
{
	struct event_kind *k = take_place(log);
	u16 *chain = chain_of(log, event);

	*k = (struct event_kind){
		.event = *event, .count = 1, .next = *chain,
	};
	*chain = k - log->kind;
	wait_in_queue(log, k);
}

bool event_log_add(struct event_log *log, const struct vsm_sk_event *event)
{
	struct event_kind *k;

	if (event->class >= VSM_CODE_CLASS_MAX)
		return false;
	log->total++;
	k = find(log, event);
	if (!k) {
		if (!may_wait(log, event->class)) {
			log->lost++;
			return false;
		}
		remember(log, event);
		return true;
	}
	k->count++;
	if (!k->waits && !(k->count & (k->count - 1)) &&
	    may_wait(log, event->class)) {
		k->event = *event;
		wait_in_queue(log, k);
	}
	return true;
}

bool event_log_next(struct event_log *log, struct vsm_sk_event *ret)
{
	struct event_kind *k;

	if (!log->nr)
		return false;
	k = &log->kind[log->queue[log->first]];
	log->first = (log->first + 1) % EVENT_KINDS;
	log->nr--;
	log->waiting[k->event.class]--;
	k->waits = false;
	*ret = k->event;
	ret->count = k->count;
	return true;
}
