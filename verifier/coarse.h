/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Coarse states: of what a region writes they know of which kind it is, and
 * little more. A region whose cycles have no heads in common may be made so
 * that its states grow a little at a time for very long; from coarse ones there
 * are only a few steps left.
 */
#ifndef WEIR_VERIFIER_COARSE_H
#define WEIR_VERIFIER_COARSE_H

#include <linux/types.h>

struct weir_cfg;
struct weir_prog;
struct weir_state;
struct weir_writes;

/**
 * weir_coarse_collect() - what a region writes
 * @pos:	its first position in the order
 * @end:	the position after it
 */
void weir_coarse_collect(const struct weir_prog *prog,
			 const struct weir_cfg *cfg, u32 pos, u32 end,
			 struct weir_writes *out);

/** weir_coarse_make() - forget of @s what changes with what is in @writes
 *
 * Sound: what holds afterwards held before.
 */
void weir_coarse_make(struct weir_state *s, const struct weir_writes *writes);

#endif
