// SPDX-License-Identifier: GPL-2.0
/*
 * Code integrity: VTL0's kernel executes code, and nothing writes to code.
 * Must never let a page be both, nor let VTL1 itself write to code for VTL0.
 */
#include <vsm/hvcall.h>

#include "code.h"
#include "code_kernel.h"
#include "code_module.h"
#include "code_object.h"
#include "code_patch.h"
#include "code_policy.h"
#include "policy.h"
#include "vp.h"
#include "vtl0.h"

/* Linux: 1 GiB for the kernel image, modules above. */
#define KERNEL_IMAGE	0xffffffff80000000ULL
#define KERNEL_MODULES	0xffffffffc0000000ULL

#define MASK_RODATA	(HV_MAP_GPA_READABLE | HV_MAP_GPA_USER_EXECUTABLE)

enum code_kind {
	CODE_KERNEL,		/* for good */
	CODE_MODULE,
	CODE_VERIFIED,		/* of a module, compared with its file */
	CODE_HELD,		/* of a module that is being compared */
	CODE_RODATA,		/* of a module: read only */
	CODE_OPEN,		/* audit: executed and written, once reported */
	CODE_KINDS,
};

static const u32 kind_max[CODE_KINDS] = {
	[CODE_KERNEL] = 256, [CODE_MODULE] = 8192, [CODE_VERIFIED] = 8192,
	[CODE_HELD] = 4096, [CODE_RODATA] = 8192, [CODE_OPEN] = 2048,
};

struct spinlock code_lock;
/* code_lock guards these. */
static u32 mode;			/* VSM_CODE_MODE_*, 0: not started */
static struct range_list code[CODE_KINDS];
static u32 writers;			/* atomic; raised under the lock */

static bool is_kind(enum code_kind kind, u64 gpa)
{
	return range_contains(&code[kind], gpa & PAGE_MASK, PAGE_SIZE);
}

static bool is_code(u64 gpa)
{
	return is_kind(CODE_KERNEL, gpa) || is_kind(CODE_MODULE, gpa) ||
	       is_kind(CODE_VERIFIED, gpa) || code_dynamic_is(gpa);
}

u32 code_mode(void)
{
	return mode;
}

bool code_page_is(u64 gpa)
{
	return is_code(gpa);
}

bool code_page_is_kernel(u64 gpa)
{
	return is_kind(CODE_KERNEL, gpa) || is_kind(CODE_VERIFIED, gpa);
}

bool code_page_to_dynamic(u64 gpa)
{
	const struct vsm_range r = { gpa & PAGE_MASK, PAGE_SIZE };

	if (code[CODE_MODULE].nr == code[CODE_MODULE].max ||
	    !code_dynamic_add(&r))
		return false;
	range_remove(&code[CODE_MODULE], &r);
	return true;
}

/* Neither code nor writable: read-only data, and what is being compared. */
static bool is_kept(u64 gpa)
{
	return is_kind(CODE_RODATA, gpa) || is_kind(CODE_HELD, gpa);
}

static bool is_guarded(u64 gpa)
{
	return is_code(gpa) || is_kept(gpa);
}

bool code_page_is_held(u64 gpa)
{
	return is_kind(CODE_HELD, gpa);
}

bool code_write_begin(u64 gpa)
{
	bool ok;

	/* A VP may have died with the lock. */
	if (sk_state() == SK_BROKEN && spin_is_locked(&code_lock))
		return false;
	spin_lock(&code_lock);
	ok = !is_guarded(gpa);
	if (ok)
		__atomic_fetch_add(&writers, 1, __ATOMIC_ACQUIRE);
	spin_unlock(&code_lock);
	return ok;
}

void code_write_end(void)
{
	__atomic_fetch_sub(&writers, 1, __ATOMIC_RELEASE);
}

/* Whoever writes for VTL0 at this moment has interrupts off. */
void code_wait_for_writers(void)
{
	while (__atomic_load_n(&writers, __ATOMIC_ACQUIRE))
		cpu_relax();
}

u32 code_mask_data(void)
{
	return code_confined() ? CODE_MASK_DATA : HV_MAP_GPA_PERMISSIONS_MASK;
}

