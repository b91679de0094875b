// SPDX-License-Identifier: GPL-2.0
/*
 * CPUID from a table taken on each CPU at launch: no CPUID is executed in root
 * mode afterwards.  Must never show a feature that the hypervisor takes away.
 * Source: SDM, "CPUID - CPU Identification"; TLFS, "Feature and Interface
 * Discovery".
 */
#include <asm/msr.h>
#include <vsm/string.h>

#include "hv.h"
#include "hvcall.h"
#include "vcpu.h"

#define EXT_BASE	0x80000000U
#define MAX_BASIC	0x40
#define MAX_EXT		0x20
#define MAX_SUBLEAVES	64
#define ANY_SUBLEAF	0xff

struct cpuid_entry {
	u32 r[4];
};

/* first[]: 1 + index of a leaf's first entry; 0: the leaf reads as zero. */
struct cpuid_table {
	u32 max_basic, max_ext;
	u32 nr;
	u8 basic_first[MAX_BASIC], basic_nr[MAX_BASIC];
	u8 ext_first[MAX_EXT];
	struct cpuid_entry entry[];
};

#define TABLE_ENTRIES							\
	((HV_PCPU_CPUID_END - HV_PCPU_CPUID -				\
	  sizeof(struct cpuid_table)) / sizeof(struct cpuid_entry))

/* One byte indexes the table. */
static_assert(TABLE_ENTRIES >= 255, "CPUID table");
#define MAX_ENTRIES	254

static struct cpuid_table *table_of(struct pcpu *cpu)
{
	return (struct cpuid_table *)(pcpu_area(cpu->index) + HV_PCPU_CPUID);
}

/* How many subleaves a leaf has on this CPU; 1 where ECX does not matter. */
static u32 count_subleaves(u32 leaf)
{
	u32 r[4], n;

	switch (leaf) {
	case 0x4:
	case 0xb:
	case 0x1f:
	case 0x12:
		/* Until a subleaf of type 0; 0x12 has two before its list. */
		for (n = leaf == 0x12 ? 2 : 0; n < MAX_SUBLEAVES; n++) {
			cpuid(leaf, n, r);
			if (leaf == 0xb || leaf == 0x1f) {
				if (!(r[2] & 0xff00))
					return n + 1;
			} else if (!(r[0] & 0xf)) {
				return n + 1;
			}
		}
		return n;
	case 0xd:
		return MAX_SUBLEAVES;
	case 0x7:
	case 0x14:
	case 0x17:
	case 0x18:
	case 0x1d:
	case 0x20:
	case 0x24:
		cpuid(leaf, 0, r);
		return MIN(r[0] + 1, (u32)MAX_SUBLEAVES);
	case 0xf:
	case 0x1e:
		return 2;
	case 0x10:
		return 8;
	case 0x23:
		return 6;
	default:
		return 1;
	}
}

static u32 add_leaf(struct cpuid_table *t, u32 leaf, u32 nr)
{
	u32 first = t->nr;

	for (u32 i = 0; i < nr && t->nr < MAX_ENTRIES; i++)
		cpuid(leaf, i, t->entry[t->nr++].r);
	return first;
}

/* Leaf 0xD is sparse: keep it up to the last component there is. */
static u32 trim_subleaves(u32 leaf, u32 nr)
{
	u32 r[4];

	if (leaf != 0xd)
		return nr;
	while (nr > 2) {
		cpuid(leaf, nr - 1, r);
		if (r[0] | r[1] | r[2] | r[3])
			break;
		nr--;
	}
	return nr;
}

static struct cpuid_entry *find(struct cpuid_table *t, u32 leaf, u32 subleaf)
{
	u32 first;

	if (leaf < MAX_BASIC) {
		first = t->basic_first[leaf];
		if (!first)
			return NULL;
		if (t->basic_nr[leaf] == 1)
			subleaf = 0;
		else if (subleaf >= t->basic_nr[leaf])
			return NULL;
		return &t->entry[first - 1 + subleaf];
	}
	leaf -= EXT_BASE;
	if (leaf >= MAX_EXT || !t->ext_first[leaf])
		return NULL;
	return &t->entry[t->ext_first[leaf] - 1];
}

/* What VTL0 and VTL1 cannot have: VMX and SMX.  What they do have: us. */
static void hide(struct cpuid_table *t)
{
	struct cpuid_entry *e = find(t, 1, 0);

	if (!e)
		return;
	e->r[2] &= ~(CPUID_1_ECX_VMX | CPUID_1_ECX_SMX);
	e->r[2] |= CPUID_1_ECX_HYPERVISOR;
}

