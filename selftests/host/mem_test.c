// SPDX-License-Identifier: GPL-2.0
/*
 * Who may touch which page: random scripts against the reference, memory types
 * register by register, a pool that is too small to start with.  Must never
 * depend on a file other than those it is told to run.
 */
#include <stdlib.h>

#include <asm/msr.h>

#include "../../kernel/hv/hv.h"
#include "../../kernel/hv/mask.h"
#include "machine.h"
#include "mem_model.h"

static int failures, tests;

static void check(bool ok, const char *what)
{
	printf("%sok %d %s\n", ok ? "" : "not ", ++tests, what);
	failures += !ok;
}

/* --- memory types ---------------------------------------------------------- */

static const u8 types[] = {
	MTRR_TYPE_UC, MTRR_TYPE_WC, MTRR_TYPE_WT, MTRR_TYPE_WP, MTRR_TYPE_WB,
};

static u8 any_type(u64 *state)
{
	return types[next_random(state) % ARRAY_SIZE(types)];
}

static u64 any_types(u64 *state)
{
	u64 val = 0;

	for (u32 i = 0; i < 8; i++)
		val = val << 8 | any_type(state);
	return val;
}

/* Registers that firmware may leave: ranges are powers of two, aligned. */
static void random_mtrrs(u64 *state)
{
	u32 nr = next_random(state) % 9;

	machine_msr(MSR_MTRRcap, nr | (next_random(state) % 4 ? MTRRCAP_FIX :
							       0));
	machine_msr(MSR_MTRRdefType, any_type(state) |
		    (next_random(state) % 8 ? MTRR_DEF_TYPE_E : 0) |
		    (next_random(state) % 4 ? MTRR_DEF_TYPE_FE : 0));
	machine_msr(MSR_MTRRfix64K_00000, any_types(state));
	machine_msr(MSR_MTRRfix16K_80000, any_types(state));
	machine_msr(MSR_MTRRfix16K_A0000, any_types(state));
	for (u32 i = 0; i < 8; i++)
		machine_msr(MSR_MTRRfix4K_C0000 + i, any_types(state));
	for (u32 i = 0; i < nr; i++) {
		u64 size = PAGE_SIZE << next_random(state) % 22;
		u64 base = next_random(state) % (4 * SIZE_1G) & ~(size - 1);

		machine_msr(MSR_MTRRphysBase(i), base | any_type(state));
		machine_msr(MSR_MTRRphysMask(i),
			    (~(size - 1) & hv.maxphyaddr_mask & PAGE_MASK) |
			    (next_random(state) % 8 ? MTRR_PHYSMASK_V : 0));
	}
}

/* Uniform is said of a range only where each page has the type. */
static void check_range(u64 *state, u64 size)
{
	u64 base = next_random(state) % (4 * SIZE_1G) & ~(size - 1);
	u64 first, nr = size >> PAGE_SHIFT;
	bool uniform;
	u8 type;

	if (next_random(state) % 4 == 0)
		base = 0;
	first = base >> PAGE_SHIFT;
	type = mtrr_type(base, size, &uniform);
	EXPECT(type == machine_type(first));
	EXPECT(uniform || size > PAGE_SIZE);
	for (u64 i = 0; uniform && i < 512; i++) {
		u64 off = nr > 512 ? next_random(state) % nr : i % nr;

		EXPECT(machine_type(first + off) == type);
	}
}

static bool memory_types(void)
{
	static const struct machine_config config = { .pool_pages = 64 };
	u64 state = 88172645463325252ULL;

	expect_bad = !machine_init(&config);
	for (u32 round = 0; !expect_bad && round < 500; round++) {
		random_mtrrs(&state);
		machine_forget_mtrrs();
		mtrr_read();
		for (u32 i = 0; i < 100; i++) {
			check_range(&state, PAGE_SIZE);
			check_range(&state, SIZE_2M);
			check_range(&state, SIZE_1G);
		}
	}
	return !expect_bad;
}

/* --- the pool ---------------------------------------------------------------- */

/* One page less than enough is refused, and so is each number below. */
static bool small_pools(void)
{
	struct machine_config config = { .large_1g = true };

	expect_bad = false;
	while (config.pool_pages < 64 && !machine_init(&config))
		config.pool_pages++;
	EXPECT(config.pool_pages > 4 && config.pool_pages < 64);
	EXPECT(!hv.pool.nr_free);
	config.pool_pages++;
	EXPECT(machine_init(&config));
	EXPECT(hv.pool.nr_free == 1);
	return !expect_bad;
}

/* --- the default mask -------------------------------------------------------- */

#define TYPE_MASK	((u64)7 << EPT_TYPE_SHIFT)

static u64 entry_of(u64 gpn)
{
	u64 size;

	return ept_lookup(&hv.vtl[0].ept, gpn << PAGE_SHIFT, &size) &
	       (EPT_RWX | TYPE_MASK | EPT_SW_PROTECTED | EPT_SW_HV);
}

