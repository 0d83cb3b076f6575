/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The state at one point of the program: every register, this function's
 * stack, and how long the packet is at least. States are joined where paths
 * meet.
 *
 * Between blocks a state is kept packed (struct weir_saved), which holds only
 * the live registers and the stack slots in use.
 */
#ifndef WEIR_VERIFIER_STATE_H
#define WEIR_VERIFIER_STATE_H

#include <linux/bitops.h>
#include <linux/types.h>
#include "uapi/weir.h"
#include "verifier/held.h"
#include "verifier/value.h"

struct weir_loop;
struct weir_thresholds;
struct weir_prog;

#define WEIR_NR_ARGS 5 /* R1 to R5 */
#define WEIR_STACK_WORDS (WEIR_MAX_STACK / 4)

/**
 * struct weir_stack_map - where on the stack values lie
 * @used:	one bit per 4-byte word: a value starts there
 * @init:	per word, one bit per written byte
 * @size:	per word: the bytes of the value that starts there (1, 2, 4, 8;
 *		it lies at a multiple of that), or 0
 */
struct weir_stack_map {
	u64 used[WEIR_STACK_WORDS / 64];
	u8 init[WEIR_STACK_WORDS];
	u8 size[WEIR_STACK_WORDS];
};

#define WEIR_NOT_SHIFTED 0xff

/**
 * struct weir_state - one state, unpacked
 * @reg:	registers
 * @len_min:	the packet has at least this many bytes
 * @held:	what has to be given back
 * @wrote:	per argument that came in as a pointer to a caller's stack: one
 *		bit per byte, from where it points, that was written since then
 * @has_written: some of those are not 0; else they mean nothing
 * @next_id:	next identity to give out; shared by all states of a run
 * @shifted_reg: register that the last instruction shifted left by 32, or
 *		WEIR_NOT_SHIFTED
 * @shifted:	what it held before
 * @has_stack:	some byte was written; else what follows means nothing
 * @map:	what lies where; its members can be named without it
 * @slot:	per used word: the value
 *
 * Word w covers the bytes from R10 - 512 + 4 * w. What follows @has_stack takes
 * 12 KiB, and is only there where the program stores to memory at all.
 */
struct weir_state {
	struct weir_value reg[WEIR_NR_REGS];
	s64 len_min;
	struct weir_held held;
	bool has_written;
	u64 wrote[WEIR_NR_ARGS];
	u32 *next_id;
	u8 shifted_reg;
	struct weir_value shifted;
	bool has_stack;
	union {
		struct weir_stack_map map;
		struct {
			u64 used[WEIR_STACK_WORDS / 64];
			u8 init[WEIR_STACK_WORDS];
			u8 size[WEIR_STACK_WORDS];
		};
	};
	struct weir_value slot[WEIR_STACK_WORDS];
};

/**
 * struct weir_saved - a state without its empty parts
 * @len_min:	as in the state
 * @held:	as in the state
 * @has_written: as in the state
 * @wrote:	as in the state; 0 throughout if not @has_written
 * @nr:		values at @value
 * @regs:	registers among them, which come first
 * @has_stack:	as in the state; its stack map comes after the values
 * @value:	values
 */
struct weir_saved {
	s64 len_min;
	struct weir_held held;
	u64 wrote[WEIR_NR_ARGS];
	u32 nr;
	u16 regs;
	bool has_written;
	bool has_stack;
	struct weir_value value[];
};

static inline struct weir_stack_map *
weir_saved_map(const struct weir_saved *saved)
{
	return (struct weir_stack_map *)&saved->value[saved->nr];
}

/**
 * weir_state_alloc() - memory for a state
 * @has_stores:	the program may store to memory
 *
 * Nothing is initialised, but R10. Return: the state, for weir_host_free(), or
 * NULL.
 */
struct weir_state *weir_state_alloc(bool has_stores, u32 *next_id);

/** weir_state_has_slot() - does a value start at word @w? */
static inline bool weir_state_has_slot(const struct weir_state *s, u32 w)
{
	return s->used[w / 64] >> (w % 64) & 1;
}

/** weir_state_next_slot() - first word from @w on at which a value starts, or
 * WEIR_STACK_WORDS
 */
static inline u32 weir_state_next_slot(const struct weir_state *s, u32 w)
{
	while (w < WEIR_STACK_WORDS) {
		u64 rest = s->used[w / 64] >> (w % 64);

		if (rest)
			return w + (u32)__ffs64(rest);
		w = (w / 64 + 1) * 64;
	}
	return WEIR_STACK_WORDS;
}

/** weir_state_reset() - nothing is initialised, but R10 */
void weir_state_reset(struct weir_state *s, u32 *next_id);

/** weir_state_new_id() - an identity nobody has */
u32 weir_state_new_id(const struct weir_state *s);

/** weir_state_name() - give a scalar an identity, since a copy, or knowledge
 * that no range can hold, is about to be made
 */
void weir_state_name(struct weir_state *s, struct weir_value *v);

/**
 * weir_state_each() - all values, one after the other
 * @s:	state
 * @it:	0 at first; the caller only keeps it
 * Return: the next initialised value, or NULL after the last.
 */
