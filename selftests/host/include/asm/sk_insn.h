/* SPDX-License-Identifier: GPL-2.0 */
/* Stands in for vtl1/sk/include/asm/sk_insn.h on the host. */
#ifndef _VSM_ASM_SK_INSN_H
#define _VSM_ASM_SK_INSN_H

#include <asm/insn.h>

u64 irq_save(void);
void irq_restore(u64 flags);

#endif /* _VSM_ASM_SK_INSN_H */
