// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Byte swaps that move into constants. A value loaded in network order and only
 * masked and compared with constants need not be swapped: the constants are. And
 * the other way round, where that makes the constants short: prefixes of
 * addresses are the upper bits of a swapped word.
 *
 *	r0 = swapped [pkt + 12]			r0 = [pkt + 12]
 *	if r0 == 0x0800 goto a		->	if r0 == 0x0008 goto a
 *
 * Sound: ==, != and tests of bits say the same of two values and of the same
 * two values with their bytes in another order; AND commutes with swapping.
 * Every use of the loaded value is seen: the search follows it only into blocks
 * that all ways lead to from what it has seen, and gives up at any other use, and
 * at a guard whose exit would show it.
 *
 * Linear: a search looks at a bounded number of blocks.
 */
#include <linux/bitops.h>
#include <linux/kernel.h>
#include "jit/ir.h"
#include "jit/passes.h"

#define MAX_USES 80
#define MAX_OPS 320

/**
 * struct search - the uses of one loaded value
 * @reg:	where it is
 * @size:	its bytes
 * @block:	blocks to look at, and those done
 * @ways:	for each, how many ways that lead there were seen
 * @user:	operations whose constant must be swapped
 * @nr_ops:	operations looked at
 */
struct search {
	u8 reg;
	u32 size;
	u32 block[MAX_USES];
	u16 ways[MAX_USES];
	u32 nr_blocks;
	struct weir_ir_insn *user[MAX_USES];
	u32 nr_users;
	u32 nr_ops;
};

static u64 size_mask(u32 size)
{
	return size == 8 ? U64_MAX : (1ULL << (8 * size)) - 1;
}

static u64 reversed(u64 value, u32 size)
{
	u64 out = 0;
	u32 i;

	for (i = 0; i < size; i++)
		out |= (value >> (8 * i) & 0xff) << (8 * (size - 1 - i));
	return out;
}

static bool is_bit_test(const struct weir_ir_insn *insn)
{
	return insn->op == IR_AND || insn->cond == IR_CLEAR ||
	       insn->cond == IR_SET;
}

/* May the swap move into the constant of @insn, which reads the value? */
static bool commutes(const struct search *s, const struct weir_ir_insn *insn)
{
	if (!(insn->flags & IR_IMM) || insn->a != s->reg)
		return false;
	if (insn->op == IR_AND)
		return insn->dst == s->reg;
	if (insn->op != IR_BR)
		return false;
	if (insn->flags & IR_MASKED)
		return !(weir_ir_mask(insn->imm) & ~size_mask(s->size));
	if (is_bit_test(insn))
		return true;
	return (insn->cond == IR_EQ || insn->cond == IR_NE) &&
	       !((u64)insn->imm & ~size_mask(s->size));
}

/* Does control reach block @b from above? */
static bool is_fallen_into(const struct weir_ir *ir, u32 b)
{
	u32 first = ir->block[b].first;

	return first && !weir_ir_ends_block(&ir->insn[first - 1]);
}

/* The value lives on into block @b. */
static bool follow(struct search *s, const struct weir_ir *ir, u32 b)
{
	const struct weir_ir_block *block = &ir->block[b];
	u32 i;

	if (!(block->live_in & IR_BIT(s->reg)))
		return true;
	for (i = 0; i < s->nr_blocks; i++) {
		if (s->block[i] == b) {
			s->ways[i]++;
			return true;
		}
	}
	if (s->nr_blocks == MAX_USES ||
	    (block->flags & (IR_BLOCK_LOOP | IR_BLOCK_SUBPROG)))
		return false;
	/* An empty block before it may be a way in that is not counted. */
	if (b && ir->block[b - 1].first == block->first)
		return false;
	s->ways[s->nr_blocks] = 1;
	s->block[s->nr_blocks++] = b;
	return true;
}

/* Does nothing else lead to the blocks that the value lives on into? */
static bool saw_all_ways(const struct search *s, const struct weir_ir *ir)
{
	u32 i;

	for (i = 0; i < s->nr_blocks; i++) {
		u32 b = s->block[i];

		if (s->ways[i] !=
		    ir->block[b].nr_jumps + (u32)is_fallen_into(ir, b))
			return false;
	}
	return true;
}

enum step {
	GO_ON,
	DONE,
	GIVE_UP
};

static enum step look_at(struct search *s, const struct weir_ir *ir,
			 struct weir_ir_insn *insn)
{
	const u32 bit = IR_BIT(s->reg);

