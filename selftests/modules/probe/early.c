// SPDX-License-Identifier: GPL-2.0
/*
 * Instructions in the middle of a takeover: before the driver makes a certain
 * call, while VTL1 is not there yet or not on every CPU.  Must never keep the
 * driver from making its call.
 */
#include <linux/errno.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "internal.h"

/* Armed, then done once; the lock is for user space's side of it. */
static struct early {
	u64 code;
	u32 where, nr, done;
	struct vsm_probe_insn *insns;
} slots[VSM_PROBE_EARLY_SLOTS];
static DEFINE_MUTEX(slots_lock);

static void run_early(u32 where, u64 code)
{
	struct early *e;
	u32 i;

	for (e = slots; e < slots + VSM_PROBE_EARLY_SLOTS; e++) {
		if (!e->insns || e->done || e->where != where ||
		    e->code != code)
			continue;
		for (i = 0; i < e->nr; i++)
			probe_insn(&e->insns[i]);
		WRITE_ONCE(e->done, e->nr);
	}
}

/* vsm_hvcall(code, ...) */
static int hvcall_pre(struct kprobe *p, struct pt_regs *regs)
{
	run_early(VSM_PROBE_EARLY_HVCALL, regs->di & 0xffff);
	return 0;
}

/* vsm_vtl_call_work(sc), whose first member is the function. */
static int scall_pre(struct kprobe *p, struct pt_regs *regs)
{
	run_early(VSM_PROBE_EARLY_SCALL, *(u64 *)regs->di);
	return 0;
}

static struct kprobe probes[] = {
	{ .symbol_name = "vsm_hvcall", .pre_handler = hvcall_pre },
	{ .symbol_name = "vsm_vtl_call_work", .pre_handler = scall_pre },
};

static bool registered[ARRAY_SIZE(probes)];

static void remove_probes(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(probes); i++)
		if (registered[i])
			unregister_kprobe(&probes[i]);
	memset(registered, 0, sizeof(registered));
}

static bool armed(void)
{
	unsigned int i;

	for (i = 0; i < VSM_PROBE_EARLY_SLOTS; i++)
		if (slots[i].insns && !slots[i].done)
			return true;
	return false;
}

static void add_probes(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(probes); i++) {
		probes[i].addr = NULL;
		probes[i].flags = 0;
		registered[i] = !register_kprobe(&probes[i]);
	}
}

/* Only as long as it takes over. */
static int module_changed(struct notifier_block *nb, unsigned long state,
			  void *data)
{
	struct module *mod = data;

	if (strcmp(mod->name, "vsm"))
		return NOTIFY_DONE;
	if (state == MODULE_STATE_COMING && armed())
		add_probes();
	else
		remove_probes();
	return NOTIFY_OK;
}

static struct notifier_block notifier = { .notifier_call = module_changed };

static int arm(struct early *e, const struct vsm_probe_early *req)
{
	struct vsm_probe_insn *insns;

	insns = memdup_array_user(u64_to_user_ptr(req->insns), req->nr,
				  sizeof(*insns));
	if (IS_ERR(insns))
		return PTR_ERR(insns);
	kfree(e->insns);
	*e = (struct early){
		.where = req->where, .code = req->code, .nr = req->nr,
		.insns = insns,
	};
	return 0;
}

static int results(const struct early *e, const struct vsm_probe_early *req)
{
	if (!e->insns || req->nr != e->nr)
		return -EINVAL;
	if (e->done != e->nr)
		return -EAGAIN;
	return copy_to_user(u64_to_user_ptr(req->insns), e->insns,
			    e->nr * sizeof(*e->insns)) ? -EFAULT : 0;
}

int probe_early(const struct vsm_probe_early *req, bool get)
{
	struct early *e;

	if (req->slot >= VSM_PROBE_EARLY_SLOTS || !req->nr ||
	    req->nr > VSM_PROBE_EARLY_MAX)
		return -EINVAL;
	e = &slots[req->slot];
	guard(mutex)(&slots_lock);
	return get ? results(e, req) : arm(e, req);
}

int probe_early_init(void)
{
	return register_module_notifier(&notifier);
}

void probe_early_exit(void)
{
	unsigned int i;

	unregister_module_notifier(&notifier);
	remove_probes();
	for (i = 0; i < VSM_PROBE_EARLY_SLOTS; i++)
		kfree(slots[i].insns);
}
