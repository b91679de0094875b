// SPDX-License-Identifier: GPL-2.0
/*
 * Places the hypervisor image in its chunks and builds its page tables: its
 * own, and the one for the way between Linux and it.  Must never map a page of
 * the image both writable and executable.
 *
 * Offsets from HV_BASE: image | public pages | page tables (not mapped) |
 * per-CPU areas | EPT pool, to the end of the last chunk.
 */
#include "machine.h"

#include <linux/io.h>
#include <linux/mm.h>

#include <asm/msr.h>
#include <asm/pgtable.h>
#include <asm/tsc.h>
#include <asm/vmx.h>

extern const u8 vsm_hv_image[], vsm_hv_image_end[];

#define PTE_P		BIT_ULL(0)
#define PTE_W		BIT_ULL(1)
#define PTE_UC		(BIT_ULL(3) | BIT_ULL(4))	/* entry 3 of the PAT */
#define PTE_A		BIT_ULL(5)
#define PTE_D		BIT_ULL(6)
#define PTE_LARGE	BIT_ULL(7)
#define PTE_NX		BIT_ULL(63)
#define PTE_TABLE	(PTE_P | PTE_W | PTE_A)
#define PTE_RW		(PTE_P | PTE_W | PTE_A | PTE_D | PTE_NX)
#define PTE_RO		(PTE_P | PTE_A | PTE_NX)
#define PTE_RX		(PTE_P | PTE_A)

#define CHUNK_SIZE	(1UL << HV_CHUNK_SHIFT)
#define SIZE_1G		(1UL << 30)
#define SIZE_512G	(1UL << 39)
#define POOL_MIN_PAGES	96
#define POOL_CODE_PAGES	2048

/* Written by vsm_image_place() only. */
struct vsm_image vsm_image;

/* Offsets of the layout above. */
static struct {
	u64 public, public_size;
	u64 tables, tables_end, next_table;
	u64 pcpu, pool;
} lay;

static const struct hv_image_header *header(void)
{
	return (const struct hv_image_header *)vsm_hv_image;
}

/* What the hypervisor's physical map must cover. */
static u64 physmap_end(void)
{
	return round_up(max_t(u64, vsm_reserve.ram_end, SZ_4G), SIZE_1G);
}

static u64 ram_in(u64 pa, u64 size)
{
	u64 bytes = 0, from, to;
	unsigned int i;

	for (i = 0; i < vsm_reserve.nr_ram; i++) {
		from = max(vsm_reserve.ram[i].base, pa);
		to = min(vsm_reserve.ram[i].base + vsm_reserve.ram[i].size,
			 pa + size);
		bytes += to > from ? to - from : 0;
	}
	return bytes;
}

/*
 * SDM, "Large Page Size Considerations": one page has one memory type, so the
 * largest that is RAM as a whole, or none of it.  4 KiB: 0, 2 MiB: 1, 1 GiB: 2.
 */
static int page_level(u64 pa)
{
	u64 ram;

	if (IS_ALIGNED(pa, SIZE_1G) && boot_cpu_has(X86_FEATURE_GBPAGES)) {
		ram = ram_in(pa, SIZE_1G);
		if (!ram || ram == SIZE_1G)
			return 2;
	}
	if (!IS_ALIGNED(pa, CHUNK_SIZE))
		return 0;
	ram = ram_in(pa, CHUNK_SIZE);
	return !ram || ram == CHUNK_SIZE;
}

static u64 physmap_pages(void)
{
	u64 pa, part, pages = DIV_ROUND_UP(physmap_end(), SIZE_512G);

	for (pa = 0; pa < physmap_end(); pa += SIZE_1G) {
		if (page_level(pa) == 2)
			continue;
		pages++;
		for (part = pa; part < pa + SIZE_1G; part += CHUNK_SIZE)
			pages += !page_level(part);
	}
	return pages;
}

/*
 * Two PGDs (pairs of pages: bit 12 of a kernel CR3 must be clear for Linux's
 * page-table isolation), PUD, PMD and a PT per chunk for the image; for the
 * physical map, what it takes without the chunks, and a PMD for each of them.
 */
static u64 table_pages(void)
{
	return 4 + 2 + 2 * HV_MAX_CHUNKS + physmap_pages();
}

static u64 pool_pages(void)
{
	u64 end = physmap_end(), pages = POOL_MIN_PAGES;

	/* Code lies anywhere: a table for each 2 MiB that has some and not only. */
	if (vsm_code_wanted())
		pages += min_t(u64, POOL_CODE_PAGES, totalram_pages() /
			       (CHUNK_SIZE / PAGE_SIZE));
	/* Both VTLs' PMDs where EPT has no 1 GiB leaves. */
	return pages + 2 * (end / SIZE_1G);
}

