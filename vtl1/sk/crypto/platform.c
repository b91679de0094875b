// SPDX-License-Identifier: GPL-2.0
/*
 * What Mbed TLS needs of a platform: time of day, taken apart.
 * Must never read a clock that VTL0 can set.
 */
#include <mbedtls/platform_time.h>
#include <mbedtls/platform_util.h>
#include <time.h>

#include "../sk.h"

long long sk_mbedtls_time(long long *t)
{
	long long now = sk_time();

	if (t)
		*t = now;
	return now;
}

mbedtls_ms_time_t mbedtls_ms_time(void)
{
	return sk_time() * 1000;
}

/* Civil date of a day since 1970, by eras of 400 years that begin in March. */
static void civil(s64 days, struct tm *tm)
{
	s64 z = days + 719468;
	s64 era = (z >= 0 ? z : z - 146096) / 146097;
	u32 doe = z - era * 146097;
	u32 yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	u32 doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	u32 mp = (5 * doy + 2) / 153;
	u32 month = mp < 10 ? mp + 2 : mp - 10;

	tm->tm_mday = doy - (153 * mp + 2) / 5 + 1;
	tm->tm_mon = month;
	tm->tm_year = yoe + era * 400 + (month <= 1) - 1900;
}

struct tm *mbedtls_platform_gmtime_r(const mbedtls_time_t *tt,
				     struct tm *tm_buf)
{
	s64 days = *tt / 86400, sec = *tt % 86400;

	if (sec < 0) {
		sec += 86400;
		days--;
	}
	memset(tm_buf, 0, sizeof(*tm_buf));
	civil(days, tm_buf);
	tm_buf->tm_hour = sec / 3600;
	tm_buf->tm_min = sec / 60 % 60;
	tm_buf->tm_sec = sec % 60;
	return tm_buf;
}
