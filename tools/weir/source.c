// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Programs from expressions, instruction files and text. */
#include <ctype.h>
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
#include "tools/weir/source.h"
#include "tools/weir/tool.h"

#define INSN_BYTES 8 /* struct bpf_insn and struct sock_filter alike */
#define MAX_FILE ((size_t)64 << 20)
#define EXPR_SNAPLEN 262144 /* what tcpdump takes */
#define EXPR_ERROR 512

_Static_assert(sizeof(struct bpf_insn) == INSN_BYTES, "eBPF instruction");
_Static_assert(sizeof(struct sock_filter) == INSN_BYTES, "classic instruction");

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

	if (args->classic)
		return tool_usage(cmd, "--classic goes with --insns");
	if (args->kind && args->kind != WEIR_KIND_SOCKET)
		return tool_usage(cmd, "an expression is of kind socket");
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

static bool is_hex_text(const char *text, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (!isxdigit((unsigned char)text[i]) &&
		    !isspace((unsigned char)text[i]))
			return false;
	return true;
}

/*
 * tcpdump -ddd: the number of instructions, then code, jt, jf and k of each in
 * decimal. False if it is not exactly that, and then it is hex.
 */
static bool from_ddd(char *text, size_t nr, struct source *out)
{
	unsigned long long field[4];
	struct sock_filter *insns;
	char *at = text, *end;
	size_t lines = 0, want;

	for (size_t i = 0; i < nr; i++)
		lines += text[i] == '\n';
	want = strtoull(at, &end, 10);
	if (end == at || *end != '\n' || !want ||
	    (want != lines && want + 1 != lines))
		return false;
	insns = calloc(want, sizeof(*insns));
	if (!insns)
		return false;
	for (size_t i = 0; i < want; i++) {
		for (int f = 0; f < 4; f++) {
			at = end;
			field[f] = strtoull(at, &end, 10);
			if (end == at)
				goto not_ddd;
		}
		if ((*end && *end != '\n') || field[0] > 0xffff ||
		    field[1] > 0xff || field[2] > 0xff || field[3] > 0xffffffff)
			goto not_ddd;
		insns[i] = (struct sock_filter){ (__u16)field[0],
						 (__u8)field[1], (__u8)field[2],
						 (__u32)field[3] };
	}
	while (isspace((unsigned char)*end))
		end++;
	if (*end)
		goto not_ddd;
	out->insns = insns;
	out->nr = want;
	return true;
not_ddd:
	free(insns);
	return false;
}

int source_insns(const struct tool_command *cmd, const struct source_args *args,
		 struct source *out)
{
	size_t nr, bad;
	char *bytes = read_all(cmd, args->insns, MAX_FILE, &nr);
	long decoded = (long)nr;
	char *insns;

	if (!bytes)
		return TOOL_FAILED;
	out->classic = args->classic;
	out->kind = args->kind ? args->kind : WEIR_KIND_SOCKET;
	if (is_hex_text(bytes, nr)) {
		if (args->classic && from_ddd(bytes, nr, out)) {
			free(bytes);
			return TOOL_OK;
		}
		decoded = hex_decode(bytes, nr, (uint8_t *)bytes, &bad);
		if (decoded < 0) {
			free(bytes);
			return tool_fail("%s: %s: odd number of hex digits",
					 cmd->name, args->insns);
		}
	}
	if (decoded % INSN_BYTES) {
		free(bytes);
		return tool_fail("%s: %s: %ld bytes are not a whole number of "
				 "%d-byte instructions",
				 cmd->name, args->insns, decoded, INSN_BYTES);
	}
	insns = realloc(bytes, decoded ? (size_t)decoded : 1);
	out->insns = insns ? insns : bytes;
	out->nr = (size_t)decoded / INSN_BYTES;
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

	if (args->classic)
		return tool_usage(cmd, "--classic goes with --insns");
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
	u32 nr = src->nr > WEIR_MAX_INSNS ? WEIR_MAX_INSNS + 1 : (u32)src->nr;

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
