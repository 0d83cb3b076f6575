// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* weir run: a program on packets, and what came of it. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tools/lib/libweir.h"
#include "tools/lib/text.h"
#include "tools/weir/bridge_text.h"
#include "tools/weir/files.h"
#include "tools/weir/map_text.h"
#include "tools/weir/run_capture.h"
#include "tools/weir/source.h"
#include "tools/weir/tool.h"

#define MAX_PACKET_FILE ((size_t)16 << 20)
#define MAX_SETS 64
#define MAX_NAME 256
#define MAX_HANDLERS 16

/* --set-map NAME KEY VALUE */
struct set_map {
	const char *name;
	const char *key;
	const char *value;
};

/* --handler GUARD=FILE */
struct handler {
	uint32_t guard;
	char *path;
	bool has_src;
	struct source src;
	struct weir_program *prog;
};

struct run {
	struct source_args args;
	struct handler handlers[MAX_HANDLERS];
	unsigned int nr_handlers;
	bool verdict;
	bool trace;
	const char *packet_arg;
	const char *capture;
	struct set_map sets[MAX_SETS];
	unsigned int nr_sets;
	const char *variables[MAX_SETS]; /* NAME=VALUE */
	unsigned int nr_variables;
	enum weir_engine engine;
	bool device;
	bool maps;
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
	return tool_fail("run: %s: %s%srejected: %s at instruction %u: %s",
			 src->name,
			 opts->reject_program ? opts->reject_program : "",
			 opts->reject_program ? ": " : "",
			 weir_reject__name(opts->reject_nr), opts->reject_pc,
			 opts->reject_detail);
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
	else if (strstr(opts.reject_detail, "cannot execute ARM code"))
		*status = tool_fail("run: --engine jit: this host cannot "
				    "execute ARM code; use qemu-aarch64 "
				    "build/arm64/weir, or --engine interp");
	else if (opts.reject_program)
		*status = tool_fail("run: %s: %s: %s", src->name,
				    opts.reject_program, opts.reject_detail);
	else
		*status = tool_fail("run: %s%s%s", src->obj ? src->name : "",
				    src->obj ? ": " : "", opts.reject_detail);
	return NULL;
}

/* What the program's registers held when a guard ended the run. */
static void trace_json(const struct weir_run_opts *run)
{
	bool guard = run->exit.kind == WEIR_EXIT_GUARD;

	printf(", \"pc\": %u, \"regs\": [", run->exit.pc);
	for (int i = 0; guard && i < WEIR_NR_REGS - 1; i++)
		printf("%s%" PRIu64, i ? ", " : "",
		       (uint64_t)run->exit.regs[i]);
	printf("]");
}

static void trace_text(const struct weir_run_opts *run)
{
	if (run->exit.kind != WEIR_EXIT_GUARD)
		return;
	for (int i = 0; i < WEIR_NR_REGS - 1; i++)
		printf("r%d      0x%" PRIx64 "\n", i,
		       (uint64_t)run->exit.regs[i]);
}

static void print_json(const struct run *r, const struct weir_run_opts *run)
{
	bool guard = run->exit.kind == WEIR_EXIT_GUARD;

	printf("\"verdict\": %" PRIu64 ", \"exit\": \"%s\", \"guard\": ",
	       run->verdict, guard ? "guard" : "return");
	if (guard)
		printf("%u", run->exit.guard);
	else
		printf("null");
	if (r->trace)
		trace_json(run);
	printf(", \"packet\": ");
	json_hex(stdout, run->data_out, run->data_out_size);
	if (r->repeat > 1)
		printf(", \"ns_per_run\": %.1f",
		       (double)run->duration_ns / (double)r->repeat);
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
	if (r->trace)
		trace_text(run);
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
	return err ? TOOL_FAILED : TOOL_OK;
}

/* A parameter that a text declares; load sees to its range. */
static int set_text_param(const struct source *src, const char *name,
			  uint64_t number)
{
	struct weir_text_params *params = src->params;

	for (uint32_t i = 0; params && i < params->nr; i++) {
		if (strcmp(params->def[i].name, name))
			continue;
		params->def[i].value = number;
		return TOOL_OK;
	}
	return tool_fail("run: %s: no parameter %s", src->name, name);
}

