// SPDX-License-Identifier: GPL-2.0
/*
 * kernel/hv/flush.c and apic.c on a machine of four CPUs, of which the first
 * flushes: no other may go on with an old translation, whatever happens to the
 * NMI that tells it.  Must never let a CPU serve what has not reached it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <asm/msr.h>

#include "../../kernel/hv/hv.h"
#include "../../kernel/hv/vcpu.h"

#define CPUS		4
#define ICR_NMI		0x4400ULL
#define ICR_OTHERS	0xc0000ULL
#define LVT_NMI		0x400
#define LVT_FIXED	0x000
#define LVT_MASKED	0x10000

struct hv_state hv;
struct hv_boot hv_boot;

/* A CPU as the machine has it. */
static struct {
	u32 id;				/* of its APIC now */
	bool nmi;			/* has arrived */
	u32 nmis, flushes, vtl_flushes[HV_NUM_VTLS];
	bool stops;			/* waits for SIPI instead of serving */
	bool asks_again;		/* another request comes meanwhile */
} cpus[CPUS];

static u32 current, broadcasts, strangers, failures, tests;
static u64 polls;
static u32 lvtpc, lvt1;
static u8 status;

void vsm_bug(const char *file, int line, const char *what)
{
	printf("Bail out! %s:%d: %s\n", file, line, what);
	fflush(stdout);
	abort();
}

u64 read_rsp(void)
{
	return pcpu_area(current) + 64;
}

u64 rdmsr(u32 msr)
{
	switch (msr) {
	case MSR_IA32_APICBASE:
		return APICBASE_X2APIC;
	case MSR_IA32_X2APIC_LVTPC:
		return lvtpc;
	case MSR_IA32_X2APIC_LVT1:
		return lvt1;
	default:
		BUG_ON("an MSR that is not the APIC's");
	}
}

static void arrive(u32 i)
{
	if (!__atomic_load_n(&pcpu_of(i)->online, __ATOMIC_RELAXED))
		return;
	/* Whoever sent it has said before that it comes, or it is VTL0's. */
	strangers += !pcpu_of(i)->nmi_expected;
	cpus[i].nmi = true;
}

void wrmsr(u32 msr, u64 val)
{
	BUG_ON(msr != MSR_IA32_X2APIC_ICR);
	BUG_ON((u32)val != ICR_NMI && (u32)val != (ICR_NMI | ICR_OTHERS));
	broadcasts += (u32)val != ICR_NMI;
	for (u32 i = 0; i < CPUS; i++)
		if (val & ICR_OTHERS ? i != current : cpus[i].id == val >> 32)
			arrive(i);
}

u8 inb(u16 port)
{
	BUG_ON(port != 0x61);
	return status;
}

void vcpu_flush(void)
{
	cpus[current].flushes++;
}

void vcpu_flush_virtual(u8 vtl)
{
	cpus[current].vtl_flushes[vtl]++;
	if (cpus[current].asks_again) {
		struct pcpu *cpu = pcpu_of(current);

		cpus[current].asks_again = false;
		cpu->flush_what |= BIT(0);
		cpu->flush_wanted++;
	}
}

bool tlb_lock_held_locked(const u64 *mask)
{
	return mask && mask[0] & BIT(CPUS - 1) && pcpu_of(CPUS - 1)->tlb_locked;
}

/* The NMI handler of a CPU. */
static void take_nmi(u32 i)
{
	u32 was = current;

	cpus[i].nmi = false;
	cpus[i].nmis++;
	pcpu_of(i)->nmi_expected = 0;
	current = i;
	if (flush_pending(pcpu_of(i)))
		flush_serve(pcpu_of(i));
	current = was;
}

/* While one CPU waits, the others go on, one after the other. */
void cpu_relax(void)
{
	u32 i = ++polls % CPUS;

	BUG_ON(polls > 1ULL << 24 && "a flush that does not end");
	if (i == current)
		return;
	if (cpus[i].stops)
		pcpu_of(i)->wait_sipi = 1;
	else if (cpus[i].nmi)
		take_nmi(i);
}

static void set_up(void)
{
	struct hv_public_cpu *public = (void *)(hv_boot.pcpu_base +
						CPUS * HV_PCPU_SIZE);

	memset(&hv, 0, sizeof(hv));
	memset(cpus, 0, sizeof(cpus));
	broadcasts = 0;
	strangers = 0;
	polls = 0;
	current = 0;
	for (u32 i = 0; i < CPUS; i++) {
		memset(pcpu_of(i), 0, sizeof(struct pcpu));
		pcpu_of(i)->index = i;
		pcpu_of(i)->online = 1;
		pcpu_of(i)->public = public + i;
		pcpu_of(i)->apic_id = 2 * i + 1;
		cpus[i].id = 2 * i + 1;
	}
}

static void check(bool ok, const char *what)
{
	printf("%sok %u %s\n", ok ? "" : "not ", ++tests, what);
	failures += !ok;
}

static void flush_all(void)
{
	spin_lock(&hv.lock);
	flush_all_locked();
	spin_unlock(&hv.lock);
}

static bool served(u32 i)
{
	return !flush_pending(pcpu_of(i));
}

static bool everyone(void)
{
	bool ok;

	set_up();
	flush_all();
	ok = !broadcasts && !strangers;
	for (u32 i = 0; i < CPUS; i++)
		ok &= cpus[i].flushes == 1 && cpus[i].nmis == !!i && served(i);
	return ok;
}

