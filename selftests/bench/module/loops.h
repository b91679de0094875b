/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Loops over one instruction, interrupts off.  Those with VMCALL return 0, or
 * -ENODEV when there is no hypervisor (#UD), or the status of the call that
 * failed.
 */
#ifndef _VSM_BENCH_LOOPS_H
#define _VSM_BENCH_LOOPS_H

/* For assembler; main.c holds them against the contracts. */
#define LOOP_SC_NULL	1		/* VSM_SC_NULL */
#define LOOP_NULL_TIMED	1		/* VSM_NULL_TIMED */
#define LOOP_VTL_CALL	0x11		/* HVCALL_VTL_CALL */
#define LOOP_INVALID	0x7fff		/* no hypercall has this code */

#ifndef __ASSEMBLER__
#include <linux/types.h>

long bench_loop_empty(unsigned long nr);
long bench_loop_cpuid(unsigned long nr);
long bench_loop_invalid(unsigned long nr);
long bench_loop_null(unsigned long nr);

/* Adds the ticks that VTL1 had from its first to its last instruction. */
long bench_loop_timed(unsigned long nr, u64 *vtl1_ticks);

#endif /* !__ASSEMBLER__ */
#endif /* _VSM_BENCH_LOOPS_H */
