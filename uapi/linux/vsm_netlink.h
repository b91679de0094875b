/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Generic netlink family "vsm" (driver <-> daemon).
 *
 * VSM_CMD_GET_STATUS   request without attributes; answer: VSM_A_STATE,
 *                      VSM_A_NR_CPUS, VSM_A_SK_SVN, VSM_A_POLICY_VERSION,
 *                      VSM_A_POLICY_NAME, VSM_A_HV_BYTES, VSM_A_VTL1_BYTES,
 *                      VSM_A_VTL1_FREE, VSM_A_NR_TRUSTLETS.  Unprivileged.
 * VSM_CMD_EVENT        multicast on group "events": VSM_A_EVENT_*.
 *                      Subscribing needs CAP_SYS_ADMIN.
 * Unknown attributes are refused with EINVAL and extack (strict validation).
 */
#ifndef _UAPI_LINUX_VSM_NETLINK_H
#define _UAPI_LINUX_VSM_NETLINK_H

#define VSM_GENL_NAME		"vsm"
#define VSM_GENL_VERSION	1
#define VSM_GENL_GROUP_EVENTS	"events"

enum vsm_cmd {
	VSM_CMD_UNSPEC,
	VSM_CMD_GET_STATUS,
	VSM_CMD_EVENT,
	__VSM_CMD_MAX,
};

#define VSM_CMD_MAX (__VSM_CMD_MAX - 1)

enum vsm_attr {
	VSM_A_UNSPEC,
	VSM_A_PAD,
	VSM_A_STATE,		/* u32 VSM_STATE_* of linux/vsm.h */
	VSM_A_NR_CPUS,		/* u32 */
	VSM_A_SK_SVN,		/* u32 */
	VSM_A_POLICY_VERSION,	/* u32 */
	VSM_A_POLICY_NAME,	/* NUL-terminated string */
	VSM_A_HV_BYTES,		/* u64 */
	VSM_A_VTL1_BYTES,	/* u64 */
	VSM_A_VTL1_FREE,	/* u64 */
	VSM_A_NR_TRUSTLETS,	/* u32 */
	VSM_A_EVENT_SEQ,	/* u64, counts from 1 without gaps; a gap is loss */
	VSM_A_EVENT_TYPE,	/* u32 enum vsm_event_type */
	VSM_A_EVENT_TSC,	/* u64 */
	VSM_A_EVENT_CPU,	/* u32 */
	VSM_A_EVENT_RIP,	/* u64 */
	VSM_A_EVENT_GVA,	/* u64 */
	VSM_A_EVENT_GPA,	/* u64 */
	VSM_A_EVENT_ACCESS,	/* u32 VSM_ACCESS_* */
	VSM_A_EVENT_DETAIL,	/* NUL-terminated string */
	VSM_A_EVENT_CLASS,	/* u32 enum vsm_code_class of vsm/code.h */
	VSM_A_EVENT_AUDIT,	/* u32, 1: let pass; enforced, it would be refused */
	VSM_A_EVENT_COUNT,	/* u64, of the same rule and answer on this page so
				 * far; told are the 1st, 2nd, 4th, 8th ...
				 */
	VSM_A_EVENT_PID,	/* u32, of the process; 0: not known */
	VSM_A_EVENT_COMM,	/* string: what the process calls itself */
	VSM_A_EVENT_SYMBOL,	/* string: what is at the RIP, with its module */
	VSM_A_EVENT_TARGET,	/* string: what is at the GVA, likewise */
	__VSM_A_MAX,
};

#define VSM_A_MAX (__VSM_A_MAX - 1)

enum vsm_event_type {
	VSM_EVENT_UNSPEC,
	VSM_EVENT_MEMORY,	/* VTL0 touched memory of VTL1 or the hypervisor */
	VSM_EVENT_POLICY,	/* a policy was loaded, was refused, or would have
				 * refused a trustlet if it were not in audit mode
				 */
	VSM_EVENT_TRUSTLET,	/* a trustlet was created, refused, faulted, ended */
	VSM_EVENT_LOCK,		/* the lock was set */
	VSM_EVENT_LOSS,		/* events of VTL0's accesses were overwritten
				 * before they were read; detail: how many
				 */
	VSM_EVENT_CODE,		/* against code integrity */
};

#define VSM_ACCESS_READ		(1U << 0)
#define VSM_ACCESS_WRITE	(1U << 1)
#define VSM_ACCESS_EXECUTE	(1U << 2)

#endif /* _UAPI_LINUX_VSM_NETLINK_H */
