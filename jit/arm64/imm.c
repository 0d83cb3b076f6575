// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Which values AArch64 instructions can carry, and the shortest way to build
 * the others.
 */
#include <linux/types.h>
#include <linux/bits.h>
#include <linux/bitops.h>
#include <linux/kernel.h>

#include "imm.h"

/* Is @v a row of ones at bit 0, such as 0b111? Not for 0. */
static bool is_low_ones(u64 v)
{
	return v && !(v & (v + 1));
}

/*
 * A bitmask immediate is an element of 2, 4 ... 64 bits, repeated, that holds
 * one row of ones, rotated; never all zeros or all ones:
 *
 *   element  0 0 1 1 1 1 0 0     size 8, ones 4, immr = size - 2
 *
 * imms is the size, as leading ones, and below it the number of ones less 1;
 * immr is the rotation to the right of the row at bit 0.
 */
bool a64_logical_imm(u64 value, bool is64, struct a64_logimm *out)
{
	u32 size = 64, lowest, nr_ones, immr, imms;
	u64 mask, row;

	if (!is64) {
		if (value > U32_MAX)
			return false;
		value |= value << 32;
	}
	if (!value || value == U64_MAX)
		return false;

	while (size > 2) {
		mask = BIT_ULL(size >> 1) - 1;
		if ((value & mask) != (value >> (size >> 1) & mask))
			break;
		size >>= 1;
	}
	mask = size == 64 ? U64_MAX : BIT_ULL(size) - 1;
	value &= mask;

	/* The row of ones, or where it wraps around, the row of zeros. */
	row = value & 1 ? ~value & mask : value;
	lowest = __ffs64(row);
	if (!is_low_ones(row >> lowest))
		return false;
	nr_ones = hweight64(value);
	if (value & 1)
		lowest += size - nr_ones;

	immr = (size - lowest) & (size - 1);
	imms = (-(size << 1) | (nr_ones - 1)) & 0x3f;
	return a64_logimm_make(out, is64, size == 64, immr, imms);
}

bool a64_addsub(u64 value, bool is64, enum a64_addsub_imm *op,
		struct a64_uimm12 *out)
{
	const u32 opposite = A64_ADDSUB_IMM_ADD ^ A64_ADDSUB_IMM_SUB;

	if (!is64 && value > U32_MAX)
		return false;
	if (a64_uimm12_make(out, value))
		return true;
	if (!a64_uimm12_make(out, is64 ? -value : (u32)-value))
		return false;
	*op = (enum a64_addsub_imm)(*op ^ opposite);
	return true;
}

static u32 halfword(u64 value, u32 i)
{
	return value >> (16 * i) & 0xffff;
}

static u64 with_halfword(u64 value, u32 i, u32 half)
{
	return (value & ~((u64)0xffff << (16 * i))) | (u64)half << (16 * i);
}

/* The number of halfwords in which two values differ: so many MOVKs. */
static u32 nr_differ(u64 a, u64 b)
{
	u32 i, nr = 0;

	for (i = 0; i < 4; i++)
		nr += halfword(a, i) != halfword(b, i);
	return nr;
}

/* Append a move wide of halfword @i, which is in range by construction. */
static void plan_movw(struct a64_mov_plan *plan, enum a64_movw op, bool is64,
		      u32 half, u32 i)
{
	struct a64_movimm imm = { 0 };

	if (!a64_movimm_make(&imm, is64, half, 16 * i))
		return;
	plan->insn[plan->nr++] = a64_movw(op, A64_X0, imm);
}

/* MOVK the halfwords of @value that @start does not have. */
static void plan_movk(struct a64_mov_plan *plan, u64 start, u64 value)
{
	u32 i;

	for (i = 0; i < 4; i++)
		if (halfword(start, i) != halfword(value, i))
			plan_movw(plan, A64_MOVW_MOVK, true, halfword(value, i),
				  i);
}

/*
 * A move wide sets one halfword, and the others to its background: MOVZ to
 * zeros, MOVN to ones, MOVN of a W register to ones in the low half only, where
 * its halfword lies too.
 */
static const struct wide {
	u64 background;
	enum a64_movw op;
	bool is64;
} wides[] = {
	{ 0, A64_MOVW_MOVZ, true },
	{ U64_MAX, A64_MOVW_MOVN, true },
	{ U32_MAX, A64_MOVW_MOVN, false },
};

