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
	err = source_prog(src, &out->rej, &out->prog);
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

void verified_print_reject(FILE *out, const struct verified *v,
			   const struct source *src)
{
	const struct weir_rejection *rej = &v->rej;
	char text[INSN_TEXT];

	fprintf(out, "reject: %s (%u) at %sinstruction %u: %s\n",
		weir_reject_name(rej->nr), rej->nr,
		src->classic ? "classic " : "", rej->pc, detail(rej));
	if (v->prog && !src->classic && rej->pc < v->prog->nr_insns)
		fprintf(out, "%6u: %s\n", rej->pc,
			insn_text(v->prog, rej->pc, text));
}

void verified_json_reject(FILE *out, const struct verified *v)
{
	fprintf(out, "{\"nr\": %u, \"name\": \"%s\", \"pc\": %u, \"detail\": ",
		v->rej.nr, weir_reject_name(v->rej.nr), v->rej.pc);
	json_string(out, detail(&v->rej));
	fputc('}', out);
}

int verified_fail(const struct tool_command *cmd, const struct verified *v,
		  const struct source *src, int err)
{
	if (!v->rej.nr)
		return tool_fail("%s: %s: %s", cmd->name, src->name,
				 strerror(-err));
	return tool_fail("%s: %s: rejected: %s at %sinstruction %u: %s",
			 cmd->name, src->name, weir_reject_name(v->rej.nr),
			 src->classic ? "classic " : "", v->rej.pc,
			 detail(&v->rej));
}
