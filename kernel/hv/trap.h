/* SPDX-License-Identifier: GPL-2.0 */
/* Instructions that may fault in root mode, with a fixup; false: #GP. */
#ifndef _VSM_HV_TRAP_H
#define _VSM_HV_TRAP_H

#include <vsm/types.h>

bool rdmsr_safe(u32 msr, u64 *val);
bool wrmsr_safe(u32 msr, u64 val);
bool xsetbv_safe(u32 index, u64 val);

#endif /* _VSM_HV_TRAP_H */
