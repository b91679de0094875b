/* SPDX-License-Identifier: GPL-2.0 */
/* The few instructions that Linux writes, and writing them. */
#ifndef _VSM_CI_INSNS_H
#define _VSM_CI_INSNS_H

#include "bytes.h"

#define INSN_NOP	0x90
#define INSN_INT3	0xcc
#define INSN_RET	0xc3
#define INSN_CALL32	0xe8
#define INSN_JMP32	0xe9
#define INSN_JMP8	0xeb
#define INSN_LOCK	0xf0
#define INSN_DS		0x3e
#define INSN_CS		0x2e
#define INSN_REX_B	0x41

#define JMP8_SIZE	2
#define JMP32_SIZE	5

#define CI_NOP_MAX	11

/* x86_nops[] of asm/nops.h; @len is at most CI_NOP_MAX. */
void ci_put_nop(u8 *p, u32 len);
bool ci_is_nop(const u8 *p, u32 len);
/* add_nop(): as few instructions as Linux takes for @len bytes. */
void ci_fill_nop(u8 *p, u32 len);

/* @opcode and a displacement of 32 bits, to be executed at @va. */
bool ci_put_branch(u8 *p, u8 opcode, u64 va, u64 target);

static inline u64 ci_branch_target(const u8 *p, u64 va)
{
	return ci_rel32(va + JMP32_SIZE, p + 1);
}

#endif /* _VSM_CI_INSNS_H */
