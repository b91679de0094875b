// SPDX-License-Identifier: GPL-2.0
/*
 * lib/ against the host's C library: same results, nothing beyond the buffer
 * (run under ASan).  Must never compare with a result that was typed in where
 * the host can be asked.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *vsm_memcpy(void *dst, const void *src, size_t n);
void *vsm_memmove(void *dst, const void *src, size_t n);
void *vsm_memset(void *dst, int c, size_t n);
int vsm_memcmp(const void *a, const void *b, size_t n);
size_t vsm_strlen(const char *s);
size_t vsm_strnlen(const char *s, size_t max);
int vsm_strcmp(const char *a, const char *b);
int vsm_strncmp(const char *a, const char *b, size_t n);
char *vsm_strchr(const char *s, int c);
char *vsm_strstr(const char *s, const char *find);
int vsm_vsnprintf(char *buf, size_t size, const char *fmt, va_list ap);
void memzero_explicit(void *dst, size_t n);
bool mem_equal(const void *a, const void *b, size_t n);
bool mem_is(const void *p, uint8_t c, size_t n);

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

static int failures, tests;

static void check(bool ok, const char *what)
{
	printf("%sok %d %s\n", ok ? "" : "not ", ++tests, what);
	failures += !ok;
}

static int sign(int v)
{
	return (v > 0) - (v < 0);
}

/* --- memory --------------------------------------------------------------- */

static bool moves(void)
{
	uint8_t a[64], b[64];
	size_t from, to, n, i;

	for (from = 0; from < 32; from++)
		for (to = 0; to < 32; to++)
			for (n = 0; n <= 32; n++) {
				for (i = 0; i < sizeof(a); i++)
					a[i] = i * 7;
				memcpy(b, a, sizeof(b));
				memmove(a + to, a + from, n);
				if (vsm_memmove(b + to, b + from, n) != b + to ||
				    memcmp(a, b, sizeof(a)))
					return false;
			}
	return true;
}

static bool fills(void)
{
	uint8_t a[40], b[40];
	size_t n;

	for (n = 0; n <= sizeof(a); n++) {
		memset(a, 1, sizeof(a));
		memcpy(b, a, sizeof(a));
		memset(a, 0x1a5, n);
		if (vsm_memset(b, 0x1a5, n) != b || memcmp(a, b, sizeof(a)))
			return false;
		if (vsm_memcpy(b, a, n) != b || !mem_equal(a, b, n))
			return false;
		if (n && (!mem_is(b, 0xa5, n) || mem_is(b, 0xa4, n)))
			return false;
		memzero_explicit(b, n);
		if (!mem_is(b, 0, n))
			return false;
	}
	return mem_is(NULL, 1, 0);
}

static bool compares(void)
{
	static const char *const s[] = {
		"", "a", "b", "ab", "abc", "abd", "\xff", "\x7f", "abcabc",
	};
	const size_t nr = ARRAY_SIZE(s);
	size_t i, j, n;

	for (i = 0; i < nr; i++)
		for (j = 0; j < nr; j++) {
			if (sign(strcmp(s[i], s[j])) !=
			    sign(vsm_strcmp(s[i], s[j])) ||
			    strstr(s[i], s[j]) != vsm_strstr(s[i], s[j]))
				return false;
			for (n = 0; n < 8; n++)
				if (sign(strncmp(s[i], s[j], n)) !=
				    sign(vsm_strncmp(s[i], s[j], n)))
					return false;
			n = strlen(s[i]) < strlen(s[j]) ? strlen(s[i]) :
							  strlen(s[j]);
			if (sign(memcmp(s[i], s[j], n)) !=
			    sign(vsm_memcmp(s[i], s[j], n)) ||
			    mem_equal(s[i], s[j], n) != !memcmp(s[i], s[j], n))
				return false;
		}
	return true;
}

