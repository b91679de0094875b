// SPDX-License-Identifier: GPL-2.0
/*
 * Many writes to verified text by one secure call, on the host: which are done,
 * in what order, and what VTL0 can do with the page that names them (run under
 * ASan).  Must never decide what may be written: the rules are stand-ins.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../vtl1/sk/code.h"
#include "../../vtl1/sk/code_object.h"
#include "../../vtl1/sk/code_patch.h"
#include "../../vtl1/sk/code_policy.h"
#include "../../vtl1/sk/code_made.h"
#include "../../vtl1/sk/code_slot.h"
#include "../../vtl1/sk/vtl0.h"

/* --- VTL0's memory: the page of writes, and two of text ----------------------- */

#define ENTRIES		0x10000ULL
#define TEXT		0xffffffff81000000ULL
#define TEXT_SIZE	(2 * PAGE_SIZE - 100)
#define NOT_TEXT	0xffffffffc0000000ULL
#define REFUSED		0xf1		/* the stand-in's only rule */

u64 sk_direct;
static u8 *ram;
static struct vsm_code_write *entries;
static u32 pfn[2] = { 0x11, 0x12 };
static struct code_object object = {
	.kind = CODE_OBJECT_KERNEL, .base = TEXT, .size = TEXT_SIZE,
	.pfn = pfn, .nr_pages = 2,
};

static u8 *text(u64 off)
{
	return ram + ((u64)pfn[off / PAGE_SIZE] << PAGE_SHIFT) +
	       off % PAGE_SIZE;
}

/* --- what is around it -------------------------------------------------------- */

struct spinlock code_lock;
static bool irqs_off;
static u32 mode, looks, breaches;
static bool outside;			/* a rule was asked without the lock */
static void (*meanwhile)(void);		/* VTL0, while a rule looks */

u64 irq_save(void)
{
	u64 was = irqs_off;

	irqs_off = true;
	return was;
}

void irq_restore(u64 flags)
{
	irqs_off = flags;
}

/* Nobody else has the lock. */
bool sk_wait_turn(const struct spinlock *lock, u32 ticket)
{
	(void)lock;
	(void)ticket;
	abort();
}

void sk_die(void)
{
	abort();
}

void cpu_relax(void)
{
	abort();
}

const void *vtl0_page(u64 gpa)
{
	return gpa == ENTRIES ? entries : NULL;
}

u32 code_mode(void)
{
	return mode;
}

struct code_object *code_object_at(u64 va)
{
	return va - TEXT < TEXT_SIZE ? &object : NULL;
}

void code_object_read(const struct code_object *o, u64 va, u8 *buf, u32 len)
{
	u32 i;

	for (i = 0; i < len; i++)
		buf[i] = *text(va + i - o->base);
}

enum code_rule code_site_check(const struct code_object *o,
			       const struct code_write *w,
			       enum vsm_code_class *ret_class)
{
	(void)o;
	*ret_class = VSM_CODE_CLASS_FTRACE;
	looks++;
	outside |= !irqs_off || !spin_is_locked(&code_lock);
	if (meanwhile)
		meanwhile();
	return w->bytes[0] == REFUSED ? CODE_RULE_REFUSED : CODE_RULE_ALLOWED;
}

enum code_rule code_kprobe_check(const struct code_object *o,
				 const struct code_write *w,
				 enum vsm_code_class *ret_class)
{
	(void)o;
	(void)w;
	(void)ret_class;
	return CODE_RULE_NONE;
}

bool code_breach_write(enum vsm_code_class class, u8 rule, u64 gva, u64 gpa)
{
	(void)class;
	(void)rule;
	(void)gva;
	(void)gpa;
	breaches++;
	return mode != VSM_CODE_MODE_ENFORCE;
}

void code_allowed(enum vsm_code_class class)
{
	(void)class;
}

void code_site_forget(u64 base, u64 size)
{
	(void)base;
	(void)size;
}

void code_kprobe_forget(u64 base, u64 size)
{
	(void)base;
	(void)size;
}

/* Nothing but verified text is ever asked for here. */
#define NEVER(name)	bool name(u64 gpa) { (void)gpa; abort(); }

NEVER(code_page_is)
NEVER(code_page_is_kernel)
NEVER(code_page_is_held)
NEVER(code_page_to_dynamic)
NEVER(code_dynamic_is)
NEVER(code_object_owns)

bool code_made_is(const struct code_write *w)
{
	(void)w;
	abort();
}

