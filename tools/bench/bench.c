// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * weir bench: filters and programs over a capture, by several engines.
 *
 * Under `qemu -icount shift=0,sleep=off` one nanosecond is one instruction of
 * the guest; --icount says that this is so, and then the numbers are
 * instructions.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/bench/counter.h"
#include "tools/bench/elements.h"
#include "tools/bench/measure.h"
#include "tools/bench/report.h"
#include "tools/bench/suite.h"
#include "tools/weir/capture.h"
#include "tools/weir/files.h"
#include "tools/weir/source.h"
#include "tools/weir/tool.h"

#define SERIES 5 /* the least of so many counts */
#define DEFAULT_REPEAT 1000
#define MAX_SERIES 100
#define MAX_EXPRESSIONS_FILE ((size_t)1 << 20)
#define MAX_SAVED ((size_t)64 << 20)
#define PERCENT_SLACK 5 /* times vary */
#define BAR 30

static const char *const all_cpus[] = { "cortex-a53", "cortex-a72",
					"cortex-a15", NULL };

enum format {
	FORMAT_TEXT,
	FORMAT_JSON,
	FORMAT_CSV
};

/* What the command line asks for. */
struct bench {
	const char *in;
	struct source_args programs;
	struct suite suite;
	struct elements elements;
	struct measure m;
	struct capture *cap;
	uint64_t max_packets, sample;
	bool is_insns, is_micro, device;
	const char *expressions; /* a file of them */
	char *text; /* what is in it */
	const char *counter;
	enum format format;
	const char *html, *title;
	const char *old;
	double percent;
};

/*
 * Packets
 */

static int add_packet(struct measure *m, const struct capture_packet *packet)
{
	struct bench_packet *p =
		realloc(m->packets, (m->nr_packets + 1) * sizeof(*m->packets));

	if (!p)
		return tool_fail("bench: out of memory");
	m->packets = p;
	p = &m->packets[m->nr_packets];
	*p = (struct bench_packet){ .size = packet->caplen };
	p->bytes = malloc(p->size ? p->size : 1);
	if (!p->bytes)
		return tool_fail("bench: out of memory");
	memcpy(p->bytes, packet->bytes, p->size);
	m->nr_packets++;
	return TOOL_OK;
}

/* Only @sample of them stay, as far apart as they can be. */
static void sample_packets(struct measure *m, uint64_t sample)
{
	size_t kept = 0;

	for (size_t i = 0; i < m->nr_packets; i++) {
		if (i * sample / m->nr_packets ==
		    (i + 1) * sample / m->nr_packets)
			free(m->packets[i].bytes);
		else
			m->packets[kept++] = m->packets[i];
	}
	m->nr_packets = kept;
}

static int read_packets(struct bench *b)
{
	char err[CAPTURE_ERROR];
	struct capture_packet packet;
	struct measure *m = &b->m;
	int ret = 0, status = TOOL_OK;

	while (!status && m->nr_packets < b->max_packets &&
	       (ret = capture_next(b->cap, &packet, err)) == 1)
		status = add_packet(m, &packet);
	if (status)
		return status;
	if (ret < 0)
		return tool_fail("bench: %s: after %zu packets: %s", b->in,
				 m->nr_packets, err);
	if (!m->nr_packets)
		return tool_fail("bench: %s: no packets", b->in);
	if (b->sample && b->sample < m->nr_packets)
		sample_packets(m, b->sample);
	return TOOL_OK;
}

static int open_packets(struct bench *b)
{
	char err[CAPTURE_ERROR];

	if (b->is_micro) {
		b->m.packets = calloc(1, sizeof(*b->m.packets));
		if (b->m.packets)
			suite_micro_packet(b->m.packets);
		b->m.nr_packets = 1;
		return b->m.packets && b->m.packets->bytes
			       ? TOOL_OK
			       : tool_fail("bench: out of memory");
	}
	b->cap = capture_open(b->in, err);
	if (!b->cap)
		return tool_fail("bench: %s: %s", b->in, err);
	return read_packets(b);
}

/*
 * Measuring
 */

