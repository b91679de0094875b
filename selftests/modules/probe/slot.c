// SPDX-License-Identifier: GPL-2.0
/*
 * Writes to the pages that Linux has for kernel probes what it would not write
 * there: slots that are no copy of a probed instruction, detours that lead
 * elsewhere.  Must never count as tried what would have changed nothing.
 */
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/string.h>

#include "internal.h"

#define SLOT		15
#define PROBED		19	/* a detour's copies, at most */
#define DETOUR		160
#define BREAKPOINT	0xcc
#define CALL		0xe8
#define JUMP		0xe9

static DEFINE_MUTEX(one_at_a_time);
/* All one_at_a_time's. */
static unsigned long text_poke_fn, prepare_fn;
static struct vsm_probe_slots *result;

/* What the driver would say that is probed; 0: nothing. */
static void poke(u8 *to, const u8 *bytes, u32 len, const u8 *probed)
{
	struct kprobe p = { .addr = (u8 *)probed };

	if (probed)
		probe_call(prepare_fn, &p);
	probe_call(text_poke_fn, to, bytes, (size_t)len);
}

/* A write that is to be refused. */
static void try(u8 *to, const u8 *bytes, u32 len, const u8 *probed)
{
	u8 old[DETOUR];

	if (!memcmp(to, bytes, len))
		return;
	memcpy(old, to, len);
	poke(to, bytes, len, probed);
	result->tried++;
	if (!memcmp(to, old, len))
		return;
	if (!result->passed++)
		memcpy(result->bytes, to, min_t(u32, len, 16));
}

static bool is_done(u8 *to, const u8 *bytes, u32 len, const u8 *probed)
{
	poke(to, bytes, len, probed);
	return !memcmp(to, bytes, len);
}

static u8 *target(const u8 *from, const u8 *insn)
{
	s32 rel;

	memcpy(&rel, insn + 1, sizeof(rel));
	return (u8 *)from + 5 + rel;
}

static void lead(u8 *insn, const u8 *from, u8 opcode, const u8 *to)
{
	s32 rel = to - (from + 5);

	insn[0] = opcode;
	memcpy(insn + 1, &rel, sizeof(rel));
}

static void try_each_byte(u8 *to, u8 *bytes, u32 len, u32 except,
			  const u8 *probed)
{
	u32 i;

	for (i = 0; i < len; i++) {
		if (i - except < 8)
			continue;
		bytes[i] ^= 1 << i % 8;
		try(to, bytes, len, probed);
		bytes[i] ^= 1 << i % 8;
	}
}

/* --- slots ---------------------------------------------------------------------- */

/* @good is a copy of the @len bytes at @va, which do not say where they are. */
static int attack_slot(u8 *slot, u8 *good, u32 len, const u8 *va)
{
	u8 jump[SLOT + 5];

	good[len] = BREAKPOINT;
	try_each_byte(slot, good, len + 1, -8, va);
	try(slot, good, len + 1, NULL);
	try(slot, good, len + 1, slot);
	try(slot, good, len + 1, va - 1);
	try(slot, good + 1, len, va + 1);
	try(slot + 1, good, len + 1, va);
	try(slot - 1, good, len + 1, va);
	memcpy(jump, good, len);
	lead(jump + len, slot + len, JUMP, va + len + 1);
	try(slot, jump, len + 5, va);
	lead(jump + len, slot + len, JUMP, va);
	try(slot, jump, len + 5, va);
	/* Other code, even if it is on a boundary of slots. */
	slot = probe_not_a_slot;
	slot += SLOT - 1 - (offset_in_page(slot) + SLOT - 1) % SLOT;
	try(slot, good, len + 1, va);
	return 0;
}

static int attack_slots(struct kprobe *p)
{
	u8 *page = (u8 *)((unsigned long)p->ainsn.insn & PAGE_MASK);
	u8 *free = page + PAGE_SIZE / SLOT * SLOT - SLOT;
	u8 good[SLOT + 1];
	u32 len = p->ainsn.tp_len - 1;

	if (p->ainsn.boostable || len > SLOT - 5 || *free != BREAKPOINT)
		return -EINVAL;
	memcpy(good, p->ainsn.insn, len);
	attack_slot(free, good, len, p->addr);
	if (!is_done(free, good, len + 1, p->addr))
		return -EPERM;
	return 0;
}

/* --- detours -------------------------------------------------------------------- */

