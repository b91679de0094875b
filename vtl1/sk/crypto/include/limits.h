/* SPDX-License-Identifier: GPL-2.0 */
/* As much of <limits.h> as Mbed TLS needs. */
#ifndef _VSM_SK_LIMITS_H
#define _VSM_SK_LIMITS_H

#define CHAR_BIT	__CHAR_BIT__
#define INT_MAX		__INT_MAX__
#define INT_MIN		(-INT_MAX - 1)
#define UINT_MAX	(2U * INT_MAX + 1)
#define LONG_MAX	__LONG_MAX__
#define ULONG_MAX	(2UL * LONG_MAX + 1)

#endif