static u64 layout(void)
{
	u64 off = header()->end;

	lay.public = off;
	lay.public_size = PAGE_ALIGN(sizeof(struct hv_public) +
				     nr_cpu_ids * sizeof(struct hv_public_cpu));
	off += lay.public_size;
	/* Even page: see table_pages(). */
	lay.tables = round_up(off, 2 * PAGE_SIZE);
	lay.next_table = lay.tables;
	lay.tables_end = lay.tables + table_pages() * PAGE_SIZE;
	lay.pcpu = round_up(lay.tables_end, HV_PCPU_SIZE);
	lay.pool = lay.pcpu + nr_cpu_ids * HV_PCPU_SIZE;
	return lay.pool + pool_pages() * PAGE_SIZE;
}

u64 vsm_image_hv_bytes(void)
{
	return layout();
}

static void *at(u64 off)
{
	struct vsm_chunk *chunk = &vsm_reserve.hv[off >> HV_CHUNK_SHIFT];

	return page_address(chunk->pages) + (off & (CHUNK_SIZE - 1));
}

static u64 pa_at(u64 off)
{
	return vsm_reserve.hv[off >> HV_CHUNK_SHIFT].pa +
	       (off & (CHUNK_SIZE - 1));
}

static void copy_to(u64 off, const void *src, size_t len)
{
	while (len) {
		size_t part = min_t(size_t, len,
				    CHUNK_SIZE - (off & (CHUNK_SIZE - 1)));

		memcpy(at(off), src, part);
		off += part;
		src += part;
		len -= part;
	}
}

/* Page tables come from a count that table_pages() made; zeroed already. */
static u64 *new_table(u64 *ret_pa)
{
	u64 off = lay.next_table;

	if (WARN_ON(off >= lay.tables_end))
		return NULL;
	lay.next_table += PAGE_SIZE;
	*ret_pa = pa_at(off);
	return at(off);
}

static u64 *next_level(u64 *slot)
{
	u64 pa, *table;

	if (*slot & PTE_P)
		return phys_to_virt(*slot & PHYSICAL_PAGE_MASK);
	table = new_table(&pa);
	if (table)
		*slot = pa | PTE_TABLE;
	return table;
}

/* @level 0: 4 KiB, 1: 2 MiB, 2: 1 GiB. */
static int map_one(u64 *pgd, u64 va, u64 pa, u64 prot, int level)
{
	u64 *table = pgd;
	int l;

	for (l = 3; l > level; l--) {
		table = next_level(&table[(va >> (12 + 9 * l)) & 511]);
		if (!table)
			return -ENOMEM;
	}
	table[(va >> (12 + 9 * level)) & 511] =
		pa | prot | (level ? PTE_LARGE : 0);
	return 0;
}

/* Protection of an offset; 0: not mapped. */
static u64 prot_at(u64 off)
{
	const struct hv_image_header *h = header();
	u64 in_area;

	if (off < h->text)
		return PTE_RO;
	if (off < h->rodata)
		return PTE_RX;
	if (off < h->data)
		return PTE_RO;
	if (off < lay.tables)
		return PTE_RW;
	if (off < lay.pcpu)
		return 0;
	if (off >= lay.pool)
		return PTE_RW;
	in_area = off & (HV_PCPU_SIZE - 1);
	if (in_area == HV_PCPU_VMXON || in_area == HV_PCPU_VMCS0 ||
	    in_area == HV_PCPU_VMCS1 || in_area == HV_PCPU_GUARD)
		return 0;
	return PTE_RW;
}

static int map_image(u64 *pgd)
{
	u64 off, end = (u64)vsm_reserve.nr_hv << HV_CHUNK_SHIFT;
	int ret;

	for (off = 0; off < end; off += PAGE_SIZE) {
		u64 prot = prot_at(off);

		if (!prot)
			continue;
		ret = map_one(pgd, HV_BASE + off, pa_at(off), prot, 0);
		if (ret)
			return ret;
	}
	return 0;
}

static bool holds_chunk(u64 pa, u64 size)
{
	unsigned int i;

	for (i = 0; i < vsm_reserve.nr_hv; i++)
		if (vsm_reserve.hv[i].pa >= pa &&
		    vsm_reserve.hv[i].pa < pa + size)
			return true;
	return false;
}

