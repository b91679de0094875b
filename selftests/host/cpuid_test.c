// SPDX-License-Identifier: GPL-2.0
/*
 * CPUID as both VTLs see it, on the bare machine and beneath outer hypervisors:
 * theirs stays where Linux found it, ours is at the next free base, and the
 * driver finds it there.  Must never be told by the code under test what an
 * outer hypervisor shows.
 */
#include <stdlib.h>
#include <string.h>

#include <asm/msr.h>

#include "../../kernel/cpuid_base.h"
#include "../../kernel/hv/cpuid.h"
#include "../../kernel/hv/vcpu.h"
#include "script.h"

#define OUTER_MAX	3

struct outer {
	u32 base, highest;		/* as the leaf at @base says it */
	const char *name;		/* twelve bytes */
	u32 features_ebx;		/* its leaf 3, where it has that */
};

static const struct machine {
	const char *what;
	bool hypervisor;		/* CPUID.1:ECX[31] */
	struct outer outer[OUTER_MAX];
	u32 base;			/* where we are to be */
} machines[] = {
	{ "the bare machine", .base = 0x40000000 },
	{ "an outer one without leaves", true, .base = 0x40000000 },
	{ "KVM", true,
	  { { 0x40000000, 0x40000001, "KVMKVMKVM\0\0", 0 } }, 0x40000100 },
	{ "an old KVM", true,
	  { { 0x40000000, 0, "KVMKVMKVM\0\0", 0 } }, 0x40000100 },
	{ "KVM that looks like Hyper-V, too", true,
	  { { 0x40000000, 0x40000005, "Microsoft Hv", 0 },
	    { 0x40000100, 0x40000101, "KVMKVMKVM\0\0", 0 } }, 0x40000200 },
	{ "Hyper-V with VSM", true,
	  { { 0x40000000, 0x4000000c, "Microsoft Hv", HV_ACCESS_VSM } },
	  0x40000100 },
	{ "VMware", true,
	  { { 0x40000000, 0x40000010, "VMwareVMware", 0 } }, 0x40000100 },
	{ "Xen after two others", true,
	  { { 0x40000000, 0x40000006, "Microsoft Hv", HV_ACCESS_VSM },
	    { 0x40000100, 0x40000101, "KVMKVMKVM\0\0", 0 },
	    { 0x40000200, 0x40000205, "XenVMMXenVMM", 0 } }, 0x40000300 },
};

static const struct machine *machine;
static u8 area[HV_PCPU_SIZE] __aligned(PAGE_SIZE);
static u64 guest_cr4;

struct hv_state hv;
struct hv_boot hv_boot;

static struct pcpu *cpu(void)
{
	return (struct pcpu *)(area + HV_PCPU_DATA);
}

/* --- the processor ---------------------------------------------------------- */

#define HIGHEST_BASIC	0xd
#define HIGHEST_EXT	0x80000008

static void fill(u32 leaf, u32 subleaf, u32 r[4])
{
	for (u32 i = 0; i < 4; i++)
		r[i] = (leaf * 4 + i) ^ subleaf << 20;
}

static bool outer_leaf(u32 leaf, u32 r[4])
{
	for (u32 i = 0; i < OUTER_MAX; i++) {
		const struct outer *o = &machine->outer[i];
		u32 highest = o->highest ? o->highest : o->base + 1;

		if (!o->name || leaf < o->base || leaf > highest)
			continue;
		fill(leaf, 0, r);
		if (leaf == o->base) {
			r[0] = o->highest;
			memcpy(&r[1], o->name, 12);
		}
		if (!strcmp(o->name, "Microsoft Hv")) {
			if (leaf == o->base + 1)
				r[0] = HV_CPUID_INTERFACE_EAX;
			if (leaf == o->base + 3)
				r[1] = o->features_ebx;
		}
		return true;
	}
	return false;
}

