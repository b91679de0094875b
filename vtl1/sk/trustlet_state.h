/* SPDX-License-Identifier: GPL-2.0 */
/* What the files that make up trustlets share. */
#ifndef _VSM_SK_TRUSTLET_STATE_H
#define _VSM_SK_TRUSTLET_STATE_H

#include <vsm/trustlet.h>

#include "elf.h"
#include "paging.h"
#include "trustlet.h"
#include "vp.h"

struct trustlet {
	u64 handle;
	bool busy;		/* trustlet_lock: a thread works on it */
	struct aspace as;
	u64 entry;
	u64 room;		/* of the call under way */
	s64 result;		/* of VSM_SYS_RETURN */
	u64 answer;		/* bytes of answer */
	u64 audit;		/* VSM_S_* that audit mode let pass */
	struct vsm_trustlet_identity id;
};

/* load.c: fill a new address space; VSM_S_* */
u64 trustlet_load(struct trustlet *t, const struct elf_image *image,
		  const u8 *file);

/* Run in ring 3 until VSM_SYS_RETURN; VSM_S_*.  On a thread. */
u64 trustlet_run(struct trustlet *t, u64 why, u64 bytes, u64 room);

#endif /* _VSM_SK_TRUSTLET_STATE_H */
