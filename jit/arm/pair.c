// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* 64-bit values in 32-bit registers. */
#include <linux/bitops.h>
#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include "jit/arm/abi.h"
#include "jit/arm/imm.h"
#include "jit/arm/ops.h"
#include "jit/arm/pair.h"
#include "jit/emit.h"

/* --- Halves ------------------------------------------------------------------- */

static enum a32_reg from_place(struct weir_emit *e, u32 place, u32 temp)
{
	enum a32_reg rt, base;
	u32 off;

	if (a32_is_reg(place))
		return (enum a32_reg)place;
	rt = a32_temp(e, temp);
	if (!a32_is_slot(place)) {
		a32_bug(e);
		return rt;
	}
	base = a32_slot_base(e, place, &off);
	a32_access(e, A32_LDST_LDR, rt, base, off);
	return rt;
}

static void to_place(struct weir_emit *e, u32 place, enum a32_reg from)
{
	enum a32_reg base;
	u32 off;

	if (a32_is_reg(place)) {
		a32_move_reg(e, (enum a32_reg)place, from);
	} else if (a32_is_slot(place)) {
		base = a32_slot_base(e, place, &off);
		a32_access(e, A32_LDST_STR, from, base, off);
	} else {
		a32_bug(e);
	}
}

enum a32_reg a32_lo(struct weir_emit *e, u8 reg, u32 temp)
{
	enum a32_reg rt;

	if (reg >= IR_NR_REGS) {
		a32_bug(e);
		return A32_IP;
	}
	if (reg != IR_R10)
		return from_place(e, a32_plan_of(e)->lo[reg], temp);
	rt = a32_temp(e, temp);
	a32_add_imm(e, rt, A32_SP, a32_frame_top(e));
	return rt;
}

bool a32_hi_is_zero(const struct a32_ctx *cx, u8 reg)
{
	return reg >= IR_R10 || (cx->half->zero & IR_BIT(reg));
}

enum a32_reg a32_hi(const struct a32_ctx *cx, u8 reg, u32 temp)
{
	enum a32_reg rt;

	if (!a32_hi_is_zero(cx, reg))
		return from_place(cx->e, a32_plan_of(cx->e)->hi[reg], temp);
	rt = a32_temp(cx->e, temp);
	a32_load_imm(cx->e, rt, 0);
	return rt;
}

static enum a32_reg dst_of(struct weir_emit *e, u32 place, u32 temp)
{
	return a32_is_reg(place) ? (enum a32_reg)place : a32_temp(e, temp);
}

enum a32_reg a32_lo_dst(struct weir_emit *e, u8 reg, u32 temp)
{
	return dst_of(e, a32_plan_of(e)->lo[reg], temp);
}

enum a32_reg a32_hi_dst(struct weir_emit *e, u8 reg, u32 temp)
{
	return dst_of(e, a32_plan_of(e)->hi[reg], temp);
}

void a32_set_lo(struct weir_emit *e, u8 reg, enum a32_reg from)
{
	to_place(e, a32_plan_of(e)->lo[reg], from);
}

void a32_set_hi(struct weir_emit *e, u8 reg, enum a32_reg from)
{
	to_place(e, a32_plan_of(e)->hi[reg], from);
}

static void set_hi_imm(const struct a32_ctx *cx, u32 value)
{
	enum a32_reg rd = a32_hi_dst(cx->e, cx->insn->dst, 0);

	a32_load_imm(cx->e, rd, value);
	a32_set_hi(cx->e, cx->insn->dst, rd);
}

void a32_clear_hi(const struct a32_ctx *cx)
{
	if (cx->wants_hi)
		set_hi_imm(cx, 0);
}

static bool is64(const struct a32_ctx *cx)
{
	return cx->insn->flags & IR_64;
}

static bool has_imm(const struct a32_ctx *cx)
{
	return cx->insn->flags & IR_IMM;
}

static u32 imm_lo(const struct a32_ctx *cx)
{
	return (u32)cx->insn->imm;
}

static u32 imm_hi(const struct a32_ctx *cx)
{
	return (u32)((u64)cx->insn->imm >> 32);
}

/* Must an upper half be computed? If not, it is cleared at most. */
static bool computes_hi(const struct a32_ctx *cx)
{
	return cx->wants_hi && is64(cx) && !cx->half->makes_zero;
}

static bool b_hi_is_zero(const struct a32_ctx *cx)
{
	if (has_imm(cx))
		return !imm_hi(cx);
	return (cx->insn->flags & IR_UXT_B) || a32_hi_is_zero(cx, cx->insn->b);
}

/* The temp that the second operand may use: the first one may use temp 0. */
static u32 temp_lo(const struct a32_ctx *cx)
{
	const u8 a = cx->insn->a;

	return a != IR_R10 && a32_is_reg(a32_plan_of(cx->e)->lo[a]) ? 0 : 1;
}

static u32 temp_hi(const struct a32_ctx *cx)
{
	return a32_hi_is_zero(cx, cx->insn->a) ||
	       !a32_is_reg(a32_plan_of(cx->e)->hi[cx->insn->a]);
}

static enum a32_reg b_lo(const struct a32_ctx *cx, u32 temp)
{
	if (!has_imm(cx))
		return a32_lo(cx->e, cx->insn->b, temp);
	a32_load_imm(cx->e, a32_temp(cx->e, temp), imm_lo(cx));
	return a32_temp(cx->e, temp);
}

static enum a32_reg b_hi(const struct a32_ctx *cx, u32 temp)
{
	if (!has_imm(cx) && !b_hi_is_zero(cx))
		return a32_hi(cx, cx->insn->b, temp);
	a32_load_imm(cx->e, a32_temp(cx->e, temp),
		     has_imm(cx) ? imm_hi(cx) : 0);
	return a32_temp(cx->e, temp);
}

static struct a32_op2 op2_imm(struct weir_emit *e, u32 value, enum a32_dp *op,
			      u32 temp)
{
	enum a32_reg rt;
	struct a32_op2 op2;

	if (a32_dp_imm(value, op, &op2))
		return op2;
	rt = a32_temp(e, temp);
	a32_load_imm(e, rt, value);
	return a32_op2_reg(rt);
}

/* IR_SHIFTED's shift, of @amount; none is no shift. */
static struct a32_op2 ir_shifted(struct weir_emit *e, enum a32_reg rm,
				 enum weir_ir_shift shift, u32 amount)
{
	static const u8 types[IR_NR_SHIFTS] = {
		[IR_SHIFT_LSL] = A32_SHIFT_LSL,
		[IR_SHIFT_LSR] = A32_SHIFT_LSR,
		[IR_SHIFT_ASR] = A32_SHIFT_ASR,
		[IR_SHIFT_ROR] = A32_SHIFT_ROR,
	};

	return a32_shifted(e, rm, types[shift], amount);
}

static struct a32_op2 b_lo_op2(const struct a32_ctx *cx, enum a32_dp *op,
			       u32 temp)
{
	const struct weir_ir_insn *insn = cx->insn;
	enum a32_reg rb;

	if (has_imm(cx))
		return op2_imm(cx->e, imm_lo(cx), op, temp);
	rb = a32_lo(cx->e, insn->b, temp);
	if (insn->flags & IR_SHIFTED)
		return ir_shifted(cx->e, rb, insn->cond, insn->size);
	return a32_op2_reg(rb);
}

