/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Extended page tables as a data structure: walk, set, split, merge.  Knows
 * nothing of owners or CPUs; also compiled for the host, where it is tested.
 * Source: SDM, "The Extended Page Table Mechanism (EPT)".
 */
#ifndef _VSM_HV_EPT_H
#define _VSM_HV_EPT_H

#include <vsm/types.h>

#define EPT_R		BIT_ULL(0)
#define EPT_W		BIT_ULL(1)
#define EPT_X		BIT_ULL(2)	/* supervisor execute with MBEC */
#define EPT_TYPE_SHIFT	3
#define EPT_LARGE	BIT_ULL(7)
#define EPT_XU		BIT_ULL(10)	/* user execute, with MBEC only */
#define EPT_ADDR_MASK	GENMASK_ULL(51, 12)
/* Ignored by the processor: */
#define EPT_SW_PROTECTED BIT_ULL(52)	/* a higher VTL set the permissions */
#define EPT_SW_HV	BIT_ULL(53)	/* hypervisor memory */

#define EPT_RWX		(EPT_R | EPT_W | EPT_X | EPT_XU)
#define EPT_PRESENT	EPT_RWX		/* none set: not present */
#define EPT_LEVELS	4
#define EPT_WIDTH	48U		/* bits of an address */
#define EPT_PAGE_WORST	3		/* tables a single 4 KiB change takes */

/* Free pages; freed ones wait until a flush has made them unreachable. */
struct ept_pool {
	u64 *free;
	u64 *deferred;
	u64 nr_free;
	u64 nr_total;
};

struct ept {
	u64 *root;
	struct ept_pool *pool;
	bool large_1g;
	/* Bytes that leaves map below a multiple of 2 MiB, by their size. */
	gpa_t counted_end;
	u64 mapped_4k, mapped_large;
};

/* The environment's address translation for pool pages. */
spa_t hv_pa(const void *va);
void *hv_pool_va(spa_t pa);

void ept_pool_add(struct ept_pool *pool, void *page);
void ept_pool_flushed(struct ept_pool *pool);

bool ept_init(struct ept *ept, struct ept_pool *pool, bool large_1g);
bool ept_map(struct ept *ept, gpa_t gpa, u64 size, u64 flags);
u64 ept_lookup(const struct ept *ept, gpa_t gpa, u64 *ret_size);
bool ept_set_page(struct ept *ept, gpa_t gpa, u64 entry);
void ept_merge(struct ept *ept, gpa_t gpa);

#endif /* _VSM_HV_EPT_H */
