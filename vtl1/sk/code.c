// SPDX-License-Identifier: GPL-2.0
/*
 * Code integrity: VTL0's kernel executes code, and nothing writes to code.  How
 * it starts, and what becomes of accesses that are refused.  Must never be off
 * again once it is on.
 */
#include <vsm/hvcall.h>

#include "code.h"
#include "code_kernel.h"
#include "code_object.h"
#include "code_page.h"
#include "code_patch.h"
#include "code_policy.h"
#include "code_slot.h"
#include "code_user.h"
#include "policy.h"
#include "vp.h"
#include "vtl0.h"

static u32 mode;	/* code_lock; VSM_CODE_MODE_*, 0: not started */

u32 code_mode(void)
{
	return mode;
}

bool code_is_on(void)
{
	return READ_ONCE(mode);
}

static bool allocate(void)
{
	return code_pages_setup() && code_dynamic_setup() &&
	       code_site_setup() && code_kprobe_setup() && code_slot_setup() &&
	       code_object_setup();
}

static void release(void)
{
	code_object_destroy_all();
	code_slot_release();
	code_kprobe_release();
	code_site_release();
	code_dynamic_release();
	code_pages_release();
}

/* The order leaves no moment in which code cannot be executed. */
static u64 start_locked(u32 new_mode, u64 *ret_pages)
{
	u64 status, cr3;

	if (hv_get_vtl0_register(HV_X64_REGISTER_CR3, &cr3))
		return VSM_S_NOT_READY;
	if (!allocate() || !code_found_take(cr3, ret_pages))
		return VSM_S_NO_MEMORY;
	status = code_found_protect(CODE_MASK_CODE, code_mask_rodata());
	if (!status &&
	    (!code_confined() || hv_set_default_mask(code_mask_data()))) {
		mode = new_mode;
		return VSM_S_OK;
	}
	sk_log("code not protected: status 0x%lx", status);
	code_found_protect(HV_MAP_GPA_PERMISSIONS_MASK,
			   HV_MAP_GPA_PERMISSIONS_MASK);
	return VSM_S_NO_MEMORY;
}

static u64 start(const struct code_start *new, u64 *ret_pages)
{
	u64 status = policy_code_start(new);

	if (status)
		return status;
	code_user_start();
	status = start_locked(new->mode, ret_pages);
	if (status) {
		policy_code_stop();
		code_user_start();
		release();
	}
	return status;
}

/* On each VP: the first one starts it, all have their registers pinned. */
static u64 start_vp_locked(struct vp *vp, const struct code_start *new,
			   u64 *ret_pages)
{
	if (mode && (mode != new->mode || vp->pinned))
		return VSM_S_DENIED;
	if (!pin_setup(vp)) {
		sk_log("VP %u has no SMEP, or its registers cannot be pinned",
		       vp->index);
		return VSM_S_NOT_READY;
	}
	return mode ? VSM_S_OK : start(new, ret_pages);
}

u64 scall_code_start(const u64 arg[5], u64 ret[3])
{
	const struct code_start new = {
		.mode = arg[0], .dynamic = arg[1],
		.locked = arg[2] & VSM_CODE_START_LOCKED,
	};
	u64 status;

	if ((arg[0] != VSM_CODE_MODE_AUDIT &&
	     arg[0] != VSM_CODE_MODE_ENFORCE) ||
	    arg[1] > VSM_CODE_MODE_ENFORCE ||
	    arg[2] & ~(u64)VSM_CODE_START_LOCKED)
		return VSM_S_INVALID_PARAMETER;
	sk_lock_only(&code_lock);
	status = start_vp_locked(this_vp(), &new, &ret[0]);
	spin_unlock(&code_lock);
	if (!status && ret[0])
		sk_log("code integrity on, mode %lu: %lu pages of code, as found%s",
		       arg[0], ret[0], code_confined() ? "" :
		       "; no MBEC: what is no code executes, too");
	return status;
}

/* --- what VTL0's kernel does -------------------------------------------------- */

