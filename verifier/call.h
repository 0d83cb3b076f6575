/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Calls: what a state is after a helper or a subprogram returned, and what
 * subprograms and callbacks are entered with.
 */
#ifndef WEIR_VERIFIER_CALL_H
#define WEIR_VERIFIER_CALL_H

#include <linux/types.h>

struct weir_cfg;
struct weir_effects;
struct weir_prog;
struct weir_state;

/** weir_call_drop_args() - R1 to R5 mean nothing any more */
void weir_call_drop_args(struct weir_state *s);

/**
 * weir_call_key() - the index that a lookup is for, if that is known
 *
 * Only of arrays whose values are constants: of others a program is held to test
 * the result, as Linux holds it.
 * @s:		state before the call at @pc, its duties met
 * @key:	out: below the entries of the array
 *
 * Sound: an array has all its elements, always, so that the result is no null
 * pointer, and where each lies never changes.
 * Return: false if it is no lookup in one known array, or may be outside.
 */
bool weir_call_key(const struct weir_prog *prog, const struct weir_state *s,
		   u32 pc, u32 *key);

/** weir_call_helper() - the call at @pc was made, all its duties met */
void weir_call_helper(const struct weir_prog *prog, const struct weir_cfg *cfg,
		      const struct weir_effects *effects, struct weir_state *s,
		      u32 pc);

/**
 * weir_call_subprog() - the same of a call of a subprogram
 *
 * If its effects are not known R0 is any number, and the stack it was given
 * pointers to is any bytes.
 */
void weir_call_subprog(const struct weir_prog *prog, const struct weir_cfg *cfg,
		       const struct weir_effects *effects, struct weir_state *s,
		       u32 pc);

/**
 * weir_call_enter() - what a subprogram is entered with
 * @s:		state before the call
 * @callee:	out
 */
void weir_call_enter(const struct weir_state *s, struct weir_state *callee);

/**
 * weir_call_back() - what a helper enters a callback with
 * @prog:	program
 * @s:		state before the call
 * @pc:		the call of the helper
 * @callee:	out
 * @func_pc:	out: where the callback starts
 *
 * Return: false if this helper does not call back.
 */
bool weir_call_back(const struct weir_prog *prog, const struct weir_state *s,
		    u32 pc, struct weir_state *callee, u32 *func_pc);

/**
 * weir_call_turns() - how often a helper calls back, and which function
 * @s:		state before the call at @pc
 * @func_pc:	out: where the function starts
 *
 * Return: a number that no call exceeds, or WEIR_MANY_TURNS.
 */
u32 weir_call_turns(const struct weir_prog *prog, const struct weir_state *s,
		    u32 pc, u32 *func_pc);
#define WEIR_MANY_TURNS 0xffffffffu

#endif