static bool allocate(void)
{
	u32 k;

	for (k = 0; k < CODE_KINDS; k++) {
		code[k].range = sk_calloc(kind_max[k], sizeof(*code[k].range));
		code[k].max = kind_max[k];
		if (!code[k].range)
			return false;
	}
	return code_site_setup() && code_kprobe_setup() &&
	       code_object_setup();
}

static void release(void)
{
	u32 k;

	code_object_destroy_all();
	code_dynamic_release();
	code_kprobe_release();
	code_site_release();
	for (k = 0; k < CODE_KINDS; k++) {
		sk_free(code[k].range);
		code[k] = (struct range_list){ 0 };
	}
}

/* What is found, and the piece of it that is not yet an object. */
struct census {
	u64 cr3;
	u64 pages;
	struct vsm_range run;
};

static bool in_kernel_image(u64 gva)
{
	return gva >= KERNEL_IMAGE && gva < KERNEL_MODULES;
}

/* The page tables say a second time where its pages are. */
static bool end_run(struct census *c)
{
	const char *name = in_kernel_image(c->run.base) ? "kernel" : "found";
	struct code_object *o;
	u64 gpa;
	u32 i;

	if (!c->run.size)
		return true;
	o = code_object_alloc(CODE_OBJECT_FOUND, name, c->run.base,
			      c->run.size);
	if (!o)
		return false;
	for (i = 0; i < o->nr_pages; i++) {
		gpa = code_translate(c->cr3, o->base + i * PAGE_SIZE);
		if (gpa == CODE_NOWHERE || !is_code(gpa))
			break;
		o->pfn[i] = gpa >> PAGE_SHIFT;
	}
	c->run.size = 0;
	if (i == o->nr_pages && code_object_add(o))
		return true;
	code_object_free(o);
	return false;
}

static bool take_leaf(void *arg, u64 gva, u64 gpa, u64 size)
{
	const struct vsm_range r = { gpa, size };
	struct census *c = arg;

	if (!range_contains(&sk.vtl0, gpa, size)) {
		sk_log("code at 0x%lx is not in memory: left out", gva);
		return true;
	}
	if (c->run.base + c->run.size != gva && !end_run(c))
		return false;
	if (!c->run.size)
		c->run.base = gva;
	c->run.size += size;
	c->pages += size / PAGE_SIZE;
	return range_add(&code[in_kernel_image(gva) ? CODE_KERNEL :
						      CODE_MODULE], &r);
}

static bool take_all(struct census *c)
{
	return code_walk(c->cr3, take_leaf, c) && end_run(c);
}

/* Of both kinds that are code. */
static u64 protect_all(u32 mask)
{
	u64 status = HV_STATUS_SUCCESS;
	u32 k, i;

	for (k = CODE_KERNEL; k <= CODE_MODULE; k++)
		for (i = 0; i < code[k].nr && !status; i++)
			status = hv_protect(code[k].range[i].base,
					    code[k].range[i].size, mask);
	return status;
}

/* The order leaves no moment in which code cannot be executed. */
static u64 start_locked(u32 new_mode, u64 *ret_pages)
{
	struct census c = { 0 };
	u64 status;

	if (hv_get_vtl0_register(HV_X64_REGISTER_CR3, &c.cr3))
		return VSM_S_NOT_READY;
	if (!allocate() || !code_dynamic_setup() || !take_all(&c))
		return VSM_S_NO_MEMORY;
	*ret_pages = c.pages;
	status = protect_all(CODE_MASK_CODE);
	if (!status &&
	    (!code_confined() || hv_set_default_mask(CODE_MASK_DATA))) {
		mode = new_mode;
		return VSM_S_OK;
	}
	sk_log("code not protected: status 0x%lx", status);
	protect_all(HV_MAP_GPA_PERMISSIONS_MASK);
	return VSM_S_NO_MEMORY;
}

bool code_is_on(void)
{
	return READ_ONCE(mode);
}

