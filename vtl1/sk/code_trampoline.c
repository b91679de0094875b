// SPDX-License-Identifier: GPL-2.0
/*
 * Trampolines of the function tracer: pages that have nothing but what VTL1
 * itself makes of the tracer's entries in verified text.  Must never let
 * anything else be in such a page, nor let it call what the entries may not.
 *
 * Source: arch/x86/kernel/ftrace.c of Linux.
 */
#include "../ci/insns.h"
#include "../ci/trampoline.h"
#include "code.h"
#include "code_kernel.h"
#include "code_made.h"
#include "code_policy.h"
#include "code_variable.h"

#define TRAMPOLINES_MAX	256

struct trampoline {
	u64 va;
	u64 call;		/* where it calls the function of its ops */
	u32 pfn;
};

/* What the entries are called in the kernel. */
static const struct entry {
	enum code_variable begin, op, direct, end;
	enum ci_symbol call;
} entries[] = {
	{
		.begin = V_CALLER, .op = V_CALLER_OP, .direct = VARIABLES,
		.end = V_CALLER_END, .call = CI_SYM_ftrace_call,
	}, {
		.begin = V_REGS_CALLER, .op = V_REGS_CALLER_OP,
		.direct = V_REGS_CALLER_DIRECT, .end = V_REGS_CALLER_END,
		.call = CI_SYM_ftrace_regs_call,
	},
};

/*
 * Innermost: nothing is called with it held.  It guards the table against
 * readers that do not have code_lock; who changes it has both.
 */
static struct spinlock table_lock;
static struct trampoline *table;
static u32 nr;

static bool setup(void)
{
	table = sk_calloc(TRAMPOLINES_MAX, sizeof(*table));
	nr = 0;
	return table;
}

static void release(void)
{
	u64 flags = sk_lock(&table_lock);
	void *old = table;

	table = NULL;
	nr = 0;
	sk_unlock(&table_lock, flags);
	sk_free(old);
}

static void add(const struct trampoline *t)
{
	u64 flags = sk_lock(&table_lock);

	table[nr++] = *t;
	sk_unlock(&table_lock, flags);
}

static void forget(u64 gpa)
{
	u64 flags = sk_lock(&table_lock);
	u64 call = 0;
	u32 i;

	for (i = 0; i < nr; i++) {
		if (table[i].pfn != gpa >> PAGE_SHIFT)
			continue;
		call = table[i].call;
		table[i] = table[--nr];
		break;
	}
	sk_unlock(&table_lock, flags);
	if (call)
		code_site_forget(call, 1);
}

static bool find(u64 va, struct trampoline *ret)
{
	u64 flags = sk_lock(&table_lock);
	bool found = false;
	u32 i;

	for (i = 0; i < nr && !found; i++) {
		found = table[i].va == (va & PAGE_MASK);
		if (found)
			*ret = table[i];
	}
	sk_unlock(&table_lock, flags);
	return found;
}

bool code_trampoline_is(u64 va)
{
	struct trampoline t;

	return find(va, &t) && t.va == va;
}

bool code_trampoline_calls(u64 va)
{
	struct trampoline t;

	return find(va, &t) && t.call == va;
}

/* --- taking a page ------------------------------------------------------------- */

/* From verified text, as it is now: Linux has copied it so. */
static bool read_entry(const struct entry *e, struct ci_trampoline *t)
{
	u64 begin = code_variable(e->begin), end = code_variable(e->end);
	const struct code_object *o = code_object_at(begin);

	if (!o || o->kind != CODE_OBJECT_KERNEL || end <= begin ||
	    end - begin > sizeof(t->bytes) || end > o->base + o->size)
		return false;
	*t = (struct ci_trampoline){
		.va = begin,
		.size = end - begin,
		.op = code_variable(e->op) - begin,
		.call = code_kernel()->sym[e->call] - begin,
	};
	if (e->direct != VARIABLES)
		t->direct = code_variable(e->direct) - begin;
	if (t->op >= t->size || t->call >= t->size || t->direct >= t->size)
		return false;
	code_object_read(o, begin, t->bytes, t->size);
	return true;
}

/* The pointer is data, and leads to some. */
static bool ops_fit(u64 ops)
{
	u64 cr3, gpa;

	if (ops % sizeof(u64) || ops < 1ULL << 63 ||
	    hv_get_vtl0_register(HV_X64_REGISTER_CR3, &cr3))
		return false;
	gpa = code_translate(cr3, ops);
	return gpa != CODE_NOWHERE && !code_page_is(gpa) &&
	       range_contains(&sk.vtl0, gpa & PAGE_MASK, PAGE_SIZE);
}

