// SPDX-License-Identifier: GPL-2.0
/*
 * Who may touch which page: builds the EPT of each VTL, changes protections,
 * gives the hypervisor access to guest memory.  Must never let a VTL reach
 * hypervisor memory, nor grant through a mask what an owner has not got.
 */
#include <asm/msr.h>
#include <vsm/string.h>

#include "hv.h"
#include "mask.h"
#include "vcpu.h"

static u64 type_flags(u8 type)
{
	return (u64)type << EPT_TYPE_SHIFT;
}

/* VTL1 sets masks on RAM only: what is none is read and written. */
static u64 device_perm(u64 perm)
{
	return perm | EPT_R | EPT_W;
}

/* The type at @gpa, and where the block ends that all has it. */
static u8 typed_block(gpa_t gpa, gpa_t *ret_end)
{
	u64 size = SIZE_1G;
	bool uniform;
	u8 type;

	for (;;) {
		type = mtrr_type(ALIGN_DOWN(gpa, size), size, &uniform);
		*ret_end = ALIGN_DOWN(gpa, size) + size;
		if (uniform || size == PAGE_SIZE)
			return type;
		size >>= 9;
	}
}

/* Map a range with the MTRRs' memory types, in pieces of one type. */
static bool map_typed(struct ept *ept, gpa_t gpa, u64 size, u64 flags)
{
	gpa_t end = gpa + size, done = gpa, block;
	u8 type, next = gpa < end ? typed_block(gpa, &block) : 0;

	while (done < end) {
		gpa_t from = done;

		type = next;
		do {
			done = MIN(block, end);
			if (done < end)
				next = typed_block(done, &block);
		} while (done < end && next == type);
		if (!ept_map(ept, from, done - from, flags | type_flags(type)))
			return false;
	}
	return true;
}

static bool map_vtl0(struct ept *ept)
{
	u64 end = hv_boot.physmap_end;

	/* What lies above is mapped when it is first touched. */
	if (!map_typed(ept, 0, ALIGN(end, SIZE_2M), EPT_RWX))
		return false;
	for (u32 i = 0; i < hv_boot.nr_chunks; i++)
		if (!ept_map(ept, hv_boot.chunk[i], SIZE_2M, EPT_SW_HV))
			return false;
	for (u64 off = 0; off < hv_boot.public_size; off += PAGE_SIZE) {
		gpa_t gpa = hv_pa((void *)(hv_boot.public_base + off));

		if (!ept_map(ept, gpa, PAGE_SIZE, EPT_SW_HV | EPT_R |
			     type_flags(MTRR_TYPE_WB)))
			return false;
	}
	return true;
}

/* VTL1 executes only its own memory and sees nothing but RAM. */
static bool map_vtl1(struct ept *ept)
{
	for (u32 i = 0; i < hv_boot.nr_ram; i++)
		if (!map_typed(ept, hv_boot.ram[i].base, hv_boot.ram[i].size,
			       EPT_R | EPT_W))
			return false;
	for (u32 i = 0; i < hv_boot.nr_chunks; i++)
		if (!ept_map(ept, hv_boot.chunk[i], SIZE_2M, EPT_SW_HV))
			return false;
	for (u32 i = 0; i < hv_boot.nr_vtl1; i++)
		if (!ept_map(ept, hv_boot.vtl1[i].base, hv_boot.vtl1[i].size,
			     EPT_RWX | type_flags(MTRR_TYPE_WB)))
			return false;
	return true;
}

/* Let all see what VTL0's RAM is mapped by. */
static void account(void)
{
	const struct ept *ept = &hv.vtl[0].ept;
	struct hv_public *pub = hv_public();

	pub->ept_2m_leaves = ept->mapped_large;
	pub->ept_4k_leaves = ept->mapped_4k;
	pub->ept_bytes = (hv.pool.nr_total - hv.pool.nr_free) * PAGE_SIZE;
}

