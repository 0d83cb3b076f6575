// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Results as tables: one line per filter, one table per suite. */
#include <stdio.h>
#include <string.h>

#include "tools/bench/groups.h"
#include "tools/bench/report.h"

#define NAME_WIDTH 36
#define NUMBER 10
#define RATIO 6

static void name(const char *text)
{
	if (strlen(text) > NAME_WIDTH)
		printf("%.*s... ", NAME_WIDTH - 4, text);
	else
		printf("%-*s", NAME_WIDTH, text);
}

static void number(double value, int decimals)
{
	if (row_has(value))
		printf("%*.*f", NUMBER, decimals, value);
	else
		printf("%*s", NUMBER, "-");
}

static void ratio(double value)
{
	if (row_has(value))
		printf(value < 9.995 ? "%*.2f" : "%*.0f", RATIO, value);
	else
		printf("%*s", RATIO, "-");
}

static void heading(const struct group *g)
{
	printf("\n%s, %s: %s per packet\n", g->suite, g->arch,
	       g->icount ? "instructions" : "nanoseconds");
	printf("%-*s%*s%*s", NAME_WIDTH, "", NUMBER, "total", NUMBER, "net");
	if (!g->icount)
		printf("%*s", NUMBER, "Mpps");
	for (int i = 0; i < g->nr_others; i++)
		if (g->has[i][GROUP_NET])
			printf("%*.*s%*s", NUMBER + 3, NUMBER + 2, g->others[i],
			       RATIO, "");
	for (int i = 0; i < g->nr_cpus; i++)
		printf("%*.*s", NUMBER + 2, NUMBER + 1, g->cpus[i]);
	printf("\n");
}

static void line(const struct group *g, const struct row *ours)
{
	name(ours->filter);
	if (ours->error) {
		printf("  %s\n", ours->error);
		return;
	}
	number(ours->each, 1);
	number(ours->net, 1);
	if (!g->icount)
		number(ours->each > 0 ? 1000 / ours->each : ROW_NONE, 2);
	for (int i = 0; i < g->nr_others; i++) {
		const struct row *theirs =
			rows_find(g->rows, ours, g->others[i]);

		if (!g->has[i][GROUP_NET])
			continue;
		printf("   ");
		number(theirs ? theirs->net : ROW_NONE, 1);
		ratio(group_row_ratio(ours, theirs, GROUP_NET));
	}
	for (int i = 0; i < g->nr_cpus; i++) {
		printf("  ");
		number(row_cycles(ours, g->cpus[i]), 1);
	}
	printf("\n");
}

/* Bytes and load costs, beside those of engines that have such. */
static void sizes_heading(const struct group *g)
{
	const char *cost = g->icount ? "instructions" : "ns";

	printf("\n%s, %s: bytes of machine code; %s to load\n", g->suite,
	       g->arch, cost);
	printf("%-*s%*s", NAME_WIDTH, "", NUMBER, "bytes");
	for (int i = 0; i < g->nr_others; i++)
		if (g->has[i][GROUP_IMAGE])
			printf("%*.*s%*s", NUMBER + 3, NUMBER + 2, g->others[i],
			       RATIO, "");
	printf("%*s%*s%*s", NUMBER + 2, "verify", NUMBER, "compile", NUMBER,
	       "load");
	for (int i = 0; i < g->nr_others; i++)
		if (g->has[i][GROUP_LOAD])
			printf("%*.*s%*s", NUMBER + 3, NUMBER + 2, g->others[i],
			       RATIO, "");
	printf("\n");
}

static void sizes_others(const struct group *g, const struct row *ours,
			 enum group_column column)
{
	for (int i = 0; i < g->nr_others; i++) {
		const struct row *theirs;

		if (!g->has[i][column])
			continue;
		theirs = rows_find(g->rows, ours, g->others[i]);
		printf("   ");
		number(theirs ? group_value(theirs, column) : ROW_NONE, 0);
		ratio(group_row_ratio(ours, theirs, column));
	}
}

static void sizes_line(const struct group *g, const struct row *ours)
{
	if (ours->error)
		return;
	name(ours->filter);
	number(ours->image, 0);
	sizes_others(g, ours, GROUP_IMAGE);
	printf("  ");
	number(ours->verify, 0);
	number(ours->compile, 0);
	number(ours->load, 0);
	sizes_others(g, ours, GROUP_LOAD);
	printf("\n");
}

static void mean_line(const struct group *g, const char *engine,
		      enum group_column column)
{
	struct group_ratio r = group_ratio(g, engine, column);

	if (!r.nr)
		return;
	printf("  weir/%-14s %-6s geometric mean %.3f of %zu, %zu above 1; "
	       "worst %.2f: %.60s\n",
	       engine, group_column_name[column], r.mean, r.nr, r.above,
	       r.worst, r.worst_filter);
}

static void means(const struct group *g)
{
	for (int c = 0; c < GROUP_NR_COLUMNS; c++) {
		for (int i = 0; i < g->nr_others; i++)
			mean_line(g, g->others[i], c);
		if (c == GROUP_NET && group_has_native(g))
			mean_line(g, BEST_NATIVE, c);
	}
}

/* What is missing, and why. */
static const char *reason(const struct row *row)
{
	return row->error ? row->error : row->note;
}

static bool same_reason(const struct row *a, const struct row *b)
{
	return reason(b) && !b->packet && !strcmp(reason(a), reason(b)) &&
	       !strcmp(a->engine, b->engine) && !strcmp(a->suite, b->suite) &&
	       !strcmp(a->arch, b->arch);
}

/* Each reason once, with how many filters have it. */
static void reasons(const struct group *g)
{
	for (size_t i = 0; i < g->rows->nr; i++) {
		const struct row *row = &g->rows->row[i];
		size_t nr = 0;
		bool first = true;

		if (!reason(row) || row->packet || strcmp(row->arch, g->arch) ||
		    strcmp(row->suite, g->suite))
			continue;
		for (size_t j = 0; j < g->rows->nr && first; j++) {
			bool same = same_reason(row, &g->rows->row[j]);

			first = !same || j >= i;
			nr += same;
		}
		if (first && nr > 1)
			printf("  %s: %s (%.40s and %zu more)\n", row->engine,
			       reason(row), row->filter, nr - 1);
		else if (first)
			printf("  %s: %s (%.40s)\n", row->engine, reason(row),
			       row->filter);
	}
}

void report_text(const struct rows *rows)
{
	struct group g = { .rows = rows };

	while (groups_next(&g)) {
		heading(&g);
		for (size_t i = 0; i < rows->nr; i++)
			if (group_row(&g, &rows->row[i]))
				line(&g, &rows->row[i]);
		sizes_heading(&g);
		for (size_t i = 0; i < rows->nr; i++)
			if (group_row(&g, &rows->row[i]))
				sizes_line(&g, &rows->row[i]);
		printf("\n");
		means(&g);
		reasons(&g);
	}
}
