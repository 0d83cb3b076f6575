// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* weir check: what the verifier proves of a program, and what it guards. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include <linux/types.h>
#include "jit/arch.h"
#include "tools/lib/libweir.h"
#include "tools/weir/explain.h"
#include "tools/weir/graph.h"
#include "tools/weir/insn_text.h"
#include "tools/weir/source.h"
#include "tools/weir/tool.h"
#include "tools/weir/verified.h"
#include "verifier/cfg.h"

enum form {
	FORM_TEXT,
	FORM_STATES,
	FORM_JSON,
	FORM_DOT,
};

/* One program to be told of. */
struct check {
	const struct source *src;
	enum form form;
	const char *arch;
	struct verified v;
	struct explain e;
};

/* Is there anything at this slot that had to be proven or guarded? */
static bool is_access(const struct check *c, u32 pc)
{
	const struct weir_insn_facts *f = &c->v.facts->insn[pc];

	if (!(f->flags & WEIR_FACT_REACHED))
		return false;
	return f->mem != WEIR_MEM_NONE || f->nr_guards ||
	       explain_at(&c->e, pc)->by ||
	       weir_insn_is_packet_load(&c->v.prog->insns[pc]);
}

static const char *mem_name(const struct verified *v, u32 pc)
{
	static const char *const names[] = {
		[WEIR_MEM_NONE] = "loop",
		[WEIR_MEM_CTX] = "context",
		[WEIR_MEM_STACK] = "stack",
		[WEIR_MEM_PACKET] = "packet",
		[WEIR_MEM_BUFFER] = "buffer",
		[WEIR_MEM_MAP_VALUE] = "map value",
		[WEIR_MEM_MIXED] = "memory",
	};
	u8 mem = v->facts->insn[pc].mem;

	if (mem == WEIR_MEM_NONE &&
	    weir_insn_is_packet_load(&v->prog->insns[pc]))
		mem = WEIR_MEM_PACKET;
	if (mem == WEIR_MEM_NONE && weir_insn_is_call(&v->prog->insns[pc]))
		return "argument";
	return mem < sizeof(names) / sizeof(names[0]) ? names[mem] : "?";
}

static void print_guard(const struct check *c, u32 guard)
{
	const struct weir_guard *g = &c->v.facts->guard[guard];

	printf("  guard #%-4u %s%s%s", guard, weir_guard__name(g->kind),
	       g->why ? ": " : "", g->why ? g->why : "");
	if (c->e.cost && c->e.cost[guard] != NO_COST)
		printf("; +%u %s instruction%s", c->e.cost[guard], c->e.arch,
		       c->e.cost[guard] == 1 ? "" : "s");
}

static void print_access(const struct check *c, u32 pc)
{
	const struct weir_insn_facts *f = &c->v.facts->insn[pc];
	const struct explained *x = explain_at(&c->e, pc);

	if (!f->nr_guards)
		printf("  proven      %s%s%s", mem_name(&c->v, pc),
		       x->by ? ": " : "", x->by ? x->by : "");
	for (u32 i = 0; i < f->nr_guards; i++) {
		if (i)
			printf("\n%*s", c->v.prog->origin ? 54 : 48, "");
		print_guard(c, f->guard + i);
	}
	if (x->seen && (f->nr_guards || c->form == FORM_STATES))
		printf("; %s", x->seen);
}

static void print_insn(const struct check *c, u32 pc)
{
	char text[INSN_TEXT];

	insn_text(c->v.prog, pc, text);
	if (!c->v.facts || !is_access(c, pc)) {
		printf("%6u: %s\n", pc, text);
		return;
	}
	printf("%6u: %-40s", pc, text);
	if (c->v.prog->origin)
		printf(" (%03u)", weir_prog_origin(c->v.prog, pc));
	print_access(c, pc);
	putchar('\n');
}

/* A state, broken between its items. */
static void print_state(const char *text)
{
	const int width = 72;
	int column = 0;

	while (*text) {
		const char *gap = strstr(text, "  ");
		int len = gap ? (int)(gap - text) : (int)strlen(text);

		if (column && column + 2 + len > width)
			column = 0;
		printf("%s%.*s", column ? "  " : "\n        ", len, text);
		column += len + 2;
		text += len + (gap ? 2 : 0);
	}
	putchar('\n');
}

/* Every instruction, and what is known where each block starts. */
static void print_states(const struct check *c)
{
	const struct weir_cfg *cfg = c->e.cfg;
	struct weir_line line = { 0 };

	for (u32 b = 0; cfg && b < cfg->nr_blocks; b++) {
		const struct weir_block *block = &cfg->block[b];
		const char *state = explain_at(&c->e, block->start)->state;

		printf("block %u to %u%s:", block->start, block->last,
		       block->is_head ? ", loop head" : "");
		print_state(state && *state ? state
			    : state	    ? "nothing is known"
			    : c->v.facts    ? "no run gets here"
					    : "not seen");
		for (u32 pc = block->start; pc <= block->last;
		     pc += insn_slots(c->v.prog, pc)) {
			verified_print_line(stdout, &c->v, c->src, pc, &line);
			print_insn(c, pc);
		}
	}
}

