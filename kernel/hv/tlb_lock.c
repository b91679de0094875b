// SPDX-License-Identifier: GPL-2.0
/*
 * TLB locks: while VTL1 works with an address that it has translated for VTL0,
 * no flush of VTL0 completes.  Must never make a CPU wait in root mode: a flush
 * is made again by its caller, a VTL return by VTL1.  Source: TLFS,
 * "Configuring Lower VTLs"; HvRegisterVsmVpWaitForTlbLock.
 */
#include <vsm/string.h>

#include "hv.h"
#include "registers.h"

bool tlb_lock_get(const struct pcpu *cpu)
{
	return __atomic_load_n(&cpu->tlb_locked, __ATOMIC_ACQUIRE);
}

/* This VP's.  Taken under the lock: no flush is half way. */
void tlb_lock_set(struct pcpu *cpu, bool lock)
{
	spin_lock(&hv.lock);
	__atomic_store_n(&cpu->tlb_locked, lock, __ATOMIC_RELEASE);
	spin_unlock(&hv.lock);
}

/* Of the VPs in @mask, or of all. */
bool tlb_lock_held_locked(const u64 *mask)
{
	for (u32 i = 0; i < hv_boot.nr_cpus; i++)
		if ((!mask || (mask[i / 64] & BIT_ULL(i % 64))) &&
		    tlb_lock_get(pcpu_of(i)))
			return true;
	return false;
}

/* The locks that are held now: one that is taken later sees what was done. */
static void wait_set(struct pcpu *cpu, bool wait)
{
	memset(cpu->tlb_wait, 0, sizeof(cpu->tlb_wait));
	cpu->tlb_waits = wait;
	for (u32 i = 0; wait && i < hv_boot.nr_cpus; i++)
		if (i != cpu->index && tlb_lock_get(pcpu_of(i)))
			cpu->tlb_wait[i / 64] |= BIT_ULL(i % 64);
}

/*
 * May this VP go on to VTL0?  Its own lock is dropped first, so that two VPs
 * which wait for each other do not wait for ever.
 */
bool tlb_wait_over(struct pcpu *cpu)
{
	bool over = true;

	__atomic_store_n(&cpu->tlb_locked, false, __ATOMIC_RELEASE);
	for (u32 i = 0; i < hv_boot.nr_cpus; i++) {
		u64 bit = BIT_ULL(i % 64);

		if (!(cpu->tlb_wait[i / 64] & bit))
			continue;
		if (tlb_lock_get(pcpu_of(i)))
			over = false;
		else
			cpu->tlb_wait[i / 64] &= ~bit;
	}
	if (over)
		cpu->tlb_waits = false;
	return over;
}

/* MBEC is the partition's choice: here it can be seen, not changed. */
u64 hvreg_get_secure_config(struct pcpu *cpu, u8 vtl, u32 name,
			    struct hv_register_value *val)
{
	(void)name;
	val->low = (hv.vtl[vtl].mbec ? HV_VSM_SECURE_CONFIG_MBEC : 0) |
		   (tlb_lock_get(cpu) ? HV_VSM_SECURE_CONFIG_TLB_LOCKED : 0);
	return HV_STATUS_SUCCESS;
}

u64 hvreg_set_secure_config(struct pcpu *cpu, u8 vtl, u32 name,
			    const struct hv_register_value *val)
{
	u64 mbec = hv.vtl[vtl].mbec ? HV_VSM_SECURE_CONFIG_MBEC : 0;

	(void)name;
	if ((val->low & ~(u64)HV_VSM_SECURE_CONFIG_TLB_LOCKED) != mbec)
		return HV_STATUS_INVALID_REGISTER_VALUE;
	tlb_lock_set(cpu, val->low & HV_VSM_SECURE_CONFIG_TLB_LOCKED);
	return HV_STATUS_SUCCESS;
}

u64 hvreg_get_tlb_wait(struct pcpu *cpu, u8 vtl, u32 name,
		       struct hv_register_value *val)
{
	(void)vtl;
	(void)name;
	val->low = cpu->tlb_waits ? HV_VSM_WAIT_FOR_TLB_LOCK : 0;
	return HV_STATUS_SUCCESS;
}

u64 hvreg_set_tlb_wait(struct pcpu *cpu, u8 vtl, u32 name,
		       const struct hv_register_value *val)
{
	(void)vtl;
	(void)name;
	if (val->low & ~(u64)HV_VSM_WAIT_FOR_TLB_LOCK)
		return HV_STATUS_INVALID_REGISTER_VALUE;
	wait_set(cpu, val->low & HV_VSM_WAIT_FOR_TLB_LOCK);
	return HV_STATUS_SUCCESS;
}