static enum vsm_code_class class_of(bool is_code)
{
	return is_code ? VSM_CODE_CLASS_WRITE : VSM_CODE_CLASS_EXECUTE;
}

static bool by_process(const struct hv_x64_memory_intercept *m)
{
	return (m->header.exec_state & 3) == 3;
}

static bool judge_locked(const struct hv_x64_memory_intercept *m)
{
	bool execute = m->header.access == HV_ACCESS_EXECUTE;
	enum code_verdict verdict = CODE_NOT_MINE;
	u8 rule = execute ? VSM_RULE_CODE_EXECUTE : VSM_RULE_CODE_WRITE;

	if (!mode || m->header.access == HV_ACCESS_READ)
		return false;
	if (execute && by_process(m) && code_user_confined() &&
	    !code_page_is(m->gpa) && !code_page_is_kind(CODE_OPEN, m->gpa))
		return code_user_execute(m);
	if (!range_contains(&sk.vtl0, m->gpa & PAGE_MASK, PAGE_SIZE)) {
		code_refused_memory(class_of(!execute), rule, m);
		return false;
	}
	if (!execute && !code_page_is_guarded(m->gpa))
		return code_user_written(m);
	/* Another VP has just changed what the page is. */
	if (code_page_is_kind(CODE_OPEN, m->gpa) ||
	    (execute && code_page_is(m->gpa)))
		return true;
	if (!execute && code_page_is_kept(m->gpa))
		rule = VSM_RULE_RODATA_WRITE;
	else if (execute && !code_page_is_kept(m->gpa))
		verdict = code_dynamic_execute(m);
	else if (!execute && (code_dynamic_write(m->gpa) ||
			      code_slot_to_data(m->gpa) ||
			      code_found_write(m->gpa)))
		return true;
	if (verdict != CODE_NOT_MINE)
		return verdict == CODE_AGAIN;
	return code_breach_memory(class_of(!execute), rule, m) &&
	       code_page_open(m->gpa);
}

bool code_judge(const struct hv_x64_memory_intercept *m)
{
	bool again;

	sk_lock_only(&code_lock);
	again = judge_locked(m);
	spin_unlock(&code_lock);
	return again;
}

/* --- modes that get tighter ---------------------------------------------------- */

static bool to_be_closed(const struct vsm_range *r)
{
	u64 gpa;

	for (gpa = r->base; gpa < r->base + r->size; gpa += PAGE_SIZE)
		if (code_mode_of(class_of(code_page_is_guarded(gpa))) ==
		    VSM_CODE_MODE_ENFORCE)
			return true;
	return false;
}

/* Whole ranges: what is still only audited in them is just reported again. */
void code_modes_changed(void)
{
	u64 flags = sk_lock(&code_lock);

	code_pages_close(to_be_closed);
	sk_unlock(&code_lock, flags);
	code_user_modes_changed();
}

u64 scall_code_status(const u64 arg[5], u64 ret[3])
{
	struct vsm_code_status status = { .mode = 0 };
	struct code_object_totals totals;
	struct code_baseline_info info;

	(void)ret;
	code_policy_status(&status);
	code_baseline_info(&info);
	code_object_totals(&totals);
	status.nr_objects = totals.objects;
	status.nr_found = totals.found;
	status.table_bytes = totals.table_bytes;
	memcpy(status.payload_digest, info.digest, sizeof(info.digest));
	memcpy(status.found_digest, info.found, sizeof(info.found));
	sk_lock_only(&code_lock);
	code_user_count(&status.nr_user_files, &status.nr_user_pages);
	status.baseline = !mode ? VSM_CODE_BASELINE_NONE :
			  info.state == CODE_BASELINE_VERIFIED ?
			  VSM_CODE_BASELINE_VERIFY : VSM_CODE_BASELINE_TRUST;
	status.pages = code_pages_nr(CODE_KERNEL) + code_pages_nr(CODE_MODULE) +
		       code_pages_nr(CODE_VERIFIED) + code_slot_pages();
	status.pages_open = code_pages_nr(CODE_OPEN);
	spin_unlock(&code_lock);
	return vtl0_write(arg[0], &status, sizeof(status));
}
