// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * libweir in one page: count the packets of a capture that an expression
 * matches. Build and run:
 *
 *	cc -o example example.c \
 *		$(pkg-config --cflags --libs libweir libpcap)
 *	./example 'tcp port 80' capture.pcap
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <pcap/pcap.h>
#include <libweir.h>

static struct weir_program *load(const char *expr, pcap_t *capture)
{
	struct weir_load_opts opts = { .sz = sizeof(opts), .name = "example" };
	struct weir_program *prog;
	struct sock_filter *insns;
	size_t nr_insns;
	char why[256];

	/* Classic BPF by libpcap, for the link type of the capture ... */
	if (weir_expr__compile_pcap(expr, capture, &insns, &nr_insns, why,
				    sizeof(why)))
		errx(1, "%s: %s", expr, why);

	/* ... verified, and machine code of it where this is an ARM. */
	prog = weir_program__load_classic(insns, nr_insns, &opts);
	if (!prog)
		errx(1, "%s: %s", expr, opts.reject_detail);
	free(insns);
	return prog;
}

int main(int argc, char **argv)
{
	unsigned long seen = 0, matched = 0, guards = 0;
	char why[PCAP_ERRBUF_SIZE];
	struct weir_program *prog;
	struct pcap_pkthdr *header;
	const u_char *bytes;
	pcap_t *capture;

	if (argc != 3)
		errx(2, "usage: example EXPRESSION CAPTURE");
	capture = pcap_open_offline(argv[2], why);
	if (!capture)
		errx(1, "%s", why);
	prog = load(argv[1], capture);

	while (pcap_next_ex(capture, &header, &bytes) == 1) {
		struct weir_run_opts run = {
			.sz = sizeof(run),
			.data = bytes,
			.data_size = header->caplen,
			.wire_len = header->len,
		};

		if (weir_program__run(prog, &run))
			errx(1, "packet %lu", seen + 1);
		seen++;
		matched += run.verdict != 0;
		/* A packet too short for what the filter wants to read. */
		guards += run.exit.kind == WEIR_EXIT_GUARD;
	}
	printf("%lu of %lu packets, %lu ended by a guard, engine %s\n", matched,
	       seen, guards,
	       weir_program__engine(prog) == WEIR_ENGINE_JIT ? "jit"
							     : "interp");
	weir_program__free(prog);
	pcap_close(capture);
	return 0;
}
