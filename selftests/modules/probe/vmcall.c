// SPDX-License-Identifier: GPL-2.0
/*
 * VMCALL with every register as a test wants it, those of fast hypercalls
 * included.  Must never correct what it is given.
 */
#include <linux/errno.h>
#include <linux/irqflags.h>
#include <linux/preempt.h>
#include <asm/fpu/api.h>

#include "internal.h"

static void vmcall(struct vsm_probe_vmcall *req)
{
	unsigned long flags;

	if (req->flags & VSM_PROBE_IRQS_OFF) {
		local_irq_save(flags);
		req->vector = probe_vmcall_regs(req->gpr);
		local_irq_restore(flags);
	} else {
		req->vector = probe_vmcall_regs(req->gpr);
	}
}

int probe_vmcall(struct vsm_probe_vmcall *req)
{
	static_assert(VSM_PROBE_NO_FAULT == (u32)-1);

	if (req->flags & ~VSM_PROBE_VMCALL_FLAGS)
		return -EINVAL;
	preempt_disable();
	if (req->flags & VSM_PROBE_XMM) {
		kernel_fpu_begin();
		probe_xmm_load(req->xmm);
		vmcall(req);
		probe_xmm_store(req->xmm);
		kernel_fpu_end();
	} else {
		vmcall(req);
	}
	preempt_enable();
	return 0;
}