/* First CPU only, before any CPU is in non-root mode. */
bool mem_setup(void)
{
	u64 caps = rdmsr(MSR_IA32_VMX_EPT_VPID_CAP);
	bool large_1g = caps & VMX_EPT_1GB_PAGE;

	mtrr_read();
	for (u64 i = 0; i < hv_boot.pool_pages; i++)
		ept_pool_add(&hv.pool, (void *)(hv_boot.pool_base +
						i * PAGE_SIZE));
	hv.vtl[0].ept.counted_end = ALIGN(hv_boot.physmap_end, SIZE_2M);
	hv.vtl[0].perm = EPT_RWX;
	if (!ept_init(&hv.vtl[0].ept, &hv.pool, large_1g) ||
	    !map_vtl0(&hv.vtl[0].ept) ||
	    !ept_init(&hv.vtl[1].ept, &hv.pool, large_1g) ||
	    !map_vtl1(&hv.vtl[1].ept))
		return false;
	ept_pool_flushed(&hv.pool);
	account();
	return true;
}

/*
 * VTL0 touches an address above all RAM for the first time: a device's
 * registers.  Map its 2 MiB.  False: the address is not one of those.
 */
bool mem_map_late(struct pcpu *cpu, gpa_t gpa)
{
	gpa_t base = ALIGN_DOWN(gpa, SIZE_2M);
	u64 size;
	bool ok;

	if (cpu->active_vtl || gpa < hv_boot.physmap_end ||
	    gpa & ~hv.maxphyaddr_mask)
		return false;
	spin_lock(&hv.lock);
	ok = (ept_lookup(&hv.vtl[0].ept, gpa, &size) & EPT_PRESENT) ||
	     map_typed(&hv.vtl[0].ept, base, SIZE_2M,
		       device_perm(hv.vtl[0].perm));
	spin_unlock(&hv.lock);
	return ok;
}

/* A page that a mask may be set on: RAM, and not the hypervisor's. */
static bool may_protect(u64 gpn)
{
	gpa_t gpa = gpn << PAGE_SHIFT;

	return gpn <= hv.maxphyaddr_mask >> PAGE_SHIFT &&
	       hv_is_ram(gpa, PAGE_SIZE) && !hv_is_hv(gpa);
}

static u64 protect_page(struct hv_partition_vtl *pv, u64 gpn, u64 perm)
{
	gpa_t gpa = gpn << PAGE_SHIFT;
	bool uniform;
	u64 entry = gpa | EPT_SW_PROTECTED | perm |
		    type_flags(mtrr_type(gpa, PAGE_SIZE, &uniform));

	if (!perm)
		entry = EPT_SW_PROTECTED;
	/* The default will not change again: one of the many, to be merged. */
	else if (perm == pv->perm && perm != EPT_RWX)
		entry &= ~EPT_SW_PROTECTED;
	/* Beneath an overlay: what the page is when that goes away. */
	if (pv->overlay && gpa == pv->overlay) {
		pv->overlaid = entry;
		return HV_STATUS_SUCCESS;
	}
	return ept_set_page(&pv->ept, gpa, entry) ?
	       HV_STATUS_SUCCESS : HV_STATUS_INSUFFICIENT_MEMORY;
}

/*
 * Set the protection mask of @nr pages for @vtl; @flags are legal.  Stops at
 * the first page that is not acceptable, the ones before it stay done; no CPU
 * keeps a wider permission when this returns.
 */
u64 mem_protect(u8 vtl, const u64 *gpns, u32 nr, u32 flags, u32 *ret_done)
{
	struct ept *ept = &hv.vtl[vtl].ept;
	u64 status = HV_STATUS_SUCCESS, last = ~0ULL;
	u32 i;

	spin_lock(&hv.lock);
	for (i = 0; i < nr; i++) {
		u64 gpn = gpns[i];

		status = may_protect(gpn) ?
			 protect_page(&hv.vtl[vtl], gpn, mask_to_ept(flags)) :
			 HV_STATUS_INVALID_PARAMETER;
		if (status)
			break;
		if (last != ~0ULL && last >> 9 != gpn >> 9)
			ept_merge(ept, last << PAGE_SHIFT);
		last = gpn;
	}
	if (last != ~0ULL)
		ept_merge(ept, last << PAGE_SHIFT);
	flush_all_locked();
	ept_pool_flushed(&hv.pool);
	account();
	spin_unlock(&hv.lock);
	*ret_done = i;
	return status;
}

