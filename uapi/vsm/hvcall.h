/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Hypercall ABI (VTL0/VTL1 -> hypervisor): call codes, input and output
 * layouts, status codes.  Source: Hypervisor Top Level Functional
 * Specification (TLFS), "Hypercall Interface" and "Virtual Secure Mode".
 *
 * Everything here is ABI: fixed widths, little endian, reserved fields must
 * be zero (MBZ) and are checked.
 */
#ifndef _VSM_HVCALL_H
#define _VSM_HVCALL_H

#include <linux/types.h>

/* Call codes, input value bits 15:0. */
#define HVCALL_FLUSH_VIRTUAL_ADDRESS_SPACE	0x0002
#define HVCALL_FLUSH_VIRTUAL_ADDRESS_LIST	0x0003	/* rep */
#define HVCALL_NOTIFY_LONG_SPIN_WAIT		0x0008
#define HVCALL_MODIFY_VTL_PROTECTION_MASK	0x000c	/* rep */
#define HVCALL_ENABLE_PARTITION_VTL		0x000d
#define HVCALL_ENABLE_VP_VTL			0x000f
#define HVCALL_VTL_CALL				0x0011
#define HVCALL_VTL_RETURN			0x0012
#define HVCALL_FLUSH_VIRTUAL_ADDRESS_SPACE_EX	0x0013
#define HVCALL_FLUSH_VIRTUAL_ADDRESS_LIST_EX	0x0014	/* rep */
#define HVCALL_GET_VP_REGISTERS			0x0050	/* rep */
#define HVCALL_SET_VP_REGISTERS			0x0051	/* rep */
#define HVCALL_TRANSLATE_VIRTUAL_ADDRESS	0x0052
#define HVCALL_START_VP				0x0099
#define HVCALL_GET_VP_INDEX_FROM_APIC_ID	0x009a	/* rep */
#define HVCALL_TRANSLATE_VIRTUAL_ADDRESS_EX	0x00ac

/*
 * Call codes of this hypervisor, outside the range that the TLFS defines.
 * VTL0 only, early phase only: after the lock they do not exist and return
 * HV_STATUS_INVALID_HYPERCALL_CODE.
 */
#define HVCALL_VSM_RELEASE			0x8f00	/* hand this CPU back */
#define HVCALL_VSM_LOCK				0x8f01	/* end the early phase */

/* Hypercall input value (RCX). */
#define HV_HYPERCALL_CODE_MASK		0xffffULL
#define HV_HYPERCALL_FAST		(1ULL << 16)
#define HV_HYPERCALL_VARHEAD_SHIFT	17
#define HV_HYPERCALL_VARHEAD_MASK	(0x3ffULL << 17)
#define HV_HYPERCALL_NESTED		(1ULL << 31)
#define HV_HYPERCALL_REP_COUNT_SHIFT	32
#define HV_HYPERCALL_REP_COUNT_MASK	(0xfffULL << 32)
#define HV_HYPERCALL_REP_START_SHIFT	48
#define HV_HYPERCALL_REP_START_MASK	(0xfffULL << 48)
#define HV_HYPERCALL_RSVD_MASK		((0xfULL << 27) | (0xfULL << 44) | \
					 (0xfULL << 60))

/* Hypercall result value (RAX): status in 15:0, reps completed in 43:32. */
#define HV_HYPERCALL_STATUS_MASK	0xffffULL
#define HV_HYPERCALL_REPS_DONE_SHIFT	32
#define HV_HYPERCALL_REPS_DONE_MASK	(0xfffULL << 32)

#define HV_STATUS_SUCCESS			0x0000
#define HV_STATUS_INVALID_HYPERCALL_CODE	0x0002
#define HV_STATUS_INVALID_HYPERCALL_INPUT	0x0003
#define HV_STATUS_INVALID_ALIGNMENT		0x0004
#define HV_STATUS_INVALID_PARAMETER		0x0005
#define HV_STATUS_ACCESS_DENIED			0x0006
#define HV_STATUS_INVALID_PARTITION_STATE	0x0007
#define HV_STATUS_OPERATION_DENIED		0x0008
#define HV_STATUS_INSUFFICIENT_MEMORY		0x000b
#define HV_STATUS_INVALID_PARTITION_ID		0x000d
#define HV_STATUS_INVALID_VP_INDEX		0x000e
#define HV_STATUS_INVALID_VP_STATE		0x0015
#define HV_STATUS_FEATURE_UNAVAILABLE		0x001e
#define HV_STATUS_INVALID_REGISTER_VALUE	0x0050
#define HV_STATUS_INVALID_VTL_STATE		0x0051
#define HV_STATUS_OPERATION_FAILED		0x0071
#define HV_STATUS_TIMEOUT			0x0078
#define HV_STATUS_VTL_ALREADY_ENABLED		0x0086

