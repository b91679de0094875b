// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/debug/vsm: console, events, status, VM exits, ranges, dumps.
 * Must never change anything, nor be needed for anything to work.
 */
#include "debugfs.h"
#include "vsm.h"

#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/uaccess.h>

#include "../uapi/linux/vsm_netlink.h"
#include "event.h"
#include "hv/public.h"
#include "machine.h"

struct dentry *vsm_debugfs_dir;

/* One page of the secure kernel's log from *@pos on, which moves. */
static int read_log(struct page *page, u32 size, u64 *pos)
{
	struct vsm_scall sc = {
		.fn = VSM_SC_LOG_READ,
		.arg = { page_to_phys(page), size, *pos },
	};
	int ret;

	ret = vsm_scall(&sc, true) ?: vsm_scall_errno(sc.status);
	if (ret)
		return ret;
	if (sc.ret[0] > size)
		return -EIO;
	*pos = sc.ret[1];
	return sc.ret[0];
}

static ssize_t console_read(struct file *file, char __user *buf, size_t size,
			    loff_t *ppos)
{
	struct page *page;
	u64 pos = *ppos;
	int len;

	page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	if (!page)
		return -ENOMEM;
	len = read_log(page, min(size, PAGE_SIZE), &pos);
	if (len > 0 && copy_to_user(buf, page_address(page), len))
		len = -EFAULT;
	if (len >= 0)
		*ppos = pos;
	__free_page(page);
	return len;
}

static const struct file_operations console_fops = {
	.owner = THIS_MODULE,
	.open = nonseekable_open,
	.read = console_read,
};

