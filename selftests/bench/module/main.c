// SPDX-License-Identifier: GPL-2.0
/*
 * What a VM exit and a VTL call cost, in files of debugfs/vsm_bench: reading
 * one runs its loop and says the ticks of every batch, as JSON.  Must never
 * keep interrupts off for longer than a batch.
 */
#include <linux/debugfs.h>
#include <linux/irqflags.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/seq_file.h>
#include <asm/msr.h>

#include "../../../uapi/vsm/hvcall.h"
#include "../../../uapi/vsm/scall.h"
#include "loops.h"

static_assert(LOOP_SC_NULL == VSM_SC_NULL);
static_assert(LOOP_NULL_TIMED == VSM_NULL_TIMED);
static_assert(LOOP_VTL_CALL == HVCALL_VTL_CALL);

#define BATCHES		100
#define BATCH		100UL		/* ends before the next timer tick */

static struct dentry *dir;

typedef long loop_fn(unsigned long nr);

static long run_batch(loop_fn *fn, u64 *ret_ticks)
{
	unsigned long flags;
	u64 start;
	long ret;

	local_irq_save(flags);
	start = rdtsc_ordered();
	ret = fn(BATCH);
	*ret_ticks = rdtsc_ordered() - start;
	local_irq_restore(flags);
	return ret;
}

static void begin(struct seq_file *m, const char *name)
{
	seq_printf(m, "{\"what\": \"loop\", \"name\": \"%s\", \"ops\": %lu",
		   name, BATCH);
}

static int run(struct seq_file *m, const char *name, loop_fn *fn)
{
	u64 ticks;
	long ret;
	int i;

	begin(m, name);
	for (i = 0; i < BATCHES; i++) {
		ret = run_batch(fn, &ticks);
		if (ret)
			return ret;
		seq_printf(m, "%s%llu", i ? ", " : ", \"batches\": [", ticks);
	}
	seq_puts(m, "]}\n");
	return 0;
}

static int empty_show(struct seq_file *m, void *unused)
{
	return run(m, "empty", bench_loop_empty);
}
DEFINE_SHOW_ATTRIBUTE(empty);

static int cpuid_show(struct seq_file *m, void *unused)
{
	return run(m, "cpuid", bench_loop_cpuid);
}
DEFINE_SHOW_ATTRIBUTE(cpuid);

static int invalid_show(struct seq_file *m, void *unused)
{
	return run(m, "invalid", bench_loop_invalid);
}
DEFINE_SHOW_ATTRIBUTE(invalid);

static long timed_batch(unsigned long nr, u64 *vtl1_ticks)
{
	unsigned long flags;
	long ret;

	local_irq_save(flags);
	ret = bench_loop_timed(nr, vtl1_ticks);
	local_irq_restore(flags);
	/* A status of VTL1, not an errno. */
	return ret > 0 ? -EPROTO : ret;
}

/* The loop looks at no status: it must not cost anything. */
static int null_show(struct seq_file *m, void *unused)
{
	u64 unused_ticks = 0;
	long ret;

	ret = timed_batch(1, &unused_ticks);
	return ret ?: run(m, "null", bench_loop_null);
}
DEFINE_SHOW_ATTRIBUTE(null);

static int timed_show(struct seq_file *m, void *unused)
{
	u64 vtl1_ticks;
	long ret;
	int i;

	begin(m, "timed");
	for (i = 0; i < BATCHES; i++) {
		vtl1_ticks = 0;
		ret = timed_batch(BATCH, &vtl1_ticks);
		if (ret)
			return ret;
		seq_printf(m, "%s%llu", i ? ", " : ", \"batches\": [",
			   vtl1_ticks);
	}
	seq_puts(m, "]}\n");
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(timed);

static int __init bench_init(void)
{
	dir = debugfs_create_dir("vsm_bench", NULL);
	debugfs_create_file("empty", 0400, dir, NULL, &empty_fops);
	debugfs_create_file("cpuid", 0400, dir, NULL, &cpuid_fops);
	debugfs_create_file("invalid", 0400, dir, NULL, &invalid_fops);
	debugfs_create_file("null", 0400, dir, NULL, &null_fops);
	debugfs_create_file("timed", 0400, dir, NULL, &timed_fops);
	return PTR_ERR_OR_ZERO(dir);
}

static void __exit bench_exit(void)
{
	debugfs_remove(dir);
}

module_init(bench_init);
module_exit(bench_exit);

MODULE_DESCRIPTION("Cost of VM exits and VTL calls");
MODULE_LICENSE("GPL");
