// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's relocation tables: behind the ELF file, each begun by a zero.
 * Must never change bytes that no table names.
 *
 * Source: handle_relocations() of arch/x86/boot/compressed/misc.c.
 */
#include <vsm/string.h>

#include "bytes.h"
#include "vmlinux.h"

#define ENTRY	sizeof(u32)
#define BLOCK	512

/* From @end backwards to the zero that begins a table. */
static enum ci_error find_zero(const struct ci_vmlinux *v, u64 end,
			       u64 *ret_zero)
{
	u64 size = v->source->size, off = end;
	u8 block[BLOCK];
	enum ci_error err;
	u32 len, i;

	/* No table is larger than one entry for 8 bytes of the file. */
	while (off >= ENTRY && end - off < size / 2) {
		len = MIN(off / ENTRY * ENTRY, (u64)BLOCK);
		off -= len;
		err = ci_source_read(v->source, off, block, len);
		if (err)
			return err;
		for (i = len; i; i -= ENTRY)
			if (!ci_get32(block + i - ENTRY)) {
				*ret_zero = off + i - ENTRY;
				return CI_OK;
			}
	}
	return CI_RELOC_TABLES;
}

enum ci_error ci_kaslr_open(struct ci_vmlinux *v)
{
	u64 end = v->source->size, zero;
	enum ci_error err;
	u32 kind;

	for (kind = CI_RELOC_KINDS; kind-- > 0;) {
		err = find_zero(v, end, &zero);
		if (err)
			return err;
		v->reloc[kind].off = zero + ENTRY;
		v->reloc[kind].end = end;
		end = zero;
	}
	return CI_OK;
}

static void relocate(u8 *at, enum ci_reloc_kind kind, u64 delta)
{
	if (kind == CI_RELOC_64)
		ci_put64(at, ci_get64(at) + delta);
	else if (kind == CI_RELOC_32)
		ci_put32(at, ci_get32(at) + delta);
	else
		ci_put32(at, ci_get32(at) - delta);
}

static enum ci_error apply(const struct ci_vmlinux *v, enum ci_reloc_kind kind,
			   u64 *pos, u64 delta, u64 va, u8 *bytes, u64 len)
{
	const struct ci_reloc_table *table = &v->reloc[kind];
	u64 field = kind == CI_RELOC_64 ? 8 : 4, left, target, last = 0;
	u8 block[BLOCK];
	enum ci_error err;
	u32 n, i;

	while (table->off + *pos < table->end) {
		left = table->end - table->off - *pos;
		n = MIN(left, (u64)BLOCK);
		err = ci_source_read(v->source, table->off + *pos, block, n);
		if (err)
			return err;
		for (i = 0; i + ENTRY <= n; i += ENTRY) {
			target = (u64)(s64)ci_gets32(block + i);
			if (target < last)
				return CI_RELOC_ORDER;
			last = target;
			if (target + field > va + len)
				return CI_OK;
			if (target >= va)
				relocate(bytes + (target - va), kind, delta);
			*pos += ENTRY;
		}
		if (n < ENTRY)
			return CI_RELOC_TABLES;
	}
	return CI_OK;
}

enum ci_error ci_kaslr_apply(const struct ci_vmlinux *v,
			     u64 pos[CI_RELOC_KINDS], u64 delta, u64 va,
			     u8 *bytes, u64 len)
{
	enum ci_error err = CI_OK;
	u32 kind;

	for (kind = 0; kind < CI_RELOC_KINDS && !err; kind++)
		err = apply(v, kind, &pos[kind], delta, va, bytes, len);
	return err;
}
