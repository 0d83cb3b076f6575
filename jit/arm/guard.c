// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Guards: a comparison, and the branch out that is taken if it fails. */
#include <linux/kernel.h>
#include "base/run.h"
#include "jit/arm/abi.h"
#include "jit/arm/branch.h"
#include "jit/arm/call.h"
#include "jit/arm/guard.h"
#include "jit/arm/imm.h"
#include "jit/arm/insn.h"
#include "jit/arm/ops.h"
#include "jit/arm/pair.h"
#include "jit/emit.h"
#include "verifier/facts.h"

/* No packet is that long. */
static bool never_passes(struct weir_emit *e, const struct weir_ir_insn *insn)
{
	if ((u64)insn->imm <= U32_MAX)
		return false;
	a32_branch_out(e, A32_COND_AL, insn->target);
	return true;
}

/* What a guard compares is below 2^32: the length, or the rest of it. */
static void guard_least(struct weir_emit *e, const struct weir_ir_insn *insn,
			u8 reg)
{
	enum a32_reg rn;

	if (never_passes(e, insn))
		return;
	rn = a32_lo(e, reg, 1);
	a32_compare_imm(e, A32_COND_AL, rn, (u32)insn->imm, 0);
	a32_branch_out(e, A32_COND_LO, insn->target);
}

/* rem = len - index; a borrow fails it, and so skips the comparison. */
static void guard_rem(struct weir_emit *e, const struct weir_ir_insn *insn)
{
	enum a32_test op = A32_TEST_CMP;
	enum a32_reg rd, len, index;
	struct a32_op2 op2;

	if (never_passes(e, insn))
		return;
	index = a32_lo(e, insn->a, 0);
	len = a32_lo(e, IR_LEN, 1);
	rd = a32_lo_dst(e, insn->dst, 1);
	a32_put_dps(e, A32_DP_SUB, rd, len, a32_op2_reg(index));
	a32_set_lo(e, insn->dst, rd);
	if (!a32_test_imm((u32)insn->imm, &op, &op2)) {
		a32_load_imm(e, a32_temp(e, 0), (u32)insn->imm);
		op2 = a32_op2_reg(a32_temp(e, 0));
	}
	weir_emit_word(e, a32_test(op, A32_COND_HS, rd, op2));
	a32_branch_out(e, A32_COND_LO, insn->target);
}

/*
 * temp 0 = first byte of the access, as an unsigned number; it fits if
 * size <= len and temp 0 <= len - size. The flags are those of a subtraction
 * before it that must not have borrowed, if @cond is HS.
 */
static void within(struct weir_emit *e, enum a32_cond cond, u32 size, u32 guard)
{
	const enum a32_reg at = a32_temp(e, 0), limit = a32_temp(e, 1);
	const enum a32_reg len = a32_lo(e, IR_LEN, 1);
	struct a32_op2 op2;

	if (!a32_op2_imm_make(&op2, size)) {
		a32_load_imm(e, a32_temp(e, 2), size);
		op2 = a32_op2_reg(a32_temp(e, 2));
	}
	weir_emit_word(e, a32_dp(A32_DP_SUB, cond, true, limit, len, op2));
	weir_emit_word(e, a32_test(A32_TEST_CMP, A32_COND_HS, limit,
				   a32_op2_reg(at)));
	a32_branch_out(e, A32_COND_LO, guard);
}

/* rd = rn + value, with the flags of the sum. May use temp 2. */
static void add_flags(struct weir_emit *e, enum a32_reg rd, enum a32_reg rn,
		      u32 value)
{
	enum a32_dp op = A32_DP_ADD;
	struct a32_op2 op2;

	if (!a32_dp_imm(value, &op, &op2)) {
		a32_load_imm(e, a32_temp(e, 2), value);
		op2 = a32_op2_reg(a32_temp(e, 2));
	}
	a32_put_dps(e, op, rd, rn, op2);
}

/* Before the index: adding a negative number carries if it is not too large. */
static void guard_index(struct weir_emit *e, const struct weir_ir_insn *insn)
{
	const s32 lo = weir_ir_range_lo(insn->imm);

	if (lo >= 0) {
		a32_bug(e);
		return;
	}
	add_flags(e, a32_temp(e, 0), a32_lo(e, insn->a, 0), (u32)lo);
	within(e, A32_COND_HS, weir_ir_range_size(insn->imm), insn->target);
}

static bool is_near(s32 lo, u32 size)
{
	return lo >= -WEIR_ADDRESS_SLACK && lo <= WEIR_ADDRESS_SLACK &&
	       size <= WEIR_ADDRESS_SLACK;
}

/*
 * temp 0 = a + lo - base, as an unsigned number. Where a has an upper half, or
 * lo is large, in 64 bits: the upper half of the distance must be 0. Sound in
 * 32 bits else: an a that wraps when lo is added, or when it lies below the
 * base, is at an end of the address space, where no object is.
 */
