// SPDX-License-Identifier: GPL-2.0
/*
 * What Linux makes of probed instructions in slots and detours: what is taken
 * for such, and that each byte counts.
 */
#include <stdio.h>
#include <string.h>

#include "../../vtl1/ci/insns.h"
#include "../../vtl1/ci/slot.h"

#define TEXT	0xffffffff81234560ULL
#define SLOT	0xffffffffc0401000ULL
#define HANDLER	0xffffffff81090000ULL
#define PROBE	0xffff888003a41c80ULL

static int failures, tests;

static void check(bool ok, const char *what)
{
	printf("%sok %d %s\n", ok ? "" : "not ", ++tests, what);
	failures += !ok;
}

static struct ci_probed text(const char *bytes, u32 len)
{
	struct ci_probed p = { .va = TEXT, .len = CI_PROBED_MAX };

	memset(p.bytes, INSN_NOP, sizeof(p.bytes));
	memcpy(p.bytes, bytes, len);
	return p;
}

/* --- slots ---------------------------------------------------------------------- */

/* A slot as Linux writes it, for an instruction of @len bytes. */
static u32 make(u8 *slot, const struct ci_probed *p, u32 len, u32 disp_at,
		bool jump)
{
	memcpy(slot, p->bytes, len);
	if (disp_at)
		ci_put32(slot + disp_at,
			 ci_get32(slot + disp_at) + (u32)(TEXT - SLOT));
	if (!jump) {
		slot[len] = INSN_INT3;
		return len + 1;
	}
	ci_put_branch(slot + len, INSN_JMP32, SLOT + len, TEXT + len);
	return len + JMP32_SIZE;
}

static bool each_byte_counts(const struct ci_probed *p, u8 *slot, u32 len)
{
	u8 image[CI_SLOT_SIZE];
	u32 i, bit;

	for (i = 0; i < len; i++)
		for (bit = 0; bit < 8; bit++) {
			slot[i] ^= 1 << bit;
			if (ci_slot_valid(p, SLOT, slot, len, image))
				return false;
			slot[i] ^= 1 << bit;
		}
	for (i = 0; i <= CI_SLOT_SIZE; i++)
		if (i != len && ci_slot_valid(p, SLOT, slot, i, image))
			return false;
	return ci_slot_valid(p, SLOT, slot, len, image);
}

static bool is_slot(const struct ci_probed *p, const u8 *slot, u32 len)
{
	u8 image[CI_SLOT_SIZE];

	return ci_slot_valid(p, SLOT, slot, len, image);
}

static void check_slots(void)
{
	static const struct {
		const char *what, *bytes;
		u32 len, disp_at;
		bool step, boost;
	} cases[] = {
		{ "push", "\x55", 1, 0, true, true },
		{ "a load relative to RIP", "\x48\x8b\x05\x10\x20\x30\x00", 7,
		  3, true, true },
		{ "a store relative to RIP, with an immediate",
		  "\xc7\x05\xfc\xff\xff\xff\x01\x02\x03\x04", 10, 2, true,
		  true },
		{ "a long move", "\x48\xb8\x01\x02\x03\x04\x05\x06\x07\x08",
		  10, 0, true, true },
		{ "one that leaves no room for a jump",
		  "\x66\x48\xc7\x84\x24\x01\x02\x03\x04\x01\x02\x03\x04", 13,
		  0, true, false },
		{ "CPUID", "\x0f\xa2", 2, 0, true, false },
		{ "a prefix that Linux does not boost", "\x2e\x50", 2, 0, true,
		  false },
		{ "a shift that has no number", "\xc1\xf0\x01", 3, 0, true,
		  false },
		{ "CLI", "\xfa", 1, 0, true, true },
		{ "a call through a register", "\xff\xd0", 2, 0, true, false },
		{ "a call through memory", "\xff\x10", 2, 0, false, false },
		{ "a breakpoint", "\xcc", 1, 0, false, false },
		{ "UD2", "\x0f\x0b", 2, 0, false, false },
		{ "IRET", "\x48\xcf", 2, 0, false, false },
		{ "VMCALL", "\x0f\x01\xc1", 3, 0, false, false },
		{ "MOV to SS", "\x8e\xd0", 2, 0, false, false },
	};
	struct ci_probed p;
	char name[128];
	u8 slot[32];
	bool ok;
	u32 i, len;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		p = text(cases[i].bytes, cases[i].len);
		len = make(slot, &p, cases[i].len, cases[i].disp_at, false);
		if (cases[i].step)
			ok = each_byte_counts(&p, slot, len);
		else
			ok = !is_slot(&p, slot, len);
		len = make(slot, &p, cases[i].len, cases[i].disp_at, true);
		if (cases[i].boost)
			ok &= each_byte_counts(&p, slot, len);
		else
			ok &= !is_slot(&p, slot, len);
		snprintf(name, sizeof(name), "%s has a slot: %d, boosted: %d",
			 cases[i].what, cases[i].step, cases[i].boost);
		check(ok, name);
	}
}

