/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What Linux makes of a probed instruction elsewhere: a slot, where a copy of it
 * is executed, and a detour, to which a jump in its place leads.
 */
#ifndef _VSM_CI_SLOT_H
#define _VSM_CI_SLOT_H

#include <vsm/types.h>

#define CI_INSN_MAX	15
#define CI_SLOT_SIZE	CI_INSN_MAX

/* What a jump is written over: instructions that begin in its five bytes. */
#define CI_PROBED_MAX	(CI_INSN_MAX + 4)

#define CI_TEMPLATE_MAX	192
#define CI_DETOUR_MAX	(CI_TEMPLATE_MAX + CI_PROBED_MAX + 5)

/* Text as it is without probes; the one at @va is the first of its bytes. */
struct ci_probed {
	u64 va;
	u32 len;		/* what there is of them */
	u8 bytes[CI_PROBED_MAX];
};

/* What all detours of a kernel begin with, as it is on this processor. */
struct ci_detour {
	u64 callback;		/* what they call */
	u32 len;		/* 0: this kernel has none */
	u32 val;		/* offset of: mov $probe, %rdi */
	u32 call;
	u8 bytes[CI_TEMPLATE_MAX];
};

/* Offsets in the template, of which @bytes are the file's. */
bool ci_detour_init(struct ci_detour *d, const u8 *bytes, u32 len, u32 clac,
		    u32 val, u32 call, u64 callback, bool smap);

/* How far apart Linux has them in a page. */
static inline u32 ci_detour_size(const struct ci_detour *d)
{
	return d->len + CI_PROBED_MAX + 5;
}

/* Of a relative branch: Linux does what it does, and never executes its slot. */
bool ci_slot_is_branch(const struct ci_probed *p);

/*
 * Are @bytes what Linux writes to the slot at @slot?  Then @image is what
 * executes as these do: without what never does.
 */
bool ci_slot_valid(const struct ci_probed *p, u64 slot, const u8 *bytes,
		   u32 len, u8 image[CI_SLOT_SIZE]);

/* The address that a detour of @len bytes says it is for. */
u64 ci_detour_probed(const struct ci_detour *d, u64 slot, const u8 *bytes,
		     u32 len);

/*
 * How many of @bytes are a detour of @p at @slot, 0: they are none.  At least
 * ci_detour_size() of them can be read.
 */
u32 ci_detour_valid(const struct ci_detour *d, const struct ci_probed *p,
		    u64 slot, const u8 *bytes);

#endif /* _VSM_CI_SLOT_H */
