/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Rows for people: a table, a page with charts, and what became worse. */
#ifndef WEIR_BENCH_REPORT_H
#define WEIR_BENCH_REPORT_H

#include <stdio.h>
#include "tools/bench/rows.h"

/** report_text() - tables and means, on stdout. */
void report_text(const struct rows *rows);

/** report_html() - one page with all that it needs. Return: 0 or -errno. */
int report_html(const struct rows *rows, const char *path, const char *title);

/**
 * report_compare() - name what costs more than it did, and what less
 * @percent:	changes up to this much are none
 * Return: how many rows became worse.
 */
size_t report_compare(const struct rows *old, const struct rows *now,
		      double percent);

#endif
