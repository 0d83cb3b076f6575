/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Trip counts: how often a loop's head can be reached, each time the loop is
 * entered. Fed with the final states of one region, block by block, it finds
 * for each register and for some stack slots by how much they grow or shrink
 * in a round, whatever way the round takes. What moves by at least so much in
 * each round, and at the head always lies between two bounds, counts rounds; and
 * so does what moves by one until it is equal to something that stays.
 */
#ifndef WEIR_VERIFIER_TRIPS_H
#define WEIR_VERIFIER_TRIPS_H

#include <linux/types.h>

struct weir_cfg;
struct weir_loops;
struct weir_prog;
struct weir_state;
struct weir_trips;

/** weir_trips_create() - for a program; NULL if out of memory */
struct weir_trips *weir_trips_create(const struct weir_prog *prog,
				     const struct weir_cfg *cfg,
				     struct weir_loops *loops);
void weir_trips_free(struct weir_trips *trips);

/** weir_trips_region() - what follows is of the region at [@pos, @end) of the
 * order
 */
void weir_trips_region(struct weir_trips *trips, u32 pos, u32 end);

/**
 * weir_trips_enter() - the block that follows may be a loop's head
 * @s:	what is known when the loop is entered
 * Return: 0, or -ENOMEM.
 */
int weir_trips_enter(struct weir_trips *trips, u32 block,
		     const struct weir_state *s);

/**
 * weir_trips_block() - a block of the region starts
 * @s:	final state at its entry
 * Return: 0, or -ENOMEM.
 */
int weir_trips_block(struct weir_trips *trips, u32 block,
		     const struct weir_state *s);
/** weir_trips_insn() - the next instruction of that block, state before it */
void weir_trips_insn(struct weir_trips *trips, u32 pc,
		     const struct weir_state *s);
/** weir_trips_leave() - the block ends, and can be left by these edges */
void weir_trips_leave(struct weir_trips *trips, bool take, bool fall);

/**
 * weir_trips_settle() - the region is complete: set weir_loop.trips
 * Return: 0, or -ENOMEM.
 */
int weir_trips_settle(struct weir_trips *trips);

/** weir_trips_forget() - all but what is in weir_loop.trips */
void weir_trips_forget(struct weir_trips *trips);

/** weir_trips_is_counted() - does weir_trips_bound() know anything? */
bool weir_trips_is_counted(const struct weir_trips *trips, u32 block);

/**
 * weir_trips_bound() - what follows for a loop's head from its trips
 * @block:	the head
 * @entered:	what is known when the loop is entered
 * @s:		what is known at the head: learns how far that can have moved
 */
void weir_trips_bound(const struct weir_trips *trips, u32 block,
		      const struct weir_state *entered, struct weir_state *s);

#endif
