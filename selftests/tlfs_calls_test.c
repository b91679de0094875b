// SPDX-License-Identifier: GPL-2.0
/*
 * The hypercall interface itself, from VTL0 and from VTL1: input value, places
 * of parameters, fast calls, reps, results, and which error comes first.
 * Source: TLFS, "Hypercall Interface".
 */
#include <cpuid.h>
#include <signal.h>
#include <setjmp.h>
#include <string.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "tlfs.h"

/* What a VP may call, from the hypervisor's own table. */
enum kind { SIMPLE, REP, EARLY, VAR_SIMPLE, VAR_REP };

#define HVCALL_VTL0	1
#define HVCALL_VTL1	2
#define HVCALL_ANY_VTL	3

static const struct call {
	__u16 code;
	enum kind kind;
	unsigned int in, elem, out, vtls;
	const char *name;
} calls[] = {
#define HVCALL(name, tlfs, kind, in, elem, out, vtls, fn) \
	{ HVCALL_##name, kind, in, elem, out, vtls, tlfs },
#include "../kernel/hv/hvcalls.def"
#undef HVCALL
};

#define GET		HVCALL_GET_VP_REGISTERS
#define SET		HVCALL_SET_VP_REGISTERS
#define FAST		HV_HYPERCALL_FAST
#define GET_HEADER	sizeof(struct hv_input_get_vp_registers)
#define BAD_NAME	0xdeadbeef

FIXTURE(calls) {
	struct tlfs t;
	int vtl;
};

FIXTURE_VARIANT(calls) {
	int vtl;
};

FIXTURE_VARIANT_ADD(calls, vtl0) { .vtl = 0, };
FIXTURE_VARIANT_ADD(calls, vtl1) { .vtl = 1, };

FIXTURE_SETUP(calls)
{
	bool skip;
	const char *why = tlfs_open(&self->t, &skip);

	if (why && skip)
		SKIP(return, "%s", why);
	ASSERT_EQ(NULL, why) TH_LOG("%s", why);
	self->vtl = variant->vtl;
	memset(tlfs_page(&self->t, TLFS_INPUT), 0, 2 * PAGE);
}

FIXTURE_TEARDOWN(calls)
{
	tlfs_close(&self->t);
}

static __u64 issue(struct _test_data_calls *self, __u64 control)
{
	return memory_call(&self->t, self->vtl, control);
}

/* A right HvCallGetVpRegisters of @nr times @name, for a test to spoil. */
static __u32 *get_input(struct _test_data_calls *self, __u32 name,
			unsigned int nr)
{
	struct hv_input_get_vp_registers *in =
		tlfs_page(&self->t, TLFS_INPUT);
	__u32 *names = (__u32 *)(in + 1);
	unsigned int i;

	*in = (struct hv_input_get_vp_registers){
		.partition_id = HV_PARTITION_ID_SELF,
		.vp_index = HV_VP_INDEX_SELF,
	};
	for (i = 0; i < nr; i++)
		names[i] = name;
	return names;
}

static const struct call *find(__u16 code)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(calls); i++)
		if (calls[i].code == code)
			return &calls[i];
	return NULL;
}

static bool callable(const struct call *c, int vtl)
{
	return c && c->vtls >> vtl & 1;
}

static bool is_rep(const struct call *c)
{
	return c->kind == REP || c->kind == VAR_REP;
}

static bool has_variable(const struct call *c)
{
	return c->kind == VAR_SIMPLE || c->kind == VAR_REP;
}

/* One rep where there are any. */
static __u64 control_of(const struct call *c)
{
	return c->code | (is_rep(c) ? REP(1, 0) : 0);
}

/* Without this, every refusal below could have another reason. */
TEST_F(calls, right_call)
{
	const __u64 *out = tlfs_page(&self->t, TLFS_OUTPUT);
	const __u8 *bytes = tlfs_page(&self->t, TLFS_OUTPUT);

	get_input(self, HV_REGISTER_VSM_CODE_PAGE_OFFSETS, 1);
	EXPECT_EQ(DONE(1), issue(self, GET | REP(1, 0)));
	EXPECT_NE(0, out[0]);
	EXPECT_EQ(0, out[0] >> 24);
	EXPECT_EQ(0, out[1]);
	EXPECT_EQ(UNTOUCHED, bytes[16]);
}

