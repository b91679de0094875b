// SPDX-License-Identifier: GPL-2.0
/*
 * The hypervisor's record of unexpected VM exits as text, for debugfs and the
 * kernel log.  Must never trust a number in it beyond its bounds.
 */
#include "machine.h"

#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <uapi/asm/vmx.h>

#include "debugfs.h"

static const struct {
	u16 encoding;
	const char *name;
} fields[] = {
#define VMCS_FIELD(name, encoding)	{ encoding, #name },
#include "hv/vmx/vmcs.def"
#undef VMCS_FIELD
};

static const char *const gprs[] = {
	"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
	"r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
};

static_assert(ARRAY_SIZE(gprs) ==
	      ARRAY_SIZE(((struct hv_public_dump *)0)->gpr));

const char *vsm_exit_name(u32 reason)
{
	static const struct {
		u32 reason;
		const char *name;
	} names[] = { VMX_EXIT_REASONS };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].reason == reason)
			return names[i].name;
	return "UNKNOWN";
}

static const char *reason_name(u32 reason)
{
	switch (reason) {
	case HV_DUMP_VMFAIL:
		return "VMFAIL";
	case HV_DUMP_EXCEPTION:
		return "ROOT_EXCEPTION";
	default:
		return vsm_exit_name(reason & ~VMX_EXIT_REASONS_FAILED_VMENTRY);
	}
}

static const char *field_name(u32 encoding)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fields); i++)
		if (fields[i].encoding == encoding)
			return fields[i].name;
	return "UNKNOWN";
}

/* False: not there, overwritten, or being written. */
static bool copy_dump(u64 seq, struct hv_public_dump *ret)
{
	const struct hv_public_dump *slot =
		&vsm_hv_public->dump[(seq - 1) & (HV_PUBLIC_DUMPS - 1)];

	/* Pairs with the hypervisor's release of the number. */
	if (smp_load_acquire(&slot->seq) != seq)
		return false;
	*ret = *slot;
	/* The copy before the second look at the number. */
	smp_rmb();
	return READ_ONCE(slot->seq) == seq;
}

/* Number of the oldest dump that is kept, 0: there are none. */
static u64 oldest_dump(u64 last)
{
	return last > HV_PUBLIC_DUMPS ? last - HV_PUBLIC_DUMPS + 1 : !!last;
}

static void show_registers(struct seq_file *m, const struct hv_public_dump *d)
{
	unsigned int i;

	if (d->flags & HV_DUMP_WITHHELD) {
		seq_puts(m, "registers withheld\n");
		return;
	}
	for (i = 0; i < ARRAY_SIZE(gprs); i++)
		seq_printf(m, "%s %#llx\n", gprs[i], d->gpr[i]);
	seq_printf(m, "cr2 %#llx\n", d->cr2);
	seq_printf(m, "dr6 %#llx\n", d->dr6);
}

static void show_dump(struct seq_file *m, const struct hv_public_dump *d)
{
	u32 i, n = min_t(u32, d->nr_fields, HV_DUMP_FIELDS);

	seq_printf(m, "dump %llu\n", d->seq);
	seq_printf(m, "tsc %llu\n", d->tsc);
	seq_printf(m, "vp %u\n", d->vp_index);
	seq_printf(m, "vtl %u\n", d->vtl);
	seq_printf(m, "reason %#x %s\n", d->reason, reason_name(d->reason));
	seq_printf(m, "detail %#llx\n", d->detail);
	show_registers(m, d);
	for (i = 0; i < n; i++)
		seq_printf(m, "0x%04x %s %#llx\n", d->field[i].encoding,
			   field_name(d->field[i].encoding), d->field[i].value);
}

/* The last HV_PUBLIC_DUMPS of them, oldest first. */
static int dump_show(struct seq_file *m, void *unused)
{
	struct hv_public_dump *d;
	u64 seq, last;

	if (!vsm_hv_public)
		return 0;
	d = kmalloc(sizeof(*d), GFP_KERNEL);
	if (!d)
		return -ENOMEM;
	last = READ_ONCE(vsm_hv_public->dumps);
	for (seq = oldest_dump(last); seq && seq <= last; seq++)
		if (copy_dump(seq, d))
			show_dump(m, d);
	kfree(d);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(dump);

void vsm_dump_debugfs(struct dentry *dir)
{
	debugfs_create_file("dump", 0400, dir, NULL, &dump_fops);
}

static void log_dump(const struct hv_public_dump *d)
{
	u32 i, n = min_t(u32, d->nr_fields, HV_DUMP_FIELDS);

	pr_err("dump %llu: VP %u VTL %u: %s (%#x), detail %#llx\n", d->seq,
	       d->vp_index, d->vtl, reason_name(d->reason), d->reason,
	       d->detail);
	for (i = 0; i < ARRAY_SIZE(gprs); i++)
		pr_info("%s %#llx\n", gprs[i], d->gpr[i]);
	for (i = 0; i < n; i++)
		pr_info("0x%04x %s %#llx\n", d->field[i].encoding,
			field_name(d->field[i].encoding), d->field[i].value);
}

/*
 * When the takeover fails, the hypervisor's pages go before anybody can read
 * them: all of them into the log.
 */
void vsm_dump_log(void)
{
	struct hv_public_dump *d;
	u64 seq, last;

	d = kmalloc(sizeof(*d), GFP_KERNEL);
	if (!d)
		return;
	last = READ_ONCE(vsm_hv_public->dumps);
	for (seq = oldest_dump(last); seq && seq <= last; seq++)
		if (copy_dump(seq, d))
			log_dump(d);
	kfree(d);
}
