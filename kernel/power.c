// SPDX-License-Identifier: GPL-2.0
/*
 * What happens to a demoted machine when CPUs come and go, and when Linux
 * sleeps, reboots or crashes.  Must never let a CPU run Linux without the
 * hypervisor once VTL1 is up, nor free memory under a CPU that still uses it.
 */
#include "machine.h"

#include <linux/cpu.h>
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

static int pm_notify(struct notifier_block *nb, unsigned long event, void *p)
{
	if (event != PM_SUSPEND_PREPARE && event != PM_HIBERNATION_PREPARE)
		return NOTIFY_DONE;
	pr_err("suspend and hibernation are refused: the machine would wake without the hypervisor; unload vsm first\n");
	return NOTIFY_BAD;
}

static struct notifier_block pm_nb = { .notifier_call = pm_notify };

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
	ret = register_reboot_notifier(&reboot_nb);
	if (ret)
		goto err_pm;
	cpu_emergency_register_virt_callback(crash_release);
	return 0;

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
	unregister_pm_notifier(&pm_nb);
	cpuhp_remove_state_nocalls(hp_state);
}
