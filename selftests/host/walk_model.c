// SPDX-License-Identifier: GPL-2.0
/*
 * kernel/hv/walk.c against the SDM's tables, bit by bit: each walk of a script
 * has entries, a mode and an access of its own.  Must never ask the code under
 * test what the right answer is.
 */
#include <stdlib.h>
#include <string.h>

#include <asm/cpu.h>
#include <asm/msr.h>
#include <vsm/hvcall.h>

#include "../../kernel/hv/walk.h"
#include "walk_model.h"

#define LEVELS		5
/* Of an entry. */
#define P		0x01ULL
#define W		0x02ULL
#define U		0x04ULL
#define A		0x20ULL
#define D		0x40ULL
#define PS		0x80ULL
#define XD		(1ULL << 63)

u64 walk_model_seen[WALK_MODEL_CODES];

/* What is in memory: one entry a level, 4 is the PML5's. */
static struct memory {
	u64 entry[LEVELS];
	u32 fault[LEVELS];	/* 0, or why the entry cannot be read */
} memory;

/* The reference's answer. */
static struct answer {
	u32 code;
	u64 gpa;
	u8 type;
	bool user_page;
	u32 nr;
	u64 at[LEVELS], old[LEVELS], new[LEVELS];
} want;

/* --- a walk to be made ------------------------------------------------------ */

static u64 script_u64(struct script *s)
{
	u64 val = 0;

	for (u32 i = 0; i < 8; i++)
		val = val << 8 | script_u8(s);
	return val;
}

/* Mostly as an operating system has them, so that walks get far. */
static u64 read_entry(struct script *s, u64 addresses, int level)
{
	u64 entry = script_u64(s), how = script_u8(s), rare = script_u8(s);

	if (how & 0x07)
		entry |= W;
	if (how & 0x18)
		entry |= U;
	if (how & 0x60)
		entry &= ~XD;
	if (rare & 0x07)
		entry |= P;
	if (rare & 0x38)
		entry &= addresses | ~0x000ffffffffff000ULL;
	/* A large leaf has none of these bits; there is none at level 3. */
	if (level > 2 && (rare & 0xc0))
		entry &= ~PS;
	else if (entry & PS)
		entry &= level > 2 ? ~0x7fffffe000ULL :
			 rare & 0xc0 ? ~0x3fffe000ULL : ~0ULL;
	return entry;
}

static u64 read_gva(struct script *s, bool la57)
{
	u64 gva = script_u64(s), how = script_u8(s) & 7;
	u32 bits = la57 ? 57 : 48;

	switch (how) {
	case 0:
		return gva;
	case 1:			/* canonical in the other mode, perhaps */
		bits = la57 ? 48 : 57;
		break;
	}
	return (u64)((s64)(gva << (64 - bits)) >> (64 - bits));
}

static void read_mode(struct script *s, struct walk_mode *m)
{
	static const u8 widths[] = { 36, 39, 46, 52 };
	u32 bits = script_u16(s);

	m->cr0 = (bits & 0x000f ? X86_CR0_PG : 0) |
		 (bits & 0x0010 ? X86_CR0_WP : 0) | X86_CR0_PE;
	m->cr4 = X86_CR4_PAE | (bits & 0x0020 ? X86_CR4_LA57 : 0) |
		 (bits & 0x0040 ? X86_CR4_SMEP : 0) |
		 (bits & 0x0080 ? X86_CR4_SMAP : 0);
	m->efer = EFER_LME | EFER_LMA;
	if (bits & 0x8300)
		m->efer |= EFER_NX;
	m->rflags = X86_EFLAGS_FIXED | (bits & 0x0400 ? X86_EFLAGS_AC : 0);
	m->cpl = bits & 0x0800 ? 3 : 0;
	m->has_1g = bits & 0x1000;
	m->maxphyaddr_mask = (1ULL << widths[bits >> 13 & 3]) - 1;
	m->cr3 = script_u64(s);
	m->pat = script_u64(s) & 0x0707070707070707ULL;
}

