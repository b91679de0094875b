// SPDX-License-Identifier: GPL-2.0
/*
 * Page-table walks.  Must never follow an entry with a reserved bit set, nor
 * grant an access that the processor would not.
 */
#include <asm/cpu.h>
#include <asm/msr.h>

#include "walk.h"

#define PTE_P		BIT_ULL(0)
#define PTE_W		BIT_ULL(1)
#define PTE_U		BIT_ULL(2)
#define PTE_PWT		BIT_ULL(3)
#define PTE_PCD		BIT_ULL(4)
#define PTE_A		BIT_ULL(5)
#define PTE_D		BIT_ULL(6)
#define PTE_PS		BIT_ULL(7)
#define PTE_PAT_4K	BIT_ULL(7)
#define PTE_PAT_LARGE	BIT_ULL(12)
#define PTE_ADDR	GENMASK_ULL(51, 12)
#define PTE_XD		BIT_ULL(63)

#define PAT_UC_MINUS	7
#define PAT_TYPE_MASK	7

#define PF_PROT		0x01
#define PF_WRITE	0x02
#define PF_USER		0x04
#define PF_RSVD		0x08
#define PF_INSTR	0x10
#define PF_SHSTK	0x40

#define VALIDATE_DATA	(HV_TRANSLATE_GVA_VALIDATE_READ | \
			 HV_TRANSLATE_GVA_VALIDATE_WRITE)

/* All entries from the root to the leaf, taken together. */
struct rights {
	bool write, user, nx;
	bool upper_write;		/* all but the leaf */
	u64 leaf;
};

bool walk_supports(const struct walk_mode *mode)
{
	return !(mode->cr0 & X86_CR0_PG) || (mode->efer & EFER_LMA);
}

static int top_level(const struct walk *w)
{
	return w->mode.cr4 & X86_CR4_LA57 ? 4 : 3;
}

static u32 level_shift(int level)
{
	return PAGE_SHIFT + 9 * level;
}

bool walk_canonical(const struct walk *w)
{
	u32 unused = 64 - level_shift(top_level(w) + 1);

	return (u64)((s64)(w->gva << unused) >> unused) == w->gva;
}

static bool is_leaf(u64 entry, int level)
{
	return !level || (entry & PTE_PS);
}

static bool has_reserved(const struct walk *w, u64 entry, int level)
{
	u64 rsvd = PTE_ADDR & ~w->mode.maxphyaddr_mask;

	if (!(w->mode.efer & EFER_NX))
		rsvd |= PTE_XD;
	if (level > 2 || (level == 2 && !w->mode.has_1g))
		rsvd |= PTE_PS;
	/* Between PAT and the address of a large leaf. */
	if (level && is_leaf(entry, level))
		rsvd |= GENMASK_ULL(level_shift(level) - 1, 13);
	return entry & rsvd;
}

static void take_rights(struct rights *r, u64 entry, bool leaf)
{
	r->user &= !!(entry & PTE_U);
	r->nx |= !!(entry & PTE_XD);
	r->write &= !!(entry & PTE_W);
	if (leaf)
		r->leaf = entry;
	else
		r->upper_write &= !!(entry & PTE_W);
}

static void note(struct walk *w, gpa_t gpa, u64 entry, bool leaf)
{
	struct walk_entry *e = &w->entry[w->nr_entries++];

	e->gpa = gpa;
	e->old = entry;
	e->new = entry | PTE_A;
	if (leaf && (w->flags & HV_TRANSLATE_GVA_VALIDATE_WRITE))
		e->new |= PTE_D;
}

/* Explicit accesses follow RFLAGS.AC unless the flags say otherwise. */
static bool smap_applies(const struct walk *w)
{
	if (!(w->mode.cr4 & X86_CR4_SMAP) ||
	    (w->flags & HV_TRANSLATE_GVA_OVERRIDE_SMAP))
		return false;
	return (w->flags & HV_TRANSLATE_GVA_ENFORCE_SMAP) ||
	       !(w->mode.rflags & X86_EFLAGS_AC);
}

/* A leaf that is dirty and not writable, of the access's own privilege. */
static bool shadow_stack_allowed(const struct rights *r, bool user)
{
	return r->upper_write && user == r->user &&
	       (r->leaf & (PTE_W | PTE_D)) == PTE_D;
}

static bool user_allowed(const struct walk *w, const struct rights *r)
{
	return r->user && (r->write ||
			   !(w->flags & HV_TRANSLATE_GVA_VALIDATE_WRITE));
}

static bool supervisor_allowed(const struct walk *w, const struct rights *r,
			       bool exempt)
{
	if ((w->flags & HV_TRANSLATE_GVA_VALIDATE_WRITE) && !r->write &&
	    (w->mode.cr0 & X86_CR0_WP))
		return false;
	if (exempt || !r->user)
		return true;
	if ((w->flags & HV_TRANSLATE_GVA_VALIDATE_EXECUTE) &&
	    (w->mode.cr4 & X86_CR4_SMEP))
		return false;
	return !(w->flags & VALIDATE_DATA) || !smap_applies(w);
}

