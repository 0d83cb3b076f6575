/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Thresholds: the constants that the jumps of a region compare with, and their
 * neighbours. Where loops end, and so what widening tries before the extremes.
 * Also 0, and a distance within which no pointer wraps, but farther than any
 * packet is long: a pointer that walks to the packet's end goes no farther.
 */
#ifndef WEIR_VERIFIER_THRESHOLDS_H
#define WEIR_VERIFIER_THRESHOLDS_H

#include <linux/types.h>

struct weir_cfg;
struct weir_prog;

#define WEIR_MAX_THRESHOLDS 128

/**
 * struct weir_thresholds - see above
 * @nr:		how many
 * @at:		in rising order
 */
struct weir_thresholds {
	u32 nr;
	s64 at[WEIR_MAX_THRESHOLDS];
};

/**
 * weir_thresholds_collect() - those of the blocks at [@pos, @end) of the order
 *
 * The first ones, if there are more than fit.
 */
void weir_thresholds_collect(const struct weir_prog *prog,
			     const struct weir_cfg *cfg, u32 pos, u32 end,
			     struct weir_thresholds *out);

#endif
