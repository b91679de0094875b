// SPDX-License-Identifier: GPL-2.0
/*
 * Addresses: the hypervisor's own, and whose a physical page is.  Must never
 * be asked for an address that Linux supplied without an owner check.
 */
#include "hv.h"

spa_t hv_pa(const void *va)
{
	u64 off = (u64)va - HV_BASE;

	BUG_ON(off >> HV_CHUNK_SHIFT >= hv_boot.nr_chunks);
	return hv_boot.chunk[off >> HV_CHUNK_SHIFT] +
	       (off & (BIT_ULL(HV_CHUNK_SHIFT) - 1));
}

void *hv_pool_va(spa_t pa)
{
	for (u32 i = 0; i < hv_boot.nr_chunks; i++) {
		u64 off = pa - hv_boot.chunk[i];

		if (off < BIT_ULL(HV_CHUNK_SHIFT))
			return (void *)(HV_BASE + off +
					((u64)i << HV_CHUNK_SHIFT));
	}
	BUG_ON("address is in no chunk");
}

static bool in_ranges(const struct hv_range *r, u32 nr, gpa_t gpa, u64 size)
{
	for (u32 i = 0; i < nr; i++) {
		u64 off = gpa - r[i].base;

		if (gpa >= r[i].base && off < r[i].size &&
		    size <= r[i].size - off)
			return true;
	}
	return false;
}

bool hv_is_hv(gpa_t gpa)
{
	for (u32 i = 0; i < hv_boot.nr_chunks; i++)
		if (gpa - hv_boot.chunk[i] < BIT_ULL(HV_CHUNK_SHIFT))
			return true;
	return false;
}

bool hv_is_vtl1(gpa_t gpa)
{
	return in_ranges(hv_boot.vtl1, hv_boot.nr_vtl1, gpa, 1);
}

bool hv_is_ram(gpa_t gpa, u64 size)
{
	return in_ranges(hv_boot.ram, hv_boot.nr_ram, gpa, size);
}