/* --- the reference ---------------------------------------------------------- */

static u32 low_bit(int level)
{
	return 12 + 9 * level;
}

static bool maps_page(u64 entry, int level)
{
	return level == 0 || (level <= 2 && (entry & PS));
}

/* SDM, "Paging-Structure Entries", "Reserved Bits". */
static bool bit_reserved(const struct walk_mode *m, u64 entry, int level,
			 u32 bit)
{
	if (bit == 63)
		return !(m->efer & EFER_NX);
	if (bit >= 52)
		return false;
	if (!(m->maxphyaddr_mask >> bit & 1))
		return bit >= 12;
	if (bit == 7)
		return level >= 3 || (level == 2 && !m->has_1g);
	return level > 0 && maps_page(entry, level) && bit >= 13 &&
	       bit < low_bit(level);
}

static bool any_reserved(const struct walk_mode *m, u64 entry, int level)
{
	for (u32 bit = 0; bit < 64; bit++)
		if ((entry >> bit & 1) && bit_reserved(m, entry, level, bit))
			return true;
	return false;
}

struct page {
	bool user, writable, fetchable, tables_writable;
	u64 leaf;
};

/* SDM, "Determination of Access Rights", for one kind of access. */
static bool user_may(const struct page *p, u64 kind)
{
	if (!p->user)
		return false;
	if (kind == HV_TRANSLATE_GVA_VALIDATE_WRITE)
		return p->writable;
	return kind != HV_TRANSLATE_GVA_VALIDATE_EXECUTE || p->fetchable;
}

static bool smap(const struct walk *w)
{
	if (!(w->mode.cr4 & X86_CR4_SMAP))
		return false;
	if (w->flags & HV_TRANSLATE_GVA_OVERRIDE_SMAP)
		return false;
	if (w->flags & HV_TRANSLATE_GVA_ENFORCE_SMAP)
		return true;
	return !(w->mode.rflags & X86_EFLAGS_AC);
}

static bool supervisor_may(const struct walk *w, const struct page *p,
			   u64 kind, bool user_page)
{
	switch (kind) {
	case HV_TRANSLATE_GVA_VALIDATE_READ:
		return !(user_page && smap(w));
	case HV_TRANSLATE_GVA_VALIDATE_WRITE:
		if (user_page && smap(w))
			return false;
		return p->writable || !(w->mode.cr0 & X86_CR0_WP);
	case HV_TRANSLATE_GVA_VALIDATE_EXECUTE:
		if (user_page && (w->mode.cr4 & X86_CR4_SMEP))
			return false;
		return p->fetchable;
	default:
		return true;
	}
}

static bool as_user(const struct walk *w)
{
	if (w->flags & (HV_TRANSLATE_GVA_USER_ACCESS |
			HV_TRANSLATE_GVA_SUPERVISOR_ACCESS))
		return w->flags & HV_TRANSLATE_GVA_USER_ACCESS;
	return w->mode.cpl == 3;
}

static bool as_supervisor(const struct walk *w)
{
	return (w->flags & HV_TRANSLATE_GVA_SUPERVISOR_ACCESS) || !as_user(w);
}

/* TLFS: exempt from the mode, not from what the page allows anybody. */
static bool kind_allowed(const struct walk *w, const struct page *p, u64 kind)
{
	if (w->flags & HV_TRANSLATE_GVA_PRIVILEGE_EXEMPT)
		return supervisor_may(w, p, kind, false);
	if (as_user(w) && !user_may(p, kind))
		return false;
	return !as_supervisor(w) || supervisor_may(w, p, kind, p->user);
}

/* SDM, "Shadow-Stack Accesses": a leaf that is dirty and read-only. */
static bool shadow_stack(const struct walk *w, const struct page *p)
{
	if (!p->tables_writable || (p->leaf & W) || !(p->leaf & D))
		return false;
	if (w->flags & HV_TRANSLATE_GVA_PRIVILEGE_EXEMPT)
		return true;
	return p->user == as_user(w);
}