/* NAME=N: a number in all bytes of a global variable. */
static int set_variable(const struct source *src, const char *word)
{
	size_t len = strcspn(word, "="), size = 0;
	char name[MAX_NAME];
	uint64_t number;
	uint8_t *at;

	if (!word[len] || len >= sizeof(name) ||
	    !tool_number(word + len + 1, UINT64_MAX, &number))
		return tool_usage(&cmd_run, "--set %s: NAME=N", word);
	memcpy(name, word, len);
	name[len] = 0;
	if (!src->obj)
		return set_text_param(src, name, number);
	at = weir_object__variable(src->obj, name, &size);
	if (!at)
		return tool_fail("run: %s: no global variable %s", src->name,
				 name);
	if (size < 8 && number >> (size * 8))
		return tool_fail("run: %s: %s has %zu bytes", src->name, name,
				 size);
	for (size_t i = 0; i < size; i++)
		at[i] = i < 8 ? (uint8_t)(number >> (i * 8)) : 0;
	return TOOL_OK;
}

static int set_variables(const struct run *r, const struct source *src)
{
	int status = TOOL_OK;

	for (unsigned int i = 0; !status && i < r->nr_variables; i++)
		status = set_variable(src, r->variables[i]);
	return status;
}

/* Maps as the command line wants them before the first packet. */
static int set_maps(const struct run *r, const struct source *src)
{
	int status = TOOL_OK;

	for (unsigned int i = 0; !status && i < r->nr_sets; i++) {
		const struct set_map *set = &r->sets[i];
		struct weir_map_handle *map =
			weir_object__find_map_by_name(src->obj, set->name);

		status = map ? map_text_update(&cmd_run, map, set->key,
					       set->value, 0)
			     : tool_fail("run: %s: no map %s", src->name,
					 set->name);
	}
	return status;
}

/* Programs that handle exits of this one's guards. */
static int attach_one(const struct run *r, struct handler *h,
		      struct weir_program *prog)
{
	struct source_args args = { .kind = weir_program__kind(prog) };
	int status, err;

	status = source_read(&cmd_run, &args, &h->path, 1, &h->src);
	if (status)
		return status;
	h->has_src = true;
	status = source_one(&cmd_run, &h->src);
	if (!status)
		h->prog = load(r, &h->src, &status);
	if (!h->prog)
		return status;
	err = weir_bridge__attach(prog, h->guard, h->prog,
				  r->verdict ? WEIR_BRIDGE_VERDICT : 0);
	return err ? tool_fail("run: --handler %u=%s: %s", h->guard, h->path,
			       bridge_error(err))
		   : TOOL_OK;
}

static int attach_handlers(struct run *r, struct weir_program *prog)
{
	int status = TOOL_OK;

	for (unsigned int i = 0; !status && i < r->nr_handlers; i++)
		status = attach_one(r, &r->handlers[i], prog);
	return status;
}

static void free_handlers(struct run *r)
{
	for (unsigned int i = 0; i < r->nr_handlers; i++) {
		weir_program__free(r->handlers[i].prog);
		if (r->handlers[i].has_src)
			source_free(&r->handlers[i].src);
	}
}

/* GUARD=FILE */
static int take_handler(struct run *r, char *word)
{
	char *is = strchr(word, '=');
	uint64_t guard;

	if (r->nr_handlers == MAX_HANDLERS)
		return tool_usage(&cmd_run, "--handler: up to %u",
				  MAX_HANDLERS);
	if (is)
		*is = 0;
	if (!is || !is[1] || !tool_number(word, UINT32_MAX, &guard))
		return tool_usage(&cmd_run, "--handler GUARD=FILE");
	r->handlers[r->nr_handlers++] = (struct handler){
		.guard = (uint32_t)guard,
		.path = is + 1,
	};
	return TOOL_OK;
}

static int run_and_print(struct run *r, const struct source *src,
			 struct weir_program *prog)
{
	int status = set_maps(r, src);
	int end;

	if (!status)
		status = attach_handlers(r, prog);
	if (status)
		return status;
	if (r->json)
		putchar('{');
	status = r->capture ? run_capture(prog, r->capture, r->json)
			    : run_program(r, prog);
	if (r->maps && r->json)
		printf(", \"maps\": ");
	if (r->maps && (!status || r->capture))
		map_text_all(src->obj, r->json);
	if (r->json)
		printf("}\n");
	end = tool_flush();
	return status ? status : end;
}

static int check_args(const struct run *r, const struct source *src)
{
	if ((r->maps || r->nr_sets) && !src->obj)
		return tool_usage(&cmd_run, "%s goes with an object",
				  r->maps ? "--maps" : "--set-map");
	if (r->nr_variables && !src->obj && !src->params)
		return tool_usage(&cmd_run, "--set goes with an object or a "
					    "text");
	if (r->capture && (r->packet_arg || r->repeat > 1 || r->wire_len))
		return tool_usage(&cmd_run, "-r goes without --packet, "
					    "--repeat and --wire-len");
	return TOOL_OK;
}

