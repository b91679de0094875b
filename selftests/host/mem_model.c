// SPDX-License-Identifier: GPL-2.0
/*
 * kernel/hv/mem.c against a flat array of pages for each VTL: who may touch
 * what after each operation of a script, what a CPU may still have cached, and
 * what a copy may reach.  Must never derive an expectation from the EPT.
 */
#include <stdlib.h>
#include <string.h>

#include <asm/msr.h>

#include "../../kernel/hv/hv.h"
#include "../../kernel/hv/mask.h"
#include "audit.h"
#include "machine.h"
#include "mem_model.h"

#define TYPE(t)		((u64)(t) << EPT_TYPE_SHIFT)
#define WB		TYPE(MTRR_TYPE_WB)
#define LATE_MAX	16
#define BATCH_MAX	640
#define END_GPN		(ALIGN(MACHINE_PHYSMAP_END, SIZE_2M) >> PAGE_SHIFT)
#define GPN(mib)	((u64)(mib) << 8)

/* Beneath an overlay; what a VTL sees is visible(). */
static struct pages want[HV_NUM_VTLS];
static u64 overlay[HV_NUM_VTLS];	/* page number */
static bool overlaid[HV_NUM_VTLS];
static gpa_t late[LATE_MAX];		/* mapped beyond the reference */
static u32 nr_late;
static struct machine_config config;
static struct audit seen, now;
static bool flush_ok;
static u64 large, small;		/* bytes of VTL0's memory in leaves */

/* Pages where something may go wrong, and those the operation is about. */
static const u64 hot[] = {
	0, 1, 0x9e, 0x9f, 0xff, 0x100, 0x1ff, 0x200, 0x201,
	GPN(8) - 1, GPN(8), GPN(8) + 1, MACHINE_PUBLIC_PA >> PAGE_SHIFT,
	(MACHINE_PUBLIC_PA >> PAGE_SHIFT) + 3, GPN(10) - 1, GPN(10),
	GPN(16), 0x1080, GPN(24) - 1, GPN(24), GPN(26) - 1, GPN(26),
	GPN(256), GPN(258), GPN(516) + 0x82, GPN(516) + 0x83,
	GPN(1024) - 1, GPN(1024), GPN(1024) + 0x10, GPN(1026),
	GPN(1056) - 1, GPN(1056), GPN(1058), GPN(1088) + 6, GPN(1088) + 7,
	GPN(1088) + 15, GPN(1088) + 16, GPN(1090), GPN(1096) - 1,
	GPN(2048) - 1, GPN(2048), GPN(2050) - 1, GPN(2050), GPN(2052),
	GPN(2054), GPN(2054) + 4, GPN(2054) + 5, GPN(2056) - 1,
};

/* Numbers that are no pages of the machine. */
static const u64 wild[] = {
	GPN(2056), GPN(2060) + 3, GPN(2060), GPN(3072), 1ULL << (MACHINE_PHYS_BITS - 12),
	(1ULL << (MACHINE_PHYS_BITS - 12)) - 1, 1ULL << 52, 1ULL << 51,
	~0ULL, ~0ULL >> 12, (1ULL << 52) | 1, 1ULL << 40,
};

static u64 batch[BATCH_MAX];
static u32 nr_batch;
/* What a CPU may have cached of the pages above, for each VTL. */
static u64 cached[HV_NUM_VTLS][ARRAY_SIZE(hot) + BATCH_MAX];

static u64 tracked(u32 i)
{
	return i < ARRAY_SIZE(hot) ? hot[i] : batch[i - ARRAY_SIZE(hot)];
}

/* --- the machine, once more ----------------------------------------------- */

static bool in(const struct hv_range *r, u32 nr, u64 gpn)
{
	for (u32 i = 0; i < nr; i++)
		if (gpn >= r[i].base >> PAGE_SHIFT &&
		    gpn < (r[i].base + r[i].size) >> PAGE_SHIFT)
			return true;
	return false;
}

static bool is_ram(u64 gpn)
{
	return in(hv_boot.ram, hv_boot.nr_ram, gpn);
}

static bool is_hv(u64 gpn)
{
	for (u32 i = 0; i < hv_boot.nr_chunks; i++)
		if (gpn >> 9 == hv_boot.chunk[i] >> HV_CHUNK_SHIFT)
			return true;
	return false;
}

