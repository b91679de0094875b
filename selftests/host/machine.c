// SPDX-License-Identifier: GPL-2.0
/*
 * The environment of kernel/hv/mem.c on the host.  Must never give it more
 * than the hypervisor gives: memory that is not RAM cannot be touched.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <asm/msr.h>

#include "../../kernel/hv/hv.h"
#include "machine.h"

#define CHUNK_SIZE	BIT_ULL(HV_CHUNK_SHIFT)
#define CHUNKS		3

struct hv_state hv;
struct hv_boot hv_boot;
const u8 hv_hypercall_page[PAGE_SIZE];
void (*machine_flush)(void);

static struct hv_public public;
static u64 msrs[0x500];

void vsm_bug(const char *file, int line, const char *what)
{
	printf("Bail out! %s:%d: %s\n", file, line, what);
	fflush(stdout);
	abort();
}

void machine_msr(u32 msr, u64 val)
{
	if (msr >= ARRAY_SIZE(msrs))
		abort();
	msrs[msr] = val;
}

u64 rdmsr(u32 msr)
{
	if (msr >= ARRAY_SIZE(msrs))
		abort();
	return msrs[msr];
}

void cpu_relax(void)
{
	BUG_ON("a lock is taken twice");
}

u64 read_rsp(void)
{
	BUG_ON("nobody runs on a stack of the hypervisor");
}

struct hv_public *hv_public(void)
{
	return &public;
}

void flush_all_locked(void)
{
	BUG_ON(!spin_is_locked(&hv.lock));
	if (machine_flush)
		machine_flush();
}

/* --- memory types --------------------------------------------------------- */

/* Bitmap of the types of the variable ranges that @pa is in. */
static u32 var_types(u64 pa)
{
	u32 nr = rdmsr(MSR_MTRRcap) & MTRRCAP_VCNT, types = 0;

	for (u32 i = 0; i < nr; i++) {
		u64 base = rdmsr(MSR_MTRRphysBase(i));
		u64 mask = rdmsr(MSR_MTRRphysMask(i));

		if ((mask & MTRR_PHYSMASK_V) &&
		    (pa & mask & PAGE_MASK) == (base & mask & PAGE_MASK))
			types |= BIT(base & 0xff);
	}
	return types;
}

/* SDM, "MTRR Precedences"; what is undefined there is UC here. */
static u8 var_type(u32 types)
{
	for (u8 type = 0; type < 8; type++)
		if (types == BIT(type))
			return type;
	return types == (BIT(MTRR_TYPE_WT) | BIT(MTRR_TYPE_WB)) ?
	       MTRR_TYPE_WT : MTRR_TYPE_UC;
}

u8 machine_type(u64 gpn)
{
	u64 def = rdmsr(MSR_MTRRdefType), pa = gpn << PAGE_SHIFT, val;
	u32 types;

	if (!(def & MTRR_DEF_TYPE_E))
		return MTRR_TYPE_UC;
	if (pa < 0x100000 && (def & MTRR_DEF_TYPE_FE) &&
	    (rdmsr(MSR_MTRRcap) & MTRRCAP_FIX)) {
		if (pa < 0x80000)
			val = rdmsr(MSR_MTRRfix64K_00000) >> pa / 0x10000 * 8;
		else if (pa < 0xa0000)
			val = rdmsr(MSR_MTRRfix16K_80000) >>
			      (pa - 0x80000) / 0x4000 * 8;
		else if (pa < 0xc0000)
			val = rdmsr(MSR_MTRRfix16K_A0000) >>
			      (pa - 0xa0000) / 0x4000 * 8;
		else
			val = rdmsr(MSR_MTRRfix4K_C0000 +
				    (pa - 0xc0000) / 0x8000) >>
			      pa / 0x1000 % 8 * 8;
		return val & 0xff;
	}
	types = var_types(pa);
	return types ? var_type(types) : def & 0xff;
}

static void set_var(u32 i, u64 base, u64 size, u8 type)
{
	machine_msr(MSR_MTRRphysBase(i), base | type);
	machine_msr(MSR_MTRRphysMask(i),
		    (~(size - 1) & hv.maxphyaddr_mask & PAGE_MASK) |
		    MTRR_PHYSMASK_V);
}

static void set_fixed(void)
{
	static const u64 wb = 0x0606060606060606ULL;

	machine_msr(MSR_MTRRfix64K_00000, wb);
	machine_msr(MSR_MTRRfix16K_80000, wb);
	machine_msr(MSR_MTRRfix16K_A0000, 0);
	for (u32 i = 0; i < 8; i++)
		machine_msr(MSR_MTRRfix4K_C0000 + i,
			    i & 1 ? 0x0505050505050505ULL :
				    0x0600060406000604ULL);
}

