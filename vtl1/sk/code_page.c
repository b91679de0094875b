// SPDX-License-Identifier: GPL-2.0
/*
 * What each page of VTL0 is to code integrity, and what may be done with it
 * therefore.  Must never let a page be both code and written, nor let VTL1
 * itself write to code for VTL0.
 */
#include <vsm/hvcall.h>

#include "code.h"
#include "code_page.h"
#include "code_policy.h"
#include "code_slot.h"
#include "code_user.h"
#include "vp.h"

static const u32 kind_max[CODE_KINDS] = {
	[CODE_KERNEL] = 256, [CODE_MODULE] = 8192, [CODE_VERIFIED] = 8192,
	[CODE_HELD] = 4096, [CODE_RUNNING] = 4096, [CODE_RODATA] = 8192,
	[CODE_OPEN] = 2048, [CODE_TRAMPOLINE] = 512,
};

struct spinlock code_lock;
/* code_lock guards these. */
static struct range_list pages[CODE_KINDS];
static u32 writers;			/* atomic; raised under the lock */

bool code_pages_setup(void)
{
	u32 k;

	for (k = 0; k < CODE_KINDS; k++) {
		pages[k].range = sk_calloc(kind_max[k],
					   sizeof(*pages[k].range));
		pages[k].max = kind_max[k];
		if (!pages[k].range)
			return false;
	}
	return true;
}

void code_pages_release(void)
{
	u32 k;

	for (k = 0; k < CODE_KINDS; k++) {
		sk_free(pages[k].range);
		pages[k] = (struct range_list){ 0 };
	}
}

const struct range_list *code_pages(enum code_kind kind)
{
	return &pages[kind];
}

u64 code_pages_nr(enum code_kind kind)
{
	u64 bytes = 0;
	u32 i;

	for (i = 0; i < pages[kind].nr; i++)
		bytes += pages[kind].range[i].size;
	return bytes / PAGE_SIZE;
}

/* --- what a page is ----------------------------------------------------------- */

bool code_page_is_kind(enum code_kind kind, u64 gpa)
{
	return range_contains(&pages[kind], gpa & PAGE_MASK, PAGE_SIZE);
}

static bool is_made(u64 gpa)
{
	u32 k;

	for (k = CODE_MADE; k < CODE_KINDS; k++)
		if (code_page_is_kind(k, gpa))
			return true;
	return false;
}

bool code_page_is(u64 gpa)
{
	return code_page_is_kind(CODE_KERNEL, gpa) ||
	       code_page_is_kind(CODE_MODULE, gpa) ||
	       code_page_is_kind(CODE_VERIFIED, gpa) ||
	       code_page_is_kind(CODE_RUNNING, gpa) || code_dynamic_is(gpa) ||
	       code_slot_is(gpa) || is_made(gpa);
}

bool code_page_is_kernel(u64 gpa)
{
	return code_page_is_kind(CODE_KERNEL, gpa) ||
	       code_page_is_kind(CODE_VERIFIED, gpa);
}

/* Neither code nor writable: read-only data, and what is being compared. */
bool code_page_is_kept(u64 gpa)
{
	return code_page_is_kind(CODE_RODATA, gpa) ||
	       code_page_is_kind(CODE_HELD, gpa);
}

bool code_page_is_guarded(u64 gpa)
{
	return code_page_is(gpa) || code_page_is_kept(gpa);
}

bool code_page_is_held(u64 gpa)
{
	return code_page_is_kind(CODE_HELD, gpa) ||
	       code_page_is_kind(CODE_RUNNING, gpa);
}

bool code_page_is_free(u64 gpa)
{
	return range_contains(&sk.vtl0, gpa & PAGE_MASK, PAGE_SIZE) &&
	       !code_page_is_guarded(gpa) && !event_page_is(gpa);
}

/* At most one range more for each page: nothing below runs out of room. */
bool code_pages_room(enum code_kind kind, u32 nr)
{
	return pages[kind].nr + nr <= pages[kind].max;
}

bool code_pages_add(enum code_kind kind, const struct vsm_range *r)
{
	code_user_forget(r);
	return range_add(&pages[kind], r);
}

void code_pages_remove(enum code_kind kind, const struct vsm_range *r)
{
	range_remove(&pages[kind], r);
}

bool code_page_to_dynamic(u64 gpa)
{
	const struct vsm_range r = { gpa & PAGE_MASK, PAGE_SIZE };

	if (!code_pages_room(CODE_MODULE, 1) || !code_dynamic_add(&r))
		return false;
	range_remove(&pages[CODE_MODULE], &r);
	code_slot_forget(gpa);
	return true;
}

/* --- VTL1's own writes to VTL0 -------------------------------------------------- */

bool code_write_begin(u64 gpa)
{
	bool ok;

	if (!sk_try_lock(&code_lock))
		return false;
	ok = !code_page_is_guarded(gpa) && code_user_write(gpa);
	if (ok)
		__atomic_fetch_add(&writers, 1, __ATOMIC_ACQUIRE);
	spin_unlock(&code_lock);
	return ok;
}