static int map_physical(u64 *pgd)
{
	u64 pa, size, end = physmap_end();
	int ret, level;

	for (pa = 0; pa < end; pa += size) {
		level = page_level(pa);
		if (level == 2 && holds_chunk(pa, SIZE_1G))
			level = 1;
		size = PAGE_SIZE << (9 * level);
		if (level == 1 && holds_chunk(pa, size))
			continue;
		ret = map_one(pgd, HV_PHYSMAP + pa, pa,
			      PTE_RW | (ram_in(pa, size) ? 0 : PTE_UC), level);
		if (ret)
			return ret;
	}
	return 0;
}

/* Linux's kernel half, but for the hole, which is the hypervisor's. */
static void fill_transition(u64 *pgd, const u64 *hv_pgd)
{
	const u64 *linux_pgd = phys_to_virt(__read_cr3() & PHYSICAL_PAGE_MASK);
	unsigned int hole = (HV_BASE >> 39) & 511;

	memcpy(&pgd[256], &linux_pgd[256], 256 * sizeof(u64));
	pgd[hole] = hv_pgd[hole];
}

static int build_tables(struct hv_boot *boot)
{
	u64 *hv_pgd, *transition, unused;
	int ret;

	transition = new_table(&boot->transition_cr3);
	new_table(&unused);
	hv_pgd = new_table(&boot->cr3);
	if (!hv_pgd)
		return -ENOMEM;
	ret = map_image(hv_pgd);
	if (!ret)
		ret = map_physical(hv_pgd);
	if (!ret)
		fill_transition(transition, hv_pgd);
	return ret;
}

static void fill_boot(struct hv_boot *boot, u32 serial_port)
{
	u64 end = (u64)vsm_reserve.nr_hv << HV_CHUNK_SHIFT;
	unsigned int i;

	boot->nr_cpus = nr_cpu_ids;
	boot->nr_chunks = vsm_reserve.nr_hv;
	boot->flags = serial_port ? HV_BOOT_FLAG_SERIAL : 0;
	boot->serial_port = serial_port;
	for (i = 0; i < vsm_reserve.nr_hv; i++)
		boot->chunk[i] = vsm_reserve.hv[i].pa;
	boot->pcpu_base = HV_BASE + lay.pcpu;
	boot->public_base = HV_BASE + lay.public;
	boot->public_size = lay.public_size;
	boot->pool_base = HV_BASE + lay.pool;
	boot->pool_pages = (end - lay.pool) >> PAGE_SHIFT;
	boot->tsc_khz = tsc_khz;
	boot->physmap_end = physmap_end();
	boot->nr_ram = vsm_reserve.nr_ram;
	memcpy(boot->ram, vsm_reserve.ram, sizeof(boot->ram));
	boot->nr_vtl1 = vsm_reserve.nr_vtl1;
	for (i = 0; i < vsm_reserve.nr_vtl1; i++) {
		boot->vtl1[i].base = vsm_reserve.vtl1[i].pa;
		boot->vtl1[i].size = VSM_VTL1_SIZE;
	}
}

/* SDM: a VMXON region and a VMCS begin with the revision identifier. */
static void fill_vmx_regions(void)
{
	u32 revision = native_read_msr(MSR_IA32_VMX_BASIC) & 0x7fffffff;
	unsigned int i;

	for (i = 0; i < nr_cpu_ids; i++) {
		u64 area = lay.pcpu + (u64)i * HV_PCPU_SIZE;

		*(u32 *)at(area + HV_PCPU_VMXON) = revision;
		*(u32 *)at(area + HV_PCPU_VMCS0) = revision;
		*(u32 *)at(area + HV_PCPU_VMCS1) = revision;
	}
}

int vsm_image_place(u32 serial_port)
{
	const struct hv_image_header *h = header();
	size_t len = vsm_hv_image_end - vsm_hv_image;
	struct hv_boot *boot;
	int ret;

	if (h->magic != HV_IMAGE_MAGIC || h->version != HV_BOOT_VERSION ||
	    h->boot_size != sizeof(struct hv_boot) || len > h->end ||
	    lay.public + lay.public_size > CHUNK_SIZE) {
		pr_err("the hypervisor image and this module do not match\n");
		return -EINVAL;
	}
	copy_to(0, vsm_hv_image, len);
	boot = at(h->boot - HV_BASE);
	fill_boot(boot, serial_port);
	ret = build_tables(boot);
	if (ret)
		return ret;
	fill_vmx_regions();
	vsm_image.boot = boot;
	vsm_image.entry = h->entry;
	vsm_image.transition_cr3 = boot->transition_cr3;
	vsm_image.public = at(lay.public);
	vsm_image.public_size = lay.public_size;
	vsm_image.bytes_image = h->end;
	vsm_hv_public = vsm_image.public;
	return 0;
}