static void set_types(u8 layout)
{
	u64 def = MTRR_DEF_TYPE_E;

	memset(msrs, 0, sizeof(msrs));
	machine_msr(MSR_MTRRcap, MTRRCAP_FIX | 8);
	switch (layout) {
	case 0:			/* as firmware does: RAM is WB, fixed ones */
		set_fixed();
		set_var(0, 0, 2 * SIZE_1G, MTRR_TYPE_WB);
		set_var(1, 2 * SIZE_1G, 4 * SIZE_2M, MTRR_TYPE_WB);
		set_var(2, 256 * SIZE_1G / 1024, SIZE_2M, MTRR_TYPE_UC);
		def |= MTRR_DEF_TYPE_FE | MTRR_TYPE_UC;
		break;
	case 1:			/* all WB but a hole that is no region */
		set_var(0, 3 * SIZE_1G, SIZE_1G, MTRR_TYPE_UC);
		set_var(1, SIZE_1G + 0x10000, 0x2000, MTRR_TYPE_WT);
		set_var(2, SIZE_1G + 0x11000, 0x1000, MTRR_TYPE_WC);
		def |= MTRR_TYPE_WB;
		break;
	case 2:			/* switched off */
		def = MTRR_TYPE_WB;
		break;
	default:		/* pieces of all types that overlap */
		set_fixed();
		set_var(0, 0, SIZE_1G, MTRR_TYPE_WB);
		set_var(1, SIZE_1G / 2, SIZE_1G / 2, MTRR_TYPE_WT);
		set_var(2, SIZE_1G, SIZE_1G, MTRR_TYPE_WP);
		set_var(3, SIZE_1G, SIZE_2M, MTRR_TYPE_WB);
		set_var(4, 2 * SIZE_1G, SIZE_1G, MTRR_TYPE_WC);
		set_var(5, 2 * SIZE_1G + (12 << 20) + 0x3000, PAGE_SIZE,
			MTRR_TYPE_UC);
		def |= MTRR_DEF_TYPE_FE | MTRR_TYPE_WB;
		break;
	}
	machine_msr(MSR_MTRRdefType, def);
}

/* --- memory --------------------------------------------------------------- */

static const struct hv_range ram[] = {
	{ 0, 0x9f000 },
	{ 0x100000, 15 << 20 },
	{ 0x1080000, (500UL << 20) + 0x3000 },
	{ SIZE_1G, SIZE_1G + 0x605000 },
};

static const struct hv_range vtl1[] = {
	{ 24 << 20, 2 << 20 },
	{ SIZE_1G + (64 << 20) + 0x7000, 0x9000 },
	{ SIZE_1G + (66 << 20), 6 << 20 },
};

static const u64 chunk[CHUNKS] = {
	8 << 20, SIZE_1G + (32 << 20), 2 * SIZE_1G + (2 << 20),
};

static void map_at(u64 va, u64 size, int prot)
{
	void *p = mmap((void *)va, size, prot, MAP_PRIVATE | MAP_ANONYMOUS |
		       MAP_NORESERVE | MAP_FIXED, -1, 0);

	if (p != (void *)va) {
		perror("mmap");
		abort();
	}
}

/* The hypervisor's view: chunks at HV_BASE, other RAM at HV_PHYSMAP. */
static void map_memory(void)
{
	static bool done;

	if (done)
		return;
	done = true;
	map_at(HV_BASE, CHUNKS * CHUNK_SIZE, PROT_READ | PROT_WRITE);
	map_at(HV_PHYSMAP, 4 * SIZE_1G, PROT_NONE);
	for (u32 i = 0; i < ARRAY_SIZE(ram); i++)
		map_at(HV_PHYSMAP + ram[i].base, ram[i].size,
		       PROT_READ | PROT_WRITE);
	for (u32 i = 0; i < CHUNKS; i++)
		map_at(HV_PHYSMAP + chunk[i], CHUNK_SIZE, PROT_NONE);
}

static void set_boot(const struct machine_config *config)
{
	memset(&hv_boot, 0, sizeof(hv_boot));
	hv_boot.nr_cpus = 1;
	hv_boot.nr_chunks = CHUNKS;
	memcpy(hv_boot.chunk, chunk, sizeof(chunk));
	hv_boot.public_base = HV_BASE + (MACHINE_PUBLIC_PA - chunk[0]);
	hv_boot.public_size = MACHINE_PUBLIC_SIZE;
	hv_boot.pool_base = (u64)machine_pool();
	hv_boot.pool_pages = config->pool_pages;
	hv_boot.physmap_end = MACHINE_PHYSMAP_END;
	hv_boot.nr_ram = ARRAY_SIZE(ram);
	memcpy(hv_boot.ram, ram, sizeof(ram));
	hv_boot.nr_vtl1 = ARRAY_SIZE(vtl1);
	memcpy(hv_boot.vtl1, vtl1, sizeof(vtl1));
}

u8 *machine_pool(void)
{
	return (u8 *)HV_BASE + CHUNK_SIZE;
}

bool machine_init(const struct machine_config *config)
{
	map_memory();
	memset(&hv, 0, sizeof(hv));
	memset(&public, 0, sizeof(public));
	hv.maxphyaddr_mask = GENMASK_ULL(MACHINE_PHYS_BITS - 1, 0);
	hv.has_mbec = config->mbec;
	hv.vtl[1].mbec = config->mbec;
	hv.vtl[1].enabled = true;
	machine_flush = NULL;
	set_types(config->mtrr);
	machine_forget_mtrrs();
	machine_msr(MSR_IA32_VMX_EPT_VPID_CAP,
		    VMX_EPT_2MB_PAGE |
		    (config->large_1g ? VMX_EPT_1GB_PAGE : 0));
	set_boot(config);
	return mem_setup();
}
