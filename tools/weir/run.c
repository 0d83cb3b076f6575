// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* weir run: a program on one packet, and what came of it. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tools/lib/libweir.h"
#include "tools/weir/files.h"
#include "tools/weir/source.h"
#include "tools/weir/tool.h"

#define MAX_PACKET_FILE ((size_t)16 << 20)

struct run {
	struct source_args args;
	const char *packet_arg;
	enum weir_engine engine;
	bool device;
	bool json;
	bool set_fail_verdict;
	uint64_t fail_verdict;
	uint64_t repeat;
	uint64_t wire_len;

	uint8_t *packet;
	size_t packet_bytes;
};

/* HEX digits, or the bytes of @FILE. */
static int read_packet(struct run *r)
{
	const char *arg = r->packet_arg ? r->packet_arg : "";
	size_t nr = strlen(arg), bad;
	long decoded;

	if (*arg == '@') {
		r->packet = (uint8_t *)read_all(
			&cmd_run, arg + 1, MAX_PACKET_FILE, &r->packet_bytes);
		return r->packet ? TOOL_OK : TOOL_FAILED;
	}
	r->packet = malloc(nr / 2 + 1);
	if (!r->packet)
		return tool_fail("run: out of memory");
	decoded = hex_decode(arg, nr, r->packet, &bad);
	if (decoded < 0 && bad == nr)
		return tool_fail("run: --packet: odd number of hex digits");
	if (decoded < 0)
		return tool_fail("run: --packet: '%c' at %zu is not a hex "
				 "digit",
				 arg[bad], bad);
	r->packet_bytes = (size_t)decoded;
	return TOOL_OK;
}

static int print_reject(const struct run *r, const struct source *src,
			const struct weir_load_opts *opts)
{
	if (r->json) {
		printf("{\"verdict\": null, \"exit\": \"reject\", \"guard\": "
		       "null, \"packet\": null, \"reject\": {\"nr\": %u, "
		       "\"name\": \"%s\", \"pc\": %u, \"detail\": ",
		       opts->reject_nr, weir_reject__name(opts->reject_nr),
		       opts->reject_pc);
		json_string(stdout, opts->reject_detail);
		printf("}}\n");
		tool_flush();
	}
	return tool_fail("run: %s: rejected: %s at instruction %u: %s",
			 src->name, weir_reject__name(opts->reject_nr),
			 opts->reject_pc, opts->reject_detail);
}

static struct weir_program *load(const struct run *r, const struct source *src,
				 int *status)
{
	struct weir_load_opts opts = {
		.sz = sizeof(opts),
		.backend = r->device ? WEIR_BACKEND_DEVICE
				     : WEIR_BACKEND_PROCESS,
		.engine = r->engine,
		.set_fail_verdict = r->set_fail_verdict,
		.fail_verdict = r->fail_verdict,
		.name = "run",
	};
	struct weir_program *prog = source_load(src, &opts);

	if (prog)
		return prog;
	if (opts.reject_nr)
		*status = print_reject(r, src, &opts);
	else if (errno == EOPNOTSUPP && !r->device)
		*status = tool_fail("run: --engine jit: this host cannot "
				    "execute ARM code; use qemu-aarch64 "
				    "build/arm64/weir, or --engine interp");
	else
		*status = tool_fail("run: %s", opts.reject_detail);
	return NULL;
}

static void print_json(const struct run *r, const struct weir_run_opts *run)
{
	bool guard = run->exit.kind == WEIR_EXIT_GUARD;

	printf("{\"verdict\": %" PRIu64 ", \"exit\": \"%s\", \"guard\": ",
	       run->verdict, guard ? "guard" : "return");
	if (guard)
		printf("%u", run->exit.guard);
	else
		printf("null");
	printf(", \"packet\": ");
	json_hex(stdout, run->data_out, run->data_out_size);
	if (r->repeat > 1)
		printf(", \"ns_per_run\": %.1f",
		       (double)run->duration_ns / (double)r->repeat);
	printf("}\n");
}

static void print_text(const struct run *r, const struct weir_run_opts *run)
{
	const uint8_t *bytes = run->data_out;

	printf("verdict %" PRIu64 " (0x%" PRIx64 ")\n", run->verdict,
	       run->verdict);
	if (run->exit.kind == WEIR_EXIT_GUARD)
		printf("exit    guard #%u at instruction %u\n", run->exit.guard,
		       run->exit.pc);
	else
		printf("exit    return\n");
	printf("packet  ");
	for (uint32_t i = 0; i < run->data_out_size; i++)
		printf("%02x", bytes[i]);
	printf("%s\n", run->data_out_size ? "" : "(empty)");
	if (r->repeat > 1)
		printf("time    %.1f ns/run, %" PRIu64 " runs\n",
		       (double)run->duration_ns / (double)r->repeat, r->repeat);
}

