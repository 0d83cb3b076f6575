// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The control flow graph as Graphviz reads it: a table per block, a row per
 * line of the source and per instruction. Colours only repeat what words say.
 */
#include <errno.h>
#include <stdio.h>

#include <linux/types.h>
#include "base/insn.h"
#include "tools/lib/libweir.h"
#include "tools/weir/explain.h"
#include "tools/weir/graph.h"
#include "tools/weir/insn_text.h"
#include "tools/weir/source.h"
#include "tools/weir/verified.h"
#include "verifier/cfg.h"

#define PROVEN "#d9f2d9"
#define GUARDED "#ffe3b3"
#define REFUSED "#ffb3b3"
#define SOURCE "#eeeeee"

struct graph {
	FILE *out;
	const struct verified *v;
	const struct source *src;
	const struct explain *e;
	const struct weir_cfg *cfg;
};

/* Text in a label that looks like HTML. */
static void escape(FILE *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		default:
			fputc((unsigned char)*text < ' ' ? ' ' : *text, out);
		}
	}
}

static void row(const struct graph *g, const char *colour)
{
	fprintf(g->out, "    <tr><td align=\"left\"%s%s%s>",
		colour ? " bgcolor=\"" : "", colour ? colour : "",
		colour ? "\"" : "");
}

static void end_row(const struct graph *g)
{
	fputs("</td></tr>\n", g->out);
}

static void print_source(const struct graph *g, u32 pc, struct weir_line *last)
{
	struct weir_line line;

	if (!verified_line(g->v, g->src, pc, &line) ||
	    (last->file == line.file && last->line == line.line))
		return;
	*last = line;
	row(g, SOURCE);
	fprintf(g->out, "<i>%u: ", line.line);
	escape(g->out, line.text);
	fputs("</i>", g->out);
	end_row(g);
}

/* What was decided about an instruction, in its row. */
static void print_decision(const struct graph *g, u32 pc)
{
	const struct weir_facts *facts = g->v->facts;
	const struct explained *x = explain_at(g->e, pc);
	const struct weir_insn_facts *f;

	if (!facts)
		return;
	f = &facts->insn[pc];
	if (f->mem && !f->nr_guards) {
		fputs("  proven: ", g->out);
		escape(g->out, x->by ? x->by : "constant");
	}
	for (u32 i = f->guard; i < f->guard + f->nr_guards; i++) {
		const struct weir_guard *guard = &facts->guard[i];

		fprintf(g->out, "  guard %u, %s: ", i,
			weir_guard__name(guard->kind));
		escape(g->out, guard->why ? guard->why : "");
	}
}

static void print_insn(const struct graph *g, u32 pc)
{
	const struct weir_facts *facts = g->v->facts;
	const char *colour = NULL;
	char text[INSN_TEXT];

	if (facts && facts->insn[pc].nr_guards)
		colour = GUARDED;
	else if (facts && facts->insn[pc].mem)
		colour = PROVEN;
	else if (!facts && g->v->rej.nr && pc == g->e->last)
		colour = REFUSED;
	row(g, colour);
	fprintf(g->out, "%u: ", pc);
	escape(g->out, insn_text(g->v->prog, pc, text));
	print_decision(g, pc);
	if (!facts && pc == g->e->last) {
		fprintf(g->out, "  %s: ", weir_reject_name(g->v->rej.nr));
		escape(g->out, g->v->rej.detail);
	}
	end_row(g);
}

static void print_block(const struct graph *g, u32 b)
{
	const struct weir_block *block = &g->cfg->block[b];
	const struct weir_facts *facts = g->v->facts;
	struct weir_line line = { 0 };
	bool reached = !facts ||
		       facts->insn[block->start].flags & WEIR_FACT_REACHED;

	fprintf(g->out,
		"  b%u [%slabel=<<table border=\"%u\" cellborder=\"0\" "
		"cellspacing=\"0\" cellpadding=\"1\">\n",
		b, reached ? "" : "fontcolor=gray, ", block->is_head ? 3u : 1u);
	if (block->is_head) {
		row(g, NULL);
		fputs("<b>loop head</b>", g->out);
		end_row(g);
	}
	for (u32 pc = block->start; pc <= block->last;
	     pc += insn_slots(g->v->prog, pc)) {
		print_source(g, pc, &line);
		print_insn(g, pc);
	}
	fputs("    </table>>];\n", g->out);
}

