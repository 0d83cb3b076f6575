// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the subcommands share: complaints, numbers, words, JSON strings. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>

#include "tools/weir/tool.h"

static volatile sig_atomic_t interrupted;
static int output_errno; /* of the first write that failed */

int tool_fail(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fputs("weir: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return TOOL_FAILED;
}

int tool_usage(const struct tool_command *cmd, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "weir: %s: ", cmd->name);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\nusage: weir %s %s\n", cmd->name, cmd->usage);
	return TOOL_USAGE;
}

int tool_bad_option(const struct tool_command *cmd, char **argv, int c)
{
	const char *what = c == ':'	   ? "lacks its argument"
			   : optopt > 0xff ? "takes no argument"
					   : "is unknown";

	/* A short option may stand inside a cluster: then optind is on it. */
	if (optopt && optopt <= 0xff)
		return tool_usage(cmd, "option -%c %s", optopt, what);
	return tool_usage(cmd, "option %s %s", argv[optind - 1], what);
}

int tool_help(const struct tool_command *cmd)
{
	printf("usage: weir %s %s\n\n%s\n\n%s", cmd->name, cmd->usage,
	       cmd->summary, cmd->help);
	return tool_flush();
}

bool tool_number(const char *text, uint64_t max, uint64_t *out)
{
	char *end;
	unsigned long long n;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	n = strtoull(text, &end, 0);
	if (errno || *end || n > max)
		return false;
	*out = n;
	return true;
}

bool tool_output_failed(void)
{
	if (ferror(stdout) && !output_errno)
		output_errno = errno;
	return ferror(stdout);
}

/* Nobody reads any more: of what failed long ago the reason may be lost. */
static bool reader_left(void)
{
	struct stat st;

	if (output_errno)
		return output_errno == EPIPE;
	return !fstat(STDOUT_FILENO, &st) &&
	       (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
}

int tool_flush(void)
{
	errno = 0;
	if (fflush(stdout) && !output_errno)
		output_errno = errno;
	if (!ferror(stdout) || reader_left())
		return TOOL_OK;
	return tool_fail("standard output: %s",
			 output_errno ? strerror(output_errno) : "write error");
}

static void on_interrupt(int signal)
{
	(void)signal;
	interrupted = 1;
}

void tool_catch_interrupt(void)
{
	/* No SA_RESTART: a read from a terminal or a pipe shall end. */
	struct sigaction action = { .sa_handler = on_interrupt };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

bool tool_interrupted(void)
{
	return interrupted;
}

char *tool_words(char *const *words, int nr)
{
	size_t bytes = 1;
	char *out, *at;

	for (int i = 0; i < nr; i++)
		bytes += strlen(words[i]) + 1;
	at = out = malloc(bytes);
	if (!out)
		return NULL;
	*at = 0;
	for (int i = 0; i < nr; i++)
		at += sprintf(at, "%s%s", i ? " " : "", words[i]);
	return out;
}

void json_string(FILE *out, const char *text)
{
	fputc('"', out);
	for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
		if (*c == '"' || *c == '\\')
			fprintf(out, "\\%c", *c);
		else if (*c < 0x20 || *c == 0x7f)
			fprintf(out, "\\u%04x", *c);
		else
			fputc(*c, out);
	}
	fputc('"', out);
}

void json_hex(FILE *out, const void *bytes, size_t nr)
{
	const unsigned char *at = bytes;

	fputc('"', out);
	for (size_t i = 0; i < nr; i++)
		fprintf(out, "%02x", at[i]);
	fputc('"', out);
}