static int run_program(struct run *r, struct weir_program *prog)
{
	size_t room = r->packet_bytes > WEIR_MAX_PACKET ? r->packet_bytes
							: WEIR_MAX_PACKET;
	struct weir_run_opts run = {
		.sz = sizeof(run),
		.data = r->packet,
		.data_size = (uint32_t)r->packet_bytes,
		.wire_len = (uint32_t)r->wire_len,
		.data_out_size = (uint32_t)room,
		.repeat = (uint32_t)r->repeat,
	};
	int err;

	run.data_out = malloc(room);
	if (!run.data_out)
		return tool_fail("run: out of memory");
	err = weir_program__run(prog, &run);
	if (err == -EMSGSIZE)
		err = tool_fail("run: --packet: %zu bytes: the kernel takes "
				"up to %u",
				r->packet_bytes, WEIR_MAX_PACKET);
	else if (err)
		err = tool_fail("run: %s", strerror(-err));
	else if (r->json)
		print_json(r, &run);
	else
		print_text(r, &run);
	free(run.data_out);
	return err ? TOOL_FAILED : tool_flush();
}

static int run(struct run *r, char *const *words, int nr_words)
{
	struct source src;
	struct weir_program *prog;
	int status = source_read(&cmd_run, &r->args, words, nr_words, &src);

	if (status)
		return status;
	status = source_one(&cmd_run, &src);
	if (!status)
		status = read_packet(r);
	if (!status) {
		prog = load(r, &src, &status);
		if (prog)
			status = run_program(r, prog);
		weir_program__free(prog);
	}
	free(r->packet);
	source_free(&src);
	return status;
}

enum {
	OPT_PACKET = 256,
	OPT_ENGINE,
	OPT_REPEAT,
	OPT_JSON,
	OPT_DEVICE,
	OPT_FAIL,
	OPT_WIRE,
	OPT_HELP
};

static const struct option options[] = {
	SOURCE_OPTIONS,
	{ "packet", required_argument, NULL, OPT_PACKET },
	{ "engine", required_argument, NULL, OPT_ENGINE },
	{ "repeat", required_argument, NULL, OPT_REPEAT },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "device", no_argument, NULL, OPT_DEVICE },
	{ "fail-verdict", required_argument, NULL, OPT_FAIL },
	{ "wire-len", required_argument, NULL, OPT_WIRE },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

static int cmd_run_run(int argc, char **argv)
{
	struct run r = { .repeat = 1 };
	int c, status;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		status = source_option(&cmd_run, &r.args, c, optarg);
		if (status > 0)
			return status;
		if (!status)
			continue;
		switch (c) {
		case OPT_PACKET:
			r.packet_arg = optarg;
			break;
		case OPT_ENGINE:
			if (!tool_engine(optarg, &r.engine))
				return tool_usage(&cmd_run,
						  "--engine %s: interp or jit",
						  optarg);
			break;
		case OPT_REPEAT:
			if (!tool_number(optarg, WEIR_MAX_REPEAT, &r.repeat) ||
			    !r.repeat)
				return tool_usage(&cmd_run,
						  "--repeat %s: 1 to %u",
						  optarg, WEIR_MAX_REPEAT);
			break;
		case OPT_JSON:
			r.json = true;
			break;
		case OPT_DEVICE:
			r.device = true;
			break;
		case OPT_FAIL:
			if (!tool_number(optarg, UINT64_MAX, &r.fail_verdict))
				return tool_usage(&cmd_run,
						  "--fail-verdict %s: a number",
						  optarg);
			r.set_fail_verdict = true;
			break;
		case OPT_WIRE:
			if (!tool_number(optarg, UINT32_MAX, &r.wire_len))
				return tool_usage(&cmd_run,
						  "--wire-len %s: a number",
						  optarg);
			break;
		case 'h':
		case OPT_HELP:
			return tool_help(&cmd_run);
		default:
			return tool_bad_option(&cmd_run, argv, c);
		}
	}
	return run(&r, argv + optind, argc - optind);
}

const struct tool_command cmd_run = {
	.name = "run",
	.run = cmd_run_run,
	.summary = "run a program on one packet",
	.usage = "--insns FILE --kind KIND --packet HEX|@FILE "
		 "[--engine interp|jit] [--repeat N] [--strict] [--classic] "
		 "[--json] [--device]",
	.help = SOURCE_HELP
	"and runs on\n"
	"      --packet HEX    hex digits, or @FILE: the bytes of a "
	"file; default empty\n"
	"      --wire-len N    length it had on the wire\n"
	"      --repeat N      runs, on the same packet\n"
	"      --engine NAME   interp or jit; default jit where the "
	"host executes ARM code\n"
	"      --device        run in the kernel, through /dev/weir\n"
	"      --fail-verdict N verdict of a run that a guard ends\n"
	"      --json          {\"verdict\", \"exit\": "
	"\"return\"|\"guard\", \"guard\", \"packet\"}\n",
};