static void print_edge(const struct graph *g, u32 from, u32 to,
		       const char *what, bool never)
{
	bool back = to != WEIR_NO_BLOCK &&
		    g->cfg->block[to].order <= g->cfg->block[from].order;

	if (to == WEIR_NO_BLOCK)
		return;
	fprintf(g->out, "  b%u -> b%u [label=\"%s%s\"%s%s];\n", from, to, what,
		never ? " (never)" : "", back ? ", style=bold, color=blue" : "",
		never ? ", color=gray, fontcolor=gray" : "");
}

/* The two ways out of a block; which of them facts rule out. */
static void print_edges(const struct graph *g, u32 b)
{
	const struct weir_block *block = &g->cfg->block[b];
	bool two = block->taken != WEIR_NO_BLOCK &&
		   block->fall != WEIR_NO_BLOCK;
	u32 flags = g->v->facts ? g->v->facts->insn[block->last].flags : 0;

	print_edge(g, b, block->taken, two ? "taken" : "",
		   flags & WEIR_FACT_NOT_TAKEN);
	print_edge(g, b, block->fall, two ? "else" : "",
		   flags & WEIR_FACT_TAKEN);
}

static void print_calls(const struct graph *g, u32 b)
{
	const struct weir_block *block = &g->cfg->block[b];
	const struct weir_prog *prog = g->v->prog;

	for (u32 pc = block->start; pc <= block->last;
	     pc += insn_slots(prog, pc)) {
		u32 f;

		if (!weir_insn_is_subprog_call(&prog->insns[pc]))
			continue;
		f = weir_cfg_callee(g->cfg, prog, pc);
		fprintf(g->out,
			"  b%u -> b%u [label=\"call at %u\", style=dotted, "
			"constraint=false];\n",
			b, g->cfg->func[f].entry, pc);
	}
}

static void print_func(const struct graph *g, u32 f)
{
	const struct weir_func *func = &g->cfg->func[f];
	bool cluster = g->cfg->nr_funcs > 1;

	if (cluster)
		fprintf(g->out,
			"  subgraph cluster_%u {\n  label=\"%s at %u\";\n", f,
			f ? "function" : "program",
			g->cfg->block[func->entry].start);
	for (u32 i = func->first; i < func->first + func->nr; i++)
		print_block(g, g->cfg->order[i]);
	if (cluster)
		fputs("  }\n", g->out);
}

static void print_title(const struct graph *g)
{
	const struct weir_facts *facts = g->v->facts;

	fputs("digraph weir {\n  labelloc=t;\n  label=<", g->out);
	escape(g->out, g->src->name);
	fputs(g->src->prog ? " " : "", g->out);
	escape(g->out, g->src->prog ? weir_program__name(g->src->prog) : "");
	if (facts)
		fprintf(g->out, ": %u accesses, %u guards", facts->nr_accesses,
			facts->nr_guards);
	else
		fprintf(g->out, ": rejected, %s",
			weir_reject_name(g->v->rej.nr));
	fputs(">;\n  node [shape=plain, fontname=\"monospace\", fontsize=10];\n"
	      "  edge [fontname=\"sans-serif\", fontsize=9];\n",
	      g->out);
}

int graph_print(FILE *out, const struct verified *v, const struct source *src,
		const struct explain *e)
{
	struct graph g = { out, v, src, e, e->cfg };

	if (!e->cfg)
		return -EINVAL;
	print_title(&g);
	for (u32 f = 0; f < e->cfg->nr_funcs; f++)
		print_func(&g, f);
	for (u32 b = 0; b < e->cfg->nr_blocks; b++) {
		print_edges(&g, b);
		print_calls(&g, b);
	}
	fputs("}\n", out);
	return 0;
}
