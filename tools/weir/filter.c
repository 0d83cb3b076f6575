// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* weir filter: a tcpdump expression over a capture. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <linux/filter.h>
#include "tools/lib/libweir.h"
#include "tools/weir/capture.h"
#include "tools/weir/files.h"
#include "tools/weir/print.h"
#include "tools/weir/tool.h"

/* How a line starts: tcpdump's -t, -tt. */
enum stamp {
	STAMP_CLOCK,
	STAMP_NONE,
	STAMP_EPOCH,
};

struct filter {
	const char *in;
	const char *out;
	const char *expr_file;
	bool count_only;
	bool json;
	bool strict;
	bool device;
	bool link;
	enum weir_engine engine;
	int stamp;

	struct capture *cap;
	struct capture_writer *writer;
	struct weir_program *prog;
	uint64_t seen, matched, run_ns, guard_exits;
};

static void print_stamp(const struct filter *f,
			const struct capture_packet *packet)
{
	bool nano = capture_is_nano(f->cap);
	uint32_t frac = nano ? packet->nsec : packet->nsec / 1000;
	int digits = nano ? 9 : 6;
	time_t sec = (time_t)packet->sec;
	struct tm tm;

	if (f->stamp == STAMP_NONE)
		return;
	if (f->stamp == STAMP_EPOCH || !localtime_r(&sec, &tm))
		printf("%" PRId64 ".%0*u ", packet->sec, digits, frac);
	else
		printf("%02d:%02d:%02d.%0*u ", tm.tm_hour, tm.tm_min, tm.tm_sec,
		       digits, frac);
}

static void show(struct filter *f, const struct capture_packet *packet)
{
	if (f->writer) {
		capture_write(f->writer, packet);
		return;
	}
	if (f->count_only || f->json)
		return;
	print_stamp(f, packet);
	print_packet(stdout, capture_linktype(f->cap), packet->bytes,
		     packet->caplen, packet->wirelen, f->link);
	putchar('\n');
}

static int run_one(struct filter *f, const struct capture_packet *packet)
{
	struct weir_run_opts run = {
		.sz = sizeof(run),
		.data = packet->bytes,
		.data_size = packet->caplen,
		.wire_len = packet->wirelen,
	};
	int err = weir_program__run(f->prog, &run);

	f->seen++;
	if (err == -EMSGSIZE)
		return tool_fail("filter: packet %" PRIu64 ": %u bytes: the "
				 "kernel takes up to %u",
				 f->seen, packet->caplen, WEIR_MAX_PACKET);
	if (err)
		return tool_fail("filter: packet %" PRIu64 ": %s", f->seen,
				 strerror(-err));
	f->run_ns += run.duration_ns;
	f->guard_exits += run.exit.kind == WEIR_EXIT_GUARD;
	if (run.verdict) {
		f->matched++;
		show(f, packet);
	}
	return TOOL_OK;
}

/* Packets up to the end, an error, ^C, or a reader who went away. */
static int run_all(struct filter *f)
{
	char err[CAPTURE_ERROR];
	struct capture_packet packet;
	int ret;

	while ((ret = capture_next(f->cap, &packet, err)) == 1) {
		if (run_one(f, &packet))
			return TOOL_FAILED;
		if (tool_output_failed() || tool_interrupted() ||
		    (f->writer && capture_write_failed(f->writer)))
			return TOOL_OK;
	}
	if (ret < 0 && !tool_interrupted())
		return tool_fail("filter: %s: after %" PRIu64 " packets: %s",
				 f->in, f->seen, err);
	return TOOL_OK;
}

static void totals(const struct filter *f)
{
	bool jit = weir_program__engine(f->prog) == WEIR_ENGINE_JIT;
	const char *arch = weir_program__arch(f->prog);
	double ns = f->seen ? (double)f->run_ns / (double)f->seen : 0;

	if (f->json) {
		printf("{\"packets\": %" PRIu64 ", \"matched\": %" PRIu64
		       ", \"guard_exits\": %" PRIu64 ", \"engine\": \"%s\", "
		       "\"arch\": %s%s%s, \"device\": %s, "
		       "\"ns_per_packet\": %.1f}\n",
		       f->seen, f->matched, f->guard_exits,
		       jit ? "jit" : "interp", jit ? "\"" : "",
		       jit ? arch : "null", jit ? "\"" : "",
		       f->device ? "true" : "false", ns);
		return;
	}
	if (f->count_only)
		printf("%" PRIu64 "\n", f->matched);
	fflush(stdout);
	fprintf(stderr,
		"%" PRIu64 " packets matched of %" PRIu64
		", engine %s%s%s%s, %.1f ns/packet\n",
		f->matched, f->seen, jit ? "jit" : "interp", jit ? " " : "",
		arch, f->device ? " (kernel)" : "", ns);
}

static int load(struct filter *f, const char *expr)
{
	char err[CAPTURE_ERROR];
	struct sock_filter *insns;
	size_t nr;
	struct weir_load_opts opts = {
		.sz = sizeof(opts),
		.backend = f->device ? WEIR_BACKEND_DEVICE
				     : WEIR_BACKEND_PROCESS,
		.engine = f->engine,
		.strict = f->strict,
		.name = "filter",
	};

	if (capture_compile(f->cap, expr, &insns, &nr, err))
		return tool_fail("filter: '%s': %s", expr, err);
	f->prog = weir_program__load_classic(insns, nr, &opts);
	free(insns);
	if (f->prog)
		return TOOL_OK;
	if (opts.reject_nr)
		return tool_fail("filter: '%s': rejected: %s at classic "
				 "instruction %u: %s",
				 expr, weir_reject__name(opts.reject_nr),
				 opts.reject_pc, opts.reject_detail);
	if (errno == EOPNOTSUPP && !f->device)
		return tool_fail("filter: --engine jit: this host cannot "
				 "execute ARM code; use qemu-aarch64 "
				 "build/arm64/weir, or --engine interp");
	return tool_fail("filter: %s", opts.reject_detail);
}

