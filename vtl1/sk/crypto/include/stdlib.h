/* SPDX-License-Identifier: GPL-2.0 */
/* As much of <stdlib.h> as Mbed TLS needs. */
#ifndef _VSM_SK_STDLIB_H
#define _VSM_SK_STDLIB_H

#include <stddef.h>

#endif
