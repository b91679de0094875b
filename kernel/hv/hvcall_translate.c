// SPDX-License-Identifier: GPL-2.0
/*
 * HvCallTranslateVirtualAddress and HvCallTranslateVirtualAddressEx.  Must
 * never read for a VTL what it cannot read itself: its page tables are its own
 * to write, and may point anywhere.  Source: TLFS, same titles,
 * "HV_TRANSLATE_GVA_CONTROL_FLAGS", "HV_TRANSLATE_GVA_RESULT".
 */
#include <vsm/string.h>

#include "hv.h"
#include "hvcall.h"
#include "vcpu.h"
#include "walk.h"

/* The rights that an access needs, in the terms of the EPT. */
static u64 need_of(const struct walk *w, bool mbec)
{
	u64 need = 0;

	if (w->flags & HV_TRANSLATE_GVA_VALIDATE_READ)
		need |= EPT_R;
	if (w->flags & HV_TRANSLATE_GVA_VALIDATE_WRITE)
		need |= EPT_W;
	/* SDM: with MBEC the page, not the access, is user or supervisor. */
	if (w->flags & HV_TRANSLATE_GVA_VALIDATE_EXECUTE)
		need |= mbec && w->user_page ? EPT_XU : EPT_X;
	return need;
}

static bool is_overlay(u64 entry, u64 size, gpa_t gpa)
{
	return (entry & EPT_PRESENT) && size == PAGE_SIZE &&
	       (entry & EPT_ADDR_MASK) != (gpa & PAGE_MASK);
}

/* Why the VTL has not got @need of a page. */
static u32 refusal(u64 entry, u64 missing, bool overlay)
{
	if (entry & EPT_SW_PROTECTED)
		return HV_TRANSLATE_GVA_INTERCEPT;
	if (overlay && (missing & EPT_W))
		return HV_TRANSLATE_GVA_GPA_ILLEGAL_OVERLAY_ACCESS;
	return missing == EPT_W ? HV_TRANSLATE_GVA_GPA_NO_WRITE_ACCESS :
				  HV_TRANSLATE_GVA_GPA_NO_READ_ACCESS;
}

static u32 check_gpa_locked(u8 vtl, gpa_t gpa, u64 need, bool *ret_overlay)
{
	u64 size, entry;

	*ret_overlay = false;
	if (gpa & ~hv.maxphyaddr_mask)
		return HV_TRANSLATE_GVA_GPA_UNMAPPED;
	entry = ept_lookup(&hv.vtl[vtl].ept, gpa, &size);
	if (!(entry & (EPT_PRESENT | EPT_SW_PROTECTED))) {
		/* Devices above all RAM are VTL0's, mapped when touched. */
		return !vtl && gpa >= hv_boot.physmap_end ?
		       HV_TRANSLATE_GVA_SUCCESS : HV_TRANSLATE_GVA_GPA_UNMAPPED;
	}
	*ret_overlay = is_overlay(entry, size, gpa);
	if (need & ~entry)
		return refusal(entry, need & ~entry, *ret_overlay);
	return HV_TRANSLATE_GVA_SUCCESS;
}

/* A page table: RAM that the VTL itself reads there, or writes. */
static u32 check_table_locked(u8 vtl, gpa_t gpa, u64 need)
{
	bool overlay;
	u32 code = check_gpa_locked(vtl, gpa, need, &overlay);

	if (code)
		return code;
	if (overlay)
		return HV_TRANSLATE_GVA_GPA_ILLEGAL_OVERLAY_ACCESS;
	return hv_in_physmap(gpa) && hv_is_ram(gpa, sizeof(u64)) ?
	       HV_TRANSLATE_GVA_SUCCESS : HV_TRANSLATE_GVA_GPA_UNMAPPED;
}

struct translation {
	struct walk walk;
	u8 vtl;
	u32 code;
	bool overlay;
};

