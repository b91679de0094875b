/* SPDX-License-Identifier: GPL-2.0 */
/* As much of <string.h> as Mbed TLS needs. */
#ifndef _VSM_SK_STRING_H
#define _VSM_SK_STRING_H

#include <vsm/string.h>

#endif
