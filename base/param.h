/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Live parameters: numbers that are changed while their program runs. They lie
 * in a block, the one value of an array that belongs to the program (`params`
 * of struct weir_map is set); code has copies in its literal pools. A program
 * loads a parameter as a whole or not at all, and the verifier knows its range,
 * never its number.
 */
#ifndef WEIR_BASE_PARAM_H
#define WEIR_BASE_PARAM_H

#include <linux/types.h>
#include "uapi/weir.h"

struct weir_map;

/**
 * struct weir_params - what the parameters of a program are
 * @nr:		entries at @def
 * @def:	in the order of their places; @value is the one at load
 */
struct weir_params {
	u32 nr;
	struct weir_param_def def[];
};

#define WEIR_NO_PARAM 0xffffffffu

/**
 * weir_param_check() - is a table of parameters good?
 * @bytes:	of the block
 * @bad:	out: the entry that is not, or @nr if it is the block
 *
 * Return: NULL, or what is wrong, in words. Any context.
 */
const char *weir_param_check(const struct weir_param_def *def, u32 nr,
			     u32 bytes, u32 *bad);

/** weir_param_allows() - is @value in the range? Any context. */
bool weir_param_allows(const struct weir_param_def *def, u64 value);

/** weir_param_at() - the one of @size bytes at @off, or WEIR_NO_PARAM. */
u32 weir_param_at(const struct weir_params *params, u64 off, u32 size);

/** weir_param_bits() - @value in the bytes of the parameter, the rest 0. */
static inline u64 weir_param_bits(const struct weir_param_def *def, u64 value)
{
	return def->size == 8 ? value : value & ((1ULL << (8 * def->size)) - 1);
}

/**
 * weir_param_load() - the number that parameter @nr of the block has now
 *
 * As its bits; in one access: old or new, no mix. Any context.
 */
u64 weir_param_load(const struct weir_map *block, u32 nr);

/** weir_param_store() - the other way: one aligned store. Any context. */
void weir_param_store(struct weir_map *block, u32 nr, u64 bits);

#endif