/* A hole is the hypervisor's or VTL1's; a mask of its own stays. */
static u64 default_entry(u64 entry, u64 perm)
{
	if (!(entry & EPT_PRESENT) || (entry & (EPT_SW_PROTECTED | EPT_SW_HV)))
		return entry;
	return perm ? (entry & ~EPT_RWX) | perm : EPT_SW_PROTECTED;
}

/* Up to @end, or to where RAM begins or ends before. */
static gpa_t ram_boundary(gpa_t gpa, gpa_t end)
{
	for (u32 i = 0; i < hv_boot.nr_ram; i++) {
		gpa_t base = hv_boot.ram[i].base;
		gpa_t last = base + hv_boot.ram[i].size;

		if (base > gpa && base < end)
			end = base;
		else if (last > gpa && last < end)
			end = last;
	}
	return end;
}

/* From @gpa on within one leaf; where the next begins. */
static gpa_t default_part(struct hv_partition_vtl *pv, gpa_t gpa)
{
	u64 size, entry = ept_lookup(&pv->ept, gpa, &size), perm = pv->perm;
	gpa_t end = ALIGN_DOWN(gpa, size) + size;

	if (perm != device_perm(perm)) {
		end = ram_boundary(gpa, end);
		if (!hv_is_ram(gpa, PAGE_SIZE))
			perm = device_perm(perm);
	}
	if (pv->overlay && gpa == pv->overlay)
		pv->overlaid = default_entry(pv->overlaid, perm);
	else if (default_entry(entry, perm) != entry)
		BUG_ON(!ept_map(&pv->ept, gpa, end - gpa,
				default_entry(entry, perm) &
				~(EPT_ADDR_MASK | EPT_LARGE)));
	return end;
}

/*
 * The mask of all of @vtl's space that has none of its own.  False: too little
 * memory to split what is RAM in part, nothing has changed.
 */
bool mem_default_mask_locked(u8 vtl, u32 flags)
{
	struct hv_partition_vtl *pv = &hv.vtl[vtl];
	u64 perm = mask_to_ept(flags);
	gpa_t gpa = 0;

	BUG_ON(!spin_is_locked(&hv.lock));
	if (perm != device_perm(perm) &&
	    hv.pool.nr_free < 2ULL * EPT_PAGE_WORST * hv_boot.nr_ram)
		return false;
	pv->perm = perm;
	while (gpa <= hv.maxphyaddr_mask)
		gpa = default_part(pv, gpa);
	flush_all_locked();
	ept_pool_flushed(&hv.pool);
	account();
	return true;
}

/* What the single page at @gpa has now, whatever its leaf's size. */
static u64 page_entry(struct ept *ept, gpa_t gpa)
{
	u64 size, entry = ept_lookup(ept, gpa, &size);

	if (size == PAGE_SIZE)
		return entry;
	entry &= ~EPT_LARGE;
	return entry & EPT_PRESENT ? (entry & ~EPT_ADDR_MASK) | gpa : entry;
}

/* The entry beneath is a page's own already: putting it back cannot fail. */
static void overlay_undo_locked(struct hv_partition_vtl *pv)
{
	if (!pv->overlay)
		return;
	BUG_ON(!ept_set_page(&pv->ept, pv->overlay, pv->overlaid));
	ept_merge(&pv->ept, pv->overlay);
	pv->overlay = 0;
}

