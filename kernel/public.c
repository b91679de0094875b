// SPDX-License-Identifier: GPL-2.0
/*
 * Reads what the hypervisor and the secure kernel let VTL0 read, without an
 * exit: turns their events into events of the driver.  Must never trust an
 * index or a string there beyond its bounds.
 */
#include "machine.h"

#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/workqueue.h>

#include "../uapi/linux/vsm_netlink.h"
#include "event.h"

#define POLL_INTERVAL	(HZ / 2)

const struct hv_public *vsm_hv_public;

/* Where events come from; both write the number around the rest. */
static struct {
	struct vsm_sk_events *page;
	u64 seen_hv, seen_sk;	/* number of the last one; the work only */
} events;

static struct delayed_work poll_work;

/* False: overwritten while it was read. */
static bool copy_event(const void *slot, const u64 *slot_seq, u64 seq,
		       void *ret, size_t size)
{
	/* Pairs with the writer's release of the number. */
	if (smp_load_acquire(slot_seq) != seq)
		return false;
	memcpy(ret, slot, size);
	/* The copy before the second look at the number. */
	smp_rmb();
	return READ_ONCE(*slot_seq) == seq;
}

static bool pass_on_hv(u64 seq)
{
	const struct hv_public_event *slot =
		&vsm_hv_public->event[(seq - 1) & (HV_PUBLIC_EVENTS - 1)];
	struct hv_public_event ev;

	if (!copy_event(slot, &slot->seq, seq, &ev, sizeof(ev)))
		return false;
	vsm_event(&(struct vsm_event) {
		.type = VSM_EVENT_MEMORY,
		.cpu = ev.vp_index,
		.tsc = ev.tsc,
		.rip = ev.rip,
		.gva = ev.gva,
		.gpa = ev.gpa,
		.access = ev.access & 7,
		.detail = ev.owner == 2 ? "hypervisor memory" : "VTL1 memory",
	});
	return true;
}

static const char *rule_text(u8 rule)
{
	static const char * const texts[] = {
		[VSM_RULE_VTL1_MEMORY] = "VTL1 memory",
		[VSM_RULE_HV_MEMORY] = "hypervisor memory",
		[VSM_RULE_CODE_EXECUTE] = "the kernel executes what is not code",
		[VSM_RULE_CODE_WRITE] = "write to code",
		[VSM_RULE_CODE_ADD] = "new code that is not verified",
		[VSM_RULE_CONTROL] = "a control register without protection",
		[VSM_RULE_CODE_DYNAMIC] = "code that Linux made while it runs",
		[VSM_RULE_CODE_BASELINE] = "the kernel's text is not its file's",
	};

	static_assert(ARRAY_SIZE(texts) == VSM_RULE_MAX);
	return rule < ARRAY_SIZE(texts) && texts[rule] ? texts[rule] :
							 "unknown rule";
}

static bool pass_on_sk(u64 seq)
{
	const struct vsm_sk_event *slot =
		&events.page->event[(seq - 1) % VSM_SK_EVENTS];
	char detail[VSM_EVENT_DETAIL_MAX];
	struct vsm_sk_event ev;

	if (!copy_event(slot, &slot->seq, seq, &ev, sizeof(ev)))
		return false;
	snprintf(detail, sizeof(detail), "%s%s", rule_text(ev.rule),
		 ev.audit ? " (audit: let pass)" : "");
	vsm_event(&(struct vsm_event) {
		.type = ev.rule >= VSM_RULE_CODE_EXECUTE ? VSM_EVENT_CODE :
							   VSM_EVENT_MEMORY,
		.cpu = ev.vp_index,
		.tsc = ev.tsc,
		.rip = ev.rip,
		.gva = ev.gva,
		.gpa = ev.gpa,
		.access = ev.access & 7,
		.detail = detail,
	});
	return true;
}

/* Before the events that came after them. */
static void tell_loss(u64 *lost)
{
	if (*lost)
		vsm_event_note(VSM_EVENT_LOSS, "%llu memory events", *lost);
	*lost = 0;
}

/* All up to number @next; a ring keeps the last @kept of them. */
static void drain(u64 next, u64 *seen, u64 kept, bool (*pass_on)(u64 seq))
{
	u64 lost = 0;

	if (next - *seen > kept) {
		lost = next - *seen - kept;
		*seen = next - kept;
	}
	while (*seen != next) {
		++*seen;
		if (!pass_on(*seen)) {
			lost++;
			continue;
		}
		tell_loss(&lost);
	}
	tell_loss(&lost);
}

static void poll_events(struct work_struct *work)
{
	drain(READ_ONCE(vsm_hv_public->next_event), &events.seen_hv,
	      HV_PUBLIC_EVENTS, pass_on_hv);
	drain(READ_ONCE(events.page->next), &events.seen_sk, VSM_SK_EVENTS,
	      pass_on_sk);
	schedule_delayed_work(&poll_work, POLL_INTERVAL);
}

/* How many there were, of the hypervisor and of the secure kernel. */
u64 vsm_public_events(void)
{
	return READ_ONCE(vsm_hv_public->next_event) +
	       READ_ONCE(events.page->next);
}

/* 0: the secure kernel writes to @gpa, or nowhere if it is 0, from now on. */
static int send_events_to(phys_addr_t gpa)
{
	struct vsm_scall sc = { .fn = VSM_SC_EVENTS, .arg = { gpa } };
	int ret = vsm_scall(&sc, false);

	return ret ?: vsm_scall_errno(sc.status);
}

int vsm_public_init(void)
{
	int ret;

	static_assert(sizeof(struct vsm_sk_events) == PAGE_SIZE);
	events.page = (void *)get_zeroed_page(GFP_KERNEL);
	if (!events.page)
		return -ENOMEM;
	ret = send_events_to(virt_to_phys(events.page));
	if (ret) {
		free_page((unsigned long)events.page);
		return ret;
	}
	events.seen_hv = 0;
	events.seen_sk = 0;
	/* Deferrable: an idle CPU is not woken for it. */
	INIT_DEFERRABLE_WORK(&poll_work, poll_events);
	schedule_delayed_work(&poll_work, POLL_INTERVAL);
	return 0;
}

void vsm_public_exit(void)
{
	cancel_delayed_work_sync(&poll_work);
	/* What may still be written to is never given to anybody else. */
	if (!send_events_to(0))
		free_page((unsigned long)events.page);
}
