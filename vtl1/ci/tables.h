/* SPDX-License-Identifier: GPL-2.0 */
/* The tables of patch sites as Linux's build makes them. */
#ifndef _VSM_CI_TABLES_H
#define _VSM_CI_TABLES_H

#include "bytes.h"
#include "patch.h"

/* Entries from @va on, @nr of them at @bytes. */
struct ci_table {
	u64 va;
	const u8 *bytes;
	u64 nr;
};

/* struct jump_entry */
struct ci_jump {
	u64 site;
	u64 target;
};

/* struct static_call_site; the key's low bits are CI_STATIC_CALL_* */
struct ci_call {
	u64 site;
	u64 key;
};

#define CI_JUMP_SIZE	16
#define CI_CALL_SIZE	8

#define CI_KEY_PREFIX	"__SCK__"
#define CI_TRAMP_PREFIX	"__SCT__"
#define CI_PREFIX_LEN	7

/* Displacements are from where they are stored. */
static inline u64 ci_table_rel32(const struct ci_table *t, u64 i)
{
	return ci_rel32(t->va + i * 4, t->bytes + i * 4);
}

static inline void ci_table_alt(const struct ci_table *t, u64 i,
				struct ci_alt *alt)
{
	ci_alt_read(alt, t->va + i * CI_ALT_SIZE, t->bytes + i * CI_ALT_SIZE);
}

static inline void ci_table_jump(const struct ci_table *t, u64 i,
				 struct ci_jump *jump)
{
	u64 at = i * CI_JUMP_SIZE;

	jump->site = ci_rel32(t->va + at, t->bytes + at);
	jump->target = ci_rel32(t->va + at + 4, t->bytes + at + 4);
}

static inline void ci_table_call(const struct ci_table *t, u64 i,
				 struct ci_call *call)
{
	u64 at = i * CI_CALL_SIZE;

	call->site = ci_rel32(t->va + at, t->bytes + at);
	call->key = ci_rel32(t->va + at + 4, t->bytes + at + 4);
}

#endif /* _VSM_CI_TABLES_H */