static bool allowed(const struct walk *w, const struct rights *r)
{
	u64 who = w->flags & (HV_TRANSLATE_GVA_SUPERVISOR_ACCESS |
			      HV_TRANSLATE_GVA_USER_ACCESS);
	bool exempt = w->flags & HV_TRANSLATE_GVA_PRIVILEGE_EXEMPT;

	if ((w->flags & HV_TRANSLATE_GVA_VALIDATE_EXECUTE) && r->nx)
		return false;
	if (!who)
		who = w->mode.cpl == 3 ? HV_TRANSLATE_GVA_USER_ACCESS :
					 HV_TRANSLATE_GVA_SUPERVISOR_ACCESS;
	if (w->flags & HV_TRANSLATE_GVA_SHADOW_STACK)
		return shadow_stack_allowed(r, exempt ? r->user :
			who & HV_TRANSLATE_GVA_USER_ACCESS);
	if (exempt)
		return supervisor_allowed(w, r, true);
	if ((who & HV_TRANSLATE_GVA_USER_ACCESS) && !user_allowed(w, r))
		return false;
	return !(who & HV_TRANSLATE_GVA_SUPERVISOR_ACCESS) ||
	       supervisor_allowed(w, r, false);
}

/* SDM: PAT, PCD and PWT choose an entry of IA32_PAT. */
static u8 cache_type(const struct walk *w, u64 leaf, int level)
{
	u64 pat = level ? PTE_PAT_LARGE : PTE_PAT_4K;
	u32 index = (leaf & PTE_PWT ? 1 : 0) | (leaf & PTE_PCD ? 2 : 0) |
		    (leaf & pat ? 4 : 0);
	u8 type = w->mode.pat >> (8 * index) & PAT_TYPE_MASK;

	return type == PAT_UC_MINUS ? HV_CACHE_TYPE_UNCACHED : type;
}

static u32 finish(struct walk *w, const struct rights *r, int level)
{
	u64 offset = BIT_ULL(level_shift(level)) - 1;

	w->user_page = r->user;
	if (!allowed(w, r))
		return HV_TRANSLATE_GVA_PRIVILEGE_VIOLATION;
	w->gpa = (r->leaf & PTE_ADDR & ~offset) | (w->gva & offset);
	w->cache_type = cache_type(w, r->leaf, level);
	return HV_TRANSLATE_GVA_SUCCESS;
}

static u32 walk_tables(struct walk *w)
{
	struct rights r = { .write = true, .user = true, .upper_write = true };
	gpa_t table = w->mode.cr3 & w->mode.maxphyaddr_mask & PAGE_MASK;

	for (int level = top_level(w);; level--) {
		u64 index = w->gva >> level_shift(level) & 0x1ff, entry;
		gpa_t gpa = table + index * sizeof(entry);
		u32 code = walk_read(w, gpa, &entry);

		if (code)
			return code;
		if (!(entry & PTE_P))
			return HV_TRANSLATE_GVA_PAGE_NOT_PRESENT;
		if (has_reserved(w, entry, level))
			return HV_TRANSLATE_GVA_INVALID_PAGE_TABLE_FLAGS;
		note(w, gpa, entry, is_leaf(entry, level));
		take_rights(&r, entry, is_leaf(entry, level));
		if (is_leaf(entry, level))
			return finish(w, &r, level);
		table = entry & PTE_ADDR;
	}
}

u32 walk_translate(struct walk *w)
{
	w->nr_entries = 0;
	w->user_page = false;
	if (!(w->mode.cr0 & X86_CR0_PG)) {
		w->gpa = (u32)w->gva;
		w->cache_type = HV_CACHE_TYPE_WRITE_BACK;
		return HV_TRANSLATE_GVA_SUCCESS;
	}
	if (!walk_canonical(w))
		return HV_TRANSLATE_GVA_INVALID_PAGE_TABLE_FLAGS;
	return walk_tables(w);
}

u32 walk_fault_error(const struct walk *w, u32 code)
{
	u64 who = w->flags & (HV_TRANSLATE_GVA_SUPERVISOR_ACCESS |
			      HV_TRANSLATE_GVA_USER_ACCESS);
	u32 error = code == HV_TRANSLATE_GVA_PAGE_NOT_PRESENT ? 0 : PF_PROT;

	if (code == HV_TRANSLATE_GVA_INVALID_PAGE_TABLE_FLAGS)
		error |= PF_RSVD;
	if (w->flags & HV_TRANSLATE_GVA_VALIDATE_WRITE)
		error |= PF_WRITE;
	if (who ? who == HV_TRANSLATE_GVA_USER_ACCESS : w->mode.cpl == 3)
		error |= PF_USER;
	/* SDM: a fetch is told apart only where something depends on it. */
	if ((w->flags & HV_TRANSLATE_GVA_VALIDATE_EXECUTE) &&
	    ((w->mode.efer & EFER_NX) || (w->mode.cr4 & X86_CR4_SMEP)))
		error |= PF_INSTR;
	if (w->flags & HV_TRANSLATE_GVA_SHADOW_STACK)
		error |= PF_SHSTK;
	return error;
}
