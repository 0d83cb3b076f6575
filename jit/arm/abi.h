/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Registers and frames. Chosen once per program.
 *
 * What wants a place is each IR register's low half, and the upper half of
 * those that are pairs (jit/halves.h). Places go by use counts:
 *
 *	r0-r3 r12	first, for they cost nothing; not what outlives a call
 *	r4-r11		then; the entry saves those that are used
 *	lr		last, if nothing is called
 *	slots		what is left, words of the frame
 *
 *	R0		r0, upper half r1, where the verdict goes
 *	R1		r2 r3, if helpers are called: their first argument
 *	temps		r12, or r12 and lr with a frame; more where an operation
 *			needs more: see a32_plan()
 *	entry sp	r11, in programs with subprograms
 *
 * A program that fits r0-r3 and r12 and has no stack has no frame and saves
 * nothing. Every other frame, the entry's and each subprogram's:
 *
 *	                     +-------------------+
 *	                     | saved registers,  |  one PUSH; with r12, if
 *	                     | lr                |  there were an odd number
 *	R10 = sp + bytes --> +-------------------+
 *	                     | the program's     |
 *	                     | stack             |
 *	                     +-------------------+
 *	                     | slots of a        |  what a subprogram must give
 *	                     | caller            |  back: R6 to R9
 *	                     +-------------------+
 *	                     | slots             |  the entry's frame only
 *	                     +-------------------+
 *	                     | arguments 2 to 5  |  of helpers
 *	sp ----------------> +-------------------+
 *
 * sp is 8-aligned, as is R10. sp moves between entry and epilogue only while
 * an operation calls a helper of its own.
 */
#ifndef WEIR_JIT_ARM_ABI_H
#define WEIR_JIT_ARM_ABI_H

#include <linux/types.h>
#include "jit/arm/insn.h"
#include "jit/halves.h"
#include "jit/ir.h"

struct weir_emit;

#define A32_ENTRY_SP A32_R11

/* Where a half lives: a machine register's number, a slot's, or nowhere. */
#define A32_SLOT 0x80u
#define A32_NOWHERE 0xffu

static inline bool a32_is_reg(u32 place)
{
	return place < A32_PC;
}

static inline bool a32_is_slot(u32 place)
{
	return (place & A32_SLOT) && place != A32_NOWHERE;
}

/**
 * struct a32_plan - what the back end decided about a program
 * @lo:		place of each IR register's low half
 * @hi:		place of its upper half; nowhere if it is not a pair
 * @homes:	machine registers that are places
 * @nr_slots:	slots in use
 * @slots_off:	byte offset of the first from sp
 * @kept_off:	of the caller's slots that a subprogram keeps
 * @calls:	operations call helpers of their own
 * @moved:	how far sp is below where the frame left it, while emitting
 * @half:	per operation
 */
struct a32_plan {
	u8 lo[IR_NR_REGS];
	u8 hi[IR_NR_REGS];
	u32 homes;
	u32 nr_slots;
	u32 slots_off;
	u32 kept_off;
	bool calls;
	u32 moved;
	struct weir_half half[];
};

/** a32_plan() - fill e->frame and e->backend. */
void a32_plan(struct weir_emit *e);

/** a32_plan_of() - what it decided. */
const struct a32_plan *a32_plan_of(const struct weir_emit *e);

/** a32_slot_base() - register from which slot @place is addressed, and how far
 * it is from there.
 */
enum a32_reg a32_slot_base(const struct weir_emit *e, u32 place, u32 *off);

/** a32_frame_top() - how far R10 is above sp now. */
u32 a32_frame_top(const struct weir_emit *e);

/** a32_temp() - a register that holds nothing, the @n-th. */
enum a32_reg a32_temp(struct weir_emit *e, u32 n);

/** a32_put_push() - registers (bit per register); tell a32_move_sp(). */
void a32_put_push(struct weir_emit *e, u32 mask);
void a32_put_pop(struct weir_emit *e, u32 mask);

/** a32_move_sp() - an operation has moved sp down (up if negative). */
void a32_move_sp(struct weir_emit *e, s32 down);

/** a32_landing() - nothing: it needs none. */
void a32_landing(struct weir_emit *e);

/** a32_entry() - frame and run context. */
void a32_entry(struct weir_emit *e);

/** a32_drop_frame() - what the entry did, undone; but nothing returns. Leaves r0
 * to r3 alone.
 */
void a32_drop_frame(struct weir_emit *e);

/** a32_exit() - the program's EXIT: return, or go to the epilogue. */
void a32_exit(struct weir_emit *e, u32 i);

/** a32_epilogue() - restore and return; literals that are due. */
void a32_epilogue(struct weir_emit *e);

/** a32_enter_subprog() - its frame. */
void a32_enter_subprog(struct weir_emit *e);

/** a32_leave_subprog() - its RETURN. */
void a32_leave_subprog(struct weir_emit *e);

/** a32_stub() - of one guard. */
void a32_stub(struct weir_emit *e, u32 guard);

/** a32_handled() - where stubs with a handler lead: note it, and go on below. */
void a32_handled(struct weir_emit *e);

/** a32_trampoline() - where all stubs lead. */
void a32_trampoline(struct weir_emit *e);

#endif
