// SPDX-License-Identifier: GPL-2.0
/*
 * The mode of each rule class, and the one way to report a breach of a rule.
 * Must never let a mode get looser once it is locked.
 */
#include "code_policy.h"
#include "code_user.h"
#include "vp.h"

static_assert(VSM_CODE_CLASS_MAX <=
	      ARRAY_SIZE(((struct vsm_code_status *)NULL)->counters),
	      "room for every class");

/* Written with policy's lock held. */
static u8 modes[VSM_CODE_CLASS_MAX];
static struct code_start started;	/* mode off: not started */

static struct vsm_code_counters counters[VSM_CODE_CLASS_MAX];	/* atomic */

u8 code_mode_of(enum vsm_code_class class)
{
	return READ_ONCE(modes[class]);
}

bool code_confined(void)
{
	return sk.loader.flags & VSM_LOADER_FLAG_MBEC;
}

static void count(u64 *counter)
{
	__atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

void code_allowed(enum vsm_code_class class)
{
	count(&counters[class].allowed);
}

static void report(enum vsm_code_class class, struct vsm_sk_event *event)
{
	struct vsm_code_counters *c = &counters[class];

	event->class = class;
	count(event->audit ? &c->audited : &c->refused);
	if (!event_put(event))
		count(&c->lost);
}

static bool breach(enum vsm_code_class class, struct vsm_sk_event *event)
{
	u8 mode = code_mode_of(class);

	if (mode == VSM_CODE_MODE_OFF) {
		count(&counters[class].off);
		return true;
	}
	event->audit = mode == VSM_CODE_MODE_AUDIT;
	report(class, event);
	return event->audit;
}

bool code_breach_memory(enum vsm_code_class class, u8 rule,
			const struct hv_x64_memory_intercept *m)
{
	struct vsm_sk_event event = event_of_memory(rule, m);

	return breach(class, &event);
}

void code_refused_memory(enum vsm_code_class class, u8 rule,
			 const struct hv_x64_memory_intercept *m)
{
	struct vsm_sk_event event = event_of_memory(rule, m);

	report(class, &event);
}

bool code_breach_register(enum vsm_code_class class, u8 rule,
			  const struct hv_x64_register_intercept *m)
{
	struct vsm_sk_event event = event_of_register(rule, m);

	return breach(class, &event);
}

/* That VTL0 asked for. */
bool code_breach_write(enum vsm_code_class class, u8 rule, u64 gva, u64 gpa)
{
	struct vsm_sk_event event = {
		.tsc = rdtsc(),
		.gva = gva,
		.gpa = gpa + gva % PAGE_SIZE,
		.vp_index = this_vp()->index,
		.rule = rule,
		.access = 1U << HV_ACCESS_WRITE,
	};

	return breach(class, &event);
}

bool code_breach_pages(enum vsm_code_class class, u8 rule, u64 gva, u64 gpa)
{
	struct vsm_sk_event event = {
		.tsc = rdtsc(),
		.gva = gva,
		.gpa = gpa,
		.vp_index = this_vp()->index,
		.rule = rule,
	};

	return breach(class, &event);
}

/* --- policy -------------------------------------------------------------------- */

/* Unless policy says. */
static u8 mode_at_start(enum vsm_code_class class)
{
	switch (class) {
	case VSM_CODE_CLASS_DYNAMIC:
		return started.dynamic;
	case VSM_CODE_CLASS_USER:
		return VSM_CODE_MODE_OFF;
	default:
		return started.mode;
	}
}

static u8 mode_by(const struct policy *policies, u32 nr,
		  enum vsm_code_class class)
{
	return policy_code_mode(policies, nr, class, mode_at_start(class));
}

static void set_modes(const struct policy *policies, u32 nr)
{
	u32 class;

	for (class = 1; class < VSM_CODE_CLASS_MAX; class++)
		WRITE_ONCE(modes[class], mode_by(policies, nr, class));
}

/* Without MBEC, what processes execute cannot be told from what the kernel does. */
static u64 check(const struct policy *policies, u32 nr)
{
	u8 user = mode_by(policies, nr, VSM_CODE_CLASS_USER);

	if (!code_confined() && (user || policy_wants_mbec(policies, nr)))
		return VSM_S_NO_MBEC;
	return VSM_S_OK;
}

/* By what there is at the start, where no file can have been accepted. */
static u64 check_user_start(u8 user)
{
	if (user == VSM_CODE_MODE_ENFORCE)
		return VSM_S_NOT_PREPARED;
	return user && !code_user_setup() ? VSM_S_NO_MEMORY : VSM_S_OK;
}

u64 code_policy_start(const struct policy *policies, u32 nr,
		      const struct code_start *start)
{
	u64 status = check(policies, nr);

	if (!status)
		status = check_user_start(mode_by(policies, nr,
						  VSM_CODE_CLASS_USER));
	if (status)
		return status;
	started = *start;
	set_modes(policies, nr);
	return VSM_S_OK;
}

void code_policy_stop(void)
{
	started = (struct code_start){ .mode = VSM_CODE_MODE_OFF };
	memset(modes, VSM_CODE_MODE_OFF, sizeof(modes));
}

u64 code_policy_apply(const struct policy *policies, u32 nr)
{
	u64 status;
	u32 class;

	if (!started.mode)
		return VSM_S_OK;
	status = check(policies, nr);
	if (status)
		return status;
	if (!code_user_ready(mode_by(policies, nr, VSM_CODE_CLASS_USER)))
		return VSM_S_NOT_PREPARED;
	for (class = 1; started.locked && class < VSM_CODE_CLASS_MAX; class++)
		if (mode_by(policies, nr, class) < modes[class])
			return VSM_S_LOCKED;
	set_modes(policies, nr);
	return VSM_S_OK;
}

void code_policy_status(struct vsm_code_status *status)
{
	u32 class;

	status->mode = started.mode;
	status->flags = (code_confined() ? VSM_CODE_STATUS_MBEC : 0) |
			(started.locked ? VSM_CODE_STATUS_LOCKED : 0);
	status->nr_classes = VSM_CODE_CLASS_MAX;
	for (class = 0; class < VSM_CODE_CLASS_MAX; class++) {
		status->counters[class] = counters[class];
		status->counters[class].mode = code_mode_of(class);
	}
}
