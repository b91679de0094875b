/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Protection masks of a VTL: which are legal, and what an EPT entry makes of
 * them.  Pure; also compiled for the host, where it is tested.  Source: TLFS,
 * "HvCallModifyVtlProtectionMask", "VSM Memory Protections".
 */
#ifndef _VSM_HV_MASK_H
#define _VSM_HV_MASK_H

#include <linux/types.h>
#include <vsm/hvcall.h>

#include "ept.h"

/* KX and UX must agree without MBEC; anything needs R; KX needs UX. */
static inline bool mask_legal(u32 flags, bool mbec)
{
	bool kx = flags & HV_MAP_GPA_KERNEL_EXECUTABLE;
	bool ux = flags & HV_MAP_GPA_USER_EXECUTABLE;

	if (flags & ~HV_MAP_GPA_PERMISSIONS_MASK)
		return false;
	if (flags && !(flags & HV_MAP_GPA_READABLE))
		return false;
	if (kx && !ux)
		return false;
	return mbec || kx == ux;
}

static inline u64 mask_to_ept(u32 flags)
{
	u64 entry = 0;

	if (flags & HV_MAP_GPA_READABLE)
		entry |= EPT_R;
	if (flags & HV_MAP_GPA_WRITABLE)
		entry |= EPT_W;
	if (flags & HV_MAP_GPA_KERNEL_EXECUTABLE)
		entry |= EPT_X;
	/* Without MBEC both flags are equal, and X alone decides. */
	if (flags & HV_MAP_GPA_USER_EXECUTABLE)
		entry |= EPT_XU;
	return entry;
}

#endif /* _VSM_HV_MASK_H */
