// SPDX-License-Identifier: GPL-2.0
/*
 * All CPUs into the hypervisor and out of it, in rendezvous: either every CPU
 * is launched or none.  Must never leave one CPU behind when another failed.
 */
#include "machine.h"

#include <linux/cpu.h>
#include <linux/smp.h>
#include <linux/stop_machine.h>

/* CPUs with the hypervisor beneath; changed in rendezvous or by hotplug. */
struct cpumask vsm_launched;

struct rendezvous {
	unsigned int first;
	atomic_t arrived;		/* CPUs that have tried */
	atomic_t failed;
	bool first_done;
	u64 reason[];			/* HV_LAUNCH_*, by CPU */
};

static const char *const reasons[] = {
	[HV_LAUNCH_OK] = "launched",
	[HV_LAUNCH_VMXON] = "VMXON failed",
	[HV_LAUNCH_VMCS] = "a VMCS could not be loaded",
	[HV_LAUNCH_CAPS] = "a VMX control is missing",
	[HV_LAUNCH_MEMORY] = "the EPT pool is too small",
	[HV_LAUNCH_ENTRY] = "VM entry was refused",
};

static u64 enter(void)
{
	return vsm_hv_enter(smp_processor_id(), vsm_image.entry,
			    vsm_image.transition_cr3);
}

/* Interrupts off. */
void vsm_release_this_cpu(void)
{
	unsigned int cpu = smp_processor_id();

	if (cpumask_test_and_clear_cpu(cpu, &vsm_launched))
		WARN_ON(vsm_hv_release() != HV_STATUS_SUCCESS);
}

static void try_enter(struct rendezvous *r, unsigned int cpu)
{
	r->reason[cpu] = enter();
	if (r->reason[cpu] == HV_LAUNCH_OK)
		cpumask_set_cpu(cpu, &vsm_launched);
	else
		atomic_inc(&r->failed);
}

/* The first CPU sets the hypervisor up alone, then all others enter. */
static int launch_cpu(void *arg)
{
	unsigned int cpu = smp_processor_id();
	struct rendezvous *r = arg;

	if (cpu == r->first) {
		try_enter(r, cpu);
		/* What the first CPU set up, before the word that it did. */
		smp_store_release(&r->first_done, true);
	} else {
		/* Pairs with the release above. */
		while (!smp_load_acquire(&r->first_done))
			cpu_relax();
		if (!atomic_read(&r->failed))
			try_enter(r, cpu);
	}
	atomic_inc(&r->arrived);
	while (atomic_read(&r->arrived) < num_online_cpus())
		cpu_relax();
	/* The point of no return lies behind every CPU or none. */
	if (atomic_read(&r->failed))
		vsm_release_this_cpu();
	return 0;
}

static void report(const struct rendezvous *r)
{
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		u64 reason = r->reason[cpu];

		if (reason == HV_LAUNCH_OK)
			continue;
		pr_err("CPU %u: %s (detail %llx)\n", cpu,
		       reason < ARRAY_SIZE(reasons) ? reasons[reason] : "?",
		       vsm_image.public->cpu[cpu].launch_detail);
	}
}

int vsm_launch(void)
{
	struct rendezvous *r;
	int ret;

	r = kzalloc(struct_size(r, reason, nr_cpu_ids), GFP_KERNEL);
	if (!r)
		return -ENOMEM;
	/* VP 0 is the one that VTL1 starts on, and Linux's boot CPU. */
	r->first = cpumask_first(cpu_online_mask);
	ret = stop_machine(launch_cpu, r, cpu_online_mask);
	if (!ret && atomic_read(&r->failed)) {
		report(r);
		ret = -EIO;
	}
	if (!ret) {
		vsm_machine.nr_cpus = cpumask_weight(&vsm_launched);
		vsm_machine.state |= VSM_STATE_DEMOTED;
	}
	kfree(r);
	return ret;
}

static int release_cpu(void *arg)
{
	vsm_release_this_cpu();
	return 0;
}

void vsm_release(void)
{
	stop_machine(release_cpu, NULL, cpu_online_mask);
	WARN_ON(!cpumask_empty(&vsm_launched));
	vsm_machine.state = 0;
	vsm_machine.nr_cpus = 0;
}

/* A CPU that comes online later; interrupts off. */
int vsm_launch_this_cpu(void)
{
	unsigned int cpu = smp_processor_id();
	u64 reason;

	if (cpumask_test_cpu(cpu, &vsm_launched))
		return 0;
	reason = enter();
	if (reason != HV_LAUNCH_OK) {
		pr_err("CPU %u: %s\n", cpu, reason < ARRAY_SIZE(reasons) ?
		       reasons[reason] : "?");
		return -EIO;
	}
	cpumask_set_cpu(cpu, &vsm_launched);
	vsm_machine.nr_cpus = cpumask_weight(&vsm_launched);
	return 0;
}
