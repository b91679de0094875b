// SPDX-License-Identifier: GPL-2.0
/*
 * The registry of VTL0's text.  Must never say that an address is text of an
 * object that is not in it, nor hold its lock for longer than a search.
 */
#include "../ci/bytes.h"
#include "code.h"
#include "code_export.h"
#include "code_object.h"
#include "code_patch.h"

#define OBJECTS_MAX	1024

#define ENDBR64		0xfa1e0ff3
#define ENDBR_SEALED	0x001f0f66

/*
 * Innermost: nothing is called with it held.  It guards the array against
 * readers that do not have code_lock; who changes it has both.
 */
static struct spinlock object_lock;
static struct code_object **objects;	/* sorted by address */
static u32 nr_objects;

bool code_object_setup(void)
{
	if (!objects)
		objects = sk_calloc(OBJECTS_MAX, sizeof(*objects));
	return objects;
}

struct code_object *code_object_alloc(enum code_object_kind kind,
				      const char *name, u64 base, u64 size)
{
	struct code_object *o;

	if (!IS_ALIGNED(base, PAGE_SIZE) || !size || base + size < base ||
	    size > SIZE_1G)
		return NULL;
	o = sk_calloc(1, sizeof(*o));
	if (!o)
		return NULL;
	o->kind = kind;
	o->base = base;
	o->size = size;
	o->nr_pages = ALIGN(size, PAGE_SIZE) >> PAGE_SHIFT;
	o->pfn = sk_calloc(o->nr_pages, sizeof(*o->pfn));
	if (!o->pfn) {
		sk_free(o);
		return NULL;
	}
	memcpy(o->name, name, strnlen(name, sizeof(o->name) - 1));
	return o;
}

void code_object_free(struct code_object *o)
{
	if (!o)
		return;
	sk_free(o->sites.entry);
	sk_free(o->pfn);
	sk_free(o);
}

