/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Included before every source of the hypervisor that is compiled for the
 * host: its address space moves to where a process may map memory.
 */
#ifndef _VSM_HV_HOST_H
#define _VSM_HV_HOST_H

#include <linux/types.h>

#include "../../../kernel/hv/boot.h"

#undef HV_BASE
#undef HV_PHYSMAP
#define HV_BASE			0x200000000000
#define HV_PHYSMAP		0x280000000000

#endif /* _VSM_HV_HOST_H */
