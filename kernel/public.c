// SPDX-License-Identifier: GPL-2.0
/*
 * Reads what the hypervisor lets VTL0 read, without an exit: turns its events
 * into events of the driver.  Must never trust an index or a string there
 * beyond its bounds.
 */
#include "machine.h"

#include <linux/workqueue.h>

#include "../uapi/linux/vsm_netlink.h"
#include "event.h"

#define POLL_INTERVAL	(HZ / 2)

const struct hv_public *vsm_hv_public;

/* Number of the last event that was passed on; the work only. */
static u64 seen;
static struct delayed_work poll_work;

/* False: overwritten while it was read. */
static bool copy_event(u64 seq, struct hv_public_event *ev)
{
	const struct hv_public_event *slot =
		&vsm_hv_public->event[(seq - 1) & (HV_PUBLIC_EVENTS - 1)];

	/* Pairs with the hypervisor's release of the number. */
	if (smp_load_acquire(&slot->seq) != seq)
		return false;
	*ev = *slot;
	/* The copy before the second look at the number. */
	smp_rmb();
	return READ_ONCE(slot->seq) == seq;
}

static void pass_on(const struct hv_public_event *ev)
{
	struct vsm_event event = {
		.type = VSM_EVENT_MEMORY,
		.cpu = ev->vp_index,
		.tsc = ev->tsc,
		.rip = ev->rip,
		.gva = ev->gva,
		.gpa = ev->gpa,
		.access = ev->access & 7,
		.detail = ev->owner == 2 ? "hypervisor memory" : "VTL1 memory",
	};

	vsm_event(&event);
}

/* Before the events that came after them. */
static void tell_loss(u64 *lost)
{
	if (*lost)
		vsm_event_note(VSM_EVENT_LOSS, "%llu memory events", *lost);
	*lost = 0;
}

static void poll_events(struct work_struct *work)
{
	u64 next = READ_ONCE(vsm_hv_public->next_event);
	struct hv_public_event ev;
	u64 lost = 0;

	if (next - seen > HV_PUBLIC_EVENTS) {
		lost = next - seen - HV_PUBLIC_EVENTS;
		seen = next - HV_PUBLIC_EVENTS;
	}
	while (seen != next) {
		seen++;
		if (!copy_event(seen, &ev)) {
			lost++;
			continue;
		}
		tell_loss(&lost);
		pass_on(&ev);
	}
	tell_loss(&lost);
	schedule_delayed_work(&poll_work, POLL_INTERVAL);
}

int vsm_public_init(void)
{
	seen = 0;
	/* Deferrable: an idle CPU is not woken for it. */
	INIT_DEFERRABLE_WORK(&poll_work, poll_events);
	schedule_delayed_work(&poll_work, POLL_INTERVAL);
	return 0;
}

void vsm_public_exit(void)
{
	cancel_delayed_work_sync(&poll_work);
}
