// SPDX-License-Identifier: GPL-2.0
/*
 * An attacker who owns VTL0's kernel changes its page tables: a write to the
 * parameter open makes all that they map for the kernel writable and
 * executable, the stack of who writes included.  What protects after that is
 * not Linux.  Must never touch a mapping of user space.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pgtable.h>
#include <linux/smp.h>
#include <asm/io.h>
#include <asm/tlbflush.h>

#define ENTRIES		512
#define LEVELS		4	/* the machine of the test has no fifth */

static unsigned long changed;

static bool is_leaf(u64 entry, int level)
{
	return !level || entry & _PAGE_PSE;
}

static void open_entry(u64 *entry)
{
	u64 was = READ_ONCE(*entry), now = (was | _PAGE_RW) & ~_PAGE_NX;

	/* Who changes it meanwhile is right. */
	if (now != was && try_cmpxchg64(entry, &was, now))
		changed++;
}

static void open_table(u64 *table, int level, unsigned int first)
{
	unsigned int i;
	u64 entry;

	for (i = first; i < ENTRIES; i++) {
		entry = READ_ONCE(table[i]);
		if (!(entry & _PAGE_PRESENT))
			continue;
		open_entry(&table[i]);
		if (!is_leaf(entry, level))
			open_table(phys_to_virt(entry & PTE_PFN_MASK),
				   level - 1, 0);
	}
	cond_resched();
}

static void flush(void *unused)
{
	__flush_tlb_all();
}

static int open_set(const char *value, const struct kernel_param *kp)
{
	if (pgtable_l5_enabled())
		return -EOPNOTSUPP;
	changed = 0;
	open_table(phys_to_virt(read_cr3_pa()), LEVELS - 1, ENTRIES / 2);
	on_each_cpu(flush, NULL, 1);
	return 0;
}

static const struct kernel_param_ops open_ops = {
	.set = open_set,
	.get = param_get_ulong,
};
module_param_cb(open, &open_ops, &changed, 0644);
MODULE_PARM_DESC(open, "written: open them all; read: entries that were not");

static int __init tables_init(void)
{
	return 0;
}

static void __exit tables_exit(void)
{
}

module_init(tables_init);
module_exit(tables_exit);
MODULE_DESCRIPTION("Opens the kernel's page tables, for tests");
MODULE_LICENSE("GPL");
