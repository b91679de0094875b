// SPDX-License-Identifier: GPL-2.0
/*
 * What a stress test sends to other CPUs: NMIs of which each must arrive.  Must
 * never take an NMI for its own that it did not send.
 */
#include <linux/atomic.h>
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/mutex.h>
#include <linux/processor.h>
#include <linux/sched/signal.h>
#include <asm/apic.h>
#include <asm/irq_vectors.h>
#include <asm/msr.h>
#include <asm/nmi.h>

#include "internal.h"

#define NMI_SPINS	20000
#define NMI_WAIT_TICKS	100000000ULL

/* The CPU that an NMI is on its way to, -1: none. */
static atomic_t awaited = ATOMIC_INIT(-1);

static int nmi_handler(unsigned int type, struct pt_regs *regs)
{
	int cpu = raw_smp_processor_id();

	return atomic_cmpxchg(&awaited, cpu, -1) == cpu ? NMI_HANDLED :
							  NMI_DONE;
}

/* True: it arrived. */
static bool send_nmi(unsigned int cpu)
{
	u64 start = rdtsc();
	unsigned int i;

	atomic_set(&awaited, cpu);
	__apic_send_IPI_mask(cpumask_of(cpu), NMI_VECTOR);
	for (i = 0; i < NMI_SPINS && atomic_read(&awaited) != -1; i++)
		cpu_relax();
	while (atomic_read(&awaited) != -1 && rdtsc() - start < NMI_WAIT_TICKS)
		usleep_range(10, 100);
	/* One that comes after all is somebody else's. */
	return atomic_xchg(&awaited, -1) == -1;
}

int probe_nmi(struct vsm_probe_nmi *req)
{
	static DEFINE_MUTEX(one_at_a_time);
	int ret = -ENXIO;
	u32 i;

	req->arrived = 0;
	req->lost = 0;
	if (req->cpu >= nr_cpu_ids)
		return -EINVAL;
	mutex_lock(&one_at_a_time);
	cpus_read_lock();
	if (cpu_online(req->cpu)) {
		ret = 0;
		for (i = 0; i < req->nr && !signal_pending(current); i++) {
			if (send_nmi(req->cpu))
				req->arrived++;
			else
				req->lost++;
		}
	}
	cpus_read_unlock();
	mutex_unlock(&one_at_a_time);
	return ret;
}

int probe_stress_init(void)
{
	return register_nmi_handler(NMI_LOCAL, nmi_handler, 0, "vsm_probe");
}

void probe_stress_exit(void)
{
	unregister_nmi_handler(NMI_LOCAL, "vsm_probe");
}
