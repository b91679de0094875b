/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _VSM_CI_SHIM_BYTEORDER_H
#define _VSM_CI_SHIM_BYTEORDER_H

#ifndef __LITTLE_ENDIAN
#define __LITTLE_ENDIAN	1234
#endif

#endif /* _VSM_CI_SHIM_BYTEORDER_H */
