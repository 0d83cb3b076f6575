// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A shift by a constant whose result is the operand of one sum or logic
 * operation becomes part of it, where the target has such an instruction.
 *
 *	r3 = r2 << 2
 *	r1 = r1 + r3		->	r1 = r1 + (r2 << 2)
 *
 * Sound: what lies between the two only computes, nobody else reads the result
 * of the shift, and what it is made of is the same at both. No exit is between
 * them that would show it.
 *
 * Linear: a few operations above each candidate are looked at.
 */
#include <linux/kernel.h>
#include "jit/emit.h"
#include "jit/ir.h"
#include "jit/passes.h"

static bool is_commutative(u32 op)
{
	return op == IR_ADD || op == IR_AND || op == IR_OR || op == IR_XOR;
}

static bool is_candidate(const struct weir_ir_insn *insn)
{
	return (is_commutative(insn->op) || insn->op == IR_SUB) &&
	       !(insn->flags & (IR_IMM | IR_UXT_B | IR_SHIFTED)) &&
	       insn->a != insn->b && insn->a <= IR_R9 && insn->b <= IR_R9;
}

static bool is_shift(const struct weir_ir_insn *insn)
{
	return insn && (insn->flags & IR_IMM) && insn->imm &&
	       insn->a <= IR_R9 &&
	       (insn->op == IR_LSH || insn->op == IR_RSH ||
		insn->op == IR_ARSH || insn->op == IR_ROR);
}

static u8 shift_of(const struct weir_ir_insn *insn)
{
	switch (insn->op) {
	case IR_LSH:
		return IR_SHIFT_LSL;
	case IR_RSH:
		return IR_SHIFT_LSR;
	case IR_ARSH:
		return IR_SHIFT_ASR;
	default:
		return IR_SHIFT_ROR;
	}
}

/* The user with the shift in it. Return: is there such an operation? */
static bool merge(struct weir_ir_insn *user, const struct weir_ir_insn *shift)
{
	const bool wide = user->flags & IR_64;

	if (wide && !(shift->flags & IR_64))
		user->flags |= IR_UXT_B;
	/* Of 64 bits shifted right the low half is not one of 32. */
	if (!wide && (shift->flags & IR_64) &&
	    (shift->op != IR_LSH || shift->imm >= 32))
		return false;
	user->flags |= IR_SHIFTED;
	user->b = shift->a;
	user->cond = shift_of(shift);
	user->size = (u8)shift->imm;
	return true;
}

/* Is @reg written between two operations? */
static bool is_written(const struct weir_ir_insn *from,
		       const struct weir_ir_insn *to, u8 reg)
{
	for (from++; from < to; from++)
		if (from->op != IR_NOP && (weir_ir_writes(from) & IR_BIT(reg)))
			return true;
	return false;
}

static bool fold(struct weir_ir *ir, const struct weir_arch *arch, u32 first,
		 u32 i)
{
	struct weir_ir_insn *user = &ir->insn[i];
	struct weir_ir_insn *shift = weir_ir_maker(ir, first, i, user->b);
	struct weir_ir_insn merged = *user;
	struct weir_ir_insn *insn;

	if (!is_shift(shift) || !weir_ir_is_gone(user, user->b) ||
	    user->a == shift->dst || !merge(&merged, shift) ||
	    !arch->shifts(&merged))
		return false;
	if (is_written(shift, user, shift->a))
		return false;
	/* Shifted in place: what was known of the result is not of this. */
	for (insn = shift + 1; shift->a == shift->dst && insn <= user; insn++)
		insn->zero_hi &= (u16)~IR_BIT(shift->a);
	merged.zero_hi = user->zero_hi;
	*user = merged;
	shift->op = IR_NOP;
	return true;
}

static void turn(struct weir_ir_insn *insn)
{
	u8 a = insn->a;

	insn->a = insn->b;
	insn->b = a;
}

static bool fold_either(struct weir_ir *ir, const struct weir_arch *arch,
			u32 first, u32 i)
{
	struct weir_ir_insn *insn = &ir->insn[i];

	if (!is_candidate(insn))
		return false;
	if (fold(ir, arch, first, i))
		return true;
	if (!is_commutative(insn->op))
		return false;
	turn(insn);
	if (fold(ir, arch, first, i))
		return true;
	turn(insn);
	return false;
}

bool weir_ir_shifts(struct weir_ir *ir, const struct weir_arch *arch)
{
	bool any = false;
	u32 b, i;

	for (b = 0; b < ir->nr_blocks; b++) {
		u32 first = ir->block[b].first;

		for (i = first; i < ir->block[b + 1].first; i++)
			any |= fold_either(ir, arch, first, i);
	}
	return any;
}
