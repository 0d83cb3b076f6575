// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What became worse since rows were saved, and what better. */
#include <stdio.h>
#include <string.h>

#include "tools/bench/groups.h"
#include "tools/bench/report.h"

#define NR_COLUMNS 4

static double column(const struct row *row, int which, const char **name)
{
	switch (which) {
	case 0:
		*name = "per packet, net";
		return row->net;
	case 1:
		*name = "in machine code";
		return row->code;
	case 2:
		*name = "bytes";
		return row->image;
	default:
		*name = "to load";
		return row->load;
	}
}

/* Return: 1 if it costs more, -1 if less, 0 if it is the same. */
static int compare_column(const struct row *old, const struct row *now,
			  int which, double percent)
{
	const char *name;
	double a = column(old, which, &name), b = column(now, which, &name);
	/* Noise may put a program below the empty one. */
	double slack = (a < 0 ? -a : a) * percent / 100;

	if (!row_has(a) || !row_has(b) || old->icount != now->icount)
		return 0;
	if (b <= a + slack && b >= a - slack)
		return 0;
	printf("%s: %s, %s, %s: %.1f -> %.1f %s", b > a ? "worse" : "better",
	       now->suite, now->arch, now->filter, a, b, name);
	if (a > 0)
		printf(" (%+.1f%%)", 100 * (b - a) / a);
	printf("\n");
	return b > a ? 1 : -1;
}

static const struct row *find(const struct rows *rows, const struct row *of)
{
	return rows_find(rows, of, of->engine);
}

size_t report_compare(const struct rows *old, const struct rows *now,
		      double percent)
{
	size_t worse = 0, better = 0, nr = 0, gone = 0;

	for (size_t i = 0; i < now->nr; i++) {
		const struct row *row = &now->row[i], *was = find(old, row);

		if (strcmp(row->engine, OUR_ENGINE) || !was)
			continue;
		nr++;
		if (row->error && !was->error) {
			printf("worse: %s, %s, %s: %s\n", row->suite, row->arch,
			       row->filter, row->error);
			worse++;
		}
		for (int c = 0; c < NR_COLUMNS; c++) {
			int change = compare_column(was, row, c, percent);

			worse += change > 0;
			better += change < 0;
		}
	}
	for (size_t i = 0; i < old->nr; i++)
		gone += !strcmp(old->row[i].engine, OUR_ENGINE) &&
			!find(now, &old->row[i]);
	printf("%zu filters compared: %zu numbers worse, %zu better", nr, worse,
	       better);
	if (gone)
		printf("; %zu filters are not measured any more", gone);
	printf("\n");
	return worse;
}
