// SPDX-License-Identifier: GPL-2.0
/*
 * What LKDTM's UNSET_SMEP calls, and the kernel exports only where LKDTM is part
 * of it.  Without Linux's own pinning of CR4: must never put a bit back.
 */
#include <asm/special_insns.h>

void native_write_cr4(unsigned long val)
{
	asm volatile("mov %0, %%cr4" : : "r" (val) : "memory");
}
