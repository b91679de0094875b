/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stands in for lib/include/asm/insn.h on the host and in the model checker:
 * what the hypervisor's pure parts ask of the processor, answered by the test.
 */
#ifndef _VSM_ASM_INSN_H
#define _VSM_ASM_INSN_H

#include <asm/cpu.h>
#include <vsm/types.h>

u64 rdmsr(u32 msr);
void wrmsr(u32 msr, u64 val);
static inline void mfence_lfence(void)
{
}

u8 inb(u16 port);
u64 read_rsp(void);
void cpuid(u32 leaf, u32 subleaf, u32 r[4]);
u64 xgetbv(u32 index);

/* One thread: a lock that is taken will not be given back by waiting. */
void cpu_relax(void);

#endif /* _VSM_ASM_INSN_H */
