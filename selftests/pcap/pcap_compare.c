// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Does Weir let through what libpcap lets through?
 *
 *	pcap_compare [--engine interp|jit|device] [--both N] LIST...
 *
 * A LIST has lines `savefile<TAB>expression`, savefiles beside the list. Each
 * expression becomes a program, which sees every packet of its savefile; each
 * verdict must be what pcap_offline_filter() says. One test per expression.
 * An expression that the installed libpcap refuses is skipped, in its words.
 *
 * Expressions that are false everywhere compare little: --both N demands N
 * expressions that let some packets through and hold others back.
 */
#include <errno.h>
#include <getopt.h>
#include <libgen.h>
#include <pcap/pcap.h>
#include "tools/lib/libweir.h"
#include "selftests/harness.h"

#define MAX_CAPTURES 64

struct packet {
	struct pcap_pkthdr header;
	u_char *data;
};

struct capture {
	char path[1024];
	pcap_t *pcap;
	struct packet *packets;
	size_t nr;
};

/* What a whole run adds up to. */
struct sums {
	size_t packets;
	size_t accepted;
	size_t compiled;
	size_t both;
	size_t guard_exits;
};

static struct capture captures[MAX_CAPTURES];
static struct sums sums;
static struct weir_load_opts load_opts = { .sz = sizeof(load_opts) };
static const char *engine = "interp";

static void read_packets(struct capture *cap)
{
	struct pcap_pkthdr *header;
	const u_char *data;
	size_t room = 0;
	int err;

	while ((err = pcap_next_ex(cap->pcap, &header, &data)) == 1) {
		struct packet *p;

		if (cap->nr == room) {
			room = room ? room * 2 : 64;
			cap->packets = realloc(cap->packets,
					       room * sizeof(*cap->packets));
		}
		p = &cap->packets[cap->nr++];
		p->header = *header;
		/* Exactly as long as it is, so that ASan sees a byte too far. */
		p->data = malloc(header->caplen ? header->caplen : 1);
		memcpy(p->data, data, header->caplen);
	}
	if (err != PCAP_ERROR_BREAK)
		ksft_exit_fail_msg("%s: %s\n", cap->path,
				   pcap_geterr(cap->pcap));
}

static struct capture *find_capture(const char *path)
{
	char err[PCAP_ERRBUF_SIZE];
	struct capture *cap;

	for (cap = captures; cap < captures + MAX_CAPTURES; cap++) {
		if (!cap->path[0])
			break;
		if (!strcmp(cap->path, path))
			return cap;
	}
	if (cap == captures + MAX_CAPTURES)
		ksft_exit_fail_msg("more than %d savefiles\n", MAX_CAPTURES);
	cap->pcap = pcap_open_offline(path, err);
	if (!cap->pcap)
		ksft_exit_fail_msg("%s\n", err);
	snprintf(cap->path, sizeof(cap->path), "%s", path);
	read_packets(cap);
	return cap;
}

static struct weir_program *load(const struct capture *cap, const char *expr)
{
	struct weir_program *prog;
	struct sock_filter *insns = NULL;
	size_t nr_insns = 0;
	char text[256];
	int err;

	err = weir_expr__compile(expr, pcap_datalink(cap->pcap),
				 pcap_snapshot(cap->pcap), &insns, &nr_insns,
				 text, sizeof(text));
	if (err) {
		ksft_print_msg("libpcap compiles it, but Weir says: %s\n",
			       text);
		return NULL;
	}
	prog = weir_program__load_classic(insns, nr_insns, &load_opts);
	if (!prog)
		ksft_print_msg("not loaded: %s; %s at %u: %s\n",
			       strerror(errno),
			       weir_reject__name(load_opts.reject_nr),
			       load_opts.reject_pc, load_opts.reject_detail);
	free(insns);
	return prog;
}

