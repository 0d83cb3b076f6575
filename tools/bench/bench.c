// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * weir bench: filters and programs over a capture, by several engines.
 *
 * Every engine runs every packet several times over in its own test run; the
 * least of several such series counts, since interrupts and other work only
 * ever add. An empty program is measured in the same way, and what it costs is
 * the loop's. Before anything is measured, all engines must agree on every
 * packet.
 *
 * Under `qemu -icount shift=0,sleep=off` one nanosecond is one instruction of
 * the guest; --icount says that this is so, and then the numbers are
 * instructions.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <linux/bpf.h>
#include <linux/filter.h>
#include "tools/bench/engine.h"
#include "tools/lib/libweir.h"
#include "tools/weir/capture.h"
#include "tools/weir/files.h"
#include "tools/weir/source.h"
#include "tools/weir/tool.h"

#define MAX_ENGINES 3
#define SERIES 5 /* the least of so many counts */
#define DEFAULT_REPEAT 1000
#define MAX_EXPRESSIONS_FILE ((size_t)1 << 20)

/**
 * struct result - one row
 * @ns:		of a packet, the mean over the capture
 * @net_ns:	less the empty program
 * @error:	why there are no numbers, or ""
 */
struct result {
	double ns;
	double net_ns;
	uint64_t load_ns;
	uint32_t image_bytes;
	const char *arch;
	char error[ENGINE_ERROR];
};

struct bench {
	const char *in;
	struct source_args programs;
	bool vs_linux;
	bool device;
	bool json;
	bool icount;
	uint64_t repeat;
	uint64_t max_packets;

	struct bench_engine engines[MAX_ENGINES];
	double empty_ns[MAX_ENGINES];
	int nr_engines;

	struct capture *cap;
	struct bench_packet *packets;
	size_t nr_packets, nr_skipped;
	const char *comma;
};

static int read_packets(struct bench *b)
{
	char err[CAPTURE_ERROR];
	struct capture_packet packet;
	size_t room = 0;
	int ret = 0;

	while (b->nr_packets < b->max_packets &&
	       (ret = capture_next(b->cap, &packet, err)) == 1) {
		struct bench_packet *p;

		if (b->nr_packets == room) {
			room = room ? room * 2 : 256;
			p = realloc(b->packets, room * sizeof(*p));
			if (!p)
				return tool_fail("bench: out of memory");
			b->packets = p;
		}
		p = &b->packets[b->nr_packets];
		*p = (struct bench_packet){ .size = packet.caplen };
		p->bytes = malloc(p->size ? p->size : 1);
		if (!p->bytes)
			return tool_fail("bench: out of memory");
		memcpy(p->bytes, packet.bytes, p->size);
		b->nr_packets++;
	}
	if (ret < 0)
		return tool_fail("bench: %s: after %zu packets: %s", b->in,
				 b->nr_packets, err);
	if (!b->nr_packets)
		return tool_fail("bench: %s: no packets", b->in);
	return TOOL_OK;
}

static void skip_packet(struct bench *b, struct bench_packet *packet)
{
	b->nr_skipped += !packet->skip;
	packet->skip = true;
}

/* Mark what this engine cannot take, so that all see the same packets. */
static int find_skips(struct bench *b, const struct bench_engine *engine,
		      const struct bench_loaded *loaded)
{
	for (size_t i = 0; i < b->nr_packets; i++) {
		uint64_t verdict;
		double ns;
		int err = engine->run(loaded, &b->packets[i], 1, &verdict, &ns);

		if (err == -EMSGSIZE)
			skip_packet(b, &b->packets[i]);
		else if (err)
			return tool_fail("bench: %s: packet %zu: %s",
					 engine->name, i + 1, strerror(-err));
	}
	if (b->nr_skipped == b->nr_packets)
		return tool_fail("bench: no packet that %s takes",
				 engine->name);
	return TOOL_OK;
}

/* Mean cost of a packet: of each packet, the least of several series. */
static int measure(const struct bench *b, const struct bench_engine *engine,
		   const struct bench_loaded *loaded, double *mean)
{
	double sum = 0;
	size_t nr = 0;

	for (size_t i = 0; i < b->nr_packets && !tool_interrupted(); i++) {
		double least = HUGE_VAL;

		if (b->packets[i].skip)
			continue;
		for (int series = 0; series < SERIES; series++) {
			uint64_t verdict;
			double ns;
			int err = engine->run(loaded, &b->packets[i],
					      (uint32_t)b->repeat, &verdict,
					      &ns);

			if (err)
				return tool_fail("bench: %s: packet %zu: %s",
						 engine->name, i + 1,
						 strerror(-err));
			if (ns < least)
				least = ns;
		}
		sum += least;
		nr++;
	}
	*mean = nr ? sum / (double)nr : 0;
	return TOOL_OK;
}

