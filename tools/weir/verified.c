// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A program and its facts, and what is said when there are none. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <linux/types.h>
#include "tools/weir/insn_text.h"
#include "tools/weir/source.h"
#include "tools/weir/tool.h"
#include "tools/weir/verified.h"

int verified_load(const struct source *src, struct verified *out)
{
	int err;

	memset(out, 0, sizeof(*out));
	err = source_prog(src, &out->rej, &out->words, &out->prog);
	if (!err)
		err = weir_verify(out->prog, src->strict, NULL, &out->rej,
				  &out->facts);
	return err;
}

void verified_free(struct verified *v)
{
	if (v->facts)
		weir_facts_free(v->facts);
	if (v->prog)
		weir_prog_free(v->prog);
}

static const char *detail(const struct weir_rejection *rej)
{
	return rej->detail[0] ? rej->detail : weir_reject_text(rej->nr);
}

static bool source_line(const struct source *src, u32 pc, struct weir_line *out)
{
	return src->prog && !weir_program__line(src->prog, pc, out) &&
	       out->line;
}

bool verified_line(const struct verified *v, const struct source *src, u32 pc,
		   struct weir_line *out)
{
	return source_line(src, weir_prog_origin(v->prog, pc), out);
}

void verified_print_line(FILE *out, const struct verified *v,
			 const struct source *src, u32 pc,
			 struct weir_line *last)
{
	struct weir_line line;

	if (!verified_line(v, src, pc, &line) ||
	    (last->file == line.file && last->line == line.line))
		return;
	fprintf(out, "; %s:%u: %s\n", line.file, line.line, line.text);
	*last = line;
}

void verified_json_line(FILE *out, const struct weir_line *line)
{
	fprintf(out, "{\"file\": ");
	json_string(out, line->file);
	fprintf(out, ", \"line\": %u, \"column\": %u, \"text\": ", line->line,
		line->column);
	json_string(out, line->text);
	fputc('}', out);
}

void verified_print_reject(FILE *out, const struct verified *v,
			   const struct source *src)
{
	const struct weir_rejection *rej = &v->rej;
	struct weir_line line;
	char text[INSN_TEXT];

	fprintf(out, "reject: %s (%u) at %sinstruction %u: %s\n",
		weir_reject_name(rej->nr), rej->nr,
		src->classic ? "classic " : "", rej->pc, detail(rej));
	if (v->prog && !src->classic && rej->pc < v->prog->nr_insns)
		fprintf(out, "%6u: %s\n", rej->pc,
			insn_text(v->prog, rej->pc, text));
	if (source_line(src, rej->pc, &line))
		fprintf(out, "; %s:%u: %s\n", line.file, line.line, line.text);
}

void verified_json_reject(FILE *out, const struct verified *v,
			  const struct source *src, const char *seen,
			  const char *fix)
{
	struct weir_line line;

	fprintf(out, "{\"nr\": %u, \"name\": \"%s\", \"pc\": %u, \"detail\": ",
		v->rej.nr, weir_reject_name(v->rej.nr), v->rej.pc);
	json_string(out, detail(&v->rej));
	fprintf(out, ", \"seen\": ");
	json_string(out, seen);
	fprintf(out, ", \"fix\": ");
	json_string(out, fix);
	if (source_line(src, v->rej.pc, &line)) {
		fprintf(out, ", \"source\": ");
		verified_json_line(out, &line);
	}
	fputc('}', out);
}

int verified_fail(const struct tool_command *cmd, const struct verified *v,
		  const struct source *src, int err)
{
	const char *prog = src->prog ? weir_program__name(src->prog) : "";
	const char *colon = src->prog ? ": " : "";

	if (!v->rej.nr)
		return tool_fail(
			"%s: %s: %s%s%s", cmd->name, src->name, prog, colon,
			v->words.text[0] ? v->words.text : strerror(-err));
	return tool_fail("%s: %s: %s%srejected: %s at %sinstruction %u: %s",
			 cmd->name, src->name, prog, colon,
			 weir_reject_name(v->rej.nr),
			 src->classic ? "classic " : "", v->rej.pc,
			 detail(&v->rej));
}
