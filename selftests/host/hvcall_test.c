// SPDX-License-Identifier: GPL-2.0
/*
 * The hypercall interface: each bit of the input value, each size and address,
 * for each call of the table; protection masks.  Covers what the tests of
 * OpenVMM's hypercall parser expect; where the TLFS says otherwise, the TLFS
 * holds.  Must never depend on a file other than those it is told to run.
 */
#include <stdlib.h>
#include <string.h>

#include "../../kernel/hv/mask.h"
#include "hvcall_model.h"

static int failures, tests;

static void check(bool ok, const char *what)
{
	ok = ok && !expect_bad;
	expect_bad = false;
	printf("%sok %d %s\n", ok ? "" : "not ", ++tests, what);
	failures += !ok;
}

#define for_each_call(e) \
	for ((e) = calls; (e) < calls + nr_calls; (e)++)

static u64 decode(const struct hvcall_entry *e, u64 value, struct hvcall *call)
{
	memset(call, 0xa5, sizeof(*call));
	return hvcall_decode(e, value, call);
}

/* All that can be said without addresses. */
static void check_decode(const struct hvcall_entry *e, u64 value)
{
	struct hvcall call;
	u64 status = decode(e, value, &call);

	EXPECT(status == wanted_status(e, value, 0, 0) ||
	       /* Too long for any page: that is the address check's. */
	       (!status && wanted_status(e, value, 0, 0) ==
			   HV_STATUS_INVALID_ALIGNMENT));
}

/* Each kind, also those that no call of the table is of. */
static const struct hvcall_entry kinds[] = {
	{ 1, HVCALL_SIMPLE, 3, 0, 0, 0, NULL },
	{ 2, HVCALL_SIMPLE, 3, 16, 0, 0, NULL },
	{ 3, HVCALL_SIMPLE, 3, 16, 0, 16, NULL },
	{ 4, HVCALL_REP, 3, 16, 8, 0, NULL },
	{ 5, HVCALL_REP, 3, 16, 8, 8, NULL },
	{ 6, HVCALL_REP, 3, 16, 4, 16, NULL },
	{ 7, HVCALL_VAR_SIMPLE, 3, 16, 0, 0, NULL },
	{ 8, HVCALL_VAR_SIMPLE, 3, 16, 0, 16, NULL },
	{ 9, HVCALL_VAR_REP, 3, 16, 8, 8, NULL },
	{ 10, HVCALL_EARLY, 1, 0, 0, 0, NULL },
};

static bool table(void)
{
	const struct hvcall_entry *e;

	for_each_call(e) {
		EXPECT(e == calls || e[-1].code < e->code);
		EXPECT(e->code != HVCALL_VTL_CALL &&
		       e->code != HVCALL_VTL_RETURN);
		EXPECT(e->vtls && !(e->vtls & ~HVCALL_ANY_VTL));
		EXPECT(e->in_size % 8 == 0 && e->in_size <= HVCALL_HEADER_MAX);
		EXPECT(is_rep(e) || !e->elem_size);
		EXPECT(e->out_size <= HVCALL_PASS_OUT);
		EXPECT(!is_rep(e) || e->elem_size || e->out_size);
	}
	return true;
}

static bool reserved_bits(void)
{
	const u64 free_bits = HV_HYPERCALL_CODE_MASK | HV_HYPERCALL_FAST |
			      HV_HYPERCALL_VARHEAD_MASK |
			      HV_HYPERCALL_REP_COUNT_MASK |
			      HV_HYPERCALL_REP_START_MASK;
	const struct hvcall_entry *e;
	struct hvcall call;
	struct issue i;

	for_each_call(e)
		for (u32 bit = 0; bit < 64; bit++) {
			if (free_bits >> bit & 1)
				continue;
			i = good(e, is_rep(e), 0, 0, false);
			i.value |= 1ULL << bit;
			EXPECT(decode(e, i.value, &call) ==
			       HV_STATUS_INVALID_HYPERCALL_INPUT);
			issue(&i);
		}
	return true;
}

static bool rep_counts(const struct hvcall_entry *list, u32 nr)
{
	for (const struct hvcall_entry *e = list; e < list + nr; e++)
		for (u32 count = 0; count < 4096; count++)
			for (u32 n = 0; n < 6; n++) {
				const u32 start[] = {
					0, 1, count / 2, count - 1, count,
					count + 1,
				};

				check_decode(e, control(e, count,
							start[n] & 0xfff, 0,
							false));
			}
	return true;
}