/* Load once for good, and a few times more for what it costs at least. */
static int load_filter(const struct bench_engine *engine,
		       const struct bench_filter *filter,
		       struct bench_loaded *out, char *err)
{
	uint64_t least = UINT64_MAX;

	for (int series = 0;; series++) {
		int ret;

		*out = (struct bench_loaded){ .fd = -1 };
		ret = engine->load(engine, filter, out, err);
		if (ret)
			return ret;
		if (out->load_ns < least)
			least = out->load_ns;
		if (series == SERIES - 1)
			break;
		engine->free(out);
	}
	out->load_ns = least;
	return 0;
}

/* All engines that took the filter say the same of every packet. */
static int compare(const struct bench *b, const struct bench_filter *filter,
		   const struct bench_loaded *loaded,
		   const struct result *results)
{
	for (size_t i = 0; i < b->nr_packets; i++) {
		const char *first_name = NULL;
		uint64_t first = 0;

		for (int e = 0; e < b->nr_engines && !b->packets[i].skip; e++) {
			uint64_t verdict;
			double ns;

			if (*results[e].error)
				continue;
			if (b->engines[e].run(&loaded[e], &b->packets[i], 1,
					      &verdict, &ns))
				continue; /* measure() will say */
			if (!first_name) {
				first = verdict;
				first_name = b->engines[e].name;
			} else if ((uint32_t)verdict != (uint32_t)first) {
				return tool_fail(
					"bench: '%s': packet %zu: verdict "
					"%" PRIu64 " by %s, %" PRIu64 " by %s",
					filter->name, i + 1, first, first_name,
					verdict, b->engines[e].name);
			}
		}
	}
	return TOOL_OK;
}

/* A number or null, as JSON. */
static void json_number(const char *key, bool there, double value, int decimals)
{
	if (there)
		printf(", \"%s\": %.*f", key, decimals, value);
	else
		printf(", \"%s\": null", key);
}

static void json_row(struct bench *b, const struct bench_filter *filter,
		     const struct bench_engine *engine, const struct result *r)
{
	bool ok = !*r->error;

	printf("%s\n  {\"filter\": ", b->comma);
	b->comma = ",";
	json_string(stdout, filter->name);
	printf(", \"arch\": \"%s\", \"engine\": \"%s\"",
	       r->arch ? r->arch : bench_host_arch(), engine->name);
	json_number("insns_per_packet", ok && b->icount, r->ns, 2);
	json_number("net_insns_per_packet", ok && b->icount, r->net_ns, 2);
	json_number("image_bytes", ok && r->image_bytes, r->image_bytes, 0);
	json_number("load_insns", ok && b->icount, (double)r->load_ns, 0);
	if (!b->icount) {
		json_number("ns_per_packet", ok, r->ns, 2);
		json_number("net_ns_per_packet", ok, r->net_ns, 2);
		json_number("load_ns", ok, (double)r->load_ns, 0);
	}
	if (!ok) {
		printf(", \"error\": ");
		json_string(stdout, r->error);
	}
	putchar('}');
}

static void ratio(const char *what, double ours, double theirs)
{
	if (theirs > 0)
		printf("%s %.2f", what, ours / theirs);
}

static void text_rows(struct bench *b, const struct bench_filter *filter,
		      const struct result *results)
{
	const struct result *ours = NULL, *theirs = NULL;

	printf("%s\n", filter->name);
	for (int e = 0; e < b->nr_engines; e++) {
		const struct result *r = &results[e];

		printf("  %-12s ", b->engines[e].name);
		if (*r->error) {
			printf("%s\n", r->error);
			continue;
		}
		printf("%-8s %10.1f %10.1f", r->arch, r->ns, r->net_ns);
		if (r->image_bytes)
			printf(" %8u", r->image_bytes);
		else
			printf(" %8s", "-");
		printf(" %12" PRIu64 "\n", r->load_ns);
		if (!strcmp(b->engines[e].name, "weir"))
			ours = r;
		if (!strcmp(b->engines[e].name, "linux"))
			theirs = r;
	}
	if (ours && theirs) {
		printf("  weir/linux  ");
		ratio(" net", ours->net_ns, theirs->net_ns);
		ratio("  image", ours->image_bytes, theirs->image_bytes);
		ratio("  load", (double)ours->load_ns, (double)theirs->load_ns);
		putchar('\n');
	}
}

