// SPDX-License-Identifier: GPL-2.0
/*
 * Executes what an address points to, in kernel mode, and survives the fault.
 * Must never swallow a page fault of anybody else.
 */
#include <linux/errno.h>
#include <linux/kprobes.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/uaccess.h>
#include <asm/nospec-branch.h>
#include <asm/pgtable.h>
#include <asm/ptrace.h>

#include "internal.h"

/* One attempt at a time; read by the kprobe on the same CPU's fault. */
static struct task_struct *trier;
static unsigned long target;
static bool refused;

/* In place of page_fault_oops(), with its return address on the stack. */
static noinline notrace void just_return(void)
{
	asm volatile("");
}

/*
 * page_fault_oops(regs, error_code, address) is where Linux ends up when it
 * finds nothing to do about a fault of its own.  A fault on the very first
 * instruction of @target becomes a return with RAX = 1.
 */
static int __kprobes oops_pre(struct kprobe *p, struct pt_regs *regs)
{
	struct pt_regs *fault = (struct pt_regs *)regs->di;

	if (current != trier || fault->ip != target)
		return 0;
	fault->ip = *(unsigned long *)fault->sp;
	fault->sp += sizeof(unsigned long);
	fault->ax = 1;
	refused = true;
	/* A probe may change where to go on, but not the stack pointer. */
	regs->ip = (unsigned long)just_return;
	return 1;
}

/* A probe that changes RIP needs one. */
static void __kprobes oops_post(struct kprobe *p, struct pt_regs *regs,
				unsigned long flags)
{
}

static struct kprobe oops_probe = {
	.symbol_name = "page_fault_oops",
	.pre_handler = oops_pre,
	.post_handler = oops_post,
};

static bool registered;

bool probe_can_execute(void)
{
	return registered;
}

/*
 * Linux makes no executable mapping for anybody; whoever owns the kernel does.
 * Other CPUs never use the address, so that they have nothing to flush.
 */
bool probe_make_executable(void *va)
{
	unsigned int level;
	pte_t *pte;

	pte = lookup_address((unsigned long)va, &level);
	if (!pte || level != PG_LEVEL_4K)
		return false;
	set_pte(pte, __pte(pte_val(*pte) & ~_PAGE_NX));
	asm volatile("invlpg (%0)" : : "r" (va) : "memory");
	return true;
}

/* A page of text, which nothing executes: execute_asm.S. */
extern char probe_text_page[];
static pte_t text_pte;

static void flush_text_page(void *unused)
{
	asm volatile("invlpg (%0)" : : "r" (probe_text_page) : "memory");
}

static bool set_text_pte(pte_t pte, pte_t *old)
{
	unsigned int level;
	pte_t *at = lookup_address((unsigned long)probe_text_page, &level);

	if (!at || level != PG_LEVEL_4K)
		return false;
	*old = *at;
	set_pte(at, pte);
	on_each_cpu(flush_text_page, NULL, 1);
	return true;
}

/* Page @pfn, where approved code was: not a bit of the entry but the address. */
void *probe_over_text(unsigned long pfn)
{
	unsigned int level;
	pte_t *at = lookup_address((unsigned long)probe_text_page, &level);

	if (!at || !set_text_pte(pfn_pte(pfn, pte_pgprot(*at)), &text_pte))
		return NULL;
	return probe_text_page;
}

void probe_over_text_undo(void)
{
	pte_t unused;

	set_text_pte(text_pte, &unused);
}

/* False: the fetch faulted.  The caller makes sure of one at a time. */
bool probe_execute(void *va)
{
	unsigned long rax = 0;

	trier = current;
	target = (unsigned long)va;
	asm volatile(ANNOTATE_RETPOLINE_SAFE
		     "call *%[target]\n"
		     : "+a" (rax), ASM_CALL_CONSTRAINT
		     : [target] "b" (va)
		     : "memory", "cc", "rcx", "rdx", "rsi", "rdi", "r8", "r9",
		       "r10", "r11");
	trier = NULL;
	return !rax;
}

/* The same of what @fn, which keeps no more of RAX, calls. */
bool probe_execute_by(void *va, unsigned long (*fn)(unsigned long x))
{
	trier = current;
	target = (unsigned long)va;
	refused = false;
	fn(1);
	trier = NULL;
	return !refused;
}

void probe_execute_init(void)
{
	int ret;

	ret = register_kprobe(&oops_probe);
	registered = !ret;
	if (ret)
		pr_warn("vsm_probe: no kprobe, execution is not tried (%d)\n",
			ret);
}

void probe_execute_exit(void)
{
	if (registered)
		unregister_kprobe(&oops_probe);
}