struct detour {
	const u8 *va;		/* what is probed */
	u8 *at;
	u32 val;		/* offset of the probe's address */
	u32 len;
	u32 stride;
	u8 bytes[DETOUR];
};

/* The jump at its end says how long the copies are before it. */
static bool understand(struct detour *d)
{
	const u8 *back;
	u32 i;

	memcpy(d->bytes, d->at, min_t(size_t, DETOUR,
				      PAGE_SIZE - offset_in_page(d->at)));
	for (i = 0; i + 15 < DETOUR && !d->len; i++) {
		if (d->bytes[i] == 0x48 && d->bytes[i + 1] == 0xbf &&
		    d->bytes[i + 10] == CALL)
			d->val = i + 2;
		back = target(d->at + i, d->bytes + i);
		if (d->val && d->bytes[i] == JUMP && back >= d->va + 5 &&
		    back <= d->va + PROBED)
			d->len = i + 5;
	}
	d->stride = d->len - (back - d->va) + PROBED;
	return d->len;
}

/* To @at, with which only the two branches change. */
static void move(struct detour *d, u8 *at)
{
	u8 *call = d->bytes + d->val + 8, *back = d->bytes + d->len - 5;

	lead(call, at + d->val + 8, CALL,
	     target(d->at + d->val + 8, call));
	lead(back, at + d->len - 5, JUMP,
	     target(d->at + d->len - 5, back));
	d->at = at;
}

static void try_probe(struct detour *d, u64 probe)
{
	u64 old;

	memcpy(&old, d->bytes + d->val, sizeof(old));
	memcpy(d->bytes + d->val, &probe, sizeof(probe));
	try(d->at, d->bytes, d->len, NULL);
	memcpy(d->bytes + d->val, &old, sizeof(old));
}

static int attack_detour(struct detour *d)
{
	u8 *used = d->at, *page = (u8 *)((unsigned long)used & PAGE_MASK);
	u8 *free = page + PAGE_SIZE / d->stride * d->stride - d->stride;

	if (*free != BREAKPOINT)
		return -EINVAL;
	/* A jump leads to it. */
	try_probe(d, PAGE_OFFSET);
	move(d, free);
	try_each_byte(free, d->bytes, d->len, d->val, NULL);
	try_probe(d, 0x7fff12345678ULL);
	try_probe(d, (unsigned long)d->va & ~7UL);
	try_probe(d, PAGE_OFFSET + 1);
	try(free + 1, d->bytes, d->len, NULL);
	if (!is_done(free, d->bytes, d->len, NULL))
		return -EPERM;
	return 0;
}

/* Another probe under the jump: prepared by Linux, which would take that back. */
static void try_under(u8 *va)
{
	static const u8 breakpoint = BREAKPOINT;
	struct kprobe p = { .addr = va, .flags = KPROBE_FLAG_DISABLED };

	/* No instruction begins there, or it begins the jump. */
	if (register_kprobe(&p))
		return;
	try(va, &breakpoint, sizeof(breakpoint), NULL);
	unregister_kprobe(&p);
}

/* Not of our own: whoever probes has enabled it, and waits. */
static int attack_detours(const struct kprobe *p)
{
	struct detour *d __free(kfree) = kzalloc(sizeof(*d), GFP_KERNEL);
	u32 i;

	if (!d)
		return -ENOMEM;
	if (*p->addr != JUMP)
		return -EAGAIN;
	for (i = 1; i < 5; i++)
		try_under(p->addr + i);
	if (!result->tried)
		return -EINVAL;
	d->va = p->addr;
	d->at = target(p->addr, p->addr);
	return understand(d) ? attack_detour(d) : -EINVAL;
}

int probe_slots(struct vsm_probe_slots *req)
{
	struct kprobe p = {
		.symbol_name = req->symbol, .offset = req->offset,
		.flags = KPROBE_FLAG_DISABLED,
	};
	int ret;

	if (strnlen(req->symbol, sizeof(req->symbol)) == sizeof(req->symbol))
		return -EINVAL;
	guard(mutex)(&one_at_a_time);
	text_poke_fn = probe_find("text_poke");
	prepare_fn = probe_find("vsm_code_kprobe_prepare");
	if (!text_poke_fn || !prepare_fn)
		return -ENOENT;
	result = req;
	ret = register_kprobe(&p);
	if (ret)
		return ret;
	ret = req->detours ? attack_detours(&p) : attack_slots(&p);
	unregister_kprobe(&p);
	return ret;
}
