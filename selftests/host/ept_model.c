// SPDX-License-Identifier: GPL-2.0
/*
 * kernel/hv/ept.c against a flat array of pages: after each operation of a
 * script, all tables are read back.  Must never ask the code under test what
 * the right answer is.
 */
#include <stdlib.h>
#include <string.h>

#include "audit.h"
#include "ept_model.h"

#define POOL_PAGES	48
#define POOL_PA		0x7654321000ULL

static u64 pool_page[POOL_PAGES][PAGE_SIZE / 8] __aligned(PAGE_SIZE);
static struct ept_pool pool;
static struct ept ept;
static struct pages want;
static struct audit seen = { .pool = &pool, .pool_base = (u8 *)pool_page };
static struct audit now;

spa_t hv_pa(const void *va)
{
	u64 off = (u64)va - (u64)pool_page;

	if (off >= sizeof(pool_page))
		abort();
	return POOL_PA + off;
}

void *hv_pool_va(spa_t pa)
{
	if (pa - POOL_PA >= sizeof(pool_page))
		abort();
	return (u8 *)pool_page + (pa - POOL_PA);
}

#define WB		(6ULL << EPT_TYPE_SHIFT)

static const u64 some_flags[] = {
	EPT_RWX | WB, EPT_R | EPT_W | WB, EPT_R | WB, EPT_R | EPT_X | WB,
	EPT_R | EPT_XU | WB, EPT_R | EPT_X | EPT_XU | WB, EPT_RWX,
	EPT_RWX | WB | EPT_SW_PROTECTED, EPT_R | WB | EPT_SW_PROTECTED,
	EPT_R | WB | EPT_SW_HV, 0, EPT_SW_PROTECTED, EPT_SW_HV,
	EPT_SW_PROTECTED | EPT_SW_HV, EPT_RWX | WB, EPT_RWX | WB,
};

/* First pages of places where something changes: edges of each size. */
static const u32 some_gpns[] = {
	0, 0x200, 0x3fe00, 0x40000, 0x40200, 0x7fe00, 0x80000, 0xbfe00,
};

static const u32 some_sizes[] = {
	1, 2, 3, 0x1ff, 0x200, 0x201, 0x400, 0x40000, 0x40200, 0x3ff, 0x1fe00,
};

static u64 read_flags(struct script *s)
{
	return some_flags[script_u8(s) % ARRAY_SIZE(some_flags)];
}

static u64 read_gpn(struct script *s)
{
	u64 gpn = some_gpns[script_u8(s) % ARRAY_SIZE(some_gpns)];
	u32 off = script_u8(s);

	/* Few pages often, all of a region now and then. */
	if (off & 0x80)
		return gpn + (off & 3) * 0x1ff / 3;
	return gpn + (off & 0x40 ? script_u8(s) * 2 + (off & 1) : off & 7);
}

static u64 entry_now(u64 gpn)
{
	u64 size, entry = ept_lookup(&ept, gpn << PAGE_SHIFT, &size);

	if (size > PAGE_SIZE)
		entry &= ~(u64)EPT_LARGE;
	if ((entry & EPT_PRESENT) && size > PAGE_SIZE)
		entry += (gpn << PAGE_SHIFT) & (size - 1);
	return entry;
}

static bool audit(void)
{
	audit_begin(&now);
	return audit_ept(&now, &ept, &want) && audit_pool(&now);
}

/* No flush since @seen: its tables may still be walked. */
static bool audit_unflushed(void)
{
	if (!audit() || !audit_no_reuse(&seen, &now))
		return false;
	seen = now;
	return true;
}

static bool do_map(struct script *s)
{
	u64 gpn = read_gpn(s), nr = some_sizes[script_u8(s) %
					       ARRAY_SIZE(some_sizes)];
	u64 flags = read_flags(s), done;

	nr = MIN(nr, MODEL_PAGES - gpn);
	if (ept_map(&ept, gpn << PAGE_SHIFT, nr << PAGE_SHIFT, flags)) {
		pages_map(&want, gpn, nr, flags);
		return audit_unflushed();
	}
	/* The pool ran out: a first part is done, the rest is as before. */
	EXPECT(!pool.nr_free);
	for (done = 0; done < nr; done++)
		if (entry_now(gpn + done) != page_of_flags(gpn + done, flags))
			break;
	pages_map(&want, gpn, done, flags);
	return audit_unflushed();
}

