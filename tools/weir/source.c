// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Programs from expressions, instruction files and text. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/types.h>
#include <linux/filter.h>
#include "base/log.h"
#include "base/prog.h"
#include "tools/lib/text.h"
#include "tools/weir/files.h"
#include "tools/weir/insn_file.h"
#include "tools/weir/source.h"
#include "tools/weir/tool.h"

#define MAX_FILE ((size_t)64 << 20)
#define EXPR_SNAPLEN 262144 /* what tcpdump takes */
#define EXPR_ERROR 512

int source_option(const struct tool_command *cmd, struct source_args *args,
		  int c, const char *value)
{
	switch (c) {
	case SOURCE_OPT_INSNS:
		args->insns = value;
		return 0;
	case SOURCE_OPT_TEXT:
		args->text = value;
		return 0;
	case SOURCE_OPT_KIND:
		args->kind = weir_kind__by_name(value);
		if (args->kind)
			return 0;
		return tool_usage(cmd, "--kind %s: socket, tc, xdp or mem",
				  value);
	case SOURCE_OPT_CLASSIC:
		args->classic = true;
		return 0;
	case SOURCE_OPT_LINKTYPE:
		args->linktype = value;
		return 0;
	case SOURCE_OPT_STRICT:
		args->strict = true;
		return 0;
	}
	return -1;
}

static int from_expression(const struct tool_command *cmd,
			   const struct source_args *args, char *const *words,
			   int nr_words, struct source *out)
{
	const char *link = args->linktype ? args->linktype : "EN10MB";
	int linktype = weir_expr__linktype(link);
	char err[EXPR_ERROR];
	struct sock_filter *insns;

	if (linktype < 0)
		return tool_fail("%s: --linktype %s: no such link type",
				 cmd->name, link);
	out->name = tool_words(words, nr_words);
	if (!out->name)
		return tool_fail("%s: out of memory", cmd->name);
	if (weir_expr__compile(out->name, linktype, EXPR_SNAPLEN, &insns,
			       &out->nr, err, sizeof(err)))
		return tool_fail("%s: '%s': %s", cmd->name, out->name, err);
	out->insns = insns;
	out->classic = true;
	out->kind = WEIR_KIND_SOCKET;
	return TOOL_OK;
}

int source_insns(const struct tool_command *cmd, const struct source_args *args,
		 struct source *out)
{
	struct insn_file file;
	size_t nr;
	char *text = read_all(cmd, args->insns, MAX_FILE, &nr);
	int err;

	if (!text)
		return TOOL_FAILED;
	err = insn_file_parse(text, nr, args->classic, &file);
	free(text);
	if (err)
		return tool_fail("%s: %s%s", cmd->name, args->insns, file.err);
	out->classic = args->classic;
	out->kind = args->kind ? args->kind : WEIR_KIND_SOCKET;
	out->insns = file.insns;
	out->nr = file.nr;
	return TOOL_OK;
}

int source_text(const struct tool_command *cmd, enum weir_kind kind,
		const char *path, struct bpf_insn **insns, uint32_t *nr)
{
	struct weir_text_error err;
	size_t bytes;
	char *text = read_all(cmd, path, MAX_FILE, &bytes);
	int ret;

	if (!text)
		return TOOL_FAILED;
	ret = weir_text_assemble_kind(kind, text, bytes, insns, nr, &err);
	free(text);
	if (ret == -EINVAL)
		return tool_fail("%s: %s:%u:%u: %s", cmd->name, path, err.line,
				 err.column, err.what);
	if (ret)
		return tool_fail("%s: %s: %s", cmd->name, path, strerror(-ret));
	return TOOL_OK;
}

static int from_text(const struct tool_command *cmd,
		     const struct source_args *args, const char *path,
		     struct source *out)
{
	struct bpf_insn *insns;
	uint32_t nr;
	int status;

	out->kind = args->kind ? args->kind : WEIR_KIND_SOCKET;
	status = source_text(cmd, out->kind, path, &insns, &nr);
	if (status)
		return status;
	out->insns = insns;
	out->nr = nr;
	return TOOL_OK;
}

static int from_file(const struct tool_command *cmd,
		     const struct source_args *args, const char *path,
		     struct source *out)
{
	out->name = strdup(path);
	if (!out->name)
		return tool_fail("%s: out of memory", cmd->name);
	return args->insns ? source_insns(cmd, args, out)
			   : from_text(cmd, args, path, out);
}

/* A single word that ends as a program in text form does, and is a file. */
static bool is_text_file(const char *word)
{
	size_t len = strlen(word);

	return len > 2 && !strcmp(word + len - 2, ".s") && !access(word, F_OK);
}

/* Options that say nothing about this sort of program. */
static int check_args(const struct tool_command *cmd,
		      const struct source_args *args, bool is_expression)
{
	if (args->classic && !args->insns)
		return tool_usage(cmd, "--classic goes with --insns");
	if (args->linktype && !is_expression)
		return tool_usage(cmd, "--linktype goes with an expression");
	if ((is_expression || args->classic) && args->kind &&
	    args->kind != WEIR_KIND_SOCKET)
		return tool_usage(cmd, "%s is of kind socket",
				  is_expression ? "an expression"
						: "classic BPF");
	return TOOL_OK;
}

int source_read(const struct tool_command *cmd, const struct source_args *args,
		char *const *words, int nr_words, struct source *out)
{
	const char *path = args->insns ? args->insns : args->text;
	int status;

	memset(out, 0, sizeof(*out));
	out->strict = args->strict;
	if (!path && nr_words == 1 && is_text_file(words[0])) {
		path = words[0];
		nr_words = 0;
	}
	if (path && (nr_words || (args->insns && args->text)))
		return tool_usage(cmd, "more than one program");
	if (!path && !nr_words)
		return tool_usage(cmd, "which program?");
	status = check_args(cmd, args, !path);
	if (status)
		return status;
	if (path)
		status = from_file(cmd, args, path, out);
	else
		status = from_expression(cmd, args, words, nr_words, out);
	if (status)
		source_free(out);
	return status;
}

void source_free(struct source *src)
{
	free(src->insns);
	free(src->name);
	src->insns = NULL;
	src->name = NULL;
}

int source_prog(const struct source *src, struct weir_rejection *rej,
		struct weir_prog **out)
{
	u32 nr = src->nr > UINT32_MAX ? UINT32_MAX : (u32)src->nr;

	if (src->classic)
		return weir_prog_load_classic(src->insns, nr, rej, out);
	return weir_prog_load(src->kind, src->insns, nr, rej, out);
}

struct weir_program *source_load(const struct source *src,
				 struct weir_load_opts *opts)
{
	opts->kind = src->kind;
	opts->strict = src->strict;
	if (src->classic)
		return weir_program__load_classic(src->insns, src->nr, opts);
	return weir_program__load(src->insns, src->nr, opts);
}
