// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Which values ARM instructions can carry, and the shortest way to build the
 * others.
 */
#include <linux/types.h>
#include <linux/bits.h>
#include <linux/bitops.h>
#include <linux/kernel.h>

#include "imm.h"

bool a32_dp_imm(u32 value, enum a32_dp *op, struct a32_op2 *out)
{
	enum a32_dp opposite;
	u32 other;

	if (a32_op2_imm_make(out, value))
		return true;

	switch (*op) {
	case A32_DP_ADD:
		opposite = A32_DP_SUB;
		other = -value;
		break;
	case A32_DP_SUB:
		opposite = A32_DP_ADD;
		other = -value;
		break;
	case A32_DP_ADC: /* rn + v + C = rn - ~v - !C */
		opposite = A32_DP_SBC;
		other = ~value;
		break;
	case A32_DP_SBC:
		opposite = A32_DP_ADC;
		other = ~value;
		break;
	case A32_DP_AND:
		opposite = A32_DP_BIC;
		other = ~value;
		break;
	case A32_DP_BIC:
		opposite = A32_DP_AND;
		other = ~value;
		break;
	default:
		return false;
	}
	if (!a32_op2_imm_make(out, other))
		return false;
	*op = opposite;
	return true;
}

bool a32_move_imm(u32 value, enum a32_move *op, struct a32_op2 *out)
{
	if (a32_op2_imm_make(out, value))
		return true;
	if (!a32_op2_imm_make(out, ~value))
		return false;
	*op = *op == A32_MOVE_MOV ? A32_MOVE_MVN : A32_MOVE_MOV;
	return true;
}

bool a32_test_imm(u32 value, enum a32_test *op, struct a32_op2 *out)
{
	if (a32_op2_imm_make(out, value))
		return true;
	if (*op != A32_TEST_CMP && *op != A32_TEST_CMN)
		return false;
	if (!a32_op2_imm_make(out, -value))
		return false;
	*op = *op == A32_TEST_CMP ? A32_TEST_CMN : A32_TEST_CMP;
	return true;
}

static void plan_step(struct a32_mov_plan *plan, u32 insn, bool adds)
{
	plan->step[plan->nr].insn = insn;
	plan->step[plan->nr].adds = adds;
	plan->nr++;
}

static void plan_movw(struct a32_mov_plan *plan, enum a32_movw op, u32 half)
{
	struct a32_movimm imm = { 0 };

	if (!a32_movimm_make(&imm, half))
		return;
	plan_step(plan, op | imm.bits, false);
}

/* The lowest bit, of @v rotated right by @by, that is set; made even. */
static u32 next_window(u32 v)
{
	return (u32)__ffs64(v) & ~1u;
}

/*
 * @value as the OR of the fewest 8-bit windows at even rotations: cut windows
 * from the lowest bit up, with bit 0 placed at each even position in turn. The
 * best of these is the fewest, since in a least cover some window comes first
 * and nothing is lost by moving each up to the lowest bit it must take.
 */
static u32 cut_windows(u32 value, u32 windows[A32_MOV_MAX])
{
	u32 from, rest, low, nr, least = A32_MOV_MAX + 1;
	u32 cut[A32_MOV_MAX], i;

	if (!value) {
		windows[0] = 0;
		return 1;
	}
	for (from = 0; from < 32; from += 2) {
		rest = ror32(value, from);
		for (nr = 0; rest && nr < A32_MOV_MAX; nr++) {
			low = next_window(rest);
			cut[nr] = rol32(rest & ((u32)0xff << low), from);
			rest &= ~((u32)0xff << low);
		}
		if (rest || nr >= least)
			continue;
		least = nr;
		for (i = 0; i < nr; i++)
			windows[i] = cut[i];
	}
	return least;
}

static void plan_windows(struct a32_mov_plan *plan, const u32 *windows, u32 nr,
			 enum a32_move first, enum a32_dp then)
{
	struct a32_op2 imm = { 0 };
	u32 i;

	for (i = 0; i < nr; i++) {
		if (!a32_op2_imm_make(&imm, windows[i]))
			return; /* each is a window: cannot be */
		plan_step(plan, (i ? (u32)then : (u32)first) | imm.bits, i > 0);
	}
}

void a32_mov_plan(u32 value, bool has_movw, struct a32_mov_plan *plan)
{
	u32 ones[A32_MOV_MAX], zeros[A32_MOV_MAX];
	const u32 nr_ones = cut_windows(value, ones);
	const u32 nr_zeros = cut_windows(~value, zeros);

	plan->nr = 0;
	if (has_movw && min(nr_ones, nr_zeros) > 1) {
		plan_movw(plan, A32_MOVW_MOVW, value & 0xffff);
		if (value >> 16)
			plan_movw(plan, A32_MOVW_MOVT, value >> 16);
	} else if (nr_ones <= nr_zeros) {
		plan_windows(plan, ones, nr_ones, A32_MOVE_MOV, A32_DP_ORR);
	} else {
		plan_windows(plan, zeros, nr_zeros, A32_MOVE_MVN, A32_DP_BIC);
	}
}

u32 a32_mov_len(u32 value, bool has_movw)
{
	struct a32_mov_plan plan;

	a32_mov_plan(value, has_movw, &plan);
	return plan.nr;
}

void a32_mov_plan_fixed(u32 value, struct a32_mov_plan *plan)
{
	plan->nr = 0;
	plan_movw(plan, A32_MOVW_MOVW, value & 0xffff);
	plan_movw(plan, A32_MOVW_MOVT, value >> 16);
}