enum code_rule code_made_write(const struct code_write *w,
			       enum vsm_code_class *ret_class)
{
	(void)w;
	(void)ret_class;
	abort();
}

bool code_slot_write(const struct code_write *w)
{
	(void)w;
	abort();
}

u8 code_mode_of(enum vsm_code_class class)
{
	(void)class;
	abort();
}

/* --- tests ---------------------------------------------------------------------- */

static int failures, tests;

static void check(bool ok, const char *what)
{
	printf("%sok %d %s\n", ok ? "" : "not ", ++tests, what);
	failures += !ok;
}

static void fresh(void)
{
	memset(ram + ENTRIES, 0, 3 * PAGE_SIZE);
	mode = VSM_CODE_MODE_ENFORCE;
	looks = 0;
	breaches = 0;
	meanwhile = NULL;
}

static void put(u32 i, u64 address, u8 len, u8 byte)
{
	entries[i] = (struct vsm_code_write){ .address = address, .len = len };
	memset(entries[i].bytes, byte, sizeof(entries[i].bytes));
}

/* One byte each, 8 apart, over both pages. */
static void fill(void)
{
	u32 i;

	fresh();
	for (i = 0; i < VSM_CODE_WRITES_MAX; i++)
		put(i, TEXT + 3072 + 8 * i, 1, 0x40 + i % 64);
}

static bool filled(u32 first, u32 end)
{
	u32 i;

	for (i = 0; i < VSM_CODE_WRITES_MAX; i++)
		if (*text(3072 + 8 * i) !=
		    (i >= first && i < end ? 0x40 + i % 64 : 0))
			return false;
	return true;
}

/* VSM_S_*, and the first that was not done in @ret. */
static u64 call(u64 gpa, u64 first, u64 end, u64 *ret)
{
	const u64 arg[5] = { gpa, first, end };
	u64 out[3] = { 0 }, status;

	status = scall_code_writes(arg, out);
	*ret = out[0];
	if (irqs_off || spin_is_locked(&code_lock))
		abort();
	return status;
}

static bool is(u64 want, u64 want_at, u64 first, u64 end)
{
	u64 at, status = call(ENTRIES, first, end, &at);

	return status == want && at == want_at;
}

static void test_done(void)
{
	u32 owner = code_lock.owner;

	fill();
	check(is(VSM_S_OK, 256, 0, 256) && filled(0, 256) && looks == 256,
	      "a page of writes is done");
	check(code_lock.owner - owner == 16, "the lock is free 16 times");
	check(!outside, "rules are asked with the lock held");
	fill();
	check(is(VSM_S_OK, 200, 37, 200) && filled(37, 200),
	      "some of them are done");
	fill();
	check(is(VSM_S_OK, 256, 255, 256) && filled(255, 256),
	      "the last of them is done");
	fresh();
	put(0, TEXT + PAGE_SIZE - 3, 7, 0x55);
	put(1, TEXT + PAGE_SIZE - 2, 1, 0x66);
	check(is(VSM_S_OK, 2, 0, 2) && *text(PAGE_SIZE - 3) == 0x55 &&
	      *text(PAGE_SIZE - 2) == 0x66 && *text(PAGE_SIZE + 3) == 0x55 &&
	      !*text(PAGE_SIZE + 4), "they are done in order, over pages, too");
}

static void test_arguments(void)
{
	u64 at;

	fill();
	check(is(VSM_S_INVALID_PARAMETER, 0, 0, 0) &&
	      is(VSM_S_INVALID_PARAMETER, 0, 5, 5) &&
	      is(VSM_S_INVALID_PARAMETER, 0, 6, 5), "none of them");
	check(is(VSM_S_INVALID_PARAMETER, 0, 0, 257) &&
	      is(VSM_S_INVALID_PARAMETER, 0, 256, 257) &&
	      is(VSM_S_INVALID_PARAMETER, 0, ~0ULL, 1) &&
	      is(VSM_S_INVALID_PARAMETER, 0, 0, 1ULL << 32 | 1) &&
	      is(VSM_S_INVALID_PARAMETER, 0, ~0ULL - 1, ~0ULL),
	      "more than a page has");
	check(call(ENTRIES + 8, 0, 1, &at) == VSM_S_INVALID_ADDRESS &&
	      call(0, 0, 1, &at) == VSM_S_INVALID_ADDRESS && filled(0, 0),
	      "a page that is not VTL0's");
	mode = 0;
	check(is(VSM_S_NOT_READY, 0, 0, 256) && filled(0, 0),
	      "code integrity is off");
}