/* Number of the first object that ends behind @va. */
static u32 first_at(u64 va)
{
	u32 low = 0, high = nr_objects, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (objects[mid]->base + objects[mid]->size <= va)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

struct code_object *code_object_next(u64 va)
{
	u32 i = first_at(va);

	return i < nr_objects ? objects[i] : NULL;
}

struct code_object *code_object_at(u64 va)
{
	struct code_object *o = code_object_next(va);

	return o && va >= o->base ? o : NULL;
}

static void take_out_locked(u32 i)
{
	nr_objects--;
	memmove(&objects[i], &objects[i + 1],
		(nr_objects - i) * sizeof(*objects));
}

void code_object_remove(struct code_object *o)
{
	u64 flags = sk_lock(&object_lock);
	u32 i = first_at(o->base);

	if (i < nr_objects && objects[i] == o)
		take_out_locked(i);
	sk_unlock(&object_lock, flags);
	code_patch_forget(o->base, o->size);
}

/* What was found and lies partly in @o keeps the part before or behind. */
static void trim(struct code_object *found, const struct code_object *o)
{
	u64 end = o->base + o->size, cut;

	if (found->base < o->base) {
		found->size = o->base - found->base;
		found->nr_pages = found->size >> PAGE_SHIFT;
		return;
	}
	cut = (ALIGN(end, PAGE_SIZE) - found->base) >> PAGE_SHIFT;
	found->nr_pages -= cut;
	memmove(found->pfn, found->pfn + cut,
		found->nr_pages * sizeof(*found->pfn));
	found->base += cut << PAGE_SHIFT;
	found->size -= cut << PAGE_SHIFT;
}

static bool free_of_verified(const struct code_object *o)
{
	u32 i;

	for (i = first_at(o->base); i < nr_objects &&
	     objects[i]->base < o->base + o->size; i++)
		if (objects[i]->kind != CODE_OBJECT_FOUND)
			return false;
	return true;
}

static bool lies_in(const struct code_object *a, const struct code_object *b)
{
	return a->base >= b->base &&
	       a->base + a->size <= ALIGN(b->base + b->size, PAGE_SIZE);
}

static bool overlap(const struct code_object *a, const struct code_object *b)
{
	return a->base < b->base + b->size && b->base < a->base + a->size;
}

/* One of those found that are replaced, taken out to be freed; or NULL. */
static struct code_object *make_room_locked(const struct code_object *o)
{
	struct code_object *found;
	u32 i;

	for (i = first_at(o->base); i < nr_objects &&
	     objects[i]->base < o->base + o->size; i++) {
		found = objects[i];
		if (lies_in(found, o)) {
			take_out_locked(i);
			return found;
		}
		if (overlap(found, o))
			trim(found, o);
	}
	return NULL;
}

bool code_object_add(struct code_object *o)
{
	struct code_object *old;
	u64 flags;
	u32 i;

	if (nr_objects == OBJECTS_MAX || !free_of_verified(o))
		return false;
	flags = sk_lock(&object_lock);
	while ((old = make_room_locked(o))) {
		sk_unlock(&object_lock, flags);
		code_object_free(old);
		flags = sk_lock(&object_lock);
	}
	i = first_at(o->base);
	memmove(&objects[i + 1], &objects[i],
		(nr_objects - i) * sizeof(*objects));
	objects[i] = o;
	nr_objects++;
	sk_unlock(&object_lock, flags);
	return true;
}

void code_object_sweep(bool (*gone)(u64 gpa))
{
	struct code_object *o;
	u32 i = 0;

	while (i < nr_objects) {
		o = objects[i];
		if (o->kind != CODE_OBJECT_FOUND ||
		    !gone((u64)o->pfn[0] << PAGE_SHIFT)) {
			i++;
			continue;
		}
		code_object_remove(o);
		code_object_free(o);
	}
}

void code_object_destroy_all(void)
{
	struct code_object *o;

	while (nr_objects) {
		o = objects[nr_objects - 1];
		code_object_remove(o);
		code_object_free(o);
	}
	sk_free(objects);
	objects = NULL;
}

u8 *code_object_byte(const struct code_object *o, u64 va)
{
	u64 off = va - o->base;

	return (u8 *)pa_va((u64)o->pfn[off >> PAGE_SHIFT] << PAGE_SHIFT) +
	       off % PAGE_SIZE;
}

u64 code_object_found(u64 gpa)
{
	const struct code_object *o;
	u32 i, k;

	for (i = 0; i < nr_objects; i++) {
		o = objects[i];
		for (k = 0; o->kind == CODE_OBJECT_FOUND && k < o->nr_pages;
		     k++)
			if (o->pfn[k] == gpa >> PAGE_SHIFT)
				return o->base + k * PAGE_SIZE;
	}
	return 0;
}

bool code_object_owns(u64 gpa)
{
	const struct code_object *o;
	u32 i, k;

	for (i = 0; i < nr_objects; i++) {
		o = objects[i];
		for (k = 0; o->kind != CODE_OBJECT_FOUND && k < o->nr_pages;
		     k++)
			if (o->pfn[k] == gpa >> PAGE_SHIFT)
				return true;
	}
	return false;
}

void code_object_read(const struct code_object *o, u64 va, u8 *buf, u32 len)
{
	u32 n;

	for (; len; len -= n, va += n, buf += n) {
		n = MIN((u64)len, PAGE_SIZE - va % PAGE_SIZE);
		memcpy(buf, code_object_byte(o, va), n);
	}
}

static bool is_traced(const struct ci_sites *sites, u64 va)
{
	u32 i = ci_sites_first(sites, va);
	struct ci_site site;

	for (; i < sites->nr; i++) {
		site = ci_sites_get(sites, i);
		if (site.va != va)
			break;
		if (site.kind == CI_SITE_MCOUNT)
			return true;
	}
	return false;
}

bool code_object_begins(const struct code_object *o, u64 va)
{
	u32 first;

	if (o->kind == CODE_OBJECT_FOUND || !o->sites.nr)
		return true;
	if (is_traced(&o->sites, va) || is_traced(&o->sites, va + 4))
		return true;
	if (va % PAGE_SIZE > PAGE_SIZE - 4 || va - o->base > o->size - 4)
		return false;
	first = ci_get32(code_object_byte(o, va));
	return first == ENDBR64 || first == ENDBR_SEALED;
}

bool code_object_text(u64 va)
{
	u64 flags = sk_lock(&object_lock);
	bool found = code_object_at(va);

	sk_unlock(&object_lock, flags);
	return found;
}

bool code_object_verified(u64 va)
{
	u64 flags = sk_lock(&object_lock);
	const struct code_object *o = code_object_at(va);
	bool found = o && o->kind != CODE_OBJECT_FOUND;

	sk_unlock(&object_lock, flags);
	return found;
}

bool code_object_function(u64 va)
{
	u64 flags = sk_lock(&object_lock);
	const struct code_object *o = code_object_at(va);
	bool found = o && code_object_begins(o, va);

	sk_unlock(&object_lock, flags);
	return found;
}

void code_object_totals(struct code_object_totals *ret)
{
	u64 flags = sk_lock(&object_lock);
	const struct code_object *o;
	u32 i;

	*ret = (struct code_object_totals){ .objects = nr_objects };
	for (i = 0; i < nr_objects; i++) {
		o = objects[i];
		ret->pages += o->nr_pages;
		if (o->kind == CODE_OBJECT_FOUND) {
			ret->found++;
			ret->found_pages += o->nr_pages;
		}
		ret->table_bytes += sizeof(*o) + o->nr_pages * sizeof(*o->pfn) +
			o->sites.max * sizeof(u64);
	}
	sk_unlock(&object_lock, flags);
	ret->table_bytes += code_exports_bytes();
}