static bool is_public(u64 gpn)
{
	return gpn >= MACHINE_PUBLIC_PA >> PAGE_SHIFT &&
	       gpn < (MACHINE_PUBLIC_PA + MACHINE_PUBLIC_SIZE) >> PAGE_SHIFT;
}

static u64 at_start(u8 vtl, u64 gpn)
{
	if (is_hv(gpn))
		return !vtl && is_public(gpn) ? EPT_SW_HV | EPT_R | WB :
						EPT_SW_HV;
	if (!vtl)
		return gpn < END_GPN ? EPT_RWX | TYPE(machine_type(gpn)) : 0;
	if (in(hv_boot.vtl1, hv_boot.nr_vtl1, gpn))
		return EPT_RWX | WB;
	return is_ram(gpn) ? EPT_R | EPT_W | TYPE(machine_type(gpn)) : 0;
}

static u64 visible(u8 vtl, u64 gpn)
{
	if (overlaid[vtl] && overlay[vtl] == gpn)
		return MACHINE_CODE_PA | EPT_R | EPT_X | EPT_XU | WB;
	return pages_get(&want[vtl], gpn);
}

/* Slow: made once for each layout of memory types. */
static void make_start(struct pages *p, u8 vtl)
{
	for (u64 gpn = 0; gpn < MODEL_PAGES; gpn++) {
		u64 flags = at_start(vtl, gpn);

		if (gpn % REGION_PAGES == 0)
			p->all[gpn / REGION_PAGES] = flags;
		else if (pages_get(p, gpn) != page_of_flags(gpn, flags))
			pages_set(p, gpn, page_of_flags(gpn, flags));
	}
}

static void start_pages(void)
{
	static struct pages start[4][HV_NUM_VTLS];
	static bool made[4];

	for (u8 vtl = 0; vtl < HV_NUM_VTLS; vtl++) {
		struct pages *from = &start[config.mtrr][vtl];
		struct pages *to = &want[vtl];

		if (!made[config.mtrr])
			make_start(from, vtl);
		memcpy(to->all, from->all, sizeof(to->all));
		memcpy(to->split, from->split, sizeof(to->split));
		for (u64 r = 0; r < MODEL_REGIONS; r++)
			if (to->split[r])
				memcpy(&to->page[r * REGION_PAGES],
				       &from->page[r * REGION_PAGES],
				       REGION_PAGES * sizeof(u64));
	}
	made[config.mtrr] = true;
}

/* --- what must always hold ------------------------------------------------- */

/* No leaf leads to the hypervisor, but for what it gives away to be read. */
static void leaf_ok(const struct ept *ept, gpa_t gpa, u64 entry, u64 size)
{
	u64 first = (entry & EPT_ADDR_MASK) >> PAGE_SHIFT;
	u8 vtl = ept == &hv.vtl[1].ept;

	if (!vtl && gpa >> PAGE_SHIFT < END_GPN)
		*(size > PAGE_SIZE ? &large : &small) += size;
	for (u32 i = 0; i < hv_boot.nr_chunks; i++) {
		u64 chunk = hv_boot.chunk[i] >> PAGE_SHIFT;

		if (first + (size >> PAGE_SHIFT) <= chunk ||
		    first >= chunk + REGION_PAGES)
			continue;
		EXPECT(size == PAGE_SIZE && !(entry & EPT_W));
		if (first == MACHINE_CODE_PA >> PAGE_SHIFT)
			EXPECT(overlaid[vtl] &&
			       overlay[vtl] == gpa >> PAGE_SHIFT);
		else
			EXPECT(!vtl && is_public(first) &&
			       !(entry & (EPT_X | EPT_XU)));
	}
}

/* VTL0 alone has anything there: registers of devices. */
static u64 beyond(gpa_t gpa)
{
	for (u32 i = 0; i < nr_late; i++)
		if (gpa >= late[i] && gpa < late[i] + SIZE_2M)
			return EPT_RWX |
			       TYPE(machine_type(gpa >> PAGE_SHIFT));
	return 0;
}

