/* SPDX-License-Identifier: GPL-2.0 */
/* Trustlets: what VTL1 runs in ring 3. */
#ifndef _VSM_SK_TRUSTLET_H
#define _VSM_SK_TRUSTLET_H

#include <linux/types.h>
#include <vsm/types.h>

struct trap_regs;

u64 scall_trustlet_create(const u64 arg[5], u64 ret[3]);
u64 scall_trustlet_call(const u64 arg[5], u64 ret[3]);
u64 scall_trustlet_destroy(const u64 arg[5], u64 ret[3]);
u64 scall_trustlet_info(const u64 arg[5], u64 ret[3]);

void trustlet_syscall(void *trustlet, struct trap_regs *regs);
const char *trustlet_name(const void *trustlet);
u32 trustlet_count(void);
void trustlet_destroy_all(void);
void trustlet_scrub(void);		/* takes no lock, frees nothing */

#endif /* _VSM_SK_TRUSTLET_H */
