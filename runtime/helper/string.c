// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Text: numbers in it, comparison, and lines for people. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include "base/host.h"
#include "base/run.h"
#include "runtime/format.h"
#include "runtime/helpers.h"

#define MAX_ARGS 12 /* MAX_BPRINTF_VARARGS */
#define BASE_MASK 0x1f
#define MAX_DIGITS 63 /* behind blanks and sign; more are not looked at */

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || (u8)c == 0xa0;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'z' ? c - 'a' + 10 : 99;
}

/*
 * A number at the start of a text: Linux's rules of __bpf_strtoull(). Return:
 * characters taken, -EINVAL (none, or no such base), -ERANGE.
 */
static int parse(const char *s, u32 size, u64 flags, u64 *value, bool *negative)
{
	u32 base = (u32)flags & BASE_MASK, at = 0, first;
	bool hex;

	*value = 0;
	*negative = false;
	if (!s || !size || (base != 0 && base != 8 && base != 10 && base != 16))
		return -EINVAL;
	if (flags & ~(u64)BASE_MASK)
		return -EINVAL;
	while (at < size && is_space(s[at]))
		at++;
	if (at < size && s[at] == '-') {
		*negative = true;
		at++;
	}
	size = min(size, at + MAX_DIGITS);
	hex = at + 1 < size && s[at] == '0' && (s[at + 1] | 0x20) == 'x';
	if (base == 0)
		base = at == size || s[at] != '0'		       ? 10
		       : hex && at + 2 < size && digit(s[at + 2]) < 16 ? 16
								       : 8;
	if (base == 16 && hex)
		at += 2;
	for (first = at; at < size && digit(s[at]) < (int)base; at++) {
		u64 low = (u32)*value * (u64)base + (u32)digit(s[at]);
		u64 high = (*value >> 32) * base + (low >> 32);

		if (high >> 32)
			return -ERANGE;
		*value = high << 32 | (u32)low;
	}
	return at == first ? -EINVAL : (int)at;
}

WEIR_HELPER(strtol)
{
	u64 *out = weir_helper_pointer(d);
	bool negative;
	u64 value;
	int taken = parse(weir_helper_pointer(a), (u32)b, c, &value, &negative);

	*out = 0;
	if (taken < 0)
		return (u64)(s64)taken;
	if (value > (u64)S64_MAX + negative)
		return (u64)-ERANGE;
	*out = negative ? -value : value;
	return (u64)taken;
}

WEIR_HELPER(strtoul)
{
	u64 *out = weir_helper_pointer(d);
	bool negative;
	u64 value;
	int taken = parse(weir_helper_pointer(a), (u32)b, c, &value, &negative);

	*out = 0;
	if (taken < 0)
		return (u64)(s64)taken;
	if (negative)
		return (u64)-EINVAL;
	*out = value;
	return (u64)taken;
}

/* -1, 0 or 1, whatever the host's own strncmp() gives. */
WEIR_HELPER(strncmp)
{
	const u8 *s1 = weir_helper_pointer(a), *s2 = weir_helper_pointer(c);
	u32 i;

	for (i = 0; i < (u32)b; i++) {
		if (s1[i] != s2[i])
			return s1[i] < s2[i] ? (u64)-1 : 1;
		if (!s1[i])
			break;
	}
	return 0;
}

/*
 * All of the room is written: the verifier relies on it. Linux leaves what lies
 * behind the text as it was.
 */
WEIR_HELPER(snprintf)
{
	u64 args[MAX_ARGS] = { 0 };
	char *text = weir_helper_pointer(a);
	u32 room = (u32)b, bytes = (u32)e, used;
	int len = -EINVAL;

	if (!(bytes & 7) && bytes <= sizeof(args)) {
		memcpy(args, weir_helper_pointer(d), bytes);
		/* the verifier has seen where the format ends */
		len = weir_format(text, room, weir_helper_pointer(c), U32_MAX,
				  args, bytes / 8);
	}
	used = len < 0 ? 0 : min(room, (u32)len + 1);
	memset(text + used, 0, room - used);
	return (u64)(s64)(len < 0 ? len : len + 1);
}

WEIR_HELPER(trace_printk)
{
	const u64 args[3] = { c, d, e };
	char line[WEIR_FORMAT_LINE];
	int len;

	len = weir_format(line, sizeof(line), weir_helper_pointer(a), (u32)b,
			  args, ARRAY_SIZE(args));
	if (len < 0)
		return (u64)(s64)len;
	/* whoever gets the line ends it */
	if (len && len < WEIR_FORMAT_LINE && line[len - 1] == '\n')
		line[len - 1] = 0;
	weir_host_print(line);
	return (u64)len;
}

/* Both may be parts of one stack or packet. */
WEIR_HELPER(probe_read_kernel)
{
	memmove(weir_helper_pointer(a), weir_helper_pointer(c), (size_t)b);
	return 0;
}

/*
 * Up to the text's end, or what fits, and an end. Return: bytes with the end. What
 * is behind it is filled with zeroes: the verifier counts on all of it.
 */
WEIR_HELPER(probe_read_kernel_str)
{
	const size_t size = (size_t)b;
	char *to = weir_helper_pointer(a);
	size_t len;

	if (!size)
		return 0;
	memmove(to, weir_helper_pointer(c), size);
	to[size - 1] = 0;
	len = strlen(to);
	memset(to + len, 0, size - len);
	return len + 1;
}