/* Measure one filter with each engine; errors of an engine are its row. */
static int bench_filter(struct bench *b, const struct bench_filter *filter,
			bool is_empty)
{
	struct bench_loaded loaded[MAX_ENGINES];
	struct result results[MAX_ENGINES] = { 0 };
	int status = TOOL_OK, nr_loaded = 0;

	for (int e = 0; e < b->nr_engines; e++) {
		struct result *r = &results[e];

		if (load_filter(&b->engines[e], filter, &loaded[e], r->error)) {
			if (!*r->error)
				strcpy(r->error, "cannot load");
			continue;
		}
		r->load_ns = loaded[e].load_ns;
		r->image_bytes = loaded[e].image_bytes;
		r->arch = loaded[e].arch;
	}
	for (int e = 0; is_empty && e < b->nr_engines && !status; e++) {
		if (*results[e].error)
			continue;
		nr_loaded++;
		status = find_skips(b, &b->engines[e], &loaded[e]);
	}
	if (is_empty && !nr_loaded)
		status = tool_fail("bench: %s", results[0].error);
	if (!status)
		status = compare(b, filter, loaded, results);
	for (int e = 0; e < b->nr_engines && !status; e++) {
		struct result *r = &results[e];

		if (*r->error)
			continue;
		status = measure(b, &b->engines[e], &loaded[e], &r->ns);
		if (is_empty)
			b->empty_ns[e] = r->ns;
		r->net_ns = r->ns - b->empty_ns[e];
	}
	for (int e = 0; e < b->nr_engines; e++)
		if (!*results[e].error)
			b->engines[e].free(&loaded[e]);
	if (status || tool_interrupted())
		return status;
	if (!b->json)
		text_rows(b, filter, results);
	for (int e = 0; b->json && e < b->nr_engines; e++)
		json_row(b, filter, &b->engines[e], &results[e]);
	fflush(stdout);
	return TOOL_OK;
}

/* The eBPF that Weir makes of the classic program, for the other engines. */
static int translate(struct bench_filter *filter)
{
	struct weir_load_opts opts = { .sz = sizeof(opts),
				       .engine = WEIR_ENGINE_INTERP };
	struct weir_prog_info info = { .size = sizeof(info) };
	struct weir_program *prog = weir_program__load_classic(
		filter->classic, filter->nr_classic, &opts);
	int err;

	if (!prog)
		return tool_fail("bench: '%s': rejected: %s: %s", filter->name,
				 weir_reject__name(opts.reject_nr),
				 opts.reject_detail);
	err = weir_program__info(prog, &info);
	if (!err) {
		filter->nr_insns = info.nr_insns;
		filter->insns = calloc(info.nr_insns, sizeof(*filter->insns));
		info = (struct weir_prog_info){
			.size = sizeof(info),
			.nr_insns = (uint32_t)filter->nr_insns,
			.insns = (uintptr_t)filter->insns,
		};
		err = filter->insns ? weir_program__info(prog, &info) : -ENOMEM;
	}
	weir_program__free(prog);
	return err ? tool_fail("bench: %s", strerror(-err)) : TOOL_OK;
}

static int bench_expression(struct bench *b, const char *expr)
{
	struct bench_filter filter = { .name = expr, .kind = WEIR_KIND_SOCKET };
	char err[CAPTURE_ERROR];
	int status;

	if (capture_compile(b->cap, expr, &filter.classic, &filter.nr_classic,
			    err))
		return tool_fail("bench: '%s': %s", expr, err);
	status = translate(&filter);
	if (!status)
		status = bench_filter(b, &filter, false);
	free(filter.classic);
	free(filter.insns);
	return status;
}

/* "build/tcp_port.insns" is called tcp_port. */
static char *program_name(const char *path)
{
	static const char ending[] = ".insns";
	const char *slash = strrchr(path, '/');
	char *name = strdup(slash ? slash + 1 : path);
	size_t len = name ? strlen(name) : 0;

	if (len > strlen(ending) &&
	    !strcmp(name + len - strlen(ending), ending))
		name[len - strlen(ending)] = '\0';
	return name;
}

