// SPDX-License-Identifier: GPL-2.0
/*
 * What happens to a demoted machine when CPUs and memory come and go, and when
 * Linux sleeps, reboots or crashes.  Must never let a CPU run Linux without the
 * hypervisor once VTL1 is up, nor free memory under a CPU that still uses it.
 */
#include "machine.h"

#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/memory.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/reboot.h>
#include <linux/suspend.h>

#include <asm/apic.h>
#include <asm/reboot.h>

#include "code.h"

#define INIT_MS		10

static enum cpuhp_state hp_state, hp_prepare;
/* CPUs may come and go; changes while none does. */
static bool hotplug;

static bool locked(void)
{
	return vsm_machine.state & VSM_STATE_LOCKED;
}

/*
 * Linux sends INIT, at once SIPI, and another one 20 us later.  A CPU that
 * sleeps deeply and then exits to the hypervisor is slower, and SIPIs that come
 * before it waits for them are lost (SDM, "Other Causes of VM Exits"); so it gets
 * INIT in advance, and Linux's own is blocked.
 */
static int vsm_cpu_prepare(unsigned int cpu)
{
	if (!cpumask_test_cpu(cpu, &vsm_launched))
		return 0;
	apic->icr_write(APIC_DM_INIT | APIC_INT_LEVELTRIG | APIC_INT_ASSERT,
			per_cpu(x86_cpu_to_apicid, cpu));
	msleep(INIT_MS);
	return 0;
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

	if (!hotplug)
		return -EBUSY;
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
	if (ret)
		return ret;
	ret = vsm_sk_start_cpu(cpu);
	if (ret) {
		local_irq_save(flags);
		vsm_release_this_cpu();
		local_irq_restore(flags);
		vsm_machine.nr_cpus = cpumask_weight(&vsm_launched);
	}
	return ret;
}

/* The offline CPU waits in VTL0 on the hypervisor: the module must stay. */
static int vsm_cpu_offline(unsigned int cpu)
{
	if (!hotplug || !try_module_get(THIS_MODULE))
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

/*
 * CPUs may come and go, or stay as they are: before Linux takes the lock for that,
 * which would keep the release from all CPUs, while who writes to text and has it
 * waits for the release.
 */
void vsm_hotplug_allow(bool allow)
{
	if (!allow)
		cpu_hotplug_disable();
	cpus_read_lock();
	hotplug = allow;
	cpus_read_unlock();
	if (allow)
		cpu_hotplug_enable();
}

/* Siblings that were switched off do not come online otherwise. */
static void switch_siblings_on(void)
{
	struct file *file;
	loff_t pos = 0;

	file = filp_open("/sys/devices/system/cpu/smt/control", O_WRONLY, 0);
	if (IS_ERR(file))
		return;
	/* "notsupported" and the like stay what they are. */
	kernel_write(file, "on", 2, &pos);
	filp_close(file, NULL);
}

/* One that is offline would wait on a hypervisor that is written over. */
static void bring_back(void)
{
	unsigned int cpu;

	if (cpumask_subset(&vsm_launched, cpu_online_mask))
		return;
	switch_siblings_on();
	for_each_cpu(cpu, &vsm_launched)
		if (!cpu_online(cpu) && add_cpu(cpu))
			pr_err("CPU %u is offline and cannot be handed back\n",
			       cpu);
}

/* Reboot and kexec: the next kernel gets a machine without a hypervisor. */
static int reboot_notify(struct notifier_block *nb, unsigned long event,
			 void *p)
{
	if (!locked()) {
		bring_back();
		vsm_hotplug_allow(false);
		vsm_sk_stop();
		vsm_release();
		vsm_code_patching(false);
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

/* From before the launch to after the release: CPUs stay as they are. */
int vsm_hotplug_init(void)
{
	int ret;

	cpu_hotplug_disable();
	ret = cpuhp_setup_state_nocalls(CPUHP_BP_PREPARE_DYN, "vsm:prepare",
					vsm_cpu_prepare, NULL);
	if (ret < 0)
		goto err_enable;
	hp_prepare = ret;
	ret = cpuhp_setup_state_nocalls(CPUHP_AP_ONLINE_DYN, "vsm:online",
					vsm_cpu_online, vsm_cpu_offline);
	if (ret < 0)
		goto err_prepare;
	hp_state = ret;
	return 0;

err_prepare:
	cpuhp_remove_state_nocalls(hp_prepare);
err_enable:
	cpu_hotplug_enable();
	return ret;
}

void vsm_hotplug_exit(void)
{
	cpuhp_remove_state_nocalls(hp_state);
	cpuhp_remove_state_nocalls(hp_prepare);
	cpu_hotplug_enable();
}

int vsm_power_init(void)
{
	int ret;

	ret = register_pm_notifier(&pm_nb);
	if (ret)
		return ret;
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
	return ret;
}

void vsm_power_exit(void)
{
	cpu_emergency_unregister_virt_callback(crash_release);
	unregister_reboot_notifier(&reboot_nb);
	unregister_memory_notifier(&memory_nb);
	unregister_pm_notifier(&pm_nb);
}