static bool may_call(u64 site, u64 func)
{
	const struct ci_kernel *kernel = code_kernel();

	return kernel->ftrace_call(kernel->ctx, site, func);
}

/*
 * What is written there is what was made here: whoever, with a device, changes
 * the page after it was read changes nothing of it.
 */
static bool verify(const struct ci_trampoline *entry, u64 va, u8 *page)
{
	static u8 live[CI_TRAMPOLINE_MAX], made[CI_TRAMPOLINE_MAX]; /* code_lock */
	struct ci_trampoline_use use = { .va = va };

	memcpy(live, page, sizeof(live));
	if (!ci_trampoline_valid(entry, code_kernel(), live, &use, made) ||
	    !may_call(entry->va + entry->call, use.func) || !ops_fit(use.ops))
		return false;
	memcpy(page, made, sizeof(made));
	memset(page + sizeof(made), INSN_INT3, PAGE_SIZE - sizeof(made));
	return true;
}

/* Up to the first byte that differs between two; nobody has to wait for it. */
static bool looks_like(const struct ci_trampoline *entry, const u8 *page)
{
	return !memcmp(page, entry->bytes, MIN(entry->op, entry->call));
}

/* It has been there before, and its page is another by now. */
static bool make_room(u64 va)
{
	struct trampoline t;

	return !find(va, &t) ||
	       code_made_drop(&code_trampolines, (u64)t.pfn << PAGE_SHIFT);
}

static bool take_as(const struct ci_trampoline *entry, u64 va, u64 gpa)
{
	const struct trampoline t = {
		.va = va, .call = va + entry->call, .pfn = gpa >> PAGE_SHIFT,
	};
	u8 *page = pa_va(gpa);

	if (!looks_like(entry, page) || !make_room(va) ||
	    nr == TRAMPOLINES_MAX || !code_made_hold(&code_trampolines, gpa))
		return false;
	if (!verify(entry, va, page)) {
		code_made_drop(&code_trampolines, gpa);
		return false;
	}
	if (!code_made_settle(&code_trampolines, gpa))
		return false;
	add(&t);
	code_allowed(VSM_CODE_CLASS_FTRACE);
	return true;
}

static bool take(u64 va, u64 gpa)
{
	static struct ci_trampoline entry;	/* code_lock */
	u32 i;

	for (i = 0; code_kernel() && code_made_may_hold(gpa) &&
	     i < ARRAY_SIZE(entries); i++)
		if (read_entry(&entries[i], &entry) &&
		    take_as(&entry, va, gpa))
			return true;
	return false;
}

void code_trampoline_find(u64 va)
{
	struct trampoline t;
	u64 gpa;

	if (va % PAGE_SIZE || find(va, &t))
		return;
	gpa = code_made_page(va);
	if (gpa != CODE_NOWHERE)
		take(va, gpa);
}

/* --- writing to one ------------------------------------------------------------- */

/* It is patched as the call within the entry is. */
static enum code_rule write(const struct code_write *w,
			    enum vsm_code_class *ret_class)
{
	struct code_object o = {
		.kind = CODE_OBJECT_KERNEL, .size = PAGE_SIZE, .nr_pages = 1,
	};
	enum code_rule rule;
	struct trampoline t;
	u64 site = 0;

	*ret_class = VSM_CODE_CLASS_FTRACE;
	if (!find(w->va, &t) || t.pfn != w->gpa[0] >> PAGE_SHIFT)
		return CODE_RULE_REFUSED;
	o.base = t.va;
	o.pfn = &t.pfn;
	o.sites = (struct ci_sites){
		.base = t.va, .size = PAGE_SIZE, .entry = &site, .max = 1,
	};
	if (ci_sites_add(&o.sites, CI_SITE_FTRACE, t.call, 0))
		return CODE_RULE_REFUSED;
	rule = code_site_check(&o, w, ret_class);
	return rule == CODE_RULE_ALLOWED ? rule : CODE_RULE_REFUSED;
}

const struct code_made code_trampolines = {
	.kind = CODE_TRAMPOLINE,
	.setup = setup,
	.release = release,
	.take = take,
	.write = write,
	.forget = forget,
};