static bool variable_headers(const struct hvcall_entry *list, u32 nr)
{
	struct hvcall call;

	for (const struct hvcall_entry *e = list; e < list + nr; e++)
		for (u32 words = 0; words < 1024; words++) {
			check_decode(e, control(e, is_rep(e), 0, words, false));
			if (!decode(e, control(e, is_rep(e), 0, words, false),
				    &call))
				EXPECT(call.var_size == words * 8 &&
				       call.head_bytes ==
				       e->in_size + words * 8);
		}
	return true;
}

static bool fast_limits(const struct hvcall_entry *list, u32 nr)
{
	for (const struct hvcall_entry *e = list; e < list + nr; e++)
		for (u32 count = 0; count < (is_rep(e) ? 4096 : 1); count++)
			for (u32 words = 0; words < (is_var(e) ? 20 : 1);
			     words++)
				check_decode(e, control(e, count, 0, words,
							true));
	return true;
}

/* The copy's room, whatever is asked: header, list, output in one page. */
static void check_pass(const struct hvcall_entry *e, u64 value)
{
	struct hvcall call;

	if (decode(e, value, &call))
		return;
	EXPECT(call.nr <= HVCALL_PASS_REPS);
	EXPECT(call.nr <= call.rep_count - call.rep_start);
	EXPECT(call.nr || call.rep_count == call.rep_start);
	EXPECT(ALIGN(call.head_bytes, 8) + call.nr * e->elem_size <=
	       HVCALL_PASS_IN);
	EXPECT((is_rep(e) ? call.nr : 1) * e->out_size <= HVCALL_PASS_OUT);
	EXPECT(call.head_bytes + (call.rep_start + call.nr) * e->elem_size <=
	       call.in_bytes);
	EXPECT((call.rep_start + call.nr) * e->out_size <= call.out_bytes ||
	       !is_rep(e));
}

static bool passes(const struct hvcall_entry *list, u32 nr)
{
	u64 state = 88172645463325252ULL;

	for (const struct hvcall_entry *e = list; e < list + nr; e++) {
		for (u32 count = 0; count < 4096; count++)
			for (u32 words = 0; words < 130; words += 43)
				check_pass(e, control(e, count, count / 3,
						      words, count & 1));
		for (u32 i = 0; i < 100000; i++)
			check_pass(e, (next_random(&state) &
				       ~HV_HYPERCALL_CODE_MASK) | e->code);
	}
	return true;
}

/* Every offset in a page, of either block. */
static bool addresses(const struct hvcall_entry *list, u32 nr)
{
	const u64 pages[] = {
		0, GUEST_IN, BIT_ULL(GUEST_PHYS_BITS - 1),
		BIT_ULL(GUEST_PHYS_BITS) - PAGE_SIZE,
	};
	struct hvcall call;

	for (const struct hvcall_entry *e = list; e < list + nr; e++)
		for (u32 count = is_rep(e); count < 300;
		     count += is_rep(e) ? 37 : 300)
			for (u32 off = 0; off < 4 * PAGE_SIZE; off++) {
				u64 value = control(e, count, 0, 0, false);
				u64 a = pages[off >> PAGE_SHIFT] |
					(off & 0xfff);

				if (decode(e, value, &call))
					continue;
				EXPECT(hvcall_check_memory(&call, a, 0) ==
				       wanted_status(e, value, a, 0));
				EXPECT(hvcall_check_memory(&call, 0, a) ==
				       wanted_status(e, value, 0, a));
			}
	return true;
}

/* --- as the caller sees it ------------------------------------------------- */

static bool unknown_codes(void)
{
	const struct hvcall_entry *e;
	struct issue i = good(&calls[0], 0, 0, 0, false);

	for (u32 code = 0; code < 0x10000; code++) {
		bool known = code == HVCALL_VTL_CALL ||
			     code == HVCALL_VTL_RETURN;

		for_each_call(e)
			known |= e->code == code;
		if (known)
			continue;
		i.value = code;
		issue(&i);
	}
	return true;
}

