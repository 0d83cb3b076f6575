// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Rows of results: kept, found, and written as JSON and CSV. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/bench/rows.h"
#include "tools/weir/tool.h"

struct row *rows_add(struct rows *rows, const char *suite, const char *filter,
		     const char *arch, const char *engine)
{
	struct row *row;

	if (rows->nr == rows->room) {
		size_t room = rows->room ? rows->room * 2 : 64;
		struct row *more = realloc(rows->row, room * sizeof(*more));

		if (!more)
			return NULL;
		rows->row = more;
		rows->room = room;
	}
	row = &rows->row[rows->nr];
	*row = (struct row){
		.suite = strdup(suite),
		.filter = strdup(filter),
		.arch = strdup(arch),
		.engine = strdup(engine),
		.each = ROW_NONE,
		.net = ROW_NONE,
		.code = ROW_NONE,
		.load = ROW_NONE,
		.verify = ROW_NONE,
		.compile = ROW_NONE,
		.image = ROW_NONE,
	};
	rows->nr++;
	return row->suite && row->filter && row->arch && row->engine ? row
								     : NULL;
}

void rows_free(struct rows *rows)
{
	for (size_t i = 0; i < rows->nr; i++) {
		struct row *row = &rows->row[i];

		free(row->suite);
		free(row->filter);
		free(row->arch);
		free(row->engine);
		free(row->error);
		free(row->note);
		for (int c = 0; c < row->nr_cpus; c++)
			free(row->cycles[c].cpu);
	}
	free(rows->row);
	*rows = (struct rows){ 0 };
}

static bool same_filter(const struct row *a, const struct row *b)
{
	return a->packet == b->packet && !strcmp(a->filter, b->filter) &&
	       !strcmp(a->suite, b->suite) && !strcmp(a->arch, b->arch);
}

/* Rows of one filter follow each other: look there first. */
const struct row *rows_find(const struct rows *rows, const struct row *of,
			    const char *engine)
{
	size_t at = of >= rows->row && of < rows->row + rows->nr
			    ? (size_t)(of - rows->row)
			    : 0;
	bool near = at || of == rows->row;

	while (near && at && same_filter(&rows->row[at - 1], of))
		at--;
	for (size_t i = at; i < rows->nr; i++) {
		const struct row *row = &rows->row[i];
		bool same = same_filter(row, of);

		if (same && !strcmp(row->engine, engine))
			return row;
		if (near && !same)
			break;
	}
	return NULL;
}

bool rows_is_empty_program(const struct row *row)
{
	return !strncmp(row->filter, "(empty)", strlen("(empty)"));
}

double row_cycles(const struct row *row, const char *cpu)
{
	for (int i = 0; i < row->nr_cpus; i++)
		if (!strcmp(row->cycles[i].cpu, cpu))
			return row->cycles[i].per_packet;
	return ROW_NONE;
}

/* A number or null. */
static void json_number(const char *key, double value, int decimals)
{
	if (row_has(value))
		printf(", \"%s\": %.*f", key, decimals, value);
	else
		printf(", \"%s\": null", key);
}

/*
 * Counts and times have keys of their own, so that nobody takes one for the
 * other; the keys of counts are always there.
 */
static void json_costs(const struct row *row)
{
	bool is = row->icount;

	json_number("insns_per_packet", is ? row->each : ROW_NONE, 2);
	json_number("net_insns_per_packet", is ? row->net : ROW_NONE, 2);
	json_number("code_insns_per_packet", row->code, 2);
	json_number("image_bytes", row->image, 0);
	json_number("load_insns", is ? row->load : ROW_NONE, 0);
	json_number("verify_insns", is ? row->verify : ROW_NONE, 0);
	json_number("compile_insns", is ? row->compile : ROW_NONE, 0);
	if (is)
		return;
	json_number("ns_per_packet", row->each, 2);
	json_number("net_ns_per_packet", row->net, 2);
	json_number("load_ns", row->load, 0);
	json_number("verify_ns", row->verify, 0);
	json_number("compile_ns", row->compile, 0);
	json_number("mpps", row->each > 0 ? 1000 / row->each : ROW_NONE, 3);
}

static void json_row(const struct row *row)
{
	printf("{\"suite\": ");
	json_string(stdout, row->suite);
	printf(", \"filter\": ");
	json_string(stdout, row->filter);
	if (row->packet)
		printf(", \"packet\": %u", row->packet);
	printf(", \"arch\": ");
	json_string(stdout, row->arch);
	printf(", \"engine\": ");
	json_string(stdout, row->engine);
	json_costs(row);
	if (row->nr_cpus) {
		printf(", \"cycles\": {");
		for (int i = 0; i < row->nr_cpus; i++)
			printf("%s\"%s\": %.2f", i ? ", " : "",
			       row->cycles[i].cpu, row->cycles[i].per_packet);
		putchar('}');
	}
	if (row->error) {
		printf(", \"error\": ");
		json_string(stdout, row->error);
	}
	if (row->note) {
		printf(", \"note\": ");
		json_string(stdout, row->note);
	}
	putchar('}');
}

void rows_json(const struct rows *rows)
{
	putchar('[');
	for (size_t i = 0; i < rows->nr; i++) {
		printf("%s\n  ", i ? "," : "");
		json_row(&rows->row[i]);
	}
	printf("\n]\n");
}

static void csv_text(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		if (*text == '"')
			putchar('"');
		putchar(*text);
	}
	putchar('"');
}

static void csv_number(double value, int decimals)
{
	if (row_has(value))
		printf("%.*f", decimals, value);
	putchar(',');
}

void rows_csv(const struct rows *rows)
{
	printf("suite,filter,packet,arch,engine,unit,per_packet,net,code_insns,"
	       "image_bytes,load,verify,compile,error\n");
	for (size_t i = 0; i < rows->nr; i++) {
		const struct row *row = &rows->row[i];

		csv_text(row->suite);
		putchar(',');
		csv_text(row->filter);
		putchar(',');
		if (row->packet)
			printf("%u", row->packet);
		printf(",%s,%s,%s,", row->arch, row->engine,
		       row->icount ? "insns" : "ns");
		csv_number(row->each, 2);
		csv_number(row->net, 2);
		csv_number(row->code, 2);
		csv_number(row->image, 0);
		csv_number(row->load, 0);
		csv_number(row->verify, 0);
		csv_number(row->compile, 0);
		csv_text(row->error ? row->error : "");
		putchar('\n');
	}
}