static bool page_allows(const struct walk *w, const struct page *p)
{
	static const u64 kinds[] = {
		0, HV_TRANSLATE_GVA_VALIDATE_READ,
		HV_TRANSLATE_GVA_VALIDATE_WRITE,
		HV_TRANSLATE_GVA_VALIDATE_EXECUTE,
	};

	if (w->flags & HV_TRANSLATE_GVA_SHADOW_STACK)
		return shadow_stack(w, p) &&
		       (p->fetchable ||
			!(w->flags & HV_TRANSLATE_GVA_VALIDATE_EXECUTE));
	for (u32 i = 0; i < ARRAY_SIZE(kinds); i++)
		if ((w->flags & kinds[i]) == kinds[i] &&
		    !kind_allowed(w, p, kinds[i]))
			return false;
	return true;
}

/* SDM, "Memory Typing"; UC- is UC to who only reads the type. */
static u8 type_of(u64 pat, u64 leaf, int level)
{
	u32 index = (leaf >> 3 & 1) + 2 * (leaf >> 4 & 1) +
		    4 * (leaf >> (level ? 12 : 7) & 1);
	u8 type = pat >> (index * 8);

	return type == 7 ? 0 : type;
}

static bool canonical(const struct walk *w)
{
	u64 top = w->gva >> (w->mode.cr4 & X86_CR4_LA57 ? 56 : 47);

	return !top || top == (w->mode.cr4 & X86_CR4_LA57 ? 0xff : 0x1ffff);
}

static void end_at(const struct walk *w, const struct page *p, int level)
{
	u64 size = 1ULL << low_bit(level);

	want.user_page = p->user;
	if (!page_allows(w, p)) {
		want.code = HV_TRANSLATE_GVA_PRIVILEGE_VIOLATION;
		return;
	}
	want.gpa = (p->leaf & 0x000ffffffffff000ULL) / size * size +
		   w->gva % size;
	want.type = type_of(w->mode.pat, p->leaf, level);
}

static void answer_tables(const struct walk *w)
{
	struct page p = { true, true, true, true, 0 };
	u64 table = w->mode.cr3 & w->mode.maxphyaddr_mask & ~0xfffULL;
	int level = w->mode.cr4 & X86_CR4_LA57 ? 4 : 3;

	for (;; level--) {
		u64 entry = memory.entry[level];
		bool leaf = maps_page(entry, level);

		want.at[want.nr] = table + w->gva / (1ULL << low_bit(level)) %
					   512 * 8;
		want.code = memory.fault[level];
		if (!want.code && !(entry & P))
			want.code = HV_TRANSLATE_GVA_PAGE_NOT_PRESENT;
		else if (!want.code && any_reserved(&w->mode, entry, level))
			want.code = HV_TRANSLATE_GVA_INVALID_PAGE_TABLE_FLAGS;
		if (want.code)
			return;
		want.old[want.nr] = entry;
		want.new[want.nr++] = entry | A |
			(leaf && (w->flags & HV_TRANSLATE_GVA_VALIDATE_WRITE) ?
			 D : 0);
		p.user = p.user && (entry & U);
		p.writable = p.writable && (entry & W);
		p.fetchable = p.fetchable && !(entry & XD);
		if (leaf) {
			p.leaf = entry;
			end_at(w, &p, level);
			return;
		}
		p.tables_writable = p.writable;
		table = entry & 0x000ffffffffff000ULL;
	}
}

static void answer(const struct walk *w)
{
	memset(&want, 0, sizeof(want));
	if (!(w->mode.cr0 & X86_CR0_PG)) {
		want.gpa = w->gva & 0xffffffff;
		want.type = HV_CACHE_TYPE_WRITE_BACK;
	} else if (!canonical(w)) {
		want.code = HV_TRANSLATE_GVA_INVALID_PAGE_TABLE_FLAGS;
	} else {
		answer_tables(w);
	}
}

