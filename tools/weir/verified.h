/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A program and its facts: the pipeline up to the verifier, for looking at. */
#ifndef WEIR_TOOL_VERIFIED_H
#define WEIR_TOOL_VERIFIED_H

#include "base/log.h"
#include "base/prog.h"
#include "tools/lib/words.h"
#include "verifier/facts.h"

struct source;
struct tool_command;

/**
 * struct verified - what the verifier says of a program
 * @prog:	NULL if its form was refused
 * @facts:	NULL if it was refused
 * @rej:	why
 * @words:	what is wrong, if it is not the program's fault
 */
struct verified {
	struct weir_prog *prog;
	struct weir_facts *facts;
	struct weir_rejection rej;
	struct weir_words words;
};

/** verified_load() - 0, or an errno; a rejection if rej.nr is set. */
int verified_load(const struct source *src, struct verified *out);
void verified_free(struct verified *v);

/** verified_print_reject() - the refusal in two lines, on @out. */
void verified_print_reject(FILE *out, const struct verified *v,
			   const struct source *src);

/** verified_json_reject() - {"nr", "name", "pc", "detail", "seen", "fix",
 * "source"}
 */
void verified_json_reject(FILE *out, const struct verified *v,
			  const struct source *src, const char *seen,
			  const char *fix);

/**
 * verified_line() - the line of the source that slot @pc was made of
 * Return: false if there is none.
 */
struct weir_line;
bool verified_line(const struct verified *v, const struct source *src, u32 pc,
		   struct weir_line *out);

/** verified_print_line() - "; file:12: text" if it is not that of @last. */
void verified_print_line(FILE *out, const struct verified *v,
			 const struct source *src, u32 pc,
			 struct weir_line *last);

/** verified_json_line() - {"file", "line", "column", "text"}, or null. */
void verified_json_line(FILE *out, const struct weir_line *line);

/** verified_fail() - for commands that need an accepted program. */
int verified_fail(const struct tool_command *cmd, const struct verified *v,
		  const struct source *src, int err);

#endif