/* The operands as they were where the program was refused, and the way out. */
static void print_why(const struct check *c)
{
	const char *seen = explain_at(&c->e, c->e.last)->seen;
	const char *fix = explain_fix(c->v.rej.nr);

	if (seen && *seen)
		printf("seen: %s\n", seen);
	if (*fix)
		printf("fix: %s\n", fix);
}

static int print_text(const struct check *c)
{
	const struct weir_facts *facts = c->v.facts;
	const struct source *src = c->src;
	struct weir_line line = { 0 };
	u32 proven = 0;

	if (src->prog)
		printf("program %s, section %s, kind %s\n",
		       weir_program__name(src->prog),
		       weir_program__section(src->prog),
		       weir_kind__name(src->kind));
	if (c->form == FORM_STATES)
		print_states(c);
	if (!facts) {
		verified_print_reject(stdout, &c->v, src);
		print_why(c);
		return TOOL_FAILED;
	}
	for (u32 pc = 0; pc < facts->nr_insns;
	     pc += insn_slots(c->v.prog, pc)) {
		if (!is_access(c, pc))
			continue;
		proven += !facts->insn[pc].nr_guards;
		if (c->form == FORM_STATES)
			continue;
		verified_print_line(stdout, &c->v, src, pc, &line);
		print_insn(c, pc);
	}
	printf("accept: %u proven, %u guard%s; %u instructions, "
	       "%u bytes of stack, packet bytes wanted: %u\n",
	       proven, facts->nr_guards, facts->nr_guards == 1 ? "" : "s",
	       c->v.prog->nr_insns, facts->stack_bytes, facts->packet_bytes);
	return TOOL_OK;
}

static void json_guard(const struct check *c, u32 guard)
{
	const struct weir_guard *g = &c->v.facts->guard[guard];

	printf("%u, \"kind\": \"%s\", \"why\": ", guard,
	       weir_guard__name(g->kind));
	json_string(stdout, g->why ? g->why : "");
	if (c->e.cost && c->e.cost[guard] != NO_COST)
		printf(", \"cost\": %u, \"arch\": \"%s\"", c->e.cost[guard],
		       c->e.arch);
}

/* One object per guard, or one for an access that needs none. */
static void json_access(const struct check *c, u32 pc, const char **comma)
{
	const struct weir_insn_facts *f = &c->v.facts->insn[pc];
	const struct explained *x = explain_at(&c->e, pc);
	struct weir_line line;
	u32 i = 0;

	do {
		printf("%s\n    {\"pc\": %u, \"state\": \"%s\", \"guard\": ",
		       *comma, pc, f->nr_guards ? "guard" : "proven");
		*comma = ",";
		if (f->nr_guards) {
			json_guard(c, f->guard + i);
		} else {
			printf("null, \"kind\": \"%s\", \"by\": ",
			       mem_name(&c->v, pc));
			json_string(stdout, x->by ? x->by : "");
		}
		printf(", \"seen\": ");
		json_string(stdout, x->seen ? x->seen : "");
		if (c->v.prog->origin)
			printf(", \"classic_pc\": %u",
			       weir_prog_origin(c->v.prog, pc));
		if (verified_line(&c->v, c->src, pc, &line)) {
			printf(", \"source\": ");
			verified_json_line(stdout, &line);
		}
		putchar('}');
	} while (++i < f->nr_guards);
}

static void json_program(const struct source *src)
{
	printf("\"program\": ");
	json_string(stdout, weir_program__name(src->prog));
	printf(", \"section\": ");
	json_string(stdout, weir_program__section(src->prog));
	printf(", \"kind\": \"%s\", ", weir_kind__name(src->kind));
}

static int print_json(const struct check *c)
{
	const struct weir_facts *facts = c->v.facts;
	const char *seen = explain_at(&c->e, c->e.last)->seen;
	const char *comma = "";

	putchar('{');
	if (c->src->prog)
		json_program(c->src);
	printf("\"verdict\": \"%s\", \"reject\": ",
	       facts ? "accept" : "reject");
	if (facts)
		printf("null");
	else
		verified_json_reject(stdout, &c->v, c->src, seen ? seen : "",
				     explain_fix(c->v.rej.nr));
	printf(", \"accesses\": [");
	for (u32 pc = 0; facts && pc < facts->nr_insns;
	     pc += insn_slots(c->v.prog, pc))
		if (is_access(c, pc))
			json_access(c, pc, &comma);
	printf("%s], \"guards\": %u}", *comma ? "\n  " : "",
	       facts ? facts->nr_guards : 0);
	return facts ? TOOL_OK : TOOL_FAILED;
}

static int print_dot(const struct check *c)
{
	if (graph_print(stdout, &c->v, c->src, &c->e))
		return verified_fail(&cmd_check, &c->v, c->src, -EINVAL);
	return c->v.facts ? TOOL_OK : TOOL_FAILED;
}

