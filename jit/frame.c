// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What is written to the stack and never read: keys of lookups that have become
 * constants, above all.
 *
 * Sound: without R10 as a value there is no address of the frame but in the
 * accesses themselves, whose bytes are known. A store whose bytes no load of the
 * program has, in whichever function, nobody sees: helpers and callbacks get the
 * frame by addresses only, and an exit's record has registers.
 */
#include <linux/bits.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include "jit/ir.h"
#include "jit/passes.h"

/* Bytes below R10, a bit each. */
struct bytes {
	u64 word[WEIR_MAX_STACK / 64];
};

static bool is_direct(const struct weir_ir_insn *insn)
{
	return insn->a == IR_R10 && insn->off >= -WEIR_MAX_STACK &&
	       insn->off + insn->size <= 0;
}

/* Visits the bytes of an access. Return: is some of them in @b already? */
static bool mark(struct bytes *b, const struct weir_ir_insn *insn, bool set)
{
	bool any = false;
	u32 i;

	for (i = 0; i < insn->size; i++) {
		u32 at = (u32)(insn->off + WEIR_MAX_STACK) + i;

		any |= b->word[at / 64] >> (at % 64) & 1;
		if (set)
			b->word[at / 64] |= 1ULL << (at % 64);
	}
	return any;
}

/* Is R10 more than the base of this access? */
static bool escapes(const struct weir_ir_insn *insn)
{
	if (!(weir_ir_reads(insn) & IR_BIT(IR_R10)))
		return false;
	if (insn->op == IR_LD)
		return !is_direct(insn);
	if (insn->op == IR_ST)
		return !is_direct(insn) ||
		       (!(insn->flags & IR_IMM) && insn->b == IR_R10);
	return true;
}

bool weir_ir_frame(struct weir_ir *ir)
{
	struct bytes read = { 0 };
	bool dropped = false;
	u32 i;

	for (i = 0; i < ir->nr_insns; i++) {
		if (escapes(&ir->insn[i]))
			return false;
		if (ir->insn[i].op == IR_LD && ir->insn[i].a == IR_R10)
			mark(&read, &ir->insn[i], true);
	}
	for (i = 0; i < ir->nr_insns; i++) {
		struct weir_ir_insn *insn = &ir->insn[i];

		if (insn->op != IR_ST || insn->a != IR_R10 ||
		    mark(&read, insn, false))
			continue;
		insn->op = IR_NOP;
		dropped = true;
	}
	if (dropped)
		weir_ir_compact(ir);
	return dropped;
}
