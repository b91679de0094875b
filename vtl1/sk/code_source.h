/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A file that stays in VTL0's memory, where it may change at any time: its
 * content is what it was when it was hashed, or it cannot be read.
 */
#ifndef _VSM_SK_CODE_SOURCE_H
#define _VSM_SK_CODE_SOURCE_H

#include "../ci/source.h"

#define CODE_CHUNK	65536
#define CODE_SLOTS	8
#define CODE_HASH	32

struct code_source {
	struct ci_source source;
	/* Page @i of the file, which somebody else may write to. */
	const void *(*page)(void *ctx, u32 i);
	void *ctx;
	u8 (*hash)[CODE_HASH];	/* of each chunk */
	u32 nr;
	u8 digest[CODE_HASH];	/* of the hashes: "payload digest" */
	struct code_slot {
		u8 *data;
		u32 chunk;
		u64 used;	/* when; 0: empty */
	} slot[CODE_SLOTS];
	u64 uses;
	u64 loads;		/* chunks hashed again */
};

/* Hashes all of it.  False: no memory. */
bool code_source_open(struct code_source *s, u64 size,
		      const void *(*page)(void *ctx, u32 i), void *ctx);
void code_source_close(struct code_source *s);

#endif /* _VSM_SK_CODE_SOURCE_H */