static int finish_writer(struct filter *f)
{
	int err = capture_finish(f->writer);

	f->writer = NULL;
	if (!err || (err == EPIPE && !strcmp(f->out, "-")))
		return TOOL_OK;
	return tool_fail("filter: %s: %s", f->out, strerror(err));
}

static int filter(struct filter *f, const char *expr)
{
	char err[CAPTURE_ERROR];
	int status, end;

	f->cap = capture_open(f->in, err);
	if (!f->cap)
		return tool_fail("filter: %s: %s", f->in, err);
	status = load(f, expr);
	if (status)
		goto out;
	if (f->out) {
		f->writer = capture_create(f->cap, f->out, err);
		if (!f->writer) {
			status = tool_fail("filter: %s: %s", f->out, err);
			goto out;
		}
	}
	tool_catch_interrupt();
	status = run_all(f);
	if (f->writer) {
		end = finish_writer(f);
		status = status ? status : end;
	}
	totals(f);
	end = tool_flush();
	status = status ? status : end;
out:
	weir_program__free(f->prog);
	capture_close(f->cap);
	return status;
}

enum {
	OPT_ENGINE = 256,
	OPT_DEVICE,
	OPT_STRICT,
	OPT_JSON,
	OPT_HELP
};

static const struct option options[] = {
	{ "read", required_argument, NULL, 'r' },
	{ "write", required_argument, NULL, 'w' },
	{ "count", no_argument, NULL, 'c' },
	{ "engine", required_argument, NULL, OPT_ENGINE },
	{ "device", no_argument, NULL, OPT_DEVICE },
	{ "strict", no_argument, NULL, OPT_STRICT },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

static int cmd_filter_run(int argc, char **argv)
{
	struct filter f = { 0 };
	char *expr;
	int c, status;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":r:w:F:cntehl", options, NULL)) !=
	       -1) {
		switch (c) {
		case 'r':
			f.in = optarg;
			break;
		case 'w':
			f.out = optarg;
			break;
		case 'F':
			f.expr_file = optarg;
			break;
		case 'c':
			f.count_only = true;
			break;
		case 'n': /* numbers are all there is */
			break;
		case 'l':
			setvbuf(stdout, NULL, _IOLBF, 0);
			break;
		case 't':
			f.stamp = f.stamp == STAMP_CLOCK ? STAMP_NONE
							 : STAMP_EPOCH;
			break;
		case 'e':
			f.link = true;
			break;
		case OPT_ENGINE:
			if (!tool_engine(optarg, &f.engine))
				return tool_usage(&cmd_filter,
						  "--engine %s: interp or jit",
						  optarg);
			break;
		case OPT_DEVICE:
			f.device = true;
			break;
		case OPT_STRICT:
			f.strict = true;
			break;
		case OPT_JSON:
			f.json = true;
			break;
		case 'h':
		case OPT_HELP:
			return tool_help(&cmd_filter);
		default:
			return tool_bad_option(&cmd_filter, argv, c);
		}
	}
	if (!f.in)
		return tool_usage(&cmd_filter, "which capture? (-r FILE)");
	if (f.out && !strcmp(f.out, "-") && (f.count_only || f.json))
		return tool_usage(&cmd_filter,
				  "%s and -w - both want the "
				  "standard output",
				  f.json ? "--json" : "-c");
	if (f.expr_file && optind < argc)
		return tool_usage(&cmd_filter, "-F and an expression");
	if (f.expr_file) {
		expr = read_expression(&cmd_filter, f.expr_file);
		if (!expr)
			return TOOL_FAILED;
	} else {
		expr = tool_words(argv + optind, argc - optind);
		if (!expr)
			return tool_fail("filter: out of memory");
	}
	status = filter(&f, expr);
	free(expr);
	return status;
}

const struct tool_command cmd_filter = {
	.name = "filter",
	.run = cmd_filter_run,
	.summary = "filter a capture with a tcpdump expression",
	.usage = "[EXPRESSION] -r FILE [-w FILE] [-c] [--engine interp|jit] "
		 "[--device] [--strict]",
	.help = "The expression may be several words; an empty one matches "
		"everything.\n\n"
		"  -r, --read FILE     capture to read, pcap or pcapng; - is "
		"standard input\n"
		"  -w, --write FILE    write the packets that match as pcap; - "
		"is standard output\n"
		"  -c, --count         print only how many match\n"
		"  -F FILE             read the expression from a file\n"
		"  -e                  print the link-layer header\n"
		"  -t, -tt             no time stamp; seconds since 1970\n"
		"  -l                  line-buffered output\n"
		"  -n                  accepted: addresses are always numbers\n"
		"      --engine NAME   interp or jit; default jit where the "
		"host executes ARM code\n"
		"      --device        run in the kernel, through /dev/weir\n"
		"      --strict        refuse what needs a run-time guard\n"
		"      --json          totals as JSON, no lines\n\n"
		"Totals go to standard error.\n",
};