/* Number 20, all others are good. */
static bool stops(u64 want, u64 address, u8 len, u8 byte)
{
	fill();
	put(20, address, len, byte);
	return is(want, 20, 0, 256) && filled(0, 20);
}

static void test_stops(void)
{
	const u64 good = TEXT + 100;

	check(stops(VSM_S_INVALID_PARAMETER, good, 0, 0x50) &&
	      stops(VSM_S_INVALID_PARAMETER, good, 8, 0x50) &&
	      stops(VSM_S_INVALID_PARAMETER, good, 255, 0x50),
	      "no bytes, or too many");
	check(stops(VSM_S_INVALID_PARAMETER, ~0ULL - 2, 4, 0x50) &&
	      stops(VSM_S_NOT_FOUND, ~0ULL - 7, 7, 0x50), "an address that wraps");
	check(stops(VSM_S_NOT_FOUND, NOT_TEXT, 1, 0x50) &&
	      stops(VSM_S_NOT_FOUND, 0, 1, 0x50) &&
	      stops(VSM_S_NOT_FOUND, TEXT - 1, 2, 0x50) &&
	      stops(VSM_S_NOT_FOUND, TEXT + TEXT_SIZE, 1, 0x50) &&
	      stops(VSM_S_NOT_FOUND, TEXT + TEXT_SIZE - 1, 2, 0x50) && !breaches,
	      "what is not verified text is left to a call of its own");
	object.kind = CODE_OBJECT_FOUND;
	fill();
	check(is(VSM_S_NOT_FOUND, 0, 0, 256) && filled(0, 0),
	      "nor is what was only found verified");
	object.kind = CODE_OBJECT_KERNEL;
	check(stops(VSM_S_DENIED, good, 1, REFUSED) && breaches == 1 &&
	      !*text(100), "what is refused ends it, and is not done");
	check(is(VSM_S_OK, 256, 21, 256), "it goes on behind that");
	mode = VSM_CODE_MODE_AUDIT;
	put(20, good, 1, REFUSED);
	check(is(VSM_S_OK, 256, 0, 256) && *text(100) == REFUSED,
	      "audited, it is done");
}

/* --- VTL0 changes what it has named ------------------------------------------- */

static void spoil(void)
{
	u32 i;

	for (i = 0; i < 16; i++)
		put(i, TEXT + 100, 7, 0x77);
}

static void test_copies(void)
{
	fill();
	meanwhile = spoil;
	check(is(VSM_S_OK, 256, 0, 256) && filled(0, 256) && !*text(100),
	      "what is copied stays as it was");
	/* Writes to the page that names them. */
	fresh();
	pfn[0] = ENTRIES >> PAGE_SHIFT;
	put(0, TEXT + 8, 1, 0);
	put(1, TEXT + 16, 7, 0x99);
	put(2, TEXT + 32, 1, 0x98);
	check(is(VSM_S_OK, 3, 0, 3) && ((u8 *)entries)[16] == 0x99 &&
	      ((u8 *)entries)[32] == 0x98 && !entries[0].len,
	      "the page that names them may be text");
	pfn[0] = 0x11;
}

/* Any bytes: what is outside the text stays, whatever they say. */
static void test_random(void)
{
	u64 at, status;
	bool ok = true;
	u32 i, k;

	srand(1);
	for (i = 0; i < 20000; i++) {
		fresh();
		for (k = 0; k < PAGE_SIZE; k++)
			((u8 *)entries)[k] = rand();
		for (k = 0; k < VSM_CODE_WRITES_MAX; k++) {
			if (rand() % 8)
				entries[k].address = TEXT - 8 +
						     rand() % (2 * PAGE_SIZE);
			if (rand() % 16)
				entries[k].len %= 9;
		}
		status = call(ENTRIES, 0, 256, &at);
		ok &= at <= 256 && !status == (at == 256);
		for (k = TEXT_SIZE; k < 2 * PAGE_SIZE; k++)
			ok &= !*text(k);
	}
	check(ok, "any bytes");
}

int main(void)
{
	/* ASan sees what is before the page of writes and behind the text. */
	u8 *pages = aligned_alloc(PAGE_SIZE, 3 * PAGE_SIZE);

	ram = pages - ENTRIES;
	sk_direct = (u64)ram;
	entries = (void *)pages;
	test_done();
	test_arguments();
	test_stops();
	test_copies();
	test_random();
	printf("1..%d\n", tests);
	free(pages);
	return failures ? 1 : 0;
}
