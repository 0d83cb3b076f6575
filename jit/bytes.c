// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Loads of neighbouring bytes that are put together become one load. So does C
 * read a field of a packed struct, as those of protocol headers are.
 *
 *	r3 = [r2 + 12] size 1			r4 = [r2 + 12] size 2
 *	r4 = [r2 + 13] size 1		->
 *	r4 = r4 << 8
 *	r4 = r4 | r3
 *
 * With the first byte on top it is a load that swaps. The result may be half of
 * the next one: four bytes become a word.
 *
 * Sound: what lies between the first load and the OR, where the one load will
 * be, only computes: no guard, whose exit would show the parts, nothing that
 * writes memory, no way in or out. The parts are read by nobody else. Packet,
 * stack and map values may be read at any alignment; the run context, which may
 * not be a multiple of bytes, is left alone.
 *
 * Linear: a few operations above each OR are looked at.
 */
#include <linux/kernel.h>
#include "jit/ir.h"
#include "jit/passes.h"

static bool is_part(const struct weir_ir_insn *insn)
{
	return insn && insn->op == IR_LD && insn->a != IR_RUN &&
	       !(insn->flags & IR_SIGNED) && insn->size <= 4;
}

/**
 * struct parts - what becomes one load
 * @low, @high:	loads of the lower and the upper half
 * @shift:	moves the upper half up
 */
struct parts {
	struct weir_ir_insn *low;
	struct weir_ir_insn *high;
	struct weir_ir_insn *shift;
};

static bool is_one_of(const struct parts *p, const struct weir_ir_insn *insn)
{
	return insn == p->low || insn == p->high || insn == p->shift;
}

/*
 * Will the base be the same at @to as it was at the first load? The parts do not
 * count, they go. If they were to overwrite it, what was known of its upper half
 * from there on was theirs.
 */
static bool keep_base(const struct parts *p, struct weir_ir_insn *to)
{
	const u32 base = IR_BIT(p->low->a);
	struct weir_ir_insn *from = p->low < p->high ? p->low : p->high;
	struct weir_ir_insn *insn;
	bool reused = false;

	for (insn = from; insn < to; insn++) {
		if (insn->op == IR_NOP || !(weir_ir_writes(insn) & base))
			continue;
		if (!is_one_of(p, insn))
			return false;
		reused = true;
	}
	for (insn = from; reused && insn <= to; insn++)
		insn->zero_hi &= (u16)~base;
	return true;
}

/* May the two be one load? Byte order is that of both. */
static bool are_neighbours(const struct weir_ir_insn *low,
			   const struct weir_ir_insn *high, bool *swapped)
{
	u8 flags = low->flags & IR_SWAPPED;

	if (low->a != high->a || low->size != high->size ||
	    (high->flags & IR_SWAPPED) != flags)
		return false;
	if (high->off == low->off + low->size)
		*swapped = false;
	else if (low->off == high->off + low->size)
		*swapped = true;
	else
		return false;
	return low->size == 1 || *swapped == !!flags;
}

/* d = low | high << n */
static bool join(struct weir_ir *ir, u32 first, u32 i, u8 reg_low, u8 reg_high)
{
	struct weir_ir_insn * or = &ir->insn[i];
	struct weir_ir_insn *shift = weir_ir_maker(ir, first, i, reg_high);
	struct parts p = { .shift = shift };
	bool swapped;

	if (!shift || shift->op != IR_LSH || !(shift->flags & IR_IMM) ||
	    shift->a != shift->dst)
		return false;
	p.low = weir_ir_maker(ir, first, i, reg_low);
	p.high = weir_ir_maker(ir, first, (u32)(shift - ir->insn), shift->a);
	if (!is_part(p.low) || !is_part(p.high) ||
	    shift->imm != 8 * (s64)p.low->size ||
	    !are_neighbours(p.low, p.high, &swapped))
		return false;
	if (p.low->size == 4 && !(or->flags & shift->flags & IR_64))
		return false;
	if (!weir_ir_is_gone(or, reg_low) || !weir_ir_is_gone(or, reg_high) ||
	    !keep_base(&p, or))
		return false;
	or->op = IR_LD;
	or->flags = swapped ? IR_SWAPPED : 0;
	or->a = p.low->a;
	or->b = IR_NONE;
	or->size = (u8)(2 * p.low->size);
	or->off = swapped ? p.high->off : p.low->off;
	or->imm = 0;
	p.low->op = p.high->op = shift->op = IR_NOP;
	return true;
}

bool weir_ir_bytes(struct weir_ir *ir)
{
	bool any = false;
	u32 b, i;

	for (b = 0; b < ir->nr_blocks; b++) {
		u32 first = ir->block[b].first;

		for (i = first; i < ir->block[b + 1].first; i++) {
			const struct weir_ir_insn *insn = &ir->insn[i];

			if (insn->op != IR_OR || (insn->flags & IR_IMM) ||
			    insn->a == insn->b)
				continue;
			any |= join(ir, first, i, insn->a, insn->b) ||
			       join(ir, first, i, insn->b, insn->a);
		}
	}
	return any;
}
