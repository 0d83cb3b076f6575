/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What there is to measure: expressions, files of instructions, objects, and
 * the micro suite, which is built in. Each is made into a struct bench_filter
 * when its turn comes.
 */
#ifndef WEIR_BENCH_SUITE_H
#define WEIR_BENCH_SUITE_H

#include "tools/bench/engine.h"
#include "tools/weir/source.h"

struct capture;

/* What an item is. */
enum suite_form {
	SUITE_EXPRESSION,
	SUITE_INSNS,
	SUITE_OBJECT,
	SUITE_MICRO
};

/** struct suite_item - one thing to measure
 * @text:	the expression, the file, or the micro program
 * @name:	of a micro program
 */
struct suite_item {
	enum suite_form form;
	const char *text;
	const char *name;
};

/** struct suite - all of them */
struct suite {
	struct suite_item *item;
	size_t nr;
	const struct source_args *args;
	const struct elements *elements;
};

/** suite_add() - one more. Return: an exit status. */
int suite_add(struct suite *suite, enum suite_form form, const char *text);

/** suite_add_micro() - all of the micro suite. Return: an exit status. */
int suite_add_micro(struct suite *suite);

/** suite_micro_packet() - what it runs on. */
void suite_micro_packet(struct bench_packet *out);

/**
 * suite_filter() - make an item into a filter, to suite_filter_free()
 * @cap:	what expressions are compiled for
 * Return: an exit status, after a line.
 */
int suite_filter(const struct suite *suite, const struct suite_item *item,
		 struct capture *cap, struct bench_filter *out);
void suite_filter_free(struct bench_filter *filter);

#endif
