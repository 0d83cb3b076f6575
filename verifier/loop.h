/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Loops: those with one entry, their head, which every cycle through them
 * passes; how they nest; and what they write.
 *
 * A region (see cfg.h) with a cycle that can be entered at two places has no
 * loops in this sense: all of it counts as odd.
 */
#ifndef WEIR_VERIFIER_LOOP_H
#define WEIR_VERIFIER_LOOP_H

#include <linux/types.h>
#include "uapi/weir.h"

struct weir_block;
struct weir_cfg;
struct weir_prog;

#define WEIR_NO_LOOP 0xffffffffu

/**
 * struct weir_writes - what some instructions may write
 * @regs:	registers
 * @calls:	they call a helper or a subprogram
 * @words:	stack words (see state.h)
 */
struct weir_writes {
	u16 regs;
	bool calls;
	u64 words[WEIR_MAX_STACK / 4 / 64];
};

/** weir_writes_add_block() - and those of @b, too */
void weir_writes_add_block(struct weir_writes *w, const struct weir_prog *prog,
			   const struct weir_block *b);

/**
 * struct weir_loop - one loop
 * @head:	block through which it is entered, and that every round passes
 * @parent:	the least loop around it, or WEIR_NO_LOOP
 * @depth:	1 for an outermost one
 * @first:	first entry in weir_loops.member
 * @nr:		number of entries: its blocks in order, the head first, but of a
 *		loop within it only the head
 * @writes:	what its instructions may write
 * @is_high:	an edge that closes it is not the taken edge of a jump to a
 *		lower pc, and so cannot burn fuel
 * @trips:	the head is reached at most so often each time the loop is
 *		entered; 0 if that is not known
 * @times:	a block of it, but not of a loop within it, is reached at most
 *		so often between two burns of fuel, per call of its function
 * @is_proven:	it needs no fuel
 * @burns_all:	every jump in it to a lower pc burns fuel
 */
struct weir_loop {
	u32 head;
	u32 parent;
	u32 depth;
	u32 first;
	u32 nr;
	bool is_high;
	bool is_proven;
	bool burns_all;
	u32 trips;
	u32 times;
	struct weir_writes writes;
};

/**
 * struct weir_loops - the loops of a program
 * @nr:		entries at @loop; a loop comes before those around it
 * @of:		per block: least loop that it is in, or WEIR_NO_LOOP
 * @headed:	per block: loop whose head it is, or WEIR_NO_LOOP
 * @is_odd:	per block: it lies in an odd region
 * @member:	see struct weir_loop
 *
 * Without loops all pointers are NULL, and only weir_loop_of() may be asked.
 */
struct weir_loops {
	u32 nr;
	struct weir_loop *loop;
	u32 *of;
	u32 *headed;
	u8 *is_odd;
	u32 *member;
};

/**
 * weir_loops_create() - find them
 *
 * Return: the loops, or NULL if out of memory. Work is as good as linear.
 */
struct weir_loops *weir_loops_create(const struct weir_prog *prog,
				     const struct weir_cfg *cfg);
void weir_loops_free(struct weir_loops *loops);

/** weir_loop_headed() - the loop of which @block is the head, or NULL */
static inline struct weir_loop *weir_loop_headed(const struct weir_loops *loops,
						 u32 block)
{
	return loops->headed && loops->headed[block] != WEIR_NO_LOOP
		       ? &loops->loop[loops->headed[block]]
		       : NULL;
}

/** weir_loop_of() - the least loop around @block, or NULL */
static inline struct weir_loop *weir_loop_of(const struct weir_loops *loops,
					     u32 block)
{
	return loops->of && loops->of[block] != WEIR_NO_LOOP
		       ? &loops->loop[loops->of[block]]
		       : NULL;
}

/**
 * weir_loop_burns_fuel() - must the jump at the end of @b count its taken edge?
 *
 * By what weir_loop.is_proven says.
 */
bool weir_loop_burns_fuel(const struct weir_cfg *cfg,
			  const struct weir_loops *loops, u32 b);

#endif
