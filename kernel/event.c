// SPDX-License-Identifier: GPL-2.0
/*
 * Numbers events, keeps the last ones, and passes them on to log and netlink.
 * Must never sleep or allocate where an event is raised.
 */
#include "vsm.h"

#include <linux/ktime.h>
#include <linux/printk.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/sprintf.h>
#include <linux/string.h>
#include <linux/workqueue.h>
#include <asm/barrier.h>
#include <asm/msr.h>

#include "../uapi/linux/vsm_netlink.h"
#include "event.h"
#include "hv/public.h"

#define POLL_INTERVAL	HZ

/* struct hv_public_event: owner of the memory that was touched. */
#define HV_OWNER_VTL1	1

static DEFINE_RAW_SPINLOCK(event_lock);
static struct vsm_event_record kept[VSM_EVENTS_KEPT];	/* event_lock */
static u64 last_seq;					/* event_lock */

/* Both belong to event_send and event_poll, which never run against themselves. */
static u64 sent_seq;
static u64 hv_seen;

static void event_send(struct work_struct *work);
static void event_poll(struct work_struct *work);
static DECLARE_WORK(send_work, event_send);
static DECLARE_DEFERRABLE_WORK(poll_work, event_poll);

const char *vsm_event_name(u32 type)
{
	static const char * const names[] = {
		[VSM_EVENT_MEMORY] = "memory",
		[VSM_EVENT_POLICY] = "policy",
		[VSM_EVENT_TRUSTLET] = "trustlet",
		[VSM_EVENT_LOCK] = "lock",
	};

	return type < ARRAY_SIZE(names) && names[type] ? names[type] : "unknown";
}

/**
 * vsm_event - raise an event
 * @event: copied, with its text
 *
 * Any context but NMI.
 */
void vsm_event(const struct vsm_event *event)
{
	struct vsm_event_record *rec;
	unsigned long flags;

	raw_spin_lock_irqsave(&event_lock, flags);
	rec = &kept[++last_seq % VSM_EVENTS_KEPT];
	rec->seq = last_seq;
	rec->type = event->type;
	rec->cpu = event->cpu;
	rec->tsc = event->tsc;
	rec->rip = event->rip;
	rec->gva = event->gva;
	rec->gpa = event->gpa;
	rec->access = event->access;
	strscpy(rec->detail, event->detail ?: "", sizeof(rec->detail));
	raw_spin_unlock_irqrestore(&event_lock, flags);
	schedule_work(&send_work);
}

/* An event of the driver itself, here and now. */
void vsm_event_note(u32 type, const char *fmt, ...)
{
	char detail[VSM_EVENT_DETAIL_MAX];
	struct vsm_event event = {
		.type = type,
		.cpu = raw_smp_processor_id(),
		.tsc = rdtsc(),
		.detail = detail,
	};
	va_list args;

	va_start(args, fmt);
	vscnprintf(detail, sizeof(detail), fmt, args);
	va_end(args);
	vsm_event(&event);
}

/* The oldest event kept whose number is above @after. */
bool vsm_event_next(u64 after, struct vsm_event_record *ret)
{
	const struct vsm_event_record *rec;
	unsigned long flags;
	bool found = false;
	u64 seq;

	raw_spin_lock_irqsave(&event_lock, flags);
	seq = after + 1;
	if (last_seq >= VSM_EVENTS_KEPT)
		seq = max(seq, last_seq - VSM_EVENTS_KEPT + 1);
	/* A number without a record stands for an event that was lost. */
	for (; seq <= last_seq && !found; seq++) {
		rec = &kept[seq % VSM_EVENTS_KEPT];
		if (rec->seq == seq) {
			*ret = *rec;
			found = true;
		}
	}
	raw_spin_unlock_irqrestore(&event_lock, flags);
	return found;
}

static void event_log(const struct vsm_event_record *rec)
{
	if (rec->type == VSM_EVENT_MEMORY)
		pr_warn_ratelimited("event %llu: %s: CPU %u gpa %#llx gva %#llx rip %#llx: %s\n",
				    rec->seq, vsm_event_name(rec->type),
				    rec->cpu, rec->gpa, rec->gva, rec->rip,
				    rec->detail);
	else
		pr_info_ratelimited("event %llu: %s: %s\n", rec->seq,
				    vsm_event_name(rec->type), rec->detail);
}

static void event_send(struct work_struct *work)
{
	struct vsm_event_record rec;

	while (vsm_event_next(sent_seq, &rec)) {
		event_log(&rec);
		vsm_genl_send(&rec);
		sent_seq = rec.seq;
	}
}

/* Numbers go on for what was overwritten before it could be read. */
static void event_lost(void)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&event_lock, flags);
	last_seq++;
	raw_spin_unlock_irqrestore(&event_lock, flags);
}

static bool hv_event_read(const struct hv_public *pub, u64 seq,
			  struct hv_public_event *ret)
{
	const struct hv_public_event *slot;

	slot = &pub->event[(seq - 1) % HV_PUBLIC_EVENTS];
	if (READ_ONCE(slot->seq) != seq)
		return false;
	/* The hypervisor may write the slot anew meanwhile: look twice. */
	smp_rmb();
	*ret = *slot;
	/* The copy is complete before the second look. */
	smp_rmb();
	return READ_ONCE(slot->seq) == seq;
}

static void hv_event_raise(const struct hv_public_event *hve)
{
	static const char * const detail[2][2] = {
		{ "hypervisor memory, by the kernel",
		  "hypervisor memory, by a process" },
		{ "VTL1 memory, by the kernel",
		  "VTL1 memory, by a process" },
	};
	struct vsm_event event = {
		.type = VSM_EVENT_MEMORY,
		.cpu = hve->vp_index,
		.tsc = hve->tsc,
		.rip = hve->rip,
		.gva = hve->gva,
		.gpa = hve->gpa,
		.access = hve->access,
		.detail = detail[hve->owner == HV_OWNER_VTL1][hve->cpl == 3],
	};

	vsm_event(&event);
}

/* The hypervisor cannot interrupt Linux; its events are fetched. */
static void hv_events_fetch(void)
{
	const struct hv_public *pub = vsm_hv_public;
	struct hv_public_event hve;
	u64 end;

	if (!pub)
		return;
	end = READ_ONCE(pub->next_event);
	while (hv_seen < end) {
		hv_seen++;
		if (end - hv_seen < HV_PUBLIC_EVENTS &&
		    hv_event_read(pub, hv_seen, &hve))
			hv_event_raise(&hve);
		else
			event_lost();
	}
}

static void event_poll(struct work_struct *work)
{
	hv_events_fetch();
	schedule_delayed_work(&poll_work, POLL_INTERVAL);
}

int vsm_event_init(void)
{
	schedule_delayed_work(&poll_work, POLL_INTERVAL);
	return 0;
}

/* While the hypervisor's public pages can still be read. */
void vsm_event_exit(void)
{
	cancel_delayed_work_sync(&poll_work);
	hv_events_fetch();
	flush_work(&send_work);
}
