// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A program on each packet of a capture. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tools/lib/libweir.h"
#include "tools/weir/capture.h"
#include "tools/weir/run_capture.h"
#include "tools/weir/tool.h"

/**
 * struct tally - how often each verdict came
 * @verdict, @count: @nr of them, in the order in which they came first
 * @other:	verdicts for which there is no place
 */
struct tally {
	uint64_t packets;
	uint64_t guard_exits;
	uint64_t verdict[32];
	uint64_t count[32];
	unsigned int nr;
	uint64_t other;
};

static void note(struct tally *t, const struct weir_run_opts *run)
{
	unsigned int i = 0;

	t->packets++;
	t->guard_exits += run->exit.kind == WEIR_EXIT_GUARD;
	while (i < t->nr && t->verdict[i] != run->verdict)
		i++;
	if (i == sizeof(t->count) / sizeof(t->count[0])) {
		t->other++;
		return;
	}
	t->nr = i == t->nr ? i + 1 : t->nr;
	t->verdict[i] = run->verdict;
	t->count[i]++;
}

static void print_text(const struct tally *t)
{
	printf("packets %" PRIu64 ", ended by a guard %" PRIu64 "\n",
	       t->packets, t->guard_exits);
	for (unsigned int i = 0; i < t->nr; i++)
		printf("verdict %" PRIu64 ": %" PRIu64 "\n", t->verdict[i],
		       t->count[i]);
	if (t->other)
		printf("others: %" PRIu64 "\n", t->other);
}

static void print_json(const struct tally *t)
{
	printf("\"packets\": %" PRIu64 ", \"guard_exits\": %" PRIu64
	       ", \"verdicts\": {",
	       t->packets, t->guard_exits);
	for (unsigned int i = 0; i < t->nr; i++)
		printf("%s\"%" PRIu64 "\": %" PRIu64, i ? ", " : "",
		       t->verdict[i], t->count[i]);
	printf("}, \"other_verdicts\": %" PRIu64, t->other);
}

static int run_all(struct weir_program *prog, struct capture *cap,
		   const char *path, struct tally *t)
{
	struct capture_packet packet;
	char err[CAPTURE_ERROR];
	int got, failed;

	while ((got = capture_next(cap, &packet, err)) == 1) {
		struct weir_run_opts run = {
			.sz = sizeof(run),
			.data = packet.bytes,
			.data_size = packet.caplen,
			.wire_len = packet.wirelen,
		};

		failed = weir_program__run(prog, &run);
		if (failed)
			return tool_fail("run: %s: packet %" PRIu64 ": %s",
					 path, t->packets + 1,
					 strerror(-failed));
		note(t, &run);
	}
	if (got < 0)
		return tool_fail("run: %s: after %" PRIu64 " packets: %s", path,
				 t->packets, err);
	return TOOL_OK;
}

int run_capture(struct weir_program *prog, const char *path, bool json)
{
	char err[CAPTURE_ERROR];
	struct capture *cap = capture_open(path, err);
	struct tally tally = { 0 };
	int status;

	if (!cap)
		return tool_fail("run: %s: %s", path, err);
	status = run_all(prog, cap, path, &tally);
	if (json)
		print_json(&tally);
	else
		print_text(&tally);
	capture_close(cap);
	return status;
}
