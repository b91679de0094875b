// SPDX-License-Identifier: GPL-2.0
/*
 * Writes to code, VTL0's side: Linux has one function that writes to its text,
 * and here it asks the secure kernel to do it.  Must never be trusted: a write
 * that does not come this way is refused.
 */
#include "machine.h"

#include <linux/delay.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <linux/wait.h>

#include "code.h"
#include "code_batch.h"
#include "code_hook.h"

#define ENDING_MS	20
#define ENDING_TRIES	150
#define SETTLE_PATIENCE	(30 * HZ)

static struct vsm_code_hook hook = {
	.symbol = "__text_poke",
	.stub = vsm_code_poke_stub,
	.users = __RWSEM_INITIALIZER(hook.users),
};

/* What __text_poke() is asked to do other than memcpy(). */
static unsigned long memset_fn;

/* One write at a time, as text_mutex has it, too: for the page. */
static DEFINE_MUTEX(poke_lock);
static u8 *page;			/* poke_lock */

/* Set with code integrity's start, cleared when nothing of it is left. */
static bool patching;

/*
 * Whoever starts code integrity, until it knows where Linux may write: others
 * wait for that, but not for ever, for he may wait for them.
 */
static struct task_struct *starter;
static DECLARE_WAIT_QUEUE_HEAD(settled);

/* From stop_machine(), or when no text is protected any more. */
void vsm_code_patching(bool on)
{
	WRITE_ONCE(patching, on);
}

static void write_here(void *sc)
{
	vsm_vtl_call(sc);
}

/* Not interrupted, so on one CPU and not preempted; any that has a VTL1. */
static u64 call(struct vsm_scall *sc)
{
	unsigned int cpu;

	if (!vsm_vtl_call(sc) && sc->status != VSM_S_NOT_READY)
		return sc->status;
	/* Here there is none, or none any more. */
	for_each_cpu_and(cpu, &vsm_vtl1_cpus, cpu_online_mask) {
		smp_call_function_single(cpu, write_here, sc, true);
		if (sc->status != VSM_S_NOT_READY)
			break;
	}
	return sc->status;
}

static u64 page_gpa(unsigned long addr)
{
	if (!is_vmalloc_or_module_addr((void *)addr))
		return __pa(addr) & PAGE_MASK;
	return (u64)vmalloc_to_pfn((void *)addr) << PAGE_SHIFT;
}

/* At most a page of bytes, at @page or, when they are few, in registers. */
static u64 write_part(unsigned long addr, size_t len)
{
	u64 probed = vsm_code_kprobe_probed(len);
	struct vsm_scall sc = {
		.fn = VSM_SC_CODE_WRITE,
		.arg = { addr, len, virt_to_phys(page), 0, page_gpa(addr) },
	};

	if (offset_in_page(addr) + len > PAGE_SIZE) {
		sc.arg[3] = page_gpa(addr + PAGE_SIZE);
	} else if (probed) {
		sc.arg[1] |= VSM_CODE_WRITE_SLOT;
		sc.arg[3] = probed;
	} else if (len <= VSM_CODE_WRITE_INLINE) {
		sc.arg[1] |= VSM_CODE_WRITE_HERE;
		memcpy(&sc.arg[2], page, VSM_CODE_WRITE_INLINE);
	}
	return call(&sc);
}

static u64 write(void *addr, const void *src, size_t len, bool set)
{
	u64 status = VSM_S_OK;
	size_t done, part;

	for (done = 0; done < len && !status; done += part) {
		part = min_t(size_t, len - done, PAGE_SIZE);
		if (set)
			memset(page, *(const int *)src, part);
		else
			memcpy(page, src + done, part);
		status = write_part((unsigned long)addr + done, part);
	}
	return status;
}

/*
 * While the secure kernel shuts down, text is still protected, but nobody can
 * be asked; nor is a module written to while it is compared.  It takes no longer
 * than a moment.
 */
static u64 write_or_wait(void *addr, const void *src, size_t len, bool set)
{
	unsigned int i;
	u64 status = VSM_S_NOT_FOUND;

	for (i = 0; i < ENDING_TRIES && READ_ONCE(patching); i++) {
		mutex_lock(&poke_lock);
		status = write(addr, src, len, set);
		mutex_unlock(&poke_lock);
		if (status != VSM_S_NOT_READY && status != VSM_S_BUSY)
			break;
		/* It broke: that does not pass. */
		if (status == VSM_S_NOT_READY &&
		    !READ_ONCE(vsm_machine.stopping))
			break;
		msleep(ENDING_MS);
	}
	return READ_ONCE(patching) ? status : VSM_S_NOT_FOUND;
}

