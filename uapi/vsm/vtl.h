/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * What software above the hypervisor sees of Virtual Secure Mode: CPUID
 * leaves, synthetic MSRs, register names, VSM register layouts (LSB first) and
 * the VP assist page.  Source: TLFS, "Virtual Secure Mode", "Feature and
 * Interface Discovery".
 */
#ifndef _VSM_VTL_H
#define _VSM_VTL_H

#include <linux/types.h>

#include "registers.h"

#define HV_NUM_VTLS	2

/* CPUID: offsets from the base leaf, 0x40000000 or the next free base. */
#define HV_CPUID_BASE			0x40000000
#define HV_CPUID_STRIDE			0x100
#define HV_CPUID_VENDOR_AND_MAX		0x0
#define HV_CPUID_INTERFACE		0x1
#define HV_CPUID_VERSION		0x2
#define HV_CPUID_FEATURES		0x3
#define HV_CPUID_RECOMMENDATIONS	0x4
#define HV_CPUID_LIMITS			0x5
#define HV_CPUID_HARDWARE		0x6

#define HV_CPUID_SIGNATURE_EBX		0x7263694d	/* "Micr" */
#define HV_CPUID_SIGNATURE_ECX		0x666f736f	/* "osof" */
#define HV_CPUID_SIGNATURE_EDX		0x76482074	/* "t Hv" */
#define HV_CPUID_INTERFACE_EAX		0x31237648	/* "Hv#1" */

/* Leaf 3, EAX and EBX: partition privileges. */
#define HV_ACCESS_TIME_REF_COUNT	(1U << 1)
#define HV_ACCESS_SYNIC_REGS		(1U << 2)
#define HV_ACCESS_STIMER_REGS		(1U << 3)
#define HV_ACCESS_INTR_CTRL_REGS	(1U << 4)
#define HV_ACCESS_HYPERCALL_MSRS	(1U << 5)
#define HV_ACCESS_VP_INDEX		(1U << 6)
#define HV_ACCESS_VSM			(1U << 16)
#define HV_ACCESS_VP_REGISTERS		(1U << 17)
#define HV_ACCESS_START_VP		(1U << 21)

/* Leaf 2: EAX; EBX, major in 31:16. */
#define HV_VERSION_BUILD		1
#define HV_VERSION_MAJOR		1
#define HV_VERSION_MINOR		0

/* Leaf 3, EDX. */
#define HV_FEATURE_XMM_INPUT		(1U << 4)
#define HV_FEATURE_XMM_OUTPUT		(1U << 15)
#define HV_FEATURE_HYPERCALL_MSR_LOCK	(1U << 18)
#define HV_FEATURE_DIRECT_STIMERS	(1U << 19)
#define HV_FEATURE_VSM_PAT		(1U << 20)

/* Leaf 4, EAX; EBX is a number of spins. */
#define HV_RECOMMEND_APIC_MSRS		(1U << 3)
#define HV_NO_NONARCH_CORE_SHARING	(1U << 18)
#define HV_SPINLOCK_NEVER_NOTIFY	0xffffffff

/* Leaf 6, EAX: in use by the hypervisor. */
#define HV_HARDWARE_MSR_BITMAPS		(1U << 1)
#define HV_HARDWARE_SLAT		(1U << 3)
#define HV_HARDWARE_UNRESTRICTED_GUEST	(1U << 17)

#define HV_X64_MSR_GUEST_OS_ID		0x40000000
#define HV_X64_MSR_HYPERCALL		0x40000001
#define HV_X64_MSR_VP_INDEX		0x40000002
#define HV_X64_MSR_VP_ASSIST_PAGE	0x40000073
#define HV_X64_MSR_VSM_CAPABILITIES	0x000d0006

#define HV_MSR_ENABLE			0x1ULL
#define HV_MSR_HYPERCALL_LOCKED		0x2ULL
#define HV_MSR_GPFN_SHIFT		12

/* Guest OS id: open source (bit 63), Linux (62:56 = 1), vsm (23:16 = 'v'). */
#define HV_GUEST_OS_ID_VSM_LINUX	((1ULL << 63) | (1ULL << 56) | 0x760001)
#define HV_GUEST_OS_ID_VSM_SK		((1ULL << 63) | (1ULL << 56) | 0x760002)

/* HvRegisterVsmCodePageOffsets. */
#define HV_VSM_VTL_CALL_OFFSET(v)	((v) & 0xfff)
#define HV_VSM_VTL_RETURN_OFFSET(v)	(((v) >> 12) & 0xfff)

/* HvRegisterVsmVpStatus: active VTL 3:0, active MBEC 4, enabled set 31:16. */
#define HV_VSM_VP_STATUS_ACTIVE_MBEC		(1ULL << 4)
#define HV_VSM_VP_STATUS_ENABLED_SHIFT		16
/* HvRegisterVsmPartitionStatus: enabled 15:0, maximum 19:16, MBEC 35:20. */
#define HV_VSM_PARTITION_STATUS_MAX_SHIFT	16
#define HV_VSM_PARTITION_STATUS_MBEC_SHIFT	20
/* HvRegisterVsmVina: vector 7:0. */
#define HV_VSM_VINA_ENABLED			(1ULL << 8)
#define HV_VSM_VINA_AUTO_RESET			(1ULL << 9)
#define HV_VSM_VINA_AUTO_EOI			(1ULL << 10)
/* HvRegisterVsmPartitionConfig. */
#define HV_VSM_CONFIG_ENABLE_PROTECTION		(1ULL << 0)
#define HV_VSM_CONFIG_DEFAULT_MASK_SHIFT	1
#define HV_VSM_CONFIG_ZERO_MEM_ON_RESET		(1ULL << 5)
#define HV_VSM_CONFIG_DENY_LOWER_STARTUP	(1ULL << 6)
/* HvRegisterVsmCapabilities. */
#define HV_VSM_CAP_DR6_SHARED			(1ULL << 0)
#define HV_VSM_CAP_MBEC_SHIFT			1
#define HV_VSM_CAP_DENY_LOWER_STARTUP		(1ULL << 17)
/* HvRegisterVsmVpSecureConfigVtl0. */
#define HV_VSM_SECURE_CONFIG_MBEC		(1ULL << 0)
#define HV_VSM_SECURE_CONFIG_TLB_LOCKED		(1ULL << 1)
/* HvRegisterVsmVpWaitForTlbLock. */
#define HV_VSM_WAIT_FOR_TLB_LOCK		(1ULL << 0)

/* VTL entry reasons in the VP assist page. */
#define HV_VTL_ENTRY_RESERVED		0
#define HV_VTL_ENTRY_VTL_CALL		1
#define HV_VTL_ENTRY_INTERRUPT		2

/* VTL return control input (RAX of the return sequence). */
#define HV_VTL_RETURN_FAST		0x1

/*
 * VP assist page, as far as it is used.  The field group from entry_reason to
 * vtl_return_rcx is HV_VP_VTL_CONTROL.
 */
struct hv_vp_assist_page {
	__u32 apic_assist;		/* 0x00 */
	__u32 rsvd1;
	__u32 entry_reason;		/* 0x08 HV_VTL_ENTRY_*, set on entry */
	__u8 vina_asserted;		/* 0x0c */
	__u8 rsvd2[3];
	__u64 vtl_return_rax;		/* 0x10 RAX of a normal VTL return */
	__u64 vtl_return_rcx;		/* 0x18 RCX of a normal VTL return */
	__u8 rsvd3[4096 - 0x20];
};

#endif /* _VSM_VTL_H */
