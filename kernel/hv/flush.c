// SPDX-License-Identifier: GPL-2.0
/*
 * Translations: after a permission shrank, or a VTL said that its page tables
 * changed, no CPU keeps the old one.  Must never depend on VTL0 or VTL1: the
 * kick is an NMI, taken in either and in root mode, and the flush is done in
 * its handler.
 */
#include "hv.h"
#include "vcpu.h"

#define FLUSH_ALL	BIT(0)		/* what vcpu_flush() drops */
#define FLUSH_VTL(vtl)	BIT(1 + (vtl))	/* virtual addresses of a VTL */

/*
 * Polls before an NMI is sent again, to all CPUs: where VTL0 can change the id
 * of a CPU's APIC, one that is sent to the id from launch goes nowhere.
 *
 * An NMI of VTL0 that arrives before one of these is taken is one with it.  It
 * cannot be made up for by one too many: Linux complains of what nobody has
 * caused, and a CPU on its way up or down has no handler.  What has a cause that
 * can be read is made up for, see apic_nmi_has_cause().  Nothing but an NMI
 * will do for a kick: VTL0's interrupts are its own, and INIT is not taken in
 * root mode and is VTL0's, too.
 */
#define FLUSH_PATIENCE	0x10000

bool flush_pending(const struct pcpu *cpu)
{
	return __atomic_load_n(&cpu->flush_wanted, __ATOMIC_ACQUIRE) !=
	       cpu->flush_done;
}

static void flush_now(struct pcpu *cpu, u32 what)
{
	if (what & FLUSH_ALL) {
		vcpu_flush();
		cpu->public->flushes++;
		return;
	}
	for (u8 vtl = 0; vtl < HV_NUM_VTLS; vtl++)
		if (what & FLUSH_VTL(vtl))
			vcpu_flush_virtual(vtl);
}

/*
 * Called by the NMI handler and exit.  An NMI may come in between and serve a
 * later request: look again, so that what is done never goes back.
 */
void flush_serve(struct pcpu *cpu)
{
	u32 wanted;

	do {
		wanted = __atomic_load_n(&cpu->flush_wanted, __ATOMIC_ACQUIRE);
		flush_now(cpu, __atomic_exchange_n(&cpu->flush_what, 0,
						   __ATOMIC_ACQ_REL));
		__atomic_store_n(&cpu->flush_done, wanted, __ATOMIC_RELEASE);
	} while (flush_pending(cpu));
}

/* A CPU that comes back drops everything, asked or not. */
void flush_local(struct pcpu *cpu)
{
	flush_now(cpu, FLUSH_ALL);
	if (flush_pending(cpu))
		flush_serve(cpu);
}

static bool needs_kick(const struct pcpu *self, const struct pcpu *cpu)
{
	/* A CPU that waits for SIPI flushes before it runs again. */
	return cpu != self && __atomic_load_n(&cpu->online, __ATOMIC_ACQUIRE) &&
	       !__atomic_load_n(&cpu->wait_sipi, __ATOMIC_ACQUIRE);
}

static bool in_mask(const u64 *mask, u32 i)
{
	return !mask || (mask[i / 64] & BIT_ULL(i % 64));
}

static void kick(struct pcpu *cpu, u32 what)
{
	__atomic_store_n(&cpu->nmi_expected, 1, __ATOMIC_RELAXED);
	__atomic_fetch_or(&cpu->flush_what, what, __ATOMIC_RELEASE);
	__atomic_store_n(&cpu->flush_wanted, cpu->flush_wanted + 1,
			 __ATOMIC_RELEASE);
	apic_send_nmi(cpu->apic_id);
}

static void kick_again(const struct pcpu *self)
{
	for (u32 i = 0; i < hv_boot.nr_cpus; i++) {
		struct pcpu *cpu = pcpu_of(i);

		if (cpu != self && __atomic_load_n(&cpu->online,
						   __ATOMIC_ACQUIRE))
			__atomic_store_n(&cpu->nmi_expected, 1,
					 __ATOMIC_RELAXED);
	}
	apic_send_nmi_all();
}

static bool served(const struct pcpu *cpu)
{
	return __atomic_load_n(&cpu->flush_done, __ATOMIC_ACQUIRE) ==
	       cpu->flush_wanted;
}

/*
 * An NMI reaches a CPU in non-root and in root mode, in HLT and MWAIT, with
 * interrupts off and the APIC disabled by software.  It does not with the APIC
 * disabled by IA32_APIC_BASE, which VTL0 therefore cannot do.
 */
static void flush_locked(const u64 *mask, u32 what)
{
	struct pcpu *self = this_cpu();

	BUG_ON(!spin_is_locked(&hv.lock));
	/* The changed entries are visible before any CPU's state is looked at. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	for (u32 i = 0; i < hv_boot.nr_cpus; i++)
		if (in_mask(mask, i) && needs_kick(self, pcpu_of(i)))
			kick(pcpu_of(i), what);
	if (in_mask(mask, self->index))
		flush_now(self, what);
	for (u32 i = 0; i < hv_boot.nr_cpus; i++) {
		const struct pcpu *cpu = pcpu_of(i);
		u32 polls = 0;

		if (!in_mask(mask, i))
			continue;
		while (needs_kick(self, cpu) && !served(cpu)) {
			if (++polls % FLUSH_PATIENCE == 0)
				kick_again(self);
			cpu_relax();
		}
	}
}

/* Make a CPU look at what others have left for it, whatever it runs. */
void flush_kick(struct pcpu *cpu)
{
	__atomic_store_n(&cpu->nmi_expected, 1, __ATOMIC_SEQ_CST);
	apic_send_nmi(cpu->apic_id);
}

void flush_all_locked(void)
{
	flush_locked(NULL, FLUSH_ALL);
}

/*
 * What @vtl's virtual addresses translate to, on the VPs of @mask, or all.
 * False: not now, VTL1 has locked the TLB of one of them for VTL0.
 */
bool flush_virtual(u8 vtl, const u64 *mask)
{
	bool locked;

	spin_lock(&hv.lock);
	locked = !vtl && tlb_lock_held_locked(mask);
	if (!locked)
		flush_locked(mask, FLUSH_VTL(vtl));
	spin_unlock(&hv.lock);
	return !locked;
}
