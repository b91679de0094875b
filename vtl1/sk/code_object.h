/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What VTL0's kernel has of text: each piece by its address, with the pages
 * that it is in, and what may change there.
 */
#ifndef _VSM_SK_CODE_OBJECT_H
#define _VSM_SK_CODE_OBJECT_H

#include "../ci/module.h"
#include "../ci/sites.h"
#include "sk.h"

enum code_object_kind {
	CODE_OBJECT_FOUND,	/* executable at the start, not verified */
	CODE_OBJECT_KERNEL,
	CODE_OBJECT_MODULE,
	CODE_OBJECT_INIT,	/* of a module, until it is initialised */
};

struct code_object {
	char name[56];
	u8 kind;		/* enum code_object_kind */
	u64 base;		/* page aligned */
	u64 size;
	u32 *pfn;		/* where each page is */
	u32 nr_pages;
	struct ci_sites sites;	/* those that change; nr is 0 without any */
};

struct code_object_totals {
	u32 objects;
	u32 found;		/* of which nobody has verified */
	u64 pages;
	u64 found_pages;
	u64 table_bytes;	/* sites, exports, page numbers */
};

/*
 * The registry.  It is changed, and the pointers that it gives are good, only
 * with code_lock held.
 */
bool code_object_setup(void);
void code_object_destroy_all(void);

/* NULL: no memory.  code_object_free() also frees its tables. */
struct code_object *code_object_alloc(enum code_object_kind kind,
				      const char *name, u64 base, u64 size);
void code_object_free(struct code_object *o);

/*
 * Takes @o over; what was only found there before makes room.  False: no room
 * in the registry, or another object has some of the addresses.
 */
bool code_object_add(struct code_object *o);
/* Takes it out; the caller frees it. */
void code_object_remove(struct code_object *o);
/* Takes out and frees what was found and whose first page is @gone(). */
void code_object_sweep(bool (*gone)(u64 gpa));

struct code_object *code_object_at(u64 va);		/* NULL: none */
struct code_object *code_object_next(u64 va);	/* ends behind @va */
/* Our address of the byte at @va, which is the object's. */
u8 *code_object_byte(const struct code_object *o, u64 va);
void code_object_read(const struct code_object *o, u64 va, u8 *buf, u32 len);
/*
 * Does a function begin at @va?  Known from the tracer's table or an ENDBR; of
 * what was only found, any address may be one.
 */
bool code_object_begins(const struct code_object *o, u64 va);

/* Where a page is of what was only found; 0: it is none. */
u64 code_object_found(u64 gpa);
/* Is it a page of text that was verified? */
bool code_object_owns(u64 gpa);

/* These lock for themselves; also with code_lock held. */
bool code_object_text(u64 va);		/* is @va text of any object? */
bool code_object_verified(u64 va);	/* of one that was verified? */
bool code_object_function(u64 va);	/* and may a function begin there? */
void code_object_totals(struct code_object_totals *ret);

#endif /* _VSM_SK_CODE_OBJECT_H */