static void check_branches(void)
{
	static const struct {
		const char *bytes;
		u32 len;
	} branches[] = {
		{ "\xe8\x01\x02\x03\x04", 5 }, { "\xe9\x01\x02\x03\x04", 5 },
		{ "\xeb\x01", 2 }, { "\x74\x01", 2 }, { "\xe2\x01", 2 },
		{ "\xe3\x01", 2 }, { "\x0f\x84\x01\x02\x03\x04", 6 },
		{ "\xc7\xf8\x01\x02\x03\x04", 6 },
	};
	u8 slot[32], image[CI_SLOT_SIZE];
	struct ci_probed p;
	bool ok = true;
	u32 i, k, len;

	for (i = 0; i < ARRAY_SIZE(branches); i++) {
		p = text(branches[i].bytes, branches[i].len);
		len = make(slot, &p, branches[i].len, 0, false);
		ok &= ci_slot_is_branch(&p) &&
		      ci_slot_valid(&p, SLOT, slot, len, image);
		for (k = 0; k < CI_SLOT_SIZE; k++)
			ok &= image[k] == INSN_INT3;
		len = make(slot, &p, branches[i].len, 0, true);
		ok &= !ci_slot_valid(&p, SLOT, slot, len, image);
	}
	check(ok, "relative branches are not executed in slots");
	p = text("\xc5\xf9\x70\xc1\x01", 5);
	check(!ci_slot_is_branch(&p), "an opcode of AVX is no branch");
	p = text("\x48\x8b\x05\x10\x20\x30\x00", 7);
	len = make(slot, &p, 7, 3, false);
	check(!ci_slot_valid(&p, SLOT + CI_SLOT_SIZE, slot, len, image),
	      "a slot is good for its address only");
	p.len = 6;
	check(!ci_slot_valid(&p, SLOT, slot, len, image),
	      "what ends within an instruction has no slot");
	p = text("\x48\x8b\x05\x00\x00\x00\x80", 7);
	p.va = SLOT - 0x70000000;
	check(!ci_slot_valid(&p, SLOT, slot, len, image),
	      "nor what is too far away");
}

/* --- detours -------------------------------------------------------------------- */

#define CLAC	4
#define VAL	10
#define CALL	20
#define END	28

static struct ci_detour detour;

static u32 make_detour(u8 *to, const struct ci_probed *p, u32 len, u32 disp_at)
{
	memset(to, INSN_INT3, ci_detour_size(&detour));
	memset(to, INSN_NOP, END);
	memcpy(to + CLAC, "\x0f\x01\xca", 3);
	memcpy(to + VAL, "\x48\xbf", 2);
	ci_put64(to + VAL + 2, PROBE);
	ci_put_branch(to + CALL, INSN_CALL32, SLOT + CALL, HANDLER);
	memcpy(to + END, p->bytes, len);
	if (disp_at)
		ci_put32(to + END + disp_at, ci_get32(to + END + disp_at) +
			 (u32)(TEXT - SLOT - END));
	ci_put_branch(to + END + len, INSN_JMP32, SLOT + END + len,
		      TEXT + len);
	return END + len + JMP32_SIZE;
}

