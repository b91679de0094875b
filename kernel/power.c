// SPDX-License-Identifier: GPL-2.0
/*
 * What happens to a demoted machine when CPUs and memory come and go, and when
 * Linux sleeps, reboots or crashes.  Must never let a CPU run Linux without the
 * hypervisor once VTL1 is up, nor free memory under a CPU that still uses it.
 */
#include "machine.h"

#include <linux/cpu.h>
#include <linux/memory.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/reboot.h>
#include <linux/suspend.h>

#include <asm/reboot.h>

static enum cpuhp_state hp_state;

static bool locked(void)
{
	return vsm_machine.state & VSM_STATE_LOCKED;
}

/*
 * A launched CPU that comes back kept everything: INIT and SIPI are the
 * hypervisor's.  One that was never launched is launched now, before it is
 * given work; after the lock it is refused.
 */
static int vsm_cpu_online(unsigned int cpu)
{
	unsigned long flags;
	int ret;

	if (cpumask_test_cpu(cpu, &vsm_launched)) {
		cpumask_set_cpu(cpu, &vsm_vtl1_cpus);
		module_put(THIS_MODULE);
		return 0;
	}
	if (locked()) {
		pr_err("CPU %u: was not there at launch, refused after the lock\n",
		       cpu);
		return -EPERM;
	}
	local_irq_save(flags);
	ret = vsm_launch_this_cpu();
	local_irq_restore(flags);
	return ret ? ret : vsm_sk_start_cpu(cpu);
}

/* The offline CPU waits in VTL0 on the hypervisor: the module must stay. */
static int vsm_cpu_offline(unsigned int cpu)
{
	if (!try_module_get(THIS_MODULE))
		return -EBUSY;
	cpumask_clear_cpu(cpu, &vsm_vtl1_cpus);
	return 0;
}

/* Also an image that is to replace this kernel: it knows nothing of VTL1. */
static int pm_notify(struct notifier_block *nb, unsigned long event, void *p)
{
	switch (event) {
	case PM_SUSPEND_PREPARE:
	case PM_HIBERNATION_PREPARE:
	case PM_RESTORE_PREPARE:
		pr_err("suspend and hibernation are refused: the machine would wake without the hypervisor; unload vsm first\n");
		return notifier_from_errno(-EPERM);
	default:
		return NOTIFY_DONE;
	}
}

static struct notifier_block pm_nb = { .notifier_call = pm_notify };

/* Memory that was there at the takeover; that of others VTL1 refuses to use. */
static bool was_there(u64 start, u64 size)
{
	unsigned int i;

	for (i = 0; i < vsm_reserve.nr_ram; i++)
		if (start >= vsm_reserve.ram[i].base &&
		    start + size <= vsm_reserve.ram[i].base +
				    vsm_reserve.ram[i].size)
			return true;
	return false;
}

/* Blocks that hold the hypervisor or VTL1 cannot go: their pages are in use. */
static int vsm_memory_notify(struct notifier_block *nb, unsigned long event,
			     void *arg)
{
	const struct memory_notify *mn = arg;

	if (event != MEM_GOING_ONLINE ||
	    was_there(PFN_PHYS(mn->start_pfn), PFN_PHYS(mn->nr_pages)))
		return NOTIFY_OK;
	pr_err("memory at %#llx is refused: it was not there at the takeover; unload vsm first\n",
	       PFN_PHYS(mn->start_pfn));
	return notifier_from_errno(-EPERM);
}

static struct notifier_block memory_nb = { .notifier_call = vsm_memory_notify };

/* Reboot and kexec: the next kernel gets a machine without a hypervisor. */
static int reboot_notify(struct notifier_block *nb, unsigned long event,
			 void *p)
{
	if (!locked()) {
		vsm_sk_stop();
		vsm_release();
		pr_info("handed the machine back for reboot\n");
	}
	return NOTIFY_DONE;
}

static struct notifier_block reboot_nb = { .notifier_call = reboot_notify };

/*
 * Crash: each CPU calls this, interrupts off, before the crash kernel starts.
 * The last one out clears VTL1's memory: kdump must not save what it held.
 */
static void crash_release(void)
{
	if (locked())
		return;
	vsm_release_this_cpu();
	if (cpumask_empty(&vsm_launched))
		vsm_reserve_scrub_vtl1();
}

int vsm_power_init(void)
{
	int ret;

	ret = cpuhp_setup_state_nocalls(CPUHP_AP_ONLINE_DYN, "vsm:online",
					vsm_cpu_online, vsm_cpu_offline);
	if (ret < 0)
		return ret;
	hp_state = ret;
	ret = register_pm_notifier(&pm_nb);
	if (ret)
		goto err_cpuhp;
	ret = register_memory_notifier(&memory_nb);
	if (ret)
		goto err_pm;
	ret = register_reboot_notifier(&reboot_nb);
	if (ret)
		goto err_memory;
	cpu_emergency_register_virt_callback(crash_release);
	return 0;

err_memory:
	unregister_memory_notifier(&memory_nb);
err_pm:
	unregister_pm_notifier(&pm_nb);
err_cpuhp:
	cpuhp_remove_state_nocalls(hp_state);
	return ret;
}

void vsm_power_exit(void)
{
	cpu_emergency_unregister_virt_callback(crash_release);
	unregister_reboot_notifier(&reboot_nb);
	unregister_memory_notifier(&memory_nb);
	unregister_pm_notifier(&pm_nb);
	cpuhp_remove_state_nocalls(hp_state);
}