u32 walk_read(const struct walk *w, gpa_t gpa, u64 *ret)
{
	u8 vtl = container_of(w, const struct translation, walk)->vtl;
	u32 code = check_table_locked(vtl, gpa, EPT_R);

	if (!code)
		*ret = __atomic_load_n((u64 *)hv_va(gpa), __ATOMIC_RELAXED);
	return code;
}

static u32 check_updates_locked(const struct translation *t)
{
	const struct walk *w = &t->walk;
	u32 code = HV_TRANSLATE_GVA_SUCCESS;

	for (u32 i = 0; i < w->nr_entries && !code; i++)
		if (w->entry[i].new != w->entry[i].old)
			code = check_table_locked(t->vtl, w->entry[i].gpa,
						  EPT_R | EPT_W);
	return code;
}

/* False: the VTL changed an entry meanwhile, the walk is out of date. */
static bool update_locked(const struct walk *w)
{
	for (u32 i = 0; i < w->nr_entries; i++) {
		const struct walk_entry *e = &w->entry[i];
		u64 old = e->old;

		if (e->new != old &&
		    !__atomic_compare_exchange_n((u64 *)hv_va(e->gpa), &old,
						 e->new, false,
						 __ATOMIC_SEQ_CST,
						 __ATOMIC_RELAXED))
			return false;
	}
	return true;
}

static bool translate_locked(struct translation *t)
{
	struct walk *w = &t->walk;
	bool set = w->flags & HV_TRANSLATE_GVA_SET_PAGE_TABLE_BITS;

	t->code = walk_translate(w);
	if (!t->code)
		t->code = check_gpa_locked(t->vtl, w->gpa,
					   need_of(w, hv.vtl[1].mbec &&
						   !t->vtl), &t->overlay);
	if (!t->code && set)
		t->code = check_updates_locked(t);
	return t->code || !set || update_locked(w);
}

/*
 * Up to @size bytes of VTL0's code at @gva, as it runs now: from RAM that it
 * reads itself.  What cannot be had ends them.
 */
u32 translate_fetch(struct pcpu *cpu, gva_t gva, u8 *buf, u32 size)
{
	struct translation t;
	u32 done = 0, part;
	gpa_t gpa;

	memset(&t, 0, sizeof(t));
	vcpu_get_walk_mode(cpu, 0, &t.walk.mode);
	if (!walk_supports(&t.walk.mode))
		return 0;
	t.walk.flags = HV_TRANSLATE_GVA_VALIDATE_EXECUTE;
	for (; done < size; done += part) {
		t.walk.gva = gva + done;
		part = MIN(size - done, PAGE_SIZE - (t.walk.gva & ~PAGE_MASK));
		spin_lock(&hv.lock);
		t.code = walk_translate(&t.walk);
		gpa = t.walk.gpa;
		if (!t.code)
			t.code = check_table_locked(0, gpa, EPT_R);
		if (!t.code)
			memcpy(buf + done, hv_va(gpa), part);
		spin_unlock(&hv.lock);
		if (t.code)
			break;
	}
	return done;
}

static u64 check_flags(u64 flags, u8 vtl, u8 active)
{
	const u64 known = HV_TRANSLATE_GVA_FLAGS_MASK |
			  0xffULL << HV_TRANSLATE_GVA_INPUT_VTL_SHIFT;
	const u64 both = HV_TRANSLATE_GVA_ENFORCE_SMAP |
			 HV_TRANSLATE_GVA_OVERRIDE_SMAP;

	if ((flags & ~known) || (flags & both) == both)
		return HV_STATUS_INVALID_PARAMETER;
	/* A VTL does not hold up its own flushes. */
	if ((flags & HV_TRANSLATE_GVA_TLB_FLUSH_INHIBIT) && vtl == active)
		return HV_STATUS_ACCESS_DENIED;
	return HV_STATUS_SUCCESS;
}