/* Neither accepted nor rejected: it could not be made a program. */
static int no_program(const struct check *c, int err)
{
	if (c->form == FORM_JSON && c->src->prog) {
		putchar('{');
		json_program(c->src);
		printf("\"verdict\": \"error\", \"error\": ");
		json_string(stdout, c->v.words.text);
		putchar('}');
	}
	return verified_fail(&cmd_check, &c->v, c->src, err);
}

static int check_one(struct check *c)
{
	int err, status;

	c->e.states = c->form == FORM_STATES;
	err = explain_load(c->src, &c->v, &c->e);
	explain_costs(&c->e, &c->v, c->arch);
	if (err && !c->v.rej.nr)
		status = no_program(c, err);
	else if (c->form == FORM_DOT)
		status = print_dot(c);
	else
		status = c->form == FORM_JSON ? print_json(c) : print_text(c);
	explain_free(&c->e);
	verified_free(&c->v);
	return status;
}

/* Of an object all programs, unless one was asked for; JSON then in an array. */
static int check(struct check *c, struct source *src)
{
	struct source second = *src;
	bool json = c->form == FORM_JSON;
	bool array = json && source_next(&second);
	int status, end;

	c->src = src;
	if (array)
		putchar('[');
	status = check_one(c);
	while (source_next(src)) {
		printf(json ? ",\n " : "\n");
		end = check_one(c);
		status = status ? status : end;
	}
	if (array)
		putchar(']');
	if (json)
		putchar('\n');
	end = tool_flush();
	return status ? status : end;
}

/* Every reason to refuse a program, and what to do about it. */
static int print_rules(void)
{
	static const struct {
		u32 nr;
		const char *text;
	} rules[] = {
#define _(nr, name, err, text) { nr, text },
#include "uapi/reject.def"
#undef _
	};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		printf("%3u %-19s %s\n%23s fix: %s\n", rules[i].nr,
		       weir_reject_name(rules[i].nr), rules[i].text, "",
		       explain_fix(rules[i].nr));
	return tool_flush();
}

enum {
	OPT_JSON = 256,
	OPT_DOT,
	OPT_STATES,
	OPT_ARCH,
	OPT_RULES,
	OPT_HELP
};

static const struct option options[] = {
	SOURCE_OPTIONS,
	{ "json", no_argument, NULL, OPT_JSON },
	{ "dot", no_argument, NULL, OPT_DOT },
	{ "states", no_argument, NULL, OPT_STATES },
	{ "arch", required_argument, NULL, OPT_ARCH },
	{ "rules", no_argument, NULL, OPT_RULES },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

/* Return: 0, or the exit status; -1 if it is done. */
static int parse(struct check *c, struct source_args *args, int argc,
		 char **argv)
{
	int opt, status;

	opterr = 0;
	while ((opt = getopt_long(argc, argv, ":hv", options, NULL)) != -1) {
		status = source_option(&cmd_check, args, opt, optarg);
		if (status > 0)
			return status;
		if (!status)
			continue;
		switch (opt) {
		case OPT_JSON:
			c->form = FORM_JSON;
			break;
		case OPT_DOT:
			c->form = FORM_DOT;
			break;
		case 'v':
		case OPT_STATES:
			c->form = FORM_STATES;
			break;
		case OPT_ARCH:
			c->arch = optarg;
			if (!weir_arch_by_name(optarg))
				return tool_usage(&cmd_check,
						  "--arch %s: arm64 or arm",
						  optarg);
			break;
		case OPT_RULES:
			status = print_rules();
			return status ? status : -1;
		case OPT_HELP:
		case 'h':
			status = tool_help(&cmd_check);
			return status ? status : -1;
		default:
			return tool_bad_option(&cmd_check, argv, opt);
		}
	}
	return 0;
}

static int cmd_check_run(int argc, char **argv)
{
	const struct weir_arch *native = weir_arch_native();
	struct source_args args = { 0 };
	struct check c = {
		.arch = native ? weir_arch_name(native) : "arm64",
	};
	struct source src;
	int status = parse(&c, &args, argc, argv);

	if (status)
		return status < 0 ? TOOL_OK : status;
	status = source_read(&cmd_check, &args, argv + optind, argc - optind,
			     &src);
	if (status)
		return status;
	status = check(&c, &src);
	source_free(&src);
	return status;
}

const struct tool_command cmd_check = {
	.name = "check",
	.run = cmd_check_run,
	.summary = "verify a program: each access proven or guarded",
	.usage = SOURCE_USAGE " [--strict] [--json | --dot | --states]",
	.help = SOURCE_HELP
	"\n"
	"      --json          {\"verdict\", \"reject\", \"accesses\", "
	"\"guards\"}\n"
	"      --dot           the control flow graph, for `dot -Tsvg`\n"
	"  -v, --states        every instruction, and what is known at each "
	"block\n"
	"      --arch NAME     what guards cost on arm64 or arm\n"
	"      --rules         list why programs are refused, and what helps\n"
	"\n"
	"Exit status 1 if the program is rejected.\n",
};
