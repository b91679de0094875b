// SPDX-License-Identifier: GPL-2.0
/*
 * A CPU with a translation in its TLB, which waits in this way or that until it
 * is told to use it again; and a page whose translation changes without a flush.
 * Must never flush what it is to show.
 */
#include <linux/errno.h>
#include <linux/io.h>
#include <linux/irqflags.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/processor.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <asm/cpufeature.h>
#include <asm/mwait.h>
#include <asm/pgtable.h>

#include "internal.h"

#define MAX_TICKS	(1ULL << 32)

/* Interrupts are off, but not while it is halted. */
static void wait_once(u32 how, u32 *turn)
{
	switch (how) {
	case VSM_PROBE_WAIT_HLT:
		if (READ_ONCE(*turn) == VSM_PROBE_TURN_WAITING) {
			asm volatile("sti; hlt" : : : "memory");
			local_irq_disable();
		}
		break;
	case VSM_PROBE_WAIT_MWAIT:
		__monitor(turn, 0, 0);
		if (READ_ONCE(*turn) == VSM_PROBE_TURN_WAITING)
			__mwait(0, 0);
		break;
	default:
		cpu_relax();
	}
}

static void use(struct vsm_probe_use *u, u32 insn, u64 va)
{
	struct vsm_probe_insn req = { .insn = insn, .gpr[7] = va };

	probe_insn(&req);
	u->vector = req.vector;
	u->value = req.gpr[6];
}

static bool wait_for_turn(const struct vsm_probe_stale *req, u32 *turn)
{
	u64 start = rdtsc();

	WRITE_ONCE(*turn, VSM_PROBE_TURN_WAITING);
	while (READ_ONCE(*turn) == VSM_PROBE_TURN_WAITING) {
		if (rdtsc() - start > MAX_TICKS)
			return false;
		wait_once(req->how, turn);
	}
	return true;
}

int probe_stale(struct vsm_probe_stale *req)
{
	u32 *turn = (u32 *)(unsigned long)req->turn;
	u32 insn = req->store ? VSM_PROBE_INSN_store : VSM_PROBE_INSN_load;
	unsigned long flags;
	bool ok;

	if (req->how >= VSM_PROBE_NR_WAITS)
		return -EINVAL;
	if (req->how == VSM_PROBE_WAIT_MWAIT &&
	    !boot_cpu_has(X86_FEATURE_MWAIT))
		return -EOPNOTSUPP;
	local_irq_save(flags);
	use(&req->before, insn, req->va);
	ok = wait_for_turn(req, turn);
	use(&req->after, insn, req->va);
	local_irq_restore(flags);
	return ok ? 0 : -ETIMEDOUT;
}

/* One page at a time, for whoever wants it. */
static DEFINE_MUTEX(remap_lock);
static void *remap_va;

static int remap_begin(struct vsm_probe_remap *req)
{
	struct page *page = pfn_to_page(PHYS_PFN(req->gpa));

	if (remap_va)
		return -EBUSY;
	remap_va = vmap(&page, 1, VM_MAP, PAGE_KERNEL);
	req->va = (unsigned long)remap_va;
	return remap_va ? 0 : -ENOMEM;
}

/* What Linux never does: another page, and every TLB as it was. */
static int remap_change(const struct vsm_probe_remap *req)
{
	unsigned int level;
	pte_t *pte;

	if (!remap_va)
		return -EINVAL;
	pte = lookup_address((unsigned long)remap_va, &level);
	if (!pte || level != PG_LEVEL_4K)
		return -EINVAL;
	set_pte(pte, pfn_pte(PHYS_PFN(req->gpa), PAGE_KERNEL));
	return 0;
}

int probe_remap(struct vsm_probe_remap *req)
{
	if (!pfn_valid(PHYS_PFN(req->gpa)))
		return -EINVAL;
	guard(mutex)(&remap_lock);
	switch (req->what) {
	case VSM_PROBE_REMAP_BEGIN:
		return remap_begin(req);
	case VSM_PROBE_REMAP_CHANGE:
		return remap_change(req);
	case VSM_PROBE_REMAP_END:
		vunmap(remap_va);
		remap_va = NULL;
		return 0;
	default:
		return -EINVAL;
	}
}
