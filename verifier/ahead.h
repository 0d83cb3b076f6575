/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Ahead: the bytes that every run from here on is going to touch, so that one
 * guard can answer for all of them. Depends on the instructions alone.
 *
 * Where a run has passed a point, every way on accesses bytes lo to hi of what a
 * register points to, in one instruction or several, before it does anything
 * that anyone could notice: no store but to its own stack, no call, no end of
 * the run. In a classic program a way may instead end the run with 0, which is
 * what a guard there ends it with.
 *
 * Sound: what a guard of such bytes is allowed to do follows. If it fails, one of
 * those accesses lies outside of its object, since objects have no holes; so a
 * guard of that access would fail, or another before it, and either ends the
 * run with the same verdict and with nothing done meanwhile. If it passes, each
 * of those accesses is in bounds. That the accesses are safe does not hang on
 * this analysis: the guard is tested as any other is, and what follows from it
 * is learnt as from any other.
 */
#ifndef WEIR_VERIFIER_AHEAD_H
#define WEIR_VERIFIER_AHEAD_H

#include <linux/types.h>

struct weir_ahead;
struct weir_cfg;
struct weir_duty;
struct weir_loops;
struct weir_prog;

/* By so much at most the range of an access is widened. */
#define WEIR_AHEAD_BELOW 1024
#define WEIR_AHEAD_ABOVE 2048

/**
 * weir_ahead_create() - look through the whole program
 *
 * Work and memory are linear in its length. Return: what was found, or NULL if
 * out of memory.
 */
struct weir_ahead *weir_ahead_create(const struct weir_prog *prog,
				     const struct weir_cfg *cfg,
				     const struct weir_loops *loops);
/** weir_ahead_free() - NULL is allowed */
void weir_ahead_free(struct weir_ahead *ahead);

/**
 * weir_ahead_widen() - the duties of an access ask for what comes later, too
 * @pc:		instruction
 * @duty:	its @nr duties
 */
void weir_ahead_widen(const struct weir_ahead *ahead, u32 pc,
		      struct weir_duty *duty, u32 nr);

/**
 * weir_ahead_add() - duties of what a loop behind this instruction touches
 *
 * There has to be room for WEIR_MAX_DUTIES. Return: how many there are then.
 */
u32 weir_ahead_add(const struct weir_ahead *ahead, u32 pc,
		   struct weir_duty *duty, u32 nr);

#endif
