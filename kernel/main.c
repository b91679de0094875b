// SPDX-License-Identifier: GPL-2.0
/*
 * The module's life: read vsm_init() to see how Linux becomes VTL0.  Must never
 * let an interface appear before all that it rests on is there.
 */
#include "machine.h"
#include "../uapi/linux/vsm_netlink.h"

#include <linux/init.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/module.h>

static bool lock;
module_param(lock, bool, 0444);
MODULE_PARM_DESC(lock, "seal the machine: unloading ceases to exist (default: no)");

static unsigned int vtl1_mb;
module_param(vtl1_mb, uint, 0444);
MODULE_PARM_DESC(vtl1_mb, "memory of VTL1 in MiB, a multiple of 4, 4..64 (default: 8; with code integrity a sixteenth of all, 16..64)");

static unsigned int hv_serial;
module_param(hv_serial, uint, 0444);
MODULE_PARM_DESC(hv_serial, "I/O port of a serial port for the hypervisor's log (default: none)");

static bool debug;
module_param(debug, bool, 0444);
MODULE_PARM_DESC(debug, "have the secure kernel test itself before it starts (default: no)");

struct vsm_machine vsm_machine;

/* Code integrity has a module's file there, as long as it verifies it. */
static unsigned int default_vtl1_mb(void)
{
	unsigned long mb = totalram_pages() >> (20 - PAGE_SHIFT);

	return vsm_code_wanted() ? clamp(mb / 16, 16UL, 64UL) & ~3U : 8;
}

static int vsm_reserve_all(void)
{
	unsigned int least = vtl1_mb;
	int ret;

	if (!vtl1_mb) {
		vtl1_mb = default_vtl1_mb();
		/* Where memory is in pieces, less will do. */
		least = min(vtl1_mb, 16U);
	}
	if (vtl1_mb % 4 || vtl1_mb > 64) {
		pr_err("vtl1_mb=%u is not a multiple of 4 from 4 to 64\n",
		       vtl1_mb);
		return -EINVAL;
	}
	ret = vsm_reserve_find_ram();
	if (ret)
		return ret;
	ret = vsm_reserve_hv(vsm_image_hv_bytes());
	if (ret)
		return ret;
	ret = vsm_reserve_vtl1((u64)vtl1_mb << 20, (u64)least << 20);
	if (ret)
		vsm_reserve_free();
	return ret;
}

static int vsm_interfaces_init(void)
{
	int ret;

	ret = vsm_event_init();
	if (ret)
		return ret;
	ret = vsm_genl_init();
	if (ret)
		goto err_event;
	ret = vsm_public_init();
	if (!ret)
		return 0;
	vsm_genl_exit();
err_event:
	vsm_event_exit();
	return ret;
}

static void vsm_interfaces_exit(void)
{
	vsm_public_exit();
	vsm_genl_exit();
	vsm_event_exit();
}

static int __init vsm_init(void)
{
	int ret;

	ret = vsm_probe();
	if (ret)
		return ret;
	ret = vsm_reserve_all();
	if (ret)
		return ret;
	ret = vsm_image_place(hv_serial);
	if (ret)
		goto err_reserve;
	vsm_machine.debug = debug;
	ret = vsm_sk_load();
	if (ret)
		goto err_reserve;
	ret = vsm_hvcall_alloc();
	if (ret)
		goto err_reserve;
	ret = vsm_hotplug_init();
	if (ret)
		goto err_hvcall;
	ret = vsm_launch();
	if (ret)
		goto err_hotplug;
	ret = vsm_hvcall_enable();
	if (ret)
		goto err_launch;
	ret = vsm_sk_start();
	if (ret)
		goto err_launch;
	ret = vsm_power_init();
	if (ret)
		goto err_sk;
	ret = vsm_interfaces_init();
	if (ret)
		goto err_power;
	ret = vsm_policy_init();
	if (ret)
		goto err_interfaces;
	ret = vsm_code_start(lock);
	if (ret)
		goto err_interfaces;
	if (lock) {
		ret = vsm_kexec_end();
		if (ret)
			goto err_interfaces;
		ret = vsm_hvcall_lock();
		if (ret)
			goto err_interfaces;
		/* Sealed: the module stays for good. */
		__module_get(THIS_MODULE);
		vsm_machine.state |= VSM_STATE_LOCKED;
		vsm_event(&(struct vsm_event) {
			.type = VSM_EVENT_LOCK, .detail = "locked at load",
		});
	}
	/* Whoever has one of its files open would not be waited for. */
	ret = vsm_chardev_init();
	if (ret && !lock)
		goto err_interfaces;
	if (ret)
		pr_err("no /dev/vsm (%d)\n", ret);
	vsm_debugfs_init();
	vsm_hotplug_allow(true);
	pr_info("Linux runs in VTL0 on %u CPUs, the secure kernel in VTL1%s\n",
		vsm_machine.nr_cpus, lock ? ", locked" : "");
	return 0;

err_interfaces:
	vsm_interfaces_exit();
err_power:
	vsm_power_exit();
err_sk:
	vsm_sk_stop();
err_launch:
	vsm_release();
	vsm_code_end();
err_hotplug:
	vsm_hotplug_exit();
err_hvcall:
	vsm_hvcall_free();
err_reserve:
	vsm_reserve_free();
	return ret;
}

static void __exit vsm_exit(void)
{
	vsm_hotplug_allow(false);
	vsm_debugfs_exit();
	vsm_chardev_exit();
	vsm_interfaces_exit();
	vsm_power_exit();
	vsm_sk_stop();
	vsm_release();
	vsm_code_end();
	vsm_hotplug_exit();
	vsm_hvcall_free();
	vsm_reserve_free();
	pr_info("the machine is Linux's own again\n");
}

module_init(vsm_init);
module_exit(vsm_exit);

MODULE_DESCRIPTION("Virtualization Based Security for Linux");
MODULE_LICENSE("GPL");