static u64 start(const struct code_start *new, u64 *ret_pages)
{
	u64 status = policy_code_start(new);

	if (status)
		return status;
	status = start_locked(new->mode, ret_pages);
	if (status) {
		policy_code_stop();
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
	spin_lock(&code_lock);
	status = start_vp_locked(this_vp(), &new, &ret[0]);
	spin_unlock(&code_lock);
	if (!status && ret[0])
		sk_log("code integrity on, mode %lu: %lu pages of code, as found%s",
		       arg[0], ret[0], code_confined() ? "" :
		       "; no MBEC: what is no code executes, too");
	return status;
}

/* --- what VTL0's kernel does -------------------------------------------------- */

/* Let pass: from now on the page is no concern of anybody. */
static bool open_page(u64 gpa)
{
	const struct vsm_range r = { gpa & PAGE_MASK, PAGE_SIZE };

	return range_add(&code[CODE_OPEN], &r) &&
	       !hv_protect(r.base, r.size, HV_MAP_GPA_PERMISSIONS_MASK);
}

static enum vsm_code_class class_of(bool is_code)
{
	return is_code ? VSM_CODE_CLASS_WRITE : VSM_CODE_CLASS_EXECUTE;
}

static bool judge_locked(const struct hv_x64_memory_intercept *m)
{
	bool execute = m->header.access == HV_ACCESS_EXECUTE;
	enum code_verdict verdict = CODE_NOT_MINE;
	u8 rule = execute ? VSM_RULE_CODE_EXECUTE : VSM_RULE_CODE_WRITE;

	if (!mode || m->header.access == HV_ACCESS_READ)
		return false;
	if (!range_contains(&sk.vtl0, m->gpa & PAGE_MASK, PAGE_SIZE)) {
		code_refused_memory(class_of(!execute), rule, m);
		return false;
	}
	/* Another VP has just changed what the page is. */
	if (is_kind(CODE_OPEN, m->gpa) ||
	    (execute ? is_code(m->gpa) : !is_guarded(m->gpa)))
		return true;
	if (!execute && is_kept(m->gpa))
		rule = VSM_RULE_RODATA_WRITE;
	else if (execute && !is_kept(m->gpa))
		verdict = code_dynamic_execute(m);
	else if (!execute && code_dynamic_write(m->gpa))
		return true;
	if (verdict != CODE_NOT_MINE)
		return verdict == CODE_AGAIN;
	return code_breach_memory(class_of(!execute), rule, m) &&
	       open_page(m->gpa);
}

bool code_judge(const struct hv_x64_memory_intercept *m)
{
	bool again;

	spin_lock(&code_lock);
	again = judge_locked(m);
	spin_unlock(&code_lock);
	return again;
}

/* --- modes that get tighter ---------------------------------------------------- */

static bool to_be_closed(const struct vsm_range *r)
{
	u64 gpa;

	for (gpa = r->base; gpa < r->base + r->size; gpa += PAGE_SIZE)
		if (code_mode_of(class_of(is_guarded(gpa))) ==
		    VSM_CODE_MODE_ENFORCE)
			return true;
	return false;
}

static u32 mask_of(u64 gpa)
{
	if (is_code(gpa))
		return CODE_MASK_CODE;
	return is_kept(gpa) ? MASK_RODATA : code_mask_data();
}

static bool close_range(const struct vsm_range *r)
{
	u64 gpa;

	for (gpa = r->base; gpa < r->base + r->size; gpa += PAGE_SIZE)
		if (hv_protect(gpa, PAGE_SIZE, mask_of(gpa)))
			return false;
	return true;
}

/* Whole ranges: what is still only audited in them is just reported again. */
void code_modes_changed(void)
{
	u64 flags = sk_lock(&code_lock);
	struct range_list *open = &code[CODE_OPEN];
	struct vsm_range r;
	u32 i = 0;

	while (i < open->nr) {
		r = open->range[i];
		if (!to_be_closed(&r)) {
			i++;
			continue;
		}
		range_remove(open, &r);
		if (!close_range(&r))
			sk_log("pages at 0x%lx stay open", r.base);
	}
	sk_unlock(&code_lock, flags);
}

static u64 pages_of(enum code_kind kind)
{
	u64 bytes = 0;
	u32 i;

	for (i = 0; i < code[kind].nr; i++)
		bytes += code[kind].range[i].size;
	return bytes / PAGE_SIZE;
}

u64 scall_code_status(const u64 arg[5], u64 ret[3])
{
	struct vsm_code_status status = { .mode = 0 };
	struct code_object_totals totals;
	struct code_baseline_info info;
	void *page;

	(void)ret;
	code_policy_status(&status);
	code_baseline_info(&info);
	code_object_totals(&totals);
	status.nr_objects = totals.objects;
	status.table_bytes = totals.table_bytes;
	memcpy(status.payload_digest, info.digest, sizeof(info.digest));
	spin_lock(&code_lock);
	status.baseline = !mode ? VSM_CODE_BASELINE_NONE :
			  info.state == CODE_BASELINE_VERIFIED ?
			  VSM_CODE_BASELINE_VERIFY : VSM_CODE_BASELINE_TRUST;
	status.pages = pages_of(CODE_KERNEL) + pages_of(CODE_MODULE) +
		       pages_of(CODE_VERIFIED);
	status.pages_open = pages_of(CODE_OPEN);
	spin_unlock(&code_lock);
	page = vtl0_write_begin(arg[0]);
	if (!page)
		return VSM_S_INVALID_ADDRESS;
	memcpy(page, &status, sizeof(status));
	vtl0_write_end();
	return VSM_S_OK;
}

/* --- code that comes and goes ------------------------------------------------- */

static u64 gpa_of(const struct sg *sg, u32 i)
{
	return sg->pfn[i] << PAGE_SHIFT;
}

static bool addable(const struct sg *sg)
{
	u32 i;

	for (i = 0; i < sg->nr; i++)
		if (is_guarded(gpa_of(sg, i)) || event_page_is(gpa_of(sg, i)))
			return false;
	return true;
}

static void forget(const struct sg *sg, u32 nr)
{
	struct vsm_range r;
	u32 i;

	for (i = 0; i < nr; i++) {
		r = (struct vsm_range){ gpa_of(sg, i), PAGE_SIZE };
		range_remove(&code[CODE_MODULE], &r);
		code_dynamic_remove(&r);
	}
}

static bool removable(u64 gpa)
{
	return (is_kind(CODE_MODULE, gpa) || code_dynamic_is(gpa)) &&
	       !is_kind(CODE_KERNEL, gpa);
}

static bool gone(u64 gpa)
{
	return !is_code(gpa);
}

static u64 add_locked(const struct sg *sg, u64 gva)
{
	struct vsm_range r;
	u32 i;

	if (!mode)
		return VSM_S_NOT_READY;
	if (!addable(sg))
		return VSM_S_INVALID_ADDRESS;
	/* Nobody verifies: that is what the rule is about. */
	if (!code_breach_pages(VSM_CODE_CLASS_MODULE, VSM_RULE_CODE_ADD, gva,
			       gpa_of(sg, 0)))
		return VSM_S_DENIED;
	/* A page named twice, or no room. */
	for (i = 0; i < sg->nr; i++) {
		r = (struct vsm_range){ gpa_of(sg, i), PAGE_SIZE };
		if (is_code(r.base) || !range_add(&code[CODE_MODULE], &r)) {
			forget(sg, i);
			return VSM_S_NO_MEMORY;
		}
	}
	code_wait_for_writers();
	if (!hv_protect_list(sg->pfn, sg->nr, CODE_MASK_CODE))
		return VSM_S_OK;
	hv_protect_list(sg->pfn, sg->nr, code_mask_data());
	forget(sg, sg->nr);
	return VSM_S_NO_MEMORY;
}

static u64 remove_locked(const struct sg *sg, u64 gva)
{
	u32 i;

	(void)gva;
	for (i = 0; i < sg->nr; i++)
		if (!removable(gpa_of(sg, i)))
			return VSM_S_NOT_FOUND;
	/* A range that splits may find no room: then it stays code. */
	if (code[CODE_MODULE].nr + sg->nr > code[CODE_MODULE].max ||
	    !code_dynamic_room(sg->nr))
		return VSM_S_NO_MEMORY;
	if (hv_protect_list(sg->pfn, sg->nr, code_mask_data()))
		return VSM_S_NO_MEMORY;
	forget(sg, sg->nr);
	code_object_sweep(gone);
	return VSM_S_OK;
}

static u64 change(const u64 arg[5], u64 (*fn)(const struct sg *sg, u64 gva))
{
	struct sg sg;
	u64 status, flags;

	if (!arg[1])
		return VSM_S_INVALID_PARAMETER;
	status = sg_open(&sg, arg[0], arg[1]);
	if (status)
		return status;
	flags = sk_lock(&code_lock);
	status = fn(&sg, arg[2]);
	sk_unlock(&code_lock, flags);
	sg_free(&sg);
	return status;
}

u64 scall_code_add(const u64 arg[5], u64 ret[3])
{
	(void)ret;
	return change(arg, add_locked);
}

u64 scall_code_remove(const u64 arg[5], u64 ret[3])
{
	(void)ret;
	if (!arg[0])
		return code_module_remove(arg[1]);
	return change(arg, remove_locked);
}

/* --- modules that are verified ------------------------------------------------- */

/* As many pages at a time as may keep interrupts off. */
#define STEP	128

/* At most one range more for each page: nothing below runs out of room. */
static bool has_room(enum code_kind kind, u32 nr)
{
	return code[kind].nr + nr <= code[kind].max;
}

static bool holdable(u64 gpa)
{
	return range_contains(&sk.vtl0, gpa, PAGE_SIZE) && !is_code(gpa) &&
	       !is_kind(CODE_HELD, gpa) && !is_kind(CODE_RODATA, gpa) &&
	       !event_page_is(gpa);
}

static void move_locked(const u64 *pfn, u32 nr, enum code_kind from,
			enum code_kind to)
{
	struct vsm_range r;
	u32 i;

	for (i = 0; i < nr; i++) {
		r = (struct vsm_range){ pfn[i] << PAGE_SHIFT, PAGE_SIZE };
		if (from < CODE_KINDS)
			range_remove(&code[from], &r);
		if (to < CODE_KINDS)
			range_add(&code[to], &r);
	}
}

static u64 hold_locked(const u64 *pfn, u32 nr)
{
	u32 i;

	if (!has_room(CODE_HELD, nr) || !has_room(CODE_OPEN, nr))
		return VSM_S_NO_MEMORY;
	for (i = 0; i < nr; i++)
		if (!holdable(pfn[i] << PAGE_SHIFT))
			return VSM_S_DENIED;
	/* Whatever an audit has let pass before the memory was a module's. */
	move_locked(pfn, nr, CODE_OPEN, CODE_HELD);
	code_wait_for_writers();
	if (code_mode_of(VSM_CODE_CLASS_MODULE) != VSM_CODE_MODE_ENFORCE)
		return VSM_S_OK;
	if (!hv_protect_list(pfn, nr, HV_MAP_GPA_READABLE))
		return VSM_S_OK;
	hv_protect_list(pfn, nr, code_mask_data());
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
		CODE_VERIFIED, CODE_HELD, CODE_RODATA,
	};
	bool ok = true;
	u64 flags;
	u32 n, k;

	for (; nr; pfn += n, nr -= n) {
		n = MIN(nr, STEP);
		flags = sk_lock(&code_lock);
		for (k = 0; k < ARRAY_SIZE(kinds); k++)
			ok &= has_room(kinds[k], n);
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
		if (!is_kind(kind, pfn[i] << PAGE_SHIFT))
			return false;
	return true;
}

static u64 settle_locked(const u64 *pfn, u32 nr, enum code_kind from,
			 enum code_kind to, u32 mask)
{
	/* Whoever had them while they were compared may have lost them. */
	if (!all_are(pfn, nr, from))
		return VSM_S_DENIED;
	if (!has_room(from, nr) || !has_room(to, nr) ||
	    !has_room(CODE_OPEN, nr) || hv_protect_list(pfn, nr, mask))
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

u64 code_settle_found(const u64 *pfn, u32 nr)
{
	return settle(pfn, nr, CODE_MODULE, CODE_VERIFIED, CODE_MASK_CODE);
}

u64 code_settle_rodata(const u64 *pfn, u32 nr)
{
	return settle(pfn, nr, CODE_HELD, CODE_RODATA, MASK_RODATA);
}

bool code_pages_found(const u64 *pfn, u32 nr)
{
	u64 flags = sk_lock(&code_lock);
	bool ok = all_are(pfn, nr, CODE_MODULE);

	sk_unlock(&code_lock, flags);
	return ok;
}