static struct a32_op2 b_hi_op2(const struct a32_ctx *cx, enum a32_dp *op,
			       u32 temp)
{
	if (has_imm(cx) || b_hi_is_zero(cx))
		return op2_imm(cx->e, has_imm(cx) ? imm_hi(cx) : 0, op, temp);
	return a32_op2_reg(a32_hi(cx, cx->insn->b, temp));
}

/* --- Parallel moves -------------------------------------------------------------- */

static bool is_source(const struct a32_pmove *moves, u32 nr, u32 reg)
{
	u32 i;

	for (i = 0; i < nr; i++)
		if (moves[i].from == reg && moves[i].to != reg)
			return true;
	return false;
}

static void put_move(struct weir_emit *e, const struct a32_pmove *move)
{
	enum a32_reg base;
	u32 off;

	if (a32_is_reg(move->from)) {
		a32_move_reg(e, move->to, move->from);
	} else if (a32_is_slot(move->from)) {
		base = a32_slot_base(e, move->from, &off);
		a32_access(e, A32_LDST_LDR, move->to, base, off);
	} else {
		a32_load_imm(e, move->to, 0);
	}
}

/*
 * One after the other, each when nobody reads its target any more. Where none
 * is left, all that are form cycles: one is cut through temp 0.
 */
void a32_moves(struct weir_emit *e, struct a32_pmove *moves, u32 nr)
{
	u32 i;

	while (nr) {
		for (i = 0; i < nr; i++)
			if (!is_source(moves, nr, moves[i].to))
				break;
		if (i < nr) {
			put_move(e, &moves[i]);
			moves[i] = moves[--nr];
			continue;
		}
		for (i = 1; i < nr; i++)
			if (moves[i].from == moves[0].to)
				moves[i].from = (u8)a32_temp(e, 0);
		a32_move_reg(e, a32_temp(e, 0), moves[0].to);
	}
}

/* --- Moves, sums, logic --------------------------------------------------------- */

static void copy_lo(const struct a32_ctx *cx)
{
	const struct weir_ir_insn *insn = cx->insn;
	const struct a32_plan *plan = a32_plan_of(cx->e);

	if (insn->a == IR_R10) {
		enum a32_reg rd = a32_lo_dst(cx->e, insn->dst, 0);

		a32_add_imm(cx->e, rd, A32_SP, a32_frame_top(cx->e));
		a32_set_lo(cx->e, insn->dst, rd);
	} else if (a32_is_slot(plan->lo[insn->a]) &&
		   a32_is_reg(plan->lo[insn->dst])) {
		struct a32_pmove move = { plan->lo[insn->dst],
					  plan->lo[insn->a] };

		put_move(cx->e, &move);
	} else if (insn->a != insn->dst) {
		a32_set_lo(cx->e, insn->dst, a32_lo(cx->e, insn->a, 0));
	}
}

void a32_pair_mov(const struct a32_ctx *cx)
{
	copy_lo(cx);
	if (!computes_hi(cx))
		a32_clear_hi(cx);
	else if (cx->insn->a != cx->insn->dst)
		a32_set_hi(cx->e, cx->insn->dst, a32_hi(cx, cx->insn->a, 0));
}

void a32_pair_movi(const struct a32_ctx *cx)
{
	enum a32_reg rd = a32_lo_dst(cx->e, cx->insn->dst, 0);

	a32_load_imm(cx->e, rd, imm_lo(cx));
	a32_set_lo(cx->e, cx->insn->dst, rd);
	if (cx->wants_hi)
		set_hi_imm(cx, imm_hi(cx));
}

/* R10 and a constant: an offset from sp. */
static void frame_address(const struct a32_ctx *cx)
{
	enum a32_reg rd = a32_lo_dst(cx->e, cx->insn->dst, 0);

	a32_add_imm(cx->e, rd, A32_SP, a32_frame_top(cx->e) + imm_lo(cx));
	a32_set_lo(cx->e, cx->insn->dst, rd);
	a32_clear_hi(cx);
}

void a32_pair_addsub(const struct a32_ctx *cx)
{
	const struct weir_ir_insn *insn = cx->insn;
	const bool sub = insn->op == IR_SUB;
	enum a32_dp op = sub ? A32_DP_SUB : A32_DP_ADD;
	struct weir_emit *e = cx->e;
	enum a32_reg rd, ra;
	struct a32_op2 op2;

	if (insn->a == IR_R10 && has_imm(cx) && !sub) {
		frame_address(cx);
		return;
	}
	rd = a32_lo_dst(e, insn->dst, 0);
	ra = a32_lo(e, insn->a, 0);
	op2 = b_lo_op2(cx, &op, temp_lo(cx));
	if (computes_hi(cx))
		a32_put_dps(e, op, rd, ra, op2);
	else
		a32_put_dp(e, op, rd, ra, op2);
	a32_set_lo(e, insn->dst, rd);
	if (!computes_hi(cx)) {
		a32_clear_hi(cx);
		return;
	}
	/* What follows leaves the carry alone. */
	rd = a32_hi_dst(e, insn->dst, 0);
	op = sub ? A32_DP_SBC : A32_DP_ADC;
	if (!sub && !has_imm(cx) && a32_hi_is_zero(cx, insn->a)) {
		ra = b_hi(cx, 0);
		op2 = op2_imm(e, 0, &op, 1);
	} else {
		ra = a32_hi(cx, insn->a, 0);
		op2 = b_hi_op2(cx, &op, temp_hi(cx));
	}
	a32_put_dp(e, op, rd, ra, op2);
	a32_set_hi(e, insn->dst, rd);
}

void a32_pair_neg(const struct a32_ctx *cx)
{
	struct a32_op2 zero = { 0 };
	struct weir_emit *e = cx->e;
	enum a32_reg rd = a32_lo_dst(e, cx->insn->dst, 0);
	enum a32_reg ra = a32_lo(e, cx->insn->a, 0);

	if (!a32_op2_imm_make(&zero, 0))
		a32_bug(e);
	if (computes_hi(cx))
		a32_put_dps(e, A32_DP_RSB, rd, ra, zero);
	else
		a32_put_dp(e, A32_DP_RSB, rd, ra, zero);
	a32_set_lo(e, cx->insn->dst, rd);
	if (!computes_hi(cx)) {
		a32_clear_hi(cx);
		return;
	}
	rd = a32_hi_dst(e, cx->insn->dst, 0);
	a32_put_dp(e, A32_DP_RSC, rd, a32_hi(cx, cx->insn->a, 0), zero);
	a32_set_hi(e, cx->insn->dst, rd);
}

static void put_mvn(struct weir_emit *e, enum a32_reg rd, struct a32_op2 op2)
{
	weir_emit_word(e, a32_move(A32_MOVE_MVN, A32_COND_AL, false, rd, op2));
}

static void put_bfx(struct weir_emit *e, enum a32_reg rd, enum a32_reg rn,
		    u32 lsb, u32 width)
{
	struct a32_bits range;

	if (!a32_bits_make(&range, lsb, width))
		a32_bug(e);
	else
		weir_emit_word(e, a32_bfx(A32_BFX_UBFX, A32_COND_AL, rd, rn,
					  range));
}

static enum a32_dp logic_op(u32 ir_op)
{
	return ir_op == IR_AND	? A32_DP_AND
	       : ir_op == IR_OR ? A32_DP_ORR
				: A32_DP_EOR;
}

/* One half: rd = ra op value. May use @temp. */
static void logic_imm(struct weir_emit *e, u32 ir_op, enum a32_reg rd,
		      enum a32_reg ra, u32 value, u32 temp)
{
	enum a32_dp op = logic_op(ir_op);
	struct a32_op2 op2;

