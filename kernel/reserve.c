// SPDX-License-Identifier: GPL-2.0
/*
 * Takes memory for the hypervisor and VTL1 away from Linux, in naturally
 * aligned chunks, and is the only one to give it back.  Must never return a
 * page that still holds anything.
 */
#include "machine.h"

#include <linux/gfp.h>
#include <linux/ioport.h>
#include <linux/io.h>
#include <linux/mm.h>

#define RESERVE_GFP	(GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN | \
			 __GFP_RETRY_MAYFAIL)

/* Written by init and exit only. */
struct vsm_reserve vsm_reserve;

static int chunk_alloc(struct vsm_chunk *chunk, unsigned int order)
{
	chunk->pages = alloc_pages(RESERVE_GFP, order);
	if (!chunk->pages) {
		pr_err("no %lu KiB of contiguous memory; load earlier after boot, or free memory (echo 1 > /proc/sys/vm/compact_memory)\n",
		       (PAGE_SIZE << order) >> 10);
		return -ENOMEM;
	}
	chunk->order = order;
	chunk->pa = page_to_phys(chunk->pages);
	return 0;
}

static void chunk_free(struct vsm_chunk *chunk)
{
	size_t size = PAGE_SIZE << chunk->order;

	if (!chunk->pages)
		return;
	/* Keys and secrets were in here; nothing may be left. */
	memzero_explicit(page_address(chunk->pages), size);
	__free_pages(chunk->pages, chunk->order);
	chunk->pages = NULL;
}

/* Takes no lock: also for the way down in a crash. */
void vsm_reserve_scrub_vtl1(void)
{
	unsigned int i;

	for (i = 0; i < vsm_reserve.nr_vtl1; i++)
		memzero_explicit(page_address(vsm_reserve.vtl1[i].pages),
				 VSM_VTL1_SIZE);
}

void vsm_reserve_free(void)
{
	unsigned int i;

	for (i = 0; i < vsm_reserve.nr_hv; i++)
		chunk_free(&vsm_reserve.hv[i]);
	for (i = 0; i < vsm_reserve.nr_vtl1; i++)
		chunk_free(&vsm_reserve.vtl1[i]);
	vsm_reserve.nr_hv = 0;
	vsm_reserve.nr_vtl1 = 0;
}

int vsm_reserve_hv(u64 bytes)
{
	unsigned int nr = DIV_ROUND_UP(bytes, 1UL << HV_CHUNK_SHIFT);
	int ret;

	if (nr > HV_MAX_CHUNKS) {
		pr_err("the hypervisor would need %llu MiB for %u possible CPUs and this much memory, and has %u at most; boot with nr_cpus=\n",
		       bytes >> 20, nr_cpu_ids,
		       (HV_MAX_CHUNKS << HV_CHUNK_SHIFT) / SZ_1M);
		return -E2BIG;
	}
	while (vsm_reserve.nr_hv < nr) {
		ret = chunk_alloc(&vsm_reserve.hv[vsm_reserve.nr_hv],
				  VSM_CHUNK_ORDER);
		if (ret) {
			vsm_reserve_free();
			return ret;
		}
		vsm_reserve.nr_hv++;
	}
	vsm_machine.hv_bytes = (u64)nr << HV_CHUNK_SHIFT;
	return 0;
}

int vsm_reserve_vtl1(u64 bytes, u64 least)
{
	unsigned int nr = bytes / VSM_VTL1_SIZE;
	int ret;

	while (vsm_reserve.nr_vtl1 < nr) {
		ret = chunk_alloc(&vsm_reserve.vtl1[vsm_reserve.nr_vtl1],
				  VSM_VTL1_ORDER);
		if (ret && vsm_reserve.nr_vtl1 * VSM_VTL1_SIZE >= least)
			break;
		if (ret)
			return ret;
		vsm_reserve.nr_vtl1++;
	}
	vsm_machine.vtl1_bytes = vsm_reserve.nr_vtl1 * VSM_VTL1_SIZE;
	return 0;
}

static int add_ram(struct resource *res, void *arg)
{
	u64 start = PAGE_ALIGN(res->start), end = (res->end + 1) & PAGE_MASK;

	if (start >= end)
		return 0;
	if (vsm_reserve.nr_ram >= min(HV_MAX_RAM, VSM_LOADER_MAX_RAM)) {
		pr_err("more than %u ranges of System RAM\n",
		       vsm_reserve.nr_ram);
		return -E2BIG;
	}
	vsm_reserve.ram[vsm_reserve.nr_ram].base = start;
	vsm_reserve.ram[vsm_reserve.nr_ram++].size = end - start;
	vsm_reserve.ram_end = max(vsm_reserve.ram_end, end);
	return 0;
}

int vsm_reserve_find_ram(void)
{
	vsm_reserve.nr_ram = 0;
	vsm_reserve.ram_end = 0;
	return walk_iomem_res_desc(IORES_DESC_NONE,
				   IORESOURCE_SYSTEM_RAM | IORESOURCE_BUSY, 0,
				   -1, NULL, add_ram);
}