/* For whoever has to know what is code, but who finds it out himself. */
bool vsm_code_wait_settled(void)
{
	const struct task_struct *who = READ_ONCE(starter);

	if (!who || who == current)
		return false;
	wait_event_timeout(settled, !READ_ONCE(starter), SETTLE_PATIENCE);
	return true;
}

/* Where the function goes on behind its hook. */
unsigned long vsm_code_poke_rest;

/*
 * Nothing is said of it but by an event: __text_poke() itself has BUG_ON() where
 * the text is not what it wrote.
 */
void vsm_code_poke_refused(const void *addr, size_t len, u64 status)
{
	pr_warn_ratelimited("%pS: %zu bytes not written: %s\n", addr, len,
			    vsm_scall_name(status));
}

/* False: what is written to is no code, Linux is to do it. */
static bool poke(void *func, void *addr, const void *src, size_t len)
{
	u64 status = write_or_wait(addr, src, len,
				   (unsigned long)func == memset_fn);

	if (status && status != VSM_S_NOT_FOUND)
		vsm_code_poke_refused(addr, len, status);
	return status != VSM_S_NOT_FOUND;
}

void vsm_code_poke_one(void *func, void *addr, const void *src, size_t len)
{
	if (!poke(func, addr, src, len))
		vsm_code_poke_behind(func, addr, src, len);
}

/*
 * __text_poke(func, addr, src, len), which returns @addr.  0: it is to do the
 * work.  Whoever has writes in the queue stays a user of the hook: it goes when
 * there are none.
 */
long vsm_code_poke(void *func, void *addr, const void *src, size_t len,
		   unsigned long caller)
{
	bool written;

	if (!vsm_code_batch_mine()) {
		if (!READ_ONCE(patching)) {
			vsm_code_batch_watch(caller);
			return 0;
		}
		down_read(&hook.users);
		vsm_code_wait_settled();
	}
	if ((unsigned long)func != memset_fn &&
	    vsm_code_batch_put(func, addr, src, len, caller))
		return (long)addr;
	vsm_code_batch_write();
	written = poke(func, addr, src, len);
	up_read(&hook.users);
	return written ? (long)addr : 0;
}

/* on_each_cpu_cond_mask(cond, func, ...), which always goes on. */
long vsm_code_sync(void *cond, void *func)
{
	if (vsm_code_batch_ends(func)) {
		vsm_code_batch_write();
		up_read(&hook.users);
	}
	return 0;
}

/* It is known, or will not be. */
void vsm_code_settled(void)
{
	WRITE_ONCE(starter, NULL);
	wake_up_all(&settled);
}

/* Before anything is protected, by who then calls vsm_code_settled(). */
int vsm_code_patch_init(void)
{
	int ret;

	memset_fn = vsm_code_hook_find("text_poke_memset");
	if (!memset_fn) {
		pr_err("text_poke_memset() not found: not a kernel that is known\n");
		return -ENOENT;
	}
	page = (u8 *)__get_free_page(GFP_KERNEL);
	if (!page)
		return -ENOMEM;
	ret = vsm_code_hook_add(&hook);
	if (ret) {
		pr_err("no hook on %s (%d): the kernel needs CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS and kernel.ftrace_enabled=1\n",
		       hook.symbol, ret);
		free_page((unsigned long)page);
		page = NULL;
		return ret;
	}
	vsm_code_poke_rest = vsm_code_hook_rest(&hook);
	vsm_code_batch_init();
	vsm_code_kprobe_init();
	WRITE_ONCE(starter, current);
	return 0;
}

/* When nothing is protected any more. */
void vsm_code_patch_exit(void)
{
	if (!page)
		return;
	vsm_code_patching(false);
	vsm_code_settled();
	/* Whoever keeps writes: Linux makes them now, and nobody keeps more. */
	down_write(&hook.users);
	up_write(&hook.users);
	vsm_code_batch_exit();
	vsm_code_kprobe_exit();
	vsm_code_hook_remove(&hook);
	free_page((unsigned long)page);
	page = NULL;
}