/* TLFS: a code that is none, or not for this VTL, comes before all else. */
TEST_F(calls, codes)
{
	__u32 code;

	for (code = 0; code < 0x10000; code++) {
		/* The lower half densely, the upper at its edges. */
		if (code >= 0x200 && code < 0x8000 && code % 0x101)
			continue;
		if (code >= 0x8100 && code < 0x8e00 && code % 0x101)
			continue;
		if (code >= 0x9000 && code < 0xff00 && code % 0x101)
			continue;
		if (code == HVCALL_VTL_CALL || code == HVCALL_VTL_RETURN ||
		    callable(find(code), self->vtl))
			continue;
		EXPECT_EQ(HV_STATUS_INVALID_HYPERCALL_CODE,
			  hypercall(&self->t, self->vtl,
				    code | HV_HYPERCALL_RSVD_MASK, 1, 1)) {
			TH_LOG("code %#x", code);
		}
	}
}

/* TLFS: bits 30:27, 47:44 and 63:60 are zero; 31 is for nested guests. */
TEST_F(calls, reserved_bits)
{
	unsigned int i;
	int bit;

	for (i = 0; i < ARRAY_SIZE(calls); i++)
		for (bit = 0; bit < 64; bit++) {
			if (!callable(&calls[i], self->vtl) ||
			    !((HV_HYPERCALL_RSVD_MASK | HV_HYPERCALL_NESTED) >>
			      bit & 1))
				continue;
			EXPECT_EQ(HV_STATUS_INVALID_HYPERCALL_INPUT,
				  issue(self, control_of(&calls[i]) |
					1ULL << bit)) {
				TH_LOG("%s bit %d", calls[i].name, bit);
			}
		}
	EXPECT_TRUE(output_untouched(&self->t));
}

/* TLFS: a variable header is an error of a call that has none. */
TEST_F(calls, variable_header)
{
	unsigned int i, size;

	for (i = 0; i < ARRAY_SIZE(calls); i++)
		for (size = 1; size < 0x400; size <<= 1) {
			if (!callable(&calls[i], self->vtl) ||
			    has_variable(&calls[i]))
				continue;
			EXPECT_EQ(HV_STATUS_INVALID_HYPERCALL_INPUT,
				  issue(self, control_of(&calls[i]) |
					(__u64)size <<
					HV_HYPERCALL_VARHEAD_SHIFT)) {
				TH_LOG("%s size %u", calls[i].name, size);
			}
		}
}

/* TLFS: a simple call has neither rep count nor rep start. */
TEST_F(calls, reps_of_simple)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		if (!callable(&calls[i], self->vtl) || is_rep(&calls[i]))
			continue;
		EXPECT_EQ(HV_STATUS_INVALID_HYPERCALL_INPUT,
			  issue(self, calls[i].code | REP(1, 0)))
			TH_LOG("%s", calls[i].name);
		EXPECT_EQ(HV_STATUS_INVALID_HYPERCALL_INPUT,
			  issue(self, calls[i].code | REP(0, 1)))
			TH_LOG("%s", calls[i].name);
		EXPECT_EQ(HV_STATUS_INVALID_HYPERCALL_INPUT,
			  issue(self, calls[i].code | REP(4095, 4094)))
			TH_LOG("%s", calls[i].name);
	}
}

/* TLFS: rep start is below rep count. */
TEST_F(calls, rep_start)
{
	static const __u64 wrong[] = {
		REP(0, 1), REP(1, 1), REP(1, 2), REP(2, 2), REP(0, 4095),
		REP(4095, 4095),
	};
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(calls); i++)
		for (n = 0; n < ARRAY_SIZE(wrong); n++) {
			if (!callable(&calls[i], self->vtl) ||
			    !is_rep(&calls[i]))
				continue;
			EXPECT_EQ(HV_STATUS_INVALID_HYPERCALL_INPUT,
				  issue(self, calls[i].code | wrong[n]) &
				  HV_HYPERCALL_STATUS_MASK)
				TH_LOG("%s reps %u", calls[i].name, n);
		}
	EXPECT_TRUE(output_untouched(&self->t));
}

