// SPDX-License-Identifier: GPL-2.0
/*
 * hv_setup(): what happens on each CPU between entry.S and VTL0, in order.
 * Must never be left without either entering VTL0 or restoring Linux.
 */
#include <asm/msr.h>
#include <vsm/string.h>

#include "cpuid.h"
#include "trap.h"
#include "vcpu.h"

#define EXT_ADDRESS_SIZES	0x80000008
#define CPUID_7_ECX_TME		BIT(13)

/*
 * TME-MK: the topmost bits of an address are the number of a key, and with
 * another key the same memory is there again.
 */
static u32 key_bits(void)
{
	u64 tme;
	u32 r[4];

	cpuid(7, 0, r);
	if (!(r[2] & CPUID_7_ECX_TME) ||
	    !rdmsr_safe(MSR_IA32_TME_ACTIVATE, &tme) ||
	    (tme & TME_LOCKED_ON) != TME_LOCKED_ON)
		return 0;
	return TME_KEY_BITS(tme);
}

/* EPTs of four levels know no address beyond. */
static void read_maxphyaddr(void)
{
	u32 r[4];

	cpuid(EXT_ADDRESS_SIZES, 0, r);
	hv.maxphyaddr_mask =
		BIT_ULL(MIN((r[0] & 0xff) - key_bits(), EPT_WIDTH)) - 1;
}

/* Once, on the first CPU; on the hypervisor's own page table. */
static bool setup_first(void)
{
	struct hv_public *pub = hv_public();

	memset(pub, 0, hv_boot.public_size);
	pub->version = HV_PUBLIC_VERSION;
	pub->nr_cpus = hv_boot.nr_cpus;
	read_maxphyaddr();
	tlfs_find_base();
	hv.has_mbec = vcpu_has_mbec();
	hv.has_timer = vcpu_has_timer();
	stimer_setup();
	if (!mem_setup())
		return false;
	hv.ready = true;
	return true;
}

static void init_pcpu(struct pcpu *cpu, u32 index, u64 start)
{
	memset(cpu, 0, sizeof(*cpu));
	cpu->index = index;
	cpu->regs = regs_of(cpu);
	cpu->launch_start = start;
	cpu->public = &hv_public()->cpu[index];
	synic_reset(cpu);
}

/*
 * The first CPU comes alone and before all others.  Reached from entry.S with
 * what boot.h says, on this CPU's root-mode stack.
 */
__noreturn void hv_setup(u32 index, u64 rip, u64 rsp, u64 cr3);

void hv_setup(u32 index, u64 rip, u64 rsp, u64 cr3)
{
	struct vcpu_launch launch = { rip, rsp, cr3 };
	struct pcpu *cpu = pcpu_of(index);
	u64 detail = 0;
	u32 ret;

	init_pcpu(cpu, index, rdtsc());
	if (!hv.ready)
		trap_setup_idt();
	trap_setup_cpu(cpu);
	/* From here on in the hypervisor's own address space. */
	vcpu_switch_in(cpu, &launch);
	ret = vcpu_check_caps(&detail);
	if (!ret && !hv.ready && !setup_first())
		ret = HV_LAUNCH_MEMORY;
	cpu->apic_id = apic_id();
	cpuid_setup(cpu);
	if (!ret)
		ret = vcpu_start(cpu);
	if (ret) {
		cpu->public->launch_detail = detail;
		vcpu_switch_out(cpu, ret);
	}
	cpu->public->launch_ticks = rdtsc() - cpu->launch_start;
	/* A flush that starts now waits for this CPU; do the earlier ones. */
	__atomic_store_n(&cpu->online, 1, __ATOMIC_SEQ_CST);
	vcpu_flush();
	vcpu_enter(cpu);
}
