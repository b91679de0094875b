// SPDX-License-Identifier: GPL-2.0
/*
 * Hooks Linux's functions by direct calls of the function tracer, which take no
 * memory that would have to be executable, and go on working while others
 * trace the same functions.  Must never be what protection rests on: without
 * its hooks Linux is only refused more.
 */
#include "vsm.h"

#include <linux/errno.h>
#include <linux/kprobes.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <asm/ibt.h>

#include "code_hook.h"

#define CALL_OPCODE	0xe8
#define CALL_SIZE	5

/* A probe that is never armed knows where its symbol is. */
unsigned long vsm_code_hook_find(const char *symbol)
{
	struct kprobe p = {
		.symbol_name = symbol, .flags = KPROBE_FLAG_DISABLED,
	};
	unsigned long ip;

	if (register_kprobe(&p))
		return 0;
	ip = (unsigned long)p.addr;
	unregister_kprobe(&p);
	/* Probes of a function's entry are behind its ENDBR. */
	if (is_endbr(*(u32 *)(ip - ENDBR_INSN_SIZE)))
		ip -= ENDBR_INSN_SIZE;
	return ip;
}

/* Where the tracer has its call: the first instruction, or behind ENDBR. */
static unsigned long call_at(unsigned long ip)
{
	return is_endbr(*(u32 *)ip) ? ip + ENDBR_INSN_SIZE : ip;
}

static bool in_place(unsigned long ip)
{
	return READ_ONCE(*(u8 *)call_at(ip)) == CALL_OPCODE;
}

unsigned long vsm_code_hook_rest(const struct vsm_code_hook *hook)
{
	return call_at(hook->ip) + CALL_SIZE;
}

/**
 * vsm_code_hook_add - have a function go through a stub
 * @hook: with @stub and @symbol or @ip; to be zero otherwise
 *
 * Return: 0 or -errno; -ENOENT: no such function, or it cannot be traced.
 */
int vsm_code_hook_add(struct vsm_code_hook *hook)
{
	int ret;

	if (hook->symbol)
		hook->ip = vsm_code_hook_find(hook->symbol);
	if (!hook->ip)
		return -ENOENT;
	ret = ftrace_set_filter_ip(&hook->ops, hook->ip, 0, 0);
	if (ret)
		return ret;
	ret = register_ftrace_direct(&hook->ops, (unsigned long)hook->stub);
	if (ret)
		goto err_filter;
	/* Only now: registering sets the flags. */
	hook->ops.flags |= FTRACE_OPS_FL_PERMANENT;
	/* Nothing is called with kernel.ftrace_enabled=0. */
	if (!in_place(hook->ip)) {
		ret = -EBUSY;
		goto err_direct;
	}
	hook->added = true;
	return 0;

err_direct:
	hook->ops.flags &= ~FTRACE_OPS_FL_PERMANENT;
	unregister_ftrace_direct(&hook->ops, (unsigned long)hook->stub, false);
err_filter:
	ftrace_free_filter(&hook->ops);
	return ret;
}

/* Returns when nobody is in the stub or its handler any more. */
void vsm_code_hook_remove(struct vsm_code_hook *hook)
{
	int ret;

	if (!hook->added)
		return;
	hook->added = false;
	ret = unregister_ftrace_direct(&hook->ops, (unsigned long)hook->stub,
				       true);
	if (ret)
		pr_err("%s: the hook stays (%d)\n", hook->symbol ?: "code",
		       ret);
	/* Who is on the way in, who sleeps in the handler, who is on the way out. */
	synchronize_rcu_tasks();
	down_write(&hook->users);
	up_write(&hook->users);
	synchronize_rcu_tasks();
}
