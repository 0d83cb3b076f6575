/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Finds programs in the kernel by what people call them. */
#ifndef WEIR_TOOL_PROG_FIND_H
#define WEIR_TOOL_PROG_FIND_H

struct tool_command;

/**
 * prog_find() - a program by its id, a pinned name (of it, or of a link that
 * runs it), or its own name
 *
 * Return: a descriptor, or -1 after a line on stderr.
 */
int prog_find(const struct tool_command *cmd, const char *word);

#endif