	if (value == (ir_op == IR_AND ? U32_MAX : 0)) {
		a32_move_reg(e, rd, ra);
	} else if ((ir_op == IR_AND && !value) ||
		   (ir_op == IR_OR && value == U32_MAX)) {
		a32_load_imm(e, rd, value);
	} else if (ir_op == IR_XOR && value == U32_MAX) {
		put_mvn(e, rd, a32_op2_reg(ra));
	} else if (ir_op == IR_AND && !(value & (value + 1)) && value > 0xff) {
		put_bfx(e, rd, ra, 0, (u32)fls64(value));
	} else {
		op2 = op2_imm(e, value, &op, temp);
		a32_put_dp(e, op, rd, ra, op2);
	}
}

static void logic_half(const struct a32_ctx *cx, enum a32_reg rd,
		       enum a32_reg ra, enum a32_reg rb)
{
	a32_put_dp(cx->e, logic_op(cx->insn->op), rd, ra, a32_op2_reg(rb));
}

/* OR and XOR with a zero half leave the other one as it is. */
static void logic_hi(const struct a32_ctx *cx)
{
	const struct weir_ir_insn *insn = cx->insn;
	enum a32_reg rd = a32_hi_dst(cx->e, insn->dst, 0);

	/* All ones: then the upper half of a is nowhere. */
	if (has_imm(cx) && insn->op == IR_OR && imm_hi(cx) == U32_MAX)
		a32_load_imm(cx->e, rd, U32_MAX);
	else if (has_imm(cx))
		logic_imm(cx->e, insn->op, rd, a32_hi(cx, insn->a, 0),
			  imm_hi(cx), temp_hi(cx));
	else if (insn->op != IR_AND && b_hi_is_zero(cx))
		a32_move_reg(cx->e, rd, a32_hi(cx, insn->a, 0));
	else if (insn->op != IR_AND && a32_hi_is_zero(cx, insn->a))
		a32_move_reg(cx->e, rd, b_hi(cx, 0));
	else
		logic_half(cx, rd, a32_hi(cx, insn->a, 0),
			   b_hi(cx, temp_hi(cx)));
	a32_set_hi(cx->e, insn->dst, rd);
}

void a32_pair_logic(const struct a32_ctx *cx)
{
	const struct weir_ir_insn *insn = cx->insn;
	enum a32_reg rd = a32_lo_dst(cx->e, insn->dst, 0);
	enum a32_reg ra = a32_lo(cx->e, insn->a, 0);

	enum a32_dp op = logic_op(insn->op);

	if (has_imm(cx))
		logic_imm(cx->e, insn->op, rd, ra, imm_lo(cx), temp_lo(cx));
	else
		a32_put_dp(cx->e, op, rd, ra, b_lo_op2(cx, &op, temp_lo(cx)));
	a32_set_lo(cx->e, insn->dst, rd);
	if (computes_hi(cx))
		logic_hi(cx);
	else
		a32_clear_hi(cx);
}

/* --- Products -------------------------------------------------------------------- */

/*
 * The part of the upper half that upper halves make, in temp 2:
 * a.lo * b.hi + a.hi * b.lo. Return: is there any?
 */
static bool cross_products(const struct a32_ctx *cx)
{
	const enum a32_reg sum = a32_temp(cx->e, 2);
	const bool ahi = !a32_hi_is_zero(cx, cx->insn->a);
	const bool bhi = !b_hi_is_zero(cx);
	enum a32_reg ra, rb;

	if (bhi) {
		ra = a32_lo(cx->e, cx->insn->a, 0);
		rb = b_hi(cx, 1);
		weir_emit_word(cx->e,
			       a32_mul(A32_MUL_MUL, A32_COND_AL, sum, ra, rb));
	}
	if (ahi) {
		ra = a32_hi(cx, cx->insn->a, 0);
		rb = b_lo(cx, 1);
		weir_emit_word(cx->e, bhi ? a32_mla(A32_MLA_MLA, A32_COND_AL,
						    sum, ra, rb, sum)
					  : a32_mul(A32_MUL_MUL, A32_COND_AL,
						    sum, ra, rb));
	}
	return ahi || bhi;
}

void a32_pair_mul(const struct a32_ctx *cx)
{
	const u8 dst = cx->insn->dst;
	struct weir_emit *e = cx->e;
	bool crossed = computes_hi(cx) && cross_products(cx);
	enum a32_reg ra = a32_lo(e, cx->insn->a, 0);
	enum a32_reg rb = b_lo(cx, temp_lo(cx));
	enum a32_reg lo = a32_lo_dst(e, dst, 0);
	enum a32_reg hi;

	if (!computes_hi(cx)) {
		weir_emit_word(e,
			       a32_mul(A32_MUL_MUL, A32_COND_AL, lo, ra, rb));
		a32_set_lo(e, dst, lo);
		a32_clear_hi(cx);
		return;
	}
	hi = a32_hi_dst(e, dst, 1);
	weir_emit_word(e,
		       a32_mull(A32_MULL_UMULL, A32_COND_AL, lo, hi, ra, rb));
	if (crossed)
		a32_put_dp(e, A32_DP_ADD, hi, hi, a32_op2_reg(a32_temp(e, 2)));
	a32_set_lo(e, dst, lo);
	a32_set_hi(e, dst, hi);
}

/* --- Shifts ----------------------------------------------------------------------- */

static enum a32_shift shift_type(u32 ir_op)
{
	return ir_op == IR_LSH	 ? A32_SHIFT_LSL
	       : ir_op == IR_RSH ? A32_SHIFT_LSR
				 : A32_SHIFT_ASR;
}

static void orr_shifted(struct weir_emit *e, enum a32_reg rd, enum a32_reg rm,
			enum a32_shift type, u32 amount)
{
	a32_put_dp(e, A32_DP_ORR, rd, rd, a32_shifted(e, rm, type, amount));
}

/* The low half first where the upper half reads it no more. */
static void lsh_imm(const struct a32_ctx *cx, u32 n)
{
	const struct weir_ir_insn *insn = cx->insn;
	struct weir_emit *e = cx->e;
	enum a32_reg lo, hi, rd;

	lo = a32_lo(e, insn->a, 0);
	if (computes_hi(cx)) {
		rd = a32_hi_dst(e, insn->dst, 1);
		if (n >= 32) {
			a32_put_mov(e, rd,
				    a32_shifted(e, lo, A32_SHIFT_LSL, n - 32));
		} else if (a32_hi_is_zero(cx, insn->a)) {
			a32_put_mov(e, rd,
				    a32_shifted(e, lo, A32_SHIFT_LSR, 32 - n));
		} else {
			hi = a32_hi(cx, insn->a, 1);
			a32_put_mov(e, rd,
				    a32_shifted(e, hi, A32_SHIFT_LSL, n));
			orr_shifted(e, rd, lo, A32_SHIFT_LSR, 32 - n);
		}
		a32_set_hi(e, insn->dst, rd);
	}
	rd = a32_lo_dst(e, insn->dst, 0);
	if (n >= 32)
		a32_load_imm(e, rd, 0);
	else
		a32_put_mov(e, rd, a32_shifted(e, lo, A32_SHIFT_LSL, n));
	a32_set_lo(e, insn->dst, rd);
}

