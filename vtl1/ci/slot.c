// SPDX-License-Identifier: GPL-2.0
/*
 * Reproduces what Linux writes elsewhere to execute an instruction that is
 * probed.  Must never take for such what leads anywhere but where the original
 * does, nor what Linux would refuse to probe.
 *
 * Source: arch/x86/kernel/kprobes/core.c and opt.c.
 */
#include "decode.h"
#include "insns.h"
#include "slot.h"

#define MOV_RDI_SIZE	10	/* 48 bf, 64 bits */

static u32 modrm_reg(const struct ci_insn *insn)
{
	return insn->modrm >> 3 & 7;
}

static bool is_register(const struct ci_insn *insn)
{
	return insn->modrm >> 6 == 3;
}

/* --- which instructions --------------------------------------------------------- */

static bool is_branch(const struct ci_insn *insn)
{
	u8 op = insn->opcode[0];

	if (insn->avx)
		return false;
	/* XBEGIN, the last of them, is one that Linux does not know. */
	return ci_insn_is_jcc32(insn) || (op & 0xf0) == 0x70 ||
	       (op & 0xfc) == 0xe0 || op == INSN_CALL32 ||
	       op == INSN_JMP32 || op == INSN_JMP8 ||
	       (op == 0xc7 && insn->modrm == 0xf8);
}

static bool is_exception(const struct ci_insn *insn)
{
	u8 op = insn->opcode[0], second = insn->opcode[1];

	if (op == 0x0f)
		return second == 0xff || second == 0xb9 || second == 0x0b;
	return op == INSN_INT3 || op == 0xcd || op == 0xce || op == 0xf1;
}

/* What Linux does itself, of branches that are not relative. */
static bool is_far(const struct ci_insn *insn)
{
	switch (insn->opcode[0]) {
	case 0x9a:
	case 0xea:
	case 0xcf:		/* IRET */
		return true;
	case 0x0f:		/* VMCALL and its like */
		return insn->opcode[1] == 0x01 && !modrm_reg(insn) &&
		       is_register(insn);
	case 0xff:
		return modrm_reg(insn) == 3 || modrm_reg(insn) == 5 ||
		       ((modrm_reg(insn) == 2 || modrm_reg(insn) == 4) &&
			!is_register(insn));
	}
	return false;
}

/* MOV and POP to SS keep exceptions back. */
static bool is_masking(const struct ci_insn *insn)
{
	return insn->opcode[0] == 0x1f ||
	       (insn->opcode[0] == 0x8e && modrm_reg(insn) == 2);
}

static bool can_probe(const struct ci_insn *insn)
{
	return insn->length && !insn->emulate_prefix && !is_exception(insn) &&
	       !is_masking(insn) && !is_far(insn);
}

/* Of each second byte of an opcode, a bit: twobyte_is_boostable[]. */
static const u16 boostable[16] = {
	[0] = 0x034c, [1] = 0x8000, [2] = 0x000f, [3] = 0x0002,
	[4] = 0xffff, [5] = 0x0000, [6] = 0xcfff, [7] = 0xc0f0,
	[8] = 0x0000, [9] = 0xffff, [10] = 0xbb3b, [11] = 0xf8ff,
	[12] = 0xff03, [13] = 0xbb2e, [14] = 0xbb26, [15] = 0x772e,
};

/*
 * can_boost(): nothing has to be done behind it.  Linux also refuses what has an
 * entry in an exception table, which only means that it would not be found.
 */
static bool can_boost(const struct ci_insn *insn)
{
	u8 op = insn->opcode[0], second = insn->opcode[1];

	if (insn->opcode_size == 2)
		return boostable[second >> 4] >> (second & 15) & 1;
	if (insn->opcode_size != 1 || insn->odd_prefix || is_branch(insn))
		return false;
	switch (op) {
	case 0x62:
	case 0x70 ... 0x7f:
	case 0x9a:
	case 0xcc ... 0xce:
	case 0xd6:
	case 0xd8 ... 0xdf:
	case 0xe0 ... 0xe3:
	case 0xe8 ... 0xe9:
	case 0xeb:
	case 0xf0 ... 0xf4:
		return false;
	case 0xc0 ... 0xc1:
	case 0xd0 ... 0xd3:
		return modrm_reg(insn) != 6;
	case 0xf6 ... 0xf7:
		return modrm_reg(insn) != 1;
	case 0xfe:
		return modrm_reg(insn) <= 1;
	case 0xff:
		return modrm_reg(insn) <= 1 || modrm_reg(insn) == 4;
	}
	return true;
}

/* --- copies ---------------------------------------------------------------------- */

