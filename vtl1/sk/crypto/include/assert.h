/* SPDX-License-Identifier: GPL-2.0 */
/* As much of <assert.h> as Mbed TLS needs. */
#ifndef _VSM_SK_ASSERT_H
#define _VSM_SK_ASSERT_H

#include <vsm/types.h>

#define assert(cond)	((void)sizeof(cond))

#endif