/* Not in the place of what a higher VTL has chosen the permissions of. */
static bool may_overlay(struct hv_partition_vtl *pv, gpa_t gpa)
{
	u64 beneath = gpa == pv->overlay ? pv->overlaid :
					   page_entry(&pv->ept, gpa);

	return hv_is_ram(gpa, PAGE_SIZE) && !hv_is_hv(gpa) &&
	       !(beneath & EPT_SW_PROTECTED) &&
	       hv.pool.nr_free >= EPT_PAGE_WORST;
}

/*
 * Show the hypercall page at @gpa of @vtl: readable, executable, no more; and
 * no longer where it was.  @gpa 0: nowhere.  False: nothing has changed.
 */
bool mem_overlay(u8 vtl, gpa_t gpa)
{
	struct hv_partition_vtl *pv = &hv.vtl[vtl];
	bool ok;

	spin_lock(&hv.lock);
	ok = !gpa || may_overlay(pv, gpa);
	if (ok) {
		overlay_undo_locked(pv);
		if (gpa) {
			pv->overlaid = page_entry(&pv->ept, gpa);
			pv->overlay = gpa;
			BUG_ON(!ept_set_page(&pv->ept, gpa,
					     hv_pa(hv_hypercall_page) |
					     EPT_R | EPT_X | EPT_XU |
					     type_flags(MTRR_TYPE_WB)));
		}
		flush_all_locked();
		ept_pool_flushed(&hv.pool);
	}
	spin_unlock(&hv.lock);
	return ok;
}

bool hv_in_physmap(gpa_t gpa)
{
	return gpa < hv_boot.physmap_end && !hv_is_hv(gpa);
}

/* The active VTL itself can read (and write) this; within a page; locked. */
static bool may_access_locked(struct pcpu *cpu, gpa_t gpa, u64 size, bool write)
{
	u64 need = EPT_R | (write ? EPT_W : 0), leaf, entry;

	if (!hv_in_physmap(gpa) || !hv_is_ram(gpa, size) ||
	    (gpa & ~PAGE_MASK) + size > PAGE_SIZE)
		return false;
	entry = ept_lookup(&hv.vtl[cpu->active_vtl].ept, gpa, &leaf);
	if ((entry & need) != need)
		return false;
	/* Not through an overlay: the page beneath is not what the VTL sees. */
	return (entry & EPT_ADDR_MASK) == ALIGN_DOWN(gpa, leaf);
}

/* Of the active VTL's, as it is now; a copy may still be refused. */
enum mem_access mem_check(struct pcpu *cpu, gpa_t gpa, u64 size, bool write)
{
	u64 need = EPT_R | (write ? EPT_W : 0), leaf, entry;
	bool ok;

	spin_lock(&hv.lock);
	ok = may_access_locked(cpu, gpa, size, write);
	entry = ept_lookup(&hv.vtl[cpu->active_vtl].ept, gpa, &leaf);
	spin_unlock(&hv.lock);
	if (ok)
		return MEM_OK;
	return (entry & EPT_SW_PROTECTED) && (need & ~entry) ? MEM_MASKED :
							       MEM_NONE;
}

/*
 * Copy between the active VTL's memory and the hypervisor's, within a page and
 * under the lock, so that no page changes hands meanwhile.  False: the VTL has
 * no such access, nothing was copied.
 */
bool mem_copy_in(struct pcpu *cpu, gpa_t gpa, void *dst, u64 size)
{
	bool ok;

	spin_lock(&hv.lock);
	ok = may_access_locked(cpu, gpa, size, false);
	if (ok)
		memcpy(dst, hv_va(gpa), size);
	spin_unlock(&hv.lock);
	return ok;
}

bool mem_copy_out(struct pcpu *cpu, gpa_t gpa, const void *src, u64 size)
{
	bool ok;

	spin_lock(&hv.lock);
	ok = may_access_locked(cpu, gpa, size, true);
	if (ok)
		memcpy(hv_va(gpa), src, size);
	spin_unlock(&hv.lock);
	return ok;
}
