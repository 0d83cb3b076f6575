// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Results as one page: means, a bar chart for each suite, and tables. Charts are
 * SVG inside the page; nothing is fetched, nothing is a script.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tools/bench/groups.h"
#include "tools/bench/report.h"

#define WIDTH 980
#define LABEL 300
#define PLOT 480
#define LINE 22
#define BAR_HEIGHT 7
#define TOP 46
#define MAX_RATIO 1.5 /* where the plot ends */
#define NAME 46

static void escaped(FILE *f, const char *text, size_t max)
{
	for (size_t i = 0; text[i] && i < max; i++) {
		switch (text[i]) {
		case '<':
			fputs("&lt;", f);
			break;
		case '>':
			fputs("&gt;", f);
			break;
		case '&':
			fputs("&amp;", f);
			break;
		case '"':
			fputs("&quot;", f);
			break;
		default:
			fputc(text[i], f);
		}
	}
	if (strlen(text) > max)
		fputs("…", f);
}

static void style(FILE *f)
{
	fputs("<style>\n"
	      "body { font: 14px/1.5 system-ui, sans-serif; color: #1c2733;"
	      " margin: 2em auto; max-width: 1040px; padding: 0 1em; }\n"
	      "h1 { font-size: 1.6em; } h2 { font-size: 1.2em; margin-top: "
	      "2em; }\n"
	      "table { border-collapse: collapse; font-size: 13px; }\n"
	      "th, td { padding: 2px 10px; text-align: right; border-bottom: "
	      "1px solid #e3e8ee; }\n"
	      "th { background: #f3f6f9; font-weight: 600; }\n"
	      "td:first-child, th:first-child { text-align: left; font-family:"
	      " ui-monospace, monospace; font-size: 12px; max-width: 420px; "
	      "overflow-wrap: anywhere; }\n"
	      ".above { color: #b3261e; font-weight: 600; }\n"
	      "summary { cursor: pointer; color: #2a5f9e; }\n"
	      "svg { display: block; max-width: 100%; height: auto; }\n"
	      "svg text { font: 12px system-ui, sans-serif; fill: #1c2733; }\n"
	      "svg .n { font-family: ui-monospace, monospace; font-size: 11px; "
	      "}\n"
	      "svg .s { fill: #5b6875; font-size: 11px; }\n"
	      "svg .weir { fill: #1f77b4; } svg .over { fill: #b3261e; }\n"
	      "svg .native { fill: #9aa7b4; } svg .grid { stroke: #dbe2e9; }\n"
	      "svg .one { stroke: #5b6875; stroke-dasharray: 3 3; }\n"
	      "</style>\n",
	      f);
}

/* What the chart of a group measures by: Linux if it is there. */
static const char *base_engine(const struct group *g)
{
	static const char *const liked[] = { "linux", "libpcap",
					     "weir-interp" };

	for (size_t l = 0; l < sizeof(liked) / sizeof(liked[0]); l++)
		for (int i = 0; i < g->nr_others; i++)
			if (!strcmp(g->others[i], liked[l]) &&
			    g->has[i][GROUP_NET])
				return liked[l];
	return NULL;
}

static void mean_row(FILE *f, const struct group *g, const char *engine,
		     enum group_column column)
{
	struct group_ratio r = group_ratio(g, engine, column);

	if (!r.nr)
		return;
	fprintf(f, "<tr><td>%s / %s, %s</td><td>%.3f</td><td>%zu</td>",
		OUR_ENGINE, engine, group_column_name[column], r.mean, r.nr);
	fprintf(f, "<td>%zu</td><td%s>%.2f</td><td style=\"text-align:left\">",
		r.above, r.worst > 1 ? " class=\"above\"" : "", r.worst);
	escaped(f, r.worst_filter, NAME);
	fputs("</td></tr>\n", f);
}

static void mean_table(FILE *f, const struct group *g)
{
	fputs("<table><tr><th>ratio</th><th>geometric mean</th><th>filters</th>"
	      "<th>above 1</th><th>worst</th><th style=\"text-align:left\">"
	      "which</th></tr>\n",
	      f);
	for (int c = 0; c < GROUP_NR_COLUMNS; c++) {
		for (int i = 0; i < g->nr_others; i++)
			mean_row(f, g, g->others[i], c);
		if (c == GROUP_NET && group_has_native(g))
			mean_row(f, g, BEST_NATIVE, c);
	}
	fputs("</table>\n", f);
}

static double x_of(double ratio)
{
	return LABEL +
	       PLOT * (ratio > MAX_RATIO ? MAX_RATIO : ratio) / MAX_RATIO;
}

static void axis(FILE *f, double height, const char *base)
{
	for (int i = 0; i <= 6; i++) {
		double at = i * 0.25;

		fprintf(f,
			"<line class=\"%s\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" "
			"y2=\"%.1f\"/>",
			i == 4 ? "one" : "grid", x_of(at), TOP - 6, x_of(at),
			height);
		fprintf(f,
			"<text class=\"s\" x=\"%.1f\" y=\"%d\" "
			"text-anchor=\"middle\">%.3g</text>\n",
			x_of(at), TOP - 12, at);
	}
	fprintf(f,
		"<text class=\"s\" x=\"%d\" y=\"14\">net cost per packet, in "
		"that of %s (= 1)</text>\n",
		LABEL, base);
}

static void bar(FILE *f, double y, double ratio, const char *class)
{
	fprintf(f,
		"<rect class=\"%s\" x=\"%d\" y=\"%.1f\" width=\"%.1f\" "
		"height=\"%d\" rx=\"1.5\"/>",
		class, LABEL, y, x_of(ratio) - LABEL, BAR_HEIGHT);
}

