/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Functions of Linux that are hooked: each call of one goes through a function
 * of ours first, which lets it go on or answers in its place.
 */
#ifndef _VSM_KERNEL_CODE_HOOK_H
#define _VSM_KERNEL_CODE_HOOK_H

#include <linux/ftrace.h>
#include <linux/rwsem.h>
#include <linux/types.h>

struct kprobe;

struct vsm_code_hook {
	const char *symbol;	/* of a function that is not exported, or */
	unsigned long ip;	/* where the function is */
	void (*stub)(void);	/* code_hook_entry.S */
	struct ftrace_ops ops;
	struct rw_semaphore users;	/* for reading: who is in the handler */
	bool added;
};

/* Before code integrity starts, and after it has ended: they write to text. */
int vsm_code_hook_add(struct vsm_code_hook *hook);
void vsm_code_hook_remove(struct vsm_code_hook *hook);

/* Address of a function that is not exported; 0: there is none. */
unsigned long vsm_code_hook_find(const char *symbol);

/* What is behind the hook's call, from where the function goes on. */
unsigned long vsm_code_hook_rest(const struct vsm_code_hook *hook);

/*
 * code_hook_entry.S: called in place of a function's first instruction, with
 * its arguments; 0 from the handler: the function goes on, else it returns
 * that.  Handlers may sleep where the function may, and hold their hook's
 * users for as long as they need anything that goes when the hook is removed.
 */
void vsm_code_file_stub(void);
void vsm_code_poke_stub(void);
void vsm_code_sync_stub(void);
void vsm_code_kprobe_stub(void);
long vsm_code_poke(void *func, void *addr, const void *src, size_t len,
		   unsigned long caller);
long vsm_code_sync(void *cond, void *func);
extern unsigned long vsm_code_poke_rest;
void *vsm_code_poke_behind(void *func, void *addr, const void *src, size_t len);
long vsm_code_kprobe_prepare(const struct kprobe *p);

#endif /* _VSM_KERNEL_CODE_HOOK_H */
