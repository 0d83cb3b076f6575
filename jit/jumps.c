// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Jumps. A jump to a block that only jumps on goes there at once; a branch
 * over a jump becomes the opposite branch; a jump to what comes next goes.
 */
#include <linux/kernel.h>
#include "jit/ir.h"
#include "jit/passes.h"

/* More hops than this are not followed: an endless loop has no end. */
#define MAX_HOPS 8

static const struct weir_ir_insn *first_of(const struct weir_ir *ir, u32 b)
{
	u32 first = ir->block[b].first;

	return first < ir->nr_insns ? &ir->insn[first] : NULL;
}

/* Empty blocks fall through to the next one that is not. */
static u32 destination(const struct weir_ir *ir, u32 b)
{
	const struct weir_ir_insn *first = first_of(ir, b);
	u32 hops;

	for (hops = 0; hops < MAX_HOPS && first && first->op == IR_JMP;
	     hops++) {
		b = first->target;
		first = first_of(ir, b);
	}
	return b;
}

/* Does block @b begin right behind operation @i? */
static bool is_next(const struct weir_ir *ir, u32 i, u32 b)
{
	return ir->block[b].first == i + 1;
}

/* BR c, next; JMP x; next: becomes BR !c, x. */
static bool turn_branch(struct weir_ir *ir, u32 i)
{
	struct weir_ir_insn *br = &ir->insn[i];
	struct weir_ir_insn *jmp = &ir->insn[i + 1];

	if (i + 1 >= ir->nr_insns || jmp->op != IR_JMP ||
	    !is_next(ir, i + 1, br->target))
		return false;
	br->cond = weir_ir_cond_invert(br->cond);
	br->target = jmp->target;
	jmp->op = IR_NOP;
	return true;
}

void weir_ir_jumps(struct weir_ir *ir)
{
	bool any = false;
	u32 i, to;

	for (i = 0; i < ir->nr_insns; i++) {
		struct weir_ir_insn *insn = &ir->insn[i];

		if (insn->op != IR_BR && insn->op != IR_JMP)
			continue;
		to = destination(ir, insn->target);
		any |= to != insn->target;
		insn->target = to;
		if (ir->block[insn->target].first <= i)
			ir->block[insn->target].flags |= IR_BLOCK_LOOP;
	}
	for (i = 0; i < ir->nr_insns; i++) {
		struct weir_ir_insn *insn = &ir->insn[i];

		if (insn->op == IR_BR)
			any |= turn_branch(ir, i);
		else if (insn->op == IR_JMP && is_next(ir, i, insn->target)) {
			insn->op = IR_NOP;
			any = true;
		}
	}
	if (any)
		weir_ir_compact(ir);
}