static bool audit_vtl(struct audit *a, u8 vtl)
{
	u64 below;
	bool ok;

	a->beyond = vtl ? NULL : beyond;
	if (!overlaid[vtl])
		return audit_ept(a, &hv.vtl[vtl].ept, &want[vtl]);
	/* As the VTL sees it. */
	below = pages_get(&want[vtl], overlay[vtl]);
	pages_set(&want[vtl], overlay[vtl], visible(vtl, overlay[vtl]));
	ok = audit_ept(a, &hv.vtl[vtl].ept, &want[vtl]);
	pages_set(&want[vtl], overlay[vtl], below);
	return ok;
}

static bool audit(void)
{
	audit_begin(&now);
	large = 0;
	small = 0;
	if (!audit_vtl(&now, 0) || !audit_vtl(&now, 1) || !audit_pool(&now))
		return false;
	EXPECT(!spin_is_locked(&hv.lock));
	return true;
}

static u64 entry_now(u8 vtl, u64 gpn)
{
	u64 size, entry = ept_lookup(&hv.vtl[vtl].ept, gpn << PAGE_SHIFT,
				     &size);

	if (size == PAGE_SIZE)
		return entry;
	entry &= ~(u64)EPT_LARGE;
	return entry & EPT_PRESENT ?
	       entry + ((gpn << PAGE_SHIFT) & (size - 1)) : entry;
}

/* CPUs run and cache all they can. */
static void fill_caches(void)
{
	for (u8 vtl = 0; vtl < HV_NUM_VTLS; vtl++)
		for (u32 i = 0; i < ARRAY_SIZE(hot) + nr_batch; i++)
			cached[vtl][i] = entry_now(vtl, tracked(i));
}

/* Nothing cached is more than what the tables say now. */
static bool caches_fit(void)
{
	for (u8 vtl = 0; vtl < HV_NUM_VTLS; vtl++)
		for (u32 i = 0; i < ARRAY_SIZE(hot) + nr_batch; i++) {
			u64 old = cached[vtl][i];
			u64 new = entry_now(vtl, tracked(i));

			if (!(old & EPT_PRESENT))
				continue;
			EXPECT(!(old & EPT_PRESENT & ~new));
			EXPECT((old & EPT_ADDR_MASK) == (new & EPT_ADDR_MASK));
		}
	return true;
}

static bool tables_are(struct audit *a)
{
	audit_begin(a);
	a->beyond = NULL;
	a->leaf_ok = NULL;
	return audit_ept(a, &hv.vtl[0].ept, NULL) &&
	       audit_ept(a, &hv.vtl[1].ept, NULL) && audit_pool(a);
}

/* In the middle of an operation: the caches are empty from here on. */
static void on_flush(void)
{
	static struct audit mid;

	mid = seen;
	flush_ok &= tables_are(&mid) && audit_no_reuse(&seen, &mid);
	for (u32 i = 0; i < mid.pool_pages; i++)
		if (mid.place[i].kind == AUDIT_DEFERRED)
			mid.place[i].kind = AUDIT_FREE;
	seen = mid;
	fill_caches();
}

static void before(void)
{
	flush_ok = true;
	fill_caches();
}

static bool after(void)
{
	now = seen;
	now.leaf_ok = leaf_ok;
	EXPECT(flush_ok);
	if (!audit() || !audit_no_reuse(&seen, &now) || !caches_fit())
		return false;
	seen = now;
	return true;
}

/* Where all pages of a region are one, the processor finds one leaf. */
static void expect_merged(u8 vtl, u64 gpn)
{
	u64 base = ALIGN_DOWN(gpn, REGION_PAGES), first = visible(vtl, base);

	for (u64 i = 1; i < REGION_PAGES; i++)
		if (visible(vtl, base + i) != first +
		    (first & EPT_PRESENT ? i << PAGE_SHIFT : 0))
			return;
	EXPECT(audit_level(&hv.vtl[vtl].ept, gpn << PAGE_SHIFT) > 0);
}

/* --- operations ------------------------------------------------------------- */

static u64 read_gpn(struct script *s)
{
	u32 i = script_u8(s);
	u64 gpn;

	if (i >= 224)
		return wild[i % ARRAY_SIZE(wild)];
	gpn = hot[i % ARRAY_SIZE(hot)];
	i = script_u8(s);
	if (i & 0x80)
		return gpn;
	return (gpn + (i & 0x40 ? script_u16(s) % 512 : i & 7)) % MODEL_PAGES;
}

