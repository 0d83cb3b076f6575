/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Moves. A place is a register or a stack slot. A move says what a place holds,
 * given what the places held earlier:
 *
 *	now[p] = then[from] + d, lo <= d <= hi		modulo 2^64 or 2^32
 */
#ifndef WEIR_VERIFIER_MOVES_H
#define WEIR_VERIFIER_MOVES_H

#include <linux/types.h>
#include "verifier/state.h"

struct bpf_insn;
struct weir_cfg;
struct weir_prog;

#define WEIR_PLACE_REGS 10
#define WEIR_PLACE_SLOTS 14 /* of a region, the first that are met */
#define WEIR_NR_PLACES (WEIR_PLACE_REGS + WEIR_PLACE_SLOTS)
#define WEIR_NOWHERE 0xff /* weir_move.from: nobody knows */
#define WEIR_NO_PLACE 0xff

/**
 * struct weir_move - see above
 * @from:	place, or WEIR_NOWHERE
 * @low:	modulo 2^32, else 2^64
 */
struct weir_move {
	u8 from;
	bool low;
	s64 lo, hi;
};

/**
 * struct weir_moves - of all places
 */
struct weir_moves {
	struct weir_move at[WEIR_NR_PLACES];
};

/**
 * struct weir_places - which stack slots are places
 * @of:		per stack word: the place that starts there, or WEIR_NO_PLACE
 * @word:	per slot: where it starts, or WEIR_STACK_WORDS
 */
struct weir_places {
	u8 of[WEIR_STACK_WORDS];
	u8 word[WEIR_PLACE_SLOTS];
};

/**
 * struct weir_mover - instructions under way
 * @cur:	their moves so far
 * @shifted:	register that was just shifted left by 32, or WEIR_NO_PLACE
 * @before:	what it held before that
 */
struct weir_mover {
	struct weir_places places;
	struct weir_moves *cur;
	u8 shifted;
	struct weir_move before;
};

/** weir_places_find() - of the blocks at [@pos, @end) of the order */
void weir_places_find(struct weir_places *places, const struct weir_prog *prog,
		      const struct weir_cfg *cfg, u32 pos, u32 end);

/** weir_places_value() - what the state knows of a place, or NULL */
const struct weir_value *weir_places_value(const struct weir_places *places,
					   const struct weir_state *s, u32 p);

static inline struct weir_move weir_move_nowhere(void)
{
	return (struct weir_move){ .from = WEIR_NOWHERE };
}

/** weir_move_is_far() - so far that moves are given up */
bool weir_move_is_far(s64 lo, s64 hi);
/** weir_move_add() - first @a, then as much as @lo to @hi more */
struct weir_move weir_move_add(struct weir_move a, s64 lo, s64 hi);
/** weir_move_then() - first @a, then @b */
struct weir_move weir_move_then(const struct weir_moves *a, struct weir_move b);

/** weir_moves_stay() - nothing moved */
void weir_moves_stay(struct weir_moves *m);
/** weir_moves_then() - first @a, then @b; @out is neither */
void weir_moves_then(struct weir_moves *out, const struct weir_moves *a,
		     const struct weir_moves *b);
/** weir_moves_join() - @a or @b, in @a */
void weir_moves_join(struct weir_moves *a, const struct weir_moves *b);

/** weir_mover_insn() - the next instruction, with the state before it */
void weir_mover_insn(struct weir_mover *m, const struct bpf_insn *insn,
		     const struct weir_state *s);

#endif