/* On a terminal, where we are. */
static void progress(const struct bench *b, size_t at, const char *name)
{
	int full = (int)(at * BAR / b->suite.nr);

	if (b->suite.nr < 2 || !isatty(STDERR_FILENO))
		return;
	if (at == b->suite.nr)
		fprintf(stderr, "\r\033[K");
	else
		fprintf(stderr, "\r[%.*s%*s] %zu/%zu %.30s\033[K", full,
			"##############################", BAR - full, "", at,
			b->suite.nr, name);
}

static int measure_all(struct bench *b)
{
	int status = TOOL_OK;

	for (size_t i = 0; i < b->suite.nr && !status && !tool_interrupted();
	     i++) {
		const struct suite_item *item = &b->suite.item[i];
		struct bench_filter filter;

		progress(b, i, item->name ? item->name : item->text);
		status = suite_filter(&b->suite, item, b->cap, &filter);
		if (!status)
			status = measure_filter(&b->m, &filter);
		suite_filter_free(&filter);
	}
	progress(b, b->suite.nr, "");
	return status;
}

static char *read_text(const char *path, size_t max)
{
	size_t bytes;

	return read_all(&cmd_bench, path, max, &bytes);
}

static int read_rows(struct rows *rows, const char *path)
{
	char *text = read_text(path, MAX_SAVED), err[128];
	int ret;

	if (!text)
		return TOOL_FAILED;
	ret = rows_read(rows, text, err);
	free(text);
	return ret == -EINVAL ? tool_fail("bench: %s: %s", path, err)
	       : ret	      ? tool_fail("bench: %s", strerror(-ret))
			      : TOOL_OK;
}

/* Return: an exit status; what became worse is a failure. */
static int compare(const struct bench *b)
{
	struct rows old = { 0 };
	int status = read_rows(&old, b->old);

	if (!status && report_compare(&old, &b->m.rows, b->percent))
		status = TOOL_FAILED;
	rows_free(&old);
	return status;
}

static int report(const struct bench *b)
{
	int err = 0;

	if (b->format == FORMAT_JSON)
		rows_json(&b->m.rows);
	else if (b->format == FORMAT_CSV)
		rows_csv(&b->m.rows);
	else if (!b->old)
		report_text(&b->m.rows);
	if (b->format == FORMAT_TEXT && b->m.nr_skipped)
		printf("%zu packets left out for a kind: Linux's test run does "
		       "not take them\n",
		       b->m.nr_skipped);
	if (b->html)
		err = report_html(&b->m.rows, b->html, b->title);
	if (err)
		return tool_fail("bench: %s: %s", b->html, strerror(-err));
	return b->old ? compare(b) : TOOL_OK;
}

static int bench(struct bench *b)
{
	int status = TOOL_OK, end;

	tool_catch_interrupt();
	for (int e = 0; e < b->m.nr_engines; e++)
		b->m.engines[e].device = b->device;
	if (b->counter) {
		int err = counter_open(b->counter);

		if (err)
			return tool_fail("bench: --counter %s: %s", b->counter,
					 err == -ENODATA ? "no plugin counts"
							 : strerror(-err));
		b->m.counter = b->m.icount = true;
	}
	if (b->suite.nr)
		status = open_packets(b);
	if (!status)
		status = measure_all(b);
	if (!status)
		status = report(b);
	end = tool_flush();
	return status ? status : end;
}

/*
 * The command line
 */

/* One expression a line; empty lines and lines that start with # are none. */
static int add_expressions(struct bench *b, const char *path)
{
	int status = TOOL_OK;
	size_t before = b->suite.nr;
	char *save;

	b->text = read_text(path, MAX_EXPRESSIONS_FILE);
	if (!b->text)
		return TOOL_FAILED;
	for (char *line = strtok_r(b->text, "\r\n", &save); line && !status;
	     line = strtok_r(NULL, "\r\n", &save))
		if (line[strspn(line, " \t")] && *line != '#')
			status = suite_add(&b->suite, SUITE_EXPRESSION, line);
	if (!status && b->suite.nr == before)
		status = tool_fail("bench: %s: no expressions", path);
	return status;
}

static bool ends_with(const char *word, const char *end)
{
	size_t len = strlen(word);

	return len > strlen(end) && !strcmp(word + len - strlen(end), end);
}