void code_write_end(void)
{
	__atomic_fetch_sub(&writers, 1, __ATOMIC_RELEASE);
}

/* Whoever writes for VTL0 at this moment has interrupts off, or has died. */
void code_wait_for_writers(void)
{
	while (__atomic_load_n(&writers, __ATOMIC_ACQUIRE)) {
		if (sk_state() == SK_BROKEN)
			sk_die();
		cpu_relax();
	}
}

/* --- audit ------------------------------------------------------------------------ */

/* Who may execute what is no code of the kernel's: processes, if at all. */
static u32 mask_user(void)
{
	return code_user_confined() ? 0 : HV_MAP_GPA_USER_EXECUTABLE;
}

u32 code_mask_data(void)
{
	return code_confined() ? HV_MAP_GPA_READABLE | HV_MAP_GPA_WRITABLE |
				 mask_user() : HV_MAP_GPA_PERMISSIONS_MASK;
}

bool code_page_open(u64 gpa)
{
	const struct vsm_range r = { gpa & PAGE_MASK, PAGE_SIZE };

	return code_pages_add(CODE_OPEN, &r) &&
	       !hv_protect(r.base, r.size, HV_MAP_GPA_PERMISSIONS_MASK);
}

/* Without MBEC, what a process may execute the kernel may, too. */
u32 code_mask_rodata(void)
{
	return code_confined() ? HV_MAP_GPA_READABLE | mask_user() :
				 CODE_MASK_CODE;
}

static u32 mask_of(u64 gpa)
{
	if (code_page_is(gpa))
		return CODE_MASK_CODE;
	return code_page_is_kept(gpa) ? code_mask_rodata() : code_mask_data();
}

/* All at its beginning that has one mask. */
static struct vsm_range run_of(const struct vsm_range *r, u32 mask)
{
	struct vsm_range run = { r->base, PAGE_SIZE };

	while (run.size < r->size && mask_of(run.base + run.size) == mask)
		run.size += PAGE_SIZE;
	return run;
}

/* From its beginning on: what cannot be closed is open, and known to be. */
static bool close_pages(struct vsm_range r)
{
	struct vsm_range run;
	u32 mask;

	for (; r.size; r.base += run.size, r.size -= run.size) {
		mask = mask_of(r.base);
		run = run_of(&r, mask);
		if (hv_protect(run.base, run.size, mask)) {
			hv_protect(run.base, run.size,
				   HV_MAP_GPA_PERMISSIONS_MASK);
			sk_log("pages at 0x%lx stay open", run.base);
			return false;
		}
		range_remove(&pages[CODE_OPEN], &run);
	}
	return true;
}

void code_pages_close(bool (*which)(const struct vsm_range *r))
{
	struct range_list *open = &pages[CODE_OPEN];
	struct vsm_range r;
	u32 i = 0;

	while (i < open->nr) {
		r = open->range[i];
		if (which(&r) && close_pages(r))
			continue;
		i++;
	}
}

/* --- modules that are verified ------------------------------------------------- */

/* As many pages at a time as may keep interrupts off. */
#define STEP	128

static void move_locked(const u64 *pfn, u32 nr, enum code_kind from,
			enum code_kind to)
{
	struct vsm_range r;
	u32 i;

	for (i = 0; i < nr; i++) {
		r = (struct vsm_range){ pfn[i] << PAGE_SHIFT, PAGE_SIZE };
		if (from < CODE_KINDS)
			range_remove(&pages[from], &r);
		if (to < CODE_KINDS)
			code_pages_add(to, &r);
	}
}

/* Where EPT has no tables left, as many as it can: the others stay open. */
void code_pages_data(const u64 *pfn, u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++)
		if (!hv_protect(pfn[i] << PAGE_SHIFT, PAGE_SIZE,
				code_mask_data()))
			move_locked(&pfn[i], 1, CODE_OPEN, CODE_KINDS);
}

/* Those of an audited class may be written, but are no business of processes. */
static u32 mask_held(void)
{
	return code_mode_of(VSM_CODE_CLASS_MODULE) == VSM_CODE_MODE_ENFORCE ?
	       HV_MAP_GPA_READABLE : code_mask_data();
}

static u64 hold_locked(const u64 *pfn, u32 nr)
{
	u32 i;

	if (!code_pages_room(CODE_HELD, nr) || !code_pages_room(CODE_OPEN, nr))
		return VSM_S_NO_MEMORY;
	for (i = 0; i < nr; i++)
		if (!code_page_is_free(pfn[i] << PAGE_SHIFT))
			return VSM_S_DENIED;
	move_locked(pfn, nr, CODE_KINDS, CODE_HELD);
	code_wait_for_writers();
	/* Whatever an audit has let pass before the memory was a module's. */
	if (!hv_protect_list(pfn, nr, mask_held())) {
		move_locked(pfn, nr, CODE_OPEN, CODE_KINDS);
		return VSM_S_OK;
	}
	code_pages_data(pfn, nr);
	move_locked(pfn, nr, CODE_HELD, CODE_KINDS);
	return VSM_S_NO_MEMORY;
}