/* A filter: its name, bars, and the numbers they are of. */
static void chart_line(FILE *f, const struct group *g, const struct row *ours,
		       const char *base, double y)
{
	const struct row *theirs = group_theirs(g, ours, base);
	const struct row *native = group_theirs(g, ours, BEST_NATIVE);
	double ratio = group_row_ratio(ours, theirs, GROUP_NET);

	fprintf(f, "<text class=\"n\" x=\"%d\" y=\"%.1f\" text-anchor=\"end\">",
		LABEL - 8, y + 13);
	escaped(f, ours->filter, NAME - 6);
	fputs("</text>", f);
	bar(f, y + 2, ratio, ratio > 1 ? "over" : "weir");
	if (native && theirs)
		bar(f, y + 3 + BAR_HEIGHT, native->net / theirs->net, "native");
	fprintf(f, "<text class=\"s\" x=\"%d\" y=\"%.1f\">%.2f · %.0f of %.0f",
		LABEL + PLOT + 12, y + 13, ratio, ours->net, theirs->net);
	if (native)
		fprintf(f, " · native %.0f", native->net);
	fputs("</text>\n", f);
}

static double chart_ratio(const struct group *g, size_t i, const char *base)
{
	const struct row *ours = &g->rows->row[i];

	if (!group_row(g, ours) || rows_is_empty_program(ours))
		return ROW_NONE;
	return group_row_ratio(ours, group_theirs(g, ours, base), GROUP_NET);
}

static void chart(FILE *f, const struct group *g)
{
	const char *base = base_engine(g);
	double y = TOP, height;
	size_t nr = 0;

	if (!base)
		return;
	for (size_t i = 0; i < g->rows->nr; i++)
		nr += row_has(chart_ratio(g, i, base));
	if (!nr)
		return;
	height = TOP + (double)nr * LINE + 8;
	fprintf(f,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d "
		"%.0f\" width=\"%d\" height=\"%.0f\" role=\"img\">\n",
		WIDTH, height, WIDTH, height);
	axis(f, height, base);
	for (size_t i = 0; i < g->rows->nr; i++) {
		if (!row_has(chart_ratio(g, i, base)))
			continue;
		chart_line(f, g, &g->rows->row[i], base, y);
		y += LINE;
	}
	fputs("</svg>\n", f);
	fputs("<p>Blue: Weir; red where it is above 1.", f);
	if (group_has_native(g))
		fputs(" Grey: the better of gcc -O2 and clang -O2 on the same "
		      "source.",
		      f);
	fprintf(f, " Bars end at %.1f; the numbers do not.</p>\n", MAX_RATIO);
}

static void cell(FILE *f, double value, int decimals)
{
	if (row_has(value))
		fprintf(f, "<td>%.*f</td>", decimals, value);
	else
		fputs("<td>–</td>", f);
}

static void table_row(FILE *f, const struct group *g, const struct row *ours)
{
	fputs("<tr><td>", f);
	escaped(f, ours->filter, 200);
	fputs("</td>", f);
	cell(f, ours->net, 1);
	for (int i = 0; i < g->nr_others; i++) {
		const struct row *row = rows_find(g->rows, ours, g->others[i]);

		if (g->has[i][GROUP_NET])
			cell(f, row ? row->net : ROW_NONE, 1);
	}
	for (int i = 0; i < g->nr_cpus; i++)
		cell(f, row_cycles(ours, g->cpus[i]), 1);
	cell(f, ours->image, 0);
	cell(f, ours->verify, 0);
	cell(f, ours->compile, 0);
	cell(f, ours->load, 0);
	fputs("</tr>\n", f);
}

static void table(FILE *f, const struct group *g)
{
	fputs("<details><summary>all numbers</summary>\n<table><tr><th></th>"
	      "<th>weir</th>",
	      f);
	for (int i = 0; i < g->nr_others; i++)
		if (g->has[i][GROUP_NET])
			fprintf(f, "<th>%s</th>", g->others[i]);
	for (int i = 0; i < g->nr_cpus; i++)
		fprintf(f, "<th>cycles, %s</th>", g->cpus[i]);
	fputs("<th>bytes</th><th>verify</th><th>compile</th><th>load</th></tr>"
	      "\n",
	      f);
	for (size_t i = 0; i < g->rows->nr; i++)
		if (group_row(g, &g->rows->row[i]))
			table_row(f, g, &g->rows->row[i]);
	fputs("</table></details>\n", f);
}

int report_html(const struct rows *rows, const char *path, const char *title)
{
	struct group g = { .rows = rows };
	FILE *f = fopen(path, "w");
	bool bad;

	if (!f)
		return -errno;
	fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta "
	      "charset=\"utf-8\">\n<title>",
	      f);
	escaped(f, title, 200);
	fputs("</title>\n", f);
	style(f);
	fputs("</head><body>\n<h1>", f);
	escaped(f, title, 200);
	fputs("</h1>\n", f);
	while (groups_next(&g)) {
		fprintf(f,
			"<h2>%s, %s</h2>\n<p>%s per packet, beyond those of "
			"the empty program.</p>\n",
			g.suite, g.arch,
			g.icount ? "Instructions" : "Nanoseconds");
		mean_table(f, &g);
		chart(f, &g);
		table(f, &g);
	}
	fputs("</body></html>\n", f);
	bad = ferror(f);
	return fclose(f) || bad ? -EIO : 0;
}
