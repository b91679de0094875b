// SPDX-License-Identifier: GPL-2.0
/*
 * An attacker who owns VTL0's kernel and waits for modules: between the kernel's
 * own checks and the secure kernel's, or after them, it changes what is in
 * memory.  What it does to the next module is in the parameter how; what came
 * of it, in result.  Must never leave a mapping that it has changed.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/mm.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/pgtable.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <asm/asm.h>

static char how[16];
module_param_string(how, how, sizeof(how), 0644);
MODULE_PARM_DESC(how, "what is changed of the next modules: text, end, init, call, rodata, base, alias, twice, after-text, after-rodata, at-end; empty: nothing");

static char result[16] = "none";
module_param_string(result, result, sizeof(result), 0444);
MODULE_PARM_DESC(result, "none, done or refused");

static struct {
	struct module *mod;
	pte_t *pte;
	pte_t was;
	unsigned long addr;
	void *base;
} changed;

static bool is(const char *name)
{
	return sysfs_streq(how, name);
}

/* False: the processor, or whoever is below it, said no. */
static bool store(u8 *at, u8 byte)
{
	int err = 1;

	asm volatile("1:	movb %[byte], (%[at])\n"
		     "	xorl %[err], %[err]\n"
		     "2:\n"
		     _ASM_EXTABLE(1b, 2b)
		     : [err] "+r" (err)
		     : [at] "r" (at), [byte] "q" (byte) : "memory");
	return !err;
}

/* Through a mapping of our own: Linux has write protected the other one. */
static void put(void *at, const u8 *bytes, size_t n)
{
	struct page *page = vmalloc_to_page(at);
	u8 *alias = vmap(&page, 1, VM_MAP, PAGE_KERNEL);
	bool ok = true;
	size_t i;

	if (!alias)
		return;
	for (i = 0; i < n; i++)
		ok &= store(alias + offset_in_page(at) + i, bytes[i]);
	vunmap(alias);
	strscpy(result, ok ? "done" : "refused");
}

static void flip(void *at)
{
	u8 byte = *(u8 *)at ^ 0x10;

	put(at, &byte, 1);
}

/* A call of the kernel goes 16 bytes further, as with a wrong symbol. */
static void redirect(const struct module_memory *text)
{
	unsigned long target;
	u8 *p = text->base, *end = p + text->size - 5;
	s32 rel;

	for (; p < end; p++) {
		memcpy(&rel, p + 1, sizeof(rel));
		target = (unsigned long)p + 5 + rel;
		if (*p != 0xe8 || target < (unsigned long)__START_KERNEL_map ||
		    target >= MODULES_VADDR || target & 15)
			continue;
		rel += 16;
		if (offset_in_page(p + 1) <= PAGE_SIZE - sizeof(rel))
			put(p + 1, (u8 *)&rel, sizeof(rel));
		return;
	}
}

static void flush(void *addr)
{
	asm volatile("invlpg (%0)" :: "r"(addr) : "memory");
}

static void set(pte_t pte)
{
	set_pte(changed.pte, pte);
	on_each_cpu(flush, (void *)changed.addr, 1);
}

/* The first page of text is where @other is. */
static void remap(struct module *mod, void *other)
{
	unsigned int level, other_level;
	pte_t *from, *to;

	changed.addr = (unsigned long)mod->mem[MOD_TEXT].base;
	to = lookup_address(changed.addr, &level);
	from = lookup_address((unsigned long)other, &other_level);
	if (!to || !from || level != PG_LEVEL_4K)
		return;
	changed.mod = mod;
	changed.pte = to;
	changed.was = *to;
	set(pfn_pte(slow_virt_to_phys(other) >> PAGE_SHIFT, PAGE_KERNEL_ROX));
	strscpy(result, "done");
}

static void move_base(struct module *mod)
{
	changed.mod = mod;
	changed.base = mod->mem[MOD_DATA].base;
	mod->mem[MOD_DATA].base += PAGE_SIZE;
	strscpy(result, "done");
}

static void restore(struct module *mod)
{
	if (changed.mod != mod)
		return;
	if (changed.pte)
		set(changed.was);
	if (changed.base)
		mod->mem[MOD_DATA].base = changed.base;
	memset(&changed, 0, sizeof(changed));
}

static void coming(struct module *mod)
{
	struct module_memory *text = &mod->mem[MOD_TEXT];

	strscpy(result, "none");
	if (is("text"))
		flip(text->base + text->size / 2);
	else if (is("end"))
		flip(text->base + text->size - 1);
	else if (is("init"))
		flip(mod->mem[MOD_INIT_TEXT].base + 32);
	else if (is("call"))
		redirect(text);
	else if (is("rodata"))
		flip(mod->mem[MOD_RODATA].base + 512);
	else if (is("base"))
		move_base(mod);
	else if (is("alias"))
		remap(mod, (void *)schedule);
	else if (is("twice"))
		remap(mod, text->base + PAGE_SIZE);
}

/* When it has become code. */
static void live(struct module *mod)
{
	if (is("after-text"))
		flip(mod->mem[MOD_TEXT].base + 64);
	else if (is("after-rodata"))
		flip(mod->mem[MOD_RODATA].base + 64);
}

/* What was read-only from when it had started, before it goes. */
static void going(struct module *mod)
{
	if (is("at-end") && mod->mem[MOD_RO_AFTER_INIT].base)
		flip(mod->mem[MOD_RO_AFTER_INIT].base);
	restore(mod);
}

static int event(struct notifier_block *nb, unsigned long state, void *data)
{
	switch (state) {
	case MODULE_STATE_COMING:
		coming(data);
		break;
	case MODULE_STATE_LIVE:
		live(data);
		break;
	case MODULE_STATE_GOING:
		going(data);
		break;
	}
	return NOTIFY_OK;
}

/* Before the driver, after all that Linux itself patches. */
static struct notifier_block nb = {
	.notifier_call = event,
	.priority = INT_MIN + 1,
};

static int __init tamper_init(void)
{
	return register_module_notifier(&nb);
}

static void __exit tamper_exit(void)
{
	unregister_module_notifier(&nb);
}

module_init(tamper_init);
module_exit(tamper_exit);
MODULE_DESCRIPTION("Changes modules in memory, for tests");
MODULE_LICENSE("GPL");
