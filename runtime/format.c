// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Formatting, one conversion at a time. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/string.h>
#include "runtime/format.h"

#define MAX_WIDTH 1000

/* Where the text goes; what does not fit is counted only. */
struct out {
	char *buf;
	u32 size;
	u32 len;
};

/* One conversion as written. */
struct conv {
	bool left, zero, plus, blank;
	u32 width;
	u8 longs; /* l, ll */
	char letter;
};

static void put(struct out *out, char c)
{
	if (out->len + 1 < out->size)
		out->buf[out->len] = c;
	out->len++;
}

static void fill(struct out *out, char c, u32 nr)
{
	while (nr--)
		put(out, c);
}

static bool is_printed(char c)
{
	return (c >= ' ' && c <= '~') || (c >= '\t' && c <= '\r');
}

/* Reads behind the '%'. Return: what follows, or NULL: no such conversion. */
static const char *read_conv(const char *s, struct conv *conv)
{
	memset(conv, 0, sizeof(*conv));
	for (;; s++) {
		if (*s == '-')
			conv->left = true;
		else if (*s == '0')
			conv->zero = true;
		else if (*s == '+')
			conv->plus = true;
		else if (*s == ' ')
			conv->blank = true;
		else
			break;
	}
	for (; *s >= '0' && *s <= '9'; s++)
		conv->width = min_t(u32, MAX_WIDTH,
				    conv->width * 10 + (u32)(*s - '0'));
	if (*s == 'c') {
		conv->letter = 'c';
		return s + 1;
	}
	while (*s == 'l' && conv->longs < 2) {
		conv->longs++;
		s++;
	}
	conv->letter = *s;
	switch (*s) {
	case 'd':
	case 'i':
	case 'u':
	case 'x':
	case 'X':
		return s + 1;
	default:
		return NULL;
	}
}

/* Digits of a number, last first. Return: how many. */
static u32 digits_of(u64 value, const struct conv *conv, char digits[24])
{
	const char *set = conv->letter == 'X' ? "0123456789ABCDEF"
					      : "0123456789abcdef";
	u64 base = (conv->letter | 0x20) == 'x' ? 16 : 10, digit;
	u32 nr = 0;

	do {
		value = div64_u64_rem(value, base, &digit);
		digits[nr++] = set[digit];
	} while (value);
	return nr;
}

static void put_number(struct out *out, const struct conv *conv, u64 value)
{
	bool is_signed = conv->letter == 'd' || conv->letter == 'i';
	char digits[24], sign = 0;
	u32 nr, pad;

	if (!conv->longs)
		value = is_signed ? (u64)(s64)(s32)value : (u32)value;
	if (is_signed) {
		sign = (s64)value < 0 ? '-'
		       : conv->plus   ? '+'
		       : conv->blank  ? ' '
				      : 0;
		if ((s64)value < 0)
			value = -value;
	}
	nr = digits_of(value, conv, digits);
	pad = conv->width > nr + !!sign ? conv->width - nr - !!sign : 0;
	if (!conv->left && !conv->zero)
		fill(out, ' ', pad);
	if (sign)
		put(out, sign);
	if (!conv->left && conv->zero)
		fill(out, '0', pad);
	while (nr)
		put(out, digits[--nr]);
	if (conv->left)
		fill(out, ' ', pad);
}

static void put_conv(struct out *out, const struct conv *conv, u64 value)
{
	u32 pad = conv->width > 1 ? conv->width - 1 : 0;

	if (conv->letter != 'c') {
		put_number(out, conv, value);
		return;
	}
	if (!conv->left)
		fill(out, ' ', pad);
	put(out, (char)value);
	if (conv->left)
		fill(out, ' ', pad);
}

int weir_format(char *buf, u32 size, const char *fmt, u32 fmt_size,
		const u64 *args, u32 nr_args)
{
	struct out out = { .buf = buf, .size = size };
	struct conv conv;
	u32 used = 0;

	if (size)
		buf[0] = 0;
	if (strnlen(fmt, fmt_size) == fmt_size)
		return -EINVAL;
	while (*fmt) {
		if (!is_printed(*fmt))
			goto refused;
		if (*fmt != '%' || fmt[1] == '%') {
			put(&out, *fmt);
			fmt += *fmt == '%' ? 2 : 1;
			continue;
		}
		fmt = read_conv(fmt + 1, &conv);
		if (!fmt || used == nr_args)
			goto refused;
		put_conv(&out, &conv, args[used++]);
	}
	if (size)
		buf[min(out.len, size - 1)] = 0;
	return (int)out.len;

refused:
	if (size)
		buf[0] = 0;
	return -EINVAL;
}
