/* SPDX-License-Identifier: GPL-2.0 */
/* As much of <time.h> as Mbed TLS needs. */
#ifndef _VSM_SK_TIME_H
#define _VSM_SK_TIME_H

#include <stddef.h>

struct tm {
	int tm_sec;
	int tm_min;
	int tm_hour;
	int tm_mday;
	int tm_mon;		/* 0..11 */
	int tm_year;		/* since 1900 */
	int tm_wday;
	int tm_yday;
	int tm_isdst;
};

#endif
