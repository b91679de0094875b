/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A machine for kernel/hv/mem.c on the host: RAM with holes, memory types,
 * chunks of the hypervisor, memory of VTL1; model-specific registers and the
 * flush are the test's.
 */
#ifndef _VSM_HOST_MACHINE_H
#define _VSM_HOST_MACHINE_H

#include <vsm/types.h>

#define MACHINE_POOL_PAGES	128
#define MACHINE_PHYSMAP_END	(2 * SIZE_1G + 0x605000)
/* Where the page with the hypercalls' code lies, in the first chunk. */
#define MACHINE_CODE_PA		0x801000UL
#define MACHINE_PUBLIC_PA	0x840000UL
#define MACHINE_PUBLIC_SIZE	0x3000UL
#define MACHINE_PHYS_BITS	40

struct machine_config {
	bool large_1g;
	bool mbec;
	u8 mtrr;			/* layout of memory types, 0..3 */
	u32 pool_pages;
};

/* Called where the hypervisor flushes all CPUs; NULL: nothing. */
extern void (*machine_flush)(void);

/* From nothing; false: mem_setup() failed. */
bool machine_init(const struct machine_config *config);
u8 *machine_pool(void);
/* The memory type of one page, by looking at each register (SDM). */
u8 machine_type(u64 gpn);

/* For mtrr_read(). */
void machine_msr(u32 msr, u64 val);
void machine_forget_mtrrs(void);

#endif /* _VSM_HOST_MACHINE_H */
