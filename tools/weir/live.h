/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Programs in the kernel, as a command line names them. */
#ifndef WEIR_TOOL_LIVE_H
#define WEIR_TOOL_LIVE_H

#include <stdbool.h>
#include "tools/lib/libweir.h"

struct tool_command;

/**
 * live_open() - a program in the kernel
 * @word:	its id; or the name it is pinned by; or, if that is not a name,
 *		the one that it was loaded with
 * @status:	out: the exit status, after a line on stderr
 *
 * Return: give it back with weir_program__free(); NULL if there is none.
 */
struct weir_program *live_open(const struct tool_command *cmd, const char *word,
			       int *status);

/** live_is() - is there such a program? Quietly: no without /dev/weir. */
bool live_is(const char *word);

/** live_name() - "NAME (id N)" of a program, for people. */
void live_name(struct weir_program *prog, char *out, size_t room);

#endif
