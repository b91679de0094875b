// SPDX-License-Identifier: GPL-2.0
/*
 * Pages of what Linux executes for kernel probes: slots with a copy of one
 * instruction, detours to which a probe's jump leads.  Must never let such a page
 * have what Linux does not make of an instruction of verified text, nor change
 * what a jump in verified text leads to.
 *
 * Source: arch/x86/kernel/kprobes/core.c and opt.c, kernel/kprobes.c.
 */
#include <vsm/hvcall.h>

#include "../ci/insns.h"
#include "../ci/slot.h"
#include "code.h"
#include "code_page.h"
#include "code_patch.h"
#include "code_policy.h"
#include "code_slot.h"
#include "code_user.h"
#include "vtl0.h"

#define PAGES_MAX	128

struct slot_page {
	u64 va;
	u64 gpa;
	bool detours;		/* else slots of one instruction */
};

/* What is to be in the slot at @va, behind which there are breakpoints. */
struct slot {
	u64 va;
	u32 size;
	u8 image[CI_DETOUR_MAX];
};

/* code_lock */
static struct slot_page *pages;
static u32 nr_pages;
static struct ci_detour detour;

bool code_slot_setup(void)
{
	pages = sk_calloc(PAGES_MAX, sizeof(*pages));
	nr_pages = 0;
	return pages;
}

void code_slot_release(void)
{
	sk_free(pages);
	pages = NULL;
	nr_pages = 0;
	detour.len = 0;
}

void code_slot_know(const struct ci_detour *d)
{
	detour = *d;
}

static struct slot_page *page_of(u64 gpa)
{
	u32 i;

	for (i = 0; i < nr_pages; i++)
		if (pages[i].gpa == (gpa & PAGE_MASK))
			return &pages[i];
	return NULL;
}

static const struct slot_page *page_at(u64 va)
{
	u32 i;

	for (i = 0; i < nr_pages; i++)
		if (pages[i].va == (va & PAGE_MASK))
			return &pages[i];
	return NULL;
}

bool code_slot_is(u64 gpa)
{
	return page_of(gpa);
}

u32 code_slot_pages(void)
{
	return nr_pages;
}

void code_slot_forget(u64 gpa)
{
	struct slot_page *p = page_of(gpa);

	if (p)
		*p = pages[--nr_pages];
}

/* Nothing that was verified may lead to what VTL0 writes then. */
bool code_slot_to_data(u64 gpa)
{
	const struct slot_page *p = page_of(gpa);

	if (!p || code_kprobe_leads_to(p->va, PAGE_SIZE) ||
	    hv_protect(p->gpa, PAGE_SIZE, code_mask_data()))
		return false;
	code_slot_forget(gpa);
	return true;
}

/* --- what may be written --------------------------------------------------------- */

static u32 size_of(bool detours)
{
	return detours ? ci_detour_size(&detour) : CI_SLOT_SIZE;
}

static bool begins_slot(u64 va, u32 size)
{
	return va % PAGE_SIZE % size == 0 && va % PAGE_SIZE + size <= PAGE_SIZE;
}

/* The text around @va as it is without probes; false: not verified. */
static bool original(u64 va, struct ci_probed *ret)
{
	const struct code_object *o = code_object_at(va);

	return o && o->kind != CODE_OBJECT_FOUND &&
	       code_kprobe_original(o, va, ret);
}

static bool make_detour(struct slot *s, const struct code_write *w)
{
	struct ci_probed probed;
	u64 va;

	va = ci_detour_probed(&detour, w->va, s->image, w->len);
	return va && original(va, &probed) &&
	       ci_detour_valid(&detour, &probed, w->va, s->image) == w->len &&
	       !code_kprobe_leads_to(w->va, s->size);
}

/* From a copy of what is written: it may be longer than those that are there. */
static bool make(struct slot *s, const struct code_write *w, bool detours)
{
	struct ci_probed probed;
	u8 copy[CI_SLOT_SIZE];

	if (detours && !detour.len)
		return false;
	s->va = w->va;
	s->size = size_of(detours);
	if (w->len > s->size || !begins_slot(w->va, s->size))
		return false;
	memset(s->image, INSN_INT3, s->size);
	memcpy(s->image, w->bytes, w->len);
	if (detours)
		return make_detour(s, w);
	memcpy(copy, s->image, sizeof(copy));
	return w->hint && original(w->hint, &probed) &&
	       ci_slot_valid(&probed, w->va, copy, w->len, s->image);
}

