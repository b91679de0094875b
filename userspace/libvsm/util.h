/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What every C file may need and libc does not have.
 */
#ifndef LIBVSM_UTIL_H
#define LIBVSM_UTIL_H

#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))

#ifndef __printf
#define __printf(fmt, args)	__attribute__((format(printf, fmt, args)))
#endif

#endif /* LIBVSM_UTIL_H */
