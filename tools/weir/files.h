/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Files and arguments that several subcommands read. */
#ifndef WEIR_TOOL_FILES_H
#define WEIR_TOOL_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "tools/lib/libweir.h"

struct tool_command;

/**
 * read_all() - a whole file; "-" is stdin
 * @max:	bytes; a longer file is refused
 * @nr:		out: its bytes
 *
 * Return: the bytes with a 0 behind them, to free(); or NULL after a line on
 * stderr.
 */
char *read_all(const struct tool_command *cmd, const char *path, size_t max,
	       size_t *nr);

/**
 * read_expression() - a file as an expression, as tcpdump -F takes it
 *
 * Lines become one; # starts a comment.
 */
char *read_expression(const struct tool_command *cmd, const char *path);

/**
 * hex_decode() - bytes of hex digits, as people have them
 * @bad:	out: offset of the first character that does not belong there, or
 *		of the end if the digits are odd
 *
 * Blanks, commas and colons may stand anywhere, 0x before a word, and comments
 * from # to the end of a line. Return: number of bytes, or -1. @out has room
 * for half of @nr.
 */
long hex_decode(const char *text, size_t nr, uint8_t *out, size_t *bad);

/** tool_engine() - "interp" or "jit". */
bool tool_engine(const char *name, enum weir_engine *out);

#endif
