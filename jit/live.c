// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Liveness, backwards, in one pass over the blocks from last to first:
 *
 *	live_out(i) = live_in of every successor
 *	live_in(i)  = (live_out(i) - writes(i)) + reads(i)
 *
 * A jump forwards leads to a block that was done already, so programs without
 * loops get the exact answer. At a loop's head the verifier's answer is taken,
 * which is sound and as good as exact.
 *
 * The same equations hold for upper halves, with reads_hi(i): which upper
 * halves the result depends on, given those of the result that matter.
 *
 * An operation without effects whose result is dead is dropped while walking,
 * so a chain of dead ones goes in one pass. Sound: what is dropped is never
 * counted as a reader.
 */
#include <linux/kernel.h>
#include "jit/ir.h"
#include "jit/passes.h"

#define RUN_REGS \
	(IR_BIT(IR_RUN) | IR_BIT(IR_PKT) | IR_BIT(IR_LEN) | IR_BIT(IR_FUEL))

struct live {
	u32 regs;
	u32 hi;
};

/* The low half of the result comes from the low halves alone. */
static bool low_from_low(const struct weir_ir_insn *insn)
{
	if ((insn->flags & (IR_SHIFTED | IR_UXT_B)) == IR_SHIFTED &&
	    insn->cond != IR_SHIFT_LSL)
		return false;
	switch (insn->op) {
	case IR_MOV:
	case IR_ADD:
	case IR_SUB:
	case IR_MUL:
	case IR_AND:
	case IR_OR:
	case IR_XOR:
	case IR_NEG:
		return true;
	case IR_LSH:
		return insn->flags & IR_IMM;
	default:
		return false;
	}
}

/* Upper halves among what @insn reads (@all), if that of its result is read. */
static u32 reads_hi(const struct weir_ir_insn *insn, u32 all, bool hi)
{
	u32 run = all & ~IR_PROGRAM_REGS;
	u32 base = insn->a < IR_NR_REGS ? IR_BIT(insn->a) : 0;

	switch (insn->op) {
	case IR_LD:
		return all;
	case IR_ST:
	case IR_ATOMIC:
		return insn->size == 8 ? all : base | run;
	case IR_SWAP:
		return insn->size == 8 ? all : 0;
	case IR_ZX:
	case IR_SX:
		return run;
	case IR_GUARD_REM:
	case IR_GUARD_INDEX:
		return run;
	default:
		break;
	}
	if (!(weir_ir_shape(insn->op) & (IR_READS_A | IR_READS_B)))
		return all;
	if (!(insn->flags & IR_64) && !weir_ir_is_guard(insn))
		return run;
	if (!hi && low_from_low(insn))
		return run;
	if (insn->flags & IR_UXT_B)
		return base | run;
	return all;
}

/* A copy of a register to itself that changes no bit anyone reads. */
static bool is_idle_move(const struct weir_ir_insn *insn,
			 const struct live *after)
{
	bool hi = after->hi & IR_BIT(insn->dst);

	if (insn->op == IR_ZX && insn->size == 4 && insn->dst == insn->a)
		return !hi || (insn->zero_hi & IR_BIT(insn->dst));
	if (insn->op != IR_MOV || insn->dst != insn->a)
		return false;
	if ((insn->flags & IR_64) || !hi)
		return true;
	return insn->zero_hi & IR_BIT(insn->dst);
}

static bool is_dead(const struct weir_ir_insn *insn, const struct live *after)
{
	if (!(weir_ir_shape(insn->op) & IR_PURE))
		return false;
	return !(after->regs & IR_BIT(insn->dst)) || is_idle_move(insn, after);
}

/* Return: is it gone? */
static bool step(struct weir_ir *ir, struct weir_ir_insn *insn,
		 struct live *live, bool drop)
{
	u32 writes, reads, mask;
	bool hi;

	if (insn->op == IR_NOP)
		return true;
	if (weir_ir_ends_block(insn))
		live->regs = live->hi = 0;
	if (insn->op == IR_BR || insn->op == IR_JMP) {
		live->regs |= ir->block[insn->target].live_in;
		live->hi |= ir->block[insn->target].live_in_hi;
	}
	insn->live = (u16)(live->regs & IR_PROGRAM_REGS);
	insn->live_hi = (u16)(live->hi & IR_PROGRAM_REGS);
	if (drop && is_dead(insn, live)) {
		insn->op = IR_NOP;
		return true;
	}
	writes = weir_ir_writes(insn);
	hi = live->hi & writes;
	live->regs &= ~writes;
	live->hi &= ~writes;
	if (insn->op == IR_CALLSUB) {
		/* What the subprogram reads of its arguments and the run. */
		mask = IR_ARGUMENTS | RUN_REGS;
		live->regs |= ir->block[insn->target].live_in & mask;
		live->hi |= ir->block[insn->target].live_in_hi & mask;
	} else {
		reads = weir_ir_reads(insn);
		live->regs |= reads;
		live->hi |= reads_hi(insn, reads, hi);
	}
	/* A move that made an unread half zero may be gone. */
	if (drop)
		insn->zero_hi &= (u16)live->hi;
	return false;
}

static u32 read_anywhere(const struct weir_ir *ir)
{
	u32 mask = 0;
	u32 i;

	for (i = 0; i < ir->nr_insns; i++)
		mask |= weir_ir_reads(&ir->insn[i]);
	return mask;
}

