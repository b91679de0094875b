// SPDX-License-Identifier: GPL-2.0
/*
 * Windows of virtual memory that threads back with pages and give back again.
 * Must never be touched by what is not on a thread: nobody else's translations
 * are up to date.
 *
 * Unmapping without telling other VPs is safe because of three things.  Pages
 * here are not global, so that loading CR3 drops all that a VP has cached of
 * them (SDM, "Operations that Invalidate TLBs and Paging-Structure Caches").
 * thread_run() loads CR3 whenever a thread comes to a VP, so what a thread sees
 * is never older than its arrival.  And whoever becomes a window's owner calls
 * stage_enter() after it was mapped: what was cached between the thread's
 * arrival and that moment, of the window's last owner, is gone, too.  Entries
 * that are left elsewhere are used by nobody; speculation through them reads
 * what VTL1 owns.
 */
#include "paging.h"
#include "stage.h"
#include "vp.h"

/* The window's owner's. */
static u64 backed[STAGE_WINDOWS];

static u64 window_va(u32 window)
{
	return SK_STAGE + window * STAGE_WINDOW_SIZE;
}

u8 *stage_data(u32 window)
{
	return (u8 *)window_va(window);
}

void stage_enter(void)
{
	struct thread *t = this_thread();
	u64 flags = irq_save();

	write_cr3(t->cr3);
	irq_restore(flags);
}

bool stage_back(u32 window, u64 size)
{
	u64 va = window_va(window);

	size = ALIGN(size, PAGE_SIZE);
	if (size > STAGE_WINDOW_SIZE)
		return false;
	for (; backed[window] < size; backed[window] += PAGE_SIZE)
		if (!paging_back_local(va + backed[window]))
			return false;
	stage_enter();
	return true;
}

void stage_trim(u32 window, u64 size)
{
	u64 va = window_va(window);

	for (size = ALIGN(size, PAGE_SIZE); backed[window] > size;) {
		backed[window] -= PAGE_SIZE;
		paging_drop_local(va + backed[window]);
	}
}

/* All windows have one page directory: it is made before there is a race. */
bool stage_setup(void)
{
	static_assert(STAGE_WINDOWS * STAGE_WINDOW_SIZE <= SIZE_1G,
		      "one page directory");
	return paging_prepare(SK_STAGE, PAGE_SIZE);
}