/* SDM: beyond the highest, the highest basic one. */
void cpuid(u32 leaf, u32 subleaf, u32 r[4])
{
	memset(r, 0, 4 * sizeof(*r));
	if (leaf >> 28 == 4) {
		if (outer_leaf(leaf, r))
			return;
		leaf = HIGHEST_BASIC;
	} else if (leaf < 0x80000000 ? leaf > HIGHEST_BASIC :
				       leaf > HIGHEST_EXT) {
		leaf = HIGHEST_BASIC;
	}
	fill(leaf, subleaf, r);
	if (leaf == 0)
		r[0] = HIGHEST_BASIC;
	if (leaf == 0x80000000)
		r[0] = HIGHEST_EXT;
	if (leaf == 4 || leaf == 0xb)
		memset(r, 0, 4 * sizeof(*r));
	if (leaf == 7)
		r[0] = 0;
	if (leaf == 0xd)
		r[0] = 0;
	if (leaf == 1) {
		r[2] = CPUID_1_ECX_VMX | CPUID_1_ECX_SMX | 0x1001;
		if (machine->hypervisor)
			r[2] |= CPUID_1_ECX_HYPERVISOR;
	}
}

u64 rdmsr(u32 msr)
{
	if (msr != MSR_IA32_APICBASE)
		abort();
	return APICBASE_ENABLE;
}

u64 xgetbv(u32 index)
{
	if (index)
		abort();
	return 3;
}

u64 vcpu_cr4(void)
{
	return guest_cr4;
}

/* --- what both VTLs see ------------------------------------------------------ */

static void look_up(u8 vtl, u32 leaf, u32 r[4])
{
	cpu()->active_vtl = vtl;
	cpuid_lookup(cpu(), leaf, 0, r);
}

static void driver_reads(u32 leaf, u32 r[4])
{
	look_up(0, leaf, r);
}

static void processor_reads(u32 leaf, u32 r[4])
{
	cpuid(leaf, 0, r);
}

static bool same(const u32 a[4], const u32 b[4])
{
	return !memcmp(a, b, 4 * sizeof(*a));
}

static void check_outer(const struct outer *o)
{
	u32 highest = o->highest ? o->highest : o->base + 1;
	u32 want[4], seen[4];

	for (u8 vtl = 0; vtl < HV_NUM_VTLS; vtl++) {
		for (u32 leaf = o->base; leaf <= highest; leaf++) {
			cpuid(leaf, 0, want);
			look_up(vtl, leaf, seen);
			EXPECT(same(want, seen));
		}
	}
}

static void check_ours(u8 vtl)
{
	static const u32 zero[4];
	u32 r[4], base = machine->base;

	look_up(vtl, base, r);
	EXPECT(r[0] == base + 6);
	EXPECT(!memcmp(&r[1], "Microsoft Hv", 12));
	look_up(vtl, base + 1, r);
	EXPECT(!memcmp(&r[0], "Hv#1", 4));
	look_up(vtl, base + 3, r);
	EXPECT(r[1] & HV_ACCESS_VSM);
	look_up(vtl, base + 4, r);
	/* Beneath another hypervisor a core may be shared: it knows. */
	EXPECT(!(r[0] & HV_NO_NONARCH_CORE_SHARING) ==
	       (base != HV_CPUID_BASE));
	look_up(vtl, base + 7, r);
	EXPECT(same(r, zero));
	look_up(vtl, base + HV_CPUID_STRIDE, r);
	EXPECT(same(r, zero));
	look_up(vtl, 1, r);
	EXPECT(r[2] & CPUID_1_ECX_HYPERVISOR);
	EXPECT(!(r[2] & (CPUID_1_ECX_VMX | CPUID_1_ECX_SMX)));
}

static bool check_machine(void)
{
	expect_bad = false;
	memset(area, 0, sizeof(area));
	hv.maxphyaddr_mask = BIT_ULL(39) - 1;
	hv_boot.nr_cpus = 2;
	tlfs_find_base();
	EXPECT(hv.cpuid_base == machine->base);
	cpuid_setup(cpu());
	for (u32 i = 0; i < OUTER_MAX; i++)
		if (machine->outer[i].name)
			check_outer(&machine->outer[i]);
	check_ours(0);
	check_ours(1);
	/* Before the launch there may be others; afterwards there are we. */
	EXPECT(vsm_cpuid_base(processor_reads) != machine->base);
	EXPECT(vsm_cpuid_base(driver_reads) == machine->base);
	return !expect_bad;
}

int main(void)
{
	int failures = 0;

	printf("TAP version 13\n1..%zu\n", ARRAY_SIZE(machines));
	for (u32 i = 0; i < ARRAY_SIZE(machines); i++) {
		bool ok;

		machine = &machines[i];
		ok = check_machine();
		printf("%sok %u %s\n", ok ? "" : "not ", i + 1, machine->what);
		failures += !ok;
	}
	return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
