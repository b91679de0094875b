// SPDX-License-Identifier: GPL-2.0
/*
 * The memory and string functions that the compiler and we call.
 * Must never depend on anything but its arguments.
 */
#include <vsm/string.h>

void *memcpy(void *dst, const void *src, size_t n)
{
	void *ret = dst;

	__asm__ volatile("rep movsb" : "+D"(dst), "+S"(src), "+c"(n)
			 :: "memory");
	return ret;
}

void *memmove(void *dst, const void *src, size_t n)
{
	const u8 *s = src;
	u8 *d = dst;

	if ((uintptr_t)dst - (uintptr_t)src >= n)
		return memcpy(dst, src, n);
	/* Once each, or the loop becomes a call of memmove(). */
	while (n--)
		WRITE_ONCE(d[n], s[n]);
	return dst;
}

void *memset(void *dst, int c, size_t n)
{
	void *ret = dst;

	__asm__ volatile("rep stosb" : "+D"(dst), "+c"(n) : "a"(c) : "memory");
	return ret;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const u8 *x = a, *y = b;

	for (; n; n--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

size_t strnlen(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n])
		n++;
	return n;
}

size_t strlen(const char *s)
{
	size_t n = 0;

	/* Once each, or the loop becomes a call of strlen(). */
	while (READ_ONCE(s[n]))
		n++;
	return n;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n; n--, a++, b++) {
		if (*a != *b)
			return (u8)*a - (u8)*b;
		if (!*a)
			break;
	}
	return 0;
}

int strcmp(const char *a, const char *b)
{
	return strncmp(a, b, SIZE_MAX);
}

char *strchr(const char *s, int c)
{
	for (;; s++) {
		if (*s == (char)c)
			return (char *)s;
		if (!*s)
			return NULL;
	}
}

char *strstr(const char *s, const char *find)
{
	size_t n = strlen(find);

	for (;; s++) {
		if (!strncmp(s, find, n))
			return (char *)s;
		if (!*s)
			return NULL;
	}
}

void memzero_explicit(void *dst, size_t n)
{
	memset(dst, 0, n);
	__asm__ volatile("" :: "r"(dst) : "memory");
}

bool mem_equal(const void *a, const void *b, size_t n)
{
	const u8 *x = a, *y = b;
	u8 diff = 0;

	for (; n; n--, x++, y++)
		diff |= READ_ONCE(*x) ^ READ_ONCE(*y);
	return !diff;
}

bool mem_is(const void *p, u8 c, size_t n)
{
	const u8 *s = p;

	while (n--)
		if (*s++ != c)
			return false;
	return true;
}
