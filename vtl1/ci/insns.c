// SPDX-License-Identifier: GPL-2.0
/*
 * Writes the instructions that Linux writes.  Must never write more bytes than
 * its caller says.
 *
 * Source: asm/nops.h, asm/text-patching.h, add_nop() of
 * arch/x86/kernel/alternative.c.
 */
#include "insns.h"

static const u8 nops[CI_NOP_MAX + 1][CI_NOP_MAX] = {
	[1] = { 0x90 },
	[2] = { 0x66, 0x90 },
	[3] = { 0x0f, 0x1f, 0x00 },
	[4] = { 0x0f, 0x1f, 0x40, 0x00 },
	[5] = { 0x0f, 0x1f, 0x44, 0x00, 0x00 },
	[6] = { 0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00 },
	[7] = { 0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00 },
	[8] = { 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00 },
	[9] = { 0x2e, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00 },
	[10] = { 0x66, 0x2e, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00 },
	[11] = { 0x66, 0x66, 0x2e, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00,
		 0x00 },
};

void ci_put_nop(u8 *p, u32 len)
{
	memcpy(p, nops[len], len);
}

bool ci_is_nop(const u8 *p, u32 len)
{
	return !memcmp(p, nops[len], len);
}

void ci_fill_nop(u8 *p, u32 len)
{
	if (len <= CI_NOP_MAX) {
		ci_put_nop(p, len);
		return;
	}
	memset(p, INSN_INT3, len);
	if (len < 128) {
		p[0] = INSN_JMP8;
		p[1] = len - JMP8_SIZE;
	} else {
		p[0] = INSN_JMP32;
		ci_put32(p + 1, len - JMP32_SIZE);
	}
}

bool ci_put_branch(u8 *p, u8 opcode, u64 va, u64 target)
{
	u64 disp = target - (va + JMP32_SIZE);

	if (disp != (u64)(s64)(s32)disp)
		return false;
	p[0] = opcode;
	ci_put32(p + 1, disp);
	return true;
}
