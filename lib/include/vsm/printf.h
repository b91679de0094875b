/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Formatted output of freestanding code: %c %s %d %i %u %x %X %p %%, flags
 * '-' and '0', width and precision (also '*'), length hh h l ll z.  Anything
 * else is copied as it stands.
 */
#ifndef _VSM_PRINTF_H
#define _VSM_PRINTF_H

#include <stdarg.h>
#include <vsm/types.h>

/* Both return what a large enough buffer would hold, without the NUL. */
int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap);
int snprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);

#endif /* _VSM_PRINTF_H */
