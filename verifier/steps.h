/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Steps: how many instructions a run can execute from one time it burns fuel
 * to the next. Back edges burn fuel, but for those of loops whose trips are
 * proven to be few enough; and eight levels of subprograms that each call the
 * next a thousand times run long enough without a loop, so where that comes to
 * more than a program may be long, calls burn fuel too.
 */
#ifndef WEIR_VERIFIER_STEPS_H
#define WEIR_VERIFIER_STEPS_H

#include <linux/types.h>

struct weir_cfg;
struct weir_loops;
struct weir_prog;

/**
 * struct weir_turns - what a helper that calls back does at one call
 * @func:	function it calls
 * @most:	so often at most; WEIR_MANY_TURNS if that is not known; 0 where
 *		there is no such call
 */
struct weir_turns {
	u32 func;
	u32 most;
};

/**
 * weir_steps_measure() - set cfg->steps and cfg->calls_burn
 *
 * As if every loop burnt fuel. Return: 0, or -ENOMEM.
 */
int weir_steps_measure(const struct weir_prog *prog, struct weir_cfg *cfg);

/**
 * weir_steps_choose() - which loops need no fuel
 *
 * @turns:	per slot, of calls of helpers that call back; NULL if there are
 *		none
 *
 * Of those whose trips are known, as many as a run has time for: all of a run
 * if nothing else burns fuel; else few enough that what does still has enough.
 * Helpers that call back need none if no loop does, and everything together
 * fits in a run; then cfg->is_free is set. Sets cfg->steps. Return: 0, or
 * -ENOMEM.
 */
int weir_steps_choose(const struct weir_prog *prog, struct weir_cfg *cfg,
		      struct weir_loops *loops, const struct weir_turns *turns);

/**
 * weir_steps_fuel() - how often a run of this program may burn fuel
 *
 * Such that all runs together stay within WEIR_MAX_RUN_INSNS instructions, or
 * within two rounds of a program so long that one round is that much.
 */
u32 weir_steps_fuel(const struct weir_cfg *cfg);

#endif
