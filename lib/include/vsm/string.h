/* SPDX-License-Identifier: GPL-2.0 */
/* Memory and string functions of freestanding code. */
#ifndef _VSM_STRING_H
#define _VSM_STRING_H

#include <vsm/types.h>

void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strstr(const char *s, const char *find);

/* Not removed by the compiler, however dead the object is. */
void memzero_explicit(void *dst, size_t n);

/* In time that does not depend on the content. */
bool mem_equal(const void *a, const void *b, size_t n);

/* Is all of it @c? */
bool mem_is(const void *p, u8 c, size_t n);

#endif /* _VSM_STRING_H */