/* TLFS: parameters are aligned to 8 bytes, and do not cross a page. */
TEST_F(calls, places)
{
	__u64 in = tlfs_gpa(&self->t, TLFS_INPUT);
	__u64 out = tlfs_gpa(&self->t, TLFS_OUTPUT);
	unsigned int i, off;

	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		const struct call *c = &calls[i];
		unsigned int bytes = c->in + c->elem;

		if (!callable(c, self->vtl) || !bytes)
			continue;
		for (off = 1; off < 8; off++)
			EXPECT_EQ(HV_STATUS_INVALID_ALIGNMENT,
				  hypercall(&self->t, self->vtl, control_of(c),
					    in + off, out))
				TH_LOG("%s at %u", c->name, off);
		for (off = 8; off < bytes; off += 8)
			EXPECT_EQ(HV_STATUS_INVALID_ALIGNMENT,
				  hypercall(&self->t, self->vtl, control_of(c),
					    in + PAGE - off, out))
				TH_LOG("%s, %u in the page", c->name, off);
		if (!c->out)
			continue;
		for (off = 1; off < 8; off++)
			EXPECT_EQ(HV_STATUS_INVALID_ALIGNMENT,
				  hypercall(&self->t, self->vtl, control_of(c),
					    in, out + off))
				TH_LOG("%s out at %u", c->name, off);
		for (off = 8; off < c->out; off += 8)
			EXPECT_EQ(HV_STATUS_INVALID_ALIGNMENT,
				  hypercall(&self->t, self->vtl, control_of(c),
					    in, out + PAGE - off))
				TH_LOG("%s out, %u in the page", c->name, off);
	}
}

/* Of the whole list, not of what one pass takes from it. */
TEST_F(calls, long_list_crosses)
{
	get_input(self, HV_REGISTER_VP_INDEX, 1020);
	EXPECT_EQ(HV_STATUS_INVALID_ALIGNMENT, issue(self, GET | REP(1021, 0)));
	EXPECT_EQ(HV_STATUS_INVALID_ALIGNMENT, issue(self, GET | REP(257, 0)));
	EXPECT_EQ(HV_STATUS_INVALID_ALIGNMENT,
		  issue(self, GET | REP(257, 256)));
	EXPECT_EQ(HV_STATUS_INVALID_ALIGNMENT, issue(self, GET | REP(4095, 0)));
	EXPECT_TRUE(output_untouched(&self->t));
}

/* Up to the last byte of a page, and no byte more is read or written. */
TEST_F(calls, end_of_page)
{
	__u64 in = tlfs_gpa(&self->t, TLFS_INPUT) + PAGE - GET_HEADER - 8;
	__u64 out = tlfs_gpa(&self->t, TLFS_OUTPUT) + PAGE - 16;
	const __u8 *page = tlfs_page(&self->t, TLFS_OUTPUT);

	get_input(self, HV_REGISTER_VSM_PARTITION_STATUS, 1);
	memmove(tlfs_page(&self->t, TLFS_INPUT) + PAGE - GET_HEADER - 8,
		tlfs_page(&self->t, TLFS_INPUT), GET_HEADER + 4);
	memset(tlfs_page(&self->t, TLFS_OUTPUT), UNTOUCHED, 2 * PAGE);
	EXPECT_EQ(DONE(1),
		  hypercall(&self->t, self->vtl, GET | REP(1, 0), in, out));
	EXPECT_EQ(UNTOUCHED, page[PAGE - 17]);
	EXPECT_NE(UNTOUCHED, page[PAGE - 16]);
	EXPECT_EQ(0, page[PAGE - 1]);
	EXPECT_EQ(UNTOUCHED, page[PAGE]);
}

