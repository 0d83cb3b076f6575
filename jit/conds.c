// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Branches over one or two operations: marked, so that the back end may put the
 * condition on the operations instead (ARM), or choose between two values
 * (AArch64: CSEL).
 *
 *	br r1 == r2 -> next			cmp r1, r2
 *	movi r0 = 1			->	movne r0, #1
 *	next:
 *
 * Where both sides of a branch are one value for one register, the first is
 * taken in advance, and the other one is such an operation:
 *
 *	br c -> there				movi r0 = 2
 *	movi r0 = 2				br !c -> next
 *	jmp next			->	movi r0 = 1
 *	there: movi r0 = 1			next:
 *	next:
 *
 * The branch stays one for all who look at the IR, and still says where to; the
 * operations it jumps over move into its block. So nothing is said twice, and a
 * back end that makes nothing of the mark is right too.
 */
#include <linux/kernel.h>
#include "jit/ir.h"
#include "jit/passes.h"

#define MOST_SKIPPED 2

/* Computes, cannot fault, and reads nothing but registers. */
static bool is_plain(const struct weir_ir_insn *insn)
{
	switch (insn->op) {
	case IR_MOV:
	case IR_MOVI:
	case IR_ADD:
	case IR_SUB:
	case IR_AND:
	case IR_OR:
	case IR_XOR:
	case IR_LSH:
	case IR_RSH:
	case IR_ARSH:
	case IR_ROR:
	case IR_NEG:
	case IR_SWAP:
	case IR_ZX:
	case IR_SX:
	case IR_UBFX:
	case IR_UBFIZ:
		return true;
	default:
		return false;
	}
}

static bool is_access(const struct weir_ir_insn *insn)
{
	return insn->op == IR_LD || insn->op == IR_ST;
}

/* Does no jump lead to the blocks that begin at @from up to before @to? */
static bool is_private(const struct weir_ir *ir, u32 b, u32 from, u32 to)
{
	for (b++; b < ir->nr_blocks && ir->block[b].first < to; b++)
		if (ir->block[b].first >= from &&
		    (ir->block[b].nr_jumps ||
		     (ir->block[b].flags & IR_BLOCK_SUBPROG)))
			return false;
	return true;
}

/* --- Both sides ---------------------------------------------------------------- */

/* May the two be done before the branch, and behind it? */
static bool are_sides(const struct weir_ir_insn *br,
		      const struct weir_ir_insn *fall,
		      const struct weir_ir_insn *there)
{
	if (!is_plain(fall) || !(is_plain(there) || there->op == IR_LD) ||
	    fall->dst != there->dst || fall->dst > IR_R9)
		return false;
	return !((weir_ir_reads(br) | weir_ir_reads(there)) &
		 IR_BIT(fall->dst));
}

static bool unfold(struct weir_ir *ir, u32 b, u32 i)
{
	struct weir_ir_insn *br = &ir->insn[i];
	struct weir_ir_insn *fall = br + 1, *jmp = br + 2, *there = br + 3;
	struct weir_ir_insn first;

	if (br->op != IR_BR || i + 4 >= ir->nr_insns || jmp->op != IR_JMP ||
	    ir->block[br->target].first != i + 3 ||
	    ir->block[br->target].nr_jumps != 1 ||
	    ir->block[jmp->target].first != i + 4 ||
	    !are_sides(br, fall, there))
		return false;
	if (!is_private(ir, b, i + 1, i + 3))
		return false;
	/* Of several empty blocks there only the target was counted. */
	if (ir->block[br->target + 1].first == i + 3 ||
	    ir->block[br->target - 1].first == i + 3)
		return false;
	first = *fall;
	first.zero_hi = br->zero_hi;
	*fall = *br;
	fall->zero_hi &= (u16)~IR_BIT(first.dst);
	fall->cond = weir_ir_cond_invert(br->cond);
	fall->target = jmp->target;
	*br = first;
	jmp->op = IR_NOP;
	return true;
}

static bool unfold_all(struct weir_ir *ir)
{
	bool any = false;
	u32 b, i;

	for (b = 0; b < ir->nr_blocks; b++)
		for (i = ir->block[b].first; i < ir->block[b + 1].first; i++)
			any |= unfold(ir, b, i);
	return any;
}

/* --- One side ------------------------------------------------------------------ */

static bool is_short(const struct weir_ir *ir, u32 b, u32 i, u32 end)
{
	u32 n;

	if (end <= i + 1 || end - i - 1 > MOST_SKIPPED)
		return false;
	for (n = i + 1; n < end; n++)
		if (!is_plain(&ir->insn[n]) && !is_access(&ir->insn[n]))
			return false;
	return is_private(ir, b, i + 1, end);
}

static void mark(struct weir_ir *ir, u32 b, u32 i)
{
	struct weir_ir_insn *insn = &ir->insn[i];
	u32 end;

	if (insn->op != IR_BR)
		return;
	end = ir->block[insn->target].first;
	if (!is_short(ir, b, i, end))
		return;
	insn->flags |= IR_SHORT;
	/* No jump leads there, so what was live at a loop's head is not said. */
	for (b++; b < ir->nr_blocks && ir->block[b].first < end; b++) {
		ir->block[b].first = end;
		ir->block[b].flags &= ~IR_BLOCK_LOOP;
	}
}

void weir_ir_conds(struct weir_ir *ir)
{
	u32 b, i;

	if (unfold_all(ir))
		weir_ir_compact(ir);
	for (b = 0; b < ir->nr_blocks; b++)
		for (i = ir->block[b].first; i < ir->block[b + 1].first; i++)
			mark(ir, b, i);
}