static bool absent(void)
{
	set_up();
	pcpu_of(1)->online = 0;
	pcpu_of(2)->wait_sipi = 1;
	flush_all();
	return !cpus[1].nmis && !cpus[2].nmis && cpus[3].flushes == 1;
}

/* It will flush before it runs again. */
static bool stops_meanwhile(void)
{
	set_up();
	cpus[2].stops = true;
	flush_all();
	return !served(2) && served(1) && served(3);
}

/* The first NMI goes nowhere. */
static bool other_id(void)
{
	set_up();
	cpus[2].id = 77;
	flush_all();
	return broadcasts == 1 && !strangers && polls >= 0x10000 && polls < 0x20000 &&
	       cpus[2].flushes == 1 && served(2) && cpus[1].flushes == 1;
}

/* Two have changed places: the first NMI of one comes before it is expected. */
static bool swapped_ids(void)
{
	set_up();
	cpus[1].id = 5;
	cpus[2].id = 3;
	flush_all();
	return !broadcasts && cpus[1].flushes == 1 && cpus[2].flushes == 1;
}

static bool some_of_a_vtl(void)
{
	const u64 mask[HV_CPU_MASK_WORDS] = { BIT(0) | BIT(2) };
	bool ok;

	set_up();
	ok = flush_virtual(1, mask);
	for (u32 i = 0; i < CPUS; i++)
		ok &= cpus[i].vtl_flushes[1] == (mask[0] >> i & 1) &&
		      !cpus[i].vtl_flushes[0] && !cpus[i].flushes;
	return ok && !cpus[1].nmis;
}

static bool locked_tlb(void)
{
	const u64 mask[HV_CPU_MASK_WORDS] = { BIT(1) | BIT(CPUS - 1) };
	const u64 others[HV_CPU_MASK_WORDS] = { BIT(1) };

	set_up();
	pcpu_of(CPUS - 1)->tlb_locked = true;
	return !flush_virtual(0, mask) && !cpus[1].nmis &&
	       flush_virtual(0, others) && cpus[1].vtl_flushes[0] == 1 &&
	       flush_virtual(1, mask) && cpus[3].vtl_flushes[1] == 1;
}

/* What is asked for while another request is served is served, too. */
static bool asked_meanwhile(void)
{
	const u64 mask[HV_CPU_MASK_WORDS] = { BIT(1) };

	set_up();
	cpus[1].asks_again = true;
	flush_virtual(0, mask);
	return cpus[1].vtl_flushes[0] == 1 && cpus[1].flushes == 1 && served(1);
}

static bool back_again(void)
{
	set_up();
	pcpu_of(0)->flush_wanted = 3;
	flush_local(pcpu_of(0));
	return cpus[0].flushes == 1 && served(0);
}

/* What VTL0 lost to a kick, and can be seen: one line for each. */
static const struct {
	u32 lvtpc, lvt1;
	u8 status;
	bool cause;
	const char *what;
} nmis[] = {
	{ LVT_NMI, LVT_NMI, 0, false, "NMI: none but the kick" },
	{ LVT_NMI | LVT_MASKED, LVT_NMI, 0, true, "NMI: counter" },
	{ LVT_FIXED | LVT_MASKED, LVT_NMI, 0, false, "NMI: counter is off" },
	{ LVT_NMI, LVT_NMI, 0x80, true, "NMI: SERR" },
	{ LVT_NMI, LVT_NMI, 0x84, false, "NMI: SERR is disabled" },
	{ LVT_NMI, LVT_NMI, 0x40, true, "NMI: IOCHK" },
	{ LVT_NMI, LVT_NMI, 0x48, false, "NMI: IOCHK is disabled" },
	{ LVT_NMI, LVT_NMI, 0xc4, true, "NMI: SERR is disabled, IOCHK" },
	{ LVT_NMI, LVT_NMI, 0xff, false, "NMI: no such port" },
	{ LVT_NMI, LVT_NMI, 0x3f & ~0xc, false, "NMI: other bits" },
	{ LVT_NMI, LVT_NMI | LVT_MASKED, 0xc0, false, "NMI: LINT1 masked" },
	{ LVT_NMI, LVT_FIXED, 0xc0, false, "NMI: LINT1 is no NMI" },
};

int main(void)
{
	void *area = mmap(NULL, (CPUS + 1) * HV_PCPU_SIZE + HV_PCPU_SIZE,
			  PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (area == MAP_FAILED)
		return EXIT_FAILURE;
	hv_boot.pcpu_base = ALIGN((u64)area, HV_PCPU_SIZE);
	hv_boot.nr_cpus = CPUS;
	printf("TAP version 13\n1..%zu\n", 9 + ARRAY_SIZE(nmis));
	check(everyone(), "every CPU, once");
	check(absent(), "not one that is offline or waits for SIPI");
	check(stops_meanwhile(), "one that INIT stops is not waited for");
	check(other_id(), "an APIC with another id: sent again, to all");
	check(swapped_ids(), "APICs that have changed ids");
	check(some_of_a_vtl(), "one VTL's addresses on some CPUs");
	check(locked_tlb(), "a locked TLB, and the others");
	check(asked_meanwhile(), "asked for while served");
	check(back_again(), "a CPU that comes back");
	for (u32 i = 0; i < ARRAY_SIZE(nmis); i++) {
		lvtpc = nmis[i].lvtpc;
		lvt1 = nmis[i].lvt1;
		status = nmis[i].status;
		check(apic_nmi_has_cause() == nmis[i].cause, nmis[i].what);
	}
	return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