static void rsh_imm(const struct a32_ctx *cx, u32 n)
{
	const struct weir_ir_insn *insn = cx->insn;
	const bool zero = a32_hi_is_zero(cx, insn->a);
	const enum a32_shift type = zero ? A32_SHIFT_LSR : shift_type(insn->op);
	struct weir_emit *e = cx->e;
	enum a32_reg lo, hi, rd;

	rd = a32_lo_dst(e, insn->dst, 0);
	if (n >= 32 && zero) {
		a32_load_imm(e, rd, 0);
	} else if (n >= 32) {
		hi = a32_hi(cx, insn->a, 1);
		a32_put_mov(e, rd, a32_shifted(e, hi, type, n - 32));
	} else {
		lo = a32_lo(e, insn->a, 0);
		a32_put_mov(e, rd, a32_shifted(e, lo, A32_SHIFT_LSR, n));
		if (!zero)
			orr_shifted(e, rd, a32_hi(cx, insn->a, 1),
				    A32_SHIFT_LSL, 32 - n);
	}
	a32_set_lo(e, insn->dst, rd);
	if (!computes_hi(cx) || (n >= 32 && type == A32_SHIFT_LSR)) {
		a32_clear_hi(cx);
		return;
	}
	hi = a32_hi(cx, insn->a, 1);
	rd = a32_hi_dst(e, insn->dst, 1);
	/* ASR 32 leaves copies of the sign, and so does ASR 31. */
	a32_put_mov(e, rd, a32_shifted(e, hi, type, min(n, 31u)));
	a32_set_hi(e, insn->dst, rd);
}

static void shift32(const struct a32_ctx *cx)
{
	const struct weir_ir_insn *insn = cx->insn;
	const enum a32_shift type = shift_type(insn->op);
	struct weir_emit *e = cx->e;
	enum a32_reg rd = a32_lo_dst(e, insn->dst, 1);
	enum a32_reg ra, count;
	struct a32_op2 mask;

	if (has_imm(cx)) {
		ra = a32_lo(e, insn->a, 0);
		a32_put_mov(e, rd, a32_shifted(e, ra, type, imm_lo(cx)));
	} else {
		/* The CPU takes the count's low byte, BPF five bits of it. */
		count = a32_temp(e, 0);
		if (!a32_op2_imm_make(&mask, 31))
			a32_bug(e);
		a32_put_dp(e, A32_DP_AND, count, a32_lo(e, insn->b, 0), mask);
		ra = a32_lo(e, insn->a, 1);
		a32_put_mov(e, rd, a32_op2_shift_reg(ra, type, count));
	}
	a32_set_lo(e, insn->dst, rd);
	a32_clear_hi(cx);
}

/*
 * By a register. The CPU takes the low byte of a count and shifts all out from
 * 32 on, so of "n - 32" and "32 - n" whichever is negative counts as over 31
 * and gives 0. At n = 32 both give the same, which ORs to itself.
 */
static void minus32(struct weir_emit *e, enum a32_dp op, bool flags,
		    enum a32_reg rd, enum a32_reg count)
{
	struct a32_op2 bits = { 0 };

	if (!a32_op2_imm_make(&bits, 32))
		a32_bug(e);
	if (flags)
		a32_put_dps(e, op, rd, count, bits);
	else
		a32_put_dp(e, op, rd, count, bits);
}

static void orr_by(struct weir_emit *e, enum a32_cond cond, enum a32_reg rd,
		   enum a32_reg rm, enum a32_shift type, enum a32_reg count)
{
	weir_emit_word(e, a32_dp(A32_DP_ORR, cond, false, rd, rd,
				 a32_op2_shift_reg(rm, type, count)));
}

/* Temps: 0 the count, 1 another, 2 low halves, 3 upper halves. */
static void lsh_reg(const struct a32_ctx *cx, enum a32_reg count)
{
	const struct weir_ir_insn *insn = cx->insn;
	struct weir_emit *e = cx->e;
	enum a32_reg other, lo = a32_lo(e, insn->a, 2);
	enum a32_reg hi, rd;

	if (computes_hi(cx)) {
		const bool zero = a32_hi_is_zero(cx, insn->a);

		other = a32_temp(e, 1);
		rd = a32_hi_dst(e, insn->dst, 3);
		minus32(e, A32_DP_RSB, false, other, count);
		if (zero) {
			a32_put_mov(e, rd,
				    a32_op2_shift_reg(lo, A32_SHIFT_LSR,
						      other));
		} else {
			hi = a32_hi(cx, insn->a, 3);
			a32_put_mov(e, rd,
				    a32_op2_shift_reg(hi, A32_SHIFT_LSL,
						      count));
			orr_by(e, A32_COND_AL, rd, lo, A32_SHIFT_LSR, other);
		}
		minus32(e, A32_DP_SUB, false, other, count);
		orr_by(e, A32_COND_AL, rd, lo, A32_SHIFT_LSL, other);
		a32_set_hi(e, insn->dst, rd);
	}
	rd = a32_lo_dst(e, insn->dst, 2);
	a32_put_mov(e, rd, a32_op2_shift_reg(lo, A32_SHIFT_LSL, count));
	a32_set_lo(e, insn->dst, rd);
}

static void rsh_reg(const struct a32_ctx *cx, enum a32_reg count)
{
	const struct weir_ir_insn *insn = cx->insn;
	const bool zero = a32_hi_is_zero(cx, insn->a);
	const bool is_signed = insn->op == IR_ARSH && !zero;
	struct weir_emit *e = cx->e;
	enum a32_reg other, hi = A32_R0, rd, lo;

	lo = a32_lo(e, insn->a, 2);
	rd = a32_lo_dst(e, insn->dst, 2);
	a32_put_mov(e, rd, a32_op2_shift_reg(lo, A32_SHIFT_LSR, count));
	if (!zero) {
		other = a32_temp(e, 1);
		hi = a32_hi(cx, insn->a, 3);
		minus32(e, A32_DP_RSB, false, other, count);
		orr_by(e, A32_COND_AL, rd, hi, A32_SHIFT_LSL, other);
		/* An arithmetic shift by too much would not give 0. */
		minus32(e, A32_DP_SUB, is_signed, other, count);
		orr_by(e, is_signed ? A32_COND_PL : A32_COND_AL, rd, hi,
		       shift_type(insn->op), other);
	}
	a32_set_lo(e, insn->dst, rd);
	if (!computes_hi(cx) || zero) {
		a32_clear_hi(cx);
		return;
	}
	rd = a32_hi_dst(e, insn->dst, 3);
	a32_put_mov(e, rd, a32_op2_shift_reg(hi, shift_type(insn->op), count));
	a32_set_hi(e, insn->dst, rd);
}

void a32_pair_shift(const struct a32_ctx *cx)
{
	const struct weir_ir_insn *insn = cx->insn;
	struct weir_emit *e = cx->e;
	struct a32_op2 mask;
	enum a32_reg count;

	if (!is64(cx)) {
		shift32(cx);
	} else if (has_imm(cx) && !insn->imm) {
		a32_pair_mov(cx);
	} else if (has_imm(cx) && insn->op == IR_LSH) {
		lsh_imm(cx, imm_lo(cx));
		if (!computes_hi(cx))
			a32_clear_hi(cx);
	} else if (has_imm(cx)) {
		rsh_imm(cx, imm_lo(cx));
	} else {
		count = a32_temp(e, 0);
		if (!a32_op2_imm_make(&mask, 63))
			a32_bug(e);
		a32_put_dp(e, A32_DP_AND, count, a32_lo(e, insn->b, 0), mask);
		if (insn->op == IR_LSH)
			lsh_reg(cx, count);
		else
			rsh_reg(cx, count);
		if (insn->op == IR_LSH && !computes_hi(cx))
			a32_clear_hi(cx);
	}
}