static int add_words(struct bench *b, char *const *words, int nr)
{
	int status = TOOL_OK;

	for (int i = 0; i < nr && !status; i++)
		status = suite_add(&b->suite,
				   b->is_insns ? SUITE_INSNS
				   : ends_with(words[i], ".o")
					   ? SUITE_OBJECT
					   : SUITE_EXPRESSION,
				   words[i]);
	return status;
}

static void add_engine(struct bench *b, const struct bench_engine *engine)
{
	if (b->m.nr_engines < MEASURE_MAX_ENGINES)
		b->m.engines[b->m.nr_engines++] = *engine;
}

/* "native=build/bench/native/arm64-gcc" is called native-arm64-gcc. */
static int add_native(struct bench *b, char *path)
{
	struct bench_engine engine = bench_engine_native;
	const char *slash = strrchr(path, '/');
	static char names[MEASURE_MAX_ENGINES][64];
	char *name = names[b->m.nr_engines];

	if (access(path, R_OK))
		return tool_fail("bench: --vs native=%s: %s", path,
				 strerror(errno));
	snprintf(name, sizeof(names[0]), "native-%.50s",
		 slash ? slash + 1 : path);
	engine.name = name;
	engine.directory = path;
	add_engine(b, &engine);
	return TOOL_OK;
}

static int add_rival(struct bench *b, char *word)
{
	if (b->m.nr_engines == MEASURE_MAX_ENGINES)
		return tool_usage(&cmd_bench, "--vs: too many");
	if (!strcmp(word, "linux"))
		add_engine(b, &bench_engine_linux);
	else if (!strcmp(word, "libpcap"))
		add_engine(b, &bench_engine_libpcap);
	else if (!strncmp(word, "native=", 7))
		return add_native(b, word + 7);
	else
		return tool_usage(&cmd_bench,
				  "--vs %s: linux, libpcap or native=DIR",
				  word);
	return TOOL_OK;
}

enum {
	OPT_VS = 256,
	OPT_SUITE,
	OPT_ELEMENTS,
	OPT_REPEAT,
	OPT_SERIES,
	OPT_PACKETS,
	OPT_SAMPLE,
	OPT_EACH,
	OPT_JSON,
	OPT_CSV,
	OPT_HTML,
	OPT_TITLE,
	OPT_FROM,
	OPT_COMPARE,
	OPT_DEVICE,
	OPT_ICOUNT,
	OPT_COUNTER,
	OPT_MCA,
	OPT_HELP
};

static const struct option options[] = {
	{ "read", required_argument, NULL, 'r' },
	{ "insns", no_argument, NULL, SOURCE_OPT_INSNS },
	{ "kind", required_argument, NULL, SOURCE_OPT_KIND },
	{ "suite", required_argument, NULL, OPT_SUITE },
	{ "elements", required_argument, NULL, OPT_ELEMENTS },
	{ "vs", required_argument, NULL, OPT_VS },
	{ "repeat", required_argument, NULL, OPT_REPEAT },
	{ "series", required_argument, NULL, OPT_SERIES },
	{ "packets", required_argument, NULL, OPT_PACKETS },
	{ "sample", required_argument, NULL, OPT_SAMPLE },
	{ "each", no_argument, NULL, OPT_EACH },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "csv", no_argument, NULL, OPT_CSV },
	{ "html", required_argument, NULL, OPT_HTML },
	{ "title", required_argument, NULL, OPT_TITLE },
	{ "from", required_argument, NULL, OPT_FROM },
	{ "compare", required_argument, NULL, OPT_COMPARE },
	{ "device", no_argument, NULL, OPT_DEVICE },
	{ "icount", no_argument, NULL, OPT_ICOUNT },
	{ "counter", required_argument, NULL, OPT_COUNTER },
	{ "mca", no_argument, NULL, OPT_MCA },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

/* A number from 1. */
static int count_option(const char *option, uint64_t max, uint64_t *out)
{
	if (tool_number(optarg, max, out) && *out)
		return TOOL_OK;
	return max < UINT32_MAX ? tool_usage(&cmd_bench, "%s %s: 1 to %u",
					     option, optarg, (unsigned int)max)
				: tool_usage(&cmd_bench, "%s %s: a number",
					     option, optarg);
}