static bool is_detour(const struct ci_probed *p, const u8 *bytes, u32 len)
{
	return ci_detour_valid(&detour, p, SLOT, bytes) == len;
}

/* But those of the probe's address: that is checked by itself. */
static bool each_byte_of_it_counts(const struct ci_probed *p, u8 *bytes,
				   u32 len)
{
	u32 i, bit;

	for (i = 0; i < len; i++)
		for (bit = 0; bit < 8; bit++) {
			if (i >= VAL + 2 && i < VAL + 10)
				continue;
			bytes[i] ^= 1 << bit;
			if (ci_detour_valid(&detour, p, SLOT, bytes))
				return false;
			bytes[i] ^= 1 << bit;
		}
	return is_detour(p, bytes, len);
}

static bool with_probe(const struct ci_probed *p, u8 *bytes, u32 len, u64 probe)
{
	ci_put64(bytes + VAL + 2, probe);
	return is_detour(p, bytes, len);
}

static void check_detours(void)
{
	u8 template[END], bytes[CI_DETOUR_MAX];
	struct ci_probed p;
	u32 len;

	memset(template, INSN_NOP, END);
	check(ci_detour_init(&detour, template, END, CLAC, VAL, CALL, HANDLER,
			     true), "a template is understood");
	/* push %rbp; mov x(%rip), %rax */
	p = text("\x55\x48\x8b\x05\x10\x20\x30\x00", 8);
	len = make_detour(bytes, &p, 8, 4);
	check(each_byte_of_it_counts(&p, bytes, len),
	      "a detour of two instructions: each byte counts");
	check(ci_detour_probed(&detour, SLOT, bytes, len) == TEXT,
	      "it says what it is for");
	check(!ci_detour_probed(&detour, SLOT, bytes, END + 9) &&
	      !ci_detour_probed(&detour, SLOT, bytes, CI_DETOUR_MAX),
	      "but not when it is too short or too long");
	check(!with_probe(&p, bytes, len, 0x00007fff12345678ULL) &&
	      !with_probe(&p, bytes, len, 0xffffffff81234560ULL) &&
	      !with_probe(&p, bytes, len, 0xffffffffc0401000ULL) &&
	      !with_probe(&p, bytes, len, PROBE + 1) &&
	      with_probe(&p, bytes, len, PROBE), "a probe is data");
	p.len = 7;
	check(!is_detour(&p, bytes, len), "not beyond what may be probed");
	p = text("\x55\x55\x55\x74\x02", 5);
	len = make_detour(bytes, &p, 5, 0);
	check(!is_detour(&p, bytes, len), "there is none of a branch");
	p = text("\x55\x55\x55\x55\x0f\xa2", 6);
	len = make_detour(bytes, &p, 6, 0);
	check(!is_detour(&p, bytes, len), "nor of what Linux does not boost");
	detour.len = 0;
	check(!is_detour(&p, bytes, len) &&
	      !ci_detour_probed(&detour, SLOT, bytes, len),
	      "a kernel without a template has none");
	check(!ci_detour_init(&detour, template, END, VAL + 1, VAL, CALL,
			      HANDLER, true) &&
	      !ci_detour_init(&detour, template, END, CLAC, VAL, VAL + 9,
			      HANDLER, true) &&
	      !ci_detour_init(&detour, template, END, CLAC, VAL, END - 4,
			      HANDLER, true) &&
	      !ci_detour_init(&detour, template, CI_TEMPLATE_MAX + 1, CLAC,
			      VAL, CALL, HANDLER, true),
	      "a template has room for what is put into it");
}

int main(void)
{
	check_slots();
	check_branches();
	check_detours();
	printf("1..%d\n", tests);
	return failures ? 1 : 0;
}
