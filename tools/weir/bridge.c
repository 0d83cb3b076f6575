// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* weir bridge: handlers of guards of programs in the kernel. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "tools/lib/link.h"
#include "tools/weir/bridge_text.h"
#include "tools/weir/guard_text.h"
#include "tools/weir/live.h"
#include "tools/weir/source.h"
#include "tools/weir/tool.h"

struct bridge {
	bool verdict;
	bool json;
};

static int bad_guard(const char *word)
{
	return tool_usage(&cmd_bridge,
			  "%s: the number of a guard (weir guards)", word);
}

/* A handler from a file, for a program of this kind. */
static struct weir_program *load_handler(char *word, enum weir_kind kind,
					 int *status)
{
	struct source_args args = { .kind = kind };
	struct weir_load_opts opts = {
		.sz = sizeof(opts),
		.backend = WEIR_BACKEND_DEVICE,
		.name = "handler",
	};
	struct weir_program *prog = NULL;
	struct source src;

	*status = source_read(&cmd_bridge, &args, &word, 1, &src);
	if (*status)
		return NULL;
	*status = source_one(&cmd_bridge, &src);
	if (!*status) {
		prog = source_load(&src, &opts);
		if (!prog)
			*status = tool_fail("bridge: %s: %s", word,
					    opts.reject_detail);
	}
	/* One of an object goes with it, but not before the guard has it. */
	if (!prog || !src.obj)
		source_free(&src);
	return prog;
}

static bool is_file(const char *word)
{
	size_t len = strlen(word);

	return len > 2 &&
	       (!strcmp(word + len - 2, ".s") || !strcmp(word + len - 2, ".o"));
}

static int attach(const struct bridge *b, char **words)
{
	struct weir_program *prog, *handler;
	uint64_t guard;
	int status, err;

	if (!tool_number(words[1], UINT32_MAX, &guard))
		return bad_guard(words[1]);
	prog = live_open(&cmd_bridge, words[0], &status);
	if (!prog)
		return status;
	handler = is_file(words[2])
			  ? load_handler(words[2], weir_program__kind(prog),
					 &status)
			  : live_open(&cmd_bridge, words[2], &status);
	if (handler) {
		err = weir_bridge__attach(prog, (uint32_t)guard, handler,
					  b->verdict ? WEIR_BRIDGE_VERDICT : 0);
		if (err)
			status = tool_fail("bridge: %s, guard %s: %s: %s",
					   words[0], words[1], words[2],
					   bridge_error(err));
	}
	weir_program__free(handler);
	weir_program__free(prog);
	return status;
}

static int detach(char **words)
{
	struct weir_program *prog;
	uint64_t guard;
	int status, err;

	if (!tool_number(words[1], UINT32_MAX, &guard))
		return bad_guard(words[1]);
	prog = live_open(&cmd_bridge, words[0], &status);
	if (!prog)
		return status;
	err = weir_bridge__detach(prog, (uint32_t)guard);
	if (err)
		status = tool_fail("bridge: %s, guard %s: %s", words[0],
				   words[1],
				   err == -ENOENT ? "no handler is attached"
						  : bridge_error(err));
	weir_program__free(prog);
	return status;
}

/* Those guards of a program that have a handler. */
static int list_one(const struct bridge *b, struct weir_program *prog,
		    const char **comma)
{
	struct guard_table t;
	char name[64];
	int err = guard_table_read(prog, &t);

	if (err)
		return err;
	live_name(prog, name, sizeof(name));
	for (uint32_t i = 0; i < t.nr; i++) {
		const struct weir_guard_record *r = &t.record[i];
		bool counts = r->flags & WEIR_BRIDGE_VERDICT;

		if (!r->handler_id)
			continue;
		if (b->json) {
			printf("%s\n  {\"program\": ", *comma);
			json_string(stdout, name);
			printf(", \"guard\": %u, \"handler\": %u, "
			       "\"verdict\": %s, \"runs\": %llu}",
			       r->number, r->handler_id,
			       counts ? "true" : "false",
			       (unsigned long long)r->handled);
		} else {
			printf("%s, guard %u: handler id %u%s, %llu runs\n",
			       name, r->number, r->handler_id,
			       counts ? ", its verdict counts" : "",
			       (unsigned long long)r->handled);
		}
		*comma = ",";
	}
	guard_table_free(&t);
	return 0;
}

static int list(const struct bridge *b, const char *word)
{
	struct weir_program *prog;
	const char *comma = "";
	uint32_t id = 0;
	int status = TOOL_OK, err = 0, fd;

	if (b->json)
		printf("[");
	if (word) {
		prog = live_open(&cmd_bridge, word, &status);
		if (prog)
			err = list_one(b, prog, &comma);
		weir_program__free(prog);
	}
	while (!word && !(err = weir_id__next(WEIR_OBJECT_PROG, &id))) {
		fd = weir_id__open(WEIR_OBJECT_PROG, id);
		prog = fd < 0 ? NULL : weir_program__from_fd(fd);
		if (prog)
			list_one(b, prog, &comma);
		weir_program__free(prog);
	}
	if (b->json)
		printf("]\n");
	if (err && (word || err != -ENOENT))
		status = tool_fail("bridge: /dev/weir: %s", strerror(-err));
	return status ? status : tool_flush();
}

enum {
	OPT_VERDICT = 256,
	OPT_JSON,
};

static const struct option options[] = {
	{ "verdict", no_argument, NULL, OPT_VERDICT },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

static int cmd_bridge_run(int argc, char **argv)
{
	struct bridge b = { 0 };
	int c, nr;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		switch (c) {
		case OPT_VERDICT:
			b.verdict = true;
			break;
		case OPT_JSON:
			b.json = true;
			break;
		case 'h':
			return tool_help(&cmd_bridge);
		default:
			return tool_bad_option(&cmd_bridge, argv, c);
		}
	}
	argv += optind;
	nr = argc - optind;
	if (nr == 4 && !strcmp(argv[0], "attach"))
		return attach(&b, argv + 1);
	if (nr == 3 && !strcmp(argv[0], "detach"))
		return detach(argv + 1);
	if ((nr == 1 || nr == 2) && !strcmp(argv[0], "list"))
		return list(&b, nr == 2 ? argv[1] : NULL);
	return tool_usage(&cmd_bridge, "attach, detach or list");
}

const struct tool_command cmd_bridge = {
	.name = "bridge",
	.run = cmd_bridge_run,
	.summary = "programs that run when a guard has ended another one's run",
	.usage = "attach PROG GUARD HANDLER [--verdict] | detach PROG GUARD | "
		 "list [PROG] [--json]",
	.help = "PROG is a program in the kernel: its id, or a name. GUARD is "
		"a number of\n`weir guards PROG`. HANDLER is a program of the "
		"same kind in the kernel, or a\nfile of one (FILE.o, FILE.s), "
		"which is loaded and lives as long as it is\nattached.\n\n"
		"      --verdict       the handler's verdict counts; else it "
		"only looks on\n"
		"      --json          list: [{\"program\", \"guard\", "
		"\"handler\", ...}]\n",
};