#define HV_PARTITION_ID_SELF	(~0ULL)
#define HV_VP_INDEX_SELF	0xfffffffeU

/* HV_INPUT_VTL: target VTL in 3:0, bit 4 says that it is given. */
#define HV_INPUT_VTL_MASK	0x0f
#define HV_INPUT_VTL_USE	0x10
#define HV_INPUT_VTL_RSVD	0xe0

/* HV_MAP_GPA_FLAGS as used by the VTL protection mask. */
#define HV_MAP_GPA_READABLE		0x1
#define HV_MAP_GPA_WRITABLE		0x2
#define HV_MAP_GPA_KERNEL_EXECUTABLE	0x4
#define HV_MAP_GPA_USER_EXECUTABLE	0x8
#define HV_MAP_GPA_PERMISSIONS_MASK	0xf

struct hv_x64_segment_register {
	__u64 base;
	__u32 limit;
	__u16 selector;
	__u16 attributes;	/* type 3:0, S 4, DPL 6:5, P 7, AVL 12, L 13,
				 * D/B 14, G 15
				 */
};

struct hv_x64_table_register {
	__u16 pad[3];
	__u16 limit;
	__u64 base;
};

/* HV_INITIAL_VP_CONTEXT, x64. */
struct hv_initial_vp_context {
	__u64 rip;
	__u64 rsp;
	__u64 rflags;
	struct hv_x64_segment_register cs, ds, es, fs, gs, ss, tr, ldtr;
	struct hv_x64_table_register idtr, gdtr;
	__u64 efer;
	__u64 cr0;
	__u64 cr3;
	__u64 cr4;
	__u64 msr_cr_pat;
};

#define HV_ENABLE_PARTITION_VTL_MBEC	0x01

struct hv_input_enable_partition_vtl {
	__u64 partition_id;
	__u8 target_vtl;
	__u8 flags;		/* HV_ENABLE_PARTITION_VTL_* */
	__u8 rsvd[6];		/* MBZ */
};

struct hv_input_enable_vp_vtl {
	__u64 partition_id;
	__u32 vp_index;
	__u8 target_vtl;
	__u8 rsvd[3];		/* MBZ */
	struct hv_initial_vp_context context;
};

struct hv_input_start_vp {
	__u64 partition_id;
	__u32 vp_index;
	__u8 target_vtl;
	__u8 rsvd[3];		/* MBZ */
	struct hv_initial_vp_context context;
};

/* Followed by the rep list: __u64 guest page frame numbers. */
struct hv_input_modify_vtl_protection_mask {
	__u64 partition_id;
	__u32 map_flags;	/* HV_MAP_GPA_* */
	__u8 input_vtl;		/* HV_INPUT_VTL */
	__u8 rsvd[3];		/* MBZ */
};

/* Followed by the rep list: __u32 names; output: 16-byte values. */
struct hv_input_get_vp_registers {
	__u64 partition_id;
	__u32 vp_index;
	__u8 input_vtl;		/* HV_INPUT_VTL */
	__u8 rsvd[3];		/* MBZ */
};

/* Followed by the rep list: struct hv_register_assoc. */
struct hv_input_set_vp_registers {
	__u64 partition_id;
	__u32 vp_index;
	__u8 input_vtl;		/* HV_INPUT_VTL */
	__u8 rsvd[3];		/* MBZ */
};

/* HV_TRANSLATE_GVA_CONTROL_FLAGS; 63:56 are an HV_INPUT_VTL. */
#define HV_TRANSLATE_GVA_VALIDATE_READ		0x001
#define HV_TRANSLATE_GVA_VALIDATE_WRITE		0x002
#define HV_TRANSLATE_GVA_VALIDATE_EXECUTE	0x004
#define HV_TRANSLATE_GVA_PRIVILEGE_EXEMPT	0x008
#define HV_TRANSLATE_GVA_SET_PAGE_TABLE_BITS	0x010
#define HV_TRANSLATE_GVA_TLB_FLUSH_INHIBIT	0x020
#define HV_TRANSLATE_GVA_SUPERVISOR_ACCESS	0x040
#define HV_TRANSLATE_GVA_USER_ACCESS		0x080
#define HV_TRANSLATE_GVA_ENFORCE_SMAP		0x100
#define HV_TRANSLATE_GVA_OVERRIDE_SMAP		0x200
#define HV_TRANSLATE_GVA_SHADOW_STACK		0x400
#define HV_TRANSLATE_GVA_FLAGS_MASK		0x7ff
#define HV_TRANSLATE_GVA_INPUT_VTL_SHIFT	56

