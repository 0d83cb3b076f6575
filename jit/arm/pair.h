/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * 64-bit values in 32-bit registers: where the halves are, and arithmetic on
 * them. An operand's upper half is read only where it may not be zero, a
 * result's written only where somebody reads it.
 */
#ifndef WEIR_JIT_ARM_PAIR_H
#define WEIR_JIT_ARM_PAIR_H

#include <linux/types.h>
#include "jit/arm/abi.h"
#include "jit/arm/insn.h"

struct weir_emit;
struct weir_ir_insn;

/**
 * struct a32_ctx - one operation under way
 * @half:	what is known of upper halves
 * @wants_hi:	the upper half of the result must be written
 */
struct a32_ctx {
	struct weir_emit *e;
	const struct weir_ir_insn *insn;
	const struct weir_half *half;
	bool wants_hi;
};

/*
 * The halves of IR registers. A number of a temp says what may be used where
 * the half is not in a register, or a constant.
 */

/** a32_lo() - the register with a low half. */
enum a32_reg a32_lo(struct weir_emit *e, u8 reg, u32 temp);

/** a32_hi_is_zero() - is the upper half known to be zero? */
bool a32_hi_is_zero(const struct a32_ctx *cx, u8 reg);

/** a32_hi() - the register with an upper half. */
enum a32_reg a32_hi(const struct a32_ctx *cx, u8 reg, u32 temp);

/** a32_lo_dst() - the register to make a low half in. */
enum a32_reg a32_lo_dst(struct weir_emit *e, u8 reg, u32 temp);
enum a32_reg a32_hi_dst(struct weir_emit *e, u8 reg, u32 temp);

/** a32_set_lo() - the low half is in @from: put it in its place. */
void a32_set_lo(struct weir_emit *e, u8 reg, enum a32_reg from);
void a32_set_hi(struct weir_emit *e, u8 reg, enum a32_reg from);

/** a32_clear_hi() - the result's upper half is 0, if anybody asks. */
void a32_clear_hi(const struct a32_ctx *cx);

/** struct a32_pmove - one of several moves that happen at once
 * @to:		machine register
 * @from:	place, or A32_NOWHERE for the constant 0
 */
struct a32_pmove {
	u8 to;
	u8 from;
};

/** a32_moves() - all of them, whatever overlaps. Uses temp 0, which is neither
 * source nor target.
 */
void a32_moves(struct weir_emit *e, struct a32_pmove *moves, u32 nr);

/*
 * Operations of both widths: without IR_64 they leave the upper half zero.
 */
void a32_pair_mov(const struct a32_ctx *cx);
void a32_pair_movi(const struct a32_ctx *cx);
void a32_pair_addsub(const struct a32_ctx *cx);
void a32_pair_neg(const struct a32_ctx *cx);
void a32_pair_logic(const struct a32_ctx *cx);
void a32_pair_mul(const struct a32_ctx *cx);
void a32_pair_shift(const struct a32_ctx *cx);
void a32_pair_rotate(const struct a32_ctx *cx);
void a32_pair_field(const struct a32_ctx *cx);
void a32_pair_swap(const struct a32_ctx *cx);
void a32_pair_extend(const struct a32_ctx *cx);

/** a32_shifts() - is there an instruction for it, which has IR_SHIFTED? */
bool a32_shifts(const struct weir_ir_insn *insn);

/** a32_is_shifted64() - is a value of 64 bits shifted first? Of 32 it is an
 * operand like others.
 */
static inline bool a32_is_shifted64(const struct weir_ir_insn *insn)
{
	return (insn->flags & (IR_SHIFTED | IR_64 | IR_UXT_B)) ==
	       (IR_SHIFTED | IR_64);
}

/** a32_pair_shifted() - one in 64 bits whose operand is shifted in 64 bits */
void a32_pair_shifted(const struct a32_ctx *cx);

/** a32_shifted_temps() - temps it needs. @slots: operands may be in some. */
u32 a32_shifted_temps(const struct weir_ir_insn *insn, bool slots);

/** a32_masked_temps() - temps that BR with IR_MASKED needs. */
u32 a32_masked_temps(s64 imm);

/* When a comparison's jump is taken. */
enum a32_outcome {
	A32_DEPENDS,
	A32_ALWAYS,
	A32_NEVER,
};

/** a32_pair_compare() - emit the comparison of BR
 * @cond: out: where it depends, on this
 */
enum a32_outcome a32_pair_compare(const struct a32_ctx *cx,
				  enum a32_cond *cond);

#endif