static int events_show(struct seq_file *m, void *unused)
{
	struct vsm_event_record rec = { 0 };

	while (vsm_event_next(rec.seq, &rec))
		seq_printf(m, "%llu %s cpu=%u tsc=%llu rip=%#llx gva=%#llx gpa=%#llx access=%s%s%s class=%s count=%llu pid=%u comm=%*pEp symbol=%s %s\n",
			   rec.seq, vsm_event_name(rec.type), rec.cpu, rec.tsc,
			   rec.rip, rec.gva, rec.gpa,
			   rec.access & VSM_ACCESS_READ ? "r" : "-",
			   rec.access & VSM_ACCESS_WRITE ? "w" : "-",
			   rec.access & VSM_ACCESS_EXECUTE ? "x" : "-",
			   vsm_code_class_name(rec.class), rec.count, rec.pid,
			   (int)strlen(rec.comm), rec.comm, rec.symbol,
			   rec.detail);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(events);

static int status_show(struct seq_file *m, void *unused)
{
	struct vsm_info info;
	int ret;

	ret = vsm_status(&info);
	if (ret)
		return ret;
	seq_printf(m, "state %#x\n", info.state);
	seq_printf(m, "nr_cpus %u\n", info.nr_cpus);
	seq_printf(m, "sk_svn %u\n", info.sk_svn);
	seq_printf(m, "sk_sha256 %*phN\n", (int)sizeof(info.image_sha256),
		   info.image_sha256);
	seq_printf(m, "policy_version %u\n", info.policy_version);
	seq_printf(m, "policy_name %s\n", info.policy_name);
	seq_printf(m, "hv_bytes %llu\n", info.hv_bytes);
	seq_printf(m, "vtl1_bytes %llu\n", info.vtl1_bytes);
	seq_printf(m, "vtl1_free %llu\n", info.vtl1_free);
	seq_printf(m, "nr_trustlets %u\n", info.nr_trustlets);
	seq_printf(m, "cpuid_base %#x\n", info.cpuid_base);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(status);

/* Classes as "class NAME MODE allowed N audited N refused N off N lost N". */
static int code_show(struct seq_file *m, void *unused)
{
	struct vsm_code_status s;
	u32 i;
	int ret;

	ret = vsm_code_status(&s);
	if (ret)
		return ret;
	seq_printf(m, "mode %s\n", vsm_code_mode_name(s.mode));
	seq_printf(m, "flags %#x\n", s.flags);
	seq_printf(m, "baseline %u\n", s.baseline);
	seq_printf(m, "payload_digest %*phN\n", (int)sizeof(s.payload_digest),
		   s.payload_digest);
	seq_printf(m, "found_digest %*phN\n", (int)sizeof(s.found_digest),
		   s.found_digest);
	seq_printf(m, "objects %u\n", s.nr_objects);
	seq_printf(m, "found %u\n", s.nr_found);
	seq_printf(m, "pages %llu\n", s.pages);
	seq_printf(m, "pages_open %llu\n", s.pages_open);
	seq_printf(m, "table_bytes %llu\n", s.table_bytes);
	seq_printf(m, "user_files %u\n", s.nr_user_files);
	seq_printf(m, "user_pages %u\n", s.nr_user_pages);
	for (i = 1; i < min_t(u32, s.nr_classes, VSM_CODE_CLASS_MAX); i++)
		seq_printf(m, "class %s %s allowed %llu audited %llu refused %llu off %llu lost %llu\n",
			   vsm_code_class_name(i),
			   vsm_code_mode_name(s.counters[i].mode),
			   s.counters[i].allowed, s.counters[i].audited,
			   s.counters[i].refused, s.counters[i].off,
			   s.counters[i].lost);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(code);

/* How many CPUs the hypervisor keeps counters of. */
static u32 counted_cpus(const struct hv_public *pub)
{
	return pub ? min(READ_ONCE(pub->nr_cpus), vsm_machine.nr_cpus) : 0;
}

static bool never_exited(const struct hv_public *pub, u32 reason)
{
	u32 cpu;

	for (cpu = 0; cpu < counted_cpus(pub); cpu++)
		if (READ_ONCE(pub->cpu[cpu].exits[reason]))
			return false;
	return true;
}

/* One line per basic exit reason that occurred: number, name, count per CPU. */
static int exits_show(struct seq_file *m, void *unused)
{
	const struct hv_public *pub = vsm_hv_public;
	u32 reason, cpu;

	for (reason = 0; reason < HV_PUBLIC_REASONS; reason++) {
		if (never_exited(pub, reason))
			continue;
		seq_printf(m, "%u %s", reason, vsm_exit_name(reason));
		for (cpu = 0; cpu < counted_cpus(pub); cpu++)
			seq_printf(m, " %llu",
				   READ_ONCE(pub->cpu[cpu].exits[reason]));
		seq_putc(m, '\n');
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(exits);

/* Only where the hypervisor was built to count them, as for the benchmark. */
static void show_vmx_ops(struct seq_file *m, u32 i,
			 const struct hv_public_cpu *cpu)
{
	static const char *const names[HV_PUBLIC_VMX_OPS] = {
		[HV_PUBLIC_VMREAD] = "vmread",
		[HV_PUBLIC_VMWRITE] = "vmwrite",
		[HV_PUBLIC_VMPTRLD] = "vmptrld",
		[HV_PUBLIC_VMCLEAR] = "vmclear",
		[HV_PUBLIC_INVEPT] = "invept",
		[HV_PUBLIC_INVVPID] = "invvpid",
	};
	u32 op;

	if (!READ_ONCE(cpu->vmx_ops[HV_PUBLIC_VMREAD]))
		return;
	for (op = 0; op < HV_PUBLIC_VMX_OPS; op++)
		seq_printf(m, "cpu%u.%s %llu\n", i, names[op],
			   READ_ONCE(cpu->vmx_ops[op]));
}

static void show_cpu(struct seq_file *m, u32 i, const struct hv_public_cpu *cpu)
{
	seq_printf(m, "cpu%u.vtl_calls %llu\n", i, READ_ONCE(cpu->vtl_calls));
	seq_printf(m, "cpu%u.flushes %llu\n", i, READ_ONCE(cpu->flushes));
	seq_printf(m, "cpu%u.nmis %llu\n", i, READ_ONCE(cpu->nmis));
	seq_printf(m, "cpu%u.launch_ticks %llu\n", i,
		   READ_ONCE(cpu->launch_ticks));
	show_vmx_ops(m, i, cpu);
}

static int hypervisor_show(struct seq_file *m, void *unused)
{
	const struct hv_public *pub = vsm_hv_public;
	u32 cpu;

	if (!pub)
		return 0;
	seq_printf(m, "ept_bytes %llu\n", READ_ONCE(pub->ept_bytes));
	seq_printf(m, "ept_large_leaf_bytes %llu\n",
		   READ_ONCE(pub->ept_2m_leaves));
	seq_printf(m, "ept_small_leaf_bytes %llu\n",
		   READ_ONCE(pub->ept_4k_leaves));
	seq_printf(m, "events %llu\n", vsm_public_events());
	seq_printf(m, "dumps %llu\n", READ_ONCE(pub->dumps));
	for (cpu = 0; cpu < counted_cpus(pub); cpu++)
		show_cpu(m, cpu, &pub->cpu[cpu]);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(hypervisor);

/* The last HV_PUBLIC_LOG_SIZE bytes of the hypervisor's log. */
static int log_show(struct seq_file *m, void *unused)
{
	const struct hv_public *pub = vsm_hv_public;
	u64 pos, end;

	if (!pub)
		return 0;
	end = READ_ONCE(pub->log_pos);
	pos = end > HV_PUBLIC_LOG_SIZE ? end - HV_PUBLIC_LOG_SIZE : 0;
	for (; pos < end; pos++)
		seq_putc(m, pub->log[pos % HV_PUBLIC_LOG_SIZE]);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(log);

static void show_range(struct seq_file *m, const char *kind, u64 start, u64 end)
{
	if (start < end)
		seq_printf(m, "%s %#llx %#llx\n", kind, start, end - start);
}

/*
 * What is no longer Linux's, as "kind base size": vtl1 and hv, which it cannot
 * touch, public, which it can read.  The first chunk of hv holds public.
 */
static int ranges_show(struct seq_file *m, void *unused)
{
	u64 public = virt_to_phys(vsm_image.public), start, end;
	u64 public_end = public + vsm_image.public_size;
	unsigned int i;

	for (i = 0; i < vsm_reserve.nr_hv; i++) {
		start = vsm_reserve.hv[i].pa;
		end = start + (PAGE_SIZE << vsm_reserve.hv[i].order);
		if (public < start || public >= end) {
			show_range(m, "hv", start, end);
			continue;
		}
		show_range(m, "hv", start, public);
		show_range(m, "public", public, public_end);
		show_range(m, "hv", public_end, end);
	}
	for (i = 0; i < vsm_reserve.nr_vtl1; i++) {
		start = vsm_reserve.vtl1[i].pa;
		end = start + (PAGE_SIZE << vsm_reserve.vtl1[i].order);
		show_range(m, "vtl1", start, end);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(ranges);

void vsm_debugfs_init(void)
{
	struct dentry *dir;

	dir = debugfs_create_dir("vsm", NULL);
	debugfs_create_file("console", 0400, dir, NULL, &console_fops);
	debugfs_create_file("events", 0400, dir, NULL, &events_fops);
	debugfs_create_file("status", 0400, dir, NULL, &status_fops);
	debugfs_create_file("code", 0400, dir, NULL, &code_fops);
	debugfs_create_file("exits", 0400, dir, NULL, &exits_fops);
	debugfs_create_file("hypervisor", 0400, dir, NULL, &hypervisor_fops);
	debugfs_create_file("log", 0400, dir, NULL, &log_fops);
	debugfs_create_file("ranges", 0400, dir, NULL, &ranges_fops);
	vsm_dump_debugfs(dir);
	vsm_debugfs_dir = dir;
}

/* Waits for readers, so that nothing they read may go away before. */
void vsm_debugfs_exit(void)
{
	debugfs_remove(vsm_debugfs_dir);
	vsm_debugfs_dir = NULL;
}
