// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Files and arguments that several subcommands read. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/weir/files.h"
#include "tools/weir/tool.h"

#define MAX_EXPRESSION ((size_t)1 << 20)

static char *give_up(const struct tool_command *cmd, const char *path,
		     const char *words, int fd, char *buf)
{
	tool_fail("%s: %s: %s", cmd->name, path, words);
	if (fd > STDIN_FILENO)
		close(fd);
	free(buf);
	return NULL;
}

char *read_all(const struct tool_command *cmd, const char *path, size_t max,
	       size_t *nr)
{
	int fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC)
				   : STDIN_FILENO;
	size_t room = 0, len = 0;
	char *buf = NULL, *more;
	ssize_t got;

	if (fd < 0)
		return give_up(cmd, path, strerror(errno), fd, buf);
	do {
		if (len + 1 >= room) {
			room = room ? room * 2 : 4096;
			more = realloc(buf, room);
			if (!more)
				return give_up(cmd, path, "out of memory", fd,
					       buf);
			buf = more;
		}
		got = read(fd, buf + len, room - len - 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return give_up(cmd, path, strerror(errno), fd, buf);
		len += (size_t)got;
		if (len > max)
			return give_up(cmd, path, "file is too long", fd, buf);
	} while (got);
	if (fd > STDIN_FILENO)
		close(fd);
	buf[len] = 0;
	*nr = len;
	return buf;
}

char *read_expression(const struct tool_command *cmd, const char *path)
{
	size_t nr;
	char *text = read_all(cmd, path, MAX_EXPRESSION, &nr);
	bool comment = false;

	for (size_t i = 0; text && i < nr; i++) {
		comment = text[i] != '\n' && (comment || text[i] == '#');
		if (comment || text[i] == '\n' || text[i] == '\r')
			text[i] = ' ';
	}
	return text;
}

static int digit(int c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_gap(char c)
{
	return isspace((unsigned char)c) || c == ',' || c == ':';
}

/*
 * A word of hex digits, with 0x before it or not; with it, one digit is a byte.
 * Return: offset of what follows; @nr_bytes is what there is so far.
 */
static size_t hex_word(const char *text, size_t nr, size_t i, int *high,
		       uint8_t *out, long *nr_bytes)
{
	bool prefix = *high < 0 && nr - i > 2 && text[i] == '0' &&
		      (text[i + 1] | 0x20) == 'x' && digit(text[i + 2]) >= 0;
	size_t first = prefix ? i + 2 : i;

	for (i = first; i < nr && digit(text[i]) >= 0; i++) {
		if (*high < 0) {
			*high = digit(text[i]);
			continue;
		}
		out[(*nr_bytes)++] = (uint8_t)(*high << 4 | digit(text[i]));
		*high = -1;
	}
	if (prefix && i == first + 1) {
		out[(*nr_bytes)++] = (uint8_t)*high;
		*high = -1;
	}
	return i;
}

long hex_decode(const char *text, size_t nr, uint8_t *out, size_t *bad)
{
	long bytes = 0;
	int high = -1;
	size_t i = 0;

	while (i < nr) {
		*bad = i;
		if (text[i] == '#')
			while (i < nr && text[i] != '\n')
				i++;
		else if (is_gap(text[i]))
			i++;
		else
			i = hex_word(text, nr, i, &high, out, &bytes);
		if (i == *bad)
			return -1;
	}
	*bad = nr;
	return high < 0 ? bytes : -1;
}

bool tool_engine(const char *name, enum weir_engine *out)
{
	if (!strcmp(name, "interp"))
		*out = WEIR_ENGINE_INTERP;
	else if (!strcmp(name, "jit"))
		*out = WEIR_ENGINE_JIT;
	else
		return false;
	return true;
}
