/* SPDX-License-Identifier: GPL-2.0 */
/* Integers at addresses of any alignment, little-endian as the machine is. */
#ifndef _VSM_CI_BYTES_H
#define _VSM_CI_BYTES_H

#include <vsm/string.h>

static inline u16 ci_get16(const void *p)
{
	u16 v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline u32 ci_get32(const void *p)
{
	u32 v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline s32 ci_gets32(const void *p)
{
	return (s32)ci_get32(p);
}

static inline u64 ci_get64(const void *p)
{
	u64 v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline void ci_put32(void *p, u32 v)
{
	memcpy(p, &v, sizeof(v));
}

static inline void ci_put64(void *p, u64 v)
{
	memcpy(p, &v, sizeof(v));
}

/* What a 32-bit displacement that is stored at @at leads to. */
static inline u64 ci_rel32(u64 at, const void *p)
{
	return at + (u64)(s64)ci_gets32(p);
}

#endif /* _VSM_CI_BYTES_H */