static bool set_default(u32 flags)
{
	bool ok;

	spin_lock(&hv.lock);
	ok = mem_default_mask_locked(0, flags);
	spin_unlock(&hv.lock);
	return ok;
}

/* VTL1 cannot set a mask on what is no RAM, so that can be read and written. */
static u64 with_default(u64 gpn, u64 entry, u64 perm)
{
	if (!hv_is_ram(gpn << PAGE_SHIFT, PAGE_SIZE))
		perm |= EPT_R | EPT_W;
	return perm ? (entry & ~EPT_RWX) | perm : EPT_SW_PROTECTED;
}

/* Every page: what has no mask of its own has it, others are as they were. */
static void check_default(const u64 *before, u32 flags)
{
	for (u64 gpn = 0; gpn < MACHINE_PHYSMAP_END >> PAGE_SHIFT; gpn++) {
		u64 want = before[gpn];

		if ((want & EPT_PRESENT) &&
		    !(want & (EPT_SW_PROTECTED | EPT_SW_HV)))
			want = with_default(gpn, want, mask_to_ept(flags));
		EXPECT(entry_of(gpn) == want);
	}
}

static bool default_masks(void)
{
	static const u32 masks[] = { 0x3, 0xb, 0xf, 0x1, 0x0, 0x9 };
	static u64 before[MACHINE_PHYSMAP_END >> PAGE_SHIFT];
	u64 state = 362436069362436069ULL;
	struct machine_config config = {
		.mbec = true, .pool_pages = MACHINE_POOL_PAGES,
	};

	expect_bad = false;
	for (u32 round = 0; round < 24; round++) {
		config.mtrr = round % 4;
		config.large_1g = round & 4;
		EXPECT(machine_init(&config));
		for (u32 i = 0; i < 8; i++) {
			u64 gpn = next_random(&state) % ARRAY_SIZE(before);
			u32 done;

			mem_protect(0, &gpn, 1, next_random(&state) & 1 ? 3 : 0,
				    &done);
		}
		for (u64 gpn = 0; gpn < ARRAY_SIZE(before); gpn++)
			before[gpn] = entry_of(gpn);
		EXPECT(set_default(masks[round % 6]));
		check_default(before, masks[round % 6]);
	}
	/* Too little memory for the ends of the ranges: nothing has changed. */
	EXPECT(machine_init(&config));
	while (hv.pool.nr_free >= 2ULL * EPT_PAGE_WORST * hv_boot.nr_ram)
		hv.pool.nr_free--;
	for (u64 gpn = 0; gpn < ARRAY_SIZE(before); gpn++)
		before[gpn] = entry_of(gpn);
	EXPECT(!set_default(1));
	for (u64 gpn = 0; gpn < ARRAY_SIZE(before); gpn++)
		EXPECT(entry_of(gpn) == before[gpn]);
	return !expect_bad;
}

/* A page that gets the final default back is one of the many again. */
static bool default_again(void)
{
	struct machine_config config = {
		.mbec = true, .pool_pages = MACHINE_POOL_PAGES,
	};
	u64 gpn = hv_boot.ram[0].base >> PAGE_SHIFT, size, before;
	u32 done;

	expect_bad = false;
	EXPECT(machine_init(&config));
	gpn = ALIGN(hv_boot.ram[hv_boot.nr_ram - 1].base, SIZE_2M) >>
	      PAGE_SHIFT;
	EXPECT(set_default(0xb));
	ept_lookup(&hv.vtl[0].ept, gpn << PAGE_SHIFT, &before);
	EXPECT(!mem_protect(0, &gpn, 1, 0xd, &done) && done == 1);
	ept_lookup(&hv.vtl[0].ept, gpn << PAGE_SHIFT, &size);
	EXPECT(size == PAGE_SIZE);
	EXPECT(!mem_protect(0, &gpn, 1, 0xb, &done) && done == 1);
	ept_lookup(&hv.vtl[0].ept, gpn << PAGE_SHIFT, &size);
	EXPECT(size == MIN(before, SIZE_2M) && before > PAGE_SIZE);
	return !expect_bad;
}

int main(int argc, char **argv)
{
	int bad = run_files(mem_model_run, argc, argv);

	printf("TAP version 13\n1..%d\n", bad < 0 ? 6 : 7);
	check(memory_types(), "memory types, against each register by itself");
	check(small_pools(), "a pool too small is refused at start");
	check(default_masks(), "the default mask, page by page");
	check(default_again(), "a page goes back to the default mask, and merges");
	check(run_random("mem", mem_model_run, 2000, 300),
	      "2000 random scripts of protect, overlay, map, copy");
	check(run_random("mem, long", mem_model_run, 10, 20000),
	      "10 long random scripts");
	if (bad >= 0)
		check(!bad, "the fuzzer's corpus");
	return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