/* In 64 bits by 32 at least: the halves change places, and it is less. */
static void swap_halves(const struct a32_ctx *cx)
{
	struct weir_emit *e = cx->e;
	enum a32_reg lo = a32_lo(e, cx->insn->a, 0);
	enum a32_reg hi = a32_hi(cx, cx->insn->a, 1);

	if (!computes_hi(cx)) {
		a32_set_lo(e, cx->insn->dst, hi);
		return;
	}
	a32_move_reg(e, a32_temp(e, 2), lo);
	a32_set_lo(e, cx->insn->dst, hi);
	a32_set_hi(e, cx->insn->dst, a32_temp(e, 2));
}

/*
 * Right by n, of two halves x and y, that y' = y >> n | x << (32 - n) and
 * x' = x >> n | y << (32 - n), one after the other: temp 2 keeps what y' needs
 * of the old x.
 */
static void rotate64(const struct a32_ctx *cx, u32 n)
{
	const struct weir_ir_insn *insn = cx->insn;
	struct weir_emit *e = cx->e;
	const enum a32_reg lo = a32_lo(e, insn->a, 0);
	const enum a32_reg hi = a32_hi(cx, insn->a, 1);
	const bool turned = n > 32;
	const enum a32_reg rest = computes_hi(cx) ? a32_temp(e, 2) : lo;
	enum a32_reg rd = a32_lo_dst(e, insn->dst, 0);

	n &= 31;
	if (computes_hi(cx))
		a32_put_mov(e, rest,
			    turned ? a32_shifted(e, lo, A32_SHIFT_LSR, n)
				   : a32_shifted(e, lo, A32_SHIFT_LSL, 32 - n));
	a32_put_mov(e, rd,
		    turned ? a32_shifted(e, lo, A32_SHIFT_LSL, 32 - n)
			   : a32_shifted(e, lo, A32_SHIFT_LSR, n));
	orr_shifted(e, rd, hi, turned ? A32_SHIFT_LSR : A32_SHIFT_LSL,
		    turned ? n : 32 - n);
	a32_set_lo(e, insn->dst, rd);
	if (!computes_hi(cx))
		return;
	rd = a32_hi_dst(e, insn->dst, 1);
	a32_put_dp(e, A32_DP_ORR, rd, rest,
		   turned ? a32_shifted(e, hi, A32_SHIFT_LSL, 32 - n)
			  : a32_shifted(e, hi, A32_SHIFT_LSR, n));
	a32_set_hi(e, insn->dst, rd);
}

void a32_pair_rotate(const struct a32_ctx *cx)
{
	const struct weir_ir_insn *insn = cx->insn;
	enum a32_reg rd;

	if (is64(cx) && insn->imm == 32) {
		swap_halves(cx);
	} else if (is64(cx)) {
		rotate64(cx, imm_lo(cx));
	} else {
		rd = a32_lo_dst(cx->e, insn->dst, 0);
		a32_put_mov(cx->e, rd,
			    a32_shifted(cx->e, a32_lo(cx->e, insn->a, 0),
					A32_SHIFT_ROR, imm_lo(cx)));
		a32_set_lo(cx->e, insn->dst, rd);
	}
	if (!computes_hi(cx))
		a32_clear_hi(cx);
}

/* --- Shifted operands -------------------------------------------------------------- */

/*
 * A half of a shifted pair is made of one part of each of its halves, shifted,
 * or of one, or of none. OR and XOR take one part after the other; sums take
 * them put together.
 */
struct part {
	bool hi;
	enum a32_shift type;
	u32 amount;
};

struct parts {
	struct part part[2];
	u32 nr;
};

bool a32_shifts(const struct weir_ir_insn *insn)
{
	const bool wide = insn->flags & IR_64;

	if (!wide || (insn->flags & IR_UXT_B))
		return true;
	if (insn->cond == IR_SHIFT_ASR)
		return false;
	if (insn->op == IR_OR || insn->op == IR_XOR)
		return true;
	if (insn->cond == IR_SHIFT_ROR)
		return insn->size == 32;
	return insn->op != IR_AND;
}

static bool is_sum(const struct weir_ir_insn *insn)
{
	return insn->op == IR_ADD || insn->op == IR_SUB;
}

u32 a32_shifted_temps(const struct weir_ir_insn *insn, bool slots)
{
	if (slots)
		return 4;
	return (is_sum(insn) ? 2 : 0) + (insn->dst == insn->b);
}

/* Where in the temps: what a's half, b's halves and the sum of parts may use,
 * and the low half of the result while b is still read.
 */
enum shifted_temp {
	TEMP_A,
	TEMP_B_LO,
	TEMP_B_HI,
	TEMP_RESULT
};

static u32 temp_of(const struct a32_ctx *cx, enum shifted_temp which)
{
	if (a32_plan_of(cx->e)->nr_slots)
		return which;
	if (which == TEMP_RESULT)
		return is_sum(cx->insn) ? 2 : 0;
	return which == TEMP_A ? 0 : 1;
}

static void add_part(const struct a32_ctx *cx, struct parts *parts, bool hi,
		     enum a32_shift type, u32 amount)
{
	if (hi && a32_hi_is_zero(cx, cx->insn->b))
		return;
	parts->part[parts->nr++] = (struct part){ hi, type, amount };
}

/* The parts of the upper half (@hi) or the low one. */
static struct parts parts_of(const struct a32_ctx *cx, bool hi)
{
	const u32 n = cx->insn->size, k = n & 31;
	const u32 left = cx->insn->cond == IR_SHIFT_LSL;
	struct parts parts = { .nr = 0 };
	bool from;

	if (cx->insn->cond == IR_SHIFT_ROR) {
		from = hi != (n >= 32);
		add_part(cx, &parts, from, k ? A32_SHIFT_LSR : A32_SHIFT_LSL,
			 k);
		if (k)
			add_part(cx, &parts, !from, A32_SHIFT_LSL, 32 - k);
	} else if (left && n >= 32) {
		if (hi)
			add_part(cx, &parts, false, A32_SHIFT_LSL, k);
	} else if (left) {
		add_part(cx, &parts, hi, A32_SHIFT_LSL, n);
		if (hi)
			add_part(cx, &parts, false, A32_SHIFT_LSR, 32 - n);
	} else if (n >= 32) {
		if (!hi)
			add_part(cx, &parts, true,
				 k ? A32_SHIFT_LSR : A32_SHIFT_LSL, k);
	} else {
		add_part(cx, &parts, hi, A32_SHIFT_LSR, n);
		if (!hi)
			add_part(cx, &parts, true, A32_SHIFT_LSL, 32 - n);
	}
	return parts;
}

/* Parts as operands. The one that is in @first goes first. */
static void fetch(const struct a32_ctx *cx, const struct parts *parts,
		  enum a32_reg first, struct a32_op2 *op2)
{
	struct weir_emit *e = cx->e;
	enum a32_reg reg;
	struct a32_op2 other;
	u32 i;

	for (i = 0; i < parts->nr; i++) {
		const struct part *part = &parts->part[i];

		reg = part->hi ? a32_hi(cx, cx->insn->b, temp_of(cx, TEMP_B_HI))
			       : a32_lo(e, cx->insn->b, temp_of(cx, TEMP_B_LO));
		op2[i] = a32_shifted(e, reg, part->type, part->amount);
		if (i && reg == first) {
			other = op2[0];
			op2[0] = op2[1];
			op2[1] = other;
		}
	}
}

