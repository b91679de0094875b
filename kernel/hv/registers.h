/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The VP registers that hypercalls name.  A register is a row of registers.def
 * and two functions, in registers.c, vmx/registers.c or wherever its state is;
 * hvcall_vp.c finds the row and enforces its rules.
 */
#ifndef _VSM_HV_REGISTERS_H
#define _VSM_HV_REGISTERS_H

#include <vsm/types.h>
#include <linux/types.h>
#include <vsm/hvcall.h>
#include <vsm/synic.h>
#include <vsm/vtl.h>

struct pcpu;

enum hvreg_rule { HVREG_NONE, HVREG_ANY, HVREG_LOWER, HVREG_VTL1, HVREG_OWNER };

/*
 * HV_STATUS_*.  @vtl is the target: the active VTL or a lower one, on the
 * calling VP.  set() changes nothing unless it succeeds.
 */
typedef u64 hvreg_get_fn(struct pcpu *cpu, u8 vtl, u32 name,
			 struct hv_register_value *val);
typedef u64 hvreg_set_fn(struct pcpu *cpu, u8 vtl, u32 name,
			 const struct hv_register_value *val);

/* registers.c */
hvreg_get_fn hvreg_get_isolation, hvreg_get_guest_vsm;
hvreg_get_fn hvreg_get_cpuid, hvreg_get_synmsr, hvreg_get_code_page_offsets,
	     hvreg_get_vp_status, hvreg_get_partition_status, hvreg_get_vina,
	     hvreg_get_capabilities, hvreg_get_partition_config;
hvreg_set_fn hvreg_set_synmsr, hvreg_set_vina, hvreg_set_partition_config;
u64 hvreg_capabilities(void);

/* intercept.c */
hvreg_get_fn hvreg_get_intercept, hvreg_get_pending_event;
hvreg_set_fn hvreg_set_intercept, hvreg_set_pending_event;

/* tlb_lock.c */
hvreg_get_fn hvreg_get_secure_config, hvreg_get_tlb_wait;
hvreg_set_fn hvreg_set_secure_config, hvreg_set_tlb_wait;

#endif /* _VSM_HV_REGISTERS_H */