static u64 check_input(struct pcpu *cpu,
		       const struct hv_input_translate_virtual_address *in,
		       u8 *ret)
{
	u64 status = hvcall_check_partition(in->partition_id);
	struct pcpu *vp;

	if (!status)
		status = hvcall_find_vp(cpu, in->vp_index, &vp);
	if (status)
		return status;
	/* Another VP's registers change under its feet. */
	if (vp != cpu)
		return HV_STATUS_INVALID_VP_INDEX;
	if (in->rsvd || in->gva_page >> (64 - PAGE_SHIFT))
		return HV_STATUS_INVALID_PARAMETER;
	status = hvcall_input_vtl(cpu, in->control_flags >>
				       HV_TRANSLATE_GVA_INPUT_VTL_SHIFT, ret);
	return status ? status :
	       check_flags(in->control_flags, *ret, cpu->active_vtl);
}

static u64 translate(struct pcpu *cpu, struct hvcall *call,
		     struct translation *t)
{
	const struct hv_input_translate_virtual_address *in = call->in;
	u64 status = check_input(cpu, in, &t->vtl);
	bool done;

	if (status)
		return status;
	vcpu_get_walk_mode(cpu, t->vtl, &t->walk.mode);
	if (!walk_supports(&t->walk.mode))
		return HV_STATUS_INVALID_VP_STATE;
	t->walk.flags = in->control_flags;
	t->walk.gva = in->gva_page << PAGE_SHIFT;
	if (in->control_flags & HV_TRANSLATE_GVA_TLB_FLUSH_INHIBIT)
		tlb_lock_set(cpu, true);
	spin_lock(&hv.lock);
	done = translate_locked(t);
	spin_unlock(&hv.lock);
	return done ? HV_STATUS_SUCCESS : HVCALL_AGAIN;
}

static void fill(const struct translation *t,
		 struct hv_translate_gva_result *result, u64 *gpa_page)
{
	result->code = t->code;
	if (t->code)
		return;
	result->cache_type = t->walk.cache_type;
	result->flags = t->overlay ? HV_TRANSLATE_GVA_RESULT_OVERLAY : 0;
	*gpa_page = t->walk.gpa >> PAGE_SHIFT;
}

u64 hvcall_translate(struct pcpu *cpu, struct hvcall *call)
{
	struct hv_output_translate_virtual_address *out = call->out;
	struct translation t;
	u64 status;

	memset(&t, 0, sizeof(t));
	status = translate(cpu, call, &t);
	if (!status)
		fill(&t, &out->result, &out->gpa_page);
	return status;
}

/* The exception that the access would have raised, if it is one of paging. */
static void fill_event(const struct walk *w, u32 code, u64 event[2])
{
	u64 vector = X86_TRAP_PF, error;

	switch (code) {
	case HV_TRANSLATE_GVA_PAGE_NOT_PRESENT:
	case HV_TRANSLATE_GVA_PRIVILEGE_VIOLATION:
	case HV_TRANSLATE_GVA_INVALID_PAGE_TABLE_FLAGS:
		break;
	default:
		return;
	}
	error = walk_fault_error(w, code);
	event[1] = w->gva;
	if (!walk_canonical(w)) {
		vector = X86_TRAP_GP;
		error = 0;
		event[1] = 0;
	}
	event[0] = HV_PENDING_EVENT | HV_PENDING_EVENT_ERROR |
		   vector << HV_PENDING_EVENT_VECTOR_SHIFT |
		   error << HV_PENDING_EVENT_ERROR_SHIFT;
}

u64 hvcall_translate_ex(struct pcpu *cpu, struct hvcall *call)
{
	struct hv_output_translate_virtual_address_ex *out = call->out;
	struct translation t;
	u64 status;

	memset(&t, 0, sizeof(t));
	status = translate(cpu, call, &t);
	if (status)
		return status;
	fill(&t, &out->result, &out->gpa_page);
	fill_event(&t.walk, t.code, out->event);
	return status;
}
