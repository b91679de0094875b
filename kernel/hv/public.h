/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the hypervisor lets VTL0 read: exit counters, events, log, bring-up
 * trace.  Lives in hypervisor memory, mapped read-only into VTL0, so that
 * reading it costs no VM exit.  The hypervisor never reads it back.
 */
#ifndef _VSM_HV_PUBLIC_H
#define _VSM_HV_PUBLIC_H

#define HV_PUBLIC_VERSION	2
#define HV_PUBLIC_EVENTS	32	/* power of two */
#define HV_PUBLIC_LOG_SIZE	4096
#define HV_PUBLIC_REASONS	80
#define HV_PUBLIC_DUMPS		4	/* power of two */
#define HV_DUMP_FIELDS		192

struct hv_public_event {
	__u64 seq;		/* from 1; written last, 0 while being written */
	__u64 tsc;
	__u64 rip;
	__u64 gva;		/* 0 when not known */
	__u64 gpa;
	__u32 access;		/* 1 read, 2 write, 4 execute */
	__u32 vp_index;
	__u32 cpl;
	__u32 owner;		/* 1 VTL1, 2 hypervisor */
	__u64 rsvd;
};

/* VMX instructions of the hypervisor. */
enum hv_public_vmx_op {
	HV_PUBLIC_VMREAD, HV_PUBLIC_VMWRITE, HV_PUBLIC_VMPTRLD,
	HV_PUBLIC_VMCLEAR, HV_PUBLIC_INVEPT, HV_PUBLIC_INVVPID,
	HV_PUBLIC_VMX_OPS,
};

struct hv_public_cpu {
	__u64 exits[HV_PUBLIC_REASONS];	/* by basic exit reason */
	__u64 vtl_calls;
	__u64 flushes;		/* INVEPT done on this CPU */
	__u64 launch_ticks;	/* TSC ticks from hv_entry to VM entry */
	__u64 launch_detail;	/* VM-instruction error or exit reason */
	__u64 nmis;		/* of VTL0, injected */
	/* Zero but in an image built for counting: selftests/bench/count. */
	__u64 vmx_ops[HV_PUBLIC_VMX_OPS];
	__u64 rsvd[11 - HV_PUBLIC_VMX_OPS];
};

struct hv_dump_field {
	__u32 encoding;		/* SDM, "Field Encoding in VMCS" */
	__u32 rsvd;
	__u64 value;
};

/* In place of an exit reason. */
#define HV_DUMP_VMFAIL		0xfffffffe	/* detail: VM-instruction error */
#define HV_DUMP_EXCEPTION	0xfffffffd	/* in root mode; detail: its RIP */

/* What VTL1 had in its general registers stays there after the lock. */
#define HV_DUMP_WITHHELD	(1U << 0)

/* Everything about an unexpected VM exit, or a fault of the hypervisor. */
struct hv_public_dump {
	__u64 seq;		/* from 1; written last, 0 while being written */
	__u64 tsc;
	__u32 vp_index;
	__u32 vtl;		/* whose VMCS it is */
	__u32 reason;		/* as in the VMCS, or HV_DUMP_* */
	__u32 flags;		/* HV_DUMP_WITHHELD */
	__u64 detail;
	__u64 gpr[16];		/* in the order of their encoding */
	__u64 cr2, dr6;
	__u32 nr_fields;
	__u32 rsvd;
	struct hv_dump_field field[HV_DUMP_FIELDS];
};

struct hv_public {
	__u32 version;		/* HV_PUBLIC_VERSION */
	__u32 nr_cpus;
	__u64 ept_bytes;	/* EPT pages in use, all VTLs */
	__u64 ept_2m_leaves;	/* VTL0: bytes mapped by leaves of 2 MiB or more */
	__u64 ept_4k_leaves;	/* VTL0: bytes mapped by 4 KiB leaves */
	__u64 next_event;	/* number of events so far */
	__u64 log_pos;		/* bytes logged so far */
	__u64 dumps;		/* number of dumps so far */
	struct hv_public_dump dump[HV_PUBLIC_DUMPS];
	struct hv_public_event event[HV_PUBLIC_EVENTS];
	char log[HV_PUBLIC_LOG_SIZE];
	struct hv_public_cpu cpu[];
};

#endif /* _VSM_HV_PUBLIC_H */