static int bench_program(struct bench *b, const char *path)
{
	struct bench_filter filter = { 0 };
	struct source src = { 0 };
	char *name;
	int status;

	b->programs.insns = path;
	status = source_insns(&cmd_bench, &b->programs, &src);
	if (status)
		return status;
	name = program_name(path);
	filter.name = name;
	filter.kind = src.kind;
	filter.insns = src.insns;
	filter.nr_insns = src.nr;
	status = name ? bench_filter(b, &filter, false)
		      : tool_fail("bench: out of memory");
	free(name);
	source_free(&src);
	return status;
}

static int bench_empty(struct bench *b)
{
	struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	struct bench_filter filter = { .name = "(empty)",
				       .kind = b->programs.kind,
				       .insns = insns,
				       .nr_insns = 2 };

	return bench_filter(b, &filter, true);
}

static void set_engines(struct bench *b)
{
	b->engines[b->nr_engines++] = bench_engine_weir;
	b->engines[b->nr_engines++] = bench_engine_interp;
	if (b->vs_linux)
		b->engines[b->nr_engines++] = bench_engine_linux;
	for (int e = 0; e < b->nr_engines; e++)
		b->engines[e].device = b->device;
}

/* Each of @words is an expression, or a file if @is_file. */
static int bench(struct bench *b, char *const *words, int nr, bool is_file)
{
	char err[CAPTURE_ERROR];
	int status, end;

	b->cap = capture_open(b->in, err);
	if (!b->cap)
		return tool_fail("bench: %s: %s", b->in, err);
	set_engines(b);
	tool_catch_interrupt();
	status = read_packets(b);
	if (!status) {
		if (b->json)
			putchar('[');
		else
			printf("%-14s %-8s %10s %10s %8s %12s\n",
			       b->icount ? "instructions" : "nanoseconds", "",
			       "per packet", "net", "image", "load");
		status = bench_empty(b);
		for (int i = 0; i < nr && !status && !tool_interrupted(); i++)
			status = is_file ? bench_program(b, words[i])
					 : bench_expression(b, words[i]);
		if (b->json)
			printf("\n]\n");
		else if (b->nr_skipped)
			printf("%zu of %zu packets left out: Linux's test run "
			       "does not take their size\n",
			       b->nr_skipped, b->nr_packets);
	}
	for (size_t i = 0; i < b->nr_packets; i++)
		free(b->packets[i].bytes);
	free(b->packets);
	capture_close(b->cap);
	end = tool_flush();
	return status ? status : end;
}

/* One expression a line; empty lines and lines that start with # are none. */
static int split_lines(char *text, char ***out)
{
	size_t nr = 0, room = 0;
	char *save, **exprs = NULL;

	for (char *line = strtok_r(text, "\r\n", &save); line;
	     line = strtok_r(NULL, "\r\n", &save)) {
		if (!line[strspn(line, " \t")] || *line == '#')
			continue;
		if (nr == room) {
			char **more;

			room = room ? room * 2 : 16;
			more = realloc(exprs, room * sizeof(*exprs));
			if (!more) {
				free(exprs);
				return -1;
			}
			exprs = more;
		}
		exprs[nr++] = line;
	}
	*out = exprs;
	return (int)nr;
}

static int bench_file(struct bench *b, const char *path)
{
	char **exprs = NULL;
	size_t bytes;
	char *text = read_all(&cmd_bench, path, MAX_EXPRESSIONS_FILE, &bytes);
	int nr, status;

	if (!text)
		return TOOL_FAILED;
	nr = split_lines(text, &exprs);
	if (nr < 0)
		status = tool_fail("bench: out of memory");
	else if (!nr)
		status = tool_fail("bench: %s: no expressions", path);
	else
		status = bench(b, exprs, nr, false);
	free(exprs);
	free(text);
	return status;
}

enum {
	OPT_VS = 256,
	OPT_REPEAT,
	OPT_PACKETS,
	OPT_JSON,
	OPT_DEVICE,
	OPT_ICOUNT,
	OPT_HELP
};