static u32 read_mask(struct script *s)
{
	u32 mask = script_u8(s) & HV_MAP_GPA_PERMISSIONS_MASK;

	return mask_legal(mask, config.mbec) ? mask :
	       mask & (HV_MAP_GPA_READABLE | HV_MAP_GPA_WRITABLE) ?
	       HV_MAP_GPA_READABLE : 0;
}

/* What the TLFS calls each bit, apart from the code under test. */
static u64 wanted_perm(u32 mask)
{
	return (mask & 1 ? EPT_R : 0) | (mask & 2 ? EPT_W : 0) |
	       (mask & 4 ? EPT_X : 0) | (mask & 8 ? EPT_XU : 0);
}

static void read_batch(struct script *s)
{
	u64 gpn = read_gpn(s);
	u32 kind = script_u8(s);

	if (kind & 1) {
		nr_batch = 1 + kind / 2 % 8;
		batch[0] = gpn;
		for (u32 i = 1; i < nr_batch; i++)
			batch[i] = read_gpn(s);
		return;
	}
	/* One after the other: whole regions, too. */
	nr_batch = kind & 2 ? 1 + script_u16(s) % BATCH_MAX : 512;
	if (!(kind & 2))
		gpn = ALIGN_DOWN(gpn, REGION_PAGES);
	for (u32 i = 0; i < nr_batch; i++)
		batch[i] = gpn + i;
}

static bool may_protect(u64 gpn)
{
	return gpn < MODEL_PAGES && is_ram(gpn) && !is_hv(gpn);
}

static u64 tables(void)
{
	u64 nr = 0;

	for (u32 i = 0; i < seen.pool_pages; i++)
		nr += seen.place[i].kind == AUDIT_TABLE;
	return nr;
}

static bool do_protect(struct script *s)
{
	u32 mask = read_mask(s), done = ~0U, n;
	u64 nr_free = hv.pool.nr_free, status;
	u64 perm = wanted_perm(mask);

	read_batch(s);
	for (n = 0; n < nr_batch && may_protect(batch[n]); n++)
		;
	before();
	status = mem_protect(0, batch, nr_batch, mask, &done);
	EXPECT(done <= n);
	for (u32 i = 0; i < done; i++)
		pages_set(&want[0], batch[i], perm ?
			  perm | EPT_SW_PROTECTED | batch[i] << PAGE_SHIFT |
			  TYPE(machine_type(batch[i])) : EPT_SW_PROTECTED);
	if (status == HV_STATUS_INSUFFICIENT_MEMORY)
		EXPECT(done < n && nr_free < (done + 1) * EPT_PAGE_WORST);
	else
		EXPECT(done == n && status == (n < nr_batch ?
		       HV_STATUS_INVALID_PARAMETER : HV_STATUS_SUCCESS));
	if (!after())
		return false;
	for (u32 i = 0; i < done; i++)
		if (!i || batch[i] / REGION_PAGES != batch[i - 1] / REGION_PAGES)
			expect_merged(0, batch[i]);
	EXPECT(hv_public()->ept_2m_leaves == large &&
	       hv_public()->ept_4k_leaves == small &&
	       hv_public()->ept_bytes == tables() * PAGE_SIZE);
	return true;
}

/* Not where a higher VTL has chosen the permissions. */
static bool may_overlay(u8 vtl, u64 gpn)
{
	return may_protect(gpn) &&
	       !(pages_get(&want[vtl], gpn) & EPT_SW_PROTECTED);
}

static bool do_overlay(struct script *s)
{
	u8 vtl = script_u8(s) & 1;
	u64 gpn = read_gpn(s), nr_free = hv.pool.nr_free;
	bool ok;

	nr_batch = 1;
	batch[0] = overlay[vtl];
	before();
	ok = mem_overlay(vtl, gpn << PAGE_SHIFT);
	/* Page 0 means nowhere; a number too large is cut off. */
	gpn = gpn << PAGE_SHIFT >> PAGE_SHIFT;
	if (!ok) {
		EXPECT(gpn && (!may_overlay(vtl, gpn) ||
			       nr_free < EPT_PAGE_WORST));
		return after();
	}
	EXPECT(!gpn || may_overlay(vtl, gpn));
	overlaid[vtl] = gpn;
	overlay[vtl] = gpn;
	if (batch[0])
		expect_merged(vtl, batch[0]);
	return after();
}