/* --- Exits ------------------------------------------------------------------- */

static void settle_exit(struct weir_ir_exit *exit,
			const struct weir_ir_insn *guard, u32 written)
{
	const u32 run = IR_BIT(IR_RUN) | IR_BIT(IR_PKT) | IR_BIT(IR_LEN);
	u32 reads = weir_ir_reads(guard);
	u32 live = (guard->live | reads) & written;
	u32 hi = guard->live_hi | reads_hi(guard, reads, true);
	u32 i;

	exit->from[IR_R10] = IR_NONE;
	for (i = 0; i < IR_R10; i++) {
		if (live & IR_BIT(i))
			exit->from[i] = (u8)i;
		else if (exit->from[i] == i ||
			 !((live | run) & IR_BIT(exit->from[i])))
			exit->from[i] = IR_NONE;
		if (exit->from[i] < IR_R10 && !(hi & IR_BIT(exit->from[i])))
			exit->low_only |= (u16)IR_BIT(i);
	}
}

/* What was written after @insn. A call leaves nothing in R1 to R5. */
static u32 written_after(const struct weir_ir_insn *insn, u32 written)
{
	if (insn->op == IR_CALL || insn->op == IR_CALLSUB)
		return (written & ~IR_CALLER_SAVED) | IR_BIT(IR_R0);
	return written | weir_ir_writes(insn);
}

/* Return: did that take anything from a block that was done already? */
static bool meet(struct weir_ir *ir, u32 here, u32 there, u32 written)
{
	struct weir_ir_block *block = &ir->block[there];
	bool less = block->written & ~written;

	block->written &= written;
	return less && there <= here;
}

static bool written_in_block(struct weir_ir *ir, u32 b)
{
	u32 written = ir->block[b].written;
	bool again = false;
	u32 i;

	for (i = ir->block[b].first; i < ir->block[b + 1].first; i++) {
		const struct weir_ir_insn *insn = &ir->insn[i];

		if (insn->op == IR_BR || insn->op == IR_JMP)
			again |= meet(ir, b, insn->target, written);
		if (insn->op == IR_CALLSUB)
			again |= meet(ir, b, insn->target,
				      written & IR_ARGUMENTS);
		written = written_after(insn, written);
		if (weir_ir_ends_block(insn))
			return again;
	}
	if (b + 1 < ir->nr_blocks)
		again |= meet(ir, b, b + 1, written);
	return again;
}

/*
 * Forwards: registers that every way to a block has written. Only calls take
 * registers away, so few programs need a second round; one that needs many is
 * told that nothing is written at any block's start.
 */
static void find_written(struct weir_ir *ir)
{
	const u32 most_rounds = 4;
	bool again = true;
	u32 round, b;

	for (b = 0; b < ir->nr_blocks; b++)
		ir->block[b].written =
			b && !(ir->block[b].flags & IR_BLOCK_ENTRY) ? U32_MAX
								    : 0;
	for (round = 0; again && round < most_rounds; round++) {
		again = false;
		for (b = 0; b < ir->nr_blocks; b++)
			again |= written_in_block(ir, b);
	}
	for (b = 0; again && b < ir->nr_blocks; b++)
		ir->block[b].written = 0;
}

/*
 * A register that some way has not written holds what the machine had there,
 * which is not told to anyone.
 */
void weir_ir_exits(struct weir_ir *ir)
{
	u32 b, i;

	if (!ir->nr_guards)
		return;
	find_written(ir);
	for (b = 0; b < ir->nr_blocks; b++) {
		u32 written = ir->block[b].written;

		for (i = ir->block[b].first; i < ir->block[b + 1].first; i++) {
			const struct weir_ir_insn *insn = &ir->insn[i];

			if (weir_ir_is_guard(insn))
				settle_exit(&ir->exit[insn->target], insn,
					    written);
			written = written_after(insn, written);
		}
	}
}

/* --- Liveness ------------------------------------------------------------------ */

void weir_ir_live(struct weir_ir *ir, bool drop)
{
	bool asked = false, any_gone = false;
	u32 at_loop = 0;
	struct live live = { 0 };
	u32 b, i;

	/*
	 * What is live where a jump from below leads. All upper halves: the
	 * verifier's answer counts on moves that may have been dropped.
	 */
	for (b = 0; b < ir->nr_blocks; b++) {
		struct weir_ir_block *block = &ir->block[b];

		if (!(block->flags & (IR_BLOCK_LOOP | IR_BLOCK_SUBPROG)))
			continue;
		if (!asked)
			at_loop = read_anywhere(ir) & RUN_REGS;
		asked = true;
		block->live_in |= at_loop;
		block->live_in_hi = block->live_in;
	}
	for (b = ir->nr_blocks; b-- > 0;) {
		struct weir_ir_block *block = &ir->block[b];

		for (i = ir->block[b + 1].first; i-- > block->first;)
			any_gone |= step(ir, &ir->insn[i], &live, drop);
		if (block->flags & IR_BLOCK_LOOP)
			continue;
		block->live_in = live.regs;
		block->live_in_hi = live.hi;
	}
	if (any_gone)
		weir_ir_compact(ir);
}
