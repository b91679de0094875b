/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where our CPUID leaves are among those of outer hypervisors.  Also compiled
 * for the host, where it is tested.
 */
#ifndef _VSM_KERNEL_CPUID_BASE_H
#define _VSM_KERNEL_CPUID_BASE_H

#include "../uapi/vsm/vtl.h"

#define VSM_CPUID_RANGES	16

/*
 * Ours come after all others, which may look the same: an outer Hyper-V, or
 * one that stands for it.  0: there are none.
 */
static inline __u32 vsm_cpuid_base(void (*read)(__u32 leaf, __u32 r[4]))
{
	__u32 base = HV_CPUID_BASE, found = 0, i, r[4];

	for (i = 0; i < VSM_CPUID_RANGES; i++, base += HV_CPUID_STRIDE) {
		read(base, r);
		if (r[1] != HV_CPUID_SIGNATURE_EBX ||
		    r[2] != HV_CPUID_SIGNATURE_ECX ||
		    r[3] != HV_CPUID_SIGNATURE_EDX)
			continue;
		read(base + HV_CPUID_INTERFACE, r);
		if (r[0] != HV_CPUID_INTERFACE_EAX)
			continue;
		read(base + HV_CPUID_FEATURES, r);
		if (r[1] & HV_ACCESS_VSM)
			found = base;
	}
	return found;
}

#endif /* _VSM_KERNEL_CPUID_BASE_H */
