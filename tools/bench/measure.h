/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Measuring a filter: every engine loads it, all must agree on every packet,
 * then each runs every packet many times over in its own test run.
 *
 * Of several series the least counts, since interrupts and other work only ever
 * add. An empty program of the same kind is measured in the same way, and what it
 * costs is the loop's. Where a plugin counts (counter.h), one run is exact.
 */
#ifndef WEIR_BENCH_MEASURE_H
#define WEIR_BENCH_MEASURE_H

#include "tools/bench/engine.h"
#include "tools/bench/rows.h"

#define MEASURE_MAX_ENGINES 8
#define MEASURE_NR_KINDS 8 /* above every WEIR_KIND_* */

/**
 * struct measure - what is measured, by what, and what came out
 * @icount:	time is instructions
 * @counter:	a plugin counts
 * @each:	a row per packet too
 * @repeat:	runs of a series
 * @series:	of a packet, and loads of a filter
 * @cpus:	processors to ask llvm-mca about
 * @packets:	all engines get the same
 * @rows:	out
 */
struct measure {
	bool icount;
	bool counter;
	bool each;
	uint32_t repeat;
	int series;
	const char *const *cpus;

	struct bench_engine engines[MEASURE_MAX_ENGINES];
	int nr_engines;
	struct bench_packet *packets;
	size_t nr_packets;
	struct rows rows;

	/* its own */
	double *empty[MEASURE_NR_KINDS]; /* by engine and packet; NULL: not yet */
	size_t nr_skipped;
};

/**
 * measure_filter() - one filter, and the empty one of its kind if need be
 * Return: an exit status, after a line; engines' own errors are in their rows.
 */
int measure_filter(struct measure *m, const struct bench_filter *filter);

void measure_free(struct measure *m);

#endif