/* --- writing ----------------------------------------------------------------------- */

static void put(u64 gpa, const struct slot *s)
{
	memcpy((u8 *)pa_va(gpa) + s->va % PAGE_SIZE, s->image, s->size);
}

/* Does VTL0 mean to execute that page there? */
static bool is_meant(const struct code_write *w)
{
	struct code_leaf leaf;
	u64 cr3;

	return w->va >= CODE_AREA && w->va < CODE_AREA_END &&
	       !hv_get_vtl0_register(HV_X64_REGISTER_CR3, &cr3) &&
	       code_leaf_at(cr3, w->va, &leaf) && leaf.kernel_exec &&
	       leaf.gpa + (w->va & (leaf.size - 1) & PAGE_MASK) == w->gpa[0];
}

/* What Linux has written there itself, its probes may need. */
static bool is_blank(u64 gpa)
{
	const u64 *word = pa_va(gpa);
	u32 i;

	for (i = 0; i < PAGE_SIZE / sizeof(*word); i++)
		if (word[i])
			return false;
	return true;
}

static bool take(const struct code_write *w, bool detours)
{
	const struct slot_page *old = page_at(w->va);
	u64 gpa = w->gpa[0];

	/* Whatever was there before has been given back. */
	if (old && !code_slot_to_data(old->gpa))
		return false;
	if (nr_pages == PAGES_MAX || !code_page_is_free(gpa) ||
	    code_page_is_kind(CODE_OPEN, gpa) || !is_meant(w) || !is_blank(gpa))
		return false;
	code_user_forget(&(struct vsm_range){ gpa & PAGE_MASK, PAGE_SIZE });
	pages[nr_pages++] = (struct slot_page){
		.va = w->va & PAGE_MASK, .gpa = gpa, .detours = detours,
	};
	code_wait_for_writers();
	if (!hv_protect(gpa, PAGE_SIZE, HV_MAP_GPA_READABLE)) {
		memset(pa_va(gpa), INSN_INT3, PAGE_SIZE);
		if (!hv_protect(gpa, PAGE_SIZE, CODE_MASK_CODE))
			return true;
	}
	hv_protect(gpa, PAGE_SIZE, code_mask_data());
	nr_pages--;
	return false;
}

bool code_slot_write(const struct code_write *w)
{
	const struct slot_page *p = page_of(w->gpa[0]);
	bool detours = p ? p->detours : w->len > CI_SLOT_SIZE;
	struct slot s;
	bool made;

	/* Linux has the page elsewhere now, for something else. */
	if (p && p->va != (w->va & PAGE_MASK)) {
		code_slot_to_data(p->gpa);
		return false;
	}
	made = make(&s, w, detours);
	/* A slot that is refused does not spoil the page for others. */
	if (!made && (p || !w->hint || code_mode_of(VSM_CODE_CLASS_DYNAMIC) !=
					VSM_CODE_MODE_ENFORCE))
		return false;
	if (!p && !take(w, detours))
		return false;
	if (made)
		put(w->gpa[0], &s);
	return made;
}

/* --- what there is ------------------------------------------------------------------ */

bool code_slot_at(u64 va)
{
	return page_at(va);
}

bool code_slot_detours(u64 va, u64 to)
{
	const struct slot_page *p = page_at(to);
	struct ci_probed probed;

	return p && p->detours && begins_slot(to, ci_detour_size(&detour)) &&
	       original(va, &probed) &&
	       ci_detour_valid(&detour, &probed, to,
			       (u8 *)pa_va(p->gpa) + to % PAGE_SIZE);
}

static bool has_slot(const struct slot_page *p, const struct ci_probed *probed)
{
	const u8 *bytes = pa_va(p->gpa);
	u8 image[CI_SLOT_SIZE];
	u32 off, len;

	for (off = 0; off + CI_SLOT_SIZE <= PAGE_SIZE; off += CI_SLOT_SIZE) {
		if (bytes[off] != probed->bytes[0])
			continue;
		for (len = 2; len <= CI_SLOT_SIZE; len++)
			if (ci_slot_valid(probed, p->va + off, bytes + off,
					  len, image))
				return true;
	}
	return false;
}

bool code_slot_ready(u64 va)
{
	struct ci_probed probed;
	u32 i;

	if (!original(va, &probed))
		return false;
	if (ci_slot_is_branch(&probed))
		return true;
	for (i = 0; i < nr_pages; i++)
		if (!pages[i].detours && has_slot(&pages[i], &probed))
			return true;
	return false;
}
