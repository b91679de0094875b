// SPDX-License-Identifier: GPL-2.0
/*
 * Batches of writes to code: Linux changes up to 256 places in three steps, and
 * has all processors see each step before it begins the next.  What it writes in
 * a step waits here until then, and is one secure call.  Must never keep a write
 * longer, nor let anything be written before what was written earlier.
 *
 * Source: text_poke_bp_batch() of arch/x86/kernel/alternative.c.
 */
#include "machine.h"

#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/jump_label.h>
#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/string.h>

#include "code_batch.h"
#include "code_hook.h"

static_assert(VSM_CODE_WRITES_MAX * sizeof(struct vsm_code_write) == PAGE_SIZE);

/* Each step ends with it, and with do_sync_core(). */
static struct vsm_code_hook hook = {
	.ip = (unsigned long)on_each_cpu_cond_mask,
	.stub = vsm_code_sync_stub,
	.users = __RWSEM_INITIALIZER(hook.users),
};

/* The name that Linux's function had first, and that it has now. */
static const char * const names[] = {
	"text_poke_bp_batch", "smp_text_poke_batch_finish",
};

static unsigned long begin, size;	/* of Linux's function */
static unsigned long sync_fn;		/* do_sync_core() */
static bool known;			/* batches are as they are expected */

/* One batch at a time: whoever has text_mutex. */
static struct vsm_code_write *queue;
static void *copy_fn;			/* what __text_poke() copies with */
static struct task_struct *owner;
u32 vsm_code_queued;			/* the stub looks at it */

bool vsm_code_batch_mine(void)
{
	return READ_ONCE(owner) == current;
}

static bool in_batch(unsigned long caller)
{
	return caller - begin < size;
}

/**
 * vsm_code_batch_put - keep a write until the end of its step
 * @fn: what __text_poke() is to copy with
 * @addr: where it goes
 * @src: what goes there
 * @len: bytes of it
 * @caller: who called __text_poke()
 *
 * Return: false when it has to be done at once, after all that is kept.
 */
bool vsm_code_batch_put(void *fn, void *addr, const void *src, size_t len,
			unsigned long caller)
{
	struct vsm_code_write *w = &queue[vsm_code_queued];

	/* Of this module, nothing is verified. */
	if (!known || !in_batch(caller) || !vsm_code_kernel_known() ||
	    len > sizeof(w->bytes) || vsm_code_queued == VSM_CODE_WRITES_MAX ||
	    within_module_core((unsigned long)addr, THIS_MODULE))
		return false;
	w->address = (unsigned long)addr;
	w->len = len;
	memcpy(w->bytes, src, len);
	copy_fn = fn;
	WRITE_ONCE(owner, current);
	WRITE_ONCE(vsm_code_queued, vsm_code_queued + 1);
	return true;
}

/* Those from @at on; returns the first that was not done, and why. */
static u32 call(u32 at, u32 nr, u64 *ret_status)
{
	struct vsm_scall sc = {
		.fn = VSM_SC_CODE_WRITES,
		.arg = { virt_to_phys(queue), at, nr },
	};

	*ret_status = VSM_S_NOT_FOUND;
	/* What is alone is a call in any case. */
	if (nr - at < 2 || vsm_scall(&sc, false))
		return at;
	*ret_status = sc.status;
	return sc.ret[0] > at ? min_t(u64, sc.ret[0], nr) : at;
}

/* What is not done together, for whatever reason, is done as if it were alone. */
void vsm_code_batch_write(void)
{
	u32 at = 0, nr = vsm_code_queued;
	const struct vsm_code_write *w;
	u64 status;

	while (at < nr) {
		at = call(at, nr, &status);
		if (at == nr)
			break;
		w = &queue[at++];
		if (status == VSM_S_DENIED)
			vsm_code_poke_refused((void *)w->address, w->len, status);
		else
			vsm_code_poke_one(copy_fn, (void *)w->address, w->bytes,
					  w->len);
	}
	WRITE_ONCE(owner, NULL);
	WRITE_ONCE(vsm_code_queued, 0);
}

/* --- is all that so? -------------------------------------------------------------- */

static DEFINE_STATIC_KEY_FALSE(key);
static struct task_struct *watcher;
static unsigned int seen;

static noinline bool site(void)
{
	return static_branch_unlikely(&key);
}

/* A write that Linux makes itself. */
void vsm_code_batch_watch(unsigned long caller)
{
	if (READ_ONCE(watcher) != current || !in_batch(caller))
		return;
	seen++;
	WRITE_ONCE(vsm_code_queued, 1);
}

/* True: the writes of a step have to be made now. */
bool vsm_code_batch_ends(void *func)
{
	if ((unsigned long)func != sync_fn)
		return false;
	if (READ_ONCE(watcher) == current)
		WRITE_ONCE(vsm_code_queued, 0);
	return vsm_code_batch_mine();
}

/* There and back: three steps each, and no write that nothing follows. */
static bool is_as_expected(void)
{
	bool on, as_expected;

	seen = 0;
	WRITE_ONCE(watcher, current);
	static_branch_enable(&key);
	on = site();
	static_branch_disable(&key);
	WRITE_ONCE(watcher, NULL);
	as_expected = on && !site() && seen == 6 && !vsm_code_queued;
	WRITE_ONCE(vsm_code_queued, 0);
	return as_expected;
}

/* "name+0x0/0x2f0" */
static unsigned long size_of(unsigned long ip)
{
	char text[KSYM_SYMBOL_LEN];
	unsigned long bytes;
	const char *slash;

	sprint_symbol(text, ip);
	slash = strrchr(text, '/');
	return slash && !kstrtoul(slash + 1, 16, &bytes) ? bytes : 0;
}

static bool find(void)
{
	unsigned int i;

	begin = 0;
	for (i = 0; i < ARRAY_SIZE(names) && !begin; i++)
		begin = vsm_code_hook_find(names[i]);
	sync_fn = vsm_code_hook_find("do_sync_core");
	size = begin ? size_of(begin) : 0;
	return size && sync_fn;
}

/* When the hook of __text_poke() is there; nothing fails without batches. */
void vsm_code_batch_init(void)
{
	queue = (void *)get_zeroed_page(GFP_KERNEL);
	if (queue && find() && !vsm_code_hook_add(&hook))
		known = is_as_expected();
	if (!known)
		pr_warn("Linux's batches of writes to its code are not as they are known: a secure call for each write\n");
}

/* When nothing is kept, and nobody will. */
void vsm_code_batch_exit(void)
{
	known = false;
	vsm_code_hook_remove(&hook);
	free_page((unsigned long)queue);
	queue = NULL;
}
