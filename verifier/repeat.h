/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Repeats: loops of one block that go round a constant number of times, as the
 * instructions alone say. (How often others go round at most, states say; see
 * trips.h.)
 */
#ifndef WEIR_VERIFIER_REPEAT_H
#define WEIR_VERIFIER_REPEAT_H

#include <linux/types.h>
#include "base/insn.h"

struct weir_cfg;
struct weir_prog;

/**
 * struct weir_repeat - such a loop
 * @trips:	how often its block is run, each time it is entered; 0 if that is
 *		not known
 * @low:	registers, a bit each, to whose low half the block adds @by, and
 *		that it writes in no other way
 * @full:	of those: to the whole register
 * @by:		by register
 */
struct weir_repeat {
	u32 trips;
	u32 low;
	u32 full;
	s32 by[BPF_REG_10 + 1];
};

/**
 * weir_repeat_find() - look at block @b
 * @before:	the block from which it is entered, if it is one, or WEIR_NO_BLOCK
 * @r:		out
 *
 * The block jumps to itself, and calls nothing.
 */
void weir_repeat_find(const struct weir_prog *prog, const struct weir_cfg *cfg,
		      u32 b, u32 before, struct weir_repeat *r);

#endif