/* rd = ra op parts, of which there are some. */
static void put_parts(const struct a32_ctx *cx, enum a32_dp op, bool flags,
		      enum a32_reg rd, enum a32_reg ra,
		      const struct parts *parts)
{
	struct weir_emit *e = cx->e;
	struct a32_op2 op2[2];
	enum a32_reg both = rd;

	if (is_sum(cx->insn) && parts->nr == 2)
		both = a32_temp(e, temp_of(cx, TEMP_B_HI));
	fetch(cx, parts, both, op2);
	if (both != rd) {
		a32_put_mov(e, both, op2[0]);
		a32_put_dp(e, A32_DP_ORR, both, both, op2[1]);
		op2[0] = a32_op2_reg(both);
	}
	if (flags)
		a32_put_dps(e, op, rd, ra, op2[0]);
	else
		a32_put_dp(e, op, rd, ra, op2[0]);
	if (both == rd && parts->nr == 2)
		a32_put_dp(e, op, rd, rd, op2[1]);
}

/* rd = parts, for OR and XOR with nothing. */
static void move_parts(const struct a32_ctx *cx, enum a32_reg rd,
		       const struct parts *parts)
{
	struct a32_op2 op2[2];

	if (!parts->nr) {
		a32_load_imm(cx->e, rd, 0);
		return;
	}
	fetch(cx, parts, rd, op2);
	a32_put_mov(cx->e, rd, op2[0]);
	if (parts->nr == 2)
		a32_put_dp(cx->e, A32_DP_ORR, rd, rd, op2[1]);
}

/* A half of b that is nothing. */
static void put_nothing(const struct a32_ctx *cx, enum a32_reg rd,
			enum a32_reg ra)
{
	if (cx->insn->op == IR_AND)
		a32_load_imm(cx->e, rd, 0);
	else
		a32_move_reg(cx->e, rd, ra);
}

/* @carry: the low halves have set it. */
static void shifted_hi(const struct a32_ctx *cx, bool carry)
{
	const struct weir_ir_insn *insn = cx->insn;
	const struct parts parts = parts_of(cx, true);
	struct weir_emit *e = cx->e;
	enum a32_reg rd = a32_hi_dst(e, insn->dst, temp_of(cx, TEMP_A));
	enum a32_dp op = logic_op(insn->op);
	struct a32_op2 zero;
	enum a32_reg ra;

	if (!is_sum(insn) && insn->op != IR_AND &&
	    a32_hi_is_zero(cx, insn->a)) {
		move_parts(cx, rd, &parts);
		a32_set_hi(e, insn->dst, rd);
		return;
	}
	ra = a32_hi(cx, insn->a, temp_of(cx, TEMP_A));
	if (is_sum(insn))
		op = insn->op == IR_ADD ? carry ? A32_DP_ADC : A32_DP_ADD
		     : carry		? A32_DP_SBC
					: A32_DP_SUB;
	if (parts.nr) {
		put_parts(cx, op, false, rd, ra, &parts);
	} else if (carry) {
		if (!a32_op2_imm_make(&zero, 0))
			a32_bug(e);
		a32_put_dp(e, op, rd, ra, zero);
	} else {
		put_nothing(cx, rd, ra);
	}
	a32_set_hi(e, insn->dst, rd);
}

void a32_pair_shifted(const struct a32_ctx *cx)
{
	const struct weir_ir_insn *insn = cx->insn;
	const struct parts parts = parts_of(cx, false);
	const u32 place = a32_plan_of(cx->e)->lo[insn->dst];
	const bool later = insn->dst == insn->b;
	const bool carry = is_sum(insn) && parts.nr && computes_hi(cx);
	struct weir_emit *e = cx->e;
	enum a32_dp op = logic_op(insn->op);
	enum a32_reg rd = (enum a32_reg)place;
	enum a32_reg ra = a32_lo(e, insn->a, temp_of(cx, TEMP_A));

	if (is_sum(insn))
		op = insn->op == IR_ADD ? A32_DP_ADD : A32_DP_SUB;
	if (later || !a32_is_reg(place))
		rd = a32_temp(e, temp_of(cx, TEMP_RESULT));
	if (parts.nr)
		put_parts(cx, op, carry, rd, ra, &parts);
	else
		put_nothing(cx, rd, ra);
	if (!later)
		a32_set_lo(e, insn->dst, rd);
	if (computes_hi(cx))
		shifted_hi(cx, carry);
	else
		a32_clear_hi(cx);
	if (later)
		a32_set_lo(e, insn->dst, rd);
}

/* --- Fields, swaps, extension ------------------------------------------------------ */

/* Bits [lsb, lsb + width) of a, at 0. */
static void extract(const struct a32_ctx *cx, u32 lsb, u32 width)
{
	const struct weir_ir_insn *insn = cx->insn;
	struct weir_emit *e = cx->e;
	const bool whole = lsb + width <= 32 || a32_hi_is_zero(cx, insn->a);
	enum a32_reg rd = a32_lo_dst(e, insn->dst, 0);
	enum a32_reg rn, hi;

	if (whole && lsb < 32) {
		rn = a32_lo(e, insn->a, 0);
		put_bfx(e, rd, rn, lsb, min(width, 32 - lsb));
	} else if (whole) {
		a32_load_imm(e, rd, 0);
	} else if (lsb >= 32) {
		rn = a32_hi(cx, insn->a, 0);
		put_bfx(e, rd, rn, lsb - 32, width);
	} else {
		rn = a32_lo(e, insn->a, 0);
		hi = a32_hi(cx, insn->a, 1);
		if (lsb) {
			a32_put_mov(e, rd,
				    a32_shifted(e, rn, A32_SHIFT_LSR, lsb));
			orr_shifted(e, rd, hi, A32_SHIFT_LSL, 32 - lsb);
		} else {
			a32_move_reg(e, rd, rn);
		}
		if (width < 32)
			put_bfx(e, rd, rd, 0, width);
		if (width > 32 && computes_hi(cx)) {
			a32_set_lo(e, insn->dst, rd);
			rd = a32_hi_dst(e, insn->dst, 1);
			put_bfx(e, rd, hi, lsb, width - 32);
			a32_set_hi(e, insn->dst, rd);
			return;
		}
	}
	a32_set_lo(e, insn->dst, rd);
	a32_clear_hi(cx);
}

/* The low @width bits of a, at @lsb: up to the top, then down. */
static void field_of_half(struct weir_emit *e, enum a32_reg rd, enum a32_reg rn,
			  u32 lsb, u32 width)
{
	if (lsb + width == 32) {
		a32_put_mov(e, rd, a32_shifted(e, rn, A32_SHIFT_LSL, lsb));
		return;
	}
	put_bfx(e, rd, rn, 0, width);
	if (lsb)
		a32_put_mov(e, rd, a32_shifted(e, rd, A32_SHIFT_LSL, lsb));
}

/*
 * In 64 bits: the upper half of the result first. It gets the bits of a from
 * 32 - lsb on, of which those of a's upper half only where width is over 32.
 */