static void bad_page(struct __test_metadata *_metadata,
		     struct _test_data_calls *self, __u64 gpa, __u64 status)
{
	EXPECT_EQ(status,
		  hypercall(&self->t, self->vtl, GET | REP(1, 0), gpa,
			    tlfs_gpa(&self->t, TLFS_OUTPUT)))
		TH_LOG("input at %#llx", gpa);
	EXPECT_EQ(status,
		  hypercall(&self->t, self->vtl, GET | REP(1, 0),
			    tlfs_gpa(&self->t, TLFS_INPUT), gpa))
		TH_LOG("output at %#llx", gpa);
}

/* TLFS: a place outside the GPA space has the status of one misaligned. */
TEST_F(calls, outside_the_gpa_space)
{
	unsigned int eax, ebx, ecx, edx, bit;

	ASSERT_TRUE(__get_cpuid(0x80000008, &eax, &ebx, &ecx, &edx));
	get_input(self, HV_REGISTER_VP_INDEX, 1);
	for (bit = eax & 0xff; bit < 64; bit++)
		bad_page(_metadata, self,
			 (1ULL << bit) + tlfs_gpa(&self->t, TLFS_INPUT),
			 HV_STATUS_INVALID_ALIGNMENT);
	bad_page(_metadata, self, ~0ULL & ~(PAGE - 1),
		 HV_STATUS_INVALID_ALIGNMENT);
}

/* Inside it, but no memory: the local APIC, and behind all RAM. */
TEST_F(calls, no_memory)
{
	unsigned int eax, ebx, ecx, edx;

	ASSERT_TRUE(__get_cpuid(0x80000008, &eax, &ebx, &ecx, &edx));
	get_input(self, HV_REGISTER_VP_INDEX, 1);
	bad_page(_metadata, self, 0xfee00000, HV_STATUS_INVALID_PARAMETER);
	bad_page(_metadata, self, (1ULL << (eax & 0xff)) - PAGE,
		 HV_STATUS_INVALID_PARAMETER);
}

/* Code, input value, place, then what the parameters say. */
TEST_F(calls, order_of_checks)
{
	struct hv_input_get_vp_registers *in =
		tlfs_page(&self->t, TLFS_INPUT);
	__u64 bad = tlfs_gpa(&self->t, TLFS_INPUT) + 1;
	__u64 rsvd = 1ULL << 60;

	get_input(self, BAD_NAME, 1);
	in->partition_id = 1;
	in->vp_index = 0x1000;
	in->input_vtl = 0xff;
	EXPECT_EQ(HV_STATUS_INVALID_HYPERCALL_CODE,
		  hypercall(&self->t, self->vtl, 0x7fff | REP(1, 1) | rsvd, bad,
			    bad));
	EXPECT_EQ(HV_STATUS_INVALID_HYPERCALL_INPUT,
		  hypercall(&self->t, self->vtl, GET | REP(1, 0) | rsvd, bad,
			    bad));
	EXPECT_EQ(HV_STATUS_INVALID_ALIGNMENT,
		  hypercall(&self->t, self->vtl, GET | REP(1, 0), bad, bad));
	EXPECT_EQ(HV_STATUS_INVALID_PARTITION_ID,
		  issue(self, GET | REP(1, 0)));
	in->partition_id = HV_PARTITION_ID_SELF;
	EXPECT_EQ(HV_STATUS_INVALID_VP_INDEX, issue(self, GET | REP(1, 0)));
	in->vp_index = HV_VP_INDEX_SELF;
	EXPECT_EQ(HV_STATUS_INVALID_PARAMETER, issue(self, GET | REP(1, 0)));
	in->input_vtl = USE_VTL(2);
	EXPECT_EQ(HV_STATUS_ACCESS_DENIED, issue(self, GET | REP(1, 0)));
	in->input_vtl = 0;
	EXPECT_EQ(HV_STATUS_INVALID_PARAMETER, issue(self, GET | REP(1, 0)));
}

/* No reps: nothing is done, and that is a success. */
TEST_F(calls, zero_reps)
{
	get_input(self, BAD_NAME, 1);
	EXPECT_EQ(HV_STATUS_SUCCESS, issue(self, GET));
	EXPECT_EQ(HV_STATUS_SUCCESS, issue(self, SET));
	EXPECT_TRUE(output_untouched(&self->t));
}

