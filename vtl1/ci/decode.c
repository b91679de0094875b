// SPDX-License-Identifier: GPL-2.0
/*
 * Linux's own instruction decoder, taken from its sources when this is built:
 * what is reproduced is what that decoder made of the same bytes, its gaps
 * included, which no other decoder would share.  Must never read past the
 * buffer; insn_decode() checks each byte that it takes.
 */
#include "insn.c"
#include "inat.c"

#include "decode.h"

/* insn_is_nop() of arch/x86/kernel/alternative.c */
static bool is_nop(const struct insn *insn)
{
	if (insn->opcode.bytes[0] == 0x90 &&
	    (!insn->prefixes.nbytes || insn->prefixes.bytes[0] != 0xf3))
		return true;
	return insn->opcode.bytes[0] == 0x0f && insn->opcode.bytes[1] == 0x1f;
}

static bool has_odd_prefix(const struct insn *insn)
{
	insn_byte_t prefix;
	insn_attr_t attr;
	int i;

	for_each_insn_prefix(insn, i, prefix) {
		attr = inat_get_opcode_attribute(prefix);
		if (prefix == 0x2e || inat_is_address_size_prefix(attr))
			return true;
	}
	return false;
}

bool ci_decode(struct ci_insn *ret_insn, const u8 *p, u64 avail)
{
	int len = avail < MAX_INSN_SIZE ? (int)avail : MAX_INSN_SIZE;
	struct insn insn;

	if (!len || insn_decode(&insn, p, len, INSN_MODE_64) < 0)
		return false;
	*ret_insn = (struct ci_insn){
		.length = insn.length,
		.opcode = { insn.opcode.bytes[0], insn.opcode.bytes[1] },
		.opcode_size = insn.opcode.nbytes,
		.modrm = insn.modrm.nbytes ? insn.modrm.bytes[0] : 0,
		.nop = is_nop(&insn),
		.rip_relative = insn_rip_relative(&insn),
		.avx = insn_is_avx(&insn),
		.odd_prefix = has_odd_prefix(&insn),
		.emulate_prefix = insn_has_emulate_prefix(&insn),
		.imm_at = insn_offset_immediate(&insn),
		.imm_size = insn.immediate.nbytes,
		.imm = insn.immediate.value,
		.disp_at = insn_offset_displacement(&insn),
		.disp_size = insn.displacement.nbytes,
		.disp = insn.displacement.value,
	};
	return true;
}