/* Shows up to three differences; returns their number. */
static size_t compare(struct weir_program *prog, const struct capture *cap,
		      const struct bpf_program *oracle, size_t *accepted)
{
	size_t wrong = 0;

	for (size_t i = 0; i < cap->nr; i++) {
		const struct packet *p = &cap->packets[i];
		struct weir_run_opts run = {
			.sz = sizeof(run),
			.data = p->data,
			.data_size = p->header.caplen,
			.wire_len = p->header.len,
		};
		int want = pcap_offline_filter(oracle, &p->header, p->data);
		int err = weir_program__run(prog, &run);

		*accepted += want != 0;
		sums.guard_exits += run.exit.kind == WEIR_EXIT_GUARD;
		if (!err && run.verdict == (uint32_t)want)
			continue;
		if (wrong++ < 3)
			ksft_print_msg("packet %zu (%u of %u bytes): %s %llu, "
				       "libpcap %u\n",
				       i + 1, p->header.caplen, p->header.len,
				       err ? strerror(-err) : engine,
				       (unsigned long long)run.verdict, want);
	}
	return wrong;
}

static void one_expression(const char *name, const struct capture *cap,
			   const char *expr)
{
	struct bpf_program oracle;
	struct weir_program *prog;
	size_t accepted = 0, wrong;

	if (pcap_compile(cap->pcap, &oracle, expr, 1, PCAP_NETMASK_UNKNOWN)) {
		ksft_test_result_skip(pcap_geterr(cap->pcap), "%s: %s", name,
				      expr);
		return;
	}
	prog = load(cap, expr);
	if (prog) {
		wrong = compare(prog, cap, &oracle, &accepted);
		ksft_test_result(!wrong, "%s: %s", name, expr);
		weir_program__free(prog);
	} else {
		ksft_test_result(false, "%s: %s", name, expr);
	}
	pcap_freecode(&oracle);
	sums.compiled++;
	sums.packets += cap->nr;
	sums.accepted += accepted;
	sums.both += accepted && accepted < cap->nr;
}

static void one_list(const char *list)
{
	char line[8192], where[512], *path;
	FILE *f = fopen(list, "r");

	if (!f)
		ksft_exit_fail_msg("%s: %s\n", list, strerror(errno));
	snprintf(where, sizeof(where), "%s", list);
	dirname(where);
	while (fgets(line, sizeof(line), f)) {
		char *tab = strchr(line, '\t');

		line[strcspn(line, "\n")] = 0;
		if (line[0] == '#' || !tab)
			continue;
		*tab = 0;
		if (asprintf(&path, "%s/%s", where, line) < 0)
			ksft_exit_fail_msg("out of memory\n");
		one_expression(line, find_capture(path), tab + 1);
		free(path);
	}
	fclose(f);
}

static void free_captures(void)
{
	for (struct capture *c = captures; c < captures + MAX_CAPTURES; c++) {
		for (size_t i = 0; i < c->nr; i++)
			free(c->packets[i].data);
		free(c->packets);
		if (c->pcap)
			pcap_close(c->pcap);
	}
}

/* The engine's options; false if it is none, or this host cannot. */
static void choose_engine(void)
{
	if (!strcmp(engine, "interp")) {
		load_opts.engine = WEIR_ENGINE_INTERP;
	} else if (!strcmp(engine, "jit")) {
		load_opts.engine = WEIR_ENGINE_JIT;
	} else if (!strcmp(engine, "device")) {
		load_opts.backend = WEIR_BACKEND_DEVICE;
		load_opts.engine = WEIR_ENGINE_JIT;
	} else {
		fprintf(stderr, "pcap_compare: no engine '%s'\n", engine);
		exit(2);
	}
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "engine", required_argument, NULL, 'e' },
		{ "both", required_argument, NULL, 'b' },
		{ NULL, 0, NULL, 0 },
	};
	size_t both = 0;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'e') {
			engine = optarg;
		} else if (c == 'b') {
			both = strtoul(optarg, NULL, 0);
		} else {
			fprintf(stderr, "usage: pcap_compare [--engine E] "
					"[--both N] LIST...\n");
			return 2;
		}
	}
	choose_engine();
	ksft_print_header();
	for (int i = optind; i < argc; i++)
		one_list(argv[i]);
	ksft_print_msg("%zu verdicts compared, %zu packets let through, "
		       "%zu runs ended by a guard\n",
		       sums.packets, sums.accepted, sums.guard_exits);
	ksft_print_msg("%zu of %zu expressions have both verdicts\n", sums.both,
		       sums.compiled);
	ksft_test_result(sums.both >= both && sums.accepted &&
				 sums.accepted < sums.packets,
			 "the verdicts differ between packets");
	free_captures();
	return ksft_finished();
}
