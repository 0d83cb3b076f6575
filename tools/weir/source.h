/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where a subcommand gets its program from: a tcpdump expression, a file of
 * instructions (binary or hex), a program in text form, or an object.
 */
#ifndef WEIR_TOOL_SOURCE_H
#define WEIR_TOOL_SOURCE_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include "tools/lib/libweir.h"

struct tool_command;
struct weir_prog;
struct weir_rejection;
struct weir_text_params;
struct weir_words;

/* Options that all of them take; see source_option(). */
enum {
	SOURCE_OPT_INSNS = 512,
	SOURCE_OPT_TEXT,
	SOURCE_OPT_KIND,
	SOURCE_OPT_CLASSIC,
	SOURCE_OPT_LINKTYPE,
	SOURCE_OPT_STRICT,
	SOURCE_OPT_OBJECT,
	SOURCE_OPT_PROG,
	SOURCE_OPT_SECTION,
	SOURCE_OPT_ASSUME,
	SOURCE_OPT_END
};

#define SOURCE_OPTIONS                                                        \
	{ "insns", required_argument, NULL, SOURCE_OPT_INSNS },               \
		{ "text", required_argument, NULL, SOURCE_OPT_TEXT },         \
		{ "kind", required_argument, NULL, SOURCE_OPT_KIND },         \
		{ "classic", no_argument, NULL, SOURCE_OPT_CLASSIC },         \
		{ "linktype", required_argument, NULL, SOURCE_OPT_LINKTYPE }, \
		{ "object", required_argument, NULL, SOURCE_OPT_OBJECT },     \
		{ "prog", required_argument, NULL, SOURCE_OPT_PROG },         \
		{ "section", required_argument, NULL, SOURCE_OPT_SECTION },   \
		{ "assume", required_argument, NULL, SOURCE_OPT_ASSUME },     \
	{                                                                     \
		"strict", no_argument, NULL, SOURCE_OPT_STRICT                \
	}

#define SOURCE_USAGE \
	"EXPRESSION | --insns FILE --kind KIND [--classic] | FILE.s | FILE.o"

#define SOURCE_HELP                                                                  \
	"The program is one of\n"                                                    \
	"  EXPRESSION          a tcpdump expression, may be several words\n"         \
	"      --linktype NAME its link type, default EN10MB\n"                      \
	"      --insns FILE    instructions, binary or as hex digits; - is "         \
	"standard input\n"                                                           \
	"      --classic       they are classic BPF; also as by tcpdump -dd, -ddd\n" \
	"      --text FILE     a program in text form; so is a single FILE.s\n"      \
	"      --object FILE   an object made by clang -target bpf; so is a single " \
	"FILE.o\n"                                                                   \
	"      --prog NAME     which of its programs, by function ...\n"             \
	"      --section NAME  ... or by section\n"                                  \
	"      --assume MAP    compile in what is in this array, until it "          \
	"changes (run, attach)\n"                                                    \
	"      --kind KIND     socket, tc, xdp or mem; default socket, or what "     \
	"the section says\n"                                                         \
	"      --strict        refuse what needs a run-time guard\n"

#define SOURCE_MAX_ASSUME 16

/**
 * struct source_args - as given on the command line
 * @kind:	WEIR_KIND_UNSPEC if not given
 * @assume:	@nr_assume names of maps
 * @device:	expressions are meant for packets of this one, or NULL
 * @default_link: their link type if nothing else says it; NULL: EN10MB
 */
struct source_args {
	const char *insns;
	const char *text;
	const char *linktype;
	const char *object;
	const char *prog;
	const char *section;
	const char *device;
	const char *default_link;
	const char *assume[SOURCE_MAX_ASSUME];
	unsigned int nr_assume;
	enum weir_kind kind;
	bool classic;
	bool strict;
};

/**
 * struct source - a program
 * @kind:	what it is for
 * @classic:	@insns are struct sock_filter, else struct bpf_insn
 * @insns:	@nr instructions; owned
 * @name:	what messages call it: the expression or the file; owned
 * @params:	live parameters that a text declares, or NULL; owned
 * @obj:	the object it is of, or NULL; owned
 * @prog:	which of its programs; @insns and @nr are not set then
 */
struct source {
	enum weir_kind kind;
	bool classic;
	bool strict;
	void *insns;
	size_t nr;
	char *name;
	struct weir_text_params *params;
	struct weir_object *obj;
	struct weir_program *prog;
	const struct source_args *args;
};

/**
 * source_option() - take one option
 * Return: 0, or the exit status after a usage line; -1 if it is none of these.
 */
int source_option(const struct tool_command *cmd, struct source_args *args,
		  int c, const char *value);

/**
 * source_read() - the program that options and words name
 * Return: 0, or the exit status after a line on stderr.
 */
int source_read(const struct tool_command *cmd, const struct source_args *args,
		char *const *words, int nr_words, struct source *out);

/**
 * source_next() - on to the next program of the object that was asked for
 * Return: false if there is none; @src stays as it is.
 */
bool source_next(struct source *src);

/**
 * source_one() - for commands that take one program
 * Return: 0, or the exit status after a line that lists what there is.
 */
int source_one(const struct tool_command *cmd, const struct source *src);

/**
 * source_assume() - programs of an object are to assume the values of a map
 * @why:	out: what is wrong, if so
 *
 * Return: 0 or a negative errno.
 */
int source_assume(struct weir_object *obj, const char *name, char *why,
		  size_t room);

void source_free(struct source *src);

/* The two kinds of file by themselves, for `weir asm`; @params: out. */
int source_text(const struct tool_command *cmd, enum weir_kind kind,
		const char *path, struct weir_text_params *params,
		struct bpf_insn **insns, uint32_t *nr);
int source_insns(const struct tool_command *cmd, const struct source_args *args,
		 struct source *out);

/**
 * source_prog() - its well-formed program, as weir_prog_load() gives it
 * @words:	out: what is wrong if it is no rejection, and there are words
 */
int source_prog(const struct source *src, struct weir_rejection *rej,
		struct weir_words *words, struct weir_prog **out);

/**
 * source_load() - load it through libweir
 *
 * One of an object is loaded with the object: with the programs that it can
 * tail-call, if there is a map for them, else alone; then it is the object's,
 * and weir_program__free() does nothing.
 */
struct weir_program *source_load(const struct source *src,
				 struct weir_load_opts *opts);

/** source_refused() - after that, one line that says why. Return: TOOL_FAILED */
int source_refused(const struct tool_command *cmd, const struct source *src,
		   const struct weir_load_opts *opts);

#endif