/* A call that starts in the middle does the rest, each at its own place. */
TEST_F(calls, start_in_the_middle)
{
	const __u64 *out = tlfs_page(&self->t, TLFS_OUTPUT);
	__u32 *names = get_input(self, BAD_NAME, 4);
	__u64 untouched;

	memset(&untouched, UNTOUCHED, sizeof(untouched));
	names[2] = HV_REGISTER_VP_INDEX;
	names[3] = HV_REGISTER_VSM_CODE_PAGE_OFFSETS;
	EXPECT_EQ(DONE(4), issue(self, GET | REP(4, 2)));
	EXPECT_EQ(untouched, out[0]);
	EXPECT_EQ(untouched, out[3]);
	EXPECT_EQ(0, out[4]);
	EXPECT_NE(0, out[6]);
	EXPECT_EQ(untouched, out[8]);
}

/* TLFS: what comes before the wrong element is done, and counted. */
TEST_F(calls, stops_at_the_wrong_one)
{
	const __u8 *out = tlfs_page(&self->t, TLFS_OUTPUT);
	static const unsigned int at[] = { 0, 1, 63, 64, 65, 127, 128, 200 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(at); i++) {
		get_input(self, HV_REGISTER_VP_INDEX, 256)[at[i]] = BAD_NAME;
		EXPECT_EQ(HV_STATUS_INVALID_PARAMETER | DONE(at[i]),
			  issue(self, GET | REP(256, 0)))
			TH_LOG("element %u", at[i]);
		EXPECT_EQ(UNTOUCHED, out[at[i] * 16]);
		if (at[i])
			EXPECT_EQ(0, out[at[i] * 16 - 16]);
	}
}

/* More than one pass: every element at its place, the count at the end. */
TEST_F(calls, many_reps)
{
	static const __u32 three[] = {
		HV_REGISTER_VP_INDEX, HV_REGISTER_VSM_CODE_PAGE_OFFSETS,
		HV_REGISTER_VSM_PARTITION_STATUS,
	};
	const __u64 *out = tlfs_page(&self->t, TLFS_OUTPUT);
	__u32 *names = get_input(self, 0, 256);
	unsigned int i;

	for (i = 0; i < 256; i++)
		names[i] = three[i % 3];
	ASSERT_EQ(DONE(256), issue(self, GET | REP(256, 0)));
	EXPECT_NE(out[0], out[2]);
	EXPECT_NE(out[2], out[4]);
	for (i = 0; i < 256; i++) {
		EXPECT_EQ(out[i % 3 * 2], out[i * 2]) TH_LOG("element %u", i);
		EXPECT_EQ(0, out[i * 2 + 1]);
	}
	EXPECT_EQ(UNTOUCHED, *(__u8 *)&out[512]);
}

/* TLFS: only RAX is changed, and RCX by a continuation of a rep call. */
TEST_F(calls, registers_stay)
{
	struct vsm_probe_insn c = { .flags = VSM_PROBE_XMM }, before;
	unsigned int i;

	get_input(self, HV_REGISTER_VP_INDEX, 256);
	for (i = 0; i < PUPPET_NR_GPRS; i++)
		c.gpr[i] = 0xa5a5000000000000 | i;
	memset(c.xmm, 0x3c, sizeof(c.xmm));
	c.gpr[PUPPET_RCX] = GET | REP(256, 0);
	c.gpr[PUPPET_RDX] = tlfs_gpa(&self->t, TLFS_INPUT);
	c.gpr[PUPPET_R8] = tlfs_gpa(&self->t, TLFS_OUTPUT);
	before = c;
	ASSERT_EQ(NO_FAULT, vmcall(&self->t, self->vtl, &c));
	EXPECT_EQ(DONE(256), c.gpr[PUPPET_RAX]);
	EXPECT_EQ(GET | REP(256, 0),
		  c.gpr[PUPPET_RCX] & ~HV_HYPERCALL_REP_START_MASK);
	for (i = 0; i < PUPPET_NR_GPRS; i++)
		if (i != PUPPET_RAX && i != PUPPET_RCX && i != PUPPET_RSP)
			EXPECT_EQ(before.gpr[i], c.gpr[i])
				TH_LOG("register %u", i);
	EXPECT_EQ(0, memcmp(before.xmm, c.xmm, sizeof(c.xmm)));
}