struct weir_value *weir_state_each(struct weir_state *s, u32 *it);

#define WEIR_MAX_VALUES (WEIR_NR_REGS + WEIR_STACK_WORDS)
#define WEIR_ID_CHAINS 32

/**
 * struct weir_joiner - how to join, and the join's scratch memory (heap)
 * @prog:	program
 * @level:	0 join, 1 widen by steps, 2 what grew to its extreme, 3 all
 * @thresholds:	constants to widen to
 * @loop:	the state comes back to the head of this loop, or NULL
 * @nr_keys:	identities met, at @key
 * @chain:	1 + the first of @key, by the old identity's last bits, or 0;
 *		weir_id_key.next is the next one
 */
struct weir_joiner {
	const struct weir_prog *prog;
	u32 level;
	const struct weir_thresholds *thresholds;
	const struct weir_loop *loop;
	u32 nr_keys;
	u8 chain[WEIR_ID_CHAINS];
	struct weir_id_key {
		u32 old, in, now;
		u32 next;
		s64 change;
	} key[WEIR_MAX_VALUES];
};

/**
 * weir_state_join() - make @s hold what @in holds, too
 * Return: whether @s changed.
 */
bool weir_state_join(struct weir_state *s, const struct weir_state *in,
		     struct weir_joiner *how);

/**
 * weir_saved_join() - the same, with a state that is kept packed
 *
 * If weir_saved_is_alike(). Return: whether @saved changed.
 */
bool weir_saved_join(struct weir_saved *saved, const struct weir_state *in,
		     struct weir_joiner *how);
/** weir_saved_is_alike() - has it no stack, or values at the same places? */
bool weir_saved_is_alike(const struct weir_saved *saved,
			 const struct weir_state *in);

/** weir_state_copy() - @to becomes what @from is, but for registers that are
 * not in @regs
 */
void weir_state_copy(struct weir_state *to, const struct weir_state *from,
		     u16 regs);
/** weir_state_keep() - forget registers that are not in @regs; R10 stays */
void weir_state_keep(struct weir_state *s, u16 regs);

/**
 * weir_state_save() - packed copy
 * @s:		state
 * @live:	registers worth keeping
 * @over:	earlier copy that it takes the place of, or NULL
 *
 * Return: the copy, @over itself or in its stead; NULL if out of memory, and
 * then @over is still there.
 */
struct weir_saved *weir_state_save(const struct weir_state *s, u16 live,
				   struct weir_saved *over);
/** weir_saved_bytes() - of memory that it takes */
u64 weir_saved_bytes(const struct weir_saved *saved);
/** weir_saved_copy() - another of it, or NULL */
struct weir_saved *weir_saved_copy(const struct weir_saved *saved);
/** weir_state_load() - unpack; registers not saved are uninitialised */
void weir_state_load(struct weir_state *s, const struct weir_saved *saved);
void weir_saved_free(struct weir_saved *saved);

/** weir_state_outer_write() - @size bytes at pointer @p + @off were written, if
 * that is in a caller's stack
 */
void weir_state_outer_write(struct weir_state *s, const struct weir_value *p,
			    s64 off, u64 size);

/** weir_state_wrote() - of argument @arg; 0 if nothing was */
static inline u64 weir_state_wrote(const struct weir_state *s, u8 arg)
{
	return s->has_written ? s->wrote[arg - 1] : 0;
}

/** weir_state_outer_run() - bytes at pointer @p into a caller's stack, one
 * after the other, that may be read
 */
u32 weir_state_outer_run(const struct weir_state *s,
			 const struct weir_value *p);

/* The stack. @off is from R10, the access lies within [-512, 0). */
void weir_state_stack_store(struct weir_state *s, s32 off, u32 size,
			    const struct weir_value *v);
/** weir_state_stack_load() - what a load gives, if it may be done */
struct weir_value weir_state_stack_load(const struct weir_state *s, s32 off,
					u32 size);
/** weir_state_stack_clobber() - any of these bytes may have been written with
 * a number
 */
void weir_state_stack_clobber(struct weir_state *s, s32 lo, s32 hi);
/** weir_state_stack_init() - all of these bytes were written with a number */
void weir_state_stack_init(struct weir_state *s, s32 lo, s32 hi);
/** weir_state_is_at_stack() - are @size bytes at @v + @off at one place, *@at,
 * of this frame?
 */
bool weir_state_is_at_stack(const struct weir_value *v, s32 off, u32 size,
			    s32 *at);
/** weir_state_stack_is_init() - all bytes of [lo, hi) were written */
bool weir_state_stack_is_init(const struct weir_state *s, s32 lo, s32 hi);
/** weir_state_forget_filled() - forget weir_value.key_at and value_at of maps
 *
 * Of this frame, too, they speak.
 */
void weir_state_forget_filled(struct weir_state *s);
/** weir_state_stack_has_pointer() - a spilled pointer overlaps [lo, hi) */
bool weir_state_stack_has_pointer(const struct weir_state *s, s32 lo, s32 hi);

#endif
