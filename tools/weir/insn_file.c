// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Instructions from the contents of a file, whatever form they have. */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/types.h>
#include <linux/kernel.h>
#include <linux/filter.h>
#include "tools/weir/files.h"
#include "tools/weir/insn_file.h"

#define INSN_BYTES 8 /* struct bpf_insn and struct sock_filter alike */
#define MAX_COUNT 9999999 /* more digits are hex, and far too many anyway */

_Static_assert(sizeof(struct sock_filter) == INSN_BYTES, "classic instruction");

static int refuse(struct insn_file *out, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static int refuse(struct insn_file *out, const char *fmt, ...)
{
	va_list ap;

	free(out->insns);
	out->insns = NULL;
	va_start(ap, fmt);
	vsnprintf(out->err, sizeof(out->err), fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static bool is_text(const char *bytes, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (!isprint((unsigned char)bytes[i]) &&
		    !isspace((unsigned char)bytes[i]))
			return false;
	return true;
}

static const char *skip_blanks(const char *at)
{
	return at + strspn(at, " \t\r");
}

static size_t line_of(const char *text, const char *at)
{
	size_t line = 1;

	for (; text < at; text++)
		line += *text == '\n';
	return line;
}

/* A number at @at; NULL if there is none up to @max. */
static const char *number(const char *at, int base, u64 max, u64 *out)
{
	char *end;

	at = skip_blanks(at);
	if (!isdigit((unsigned char)*at))
		return NULL;
	errno = 0;
	*out = strtoull(at, &end, base);
	return errno || *out > max ? NULL : end;
}

/* code, jt, jf and k, with @between them; NULL if that is not there. */
static const char *fields(const char *at, int base, const char *between,
			  struct sock_filter *insn)
{
	static const u64 max[4] = { 0xffff, 0xff, 0xff, 0xffffffff };
	u64 field[4];

	for (int i = 0; i < 4; i++) {
		if (i && *between) {
			at = skip_blanks(at);
			if (*at++ != *between)
				return NULL;
		}
		at = number(at, base, max[i], &field[i]);
		if (!at)
			return NULL;
	}
	*insn = (struct sock_filter){ (__u16)field[0], (__u8)field[1],
				      (__u8)field[2], (__u32)field[3] };
	return skip_blanks(at);
}

/* Lines end where lines end, or at a comma, as iptables' bytecode has it. */
static bool is_line_end(char c)
{
	return c == '\n' || c == ',';
}

/*
 * tcpdump -ddd: a line with the number of instructions, then a line of four
 * decimal numbers for each. A number alone in the first line and four in the
 * second are enough to take it for that.
 */
static bool is_decimals(const char *text)
{
	u64 n;
	const char *at = number(text, 10, MAX_COUNT, &n);

	if (!at || !is_line_end(*(at = skip_blanks(at))))
		return false;
	at++;
	for (int i = 0; at && i < 4; i++)
		at = number(at, 10, U64_MAX, &n);
	return at && (!*(at = skip_blanks(at)) || is_line_end(*at));
}

static int parse_decimals(const char *text, struct insn_file *out)
{
	struct sock_filter *insns;
	u64 nr;
	const char *at = skip_blanks(number(text, 10, MAX_COUNT, &nr));

	out->insns = insns = calloc(nr ? nr : 1, sizeof(*insns));
	if (!insns)
		return refuse(out, ": out of memory");
	for (u64 i = 0; i < nr; i++) {
		const char *line = at + 1;

		if (!*at || !line[strspn(line, " \t\r\n,")])
			return refuse(out,
				      ":1: says %llu instructions, there are "
				      "%llu",
				      (unsigned long long)nr,
				      (unsigned long long)i);
		at = fields(line, 10, "", &insns[i]);
		if (!at || (*at && !is_line_end(*at)))
			return refuse(out,
				      ":%zu: not code, jt, jf and k in decimal",
				      line_of(text, line));
	}
	if (at[strspn(at, " \t\r\n,")])
		return refuse(out, ":1: says %llu instructions, there are more",
			      (unsigned long long)nr);
	out->nr = nr;
	return 0;
}

/* tcpdump -dd: { 0x28, 0, 0, 0x0000000c }, for each. */
static int parse_initialisers(const char *text, struct insn_file *out)
{
	size_t room = 0;
	struct sock_filter *insns;

	for (const char *at = text; *at; at++)
		room += *at == '{';
	out->insns = insns = calloc(room, sizeof(*insns));
	if (!insns)
		return refuse(out, ": out of memory");
	for (const char *insn, *at = text;; at++) {
		at += strspn(at, " \t\r\n,");
		if (!*at)
			return 0;
		insn = at;
		at = *at == '{' ? fields(at + 1, 0, ",", &insns[out->nr])
				: NULL;
		if (!at || *at != '}')
			return refuse(out, ":%zu: not { code, jt, jf, k },",
				      line_of(text, insn));
		out->nr++;
	}
}

static int parse_hex(const char *text, size_t bytes, struct insn_file *out)
{
	size_t bad;
	long nr = hex_decode(text, bytes, out->insns, &bad);

	if (nr < 0 && bad == bytes)
		return refuse(out, ": odd number of hex digits");
	if (nr < 0) {
		const char *line = text + bad;

		while (line > text && line[-1] != '\n')
			line--;
		return refuse(out,
			      ":%zu:%zu: '%c' is not a hex digit (--text reads "
			      "programs in text form)",
			      line_of(text, text + bad),
			      (size_t)(text + bad - line) + 1, text[bad]);
	}
	out->nr = (size_t)nr;
	return 0;
}

int insn_file_parse(const char *text, size_t bytes, bool classic,
		    struct insn_file *out)
{
	bool readable = is_text(text, bytes);
	int err = 0;

	memset(out, 0, sizeof(*out));
	if (readable && classic && is_decimals(text))
		return parse_decimals(text, out);
	if (readable && classic && text[strspn(text, " \t\r\n")] == '{')
		return parse_initialisers(text, out);

	out->insns = malloc(bytes ? bytes : 1);
	if (!out->insns)
		return refuse(out, ": out of memory");
	out->nr = bytes;
	if (readable)
		err = parse_hex(text, bytes, out);
	else
		memcpy(out->insns, text, bytes);
	if (!err && out->nr % INSN_BYTES)
		err = refuse(out,
			     ": %zu bytes are not a whole number of %d-byte "
			     "instructions",
			     out->nr, INSN_BYTES);
	out->nr /= INSN_BYTES;
	return err;
}
