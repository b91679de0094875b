// SPDX-License-Identifier: GPL-2.0
/*
 * vsnprintf() for logs of freestanding code, a subset as its header says.
 * Must never write beyond the buffer, nor allocate.
 */
#include <vsm/printf.h>
#include <vsm/string.h>

struct out {
	char *buf;
	size_t size;
	size_t len;		/* of the whole text, cut or not */
};

struct spec {
	bool left;
	bool zero;
	bool upper;
	int width;
	int precision;		/* -1: none */
	int longs;		/* -2: hh, -1: h, 0: int, 1: long and longer */
};

static void put(struct out *o, char c)
{
	if (o->len + 1 < o->size)
		o->buf[o->len] = c;
	o->len++;
}

static void pad(struct out *o, char c, int n)
{
	while (n-- > 0)
		put(o, c);
}

static void put_string(struct out *o, const struct spec *s, const char *str)
{
	size_t max = s->precision < 0 ? SIZE_MAX : (size_t)s->precision;
	int i, n;

	if (!str)
		str = "(null)";
	n = strnlen(str, max);
	if (!s->left)
		pad(o, ' ', s->width - n);
	for (i = 0; i < n; i++)
		put(o, str[i]);
	if (s->left)
		pad(o, ' ', s->width - n);
}

static void put_number(struct out *o, const struct spec *s, u64 v,
		       unsigned int base, const char *prefix)
{
	const char *digits = s->upper ? "0123456789ABCDEF" : "0123456789abcdef";
	int n = 0, zeros, fill;
	char tmp[24];

	do {
		tmp[n++] = digits[v % base];
		v /= base;
	} while (v);

	fill = s->width - (int)strlen(prefix);
	zeros = s->precision;
	if (zeros < 0 && s->zero && !s->left)
		zeros = fill;
	zeros = zeros > n ? zeros - n : 0;
	fill -= n + zeros;
	if (!s->left)
		pad(o, ' ', fill);
	while (*prefix)
		put(o, *prefix++);
	pad(o, '0', zeros);
	while (n)
		put(o, tmp[--n]);
	if (s->left)
		pad(o, ' ', fill);
}

static u64 get_unsigned(const struct spec *s, va_list *ap)
{
	u64 v;

	if (s->longs > 0)
		return va_arg(*ap, unsigned long);
	v = va_arg(*ap, unsigned int);
	if (s->longs == -1)
		return (u16)v;
	return s->longs == -2 ? (u8)v : v;
}

static s64 get_signed(const struct spec *s, va_list *ap)
{
	s64 v;

	if (s->longs > 0)
		return va_arg(*ap, long);
	v = va_arg(*ap, int);
	if (s->longs == -1)
		return (s16)v;
	return s->longs == -2 ? (s8)v : v;
}

static const char *parse_int(const char *f, int *ret, va_list *ap)
{
	int v = 0;

	if (*f == '*') {
		*ret = va_arg(*ap, int);
		return f + 1;
	}
	for (; *f >= '0' && *f <= '9'; f++)
		if (v < 10000)
			v = v * 10 + (*f - '0');
	*ret = v;
	return f;
}

static const char *parse_spec(const char *f, struct spec *s, va_list *ap)
{
	*s = (struct spec){ .precision = -1 };
	for (;; f++) {
		if (*f == '-')
			s->left = true;
		else if (*f == '0')
			s->zero = true;
		else
			break;
	}
	f = parse_int(f, &s->width, ap);
	if (s->width < 0) {
		s->left = true;
		s->width = s->width < -10000 ? 10000 : -s->width;
	}
	if (*f == '.')
		f = parse_int(f + 1, &s->precision, ap);
	for (; *f == 'h'; f++)
		s->longs--;
	for (; *f == 'l' || *f == 'z'; f++)
		s->longs++;
	return f;
}

static void put_signed(struct out *o, const struct spec *s, s64 v)
{
	if (v < 0)
		put_number(o, s, -(u64)v, 10, "-");
	else
		put_number(o, s, v, 10, "");
}

/* False: not a conversion known here. */
static bool convert(struct out *o, struct spec *s, char c, va_list *ap)
{
	char one[2] = { 0 };

	switch (c) {
	case 'd':
	case 'i':
		put_signed(o, s, get_signed(s, ap));
		return true;
	case 'u':
		put_number(o, s, get_unsigned(s, ap), 10, "");
		return true;
	case 'X':
		s->upper = true;
		put_number(o, s, get_unsigned(s, ap), 16, "");
		return true;
	case 'x':
		put_number(o, s, get_unsigned(s, ap), 16, "");
		return true;
	case 'p':
		put_number(o, s, (uintptr_t)va_arg(*ap, void *), 16, "0x");
		return true;
	case 's':
		put_string(o, s, va_arg(*ap, const char *));
		return true;
	case 'c':
		one[0] = va_arg(*ap, int);
		put_string(o, s, one);
		return true;
	case '%':
		put(o, '%');
		return true;
	}
	return false;
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	struct out o = { buf, size, 0 };
	const char *start;
	struct spec s;
	va_list ap;

	va_copy(ap, args);
	while (*fmt) {
		if (*fmt != '%') {
			put(&o, *fmt++);
			continue;
		}
		start = fmt;
		fmt = parse_spec(fmt + 1, &s, &ap);
		if (*fmt && convert(&o, &s, *fmt, &ap)) {
			fmt++;
			continue;
		}
		while (start < fmt)
			put(&o, *start++);
	}
	va_end(ap);
	if (size)
		buf[o.len < size ? o.len : size - 1] = '\0';
	return o.len;
}

int snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return n;
}