/* The halfword of @value that is best set by @wide itself. */
static u32 wide_first(const struct wide *wide, u64 value)
{
	const u32 nr_halves = wide->is64 ? 4 : 2;
	u32 i;

	for (i = 0; i < nr_halves; i++)
		if (halfword(value, i) != halfword(wide->background, i))
			return i;
	return 0;
}

/* What that leaves in the register. */
static u64 wide_start(const struct wide *wide, u64 value)
{
	const u32 first = wide_first(wide, value);

	return with_halfword(wide->background, first, halfword(value, first));
}

static const struct wide *best_wide(u64 value)
{
	const struct wide *best = &wides[0];
	u32 i, nr, least = nr_differ(wide_start(best, value), value);

	for (i = 1; i < ARRAY_SIZE(wides); i++) {
		nr = nr_differ(wide_start(&wides[i], value), value);
		if (nr < least) {
			best = &wides[i];
			least = nr;
		}
	}
	return best;
}

/* As a64_logical_imm(), or of a W register, which clears the upper half. */
static bool either_logical_imm(u64 value, struct a64_logimm *imm)
{
	return a64_logical_imm(value, true, imm) ||
	       a64_logical_imm(value, false, imm);
}

/*
 * The values of halfword @i that can turn @value into a bitmask, if any can.
 * A halfword lies inside the row of ones, or outside it, or its content follows
 * from an equal one in the next repetition, 32 bits away or 16. An edge of the
 * row inside a halfword that is replaced can as well lie at that halfword's
 * end, so no other value need be tried.
 */
#define NR_FILLINGS 4
static u32 filling(u64 value, u32 i, u32 choice)
{
	switch (choice) {
	case 0:
		return 0;
	case 1:
		return 0xffff;
	case 2:
		return halfword(value, i ^ 2);
	default:
		return halfword(value, i ^ 1);
	}
}

/* A bitmask that differs from @value in one halfword: *start. */
static bool bitmask_but_one(u64 value, struct a64_logimm *imm, u64 *start)
{
	u32 i, choice;

	for (i = 0; i < 4; i++) {
		for (choice = 0; choice < NR_FILLINGS; choice++) {
			*start = with_halfword(value, i,
					       filling(value, i, choice));
			if (either_logical_imm(*start, imm))
				return true;
		}
	}
	return false;
}

void a64_mov_plan(u64 value, bool is64, struct a64_mov_plan *plan)
{
	const struct wide *wide;
	struct a64_logimm imm;
	u64 start = value;
	u32 nr_movk, first;

	if (!is64)
		value = start = (u32)value;
	wide = best_wide(value);
	nr_movk = nr_differ(wide_start(wide, value), value);

	plan->nr = 0;
	if ((nr_movk > 0 && either_logical_imm(value, &imm)) ||
	    (nr_movk > 1 && bitmask_but_one(value, &imm, &start))) {
		plan->insn[plan->nr++] =
			a64_logic_imm(A64_LOGIC_IMM_ORR, A64_X0, A64_XZR, imm);
	} else {
		first = wide_first(wide, value);
		start = wide_start(wide, value);
		plan_movw(plan, wide->op, wide->is64,
			  halfword(start, first) ^
				  halfword(wide->background, first),
			  first);
	}
	plan_movk(plan, start, value);
}

u32 a64_mov_len(u64 value, bool is64)
{
	struct a64_mov_plan plan;

	a64_mov_plan(value, is64, &plan);
	return plan.nr;
}

void a64_mov_plan_fixed(u64 value, struct a64_mov_plan *plan)
{
	u32 i;

	plan->nr = 0;
	plan_movw(plan, A64_MOVW_MOVZ, true, halfword(value, 0), 0);
	for (i = 1; i < A64_MOV_FIXED_WORDS; i++)
		plan_movw(plan, A64_MOVW_MOVK, true, halfword(value, i), i);
}

bool a64_mov_plan_addr(u64 value, struct a64_mov_plan *plan)
{
	const u32 background = halfword(value, 3);
	u32 i;

	if (background != 0 && background != 0xffff)
		return false;
	plan->nr = 0;
	plan_movw(plan, background ? A64_MOVW_MOVN : A64_MOVW_MOVZ, true,
		  halfword(value, 0) ^ background, 0);
	for (i = 1; i < A64_MOV_ADDR_WORDS; i++)
		plan_movw(plan, A64_MOVW_MOVK, true, halfword(value, i), i);
	return true;
}
