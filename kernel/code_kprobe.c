// SPDX-License-Identifier: GPL-2.0
/*
 * Tells the secure kernel of which instruction Linux writes a copy to a probe's
 * slot: the copy does not say it.  Must never be believed: whether it is one of
 * that instruction is compared.
 */
#include "machine.h"

#include <linux/kprobes.h>
#include <linux/sched.h>

#include "code.h"
#include "code_hook.h"

/* The longest instruction: no slot is longer. */
#define SLOT_MAX	15

static struct vsm_code_hook hook = {
	.symbol = "arch_prepare_kprobe",
	.stub = vsm_code_kprobe_stub,
	.users = __RWSEM_INITIALIZER(hook.users),
};

/* Linux's text_mutex: from arch_prepare_kprobe() to what it writes. */
static const struct task_struct *preparing;
static unsigned long probed;

/* arch_prepare_kprobe(p), which writes once, or not at all. */
long vsm_code_kprobe_prepare(const struct kprobe *p)
{
	probed = (unsigned long)p->addr;
	preparing = current;
	return 0;
}

/* Of the write of @len bytes that this task is about to make. */
u64 vsm_code_kprobe_probed(size_t len)
{
	if (preparing != current || len > SLOT_MAX)
		return 0;
	preparing = NULL;
	return probed;
}

/* After the hook on writes. */
void vsm_code_kprobe_init(void)
{
	int ret = vsm_code_hook_add(&hook);

	if (ret)
		pr_warn("no hook on %s() (%d): slots of kernel probes are dynamic code\n",
			hook.symbol, ret);
}

void vsm_code_kprobe_exit(void)
{
	vsm_code_hook_remove(&hook);
	preparing = NULL;
}
