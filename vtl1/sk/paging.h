/* SPDX-License-Identifier: GPL-2.0 */
/* Page tables: the kernel's and, sharing its upper half, one per trustlet. */
#ifndef _VSM_SK_PAGING_H
#define _VSM_SK_PAGING_H

#include <vsm/types.h>

#define PTE_P		(1ULL << 0)
#define PTE_W		(1ULL << 1)
#define PTE_U		(1ULL << 2)
#define PTE_A		(1ULL << 5)
#define PTE_D		(1ULL << 6)
#define PTE_PS		(1ULL << 7)
#define PTE_G		(1ULL << 8)
#define PTE_NX		(1ULL << 63)
#define PTE_ADDR	0x000ffffffffff000ULL

#define MAP_RX		(PTE_P | PTE_A)
#define MAP_R		(PTE_P | PTE_A | PTE_NX)
#define MAP_RW		(PTE_P | PTE_A | PTE_D | PTE_W | PTE_NX)

#define USER_END	0x0000800000000000ULL

/* An address space; page tables and pages of its lower half are its own. */
struct aspace {
	u64 root;		/* physical */
};

/* Kernel half.  False: out of memory. */
bool paging_setup(void);
bool paging_map(u64 root, u64 va, u64 pa, u64 size, u64 flags);
bool paging_prepare(u64 va, u64 size);	/* have all tables for it */
bool paging_back(u64 va, u64 size);	/* with new pages, RW, for good */
bool paging_back_local(u64 va);		/* one page, see stage.c */
void paging_drop_local(u64 va);
bool paging_check(void);		/* debug: is W^X true? */

/* Lower half. */
bool aspace_create(struct aspace *as);
void aspace_destroy(struct aspace *as);
void aspace_scrub(const struct aspace *as);	/* the pages, in place */
bool aspace_back(struct aspace *as, u64 va, u64 size, u64 flags);
void aspace_drop(struct aspace *as, u64 va, u64 size);

/*
 * Physical address of what ring 3 sees at @va, 0: it may not.  @write: is a
 * write meant?
 */
u64 aspace_user_pa(const struct aspace *as, u64 va, bool write);
bool aspace_read(const struct aspace *as, void *dst, u64 va, u64 len);
bool aspace_write(const struct aspace *as, u64 va, const void *src, u64 len);

/* As the two above, for our own writes into pages that ring 3 may not write. */
bool aspace_fill(const struct aspace *as, u64 va, const void *src, u64 len);

#endif /* _VSM_SK_PAGING_H */