/* The instruction @off bytes behind the first, to be executed at @va. */
static bool copy_insn(u8 *to, u64 va, const struct ci_probed *p, u32 off,
		      struct ci_insn *ret_insn)
{
	s64 disp;

	if (off >= p->len ||
	    !ci_decode(ret_insn, p->bytes + off, p->len - off) ||
	    !can_probe(ret_insn))
		return false;
	memcpy(to, p->bytes + off, ret_insn->length);
	if (!ret_insn->rip_relative)
		return true;
	disp = (s64)(p->va + off + (u64)(s64)ret_insn->disp - va);
	if (disp != (s32)disp)
		return false;
	ci_put32(to + ret_insn->disp_at, disp);
	return true;
}

bool ci_slot_is_branch(const struct ci_probed *p)
{
	struct ci_insn insn;

	return ci_decode(&insn, p->bytes, p->len) && is_branch(&insn);
}

bool ci_slot_valid(const struct ci_probed *p, u64 slot, const u8 *bytes,
		   u32 len, u8 image[CI_SLOT_SIZE])
{
	struct ci_insn insn;
	u32 n;

	memset(image, INSN_INT3, CI_SLOT_SIZE);
	if (!copy_insn(image, slot, p, 0, &insn))
		return false;
	n = insn.length;
	if (len == n + JMP32_SIZE && len <= CI_SLOT_SIZE) {
		if (!can_boost(&insn) ||
		    !ci_put_branch(image + n, INSN_JMP32, slot + n, p->va + n))
			return false;
	} else if (len != n + 1 || len > CI_SLOT_SIZE) {
		return false;
	}
	if (memcmp(image, bytes, len))
		return false;
	/* At the slot, it would lead elsewhere. */
	if (is_branch(&insn))
		memset(image, INSN_INT3, n);
	return true;
}

/* --- detours --------------------------------------------------------------------- */

bool ci_detour_init(struct ci_detour *d, const u8 *bytes, u32 len, u32 clac,
		    u32 val, u32 call, u64 callback, bool smap)
{
	static const u8 insn[] = { 0x0f, 0x01, 0xca };

	d->len = 0;
	if (!len || len > CI_TEMPLATE_MAX || clac > val ||
	    val - clac < sizeof(insn) || val > call ||
	    call - val < MOV_RDI_SIZE || call > len || len - call < JMP32_SIZE)
		return false;
	*d = (struct ci_detour){
		.callback = callback, .len = len, .val = val, .call = call,
	};
	memcpy(d->bytes, bytes, len);
	if (smap)
		memcpy(d->bytes + clac, insn, sizeof(insn));
	d->bytes[val] = 0x48;
	d->bytes[val + 1] = 0xbf;
	return true;
}

u64 ci_detour_probed(const struct ci_detour *d, u64 slot, const u8 *bytes,
		     u32 len)
{
	u32 size = len - d->len - JMP32_SIZE;

	if (!d->len || len < d->len + 2 * JMP32_SIZE ||
	    len > ci_detour_size(d))
		return 0;
	len -= JMP32_SIZE;
	return ci_branch_target(bytes + len, slot + len) - size;
}

/* A probe is what the kernel has allocated: neither code nor a user's. */
static bool is_data(u64 va)
{
	return va >> 47 == 0x1ffff && va < 0xffffffff80000000ULL && va % 8 == 0;
}

/* The instructions that begin in the five bytes, and the jump behind them. */
static u32 copy_probed(u8 *to, u64 va, const struct ci_probed *p)
{
	struct ci_insn insn;
	u32 n = 0;

	while (n < JMP32_SIZE) {
		if (!copy_insn(to + n, va + n, p, n, &insn) ||
		    !can_boost(&insn))
			return 0;
		n += insn.length;
	}
	return ci_put_branch(to + n, INSN_JMP32, va + n, p->va + n) ?
	       n + JMP32_SIZE : 0;
}

u32 ci_detour_valid(const struct ci_detour *d, const struct ci_probed *p,
		    u64 slot, const u8 *bytes)
{
	u8 want[CI_DETOUR_MAX];
	u32 n;

	if (!d->len)
		return 0;
	memcpy(want, d->bytes, d->len);
	memcpy(want + d->val + 2, bytes + d->val + 2, MOV_RDI_SIZE - 2);
	if (!is_data(ci_get64(want + d->val + 2)) ||
	    !ci_put_branch(want + d->call, INSN_CALL32, slot + d->call,
			   d->callback))
		return 0;
	n = copy_probed(want + d->len, slot + d->len, p);
	return n && !memcmp(want, bytes, d->len + n) ? d->len + n : 0;
}
