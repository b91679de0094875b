/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernel's instruction decoder needs of its own headers. */
#ifndef _VSM_CI_SHIM_KERNEL_H
#define _VSM_CI_SHIM_KERNEL_H

#include <vsm/types.h>

#define le16_to_cpu(x)	(x)
#define le32_to_cpu(x)	(x)
#define BUILD_BUG()	__builtin_unreachable()

#endif /* _VSM_CI_SHIM_KERNEL_H */
