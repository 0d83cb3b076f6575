/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A program's control flow, with what is proven where, for Graphviz. */
#ifndef WEIR_TOOL_GRAPH_H
#define WEIR_TOOL_GRAPH_H

#include <stdio.h>

struct explain;
struct source;
struct verified;

/**
 * graph_print() - one digraph
 *
 * A refused program has one too, up to what was refused, unless its form is
 * wrong. Return: 0, or -EINVAL: there is none.
 */
int graph_print(FILE *out, const struct verified *v, const struct source *src,
		const struct explain *e);

#endif