static bool do_set_page(struct script *s)
{
	u64 gpn = read_gpn(s), flags = read_flags(s);
	u64 entry = page_of_flags(gpn, flags);
	u64 need = audit_level(&ept, gpn << PAGE_SHIFT);
	bool room = pool.nr_free >= need;

	/* Another page shown there. */
	if (script_u8(s) & 1 && flags & EPT_PRESENT)
		entry ^= 0x123000ULL;
	EXPECT(ept_set_page(&ept, gpn << PAGE_SHIFT, entry) == room);
	if (room)
		pages_set(&want, gpn, entry);
	return audit_unflushed();
}

/* All of the region is one leaf or hole to the processor. */
static bool uniform(u64 gpn)
{
	u64 first = pages_get(&want, gpn);

	if (first & EPT_PRESENT && (first & EPT_ADDR_MASK) % SIZE_2M)
		return false;
	for (u64 i = 0; i < REGION_PAGES; i++)
		if (pages_get(&want, gpn + i) !=
		    first + (first & EPT_PRESENT ? i << PAGE_SHIFT : 0))
			return false;
	return true;
}

static bool do_merge(struct script *s)
{
	u64 gpn = read_gpn(s);
	int level = audit_level(&ept, gpn << PAGE_SHIFT);
	bool fold = !level && uniform(ALIGN_DOWN(gpn, REGION_PAGES));

	ept_merge(&ept, gpn << PAGE_SHIFT);
	EXPECT(audit_level(&ept, gpn << PAGE_SHIFT) == level + fold);
	return audit_unflushed();
}

/* A whole region shows another one, or its own pages one further. */
static bool do_shift(struct script *s)
{
	u64 gpn = ALIGN_DOWN(read_gpn(s), REGION_PAGES), flags = read_flags(s);
	u64 by = script_u8(s) & 1 ? 1 : REGION_PAGES;
	u64 need = audit_level(&ept, gpn << PAGE_SHIFT);

	if (!(flags & EPT_PRESENT) || pool.nr_free < need)
		return true;
	for (u64 i = 0; i < REGION_PAGES; i++) {
		u64 entry = page_of_flags(gpn + i + by, flags);

		EXPECT(ept_set_page(&ept, (gpn + i) << PAGE_SHIFT, entry));
		pages_set(&want, gpn + i, entry);
	}
	ept_merge(&ept, gpn << PAGE_SHIFT);
	EXPECT(audit_level(&ept, gpn << PAGE_SHIFT) == (by != 1));
	return audit_unflushed();
}

static bool do_flush(void)
{
	u64 nr = pool.nr_free;

	for (u32 i = 0; i < seen.pool_pages; i++)
		nr += seen.place[i].kind == AUDIT_DEFERRED;
	ept_pool_flushed(&pool);
	EXPECT(pool.nr_free == nr && !pool.deferred);
	if (!audit())
		return false;
	seen = now;
	return true;
}

static bool do_lookup(struct script *s)
{
	u64 gpn = read_gpn(s), size;

	ept_lookup(&ept, gpn << PAGE_SHIFT, &size);
	EXPECT(size == PAGE_SIZE << 9 * audit_level(&ept, gpn << PAGE_SHIFT));
	EXPECT(entry_now(gpn) == pages_get(&want, gpn));
	return true;
}

static bool set_up(struct script *s)
{
	u32 config = script_u8(s);

	/* Rubbish, so that what is not initialised shows. */
	memset(pool_page, 0xa5, sizeof(pool_page));
	memset(&pool, 0, sizeof(pool));
	seen.pool_pages = 1 + script_u8(s) % POOL_PAGES;
	now = seen;
	EXPECT(!ept_init(&ept, &pool, true));
	for (u32 i = 0; i < seen.pool_pages; i++)
		ept_pool_add(&pool, pool_page[i]);
	EXPECT(ept_init(&ept, &pool, config & 1));
	pages_map(&want, 0, MODEL_PAGES, 0);
	if (!audit())
		return false;
	seen = now;
	return true;
}

bool ept_model_run(const u8 *data, size_t len)
{
	struct script s = { data, len, 0 };
	bool ok;

	expect_bad = false;
	ok = set_up(&s) && !expect_bad;

	while (ok && !script_done(&s)) {
		switch (script_u8(&s) % 16) {
		case 0 ... 3:
			ok = do_map(&s);
			break;
		case 4 ... 8:
			ok = do_set_page(&s);
			break;
		case 9 ... 11:
			ok = do_merge(&s);
			break;
		case 12:
			ok = do_shift(&s);
			break;
		case 13:
		case 14:
			ok = do_flush();
			break;
		default:
			ok = do_lookup(&s);
			break;
		}
		ok &= !expect_bad;
		if (!ok)
			printf("# byte %zu of %zu\n", s.pos, len);
	}
	return ok;
}
