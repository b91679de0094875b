// SPDX-License-Identifier: GPL-2.0
/*
 * A trampoline of the function tracer, for a function of the kernel that hardly
 * anybody calls: called, and changed as whoever owns the kernel can.  Must never
 * say that the trampoline was executed unless what it calls was reached.
 */
#include <linux/errno.h>
#include <linux/ftrace.h>
#include <linux/io.h>
#include <linux/math.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/vmalloc.h>

#include "internal.h"

static DEFINE_MUTEX(lock);	/* guards all of this */
static bool added;
static unsigned int hits;
static u8 made[512];			/* as Linux made it */

static void notrace on_call(unsigned long ip, unsigned long parent_ip,
			    struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	hits++;
}

static struct ftrace_ops ops;

static unsigned long (*volatile traced)(unsigned long x) = int_sqrt;

static int add(bool regs)
{
	int ret;

	if (added)
		return -EBUSY;
	/* Its filter, once freed, is not to be used again. */
	ops = (struct ftrace_ops){
		.func = on_call, .flags = regs ? FTRACE_OPS_FL_SAVE_REGS : 0,
	};
	ret = ftrace_set_filter_ip(&ops, (unsigned long)int_sqrt, 0, 1);
	if (ret)
		return ret;
	ret = register_ftrace_function(&ops);
	if (ret) {
		ftrace_free_filter(&ops);
		return ret;
	}
	memcpy(made, (void *)ops.trampoline, sizeof(made));
	added = true;
	return 0;
}

static int remove(void)
{
	int ret;

	ret = unregister_ftrace_function(&ops);
	if (ret)
		return ret;
	ftrace_free_filter(&ops);
	added = false;
	return 0;
}

/* By a mapping of its own, which Linux does not know of. */
static int write(u8 *va, const u8 *bytes, size_t len)
{
	struct page *page = vmalloc_to_page(va);
	u8 *alias;

	alias = page ? vmap(&page, 1, VM_MAP, PAGE_KERNEL) : NULL;
	if (!alias)
		return -ENOMEM;
	memcpy(alias + offset_in_page(va), bytes, len);
	vunmap(alias);
	return 0;
}

static int change(struct vsm_probe_trampoline *req)
{
	u8 *va = (u8 *)ops.trampoline + req->offset;

	if (!req->len || req->len > sizeof(req->bytes) ||
	    req->offset > PAGE_SIZE - req->len)
		return -EINVAL;
	memcpy(req->old, va, req->len);
	switch (req->what) {
	case VSM_PROBE_TRAMPOLINE_WRITE:
		return write(va, req->bytes, req->len);
	case VSM_PROBE_TRAMPOLINE_POKE:
		return probe_text_poke(va, req->bytes, req->len);
	default:
		return 0;
	}
}

int probe_trampoline(struct vsm_probe_trampoline *req)
{
	unsigned int before;
	int ret = 0;

	guard(mutex)(&lock);
	if (req->what == VSM_PROBE_TRAMPOLINE_ADD)
		ret = add(req->regs);
	else if (!added)
		return -ENOENT;
	req->va = ops.trampoline;
	req->size = ops.trampoline_size;
	req->func = (unsigned long)on_call;
	req->data = (unsigned long)&ops;
	req->text = (unsigned long)int_sqrt;
	before = hits;
	switch (req->what) {
	case VSM_PROBE_TRAMPOLINE_ADD:
		return ret;
	case VSM_PROBE_TRAMPOLINE_REMOVE:
		return remove();
	case VSM_PROBE_TRAMPOLINE_CALL:
		req->refused = !probe_execute_by((void *)ops.trampoline,
						 traced);
		req->hits = hits - before;
		return 0;
	case VSM_PROBE_TRAMPOLINE_MEND:
		return write((u8 *)ops.trampoline, made, sizeof(made));
	default:
		return change(req);
	}
}

void probe_trampoline_exit(void)
{
	guard(mutex)(&lock);
	if (added)
		remove();
}
