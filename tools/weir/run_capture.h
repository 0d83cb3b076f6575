/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A program on each packet of a capture, and how often it said what. */
#ifndef WEIR_TOOL_RUN_CAPTURE_H
#define WEIR_TOOL_RUN_CAPTURE_H

#include <stdbool.h>

struct weir_program;

/**
 * run_capture() - run @prog on the packets of @path, and print what came
 * @json:	as members of an object that the caller opened
 *
 * Each packet is the program's own; nothing is written back. Return: 0, or the
 * exit status after a line on stderr, when what was seen is printed.
 */
int run_capture(struct weir_program *prog, const char *path, bool json);

#endif
