// SPDX-License-Identifier: GPL-2.0
/*
 * The CPUID leaves of the TLFS: who we are and what a VTL may use.  Must never
 * offer what is not there: a privilege or feature gets its bit here, or in
 * privileges.def, in the change that makes it work.  Source: TLFS, "Feature and
 * Interface Discovery".
 */
#include "cpuid.h"
#include "hv.h"
#include "hvcall.h"

#define MAX_OUTER	8	/* ranges of other hypervisors; more are hidden */
#define KVM_EBX		0x4b4d564b	/* "KVMK" */

enum { REG_EAX, REG_EBX, REG_ECX, REG_EDX };

/* Leaf HV_CPUID_FEATURES, EAX and EBX. */
static const struct {
	u8 reg;
	u8 vtls;
	u32 bit;
} privileges[] = {
#define PRIVILEGE(name, reg, vtls, tlfs)				\
	{ REG_##reg, vtls, HV_ACCESS_##name },
#include "privileges.def"
#undef PRIVILEGE
};

/* The same leaf, EDX. */
#define FEATURES	(HV_FEATURE_XMM_INPUT | HV_FEATURE_XMM_OUTPUT | \
			 HV_FEATURE_HYPERCALL_MSR_LOCK | \
			 HV_FEATURE_VSM_PAT)
#define FEATURES_VTL1	HV_FEATURE_DIRECT_STIMERS

/* The highest leaf of the range; of an old KVM 0, which means the first. */
static bool is_used(u32 base)
{
	u32 r[4];

	cpuid(base, 0, r);
	return r[REG_EAX] - base < HV_CPUID_STRIDE ||
	       (!r[REG_EAX] && r[REG_EBX] == KVM_EBX);
}

/* The first range that no outer hypervisor uses: Linux may use the others. */
void tlfs_find_base(void)
{
	u32 r[4];

	hv.cpuid_base = HV_CPUID_BASE;
	cpuid(1, 0, r);
	if (!(r[REG_ECX] & CPUID_1_ECX_HYPERVISOR))
		return;
	for (u32 i = 0; i < MAX_OUTER && is_used(hv.cpuid_base); i++)
		hv.cpuid_base += HV_CPUID_STRIDE;
}

static void features(u8 vtl, u32 r[4])
{
	for (u32 i = 0; i < ARRAY_SIZE(privileges); i++)
		if (privileges[i].vtls & BIT(vtl))
			r[privileges[i].reg] |= privileges[i].bit;
	r[REG_EDX] = FEATURES | (vtl ? FEATURES_VTL1 : 0);
}

static void recommendations(u8 vtl, u32 r[4])
{
	/* VTL1's interrupt controller has no other interface. */
	if (vtl)
		r[REG_EAX] |= HV_RECOMMEND_APIC_MSRS;
	/* A VP never leaves its CPU; what an outer hypervisor does, it says. */
	if (hv.cpuid_base == HV_CPUID_BASE)
		r[REG_EAX] |= HV_NO_NONARCH_CORE_SHARING;
	r[REG_EBX] = HV_SPINLOCK_NEVER_NOTIFY;
	r[REG_ECX] = 64 - __builtin_clzll(hv.maxphyaddr_mask);
}

/* @r is zero. */
void tlfs_leaf(u8 vtl, u32 leaf, u32 r[4])
{
	switch (leaf) {
	case HV_CPUID_VENDOR_AND_MAX:
		r[REG_EAX] = hv.cpuid_base + HV_CPUID_HARDWARE;
		r[REG_EBX] = HV_CPUID_SIGNATURE_EBX;
		r[REG_ECX] = HV_CPUID_SIGNATURE_ECX;
		r[REG_EDX] = HV_CPUID_SIGNATURE_EDX;
		break;
	case HV_CPUID_INTERFACE:
		r[REG_EAX] = HV_CPUID_INTERFACE_EAX;
		break;
	case HV_CPUID_VERSION:
		r[REG_EAX] = HV_VERSION_BUILD;
		r[REG_EBX] = HV_VERSION_MAJOR << 16 | HV_VERSION_MINOR;
		break;
	case HV_CPUID_FEATURES:
		features(vtl, r);
		break;
	case HV_CPUID_RECOMMENDATIONS:
		recommendations(vtl, r);
		break;
	case HV_CPUID_LIMITS:
		r[REG_EAX] = hv_boot.nr_cpus;
		r[REG_EBX] = hv_boot.nr_cpus;
		break;
	case HV_CPUID_HARDWARE:
		/* Without any of these there is no launch. */
		r[REG_EAX] = HV_HARDWARE_MSR_BITMAPS | HV_HARDWARE_SLAT |
			     HV_HARDWARE_UNRESTRICTED_GUEST;
		break;
	default:
		break;
	}
}
