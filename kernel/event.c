// SPDX-License-Identifier: GPL-2.0
/*
 * Numbers events, keeps the last ones, and passes them on to log and netlink.
 * Must never sleep or allocate where an event is raised.
 */
#include "vsm.h"

#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/printk.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/workqueue.h>
#include <asm/msr.h>

#include "../uapi/linux/vsm_netlink.h"
#include "event.h"

static DEFINE_RAW_SPINLOCK(event_lock);
static struct vsm_event_record kept[VSM_EVENTS_KEPT];	/* event_lock */
static u64 last_seq;					/* event_lock */

/* Number of the last event that left; belongs to event_send(). */
static u64 sent_seq;

static void event_send(struct work_struct *work);
static DECLARE_WORK(send_work, event_send);

const char *vsm_event_name(u32 type)
{
	static const char * const names[] = {
		[VSM_EVENT_MEMORY] = "memory",
		[VSM_EVENT_POLICY] = "policy",
		[VSM_EVENT_TRUSTLET] = "trustlet",
		[VSM_EVENT_LOCK] = "lock",
		[VSM_EVENT_LOSS] = "loss",
		[VSM_EVENT_CODE] = "code",
	};

	return type < ARRAY_SIZE(names) && names[type] ? names[type] : "unknown";
}

/* What is at an address of the kernel; nothing for any other. */
static void name_address(char *to, u64 address)
{
	*to = '\0';
	if (address >> 63)
		snprintf(to, VSM_EVENT_SYMBOL_MAX, "%pS",
			 (void *)(unsigned long)address);
}

/**
 * vsm_event - raise an event
 * @event: copied, with its text
 *
 * Any context but NMI.
 */
void vsm_event(const struct vsm_event *event)
{
	char symbol[VSM_EVENT_SYMBOL_MAX], target[VSM_EVENT_SYMBOL_MAX];
	struct vsm_event_record *rec;
	unsigned long flags;

	name_address(symbol, event->rip);
	name_address(target, event->gva);
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
	rec->class = event->class;
	rec->audit = event->audit;
	rec->count = event->count;
	rec->pid = event->pid;
	strscpy(rec->comm, event->comm ?: "", sizeof(rec->comm));
	strscpy(rec->symbol, symbol, sizeof(rec->symbol));
	strscpy(rec->target, target, sizeof(rec->target));
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

/* A process gives itself its name. */
static void escape_comm(const struct vsm_event_record *rec, char *to)
{
	size_t i;

	for (i = 0; rec->comm[i]; i++)
		to[i] = isprint(rec->comm[i]) ? rec->comm[i] : '?';
	to[i] = '\0';
}

/* Of memory and code: where, what, and who. */
static void log_access(const struct vsm_event_record *rec)
{
	char comm[sizeof(rec->comm)];

	escape_comm(rec, comm);
	pr_warn_ratelimited("event %llu: %s: CPU %u gpa %#llx gva %#llx rip %#llx: %s%s%s%s%s, process %s[%u], number %llu of its kind\n",
			    rec->seq, vsm_event_name(rec->type), rec->cpu,
			    rec->gpa, rec->gva, rec->rip, rec->detail,
			    *rec->symbol ? ", at " : "", rec->symbol,
			    *rec->target ? ", to " : "", rec->target,
			    comm, rec->pid, rec->count);
}

static void event_log(const struct vsm_event_record *rec)
{
	if (rec->type == VSM_EVENT_MEMORY || rec->type == VSM_EVENT_CODE)
		log_access(rec);
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

int vsm_event_init(void)
{
	return 0;
}

/* Nobody raises events any more; what was raised still goes out. */
void vsm_event_exit(void)
{
	flush_work(&send_work);
}