/* All or none. */
u64 code_hold(const u64 *pfn, u32 nr)
{
	u64 status = VSM_S_OK, flags;
	u32 done, n;

	for (done = 0; done < nr && !status; done += n) {
		n = MIN(nr - done, STEP);
		flags = sk_lock(&code_lock);
		status = hold_locked(pfn + done, n);
		sk_unlock(&code_lock, flags);
		if (status)
			code_let_go(pfn, done);
	}
	return status;
}

bool code_take_away(const u64 *pfn, u32 nr)
{
	static const enum code_kind kinds[] = {
		CODE_VERIFIED, CODE_HELD, CODE_RODATA, CODE_OPEN,
	};
	bool ok = true;
	u64 flags;
	u32 n, k;

	for (; nr; pfn += n, nr -= n) {
		n = MIN(nr, STEP);
		flags = sk_lock(&code_lock);
		for (k = 0; k < ARRAY_SIZE(kinds); k++)
			ok &= code_pages_room(kinds[k], n);
		ok = ok && !hv_protect_list(pfn, n, code_mask_data());
		for (k = 0; k < ARRAY_SIZE(kinds) && ok; k++)
			move_locked(pfn, n, kinds[k], CODE_KINDS);
		sk_unlock(&code_lock, flags);
	}
	return ok;
}

void code_let_go(const u64 *pfn, u32 nr)
{
	if (!code_take_away(pfn, nr))
		sk_log("pages of a module stay as they were compared");
}

static bool all_are(const u64 *pfn, u32 nr, enum code_kind kind)
{
	u32 i;

	for (i = 0; i < nr; i++)
		if (!code_page_is_kind(kind, pfn[i] << PAGE_SHIFT))
			return false;
	return true;
}

static u64 settle_locked(const u64 *pfn, u32 nr, enum code_kind from,
			 enum code_kind to, u32 mask)
{
	/* Whoever had them while they were compared may have lost them. */
	if (!all_are(pfn, nr, from))
		return VSM_S_DENIED;
	if (!code_pages_room(from, nr) || !code_pages_room(to, nr) ||
	    !code_pages_room(CODE_OPEN, nr) || hv_protect_list(pfn, nr, mask))
		return VSM_S_NO_MEMORY;
	move_locked(pfn, nr, CODE_OPEN, CODE_KINDS);
	move_locked(pfn, nr, from, to);
	return VSM_S_OK;
}

static u64 settle(const u64 *pfn, u32 nr, enum code_kind from,
		  enum code_kind to, u32 mask)
{
	u64 status = VSM_S_OK, flags;
	u32 n;

	for (; nr && !status; pfn += n, nr -= n) {
		n = MIN(nr, STEP);
		flags = sk_lock(&code_lock);
		status = settle_locked(pfn, n, from, to, mask);
		sk_unlock(&code_lock, flags);
	}
	return status;
}

u64 code_settle_text(const u64 *pfn, u32 nr)
{
	return settle(pfn, nr, CODE_HELD, CODE_VERIFIED, CODE_MASK_CODE);
}

u64 code_settle_rodata(const u64 *pfn, u32 nr)
{
	return settle(pfn, nr, CODE_HELD, CODE_RODATA, code_mask_rodata());
}

/* All or none. */
u64 code_hold_found(const u64 *pfn, u32 nr)
{
	u64 status = VSM_S_OK;
	u32 done, n;

	for (done = 0; done < nr && !status; done += n) {
		n = MIN(nr - done, STEP);
		status = settle(pfn + done, n, CODE_MODULE, CODE_RUNNING,
				CODE_MASK_CODE);
		if (status)
			code_let_go_found(pfn, done);
	}
	return status;
}

u64 code_settle_found(const u64 *pfn, u32 nr)
{
	return settle(pfn, nr, CODE_RUNNING, CODE_VERIFIED, CODE_MASK_CODE);
}

static bool found_room(u32 nr)
{
	return code_pages_room(CODE_RUNNING, nr) &&
	       code_pages_room(CODE_VERIFIED, nr) &&
	       code_pages_room(CODE_MODULE, nr);
}

/* Held or settled: it executes as before.  Without room it stays what it is. */
void code_let_go_found(const u64 *pfn, u32 nr)
{
	u64 flags;
	bool ok;
	u32 n;

	for (; nr; pfn += n, nr -= n) {
		n = MIN(nr, STEP);
		flags = sk_lock(&code_lock);
		ok = found_room(n);
		if (ok) {
			move_locked(pfn, n, CODE_RUNNING, CODE_KINDS);
			move_locked(pfn, n, CODE_VERIFIED, CODE_MODULE);
		}
		sk_unlock(&code_lock, flags);
		if (!ok)
			sk_log("pages of a module stay as they were compared");
	}
}
