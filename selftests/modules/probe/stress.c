// SPDX-License-Identifier: GPL-2.0
/*
 * What a stress test does on many CPUs at once: single writes to physical
 * memory, and NMIs of which each must arrive.  Must never take an NMI for its
 * own that it did not send.
 */
#include <linux/atomic.h>
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/uaccess.h>
#include <asm/apic.h>
#include <asm/irq_vectors.h>
#include <asm/nmi.h>

#include "internal.h"

#define NMI_WAIT_MS	2000

/* The CPU that an NMI is on its way to, -1: none. */
static atomic_t awaited = ATOMIC_INIT(-1);

static int nmi_handler(unsigned int type, struct pt_regs *regs)
{
	int cpu = raw_smp_processor_id();

	return atomic_cmpxchg(&awaited, cpu, -1) == cpu ? NMI_HANDLED :
							  NMI_DONE;
}

static int send_nmi(unsigned int cpu)
{
	unsigned int i;

	atomic_set(&awaited, cpu);
	__apic_send_IPI_mask(cpumask_of(cpu), NMI_VECTOR);
	for (i = 0; i < NMI_WAIT_MS && atomic_read(&awaited) != -1; i++)
		usleep_range(100, 1000);
	/* One that comes after all is somebody else's. */
	return atomic_xchg(&awaited, -1) == -1 ? 0 : -ETIMEDOUT;
}

/* ENXIO: offline; ETIMEDOUT: sent, and lost. */
int probe_nmi(u32 cpu)
{
	static DEFINE_MUTEX(one_at_a_time);
	int ret = -ENXIO;

	if (cpu >= nr_cpu_ids)
		return -EINVAL;
	mutex_lock(&one_at_a_time);
	cpus_read_lock();
	if (cpu_online(cpu))
		ret = send_nmi(cpu);
	cpus_read_unlock();
	mutex_unlock(&one_at_a_time);
	return ret;
}

int probe_poke(struct vsm_probe_poke *req)
{
	u8 byte = req->value;

	if (!pfn_valid(PHYS_PFN(req->gpa)))
		return -EINVAL;
	req->done = 0;
	pagefault_disable();
	__put_kernel_nofault(__va(req->gpa), &byte, u8, fault);
	req->done = 1;
fault:
	pagefault_enable();
	return 0;
}

int probe_stress_init(void)
{
	return register_nmi_handler(NMI_LOCAL, nmi_handler, 0, "vsm_probe");
}

void probe_stress_exit(void)
{
	unregister_nmi_handler(NMI_LOCAL, "vsm_probe");
}
