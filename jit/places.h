/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Exit maps: for each guard of an image, where the program's registers are when
 * it fails. A read-only side table, some bytes per guard, beside the code.
 *
 * A map is a row of entries for R0, R1 ... in this order, each a varint (seven
 * bits a byte, least first, bit 7: more), which is a kind in the three lowest bits
 * and an argument above:
 *
 *	STOP		the rest is dead
 *	HOLE	n	n + 1 registers are dead: nobody reads them any more
 *	REG	n	the value of stored register n
 *	LOW	n	its low half; the upper half is dead
 *	RUN	n	0: the run context, 1: the packet's start, 2: its length
 *	CONST		a constant: a second varint, zigzag
 *
 * A map with an entry for all of R0 to R9 has no STOP. Where stored register n
 * lives in the machine is the same at every guard, and said once per image
 * (struct weir_home). What a run has acquired (records, a lock) is not known before
 * it runs: it is in the run itself (weir_run.held, weir_run.lock).
 *
 * weir_places_walk() is the only decoder. It has two sinks: the values, for the
 * exit record; the places, for who goes on from there.
 */
#ifndef WEIR_JIT_PLACES_H
#define WEIR_JIT_PLACES_H

#include <linux/types.h>
#include "uapi/weir.h"

struct weir_image;
struct weir_run;

#define WEIR_GUARDS_PER_START 8u

/* Numbers of machine registers are below it; from it on slots of the frame. */
#define WEIR_HOME_SLOT 0x80u
#define WEIR_HOME_SAME 0xfeu /* as the low half: a register of 64 bits */
#define WEIR_HOME_NOWHERE 0xffu /* a half that is always zero, or never used */

/** struct weir_home - where a stored register lives: each half */
struct weir_home {
	u8 lo;
	u8 hi;
};

/**
 * struct weir_places - the maps of all guards
 * @start:	byte at which the map of every WEIR_GUARDS_PER_START-th guard begins
 * @bytes:	@nr_bytes
 * @home:	of the registers that exits store
 */
struct weir_places {
	u32 *start;
	u8 *bytes;
	u32 nr_bytes;
	u32 cap_bytes;
	struct weir_home home[WEIR_NR_REGS];
};

/** enum weir_place_kind - see above, and struct weir_place */
enum weir_place_kind {
	WEIR_PLACE_STOP, /* in the encoding only */
	WEIR_PLACE_HOLE, /* dead */
	WEIR_PLACE_REG,
	WEIR_PLACE_LOW,
	WEIR_PLACE_RUN,
	WEIR_PLACE_CONST,
	WEIR_NR_PLACE_KINDS
};

/* The argument of WEIR_PLACE_RUN. */
enum weir_place_run {
	WEIR_PLACE_OF_RUN,
	WEIR_PLACE_OF_DATA,
	WEIR_PLACE_OF_LEN,
};

/**
 * struct weir_place - where one register is
 * @kind:	enum weir_place_kind, HOLE for dead
 * @from:	REG, LOW: the stored register; RUN: enum weir_place_run
 * @home:	REG, LOW: where that lives
 * @value:	CONST
 *
 * REG with home.hi == WEIR_HOME_NOWHERE has a zero upper half.
 */
struct weir_place {
	u8 kind;
	u8 from;
	struct weir_home home;
	u64 value;
};

/**
 * weir_places_add() - the map of the next guard
 * @guard:	its number: 0, 1, 2 ...
 * @place:	of each register; home is not looked at
 *
 * May sleep. Return: false if out of memory.
 */
bool weir_places_add(struct weir_places *p, u32 guard,
		     const struct weir_place place[WEIR_NR_REGS]);
void weir_places_free(struct weir_places *p);

/** Who takes what weir_places_walk() finds; registers that are dead are not. */
typedef void (*weir_places_sink)(void *to, u32 reg,
				 const struct weir_place *place);

/** weir_places_walk() - decode the map of @guard. Any context. */
void weir_places_walk(const struct weir_places *p, u32 guard,
		      weir_places_sink sink, void *to);

/** weir_places_of() - the places. Any context. */
void weir_places_of(const struct weir_places *p, u32 guard,
		    struct weir_place out[WEIR_NR_REGS]);

/**
 * weir_places_values() - the values
 * @run:	whose exit record has the registers as code stored them; out: the
 *		program's registers, those that are dead and R10 as 0
 *
 * Any context.
 */
void weir_places_values(const struct weir_places *p, u32 guard,
			struct weir_run *run);

/** weir_places_bytes() - how long the map of @guard is. Any context. */
u32 weir_places_bytes(const struct weir_places *p, u32 guard);

#endif
