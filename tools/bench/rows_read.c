// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Rows from JSON: an array of objects of words, numbers, null, and objects of
 * numbers ("cycles"). That is all that rows_json() writes.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/bench/rows.h"

/**
 * struct reader - where it is in the text
 * @err:	the first thing that was wrong, or ""
 */
struct reader {
	const char *text;
	const char *at;
	char *err;
};

static void fail(struct reader *r, const char *what)
{
	if (!*r->err)
		snprintf(r->err, 128, "byte %zu: %s", (size_t)(r->at - r->text),
			 what);
}

static char peek(struct reader *r)
{
	r->at += strspn(r->at, " \t\r\n");
	return *r->at;
}

static bool take(struct reader *r, char c)
{
	if (peek(r) != c)
		return false;
	r->at++;
	return true;
}

/* One character of a string; escapes beyond Latin-1 become '?'. */
static char character(struct reader *r)
{
	static const char from[] = "nrtbf", to[] = "\n\r\t\b\f";
	const char *found;
	char digits[5] = "";
	unsigned long code;

	if (*r->at != '\\')
		return *r->at++;
	r->at++;
	if (*r->at == 'u' && strlen(r->at) >= 5) {
		memcpy(digits, r->at + 1, 4);
		code = strtoul(digits, NULL, 16);
		r->at += 5;
		return code && code < 256 ? (char)code : '?';
	}
	found = *r->at ? strchr(from, *r->at) : NULL;
	if (!*r->at)
		return 0;
	return found ? r->at++, to[found - from] : *r->at++;
}

/* A string, to free(); NULL after fail(). */
static char *string(struct reader *r)
{
	size_t room, nr = 0;
	char *out;

	if (!take(r, '"')) {
		fail(r, "a string is expected");
		return NULL;
	}
	room = strcspn(r->at, "\n") + 1;
	out = malloc(room);
	while (out && *r->at && *r->at != '"' && nr + 1 < room)
		out[nr++] = character(r);
	if (!out || !take(r, '"')) {
		fail(r, out ? "a string without an end" : "out of memory");
		free(out);
		return NULL;
	}
	out[nr] = '\0';
	return out;
}

/* A number, or null, which is none. */
static double number(struct reader *r)
{
	char *end;
	double value;

	peek(r);
	if (!strncmp(r->at, "null", 4)) {
		r->at += 4;
		return ROW_NONE;
	}
	value = strtod(r->at, &end);
	if (end == r->at)
		fail(r, "a number is expected");
	r->at = end;
	return value;
}

static void set_word(struct row *row, const char *key, char *word)
{
	char **to = !strcmp(key, "suite")    ? &row->suite
		    : !strcmp(key, "filter") ? &row->filter
		    : !strcmp(key, "arch")   ? &row->arch
		    : !strcmp(key, "engine") ? &row->engine
		    : !strcmp(key, "error")  ? &row->error
		    : !strcmp(key, "note")   ? &row->note
					     : NULL;

	if (!to) {
		free(word);
		return;
	}
	free(*to);
	*to = word;
}

static void set_number(struct row *row, const char *key, double value)
{
	static const struct {
		const char *key;
		size_t off;
		bool icount;
	} keys[] = {
		{ "insns_per_packet", offsetof(struct row, each), true },
		{ "net_insns_per_packet", offsetof(struct row, net), true },
		{ "load_insns", offsetof(struct row, load), true },
		{ "verify_insns", offsetof(struct row, verify), true },
		{ "compile_insns", offsetof(struct row, compile), true },
		{ "ns_per_packet", offsetof(struct row, each), false },
		{ "net_ns_per_packet", offsetof(struct row, net), false },
		{ "load_ns", offsetof(struct row, load), false },
		{ "verify_ns", offsetof(struct row, verify), false },
		{ "compile_ns", offsetof(struct row, compile), false },
		{ "code_insns_per_packet", offsetof(struct row, code), false },
		{ "image_bytes", offsetof(struct row, image), false },
	};

	if (!strcmp(key, "packet"))
		row->packet = (unsigned int)value;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (strcmp(key, keys[i].key) || !row_has(value))
			continue;
		*(double *)((char *)row + keys[i].off) = value;
		row->icount |= keys[i].icount;
	}
}

static void read_cycles(struct reader *r, struct row *row)
{
	while (!*r->err && !take(r, '}')) {
		char *cpu = string(r);
		double value;

		if (!cpu || !take(r, ':')) {
			fail(r, "a ':' is expected");
			free(cpu);
			return;
		}
		value = number(r);
		if (row->nr_cpus < ROW_MAX_CPUS)
			row->cycles[row->nr_cpus++] =
				(struct row_cycles){ cpu, value };
		else
			free(cpu);
		take(r, ',');
	}
}

static void read_member(struct reader *r, struct row *row)
{
	char *key = string(r), *word;

	if (!key)
		return;
	if (!take(r, ':')) {
		fail(r, "a ':' is expected");
	} else if (take(r, '{')) {
		read_cycles(r, row);
	} else if (peek(r) == '"') {
		word = string(r);
		if (word)
			set_word(row, key, word);
	} else {
		set_number(row, key, number(r));
	}
	free(key);
}

int rows_read(struct rows *rows, const char *text, char err[128])
{
	struct reader r = { .text = text, .at = text, .err = err };

	*err = '\0';
	if (!take(&r, '['))
		fail(&r, "a '[' is expected");
	while (!*err && !take(&r, ']')) {
		struct row *row = rows_add(rows, "", "", "", "");

		if (!row)
			return -ENOMEM;
		if (!take(&r, '{'))
			fail(&r, "a '{' is expected");
		while (!*err && !take(&r, '}')) {
			read_member(&r, row);
			if (!take(&r, ',') && peek(&r) != '}')
				fail(&r, "a ',' is expected");
		}
		if (!take(&r, ',') && peek(&r) != ']')
			fail(&r, "a ',' is expected");
	}
	return *err ? -EINVAL : 0;
}