/* SDM, "Page-Fault Exceptions". */
static u32 fault_of(const struct walk *w)
{
	bool fetch_is_told = (w->mode.efer & EFER_NX) ||
			     (w->mode.cr4 & X86_CR4_SMEP);
	u32 error = 0;

	if (want.code != HV_TRANSLATE_GVA_PAGE_NOT_PRESENT)
		error |= 1;
	if (w->flags & HV_TRANSLATE_GVA_VALIDATE_WRITE)
		error |= 2;
	if (as_user(w) && !as_supervisor(w))
		error |= 4;
	if (want.code == HV_TRANSLATE_GVA_INVALID_PAGE_TABLE_FLAGS)
		error |= 8;
	if ((w->flags & HV_TRANSLATE_GVA_VALIDATE_EXECUTE) && fetch_is_told)
		error |= 16;
	if (w->flags & HV_TRANSLATE_GVA_SHADOW_STACK)
		error |= 64;
	return error;
}

/* --- both ------------------------------------------------------------------- */

static u32 reads;

/* Each table once, from the top, where the one above says. */
u32 walk_read(const struct walk *w, gpa_t gpa, u64 *ret)
{
	int level = (w->mode.cr4 & X86_CR4_LA57 ? 4 : 3) - (int)reads;

	if (!EXPECT(level >= 0) || !EXPECT(gpa == want.at[reads]))
		abort();
	reads++;
	*ret = memory.entry[level];
	return memory.fault[level];
}

static void compare(struct walk *w)
{
	u32 code;

	answer(w);
	reads = 0;
	code = walk_translate(w);
	EXPECT(code == want.code);
	walk_model_seen[want.code % WALK_MODEL_CODES]++;
	EXPECT(w->nr_entries == want.nr);
	for (u32 i = 0; i < want.nr && i < w->nr_entries; i++) {
		EXPECT(w->entry[i].gpa == want.at[i]);
		EXPECT(w->entry[i].old == want.old[i]);
		EXPECT(w->entry[i].new == want.new[i]);
	}
	EXPECT(w->user_page == want.user_page);
	EXPECT(walk_canonical(w) == canonical(w));
	if (!code) {
		EXPECT(w->gpa == want.gpa);
		EXPECT(w->cache_type == want.type);
	} else if (code <= HV_TRANSLATE_GVA_INVALID_PAGE_TABLE_FLAGS) {
		EXPECT(walk_fault_error(w, code) == fault_of(w));
	}
}

static void one_walk(struct script *s)
{
	struct walk w;
	u32 broken;

	memset(&w, 0xa5, sizeof(w));
	read_mode(s, &w.mode);
	w.flags = script_u16(s) & HV_TRANSLATE_GVA_FLAGS_MASK;
	w.gva = read_gva(s, w.mode.cr4 & X86_CR4_LA57);
	for (u32 i = 0; i < LEVELS; i++) {
		memory.entry[i] = read_entry(s, w.mode.maxphyaddr_mask, i);
		memory.fault[i] = 0;
	}
	/* Now and then, a table that the VTL cannot read. */
	broken = script_u8(s);
	if (broken < 4 * LEVELS)
		memory.fault[broken % LEVELS] = HV_TRANSLATE_GVA_GPA_UNMAPPED +
						(broken & 1);
	EXPECT(walk_supports(&w.mode));
	compare(&w);
	w.mode.efer &= ~EFER_LMA;
	EXPECT(walk_supports(&w.mode) == !(w.mode.cr0 & X86_CR0_PG));
}

bool walk_model_run(const u8 *data, size_t len)
{
	struct script s = { .data = data, .len = len };

	expect_bad = false;
	while (!script_done(&s) && !expect_bad)
		one_walk(&s);
	return !expect_bad;
}
