// SPDX-License-Identifier: GPL-2.0
/*
 * Reads what the hypervisor and the secure kernel let VTL0 read, without an
 * exit: turns their events into events of the driver.  Must never trust an
 * index or a string there beyond its bounds.
 */
#include "machine.h"

#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/workqueue.h>
#include <asm/current.h>

#include "../uapi/linux/vsm_netlink.h"
#include "event.h"

#define POLL_INTERVAL	(HZ / 2)

const struct hv_public *vsm_hv_public;

/* Where events come from; both write the number around the rest. */
static struct {
	struct vsm_sk_events *page;
	struct vsm_sk_tasks *tasks;
	u64 seen_hv, seen_sk;	/* number of the last one; the work only */
	u64 told_sk;		/* that the secure kernel knows was read */
	u64 lost_sk;		/* what it lost, as far as that was passed on */
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

const char *vsm_rule_text(u8 rule)
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
		[VSM_RULE_MODULE_SIGNER] = "module without a signature that is accepted",
		[VSM_RULE_MODULE_REVOKED] = "module that is revoked",
		[VSM_RULE_MODULE_FORMAT] = "module whose file is not understood",
		[VSM_RULE_MODULE_IMPORT] = "module with an import that is not verified",
		[VSM_RULE_MODULE_LAYOUT] = "module in memory that its file does not have",
		[VSM_RULE_MODULE_PAGES] = "module in pages that are not its own",
		[VSM_RULE_MODULE_CONTENT] = "module in memory that differs from its file",
		[VSM_RULE_RODATA_WRITE] = "write to read-only data",
		[VSM_RULE_USER_WRITE] = "a process writes to the page that it executes",
		[VSM_RULE_USER_EXECUTE] = "a process executes what no accepted file has",
	};

	static_assert(ARRAY_SIZE(texts) == VSM_RULE_MAX);
	return rule < ARRAY_SIZE(texts) && texts[rule] ? texts[rule] :
							 "unknown rule";
}

static bool pass_on_sk(u64 seq)
{
	const struct vsm_sk_event *slot =
		&events.page->event[(seq - 1) % VSM_SK_EVENTS];
	char detail[VSM_EVENT_DETAIL_MAX], comm[VSM_TASK_COMM + 1] = "";
	struct vsm_sk_event ev;

	if (!copy_event(slot, &slot->seq, seq, &ev, sizeof(ev)))
		return false;
	snprintf(detail, sizeof(detail), "%s%s", vsm_rule_text(ev.rule),
		 ev.audit ? " (audit: let pass)" : "");
	memcpy(comm, ev.comm, sizeof(ev.comm));
	vsm_event(&(struct vsm_event) {
		.type = ev.rule >= VSM_RULE_CODE_EXECUTE ? VSM_EVENT_CODE :
							   VSM_EVENT_MEMORY,
		.cpu = ev.vp_index,
		.tsc = ev.tsc,
		.rip = ev.rip,
		.gva = ev.gva,
		.gpa = ev.gpa,
		.access = ev.access & 7,
		.class = ev.class,
		.audit = ev.audit,
		.count = ev.count,
		.pid = ev.pid,
		.comm = comm,
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

/* What the secure kernel could not even remember. */
static void tell_sk_loss(void)
{
	u64 lost = READ_ONCE(events.page->lost), more = lost - events.lost_sk;

	events.lost_sk = lost;
	tell_loss(&more);
}

/* The secure kernel may use the slots again; true: it had more to tell. */
static bool give_back(void)
{
	struct vsm_scall sc = {
		.fn = VSM_SC_EVENTS_READ, .arg = { events.seen_sk },
	};
	bool waits = READ_ONCE(events.page->waiting);

	if (!waits && events.seen_sk - events.told_sk < VSM_SK_EVENTS / 2)
		return false;
	if (vsm_scall(&sc, false) || sc.status)
		return false;
	events.told_sk = events.seen_sk;
	return waits;
}

static void poll_events(struct work_struct *work)
{
	drain(READ_ONCE(vsm_hv_public->next_event), &events.seen_hv,
	      HV_PUBLIC_EVENTS, pass_on_hv);
	do {
		drain(READ_ONCE(events.page->next), &events.seen_sk,
		      VSM_SK_EVENTS, pass_on_sk);
	} while (give_back());
	tell_sk_loss();
	schedule_delayed_work(&poll_work, POLL_INTERVAL);
}

/*
 * Now, not by the half second: what events are of is about to go.  Twice: the
 * first time it may have been running, and be past them.
 */
void vsm_public_poll(void)
{
	flush_delayed_work(&poll_work);
	flush_delayed_work(&poll_work);
}

/* How many there were, of the hypervisor and of the secure kernel. */
u64 vsm_public_events(void)
{
	return READ_ONCE(vsm_hv_public->next_event) +
	       READ_ONCE(events.page->total);
}

/* Where this kernel keeps the process of each CPU, for the eyes of events. */
static void describe_tasks(struct vsm_sk_tasks *tasks)
{
	struct task_struct **current_task;
	unsigned int cpu;

	tasks->direct = PAGE_OFFSET;
	tasks->comm = offsetof(struct task_struct, comm);
	tasks->pid = offsetof(struct task_struct, tgid);
	for_each_possible_cpu(cpu) {
		if (cpu >= VSM_SK_TASKS)
			break;
		current_task = &per_cpu(pcpu_hot, cpu).current_task;
		if (virt_addr_valid(current_task))
			tasks->current_gpa[cpu] = virt_to_phys(current_task);
		tasks->nr = cpu + 1;
	}
}

/* 0: the secure kernel writes to @gpa, or nowhere if it is 0, from now on. */
static int send_events_to(phys_addr_t gpa)
{
	struct vsm_scall sc = {
		.fn = VSM_SC_EVENTS,
		.arg = { gpa, gpa ? virt_to_phys(events.tasks) : 0 },
	};
	int ret = vsm_scall(&sc, false);

	return ret ?: vsm_scall_errno(sc.status);
}

int vsm_public_init(void)
{
	int ret = -ENOMEM;

	static_assert(sizeof(struct vsm_sk_events) == PAGE_SIZE);
	static_assert(sizeof(struct vsm_sk_tasks) == PAGE_SIZE);
	memset(&events, 0, sizeof(events));
	events.page = (void *)get_zeroed_page(GFP_KERNEL);
	events.tasks = (void *)get_zeroed_page(GFP_KERNEL);
	if (!events.page || !events.tasks)
		goto err_free;
	describe_tasks(events.tasks);
	ret = send_events_to(virt_to_phys(events.page));
	if (ret)
		goto err_free;
	/* Copied. */
	free_page((unsigned long)events.tasks);
	events.tasks = NULL;
	/* Deferrable: an idle CPU is not woken for it. */
	INIT_DEFERRABLE_WORK(&poll_work, poll_events);
	schedule_delayed_work(&poll_work, POLL_INTERVAL);
	return 0;

err_free:
	free_page((unsigned long)events.tasks);
	free_page((unsigned long)events.page);
	return ret;
}

void vsm_public_exit(void)
{
	cancel_delayed_work_sync(&poll_work);
	/* What may still be written to is never given to anybody else. */
	if (!send_events_to(0))
		free_page((unsigned long)events.page);
}
