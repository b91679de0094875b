// SPDX-License-Identifier: GPL-2.0
/*
 * kernel/hv/mem.c on any machine of up to four pieces, and any three of the calls
 * that change who may touch what: no page of the hypervisor is ever given to a
 * VTL, but for what VTL0 may read and the page with the hypercalls' code.  The
 * EPT is what the other proofs say of it.
 */
#include "../../../kernel/hv/mask.h"
#include "../../../kernel/hv/mem.c"
#include "proof.h"

#define LIMIT		(8 * SIZE_2M)
#define CODE_PA		hv_boot.chunk[0]
#define PUBLIC_PA	(hv_boot.chunk[0] + PAGE_SIZE)

struct hv_state hv;
struct hv_boot hv_boot;
const u8 hv_hypercall_page[PAGE_SIZE];
static struct hv_public public;
static bool running;
/* One page of the hypervisor, any of them: what each VTL has there. */
static gpa_t watched;
static u64 has[HV_NUM_VTLS];
/* A page that has an entry of its own, since another one is shown there. */
static gpa_t own[HV_NUM_VTLS] = { ~0ULL, ~0ULL };

void vsm_bug(const char *file, int line, const char *what)
{
	CLAIM(!"an invariant of the hypervisor holds");
	ASSUME(false);
}

void cpu_relax(void)
{
	CLAIM(!"a lock is taken twice");
	ASSUME(false);
}

u64 rdmsr(u32 msr)
{
	return nondet_u64();
}

u64 read_rsp(void)
{
	return nondet_u64();
}

struct hv_public *hv_public(void)
{
	return &public;
}

void flush_all_locked(void)
{
}

void mtrr_read(void)
{
}

u8 mtrr_type(spa_t base, u64 size, bool *ret_uniform)
{
	*ret_uniform = size <= SIZE_2M;
	return nondet_u8() & 7;
}

spa_t hv_pa(const void *va)
{
	return va == hv_hypercall_page ? CODE_PA : PUBLIC_PA;
}

static bool in_chunk(gpa_t gpa, u64 size)
{
	for (u32 i = 0; i < hv_boot.nr_chunks; i++)
		if (gpa < hv_boot.chunk[i] + SIZE_2M &&
		    gpa + size > hv_boot.chunk[i])
			return true;
	return false;
}

bool hv_is_hv(gpa_t gpa)
{
	for (u32 i = 0; i < hv_boot.nr_chunks; i++)
		if (gpa - hv_boot.chunk[i] < SIZE_2M)
			return true;
	return false;
}

bool hv_is_ram(gpa_t gpa, u64 size)
{
	return gpa < hv_boot.physmap_end && nondet_bool();
}

/* --- the EPT, as proved of ept.c ------------------------------------------- */

static u8 vtl_of(const struct ept *ept)
{
	return ept == &hv.vtl[1].ept;
}

void ept_pool_add(struct ept_pool *pool, void *page)
{
}

void ept_pool_flushed(struct ept_pool *pool)
{
}

bool ept_init(struct ept *ept, struct ept_pool *pool, bool large_1g)
{
	return nondet_bool();
}

void ept_merge(struct ept *ept, gpa_t gpa)
{
}

bool ept_map(struct ept *ept, gpa_t gpa, u64 size, u64 flags)
{
	u8 vtl = vtl_of(ept);

	if (running)
		CLAIM(!(flags & EPT_PRESENT) || !in_chunk(gpa, size));
	if (watched >= gpa && watched < gpa + size)
		has[vtl] = flags;
	return nondet_bool();
}

