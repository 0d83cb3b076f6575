// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Copies: where a register still equals the one it was copied from, read that
 * one. The copy itself is then often dead, and two-address code becomes
 * three-address: "r1 = r6; r1 += 14" reads r1 = r6 + 14.
 *
 * Knowledge is carried down straight code and into blocks that nothing jumps
 * to. The registers' values do not change, so exits see the same state.
 */
#include <linux/kernel.h>
#include "jit/grow.h"
#include "jit/ir.h"
#include "jit/passes.h"

/**
 * struct copies - what equals what
 * @of:		per register that is a copy: the one it equals
 * @copies:	registers that equal another (IR_BIT)
 * @sources:	registers that others may equal
 * @low_only:	registers whose low half alone does
 * @known:	registers that hold a constant
 * @value:	which
 */
struct copies {
	u8 of[IR_NR_REGS];
	u32 copies;
	u32 sources;
	u32 low_only;
	u32 known;
	u64 value[IR_R10];
};

static void forget_all(struct copies *copies)
{
	copies->copies = 0;
	copies->sources = 0;
	copies->low_only = 0;
	copies->known = 0;
}

static void forget(struct copies *copies, u32 written)
{
	u32 i;

	copies->copies &= ~written;
	copies->known &= ~written;
	if (!(written & copies->sources))
		return;
	copies->sources &= ~written;
	for (i = 0; i < IR_NR_REGS; i++)
		if ((copies->copies & IR_BIT(i)) &&
		    (written & IR_BIT(copies->of[i])))
			copies->copies &= ~IR_BIT(i);
}

/* Does the operation read no more than low halves of its operands? */
static bool reads_low(const struct weir_ir_insn *insn)
{
	switch (insn->op) {
	case IR_LD:
	case IR_ST:
	case IR_ATOMIC:
		return false; /* the address */
	case IR_SWAP:
		return insn->size < 8;
	case IR_ZX:
	case IR_SX:
	case IR_GUARD_REM:
	case IR_GUARD_INDEX:
		return true;
	default:
		return !(insn->flags & IR_64) && !weir_ir_is_guard(insn);
	}
}

static u8 source(const struct copies *copies, u8 reg, bool low)
{
	if (reg >= IR_NR_REGS || !(copies->copies & IR_BIT(reg)))
		return reg;
	if ((copies->low_only & IR_BIT(reg)) && !low)
		return reg;
	return copies->of[reg];
}

static void read_sources(struct weir_ir_insn *insn, const struct copies *copies)
{
	u32 shape = weir_ir_shape(insn->op);
	bool low = reads_low(insn);

	if (insn->op == IR_GUARD_LESS)
		return;
	if (shape & IR_READS_A)
		insn->a = source(copies, insn->a, low);
	if (!(shape & IR_READS_B) || (insn->flags & IR_IMM))
		return;
	if (insn->op == IR_ATOMIC)
		return; /* its value register may be the result */
	if (insn->op == IR_ST)
		low = insn->size < 8;
	if (insn->flags & IR_UXT_B)
		low = true;
	insn->b = source(copies, insn->b, low);
}

static void note(struct weir_ir_insn *insn, struct copies *copies)
{
	forget(copies, weir_ir_writes(insn));
	if (insn->op == IR_MOVI && insn->dst < IR_R10) {
		copies->known |= IR_BIT(insn->dst);
		copies->value[insn->dst] = (u64)insn->imm;
	}
	if (insn->op != IR_MOV || insn->dst == insn->a)
		return;
	copies->of[insn->dst] = insn->a;
	copies->copies |= IR_BIT(insn->dst);
	copies->sources |= IR_BIT(insn->a);
	if (insn->flags & IR_64)
		copies->low_only &= ~IR_BIT(insn->dst);
	else
		copies->low_only |= IR_BIT(insn->dst);
}

/* At a guard: who else has a register's value. */
static void note_exit(struct weir_ir_exit *exit, const struct copies *copies)
{
	u32 i;

	for (i = 0; i < IR_R10; i++)
		if ((copies->copies & ~copies->low_only & IR_BIT(i)) &&
		    copies->of[i] != IR_R10)
			exit->from[i] = copies->of[i];
}

/* And what is a constant, which code may then not have in any register. */
static void note_known(struct weir_ir *ir, struct weir_ir_exit *exit,
		       const struct copies *copies)
{
	struct weir_ir_known *known;
	u32 i;

	exit->known = ir->nr_known;
	exit->nr_known = 0;
	if (!copies->known)
		return;
	known = weir_grow(ir->known, &ir->cap_known, ir->nr_known + IR_R10,
			  sizeof(*known));
	if (!known)
		return; /* then they are told as dead */
	ir->known = known;
	for (i = 0; i < IR_R10; i++)
		if (copies->known & IR_BIT(i))
			known[ir->nr_known++] = (struct weir_ir_known){
				.value = copies->value[i],
				.reg = (u8)i,
			};
	exit->nr_known = (u8)(ir->nr_known - exit->known);
}

/* From the packet's very start, a range is a length. */
static void simplify_guard(struct weir_ir_insn *insn)
{
	s64 lo = weir_ir_range_lo(insn->imm);

	if (insn->op != IR_GUARD_RANGE || insn->a != IR_PKT || lo < 0)
		return;
	insn->op = IR_GUARD_LEN;
	insn->a = IR_NONE;
	insn->imm = lo + weir_ir_range_size(insn->imm);
}

static void note_guard(struct weir_ir *ir, const struct weir_ir_insn *insn,
		       const struct copies *copies)
{
	struct weir_ir_exit *exit = &ir->exit[insn->target];

	note_exit(exit, copies);
	note_known(ir, exit, copies);
}

void weir_ir_copies(struct weir_ir *ir)
{
	struct copies copies;
	u32 b, i;

	forget_all(&copies);
	for (b = 0; b < ir->nr_blocks; b++) {
		const struct weir_ir_block *block = &ir->block[b];

		if (block->nr_jumps || (block->flags & IR_BLOCK_SUBPROG))
			forget_all(&copies);
		for (i = block->first; i < ir->block[b + 1].first; i++) {
			read_sources(&ir->insn[i], &copies);
			simplify_guard(&ir->insn[i]);
			if (weir_ir_is_guard(&ir->insn[i]))
				note_guard(ir, &ir->insn[i], &copies);
			note(&ir->insn[i], &copies);
		}
	}
}
