// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * weir guards: the guards of a program. Of one that is not loaded: what they
 * will be, and why. Of one in the kernel: what they have counted, and what is
 * attached to them.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/types.h>
#include "tools/lib/link.h"
#include "tools/weir/guard_text.h"
#include "tools/weir/insn_text.h"
#include "tools/weir/live.h"
#include "tools/weir/source.h"
#include "tools/weir/tool.h"
#include "tools/weir/verified.h"

#define MAX_SECONDS 86400

struct guards {
	struct source_args args;
	uint64_t seconds;
	bool json;
};

/*
 * A file
 */

static void file_guard(const struct verified *v, const struct source *src,
		       u32 nr, bool json)
{
	const struct weir_guard *g = &v->facts->guard[nr];
	u32 pc = weir_prog_origin(v->prog, g->pc);
	struct weir_line line = { 0 };
	bool has_line = verified_line(v, src, g->pc, &line);

	if (json) {
		printf("%s\n  {\"number\": %u, \"kind\": \"%s\", \"pc\": %u, "
		       "\"why\": ",
		       nr ? "," : "", nr, weir_guard__name(g->kind), pc);
		json_string(stdout, g->why ? g->why : "");
		printf(", \"source\": ");
		if (has_line)
			verified_json_line(stdout, &line);
		else
			printf("null");
		putchar('}');
		return;
	}
	printf("%5u  %-9s %6u  ", nr, weir_guard__name(g->kind), pc);
	if (has_line)
		printf("%s:%u  ", line.file, line.line);
	printf("%s\n", g->why ? g->why : "");
}

static int of_file(const struct guards *gs, struct source *src)
{
	struct verified v;
	int err = verified_load(src, &v);
	int status = TOOL_OK;

	if (err) {
		status = verified_fail(&cmd_guards, &v, src, err);
	} else if (gs->json) {
		printf("{\"guards\": [");
		for (u32 i = 0; i < v.facts->nr_guards; i++)
			file_guard(&v, src, i, true);
		printf("]}\n");
	} else {
		printf("GUARD  KIND          PC  WHY\n");
		for (u32 i = 0; i < v.facts->nr_guards; i++)
			file_guard(&v, src, i, false);
	}
	verified_free(&v);
	return status;
}

static int file(const struct guards *gs, char *const *words, int nr_words)
{
	struct source src;
	int status = source_read(&cmd_guards, &gs->args, words, nr_words, &src);
	int end;

	if (status)
		return status;
	status = source_one(&cmd_guards, &src);
	if (!status)
		status = of_file(gs, &src);
	source_free(&src);
	end = tool_flush();
	return status ? status : end;
}

/*
 * A program in the kernel
 */

static int live_once(const struct guards *gs, struct weir_program *prog,
		     struct guard_table *last, double seconds)
{
	struct guard_table now = { 0 };
	int err = guard_table_read(prog, &now);

	if (err)
		return tool_fail("guards: %s", strerror(-err));
	if (gs->json)
		guard_table_json(&now);
	else
		guard_table_print(&now, last->nr ? last : NULL, seconds);
	guard_table_free(last);
	*last = now;
	return tool_flush();
}

static int live(const struct guards *gs, const char *word)
{
	struct guard_table last = { 0 };
	struct weir_program *prog;
	int status;

	prog = live_open(&cmd_guards, word, &status);
	if (!prog)
		return status;
	status = live_once(gs, prog, &last, 0);
	tool_catch_interrupt();
	while (!status && gs->seconds && !tool_interrupted()) {
		sleep((unsigned int)gs->seconds);
		if (!tool_interrupted())
			status =
				live_once(gs, prog, &last, (double)gs->seconds);
		if (tool_output_failed())
			break;
	}
	guard_table_free(&last);
	weir_program__free(prog);
	return status;
}

/* One word that is no file: an id, or a name that the kernel knows. */
static bool names_live(const struct guards *gs, char *const *words,
		       int nr_words)
{
	uint64_t id;

	if (nr_words != 1 || gs->args.insns || gs->args.text || gs->args.object)
		return false;
	return tool_number(words[0], UINT32_MAX, &id) || live_is(words[0]);
}

enum {
	OPT_JSON = 256,
};

static const struct option options[] = {
	SOURCE_OPTIONS,
	{ "json", no_argument, NULL, OPT_JSON },
	{ "watch", required_argument, NULL, 'w' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

static int cmd_guards_run(int argc, char **argv)
{
	struct guards gs = { 0 };
	int c, status;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":hw:", options, NULL)) != -1) {
		status = source_option(&cmd_guards, &gs.args, c, optarg);
		if (status > 0)
			return status;
		if (!status)
			continue;
		switch (c) {
		case OPT_JSON:
			gs.json = true;
			break;
		case 'w':
			if (!tool_number(optarg, MAX_SECONDS, &gs.seconds) ||
			    !gs.seconds)
				return tool_usage(&cmd_guards,
						  "--watch %s: seconds",
						  optarg);
			break;
		case 'h':
			return tool_help(&cmd_guards);
		default:
			return tool_bad_option(&cmd_guards, argv, c);
		}
	}
	if (gs.json && gs.seconds)
		return tool_usage(&cmd_guards, "--watch goes without --json");
	if (names_live(&gs, argv + optind, argc - optind))
		return live(&gs, argv[optind]);
	if (gs.seconds)
		return tool_usage(&cmd_guards,
				  "--watch goes with a program in the kernel");
	return file(&gs, argv + optind, argc - optind);
}

const struct tool_command cmd_guards = {
	.name = "guards",
	.run = cmd_guards_run,
	.summary = "the guards of a program: what they test, count and run",
	.usage = "ID | NAME | " SOURCE_USAGE " [--json] [--watch SECONDS]",
	.help = "ID or NAME is of a program in the kernel: counts and handlers. "
		"Else:\n" SOURCE_HELP "\n"
		"      --json          {\"guards\": [...]}\n"
		"  -w, --watch SECONDS of a program in the kernel: exits per "
		"second\n",
};