static int repeat_option(struct bench *b, int c)
{
	uint64_t nr = 0;
	int status = c == OPT_REPEAT
			     ? count_option("--repeat", WEIR_MAX_REPEAT, &nr)
			     : count_option("--series", MAX_SERIES, &nr);

	if (c == OPT_REPEAT)
		b->m.repeat = (uint32_t)nr;
	else
		b->m.series = (int)nr;
	return status;
}

/* What is measured, and how. Return: an exit status; -1 if it is no such. */
static int measure_option(struct bench *b, int c)
{
	switch (c) {
	case 'r':
		b->in = optarg;
		return TOOL_OK;
	case 'F':
		b->expressions = optarg;
		return TOOL_OK;
	case SOURCE_OPT_INSNS:
		b->is_insns = true;
		return TOOL_OK;
	case SOURCE_OPT_KIND:
		return source_option(&cmd_bench, &b->programs, c, optarg);
	case OPT_SUITE:
		b->is_micro = !strcmp(optarg, "micro");
		return b->is_micro ? TOOL_OK
				   : tool_usage(&cmd_bench, "--suite %s: micro",
						optarg);
	case OPT_ELEMENTS:
		b->suite.elements = &b->elements;
		return elements_read(&b->elements, optarg);
	case OPT_VS:
		return add_rival(b, optarg);
	case OPT_REPEAT:
	case OPT_SERIES:
		return repeat_option(b, c);
	case OPT_PACKETS:
		return count_option("--packets", UINT32_MAX, &b->max_packets);
	case OPT_SAMPLE:
		return count_option("--sample", UINT32_MAX, &b->sample);
	case OPT_DEVICE:
		b->device = true;
		return TOOL_OK;
	case OPT_ICOUNT:
		b->m.icount = true;
		return TOOL_OK;
	case OPT_COUNTER:
		b->counter = optarg;
		return TOOL_OK;
	case OPT_MCA:
		b->m.cpus = all_cpus;
		return TOOL_OK;
	}
	return -1;
}

/* What is printed. Likewise. */
static int report_option(struct bench *b, int c)
{
	switch (c) {
	case OPT_EACH:
		b->m.each = true;
		return TOOL_OK;
	case OPT_JSON:
		b->format = FORMAT_JSON;
		return TOOL_OK;
	case OPT_CSV:
		b->format = FORMAT_CSV;
		return TOOL_OK;
	case OPT_HTML:
		b->html = optarg;
		return TOOL_OK;
	case OPT_TITLE:
		b->title = optarg;
		return TOOL_OK;
	case OPT_FROM:
		return read_rows(&b->m.rows, optarg);
	case OPT_COMPARE:
		b->old = optarg;
		return TOOL_OK;
	}
	return -1;
}

static int parse(struct bench *b, int argc, char **argv)
{
	int c, status;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":r:F:h", options, NULL)) != -1) {
		if (c == 'h' || c == OPT_HELP) {
			tool_help(&cmd_bench);
			return -1;
		}
		status = measure_option(b, c);
		if (status < 0)
			status = report_option(b, c);
		if (status < 0)
			status = tool_bad_option(&cmd_bench, argv, c);
		if (status)
			return status;
	}
	return TOOL_OK;
}

/* Do the options make sense together, and is there anything to do? */
static int check(struct bench *b, int nr_words)
{
	bool measures = nr_words || b->expressions || b->is_micro;

	if (b->m.rows.nr && !measures && !b->in)
		return TOOL_OK;
	if (b->is_micro && (nr_words || b->expressions || b->in))
		return tool_usage(&cmd_bench, "--suite micro has its own "
					      "packet; run it alone");
	if (!b->in && !b->is_micro)
		return tool_usage(&cmd_bench, "which capture? (-r FILE)");
	if (b->programs.kind && !b->is_insns)
		return tool_usage(&cmd_bench, "--kind goes with --insns");
	if (b->expressions && (b->is_insns || nr_words))
		return tool_usage(&cmd_bench, "-F and %s",
				  b->is_insns ? "--insns" : "expressions");
	if (!measures)
		return tool_usage(&cmd_bench, "which filter?");
	return TOOL_OK;
}