static void insert_hi(const struct a32_ctx *cx, u32 lsb, u32 width)
{
	const struct weir_ir_insn *insn = cx->insn;
	struct weir_emit *e = cx->e;
	enum a32_reg rd = a32_hi_dst(e, insn->dst, 1);
	enum a32_reg lo = a32_lo(e, insn->a, 0);
	u32 top = lsb + width - 32; /* bits of the result up here */

	if (lsb >= 32) {
		field_of_half(e, rd, lo, lsb - 32, min(width, 64 - lsb));
	} else if (!lsb && a32_hi_is_zero(cx, insn->a)) {
		a32_load_imm(e, rd, 0);
	} else if (width <= 32 || a32_hi_is_zero(cx, insn->a)) {
		/* Bits [32 - lsb, width) of the low half. */
		put_bfx(e, rd, lo, 32 - lsb, min(top, lsb));
	} else {
		enum a32_reg hi = a32_hi(cx, insn->a, 1);

		a32_put_mov(e, rd, a32_shifted(e, hi, A32_SHIFT_LSL, lsb));
		if (lsb)
			orr_shifted(e, rd, lo, A32_SHIFT_LSR, 32 - lsb);
		if (top < 32)
			put_bfx(e, rd, rd, 0, top);
	}
	a32_set_hi(e, insn->dst, rd);
}

static void insert(const struct a32_ctx *cx, u32 lsb, u32 width)
{
	const struct weir_ir_insn *insn = cx->insn;
	struct weir_emit *e = cx->e;
	enum a32_reg rd, ra;

	if (cx->wants_hi && is64(cx) && lsb + width > 32)
		insert_hi(cx, lsb, width);
	else
		a32_clear_hi(cx);
	rd = a32_lo_dst(e, insn->dst, 0);
	ra = a32_lo(e, insn->a, 0);
	if (lsb >= 32)
		a32_load_imm(e, rd, 0);
	else
		field_of_half(e, rd, ra, lsb, min(width, 32 - lsb));
	a32_set_lo(e, insn->dst, rd);
}

void a32_pair_field(const struct a32_ctx *cx)
{
	const u32 lsb = weir_ir_field_lsb(cx->insn->imm);
	const u32 width = weir_ir_field_width(cx->insn->imm);

	if (cx->insn->op == IR_UBFX)
		extract(cx, lsb, width);
	else
		insert(cx, lsb, width);
}

static void put_unary(struct weir_emit *e, enum a32_unary op, enum a32_reg rd,
		      enum a32_reg rm)
{
	weir_emit_word(e, a32_unary(op, A32_COND_AL, rd, rm));
}

static void put_extend(struct weir_emit *e, enum a32_extend op, enum a32_reg rd,
		       enum a32_reg rm)
{
	struct a32_rot8 none = { 0 };

	weir_emit_word(e, a32_extend(op, A32_COND_AL, rd, rm, none));
}

static void swap64(const struct a32_ctx *cx)
{
	const struct weir_ir_insn *insn = cx->insn;
	struct weir_emit *e = cx->e;
	enum a32_reg rd, temp = A32_IP;

	if (cx->wants_hi) {
		temp = a32_temp(e, 2);
		put_unary(e, A32_UNARY_REV, temp, a32_lo(e, insn->a, 0));
	}
	rd = a32_lo_dst(e, insn->dst, 0);
	put_unary(e, A32_UNARY_REV, rd, a32_hi(cx, insn->a, 0));
	a32_set_lo(e, insn->dst, rd);
	if (cx->wants_hi)
		a32_set_hi(e, insn->dst, temp);
}

void a32_pair_swap(const struct a32_ctx *cx)
{
	const struct weir_ir_insn *insn = cx->insn;
	struct weir_emit *e = cx->e;
	enum a32_reg rd, ra;

	if (insn->size == 8) {
		swap64(cx);
		return;
	}
	rd = a32_lo_dst(e, insn->dst, 0);
	ra = a32_lo(e, insn->a, 0);
	if (insn->size == 4) {
		put_unary(e, A32_UNARY_REV, rd, ra);
	} else {
		put_unary(e, A32_UNARY_REV16, rd, ra);
		put_extend(e, A32_EXTEND_UXTH, rd, rd);
	}
	a32_set_lo(e, insn->dst, rd);
	a32_clear_hi(cx);
}

void a32_pair_extend(const struct a32_ctx *cx)
{
	const struct weir_ir_insn *insn = cx->insn;
	const bool is_signed = insn->op == IR_SX;
	struct weir_emit *e = cx->e;
	enum a32_reg rd, ra;

	rd = a32_lo_dst(e, insn->dst, 0);
	ra = a32_lo(e, insn->a, 0);
	if (insn->size == 4)
		a32_move_reg(e, rd, ra);
	else if (insn->size == 2)
		put_extend(e, is_signed ? A32_EXTEND_SXTH : A32_EXTEND_UXTH, rd,
			   ra);
	else
		put_extend(e, is_signed ? A32_EXTEND_SXTB : A32_EXTEND_UXTB, rd,
			   ra);
	a32_set_lo(e, insn->dst, rd);
	if (!is_signed || !computes_hi(cx)) {
		a32_clear_hi(cx);
		return;
	}
	ra = rd;
	rd = a32_hi_dst(e, insn->dst, 1);
	a32_put_mov(e, rd, a32_shifted(e, ra, A32_SHIFT_ASR, 31));
	a32_set_hi(e, insn->dst, rd);
}

/* --- Comparisons ------------------------------------------------------------------- */

static const u8 conds[IR_NR_CONDS] = {
	[IR_EQ] = A32_COND_EQ,	  [IR_NE] = A32_COND_NE,
	[IR_LT] = A32_COND_LO,	  [IR_GE] = A32_COND_HS,
	[IR_LE] = A32_COND_LS,	  [IR_GT] = A32_COND_HI,
	[IR_SLT] = A32_COND_LT,	  [IR_SGE] = A32_COND_GE,
	[IR_SLE] = A32_COND_LE,	  [IR_SGT] = A32_COND_GT,
	[IR_CLEAR] = A32_COND_EQ, [IR_SET] = A32_COND_NE,
};

static bool is_signed_cond(u32 cond)
{
	return cond >= IR_SLT && cond <= IR_SGT;
}

static u32 unsigned_cond(u32 cond)
{
	return is_signed_cond(cond) ? cond - IR_SLT + IR_LT : cond;
}

/* Flags of ra op value, on a condition. May use @temp. */
static void test_imm(struct weir_emit *e, enum a32_test op, enum a32_cond cond,
		     enum a32_reg ra, u32 value, u32 temp)
{
	struct a32_op2 op2;

	if (!a32_test_imm(value, &op, &op2)) {
		enum a32_reg rt = a32_temp(e, temp);

		a32_load_imm(e, rt, value);
		op2 = a32_op2_reg(rt);
	}
	weir_emit_word(e, a32_test(op, cond, ra, op2));
}

/* The low halves of both operands. */
static void test_lo(const struct a32_ctx *cx, enum a32_test op,
		    enum a32_cond cond)
{
	enum a32_reg ra = a32_lo(cx->e, cx->insn->a, 0);

	if (has_imm(cx))
		test_imm(cx->e, op, cond, ra, imm_lo(cx), temp_lo(cx));
	else
		weir_emit_word(cx->e,
			       a32_test(op, cond, ra,
					a32_op2_reg(b_lo(cx, temp_lo(cx)))));
}

static void test_hi(const struct a32_ctx *cx, enum a32_test op,
		    enum a32_cond cond)
{
	enum a32_reg ra;

	if (a32_hi_is_zero(cx, cx->insn->a) && b_hi_is_zero(cx))
		return;
	ra = a32_hi(cx, cx->insn->a, 0);
	if (has_imm(cx) || b_hi_is_zero(cx))
		test_imm(cx->e, op, cond, ra, has_imm(cx) ? imm_hi(cx) : 0, 1);
	else
		weir_emit_word(cx->e, a32_test(op, cond, ra,
					       a32_op2_reg(b_hi(cx, 1))));
}