/* The VTL switches: #UD for any bit beside the code, never a status. */
static bool vtl_switches(void)
{
	struct issue i = good(&calls[0], 0, 0, 0, false);

	for (i.vtl = 0; i.vtl < HV_NUM_VTLS; i.vtl++)
		for (u32 bit = 15; bit < 64; bit++) {
			u64 more = bit == 15 ? 0 : 1ULL << bit;

			i.value = HVCALL_VTL_CALL | more;
			issue(&i);
			i.value = HVCALL_VTL_RETURN | more;
			issue(&i);
		}
	return true;
}

/* Not from user mode, real mode, or with the interface off: #UD. */
static bool environment(void)
{
	const struct hvcall_entry *e;

	for_each_call(e) {
		struct issue i = good(e, is_rep(e), 0, 0, false);

		for (i.cpl = 0; i.cpl < 4; i.cpl++)
			issue(&i);
		i.cpl = 0;
		i.real_mode = true;
		issue(&i);
		i.real_mode = false;
		i.off = true;
		issue(&i);
		i.off = false;
		for (u32 n = 0; n < 4; n++) {
			i.vtl = n & 1;
			i.locked = n & 2;
			issue(&i);
		}
	}
	return true;
}

typedef bool filter_fn(const struct hvcall_entry *e);

/* Good calls of a kind, by memory and, where they fit, in registers. */
static bool good_calls(filter_fn *filter, u32 fail)
{
	const u32 counts[] = { 1, 2, 3, 5, 31, 64, 65, 127, 128, 129, 250 };
	const struct hvcall_entry *e;
	u32 nr = 0;

	for_each_call(e) {
		if (!filter(e))
			continue;
		for (u32 n = 0; n < (is_rep(e) ? ARRAY_SIZE(counts) : 1) * 16;
		     n++) {
			u32 count = is_rep(e) ? counts[n / 16] : 0;
			u32 start = count > 1 ? n / 4 % 2 : 0;
			struct issue i = good(e, count, start,
					      is_var(e) ? n % 4 : 0, n & 8);

			i.again = n & 4 ? 2 : 0;
			if (fail)
				i.fail_at = count > fail ? count - fail :
							   start;
			issue(&i);
			nr++;
		}
	}
	return nr;
}

static bool null_call(const struct hvcall_entry *e)
{
	return !is_rep(e) && !e->in_size && !e->out_size;
}

static bool simple(const struct hvcall_entry *e)
{
	return !is_rep(e) && !is_var(e) && e->in_size && !e->out_size;
}

static bool rep(const struct hvcall_entry *e)
{
	return e->kind == HVCALL_REP && !e->out_size;
}

static bool rep_out(const struct hvcall_entry *e)
{
	return e->kind == HVCALL_REP && e->out_size;
}

static bool variable(const struct hvcall_entry *e)
{
	return e->kind == HVCALL_VAR_SIMPLE;
}

static bool variable_rep(const struct hvcall_entry *e)
{
	return e->kind == HVCALL_VAR_REP;
}

static bool any(const struct hvcall_entry *e)
{
	(void)e;
	return true;
}

static bool wrong_reps(void)
{
	const struct hvcall_entry *e;

	for_each_call(e)
		for (u32 count = 0; count < 5; count++)
			for (u32 start = 0; start < 5; start++) {
				struct issue i = good(e, count, start, 0,
						      false);

				issue(&i);
				i.value |= HV_HYPERCALL_FAST;
				issue(&i);
			}
	return true;
}

static bool foreign_pages(void)
{
	const struct hvcall_entry *e;

	for_each_call(e)
		for (u32 n = 1; n < 16; n++) {
			struct issue i = good(e, is_rep(e) ? 3 : 0, 0, 0,
					      n & 4);

			i.no_in = n & 1;
			i.no_out = n & 2;
			i.masked = n & 8;
			issue(&i);
		}
	return true;
}

/* Input that goes away between check and copy, and comes back. */
static bool flickering_pages(void)
{
	const struct hvcall_entry *e;

	for_each_call(e)
		for (u32 n = 0; n < 4; n++) {
			struct issue i = good(e, is_rep(e) ? 3 : 0, 0, 0,
					      false);

			i.flickers = n;
			issue(&i);
		}
	return true;
}

/* Not below the end of the address space: misaligned, says the TLFS. */
static bool beyond_memory(void)
{
	const struct hvcall_entry *e;

	for_each_call(e)
		for (u32 bit = 30; bit < 64; bit++) {
			struct issue i = good(e, is_rep(e), 0, 0, false);

			i.rdx |= 1ULL << bit;
			issue(&i);
			i.rdx = GUEST_IN;
			i.r8 |= 1ULL << bit;
			issue(&i);
		}
	return true;
}