static bool lengths(void)
{
	static const char text[] = "some text";
	size_t n;

	for (n = 0; n < sizeof(text) + 2; n++)
		if (strnlen(text, n) != vsm_strnlen(text, n))
			return false;
	return vsm_strlen(text) == strlen(text) &&
	       vsm_strchr(text, 't') == strchr(text, 't') &&
	       !vsm_strchr(text, 'z') &&
	       vsm_strchr(text, 0) == strchr(text, 0);
}

/* --- formats --------------------------------------------------------------- */

static bool same(const char *fmt, ...)
{
	char want[256], *got;
	va_list ap, ap2;
	size_t size;
	int n, m;
	bool ok = true;

	va_start(ap, fmt);
	va_copy(ap2, ap);
	n = vsnprintf(want, sizeof(want), fmt, ap2);
	va_end(ap2);
	/* In a buffer of each size, from nothing to more than enough. */
	for (size = 0; ok && size < (size_t)n + 3; size++) {
		got = malloc(size ? size : 1);
		va_copy(ap2, ap);
		m = vsm_vsnprintf(got, size, fmt, ap2);
		va_end(ap2);
		ok = m == n;
		if (ok && size > (size_t)n)
			ok = !strcmp(got, want);
		else if (ok && size)
			ok = !memcmp(got, want, size - 1) && !got[size - 1];
		free(got);
	}
	va_end(ap);
	if (!ok)
		printf("# differs: %s, wanted %s\n", fmt, want);
	return ok;
}

static bool format_numbers(void)
{
	static const long values[] = {
		0, 1, -1, 9, 10, 255, 256, -128, 65535, 2147483647,
		-2147483648L, 0x7fffffffffffffff, -0x7fffffffffffffff - 1,
	};
	size_t i;
	bool ok = true;

	for (i = 0; i < ARRAY_SIZE(values); i++) {
		ok &= same("%d %i %u %x %X", (int)values[i], (int)values[i],
			   (unsigned int)values[i], (unsigned int)values[i],
			   (unsigned int)values[i]);
		ok &= same("%ld %lu %lx %lld %zx %zu", values[i], values[i],
			   values[i], (long long)values[i], values[i],
			   values[i]);
		ok &= same("%hhd %hhu %hd %hx", (int)values[i],
			   (int)values[i], (int)values[i], (int)values[i]);
		ok &= same("[%8ld] [%-8ld] [%08ld] [%.5ld] [%12.6ld]",
			   values[i], values[i], values[i], values[i],
			   values[i]);
		ok &= same("[%016lx] [%*d] [%-*d]", values[i], 7,
			   (int)values[i], 7, (int)values[i]);
	}
	return ok;
}

static bool format_strings(void)
{
	bool ok = same("%s|%10s|%-10s|%.3s|%.0s", "text", "text", "text",
		       "text", "text");

	ok &= same("%.*s %*s %c %%", 2, "text", -6, "x", 'y');
	ok &= same("no conversion at all");
	ok &= same("%p", (void *)0x12345678);
	ok &= same("");
	return ok;
}

static bool unknown_formats(void)
{
	static const char *const fmt[] = { "%q", "%", "%l", "100% y", "%5" };
	char buf[64];
	va_list none;
	size_t i;

	memset(&none, 0, sizeof(none));
	for (i = 0; i < ARRAY_SIZE(fmt); i++)
		if (vsm_vsnprintf(buf, sizeof(buf), fmt[i], none) !=
		    (int)strlen(fmt[i]) || strcmp(buf, fmt[i]))
			return false;
	return true;
}

int main(void)
{
	printf("TAP version 13\n1..7\n");
	check(moves(), "memmove, all overlaps");
	check(fills(), "memset, memcpy, memzero_explicit, mem_is");
	check(compares(), "memcmp, strcmp, strncmp, strstr, mem_equal");
	check(lengths(), "strlen, strnlen, strchr");
	check(format_numbers(), "numbers as the host formats them");
	check(format_strings(), "strings as the host formats them");
	check(unknown_formats(), "unknown conversions are copied");
	return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
