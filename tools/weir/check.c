// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* weir check: what the verifier proves of a program, and what it guards. */
#include <getopt.h>
#include <stdio.h>

#include <linux/types.h>
#include "tools/lib/libweir.h"
#include "tools/weir/insn_text.h"
#include "tools/weir/source.h"
#include "tools/weir/tool.h"
#include "tools/weir/verified.h"

/* Is there anything at this slot that had to be proven or guarded? */
static bool is_access(const struct verified *v, u32 pc)
{
	const struct weir_insn_facts *f = &v->facts->insn[pc];

	if (!(f->flags & WEIR_FACT_REACHED))
		return false;
	return f->mem != WEIR_MEM_NONE || f->nr_guards ||
	       weir_insn_is_packet_load(&v->prog->insns[pc]);
}

static const char *mem_name(const struct verified *v, u32 pc)
{
	static const char *const names[] = {
		[WEIR_MEM_NONE] = "",
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
	return mem < sizeof(names) / sizeof(names[0]) ? names[mem] : "?";
}

static void print_access(const struct verified *v, u32 pc)
{
	const struct weir_insn_facts *f = &v->facts->insn[pc];
	char text[INSN_TEXT];

	printf("%6u: %-40s", pc, insn_text(v->prog, pc, text));
	if (v->prog->origin)
		printf(" (%03u)", weir_prog_origin(v->prog, pc));
	if (!f->nr_guards)
		printf("  proven      %s", mem_name(v, pc));
	for (u32 i = 0; i < f->nr_guards; i++) {
		const struct weir_guard *g = &v->facts->guard[f->guard + i];

		printf("%s  guard #%-4u %s%s%s", i ? "\n" : "", f->guard + i,
		       weir_guard__name(g->kind), g->why ? ": " : "",
		       g->why ? g->why : "");
	}
	putchar('\n');
}

static int print_text(const struct verified *v, const struct source *src)
{
	const struct weir_facts *facts = v->facts;
	struct weir_line line = { 0 };
	u32 proven = 0;

	if (src->prog)
		printf("program %s, section %s, kind %s\n",
		       weir_program__name(src->prog),
		       weir_program__section(src->prog),
		       weir_kind__name(src->kind));
	if (!facts) {
		verified_print_reject(stdout, v, src);
		return TOOL_FAILED;
	}
	for (u32 pc = 0; pc < facts->nr_insns; pc += insn_slots(v->prog, pc)) {
		if (!is_access(v, pc))
			continue;
		verified_print_line(stdout, v, src, pc, &line);
		print_access(v, pc);
		proven += !facts->insn[pc].nr_guards;
	}
	printf("accept: %u proven, %u guard%s; %u instructions, "
	       "%u bytes of stack, packet bytes wanted: %u\n",
	       proven, facts->nr_guards, facts->nr_guards == 1 ? "" : "s",
	       v->prog->nr_insns, facts->stack_bytes, facts->packet_bytes);
	return TOOL_OK;
}

/* One object per guard, or one for an access that needs none. */
static void json_access(const struct verified *v, const struct source *src,
			u32 pc, const char **comma)
{
	const struct weir_insn_facts *f = &v->facts->insn[pc];
	struct weir_line line;
	u32 i = 0;

	do {
		printf("%s\n    {\"pc\": %u, \"state\": \"%s\", \"guard\": ",
		       *comma, pc, f->nr_guards ? "guard" : "proven");
		*comma = ",";
		if (f->nr_guards) {
			const struct weir_guard *g =
				&v->facts->guard[f->guard + i];

			printf("%u, \"kind\": \"%s\", \"why\": ", f->guard + i,
			       weir_guard__name(g->kind));
			json_string(stdout, g->why ? g->why : "");
		} else {
			printf("null, \"kind\": \"%s\"", mem_name(v, pc));
		}
		if (v->prog->origin)
			printf(", \"classic_pc\": %u",
			       weir_prog_origin(v->prog, pc));
		if (verified_line(v, src, pc, &line)) {
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

static int print_json(const struct verified *v, const struct source *src)
{
	const char *comma = "";

	putchar('{');
	if (src->prog)
		json_program(src);
	printf("\"verdict\": \"%s\", \"reject\": ",
	       v->facts ? "accept" : "reject");
	if (v->facts)
		printf("null");
	else
		verified_json_reject(stdout, v, src);
	printf(", \"accesses\": [");
	for (u32 pc = 0; v->facts && pc < v->facts->nr_insns;
	     pc += insn_slots(v->prog, pc))
		if (is_access(v, pc))
			json_access(v, src, pc, &comma);
	printf("%s], \"guards\": %u}", *comma ? "\n  " : "",
	       v->facts ? v->facts->nr_guards : 0);
	return v->facts ? TOOL_OK : TOOL_FAILED;
}

/* Neither accepted nor rejected: it could not be made a program. */
static int no_program(const struct verified *v, const struct source *src,
		      int err, bool json)
{
	if (json && src->prog) {
		putchar('{');
		json_program(src);
		printf("\"verdict\": \"error\", \"error\": ");
		json_string(stdout, v->words.text);
		putchar('}');
	}
	return verified_fail(&cmd_check, v, src, err);
}

static int check_one(const struct source *src, bool json)
{
	struct verified v;
	int err = verified_load(src, &v);
	int status;

	if (err && !v.rej.nr)
		status = no_program(&v, src, err, json);
	else
		status = json ? print_json(&v, src) : print_text(&v, src);
	verified_free(&v);
	return status;
}

/* Of an object all programs, unless one was asked for; JSON then in an array. */
static int check(struct source *src, bool json)
{
	struct source second = *src;
	bool array = json && source_next(&second);
	int status, end;

	if (array)
		putchar('[');
	status = check_one(src, json);
	while (source_next(src)) {
		printf(json ? ",\n " : "\n");
		end = check_one(src, json);
		status = status ? status : end;
	}
	if (array)
		putchar(']');
	if (json)
		putchar('\n');
	end = tool_flush();
	return status ? status : end;
}

enum {
	OPT_JSON = 256,
	OPT_HELP
};

static const struct option options[] = {
	SOURCE_OPTIONS,
	{ "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

static int cmd_check_run(int argc, char **argv)
{
	struct source_args args = { 0 };
	struct source src;
	bool json = false;
	int c, status;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		status = source_option(&cmd_check, &args, c, optarg);
		if (status > 0)
			return status;
		if (!status)
			continue;
		if (c == OPT_JSON)
			json = true;
		else if (c == OPT_HELP || c == 'h')
			return tool_help(&cmd_check);
		else
			return tool_bad_option(&cmd_check, argv, c);
	}
	status = source_read(&cmd_check, &args, argv + optind, argc - optind,
			     &src);
	if (status)
		return status;
	status = check(&src, json);
	source_free(&src);
	return status;
}

const struct tool_command cmd_check = {
	.name = "check",
	.run = cmd_check_run,
	.summary = "verify a program: each access proven or guarded",
	.usage = SOURCE_USAGE " [--strict] [--json]",
	.help = SOURCE_HELP
	"\n"
	"      --json          {\"verdict\", \"reject\", \"accesses\", "
	"\"guards\"}\n\n"
	"Exit status 1 if the program is rejected.\n",
};
