/* SPDX-License-Identifier: GPL-2.0 */
/* One instruction, as far as patching has to know it. */
#ifndef _VSM_CI_DECODE_H
#define _VSM_CI_DECODE_H

#include <vsm/types.h>

struct ci_insn {
	u8 length;
	u8 opcode[2];
	u8 opcode_size;
	u8 modrm;		/* 0: it has none */
	bool nop;		/* that Linux takes for padding */
	bool rip_relative;
	bool avx;		/* opcode[] is that of VEX or EVEX */
	bool odd_prefix;	/* CS, or another size of addresses */
	bool emulate_prefix;	/* of KVM or Xen */
	u8 imm_at, imm_size;
	u8 disp_at, disp_size;
	s32 imm;
	s32 disp;
};

/* False: no instruction within @avail bytes. */
bool ci_decode(struct ci_insn *insn, const u8 *p, u64 avail);

static inline bool ci_insn_is_jcc32(const struct ci_insn *insn)
{
	return insn->opcode[0] == 0x0f && (insn->opcode[1] & 0xf0) == 0x80;
}

#endif /* _VSM_CI_DECODE_H */
