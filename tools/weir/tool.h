/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the subcommands of `weir` share: their table, and how they complain.
 * Exit status: 0 done, 1 it went wrong (one line says what), 2 wrong usage.
 */
#ifndef WEIR_TOOL_H
#define WEIR_TOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum tool_status {
	TOOL_OK = 0,
	TOOL_FAILED = 1,
	TOOL_USAGE = 2,
};

/**
 * struct tool_command - a subcommand
 * @name:	as it is typed
 * @run:	argv[0] is the name; returns enum tool_status
 * @summary:	one line, for `weir --help`
 * @usage:	what follows the name on a command line
 * @help:	the rest of `weir NAME --help`
 */
struct tool_command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
	const char *usage;
	const char *help;
};

extern const struct tool_command cmd_filter;
extern const struct tool_command cmd_check;
extern const struct tool_command cmd_dump;
extern const struct tool_command cmd_run;
extern const struct tool_command cmd_asm;
extern const struct tool_command cmd_load;
extern const struct tool_command cmd_show;
extern const struct tool_command cmd_map;
extern const struct tool_command cmd_bench;
extern const struct tool_command cmd_attach;
extern const struct tool_command cmd_detach;
extern const struct tool_command cmd_capture;
extern const struct tool_command cmd_guards;
extern const struct tool_command cmd_bridge;
extern const struct tool_command cmd_stats;
extern const struct tool_command cmd_top;
extern const struct tool_command cmd_param;

/** tool_fail() - "weir: COMMAND: ..." on stderr. Return: TOOL_FAILED. */
int tool_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/** tool_usage() - the same, with the usage line. Return: TOOL_USAGE. */
int tool_usage(const struct tool_command *cmd, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/** tool_bad_option() - what getopt_long() answered '?' or ':' to. */
int tool_bad_option(const struct tool_command *cmd, char **argv, int c);

/** tool_help() - --help of a subcommand, on stdout. Return: TOOL_OK. */
int tool_help(const struct tool_command *cmd);

/** tool_number() - a whole decimal or 0x number up to @max. */
bool tool_number(const char *text, uint64_t max, uint64_t *out);

/**
 * tool_flush() - end of output
 * A reader who has gone away is no failure: `weir ... | head` is fine.
 * Return: TOOL_OK, or TOOL_FAILED with a line if stdout could not be written.
 */
int tool_flush(void);

/**
 * tool_output_failed() - is it any use to print on?
 * Ask soon after printing, so that the reason is not lost.
 */
bool tool_output_failed(void);

/** tool_interrupted() - has SIGINT come? After tool_catch_interrupt(). */
bool tool_interrupted(void);
void tool_catch_interrupt(void);

/** tool_words() - words joined by spaces, as tcpdump does; free() it. */
char *tool_words(char *const *words, int nr);

/* JSON: strings with what they need escaped, and bytes as hex digits. */
void json_string(FILE *out, const char *text);
void json_hex(FILE *out, const void *bytes, size_t nr);

#endif
