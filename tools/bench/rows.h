/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What was measured: one row per filter and engine. Everything that is shown or
 * saved is made of rows, and rows that were saved are read again.
 */
#ifndef WEIR_BENCH_ROWS_H
#define WEIR_BENCH_ROWS_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ROW_NONE ((double)NAN) /* a number that there is not */
#define ROW_MAX_CPUS 4

/** row_has() - is this number there? */
static inline bool row_has(double number)
{
	return !isnan(number);
}

/** struct row_cycles - what llvm-mca says of one processor */
struct row_cycles {
	char *cpu;
	double per_packet;
};

/**
 * struct row - a filter by one engine, the mean over its packets
 * @packet:	number of the packet if it is of one only, from 1; else 0
 * @icount:	instructions, not nanoseconds
 * @each:	of a packet, with the loop around
 * @net:	less what the empty program costs
 * @code:	instructions of generated code
 * @load:	everything until it can run; @verify and @compile are its parts
 * @image:	bytes of machine code
 * @error:	why there are no numbers, or NULL
 * @note:	why some are missing, or NULL
 *
 * Numbers that were not taken are ROW_NONE. The row owns its words.
 */
struct row {
	char *suite;
	char *filter;
	char *arch;
	char *engine;
	char *error;
	char *note;
	unsigned int packet;
	bool icount;
	double each, net, code;
	double load, verify, compile;
	double image;
	struct row_cycles cycles[ROW_MAX_CPUS];
	int nr_cpus;
};

/** struct rows - all of them, in the order of measuring */
struct rows {
	struct row *row;
	size_t nr, room;
};

/** rows_add() - one more, without numbers. Return: NULL if out of memory. */
struct row *rows_add(struct rows *rows, const char *suite, const char *filter,
		     const char *arch, const char *engine);
void rows_free(struct rows *rows);

/** rows_find() - the row of an engine beside @of, or NULL. */
const struct row *rows_find(const struct rows *rows, const struct row *of,
			    const char *engine);

/** rows_is_empty_program() - the one that the others are less by. */
bool rows_is_empty_program(const struct row *row);

/** row_cycles() - cycles on this processor, or ROW_NONE. */
double row_cycles(const struct row *row, const char *cpu);

/** rows_json(), rows_csv() - all of them, on stdout. */
void rows_json(const struct rows *rows);
void rows_csv(const struct rows *rows);

/**
 * rows_read() - what rows_json() wrote
 * @text:	0-terminated
 * @err:	out: what is wrong with it
 *
 * Keys that are unknown are passed over. Return: 0, -EINVAL or -ENOMEM.
 */
int rows_read(struct rows *rows, const char *text, char err[128]);

#endif
