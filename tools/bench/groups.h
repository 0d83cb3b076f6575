/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Rows by architecture and suite, and what Weir's are of another engine's: the
 * ratios that reports state.
 */
#ifndef WEIR_BENCH_GROUPS_H
#define WEIR_BENCH_GROUPS_H

#include "tools/bench/rows.h"

#define GROUPS_MAX_ENGINES 8
#define OUR_ENGINE "weir"
/* Below this the program is as good as empty, and says nothing. */
#define LEAST_NET 2

/* Columns of a row that ratios are taken of. */
enum group_column {
	GROUP_NET,
	GROUP_IMAGE,
	GROUP_LOAD,
	GROUP_NR_COLUMNS
};
extern const char *const group_column_name[GROUP_NR_COLUMNS];

/**
 * struct group - the rows of one suite on one architecture
 * @arch:	what the machine code is for, or the machine
 * @icount:	counts of instructions, else nanoseconds
 * @others:	engines beside Weir's machine code, in the order of measuring
 * @has:	which of them have numbers in a column
 * @cpus:	processors that there are cycles for
 */
struct group {
	const struct rows *rows;
	const char *arch;
	const char *suite;
	bool icount;
	const char *others[GROUPS_MAX_ENGINES];
	bool has[GROUPS_MAX_ENGINES][GROUP_NR_COLUMNS];
	int nr_others;
	const char *cpus[ROW_MAX_CPUS];
	int nr_cpus;
};

/** struct group_ratio - ours over theirs, over a whole group
 * @mean:	geometric; ROW_NONE if there is nothing to compare
 * @worst:	the greatest, of filter @worst_filter
 * @above:	how many are above 1
 * @nr:		how many filters count
 */
struct group_ratio {
	double mean;
	double worst;
	const char *worst_filter;
	size_t above;
	size_t nr;
};

/** groups_next() - the group after @group; start with all zero but rows. */
bool groups_next(struct group *group);

/** group_row() - is it one of ours in this group, of a whole filter? */
bool group_row(const struct group *group, const struct row *row);

/** group_value() - a column of a row, or ROW_NONE. */
double group_value(const struct row *row, enum group_column column);

/** group_row_ratio() - ours over another's for one filter, or ROW_NONE. */
double group_row_ratio(const struct row *ours, const struct row *theirs,
		       enum group_column column);

/* The better of what compilers made of the same source, filter by filter. */
#define BEST_NATIVE "native"

/** group_theirs() - another engine's row of the same filter, or NULL.
 * @engine may be BEST_NATIVE.
 */
const struct row *group_theirs(const struct group *group,
			       const struct row *ours, const char *engine);

/** group_ratio() - over the group. @engine may be BEST_NATIVE. */
struct group_ratio group_ratio(const struct group *group, const char *engine,
			       enum group_column column);

/** group_has_native() - does any compiler's code stand beside? */
bool group_has_native(const struct group *group);

#endif