/* Fast, in RDX and R8 alone. */
TEST_F(calls, fast_in_registers)
{
	struct hv_input_enable_partition_vtl in = {
		.partition_id = HV_PARTITION_ID_SELF, .target_vtl = 1,
	};
	__u64 regs[2];

	memcpy(regs, &in, sizeof(regs));
	EXPECT_EQ(HV_STATUS_INVALID_VTL_STATE,
		  hypercall(&self->t, self->vtl,
			    HVCALL_ENABLE_PARTITION_VTL | FAST, regs[0],
			    regs[1]));
	in.target_vtl = 0;
	memcpy(regs, &in, sizeof(regs));
	EXPECT_EQ(HV_STATUS_INVALID_PARAMETER,
		  hypercall(&self->t, self->vtl,
			    HVCALL_ENABLE_PARTITION_VTL | FAST, regs[0],
			    regs[1]));
	EXPECT_EQ(HV_STATUS_INVALID_PARTITION_ID,
		  hypercall(&self->t, self->vtl,
			    HVCALL_ENABLE_PARTITION_VTL | FAST, 1, regs[1]));
}

/* RDX, R8, XMM0 to XMM5 as one block. */
static void set_block(struct vsm_probe_insn *c, const void *block)
{
	memcpy(&c->gpr[PUPPET_RDX], block, 8);
	memcpy(&c->gpr[PUPPET_R8], block + 8, 8);
	memcpy(c->xmm, block + 16, sizeof(c->xmm));
}

static void get_block(const struct vsm_probe_insn *c, void *block)
{
	memcpy(block, &c->gpr[PUPPET_RDX], 8);
	memcpy(block + 8, &c->gpr[PUPPET_R8], 8);
	memcpy(block + 16, c->xmm, sizeof(c->xmm));
}

static __u64 fast_get(struct _test_data_calls *self, unsigned int nr,
		      __u8 block[112])
{
	struct vsm_probe_insn c = {
		.flags = VSM_PROBE_XMM,
		.gpr[PUPPET_RCX] = GET | FAST | REP(nr, 0),
	};
	__u32 vector;

	set_block(&c, block);
	vector = vmcall(&self->t, self->vtl, &c);
	get_block(&c, block);
	return vector == NO_FAULT ? c.gpr[PUPPET_RAX] : TRAPPED(vector);
}

/*
 * TLFS: XMM-fast output begins in the register after the last one of input,
 * 16 bytes each; all others stay.
 */
TEST_F(calls, xmm_fast)
{
	__u64 offsets, *value;
	__u8 block[112], before[112];
	unsigned int nr, i, at;

	get_input(self, HV_REGISTER_VSM_CODE_PAGE_OFFSETS, 4);
	ASSERT_EQ(DONE(1), issue(self, GET | REP(1, 0)));
	offsets = *(__u64 *)tlfs_page(&self->t, TLFS_OUTPUT);
	for (nr = 1; nr <= 4; nr++) {
		memset(block, 0x77, sizeof(block));
		memcpy(block, tlfs_page(&self->t, TLFS_INPUT),
		       GET_HEADER + 4 * nr);
		memcpy(before, block, sizeof(block));
		ASSERT_EQ(DONE(nr), fast_get(self, nr, block));
		at = 32;
		EXPECT_EQ(0, memcmp(before, block, at));
		for (i = 0; i < nr; i++, at += 16) {
			value = (__u64 *)&block[at];
			EXPECT_EQ(offsets, value[0]);
			EXPECT_EQ(0, value[1]);
		}
		EXPECT_EQ(0, memcmp(before + at, block + at,
				    sizeof(block) - at));
	}
}

