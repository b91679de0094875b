/* SPDX-License-Identifier: GPL-2.0 */
/* As much of <stdio.h> as Mbed TLS needs. */
#ifndef _VSM_SK_STDIO_H
#define _VSM_SK_STDIO_H

#include <vsm/printf.h>

typedef struct sk_file FILE;

#endif
