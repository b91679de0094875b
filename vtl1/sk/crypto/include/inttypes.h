/* SPDX-License-Identifier: GPL-2.0 */
/* As much of <inttypes.h> as Mbed TLS needs. */
#ifndef _VSM_SK_INTTYPES_H
#define _VSM_SK_INTTYPES_H

#include <stdint.h>

#define PRId64		"ld"

#endif
