// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Rows by architecture and suite, and ratios over them. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tools/bench/groups.h"

const char *const group_column_name[GROUP_NR_COLUMNS] = {
	[GROUP_NET] = "net",
	[GROUP_IMAGE] = "image",
	[GROUP_LOAD] = "load",
};

static bool is_of(const struct group *g, const struct row *row)
{
	return !row->packet && !strcmp(row->arch, g->arch) &&
	       !strcmp(row->suite, g->suite);
}

/* Return: where the word is in the list, or @max if there is no room. */
static int add_word(const char **words, int *nr, int max, const char *word)
{
	for (int i = 0; i < *nr; i++)
		if (!strcmp(words[i], word))
			return i;
	if (*nr == max)
		return max;
	words[*nr] = word;
	return (*nr)++;
}

/* Weir's own interpreter loads as Weir does, but for compiling. */
static bool is_rival(const char *engine)
{
	return strncmp(engine, OUR_ENGINE, strlen(OUR_ENGINE));
}

static void add_engine(struct group *g, const struct row *row)
{
	int at = add_word(g->others, &g->nr_others, GROUPS_MAX_ENGINES,
			  row->engine);

	for (int c = 0; c < GROUP_NR_COLUMNS && at < GROUPS_MAX_ENGINES; c++)
		g->has[at][c] |= row_has(group_value(row, c)) &&
				 (c == GROUP_NET || is_rival(row->engine));
}

static void describe(struct group *g)
{
	for (size_t i = 0; i < g->rows->nr; i++) {
		const struct row *row = &g->rows->row[i];

		if (!is_of(g, row))
			continue;
		g->icount |= row->icount;
		if (strcmp(row->engine, OUR_ENGINE))
			add_engine(g, row);
		for (int c = 0; c < row->nr_cpus; c++)
			add_word(g->cpus, &g->nr_cpus, ROW_MAX_CPUS,
				 row->cycles[c].cpu);
	}
}

/* Is this the first row of its group? */
static bool is_first(const struct rows *rows, size_t at)
{
	const struct row *row = &rows->row[at];
	struct group g = { .arch = row->arch, .suite = row->suite };

	if (row->packet)
		return false;
	for (size_t i = 0; i < at; i++)
		if (is_of(&g, &rows->row[i]))
			return false;
	return true;
}

bool groups_next(struct group *g)
{
	const struct rows *rows = g->rows;
	bool seen = !g->arch;

	for (size_t i = 0; i < rows->nr; i++) {
		const struct row *row = &rows->row[i];

		if (!is_first(rows, i))
			continue;
		if (seen) {
			*g = (struct group){ .rows = rows,
					     .arch = row->arch,
					     .suite = row->suite };
			describe(g);
			return true;
		}
		seen = is_of(g, row);
	}
	return false;
}

bool group_row(const struct group *g, const struct row *row)
{
	return is_of(g, row) && !strcmp(row->engine, OUR_ENGINE);
}

double group_value(const struct row *row, enum group_column column)
{
	switch (column) {
	case GROUP_NET:
		return row->net;
	case GROUP_IMAGE:
		return row->image;
	case GROUP_LOAD:
		return row->load;
	default:
		return ROW_NONE;
	}
}

double group_row_ratio(const struct row *ours, const struct row *theirs,
		       enum group_column column)
{
	double a, b;

	if (!ours || !theirs || ours->error || theirs->error)
		return ROW_NONE;
	a = group_value(ours, column);
	b = group_value(theirs, column);
	if (!row_has(a) || !row_has(b) || b < LEAST_NET)
		return ROW_NONE;
	/* Nothing at all has no logarithm; half an instruction has. */
	return (a < 0.5 ? 0.5 : a) / b;
}

static bool is_native(const char *engine)
{
	return !strncmp(engine, BEST_NATIVE "-", strlen(BEST_NATIVE) + 1);
}

bool group_has_native(const struct group *g)
{
	for (int i = 0; i < g->nr_others; i++)
		if (is_native(g->others[i]))
			return true;
	return false;
}

const struct row *group_theirs(const struct group *g, const struct row *ours,
			       const char *engine)
{
	const struct row *best = NULL;

	if (strcmp(engine, BEST_NATIVE))
		return rows_find(g->rows, ours, engine);
	for (int i = 0; i < g->nr_others; i++) {
		const struct row *row;

		if (!is_native(g->others[i]))
			continue;
		row = rows_find(g->rows, ours, g->others[i]);
		if (row && !row->error && (!best || row->net < best->net))
			best = row;
	}
	return best;
}

struct group_ratio group_ratio(const struct group *g, const char *engine,
			       enum group_column column)
{
	struct group_ratio out = { .mean = ROW_NONE, .worst = ROW_NONE };
	double logs = 0;

	if (column != GROUP_NET && !is_rival(engine))
		return out;
	for (size_t i = 0; i < g->rows->nr; i++) {
		const struct row *ours = &g->rows->row[i];
		double ratio;

		if (!group_row(g, ours) || rows_is_empty_program(ours))
			continue;
		ratio = group_row_ratio(ours, group_theirs(g, ours, engine),
					column);
		if (!row_has(ratio))
			continue;
		out.nr++;
		out.above += ratio > 1;
		logs += log(ratio);
		if (!row_has(out.worst) || ratio > out.worst) {
			out.worst = ratio;
			out.worst_filter = ours->filter;
		}
	}
	if (out.nr)
		out.mean = exp(logs / (double)out.nr);
	return out;
}
