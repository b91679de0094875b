/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _VSM_CI_SHIM_ERRNO_H
#define _VSM_CI_SHIM_ERRNO_H

#define EINVAL	22
#define ENODATA	61

#endif /* _VSM_CI_SHIM_ERRNO_H */
