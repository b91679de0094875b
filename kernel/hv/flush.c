// SPDX-License-Identifier: GPL-2.0
/*
 * EPT translations: after a permission shrank, no CPU keeps the old one.  Must
 * never depend on VTL0 or VTL1: the kick is an NMI, taken in either and in
 * root mode, and the flush is done in its handler.
 */
#include "hv.h"
#include "vcpu.h"

/* Called by the NMI handler and exit, and by a CPU that comes back. */
void flush_local(struct pcpu *cpu)
{
	vcpu_flush();
	cpu->public->flushes++;
	__atomic_store_n(&cpu->flush_request, 0, __ATOMIC_RELEASE);
}

static bool needs_kick(struct pcpu *self, struct pcpu *cpu)
{
	/* A CPU that waits for SIPI flushes before it runs again. */
	return cpu != self && __atomic_load_n(&cpu->online, __ATOMIC_ACQUIRE) &&
	       !__atomic_load_n(&cpu->wait_sipi, __ATOMIC_ACQUIRE);
}

void flush_all_locked(void)
{
	struct pcpu *self = this_cpu();

	BUG_ON(!spin_is_locked(&hv.lock));
	/* The changed entries are visible before any CPU's state is looked at. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	for (u32 i = 0; i < hv_boot.nr_cpus; i++) {
		struct pcpu *cpu = pcpu_of(i);

		if (!needs_kick(self, cpu))
			continue;
		__atomic_store_n(&cpu->nmi_expected, 1, __ATOMIC_RELAXED);
		__atomic_store_n(&cpu->flush_request, 1, __ATOMIC_RELEASE);
		apic_send_nmi(cpu->apic_id);
	}
	vcpu_flush();
	self->public->flushes++;
	for (u32 i = 0; i < hv_boot.nr_cpus; i++) {
		struct pcpu *cpu = pcpu_of(i);

		while (needs_kick(self, cpu) &&
		       __atomic_load_n(&cpu->flush_request, __ATOMIC_ACQUIRE))
			cpu_relax();
	}
}
