// SPDX-License-Identifier: GPL-2.0
/*
 * CPUID from a table taken on each CPU at launch: no CPUID is executed in root
 * mode afterwards.  Must never show a feature that the hypervisor takes away.
 * Source: SDM, "CPUID - CPU Identification"; TLFS, "Feature and Interface
 * Discovery".
 */
#include <asm/msr.h>
#include <vsm/string.h>

#include "cpuid.h"
#include "hv.h"
#include "vcpu.h"

#define MAX_SUBLEAVES	64
#define OUTER_RANGE	0x20	/* leaves kept of each outer hypervisor */

#define XSAVE_LEAF	0xd
#define XSAVE_LEGACY	576	/* legacy region and header */
#define XSAVE_ALIGN	64

#define MAX_ENTRIES							\
	((HV_PCPU_CPUID_END - HV_PCPU_CPUID -				\
	  sizeof(struct cpuid_table)) / sizeof(struct cpuid_entry))

static_assert(MAX_ENTRIES >= 256, "CPUID table");

/* How many subleaves a leaf has on this CPU; 1 where ECX does not matter. */
static u32 count_subleaves(u32 leaf)
{
	u32 r[4], n;

	switch (leaf) {
	case 0x4:
	case 0xb:
	case 0x1f:
	case 0x12:
	case 0x1b:
		/* Until a subleaf of type 0; 0x12 has two before its list. */
		for (n = leaf == 0x12 ? 2 : 0; n < MAX_SUBLEAVES; n++) {
			cpuid(leaf, n, r);
			if (leaf == 0xb || leaf == 0x1f ? !(r[2] & 0xff00) :
			    !(r[0] & (leaf == 0x1b ? 0xfff : 0xf)))
				return n + 1;
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

/* The table's end is dropped: what is there reads as zero. */
static u32 add_entries(struct cpuid_table *t, u32 leaf, u32 nr)
{
	u32 first = t->nr;

	if (nr > MAX_ENTRIES - t->nr)
		return 0;
	for (u32 i = 0; i < nr; i++)
		cpuid(leaf, i, t->entry[t->nr++].r);
	return first;
}

/* What does not only depend on ECX. */
static void find_special(struct cpuid_leaf *l, u32 leaf)
{
	l->special = ~0U;
	switch (leaf) {
	case 1:
		l->special = 0;
		l->cr4_mask = X86_CR4_OSXSAVE;
		break;
	case 7:
		l->special = 0;
		l->cr4_mask = X86_CR4_PKE;
		break;
	case XSAVE_LEAF:
		/* Follows XSS; this bit is always set. */
		l->special = 1;
		l->cr4_mask = X86_CR4_VMXE;
		break;
	}
}

static void add_leaf(struct cpuid_table *t, u32 leaf)
{
	struct cpuid_leaf *l = cpuid_leaf(t, leaf);
	u32 nr = count_subleaves(leaf);

	l->first = add_entries(t, leaf, nr);
	l->nr = l->first ? nr : 1;
	l->mask = l->nr == 1 ? 0 : ~0U;
	find_special(l, leaf);
}

static void add_leaves(struct cpuid_table *t)
{
	u32 r[4];

	cpuid(0, 0, r);
	t->max_basic = r[0];
	for (u32 i = 0; i <= t->max_basic && i < CPUID_MAX_BASIC; i++)
		add_leaf(t, i);
	cpuid(CPUID_EXT_BASE, 0, r);
	t->max_ext = r[0] >= CPUID_EXT_BASE ? r[0] - CPUID_EXT_BASE : 0;
	for (u32 i = 0; i <= t->max_ext && i < CPUID_MAX_EXT; i++)
		add_leaf(t, CPUID_EXT_BASE + i);
}

/* Linux has seen them: they stay, below our own. */
static void add_outer(struct cpuid_table *t)
{
	u32 r[4];

	for (u32 base = HV_CPUID_BASE; base < hv.cpuid_base;
	     base += HV_CPUID_STRIDE) {
		u32 nr;

		cpuid(base, 0, r);
		nr = MIN(r[0] - base, OUTER_RANGE - 1U) + 1;
		for (u32 i = 0; i < nr && t->nr_outer < CPUID_MAX_OUTER; i++) {
			t->outer[t->nr_outer].leaf = base + i;
			t->outer[t->nr_outer++].entry =
				add_entries(t, base + i, 1);
		}
	}
}

/*
 * Size of the XSAVE area for the components in @set, as the SDM computes it
 * from the subleaves of leaf 0xD.
 */
static u32 xsave_size(const struct cpuid_table *t, u64 set, bool compacted)
{
	const struct cpuid_leaf *l = &t->leaf[XSAVE_LEAF];
	u32 size = XSAVE_LEGACY;

	for (u32 i = 2; i < l->nr; i++) {
		const u32 *r = t->entry[l->first + i].r;

		if (!(set & BIT_ULL(i)))
			continue;
		if (!compacted)
			size = MAX(size, r[1] + r[0]);
		else if (r[2] & CPUID_D_ECX_ALIGNED)
			size = ALIGN(size, XSAVE_ALIGN) + r[0];
		else
			size += r[0];
	}
	return size;
}

static void update_xss(struct cpuid_table *t, u64 xss)
{
	u32 *r = t->entry[t->leaf[XSAVE_LEAF].first + 1].r;

	t->xss = xss;
	if (r[0] & (CPUID_D_EAX_XSAVEC | CPUID_D_EAX_XSAVES))
		r[1] = xsave_size(t, xgetbv(0) | xss, true);
}

/* XCR0, which is shared VP state, has changed: so have the sizes. */
void cpuid_xcr0_changed(struct pcpu *cpu)
{
	struct cpuid_table *t = cpuid_table(cpu);
	u32 first = t->leaf[XSAVE_LEAF].first;

	if (!first)
		return;
	t->entry[first].r[1] = xsave_size(t, xgetbv(0), false);
	update_xss(t, t->xss);
}

/* What would need a control that is not set, or is refused (vmx/msr_guard.c). */
static void hide(struct cpuid_table *t)
{
	u32 *leaf1 = t->entry[t->leaf[1].first].r;

	/* No VTL has VMX and SMX; what they do have: us. */
	leaf1[2] &= ~(CPUID_1_ECX_VMX | CPUID_1_ECX_SMX);
	leaf1[2] |= CPUID_1_ECX_HYPERVISOR;
	t->entry[t->leaf[7].first].r[1] &= ~CPUID_7_EBX_PT;
	if (t->leaf[7].nr > 1)
		t->entry[t->leaf[7].first + 1].r[0] &= ~CPUID_7_1_EAX_MSRLIST;
	t->entry[t->leaf[0x23].first].r[0] &= ~CPUID_23_EAX_PEBS;
}

void cpuid_setup(struct pcpu *cpu)
{
	struct cpuid_table *t = cpuid_table(cpu);

	memset(t, 0, sizeof(*t) + sizeof(t->entry[0]));
	t->nr = 1;
	add_leaves(t);
	add_outer(t);
	for (u32 vtl = 0; vtl < HV_NUM_VTLS; vtl++)
		for (u32 i = 0; i <= HV_CPUID_HARDWARE; i++)
			tlfs_leaf(vtl, i, t->tlfs[vtl][i].r);
	hide(t);
	if (t->entry[t->leaf[XSAVE_LEAF].first + 1].r[0] & CPUID_D_EAX_XSAVES)
		t->xss = rdmsr(MSR_IA32_XSS);
}

/* The APIC was switched on or off. */
void cpuid_apic_changed(struct pcpu *cpu)
{
	struct cpuid_table *t = cpuid_table(cpu);
	u32 *edx = &t->entry[t->leaf[1].first].r[3];

	*edx &= ~CPUID_1_EDX_APIC;
	if (rdmsr(MSR_IA32_APICBASE) & APICBASE_ENABLE)
		*edx |= CPUID_1_EDX_APIC;
}

/* XSS may be private VP state and is in force here, too. */
static void follow_xss(struct cpuid_table *t, const struct cpuid_entry *e)
{
	if ((e->r[0] & CPUID_D_EAX_XSAVES) && rdmsr(MSR_IA32_XSS) != t->xss)
		update_xss(t, rdmsr(MSR_IA32_XSS));
}

/* The operating system's bit of leaves 1 and 7 is one of CR4. */
static void follow_cr4(struct cpuid_leaf *l, struct cpuid_entry *e, u32 bit)
{
	l->cr4 = vcpu_cr4();
	e->r[2] &= ~bit;
	if (l->cr4 & l->cr4_mask)
		e->r[2] |= bit;
}

static void follow(struct cpuid_table *t, struct cpuid_leaf *l, u32 leaf,
		   struct cpuid_entry *e)
{
	switch (leaf) {
	case 1:
		follow_cr4(l, e, CPUID_1_ECX_OSXSAVE);
		break;
	case 7:
		follow_cr4(l, e, CPUID_7_ECX_OSPKE);
		break;
	case XSAVE_LEAF:
		follow_xss(t, e);
		break;
	}
}

static const struct cpuid_entry *find_outer(const struct cpuid_table *t,
					    u32 leaf)
{
	for (u32 i = 0; i < t->nr_outer; i++)
		if (t->outer[i].leaf == leaf)
			return &t->entry[t->outer[i].entry];
	return &t->entry[0];
}

static const struct cpuid_entry *find(struct cpuid_table *t, u32 leaf,
				      u32 subleaf)
{
	struct cpuid_leaf *l = cpuid_leaf(t, leaf);
	struct cpuid_entry *e;

	if (!l)
		return find_outer(t, leaf);
	subleaf &= l->mask;
	if (subleaf >= l->nr)
		return &t->entry[0];
	e = &t->entry[l->first + subleaf];
	if (l->first && subleaf == l->special)
		follow(t, l, leaf, e);
	return e;
}

static bool beyond_highest(const struct cpuid_table *t, u32 leaf)
{
	if (leaf >> 28 == HV_CPUID_BASE >> 28)
		return false;
	return leaf < CPUID_EXT_BASE ? leaf > t->max_basic :
				       leaf - CPUID_EXT_BASE > t->max_ext;
}

void cpuid_lookup(struct pcpu *cpu, u32 leaf, u32 subleaf, u32 r[4])
{
	struct cpuid_table *t = cpuid_table(cpu);
	const struct cpuid_entry *e;

	/* SDM: such a leaf returns the highest basic one. */
	if (beyond_highest(t, leaf))
		leaf = t->max_basic;
	e = leaf - hv.cpuid_base <= HV_CPUID_HARDWARE ?
	    &t->tlfs[cpu->active_vtl][leaf - hv.cpuid_base] :
	    find(t, leaf, subleaf);
	for (u32 i = 0; i < 4; i++)
		r[i] = e->r[i];
	if (e == &t->entry[0] && (leaf == 0xb || leaf == 0x1f)) {
		/* SDM: past the last level, ECX[7:0] and EDX stay valid. */
		r[2] = subleaf & 0xff;
		r[3] = find(t, leaf, 0)->r[3];
	}
}