	if (++s->nr_ops > MAX_OPS)
		return GIVE_UP;
	if (weir_ir_is_guard(insn) && (insn->live & bit))
		return GIVE_UP;
	if (weir_ir_reads(insn) & bit) {
		if (!commutes(s, insn) || s->nr_users == MAX_USES)
			return GIVE_UP;
		s->user[s->nr_users++] = insn;
	} else if (weir_ir_writes(insn) & bit) {
		return DONE;
	}
	if (insn->op == IR_BR || insn->op == IR_JMP)
		if (!follow(s, ir, insn->target))
			return GIVE_UP;
	return weir_ir_ends_block(insn) ? DONE : GO_ON;
}

/* From operation @i to the end of block @b. Return: is all well so far? */
static bool look_through(struct search *s, const struct weir_ir *ir, u32 b,
			 u32 i)
{
	for (; i < ir->block[b + 1].first; i++) {
		enum step step = look_at(s, ir, &ir->insn[i]);

		if (step != GO_ON)
			return step == DONE;
	}
	return b + 1 < ir->nr_blocks && follow(s, ir, b + 1);
}

/* One row of ones? */
static bool is_row(u64 value)
{
	u64 low = value & -value;

	return !((value + low) & value);
}

/* Instructions that make a constant, roughly, on either architecture. */
static u32 move_cost(u64 value)
{
	return value <= 0xffff || !(value & 0xffff) ? 1 : 2;
}

/* Those that compare with it, but for the comparison. */
static u32 compare_cost(u64 value)
{
	if (value <= 0xfff || (!(value & 0xfff) && value <= 0xfff000))
		return 0;
	return move_cost(value);
}

/* A row of ones at either end is shifted out of the way as it is compared. */
static u32 masked_cost(u32 mask, u32 value)
{
	u32 cost =
		(is_row(mask) ? 1 : 1 + move_cost(mask)) + compare_cost(value);
	u32 low = (u32)__ffs64(mask), high = 32 - (u32)fls64(mask);

	if (is_row(mask) && !high)
		return min(cost, move_cost(value >> low));
	if (is_row(mask) && !low)
		return min(cost, move_cost(value << high));
	return cost;
}

static u32 cost(const struct weir_ir_insn *insn, u64 value)
{
	if (insn->flags & IR_MASKED)
		return masked_cost(weir_ir_mask((s64)value), (u32)value);
	if (is_bit_test(insn) && is_row(value))
		return 0;
	return compare_cost(value);
}

/* The constant of a user with its bytes turned. */
static u64 turned(const struct search *s, const struct weir_ir_insn *insn)
{
	u64 imm = (u64)insn->imm;

	if (insn->flags & IR_MASKED)
		return (u64)weir_ir_masked((u32)reversed(imm >> 32, s->size),
					   (u32)reversed(imm, s->size));
	return reversed(imm & size_mask(s->size), s->size);
}

static bool pays(const struct search *s, bool swapped)
{
	u32 before = swapped, after = !swapped;
	u32 i;

	for (i = 0; i < s->nr_users; i++) {
		const struct weir_ir_insn *insn = s->user[i];
		u64 value = (u64)insn->imm;

		if (!(insn->flags & IR_MASKED))
			value &= size_mask(s->size);
		before += cost(insn, value);
		after += cost(insn, turned(s, insn));
	}
	return after < before;
}

static void move_swap(struct search *s, struct weir_ir_insn *load)
{
	u32 i;

	load->flags ^= IR_SWAPPED;
	for (i = 0; i < s->nr_users; i++)
		s->user[i]->imm = (s64)turned(s, s->user[i]);
}

static void try_load(struct weir_ir *ir, struct search *s, u32 b, u32 i)
{
	struct weir_ir_insn *load = &ir->insn[i];
	u32 done = 0;

	/* 64-bit constants would have to be known as such by every user. */
	if (load->op != IR_LD || (load->flags & IR_SIGNED) || load->size > 4 ||
	    load->size < 2 || load->a == IR_RUN)
		return;
	s->reg = load->dst;
	s->size = load->size;
	s->nr_blocks = 0;
	s->nr_users = 0;
	s->nr_ops = 0;
	if (!look_through(s, ir, b, i + 1))
		return;
	while (done < s->nr_blocks) {
		u32 next = s->block[done++];

		if (!look_through(s, ir, next, ir->block[next].first))
			return;
	}
	if (saw_all_ways(s, ir) && pays(s, load->flags & IR_SWAPPED))
		move_swap(s, load);
}

void weir_ir_swaps(struct weir_ir *ir)
{
	struct search s;
	u32 b, i;

	for (b = 0; b < ir->nr_blocks; b++)
		for (i = ir->block[b].first; i < ir->block[b + 1].first; i++)
			try_load(ir, &s, b, i);
}