static void test_bits(const struct a32_ctx *cx)
{
	const bool hi = !a32_hi_is_zero(cx, cx->insn->a) && !b_hi_is_zero(cx);

	if (hi && has_imm(cx) && !imm_lo(cx)) {
		test_hi(cx, A32_TEST_TST, A32_COND_AL);
		return;
	}
	test_lo(cx, A32_TEST_TST, A32_COND_AL);
	if (hi)
		test_hi(cx, A32_TEST_TST, A32_COND_EQ);
}

/*
 * Words for (a & mask) against value, by AND. With @temps: how many temps they
 * need instead.
 */
static u32 and_words(u32 mask, u32 value, bool temps)
{
	enum a32_test test = A32_TEST_CMP;
	enum a32_dp op = A32_DP_AND;
	struct a32_op2 op2;
	u32 words = 2, nr = 1;

	if ((mask & (mask + 1)) && !a32_dp_imm(mask, &op, &op2))
		words += a32_mov_len(mask, true);
	if (!a32_test_imm(value, &test, &op2)) {
		words += a32_mov_len(value, true);
		nr = 2;
	}
	return temps ? nr : words;
}

/*
 * Where the mask is a row of ones at either end, what is left of a shift is
 * compared, value first. Return: the shift and its count, or 0 if AND is as good.
 */
static u32 shifts_out(u32 mask, u32 value, enum a32_shift *type)
{
	u32 low = (u32)__ffs64(mask), high = 32 - (u32)fls64(mask);
	u32 count = low | high;
	u32 left = high ? value << high : value >> low;

	*type = high ? A32_SHIFT_LSL : A32_SHIFT_LSR;
	if ((low && high) || !count || ((mask >> low) & ((mask >> low) + 1)))
		return 0;
	return a32_mov_len(left, true) + 1 < and_words(mask, value, false)
		       ? count
		       : 0;
}

u32 a32_masked_temps(s64 imm)
{
	const u32 mask = weir_ir_mask(imm), value = (u32)imm;
	enum a32_shift type;

	return shifts_out(mask, value, &type) ? 1
					      : and_words(mask, value, true);
}

/* BR with IR_MASKED. */
static void test_masked(const struct a32_ctx *cx)
{
	const u32 mask = weir_ir_mask(cx->insn->imm);
	struct weir_emit *e = cx->e;
	enum a32_reg ra = a32_lo(e, cx->insn->a, 0);
	enum a32_reg rt = a32_temp(e, temp_lo(cx));
	u32 value = imm_lo(cx);
	enum a32_shift type;
	u32 count = shifts_out(mask, value, &type);

	if (count) {
		value = type == A32_SHIFT_LSL ? value << count : value >> count;
		a32_load_imm(e, rt, value);
		weir_emit_word(e, a32_test(A32_TEST_CMP, A32_COND_AL, rt,
					   a32_shifted(e, ra, type, count)));
		return;
	}
	rt = a32_temp(e, 0);
	logic_imm(e, IR_AND, rt, ra, mask, temp_lo(cx));
	test_imm(e, A32_TEST_CMP, A32_COND_AL, rt, value, 1);
}

/* Flags of rn - rm over both halves, fit for LT and GE. */
static void subtract(const struct a32_ctx *cx, bool turned)
{
	struct weir_emit *e = cx->e;
	enum a32_reg ra = a32_lo(e, cx->insn->a, 0);
	enum a32_reg rb = b_lo(cx, 1);

	weir_emit_word(e, a32_test(A32_TEST_CMP, A32_COND_AL, turned ? rb : ra,
				   a32_op2_reg(turned ? ra : rb)));
	ra = a32_hi(cx, cx->insn->a, 0);
	rb = b_hi(cx, 1);
	a32_put_dps(e, A32_DP_SBC, a32_temp(e, 0), turned ? rb : ra,
		    a32_op2_reg(turned ? ra : rb));
}

/* With a constant: a - value; LE and GT are LT and GE of one more. */
static enum a32_outcome compare_signed_imm(const struct a32_ctx *cx,
					   enum a32_cond *cond)
{
	const u32 ir_cond = cx->insn->cond;
	struct weir_emit *e = cx->e;
	u64 value = (u64)cx->insn->imm;
	enum a32_dp op = A32_DP_SBC;
	struct a32_op2 op2;
	enum a32_reg ra;

	*cond = ir_cond == IR_SLT || ir_cond == IR_SLE ? A32_COND_LT
						       : A32_COND_GE;
	if (ir_cond == IR_SLE || ir_cond == IR_SGT) {
		if (value == S64_MAX)
			return ir_cond == IR_SLE ? A32_ALWAYS : A32_NEVER;
		value++;
	}
	if (!(u32)value) {
		test_imm(e, A32_TEST_CMP, A32_COND_AL,
			 a32_hi(cx, cx->insn->a, 0), (u32)(value >> 32), 1);
		return A32_DEPENDS;
	}
	ra = a32_lo(e, cx->insn->a, 0);
	test_imm(e, A32_TEST_CMP, A32_COND_AL, ra, (u32)value, 1);
	ra = a32_hi(cx, cx->insn->a, 0);
	op2 = op2_imm(e, (u32)(value >> 32), &op, 1);
	a32_put_dps(e, op, a32_temp(e, 0), ra, op2);
	return A32_DEPENDS;
}

/* The upper halves are 0 and a constant that is not. */
static enum a32_outcome decide(const struct a32_ctx *cx)
{
	bool taken;

	switch (cx->insn->cond) {
	case IR_NE:
	case IR_LT:
	case IR_LE:
		taken = true;
		break;
	case IR_SLT:
	case IR_SLE:
		taken = cx->insn->imm > 0;
		break;
	case IR_SGT:
	case IR_SGE:
		taken = cx->insn->imm < 0;
		break;
	default:
		taken = false;
		break;
	}
	return taken ? A32_ALWAYS : A32_NEVER;
}

enum a32_outcome a32_pair_compare(const struct a32_ctx *cx, enum a32_cond *cond)
{
	const struct weir_ir_insn *insn = cx->insn;
	const bool tests = insn->cond == IR_CLEAR || insn->cond == IR_SET;
	const bool azero = a32_hi_is_zero(cx, insn->a);

	*cond = conds[insn->cond];
	if (insn->flags & IR_MASKED) {
		test_masked(cx);
	} else if (!is64(cx)) {
		test_lo(cx, tests ? A32_TEST_TST : A32_TEST_CMP, A32_COND_AL);
	} else if (tests) {
		test_bits(cx);
	} else if (azero && b_hi_is_zero(cx)) {
		*cond = conds[unsigned_cond(insn->cond)];
		test_lo(cx, A32_TEST_CMP, A32_COND_AL);
	} else if (azero && has_imm(cx)) {
		return decide(cx);
	} else if (!is_signed_cond(insn->cond)) {
		test_hi(cx, A32_TEST_CMP, A32_COND_AL);
		test_lo(cx, A32_TEST_CMP, A32_COND_EQ);
	} else if (has_imm(cx)) {
		return compare_signed_imm(cx, cond);
	} else {
		bool turned = insn->cond == IR_SLE || insn->cond == IR_SGT;

		subtract(cx, turned);
		*cond = insn->cond == IR_SLT || insn->cond == IR_SGT
				? A32_COND_LT
				: A32_COND_GE;
	}
	return A32_DEPENDS;
}