static bool do_map_late(struct script *s)
{
	struct pcpu cpu = { .active_vtl = script_u8(s) % 8 == 0 };
	gpa_t gpa = read_gpn(s) << PAGE_SHIFT | (script_u8(s) & 0xff);
	u64 nr_free = hv.pool.nr_free;
	bool ok, may;

	nr_batch = 0;
	may = !cpu.active_vtl && gpa >= MACHINE_PHYSMAP_END &&
	      !(gpa >> MACHINE_PHYS_BITS);
	if (nr_late == LATE_MAX)
		return true;
	before();
	ok = mem_map_late(&cpu, gpa);
	EXPECT(may || !ok);
	EXPECT(ok || !may || nr_free < EPT_PAGE_WORST);
	if (ok && gpa >> PAGE_SHIFT >= MODEL_PAGES) {
		if (!beyond(gpa))
			late[nr_late++] = ALIGN_DOWN(gpa, SIZE_2M);
	} else if (ok && gpa >> PAGE_SHIFT >= END_GPN) {
		u64 first = ALIGN_DOWN(gpa, SIZE_2M) >> PAGE_SHIFT;

		for (u64 n = first; n < first + REGION_PAGES; n++)
			pages_set(&want[0], n, EPT_RWX | n << PAGE_SHIFT |
				  TYPE(machine_type(n)));
	}
	return after();
}

static bool may_access(u8 vtl, gpa_t gpa, u64 size, u64 need)
{
	u64 gpn = gpa >> PAGE_SHIFT;

	return gpa % PAGE_SIZE + size <= PAGE_SIZE && may_protect(gpn) &&
	       !(overlaid[vtl] && overlay[vtl] == gpn) &&
	       (visible(vtl, gpn) & need) == need;
}

static bool do_copy(struct script *s)
{
	struct pcpu cpu = { .active_vtl = script_u8(s) & 1 };
	gpa_t gpa = read_gpn(s) << PAGE_SHIFT | script_u16(s) % PAGE_SIZE;
	u32 size = 1 + script_u16(s) % 64;
	u8 data[64], back[64];
	bool can_read, can_write;

	can_read = may_access(cpu.active_vtl, gpa, size, EPT_R);
	can_write = may_access(cpu.active_vtl, gpa, size, EPT_R | EPT_W);
	memset(data, script_u8(s), sizeof(data));
	EXPECT(mem_copy_out(&cpu, gpa, data, size) == can_write);
	memset(back, 0x5a, sizeof(back));
	EXPECT(mem_copy_in(&cpu, gpa, back, size) == can_read);
	if (can_write)
		EXPECT(!memcmp(data, back, size));
	for (u32 i = can_read ? size : 0; i < sizeof(back); i++)
		EXPECT(back[i] == 0x5a);
	return true;
}

static bool set_up(struct script *s)
{
	u32 bits = script_u8(s);

	config.large_1g = bits & 1;
	config.mbec = bits & 2;
	config.mtrr = bits >> 2 & 3;
	/* Often as few as a change needs, so that the pool runs out. */
	config.pool_pages = 14 + (bits & 0x80 ? MACHINE_POOL_PAGES - 14 :
				  bits >> 4 & 7);
	while (!machine_init(&config))
		config.pool_pages++;
	EXPECT(config.pool_pages < 48 || bits & 0x80);
	start_pages();
	memset(overlaid, 0, sizeof(overlaid));
	memset(overlay, 0, sizeof(overlay));
	nr_late = 0;
	nr_batch = 0;
	seen.pool = &hv.pool;
	seen.pool_base = machine_pool();
	seen.pool_pages = config.pool_pages;
	memset(seen.place, 0, sizeof(seen.place));
	machine_flush = on_flush;
	before();
	return after();
}

bool mem_model_run(const u8 *data, size_t len)
{
	struct script s = { data, len, 0 };
	bool ok;

	expect_bad = false;
	ok = set_up(&s) && !expect_bad;

	while (ok && !script_done(&s)) {
		switch (script_u8(&s) % 8) {
		case 0:
		case 1:
		case 2:
			ok = do_protect(&s);
			break;
		case 3:
		case 4:
			ok = do_overlay(&s);
			break;
		case 5:
			ok = do_map_late(&s);
			break;
		default:
			ok = do_copy(&s);
			break;
		}
		ok &= !expect_bad;
		if (!ok)
			printf("# byte %zu of %zu\n", s.pos, len);
	}
	return ok;
}