static const struct option options[] = {
	{ "read", required_argument, NULL, 'r' },
	{ "insns", no_argument, NULL, SOURCE_OPT_INSNS },
	{ "kind", required_argument, NULL, SOURCE_OPT_KIND },
	{ "vs", required_argument, NULL, OPT_VS },
	{ "repeat", required_argument, NULL, OPT_REPEAT },
	{ "packets", required_argument, NULL, OPT_PACKETS },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "device", no_argument, NULL, OPT_DEVICE },
	{ "icount", no_argument, NULL, OPT_ICOUNT },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

static int cmd_bench_run(int argc, char **argv)
{
	struct bench b = { .repeat = DEFAULT_REPEAT,
			   .max_packets = SIZE_MAX,
			   .comma = "" };
	const char *file = NULL;
	bool is_program = false;
	int c, status;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":r:F:h", options, NULL)) != -1) {
		switch (c) {
		case 'r':
			b.in = optarg;
			break;
		case 'F':
			file = optarg;
			break;
		case SOURCE_OPT_INSNS:
			is_program = true;
			break;
		case SOURCE_OPT_KIND:
			status = source_option(&cmd_bench, &b.programs, c,
					       optarg);
			if (status)
				return status;
			break;
		case OPT_VS:
			if (strcmp(optarg, "linux"))
				return tool_usage(&cmd_bench, "--vs %s: linux",
						  optarg);
			b.vs_linux = true;
			break;
		case OPT_REPEAT:
			if (!tool_number(optarg, WEIR_MAX_REPEAT, &b.repeat) ||
			    !b.repeat)
				return tool_usage(&cmd_bench,
						  "--repeat %s: 1 to %u",
						  optarg, WEIR_MAX_REPEAT);
			break;
		case OPT_PACKETS:
			if (!tool_number(optarg, SIZE_MAX, &b.max_packets) ||
			    !b.max_packets)
				return tool_usage(&cmd_bench,
						  "--packets %s: a number",
						  optarg);
			break;
		case OPT_JSON:
			b.json = true;
			break;
		case OPT_DEVICE:
			b.device = true;
			break;
		case OPT_ICOUNT:
			b.icount = true;
			break;
		case 'h':
		case OPT_HELP:
			return tool_help(&cmd_bench);
		default:
			return tool_bad_option(&cmd_bench, argv, c);
		}
	}
	if (!b.in)
		return tool_usage(&cmd_bench, "which capture? (-r FILE)");
	if (b.programs.kind && !is_program)
		return tool_usage(&cmd_bench, "--kind goes with --insns");
	if (file && (is_program || optind < argc))
		return tool_usage(&cmd_bench, "-F and %s",
				  is_program ? "--insns" : "expressions");
	if (!b.programs.kind)
		b.programs.kind = WEIR_KIND_SOCKET;
	if (file)
		return bench_file(&b, file);
	if (optind == argc)
		return tool_usage(&cmd_bench, "which filter?");
	return bench(&b, argv + optind, argc - optind, is_program);
}

const struct tool_command cmd_bench = {
	.name = "bench",
	.run = cmd_bench_run,
	.summary = "measure filters over a capture",
	.usage = "EXPRESSION... | -F FILE | --insns FILE... --kind KIND "
		 "-r CAPTURE [--vs linux] [--repeat N] [--packets N] "
		 "[--device] [--icount] [--json]",
	.help = "Each argument is one expression, or with --insns one program. "
		"All engines must\n"
		"agree on every packet. An empty program is measured too; "
		"`net` is less what\nthat costs.\n\n"
		"  -r, --read FILE     capture: pcap or pcapng; - is standard "
		"input\n"
		"  -F FILE             expressions, one a line\n"
		"      --insns         arguments are files of instructions, "
		"binary or as hex digits\n"
		"      --kind KIND     what they are: socket, tc, xdp or mem; "
		"default socket\n"
		"      --vs linux      also load the same eBPF into the "
		"running kernel's own BPF\n"
		"      --repeat N      runs of a packet in a series, default "
		"1000; the least of 5\n"
		"                      series counts\n"
		"      --packets N     only the first N packets\n"
		"      --device        Weir in the kernel, through /dev/weir\n"
		"      --icount        the clock counts instructions (qemu "
		"-icount shift=0,sleep=off)\n"
		"      --json          an array of rows: filter, arch, engine, "
		"insns_per_packet,\n"
		"                      net_insns_per_packet, image_bytes, "
		"load_insns; without --icount\n"
		"                      these are null and there are "
		"ns_per_packet, net_ns_per_packet\n"
		"                      and load_ns\n",
};