void cpuid_setup(struct pcpu *cpu)
{
	struct cpuid_table *t = table_of(cpu);
	u32 r[4];

	memset(t, 0, sizeof(*t));
	cpuid(0, 0, r);
	t->max_basic = r[0];
	for (u32 leaf = 0; leaf <= t->max_basic && leaf < MAX_BASIC; leaf++) {
		u32 nr = trim_subleaves(leaf, count_subleaves(leaf));

		t->basic_first[leaf] = 1 + add_leaf(t, leaf, nr);
		t->basic_nr[leaf] = nr;
	}
	cpuid(EXT_BASE, 0, r);
	t->max_ext = r[0] >= EXT_BASE ? r[0] - EXT_BASE : 0;
	for (u32 leaf = 0; leaf <= t->max_ext && leaf < MAX_EXT; leaf++)
		t->ext_first[leaf] = 1 + add_leaf(t, EXT_BASE + leaf, 1);
	hide(t);
}

enum { REG_EAX, REG_EBX };

static const struct {
	u32 reg;
	u32 bit;
	u32 vtls;
} privileges[] = {
#define PRIVILEGE(name, reg, vtls, tlfs)				\
	{ REG_##reg, HV_ACCESS_##name, vtls },
#include "privileges.def"
#undef PRIVILEGE
};

/* TLFS leaves, at hv.cpuid_base. */
static void synthetic(const struct pcpu *cpu, u32 leaf, u32 r[4])
{
	switch (leaf) {
	case HV_CPUID_VENDOR_AND_MAX:
		r[0] = hv.cpuid_base + HV_CPUID_HARDWARE;
		r[1] = HV_CPUID_SIGNATURE_EBX;
		r[2] = HV_CPUID_SIGNATURE_ECX;
		r[3] = HV_CPUID_SIGNATURE_EDX;
		break;
	case HV_CPUID_INTERFACE:
		r[0] = HV_CPUID_INTERFACE_EAX;
		break;
	case HV_CPUID_FEATURES:
		for (u32 i = 0; i < ARRAY_SIZE(privileges); i++)
			if (privileges[i].vtls & BIT(cpu->active_vtl))
				r[privileges[i].reg] |= privileges[i].bit;
		break;
	case HV_CPUID_LIMITS:
		r[0] = hv_boot.nr_cpus;
		r[1] = hv_boot.nr_cpus;
		break;
	default:
		break;
	}
}

/*
 * Bits of a few leaves follow control registers and XCR0/XSS.  XCR0 and XSS
 * are shared VP state and in force in root mode, so leaf 0xD's sizes can be
 * recomputed by the processor itself only; they are kept from launch and
 * recomputed when XCR0 changes.
 */
static void patch(u32 leaf, u32 subleaf, u32 r[4])
{
	u64 cr4;

	if (leaf == 1) {
		cr4 = vcpu_cr4();
		r[2] &= ~CPUID_1_ECX_OSXSAVE;
		if (cr4 & X86_CR4_OSXSAVE)
			r[2] |= CPUID_1_ECX_OSXSAVE;
		if (!(rdmsr(MSR_IA32_APICBASE) & APICBASE_ENABLE))
			r[3] &= ~CPUID_1_EDX_APIC;
	} else if (leaf == 7 && !subleaf) {
		cr4 = vcpu_cr4();
		r[2] &= ~CPUID_7_ECX_OSPKE;
		if (cr4 & X86_CR4_PKE)
			r[2] |= CPUID_7_ECX_OSPKE;
	} else if (leaf == 0xd && subleaf < 2) {
		/* Sizes depend on XCR0 and XSS as they are now. */
		cpuid(leaf, subleaf, r);
	}
}

void cpuid_lookup(struct pcpu *cpu, u32 leaf, u32 subleaf, u32 r[4])
{
	struct cpuid_table *t = table_of(cpu);
	struct cpuid_entry *e;

	memset(r, 0, 4 * sizeof(r[0]));
	if (leaf - hv.cpuid_base <= HV_CPUID_HARDWARE) {
		synthetic(cpu, leaf - hv.cpuid_base, r);
		return;
	}
	/* SDM: a leaf above the highest one returns the highest basic one. */
	if ((leaf < EXT_BASE && leaf > t->max_basic &&
	     leaf >> 28 != HV_CPUID_BASE >> 28) ||
	    (leaf >= EXT_BASE && leaf - EXT_BASE > t->max_ext))
		leaf = t->max_basic;
	e = find(t, leaf, subleaf);
	if (e) {
		for (u32 i = 0; i < 4; i++)
			r[i] = e->r[i];
		patch(leaf, subleaf, r);
	} else if (leaf == 0xb || leaf == 0x1f) {
		/* SDM: past the last level, ECX[7:0] and EDX stay valid. */
		e = find(t, leaf, 0);
		r[2] = subleaf & 0xff;
		r[3] = e ? e->r[3] : 0;
	}
}