/* Blocks that end with their page, and that go 8 bytes beyond. */
static bool page_ends(void)
{
	const struct hvcall_entry *e;

	for_each_call(e)
		for (u32 count = is_rep(e); count < 32; count++) {
			u32 in = e->in_size + count * e->elem_size;
			u32 out = (is_rep(e) ? count : 1) * e->out_size;
			struct issue i = good(e, is_rep(e) ? count : 0, 0, 0,
					      false);

			i.rdx += in ? PAGE_SIZE - ALIGN(in, 8) : 0;
			i.r8 += out ? PAGE_SIZE - ALIGN(out, 8) : 0;
			issue(&i);
			i.rdx += 8;
			issue(&i);
			i.rdx -= 8;
			i.r8 += 8;
			issue(&i);
			i.r8 -= 4;
			issue(&i);
			if (!is_rep(e))
				break;
		}
	return true;
}

/* --- protection masks ----------------------------------------------------------- */

/* TLFS: what is not named here is not a mask.  R 1, W 2, KX 4, UX 8. */
static bool masks(void)
{
	static const bool legal[2][16] = {
		/* without MBEC, KX and UX are one */
		{ 1, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1 },
		{ 1, 1, 0, 1, 0, 0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1 },
	};

	for (u32 mbec = 0; mbec < 2; mbec++)
		for (u32 mask = 0; mask < 16; mask++) {
			EXPECT(mask_legal(mask, mbec) == legal[mbec][mask]);
			for (u32 bit = 4; bit < 32; bit++)
				EXPECT(!mask_legal(mask | 1U << bit, mbec));
		}
	for (u32 mask = 0; mask < 16; mask++)
		EXPECT(mask_to_ept(mask) ==
		       ((mask & 7) | (mask & 8 ? EPT_XU : 0)));
	return true;
}

int main(int argc, char **argv)
{
	int bad = run_files(hvcall_model_run, argc, argv);
	const u32 n = ARRAY_SIZE(kinds);

	printf("TAP version 13\n1..%d\n", bad < 0 ? 28 : 29);
	check(table(), "the table of calls is in order and fits the copy");
	check(reserved_bits(), "each reserved bit is refused for each call");
	check(rep_counts(calls, nr_calls) && rep_counts(kinds, n),
	      "rep count and start, all counts");
	check(variable_headers(calls, nr_calls) && variable_headers(kinds, n),
	      "variable headers, all sizes");
	check(fast_limits(calls, nr_calls) && fast_limits(kinds, n),
	      "registers of a fast call, all counts");
	check(passes(calls, nr_calls) && passes(kinds, n),
	      "no pass is larger than the copy's room");
	check(addresses(calls, nr_calls) && addresses(kinds, n),
	      "alignment and page crossing, all offsets");
	check(unknown_codes(), "unknown codes");
	check(vtl_switches(), "VTL call and return: nothing beside the code");
	check(environment(), "CPL, mode, interface off, VTL, locked");
	check(good_calls(null_call, 0), "calls without parameters");
	check(good_calls(simple, 0), "simple calls");
	check(good_calls(rep, 0), "rep calls without output");
	check(good_calls(rep_out, 0), "rep calls with output");
	check(good_calls(any, 0), "every call of the table");
	check(good_calls(any, 1), "the last element fails");
	check(good_calls(any, 2), "the last element but one fails");
	check(good_calls(any, 9999), "the first element fails");
	check(good_calls(variable, 0), "calls with a variable header");
	check(good_calls(variable_rep, 0),
	      "rep calls with a variable header");
	check(wrong_reps(), "reps of simple calls, start not below count");
	check(foreign_pages(), "pages that the caller cannot access");
	check(flickering_pages(), "input that goes and comes back");
	check(beyond_memory(), "addresses that do not exist");
	check(page_ends(), "blocks at the end of a page");
	check(masks(), "protection masks, all of them");
	check(run_random("hvcall", hvcall_model_run, 2000, 600),
	      "2000 random scripts of calls");
	check(run_random("hvcall, long", hvcall_model_run, 20, 20000),
	      "20 long random scripts");
	if (bad >= 0)
		check(!bad, "the fuzzer's corpus");
	return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