static int fill_suite(struct bench *b, char *const *words, int nr_words)
{
	if (b->is_micro)
		return suite_add_micro(&b->suite);
	if (b->expressions)
		return add_expressions(b, b->expressions);
	return add_words(b, words, nr_words);
}

static int cmd_bench_run(int argc, char **argv)
{
	struct bench b = { .max_packets = UINT32_MAX,
			   .percent = PERCENT_SLACK,
			   .title = "weir bench",
			   .m = { .repeat = DEFAULT_REPEAT,
				  .series = SERIES } };
	int status;

	add_engine(&b, &bench_engine_weir);
	add_engine(&b, &bench_engine_interp);
	b.suite.args = &b.programs;
	status = parse(&b, argc, argv);
	if (!status)
		status = check(&b, argc - optind);
	if (!status)
		status = fill_suite(&b, argv + optind, argc - optind);
	if (!b.programs.kind)
		b.programs.kind = WEIR_KIND_SOCKET;
	/* Counts are exact. */
	if (b.m.icount || b.counter)
		b.percent = 0;
	if (!status)
		status = bench(&b);
	capture_close(b.cap);
	measure_free(&b.m);
	free(b.elements.element);
	free(b.suite.item);
	free(b.text);
	return status < 0 ? TOOL_OK : status;
}

const struct tool_command cmd_bench = {
	.name = "bench",
	.run = cmd_bench_run,
	.summary = "measure filters over a capture",
	.usage = "EXPRESSION... | -F FILE | FILE.o... | --insns FILE... --kind "
		 "KIND -r CAPTURE | --suite micro | --from FILE [--vs linux] "
		 "[--vs libpcap] [--vs native=DIR] [--repeat N] [--packets N] "
		 "[--device] [--icount] [--json | --csv] [--html FILE] "
		 "[--compare FILE]",
	.help = "Each argument is one expression, an object made by clang "
		"-target bpf, or with\n"
		"--insns one program. All engines must agree on every packet. "
		"An empty program\n"
		"is measured too; `net` is less what that costs.\n\n"
		"  -r, --read FILE     capture: pcap or pcapng; - is standard "
		"input\n"
		"  -F FILE             expressions, one a line\n"
		"      --insns         arguments are files of instructions, "
		"binary or as hex digits\n"
		"      --kind KIND     what they are: socket, tc, xdp or mem; "
		"default socket\n"
		"      --elements FILE what maps of objects hold: lines PROGRAM "
		"MAP KEY VALUE\n"
		"      --suite micro   one feature each, on a packet of its "
		"own\n"
		"      --vs linux      also by the running kernel's own BPF\n"
		"      --vs libpcap    also by libpcap's interpreter\n"
		"      --vs native=DIR also by code that a compiler made of the "
		"same source\n"
		"                      (tools/bench/native/build)\n"
		"      --repeat N      runs of a packet in a series, default "
		"1000; the least of\n"
		"      --series N      counts, default 5\n"
		"      --packets N     only the first N packets\n"
		"      --sample N      only N of these, evenly spread\n"
		"      --device        Weir in the kernel, through /dev/weir\n"
		"      --icount        the clock counts instructions (qemu "
		"-icount shift=0,sleep=off)\n"
		"      --counter FILE  a plugin of qemu counts instructions "
		"(tools/bench/count)\n"
		"      --mca           with it, cycles by llvm-mca\n"
		"      --each          a row for every packet too\n"
		"      --json          an array of rows: suite, filter, arch, "
		"engine,\n"
		"                      insns_per_packet, "
		"net_insns_per_packet, image_bytes,\n"
		"                      load_insns ...; without counting these "
		"are null and there are\n"
		"                      ns_per_packet, net_ns_per_packet, "
		"load_ns and mpps\n"
		"      --csv           the same as comma-separated values\n"
		"      --html FILE     a page with charts; --title TEXT\n"
		"      --from FILE     take these rows (--json), instead of "
		"measuring\n"
		"      --compare FILE  name what costs more than in these rows; "
		"status 1 if any does\n",
};
