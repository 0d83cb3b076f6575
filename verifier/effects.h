/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Effects: what a subprogram gives back and does to memory it was handed, as
 * those see it that call it. They are guessed, and then found to hold: a round
 * of the analysis takes some to be true and finds out others. If those say as
 * much as the first at least, the first hold.
 *
 * Sound: let the first call whose effects do not hold return, in some run. What
 * calls within it returned before, and their effects held; so the states that
 * the round had for its function hold, at its exit too.
 */
#ifndef WEIR_VERIFIER_EFFECTS_H
#define WEIR_VERIFIER_EFFECTS_H

#include <linux/types.h>
#include "verifier/state.h"

struct weir_cfg;
struct weir_prog;

/**
 * struct weir_effect - of one subprogram
 * @exit:	state at its exit: R0, the packet's least length, what was
 *		written on every path (weir_state.wrote); NULL: nothing is known
 * @lo:		per argument that points to a caller's stack: first byte from
 *		there that may be written
 * @hi:		one past the last
 */
struct weir_effect {
	struct weir_saved *exit;
	s32 lo[WEIR_NR_ARGS];
	s32 hi[WEIR_NR_ARGS];
};

/**
 * struct weir_effects - of all subprograms
 * @nr:		entries at @taken and at @found
 * @cfg:	functions
 * @taken:	what the round under way takes to be true
 * @found:	what it finds out
 * @round:	rounds that were finished
 * @is_on:	there are subprograms
 */
struct weir_effects {
	u32 nr;
	const struct weir_cfg *cfg;
	struct weir_effect *taken;
	struct weir_effect *found;
	u32 round;
	bool is_on;
};

/** weir_effects_init() - nothing is known. Return: 0, or -ENOMEM. */
int weir_effects_init(struct weir_effects *e, const struct weir_cfg *cfg);
void weir_effects_exit(struct weir_effects *e);

/**
 * weir_effects_of() - what calls of function @f do; NULL if not known
 *
 * Of one that may tail call nothing is: another program may take its place
 * before it has written anything, and give R0.
 */
const struct weir_effect *weir_effects_of(const struct weir_effects *e, u32 f);

/** weir_effects_insn() - function @f runs this instruction, in state @s */
void weir_effects_insn(struct weir_effects *e, u32 f,
		       const struct weir_prog *prog, const struct weir_cfg *cfg,
		       u32 pc, const struct weir_state *s);

/**
 * weir_effects_return() - function @f exits in state @s, whose stack is lost
 * Return: 0, or -ENOMEM.
 */
int weir_effects_return(struct weir_effects *e, u32 f, struct weir_state *s,
			struct weir_joiner *how);

/**
 * weir_effects_settle() - a round is finished
 * @scratch:	any state
 *
 * Return: true if what it took to be true is, and there is no more to find out;
 * else another round is to be made.
 */
bool weir_effects_settle(struct weir_effects *e, struct weir_state *scratch,
			 struct weir_joiner *how);

#endif