bool ept_set_page(struct ept *ept, gpa_t gpa, u64 entry)
{
	u8 vtl = vtl_of(ept);
	spa_t pa = entry & EPT_ADDR_MASK;

	CLAIM(!in_chunk(gpa, PAGE_SIZE));
	if ((entry & EPT_PRESENT) && in_chunk(pa, PAGE_SIZE))
		CLAIM(pa == CODE_PA && !(entry & EPT_W) &&
		      gpa == hv.vtl[vtl].overlay);
	/* With room for the worst case, or none needed, it does not fail. */
	if (hv.pool.nr_free < EPT_PAGE_WORST && gpa != own[vtl] &&
	    nondet_bool())
		return false;
	if (gpa == own[vtl])
		own[vtl] = ~0ULL;
	if ((entry & EPT_PRESENT) && pa != gpa)
		own[vtl] = gpa;
	return true;
}

u64 ept_lookup(const struct ept *ept, gpa_t gpa, u64 *ret_size)
{
	u64 entry = nondet_u64();

	/* Each page is itself, or not there. */
	*ret_size = nondet_bool() || gpa % SIZE_1G == 0 ? SIZE_1G : PAGE_SIZE;
	if (*ret_size == PAGE_SIZE && (entry & EPT_PRESENT))
		ASSUME((entry & EPT_ADDR_MASK) == (gpa & PAGE_MASK));
	return entry;
}

/* --- any machine -------------------------------------------------------------- */

static gpa_t any_page(void)
{
	gpa_t gpa = nondet_u64();

	ASSUME(gpa < LIMIT && IS_ALIGNED(gpa, PAGE_SIZE));
	return gpa;
}

/*
 * What the driver promises: whole pages, chunks within the RAM that there is,
 * and VTL1's memory in none of them.
 */
static void any_machine(void)
{
	u32 chunk;

	hv_boot.nr_chunks = 2;
	hv_boot.physmap_end = any_page();
	for (u32 i = 0; i < 2; i++) {
		hv_boot.chunk[i] = any_page();
		ASSUME(IS_ALIGNED(hv_boot.chunk[i], SIZE_2M) &&
		       hv_boot.chunk[i] + SIZE_2M <= hv_boot.physmap_end);
	}
	ASSUME(hv_boot.chunk[0] != hv_boot.chunk[1]);
	hv_boot.public_size = PAGE_SIZE;
	hv_boot.nr_ram = 1;
	hv_boot.ram[0].base = any_page();
	hv_boot.ram[0].size = any_page();
	hv_boot.nr_vtl1 = 1;
	hv_boot.vtl1[0].base = any_page();
	hv_boot.vtl1[0].size = any_page();
	ASSUME(!in_chunk(hv_boot.vtl1[0].base, hv_boot.vtl1[0].size));
	hv.maxphyaddr_mask = LIMIT * 4 - 1;
	hv.pool.nr_free = nondet_u32();
	chunk = nondet_u32() & 1;
	watched = hv_boot.chunk[chunk] + any_page() % SIZE_2M;
}

static void any_call(void)
{
	struct pcpu cpu;
	u64 gpn[2] = { nondet_u64(), nondet_u64() };
	u32 mask = nondet_u32(), done;

	hv.pool.nr_free = nondet_u32();
	switch (nondet_u8()) {
	case 0:
		ASSUME(mask_legal(mask, nondet_bool()));
		mem_protect(0, gpn, 2, mask, &done);
		break;
	case 1:
		mem_overlay(nondet_bool(), nondet_u64() & PAGE_MASK);
		break;
	default:
		cpu.active_vtl = nondet_bool();
		mem_map_late(&cpu, nondet_u64());
		break;
	}
}

void prove(void)
{
	u64 allowed;

	any_machine();
	if (!mem_setup())
		return;
	running = true;
	allowed = watched == PUBLIC_PA ? EPT_R : 0;
	CLAIM((has[0] & EPT_PRESENT) == allowed);
	CLAIM(!(has[1] & EPT_PRESENT));
	any_call();
	any_call();
	any_call();
	CLAIM((has[0] & EPT_PRESENT) == allowed);
	CLAIM(!(has[1] & EPT_PRESENT));
}