/* HV_TRANSLATE_GVA_RESULT_CODE. */
#define HV_TRANSLATE_GVA_SUCCESS			0
#define HV_TRANSLATE_GVA_PAGE_NOT_PRESENT		1
#define HV_TRANSLATE_GVA_PRIVILEGE_VIOLATION		2
#define HV_TRANSLATE_GVA_INVALID_PAGE_TABLE_FLAGS	3
#define HV_TRANSLATE_GVA_GPA_UNMAPPED			4
#define HV_TRANSLATE_GVA_GPA_NO_READ_ACCESS		5
#define HV_TRANSLATE_GVA_GPA_NO_WRITE_ACCESS		6
#define HV_TRANSLATE_GVA_GPA_ILLEGAL_OVERLAY_ACCESS	7
#define HV_TRANSLATE_GVA_INTERCEPT			8

/* HV_CACHE_TYPE. */
#define HV_CACHE_TYPE_UNCACHED		0
#define HV_CACHE_TYPE_WRITE_COMBINING	1
#define HV_CACHE_TYPE_WRITE_THROUGH	4
#define HV_CACHE_TYPE_WRITE_PROTECTED	5
#define HV_CACHE_TYPE_WRITE_BACK	6

struct hv_input_translate_virtual_address {
	__u64 partition_id;
	__u32 vp_index;
	__u32 rsvd;		/* MBZ */
	__u64 control_flags;	/* HV_TRANSLATE_GVA_* */
	__u64 gva_page;
};

#define HV_TRANSLATE_GVA_RESULT_OVERLAY	0x1

struct hv_translate_gva_result {
	__u32 code;		/* HV_TRANSLATE_GVA_* */
	__u8 cache_type;	/* HV_CACHE_TYPE_* */
	__u8 flags;		/* HV_TRANSLATE_GVA_RESULT_* */
	__u16 rsvd;
};

struct hv_output_translate_virtual_address {
	struct hv_translate_gva_result result;
	__u64 gpa_page;
};

/* The event is laid out as HvRegisterPendingEvent0 and 1, see synic.h. */
struct hv_output_translate_virtual_address_ex {
	struct hv_translate_gva_result result;
	__u64 rsvd1;
	__u64 event[4];		/* what the access would have raised */
	__u64 gpa_page;
	__u64 rsvd2;
};

/* HV_FLUSH_FLAGS. */
#define HV_FLUSH_ALL_PROCESSORS			0x1
#define HV_FLUSH_ALL_VIRTUAL_ADDRESS_SPACES	0x2
#define HV_FLUSH_NON_GLOBAL_MAPPINGS_ONLY	0x4	/* not for a list */

/*
 * Followed by the rep list for a list: __u64, base of a GVA range in 63:12 and
 * the number of pages after the first in 11:0.
 */
struct hv_input_flush_virtual_address {
	__u64 address_space;	/* CR3 */
	__u64 flags;		/* HV_FLUSH_* */
	__u64 processor_mask;	/* VP indexes 0..63 */
};

/* HV_VP_SET formats. */
#define HV_VP_SET_SPARSE_4K	0
#define HV_VP_SET_ALL		1

/*
 * Followed by the variable header: one __u64 of VPs for each bit that is set
 * in valid_bank_mask; then by the rep list as above.
 */
struct hv_input_flush_virtual_address_ex {
	__u64 address_space;	/* CR3 */
	__u64 flags;		/* HV_FLUSH_* */
	__u64 format;		/* HV_VP_SET_* */
	__u64 valid_bank_mask;	/* bit n: VPs 64 n .. 64 n + 63 */
};

struct hv_input_notify_long_spin_wait {
	__u32 spin_count;
	__u32 rsvd;
};

/* Followed by the rep list: __u32 APIC ids; output: __u32 VP indexes. */
struct hv_input_get_vp_index_from_apic_id {
	__u64 partition_id;
	__u8 target_vtl;
	__u8 rsvd[7];		/* MBZ */
};

struct hv_register_value {
	__u64 low;
	__u64 high;
};

struct hv_register_assoc {
	__u32 name;		/* HV_REGISTER_* */
	__u32 rsvd1;		/* MBZ */
	__u64 rsvd2;		/* MBZ */
	struct hv_register_value value;
};

#endif /* _VSM_HVCALL_H */