static int run(struct run *r, char *const *words, int nr_words)
{
	struct source src;
	struct weir_program *prog;
	int status = source_read(&cmd_run, &r->args, words, nr_words, &src);

	if (status)
		return status;
	status = check_args(r, &src);
	if (!status)
		status = source_one(&cmd_run, &src);
	if (!status)
		status = set_variables(r, &src);
	if (!status)
		status = read_packet(r);
	if (!status) {
		prog = load(r, &src, &status);
		if (prog)
			status = run_and_print(r, &src, prog);
		weir_program__free(prog);
		free_handlers(r);
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
	OPT_MAPS,
	OPT_SET_MAP,
	OPT_SET,
	OPT_HANDLER,
	OPT_VERDICT,
	OPT_TRACE,
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
	{ "read", required_argument, NULL, 'r' },
	{ "maps", no_argument, NULL, OPT_MAPS },
	{ "set-map", required_argument, NULL, OPT_SET_MAP },
	{ "set", required_argument, NULL, OPT_SET },
	{ "handler", required_argument, NULL, OPT_HANDLER },
	{ "verdict", no_argument, NULL, OPT_VERDICT },
	{ "trace-exit", no_argument, NULL, OPT_TRACE },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

/* The option's word is the name; key and value are the next two. */
static int take_set_map(struct run *r, int argc, char **argv, const char *name)
{
	if (r->nr_sets == MAX_SETS)
		return tool_usage(&cmd_run, "--set-map: up to %u", MAX_SETS);
	if (argc - optind < 2)
		return tool_usage(&cmd_run, "--set-map NAME KEY VALUE");
	r->sets[r->nr_sets++] = (struct set_map){
		.name = name,
		.key = argv[optind],
		.value = argv[optind + 1],
	};
	optind += 2;
	return TOOL_OK;
}

static int cmd_run_run(int argc, char **argv)
{
	struct run r = { .repeat = 1 };
	int c, status;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":hr:", options, NULL)) != -1) {
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
		case OPT_HANDLER:
			status = take_handler(&r, optarg);
			if (status)
				return status;
			break;
		case OPT_VERDICT:
			r.verdict = true;
			break;
		case OPT_TRACE:
			r.trace = true;
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
		case OPT_SET:
			if (r.nr_variables == MAX_SETS)
				return tool_usage(&cmd_run, "--set: up to %u",
						  MAX_SETS);
			r.variables[r.nr_variables++] = optarg;
			break;
		case 'r':
			r.capture = optarg;
			break;
		case OPT_MAPS:
			r.maps = true;
			break;
		case OPT_SET_MAP:
			status = take_set_map(&r, argc, argv, optarg);
			if (status)
				return status;
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
	.summary = "run a program on a packet, or on a capture",
	.usage =
		"FILE.o [--prog NAME] | --insns FILE --kind KIND | ... "
		"--packet HEX|@FILE | -r CAPTURE [--maps] "
		"[--set-map NAME KEY VALUE] [--set NAME=N] [--engine interp|jit] "
		"[--repeat N] [--handler GUARD=FILE [--verdict]] [--trace-exit] "
		"[--strict] [--json] [--device]",
	.help = SOURCE_HELP
	"and runs on\n"
	"      --packet HEX    hex digits, or @FILE: the bytes of a "
	"file; default empty\n"
	"  -r, --read CAPTURE  each packet of it instead\n"
	"      --wire-len N    length it had on the wire\n"
	"      --repeat N      runs, on the same packet\n"
	"      --engine NAME   interp or jit; default jit where the "
	"host executes ARM code\n"
	"      --device        run in the kernel, through /dev/weir\n"
	"      --fail-verdict N verdict of a run that a guard ends\n"
	"      --set-map NAME KEY VALUE\n"
	"                      put it into a map of the object before; hex "
	"digits, or =N\n"
	"      --set NAME=N    a global variable of the object, constants "
	"too\n"
	"      --handler GUARD=FILE\n"
	"                      a program that runs when that guard has ended "
	"the run; may\n"
	"                      be given several times\n"
	"      --verdict       the handlers' verdicts count\n"
	"      --trace-exit    registers when a guard ended the run\n"
	"      --maps          print the object's maps after\n"
	"      --json          {\"verdict\", \"exit\": "
	"\"return\"|\"guard\", \"guard\", \"packet\"}\n",
};
