/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Program arrays: what tail calls go to. All programs in one, and all that
 * call through it, are of one kind: that of the first.
 */
#ifndef WEIR_RUNTIME_MAP_PROG_ARRAY_H
#define WEIR_RUNTIME_MAP_PROG_ARRAY_H

#include <linux/types.h>
#include "base/map.h"

/**
 * weir_prog_array_claim() - a program of this kind uses the array
 * @map:	a program array
 * @kind:	enum weir_kind
 *
 * The first one decides. Return: 0, or -EINVAL: it is of another kind. Any
 * context.
 */
int weir_prog_array_claim(struct weir_map *map, u32 kind);

/**
 * weir_prog_array_at() - the program at an index, or NULL
 *
 * Inside an RCU read side, as long as which it stays. Any context.
 */
struct weir_loaded *weir_prog_array_at(struct weir_map *map, u32 index);

#endif
