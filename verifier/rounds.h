/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Rounds: how often a loop's head can be reached, given how one number moves in
 * each round. Pure arithmetic; what does not count is U64_MAX.
 */
#ifndef WEIR_VERIFIER_ROUNDS_H
#define WEIR_VERIFIER_ROUNDS_H

#include <linux/types.h>

struct weir_move;
struct weir_value;

/**
 * struct weir_width - how far apart the numbers are that a place can hold
 * @full:	greatest less least, the whole number; U64_MAX if not known
 * @low:	the same for its low half
 */
struct weir_width {
	u64 full;
	u32 low;
};

/**
 * struct weir_span - what a number can be, the whole of it and its low half
 */
struct weir_span {
	s64 min, max;
	u32 min32, max32;
};

/** weir_width_of() - of a value; a pointer's is that of its offset */
struct weir_width weir_width_of(const struct weir_value *v);
/** weir_span_of() - of a number */
struct weir_span weir_span_of(const struct weir_value *v);

/** weir_rounds_within() - of what moves by @m and lies within @w at the head */
u64 weir_rounds_within(struct weir_move m, struct weir_width w);

/**
 * weir_rounds_until() - until two numbers are equal that each round compares
 * @e_min:	one is e + @k the first time; e is at least this
 * @e_max:	and at most this
 * @step:	by which it moves in each round
 * @n_min:	the other is n, every time; at least this
 * @n_max:	and at most this
 */
u64 weir_rounds_until(s64 e_min, s64 e_max, s64 k, s64 step, s64 n_min,
		      s64 n_max);

#endif
