// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What maps hold before a run: read from a file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/bench/elements.h"
#include "tools/weir/files.h"
#include "tools/weir/tool.h"

#define MAX_FILE ((size_t)1 << 20)

static bool hex(const char *text, uint8_t *out, uint32_t *bytes)
{
	size_t bad;
	long nr;

	if (strlen(text) > 2 * ELEMENT_MAX_BYTES)
		return false;
	nr = hex_decode(text, strlen(text), out, &bad);
	*bytes = nr < 0 ? 0 : (uint32_t)nr;
	return nr >= 0;
}

/* Return: 1 if the line is an element, 0 if it is none, -1 if it is wrong. */
static int parse(char *line, struct element *e)
{
	char *save, *word[4] = { NULL };
	int nr = 0;

	*e = (struct element){ 0 };
	for (char *w = strtok_r(line, " \t\r", &save); w;
	     w = strtok_r(NULL, " \t\r", &save))
		if (nr < 4)
			word[nr++] = w;
	if (!nr || *word[0] == '#' || (nr == 3 && !strcmp(word[2], "varies")))
		return 0;
	if (nr < 4)
		return -1;
	snprintf(e->program, sizeof(e->program), "%s", word[0]);
	snprintf(e->map, sizeof(e->map), "%s", word[1]);
	e->self = !strcmp(word[3], "self");
	return hex(word[2], e->key, &e->key_size) &&
			       (e->self ||
				hex(word[3], e->value, &e->value_size))
		       ? 1
		       : -1;
}

int elements_read(struct elements *out, const char *path)
{
	size_t bytes, nr_line = 0, room;
	char *text = read_all(&cmd_bench, path, MAX_FILE, &bytes);
	int status = TOOL_OK;
	char *next;

	if (!text)
		return TOOL_FAILED;
	room = 1;
	for (const char *c = text; *c; c++)
		room += *c == '\n';
	out->element = calloc(room, sizeof(*out->element));
	if (!out->element)
		status = tool_fail("bench: out of memory");
	for (char *line = text; line && !status; line = next) {
		int is;

		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		nr_line++;
		is = parse(line, &out->element[out->nr]);
		if (is < 0)
			status = tool_fail("bench: %s:%zu: PROGRAM MAP KEY "
					   "VALUE, in hex digits",
					   path, nr_line);
		out->nr += is > 0;
	}
	free(text);
	return status;
}

const struct element *elements_next(const struct elements *all,
				    const char *program, size_t *at)
{
	while (all && *at < all->nr) {
		const struct element *e = &all->element[(*at)++];

		if (!strcmp(e->program, program))
			return e;
	}
	return NULL;
}