static void distance(const struct a32_ctx *cx, enum a32_reg base)
{
	const struct weir_ir_insn *insn = cx->insn;
	const s32 lo = weir_ir_range_lo(insn->imm);
	const u32 size = weir_ir_range_size(insn->imm);
	struct weir_emit *e = cx->e;
	const enum a32_reg at = a32_temp(e, 0);
	struct a32_op2 sign = { 0 };
	enum a32_dp op = A32_DP_ADC;
	enum a32_reg ra, hi;

	ra = a32_lo(e, insn->a, 0);
	if (a32_hi_is_zero(cx, insn->a) && is_near(lo, size)) {
		a32_put_dp(e, A32_DP_SUB, at, ra, a32_op2_reg(base));
		a32_add_imm(e, at, at, (u32)lo);
		return;
	}
	if (lo)
		add_flags(e, at, ra, (u32)lo);
	hi = a32_hi(cx, insn->a, 2);
	if (lo) {
		if (!a32_dp_imm(lo < 0 ? U32_MAX : 0, &op, &sign))
			a32_bug(e);
		a32_put_dp(e, op, a32_temp(e, 2), hi, sign);
		ra = at;
		hi = a32_temp(e, 2);
	}
	a32_put_dps(e, A32_DP_SUB, at, ra, a32_op2_reg(base));
	if (!a32_op2_imm_make(&sign, 0))
		a32_bug(e);
	a32_put_dps(e, A32_DP_SBC, a32_temp(e, 2), hi, sign);
	a32_branch_out(e, A32_COND_NE, insn->target);
}

static void guard_range(const struct a32_ctx *cx)
{
	distance(cx, a32_lo(cx->e, IR_PKT, 1));
	within(cx->e, A32_COND_AL, weir_ir_range_size(cx->insn->imm),
	       cx->insn->target);
}

/* The distance from the frame's lower end is at most stack - size. */
static void guard_stack(const struct a32_ctx *cx)
{
	const u32 size = weir_ir_range_size(cx->insn->imm);
	const u32 stack = cx->e->ir->stack_bytes;
	struct weir_emit *e = cx->e;
	const enum a32_reg low = a32_temp(e, 1);

	if (cx->insn->a == IR_R10 || size > stack) {
		a32_bug(e);
		return;
	}
	a32_add_imm(e, low, A32_SP, a32_frame_top(e) - stack);
	distance(cx, low);
	a32_compare_imm(e, A32_COND_AL, a32_temp(e, 0), stack - size, 1);
	a32_branch_out(e, A32_COND_HI, cx->insn->target);
}

/* temp 1 = where the map value lies that the guard measures from. */
static void load_base(struct weir_emit *e, const struct weir_guard *guard)
{
	const enum a32_reg base = a32_temp(e, 1);

	if (guard->base == WEIR_BASE_CONST)
		a32_load_address(e, base, WEIR_RELOC_VALUES, guard->map, 0);
	else
		a32_access(e, A32_LDST_LDR, base, a32_lo(e, IR_RUN, 1),
			   (s64)offsetof(struct weir_run, base) +
				   8 * guard->base);
}

/* The distance from the value's start is at most what it has over size. */
static void guard_value(const struct a32_ctx *cx)
{
	const u32 size = weir_ir_range_size(cx->insn->imm);
	const u32 nr = cx->insn->target;
	struct weir_emit *e = cx->e;
	const struct weir_guard *guard = &e->ir->guard[nr];

	if (size > guard->size) {
		a32_branch_out(e, A32_COND_AL, nr);
		return;
	}
	load_base(e, guard);
	distance(cx, a32_temp(e, 1));
	a32_compare_imm(e, A32_COND_AL, a32_temp(e, 0), guard->size - size, 1);
	a32_branch_out(e, A32_COND_HI, nr);
}

static void guard_null(const struct a32_ctx *cx)
{
	struct weir_emit *e = cx->e;
	enum a32_reg ra = a32_lo(e, cx->insn->a, 0);

	if (a32_hi_is_zero(cx, cx->insn->a)) {
		a32_compare_imm(e, A32_COND_AL, ra, 0, 1);
	} else {
		enum a32_reg hi = a32_hi(cx, cx->insn->a, 1);

		a32_put_dps(e, A32_DP_ORR, a32_temp(e, 0), ra, a32_op2_reg(hi));
	}
	a32_branch_out(e, A32_COND_EQ, cx->insn->target);
}

static void guard_fuel(struct weir_emit *e, const struct weir_ir_insn *insn)
{
	enum a32_reg fuel = a32_lo(e, IR_FUEL, 0);
	enum a32_dp op = A32_DP_SUB;
	struct a32_op2 one;

	if (!a32_dp_imm(1, &op, &one))
		a32_bug(e);
	a32_put_dps(e, op, fuel, fuel, one);
	a32_set_lo(e, IR_FUEL, fuel);
	a32_branch_out(e, A32_COND_LO, insn->target);
}

void a32_guard(const struct a32_ctx *cx)
{
	switch (cx->insn->op) {
	case IR_GUARD_LEN:
		guard_least(cx->e, cx->insn, IR_LEN);
		break;
	case IR_GUARD_REM:
		guard_rem(cx->e, cx->insn);
		break;
	case IR_GUARD_LESS:
		guard_least(cx->e, cx->insn, cx->insn->a);
		break;
	case IR_GUARD_INDEX:
		guard_index(cx->e, cx->insn);
		break;
	case IR_GUARD_RANGE:
		guard_range(cx);
		break;
	case IR_GUARD_STACK:
		guard_stack(cx);
		break;
	case IR_GUARD_VALUE:
		guard_value(cx);
		break;
	case IR_GUARD_ENDED:
		a32_ended(cx);
		break;
	case IR_GUARD_NULL:
		guard_null(cx);
		break;
	default:
		guard_fuel(cx->e, cx->insn);
		break;
	}
}
