// SPDX-License-Identifier: GPL-2.0
/*
 * One instruction with every register as a test wants it, those of fast
 * hypercalls included.  Must never correct what it is given.
 */
#include <linux/errno.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/nospec.h>
#include <linux/preempt.h>
#include <asm/fpu/api.h>

#include "internal.h"

struct probe_insn_entry {
	u32 (*run)(u64 *gpr);
	const char *ip, *end;
};

extern const struct probe_insn_entry probe_insns[VSM_PROBE_NR_INSNS];

static_assert(VSM_PROBE_NO_FAULT == (u32)-1);

static void run(struct vsm_probe_insn *req)
{
	const struct probe_insn_entry *insn =
		&probe_insns[array_index_nospec(req->insn, VSM_PROBE_NR_INSNS)];
	unsigned long flags;

	req->ip = (unsigned long)insn->ip;
	req->length = insn->end - insn->ip;
	if (req->flags & VSM_PROBE_IRQS_OFF) {
		local_irq_save(flags);
		req->vector = insn->run(req->gpr);
		local_irq_restore(flags);
	} else {
		req->vector = insn->run(req->gpr);
	}
}

int probe_insn(struct vsm_probe_insn *req)
{
	if (req->flags & ~VSM_PROBE_INSN_FLAGS ||
	    req->insn >= VSM_PROBE_NR_INSNS)
		return -EINVAL;
	preempt_disable();
	if (req->flags & VSM_PROBE_XMM) {
		kernel_fpu_begin();
		probe_xmm_load(req->xmm);
		run(req);
		probe_xmm_store(req->xmm);
		kernel_fpu_end();
	} else {
		run(req);
	}
	preempt_enable();
	return 0;
}
