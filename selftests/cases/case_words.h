/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The words of a text case: what case.c and case_map.c read lines with. */
#ifndef SELFTESTS_CASES_CASE_WORDS_H
#define SELFTESTS_CASES_CASE_WORDS_H

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "selftests/cases/case.h"

/* Text that grows. */
struct text {
	char *s;
	size_t len;
	size_t room;
};

struct reader {
	struct case_file *c;
	const char *path;
	unsigned int line;
	unsigned int prog_line;
	char section; /* 'p'rog, 'r'aw, 'c'lassic, one 'm'ore program, 0 */
	struct text body; /* of the section */
	struct text rept; /* of a .rept in it */
	unsigned long times; /* 0 outside one */
	char *err;
	size_t err_size;
	bool failed;
};

/* The first complaint is kept; reading goes on, to no effect. */
__attribute__((format(printf, 2, 3))) static void fail(struct reader *r,
						       const char *fmt, ...)
{
	va_list ap;
	int n;

	if (r->failed)
		return;
	r->failed = true;
	n = snprintf(r->err, r->err_size, "line %u: ", r->line);
	va_start(ap, fmt);
	if (n >= 0 && (size_t)n < r->err_size)
		vsnprintf(r->err + n, r->err_size - n, fmt, ap);
	va_end(ap);
}

static void text_add(struct text *t, const char *s, size_t len)
{
	if (t->len + len + 1 > t->room) {
		t->room = (t->len + len + 1) * 2;
		t->s = realloc(t->s, t->room);
		if (!t->s)
			abort();
	}
	memcpy(t->s + t->len, s, len);
	t->len += len;
	t->s[t->len] = 0;
}

/* Words */

static char *next_word(char **s)
{
	char *word;

	*s += strspn(*s, " \t");
	if (!**s)
		return NULL;
	word = *s;
	*s += strcspn(*s, " \t");
	if (**s)
		*(*s)++ = 0;
	return word;
}

static uint64_t number(struct reader *r, const char *s)
{
	char *end;
	uint64_t value;

	errno = 0;
	value = *s == '-' ? (uint64_t)strtoll(s, &end, 0)
			  : strtoull(s, &end, 0);
	if (end == s || *end || errno)
		fail(r, "'%s' is not a number", s);
	return value;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Bytes in hex; '.' and ':' may stand between them. */
static uint8_t *hex(struct reader *r, const char *s, uint32_t *size)
{
	uint8_t *bytes = calloc(1, CASE_MAX_PACKET + 1);
	uint32_t n = 0;

	for (; *s; s += 2) {
		s += strspn(s, ".:");
		if (!*s)
			break;
		if (hex_digit(s[0]) < 0 || hex_digit(s[1]) < 0) {
			fail(r, "'%s' is not hex", s);
			break;
		}
		if (n == CASE_MAX_PACKET) {
			fail(r, "packet is too long");
			break;
		}
		bytes[n++] = (uint8_t)(hex_digit(s[0]) << 4 | hex_digit(s[1]));
	}
	*size = n;
	return bytes;
}

/* Where the value of "key=value" starts, or NULL if it is another key. */
static const char *value_of(const char *word, const char *key)
{
	size_t len = strlen(key);

	return !strncmp(word, key, len) && word[len] == '=' ? word + len + 1
							    : NULL;
}

static enum weir_kind kind_by_name(struct reader *r, const char *name)
{
	static const char *const names[WEIR_NR_KINDS] = {
		[WEIR_KIND_SOCKET] = "socket",
		[WEIR_KIND_TC] = "tc",
		[WEIR_KIND_XDP] = "xdp",
		[WEIR_KIND_MEM] = "mem",
	};

	for (int i = 1; i < WEIR_NR_KINDS; i++)
		if (name && !strcmp(name, names[i]))
			return (enum weir_kind)i;
	fail(r, "no kind '%s'", name ? name : "");
	return WEIR_KIND_UNSPEC;
}

#endif