/* TLFS: 112 bytes of registers are all there is, for input and output. */
TEST_F(calls, xmm_fast_too_large)
{
	__u8 block[112] = { 0 }, before[112];
	unsigned int i;

	get_input(self, HV_REGISTER_VP_INDEX, 5);
	memcpy(block, tlfs_page(&self->t, TLFS_INPUT), GET_HEADER + 20);
	memcpy(before, block, sizeof(block));
	EXPECT_EQ(HV_STATUS_INVALID_HYPERCALL_INPUT, fast_get(self, 5, block));
	EXPECT_EQ(HV_STATUS_INVALID_HYPERCALL_INPUT,
		  fast_get(self, 4095, block));
	EXPECT_EQ(0, memcmp(before, block, sizeof(block)));
	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		const struct call *c = &calls[i];
		unsigned int reps = c->elem ? (112 - c->in) / c->elem + 1 : 0;

		if (!callable(c, self->vtl) || (!c->elem && c->in <= 112))
			continue;
		if (c->in > 112)
			reps = is_rep(c);
		EXPECT_EQ(HV_STATUS_INVALID_HYPERCALL_INPUT,
			  hypercall(&self->t, self->vtl,
				    c->code | FAST | REP(reps, 0), 0, 0) &
			  HV_HYPERCALL_STATUS_MASK)
			TH_LOG("%s, %u reps", c->name, reps);
	}
}

/* An XMM-fast call that stops in the middle has the output of what it did. */
TEST_F(calls, xmm_fast_partial)
{
	__u8 block[112], before[112];

	get_input(self, HV_REGISTER_VP_INDEX, 3)[2] = BAD_NAME;
	memset(block, 0x77, sizeof(block));
	memcpy(block, tlfs_page(&self->t, TLFS_INPUT), GET_HEADER + 12);
	memcpy(before, block, sizeof(block));
	EXPECT_EQ(HV_STATUS_INVALID_PARAMETER | DONE(2),
		  fast_get(self, 3, block));
	EXPECT_EQ(0, memcmp(before, block, 32));
	EXPECT_EQ(0, block[32]);
	EXPECT_EQ(0, block[48]);
	EXPECT_EQ(0, memcmp(before + 64, block + 64, 48));
}

/* Only reading the whole of what fast calls cannot leak what they read. */
static sigjmp_buf fault_env;

static void on_fault(int sig)
{
	siglongjmp(fault_env, sig);
}

static int vmcall_signal(__u64 control)
{
	int sig = sigsetjmp(fault_env, 1);

	if (!sig)
		asm volatile("vmcall" : "+c" (control) : "a" (0), "d" (0)
			     : "memory", "rsi", "rdi", "r8", "r9", "r10",
			       "r11");
	return sig;
}

/* TLFS: #UD from any CPL but 0, whatever the call is. */
TEST_F(calls, from_ring_3)
{
	unsigned int i;

	if (self->vtl)
		return;
	signal(SIGILL, on_fault);
	signal(SIGSEGV, on_fault);
	for (i = 0; i < ARRAY_SIZE(calls); i++)
		EXPECT_EQ(SIGILL, vmcall_signal(control_of(&calls[i])))
			TH_LOG("%s", calls[i].name);
	EXPECT_EQ(SIGILL, vmcall_signal(HVCALL_VTL_CALL));
	EXPECT_EQ(SIGILL, vmcall_signal(HVCALL_VTL_RETURN));
	EXPECT_EQ(SIGILL, vmcall_signal(0xffff));
}

/* Each VTL by its own hypercall page, too. */
TEST_F(calls, by_the_page)
{
	struct puppet_request req = {
		.op = PUPPET_VMCALL,
		.flags = PUPPET_PAGE,
		.gpr[PUPPET_RCX] = GET | REP(1, 0),
		.gpr[PUPPET_RDX] = tlfs_gpa(&self->t, TLFS_INPUT),
		.gpr[PUPPET_R8] = tlfs_gpa(&self->t, TLFS_OUTPUT),
	};

	if (!self->vtl)
		return;
	get_input(self, HV_REGISTER_VSM_CODE_PAGE_OFFSETS, 1);
	ASSERT_TRUE(puppet(&self->t, &req));
	EXPECT_EQ(NO_FAULT, req.fault.vector);
	EXPECT_EQ(DONE(1), req.gpr[PUPPET_RAX]);
}

TEST_HARNESS_MAIN
