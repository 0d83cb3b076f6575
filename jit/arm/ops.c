// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* One operation of the IR into words: constants, memory, guards, control. */
#include <linux/bitops.h>
#include <linux/bits.h>
#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include "base/helper.h"
#include "base/host.h"
#include "base/map.h"
#include "base/param.h"
#include "jit/arm/abi.h"
#include "jit/arm/atomic.h"
#include "jit/arm/branch.h"
#include "jit/arm/call.h"
#include "jit/arm/guard.h"
#include "jit/arm/imm.h"
#include "jit/arm/insn.h"
#include "jit/arm/ops.h"
#include "jit/arm/pair.h"
#include "jit/emit.h"

void a32_bug(struct weir_emit *e)
{
	weir_asmbuf_fail(&e->buf, -EFAULT);
}

static bool is64(const struct weir_ir_insn *insn)
{
	return insn->flags & IR_64;
}

/* --- Words -------------------------------------------------------------------- */

void a32_put_dp(struct weir_emit *e, enum a32_dp op, enum a32_reg rd,
		enum a32_reg rn, struct a32_op2 op2)
{
	weir_emit_word(e, a32_dp(op, A32_COND_AL, false, rd, rn, op2));
}

void a32_put_dps(struct weir_emit *e, enum a32_dp op, enum a32_reg rd,
		 enum a32_reg rn, struct a32_op2 op2)
{
	weir_emit_word(e, a32_dp(op, A32_COND_AL, true, rd, rn, op2));
}

void a32_put_mov(struct weir_emit *e, enum a32_reg rd, struct a32_op2 op2)
{
	weir_emit_word(e, a32_move(A32_MOVE_MOV, A32_COND_AL, false, rd, op2));
}

void a32_move_reg(struct weir_emit *e, enum a32_reg rd, enum a32_reg rm)
{
	if (rd != rm)
		a32_put_mov(e, rd, a32_op2_reg(rm));
}

struct a32_op2 a32_shifted(struct weir_emit *e, enum a32_reg rm,
			   enum a32_shift type, u32 amount)
{
	struct a32_op2 op2 = { 0 };

	if (!amount)
		return a32_op2_reg(rm);
	if (!a32_op2_shift_make(&op2, rm, type, amount))
		a32_bug(e);
	return op2;
}

void a32_load_imm(struct weir_emit *e, enum a32_reg rd, u32 value)
{
	struct a32_mov_plan plan;
	u32 i;

	a32_mov_plan(value, true, &plan);
	for (i = 0; i < plan.nr; i++)
		weir_emit_word(e, a32_mov_insn(&plan, i, A32_COND_AL, rd));
}

void a32_load_address(struct weir_emit *e, enum a32_reg rd,
		      enum weir_reloc_kind kind, u32 target, u32 add)
{
	struct a32_off12 none = { 0 };

	weir_asmbuf_literal(&e->buf, a32_lit(A32_COND_AL, rd, none),
			    WEIR_FIXUP_A32_LIT12, add, 4,
			    weir_emit_ref(kind, target));
}

/* The part of @value that the lowest window of an immediate covers. */
static u32 low_window(u32 value)
{
	return value & ((u32)0xff << ((u32)__ffs64(value) & ~1u));
}

/* In two steps, the larger part first. Return: can it be done? */
static bool two_steps(u32 value, struct a32_op2 *first, struct a32_op2 *second)
{
	u32 low = low_window(value);

	return a32_op2_imm_make(first, value - low) &&
	       a32_op2_imm_make(second, low);
}

static bool add_twice(struct weir_emit *e, enum a32_dp op, enum a32_reg rd,
		      enum a32_reg rn, u32 value)
{
	struct a32_op2 first, second;

	if (!two_steps(value, &first, &second))
		return false;
	a32_put_dp(e, op, rd, rn, first);
	a32_put_dp(e, op, rd, rd, second);
	return true;
}

bool a32_fits_add(u32 value)
{
	enum a32_dp op = A32_DP_ADD;
	struct a32_op2 first, second;

	return !value || a32_dp_imm(value, &op, &first) ||
	       two_steps(value, &first, &second) ||
	       two_steps(-value, &first, &second);
}

void a32_add_imm(struct weir_emit *e, enum a32_reg rd, enum a32_reg rn,
		 u32 value)
{
	enum a32_dp op = A32_DP_ADD;
	struct a32_op2 op2;

	if (!value) {
		a32_move_reg(e, rd, rn);
		return;
	}
	if (a32_dp_imm(value, &op, &op2)) {
		a32_put_dp(e, op, rd, rn, op2);
		return;
	}
	if (add_twice(e, A32_DP_ADD, rd, rn, value) ||
	    add_twice(e, A32_DP_SUB, rd, rn, -value))
		return;
	if (rd == rn || rd == A32_SP) {
		a32_bug(e);
		return;
	}
	a32_load_imm(e, rd, value);
	a32_put_dp(e, A32_DP_ADD, rd, rn, a32_op2_reg(rd));
}

void a32_access(struct weir_emit *e, enum a32_ldst op, enum a32_reg rt,
		enum a32_reg rn, s64 off)
{
	struct a32_off12 imm;

	if (!a32_off12_make(&imm, off))
		a32_bug(e);
	else
		weir_emit_word(e, a32_ldst_imm(op, A32_COND_AL, A32_MODE_OFFSET,
					       rt, rn, imm));
}

static void access_half(struct weir_emit *e, enum a32_ldsth op, enum a32_reg rt,
			enum a32_reg rn, s64 off)
{
	struct a32_off8 imm;

	if (!a32_off8_make(&imm, off))
		a32_bug(e);
	else
		weir_emit_word(e, a32_ldsth(op, A32_COND_AL, A32_MODE_OFFSET,
					    rt, rn, imm));
}

/* --- Memory ------------------------------------------------------------------- */

/* How far from its base an access reaches: see the classes in insn.h. */
static bool is_short(const struct weir_ir_insn *insn)
{
	return insn->size == 2 ||
	       (insn->size == 1 && (insn->flags & IR_SIGNED));
}

/*
 * Base and offset of an access, so that it fits the instruction. Only the low
 * half of an address counts. May use temp 0, and temp 2 if the base is there.
 */
static enum a32_reg address(struct weir_emit *e,
			    const struct weir_ir_insn *insn, s64 *off)
{
	const s64 limit = is_short(insn) ? 255 : insn->size == 8 ? 4091 : 4095;
	const u32 mask = is_short(insn) ? 0xff : 0xfff;
	enum a32_reg base, temp;
	s64 high;

	*off = insn->off;
	if (insn->a == IR_R10) {
		*off += a32_frame_top(e);
		base = A32_SP;
	} else {
		base = a32_lo(e, insn->a, 0);
	}
	if (*off >= -limit && *off <= limit)
		return base;
	temp = a32_temp(e, 0);
	high = *off & ~(s64)mask;
	if ((*off & mask) > limit)
		high += 8;
	*off -= high;
	if (base == temp && !a32_fits_add((u32)high)) {
		a32_load_imm(e, a32_temp(e, 2), (u32)high);
		a32_put_dp(e, A32_DP_ADD, temp, base,
			   a32_op2_reg(a32_temp(e, 2)));
	} else {
		a32_add_imm(e, temp, base, (u32)high);
	}
	return temp;
}

/* A doubleword on the stack or in the run lies 8-aligned. */
static bool is_aligned(const struct weir_ir_insn *insn, s64 off)
{
	return (insn->a == IR_R10 || insn->a == IR_RUN) && !(off & 7);
}

static bool access_double(struct weir_emit *e, enum a32_ldstd op,
			  const struct weir_ir_insn *insn, enum a32_reg lo,
			  enum a32_reg hi, enum a32_reg base, s64 off)
{
	struct a32_off8 imm;

	if ((lo & 1) || hi != lo + 1 || lo >= A32_R12 ||
	    !is_aligned(insn, off) || !a32_off8_make(&imm, off))
		return false;
	weir_emit_word(e, a32_ldstd(op, A32_COND_AL, A32_MODE_OFFSET,
				    (enum a32_even)lo, base, imm));
	return true;
}

static void put_unary(struct weir_emit *e, enum a32_unary op, enum a32_reg rd,
		      enum a32_reg rm)
{
	weir_emit_word(e, a32_unary(op, A32_COND_AL, rd, rm));
}

static void load_half(const struct a32_ctx *cx, bool hi, enum a32_reg base,
		      s64 off)
{
	const struct weir_ir_insn *insn = cx->insn;
	const bool swapped = insn->flags & IR_SWAPPED;
	struct weir_emit *e = cx->e;
	enum a32_reg rd = hi ? a32_hi_dst(e, insn->dst, 1)
			     : a32_lo_dst(e, insn->dst, 1);

	a32_access(e, A32_LDST_LDR, rd, base, off + (hi != swapped ? 4 : 0));
	if (swapped)
		put_unary(e, A32_UNARY_REV, rd, rd);
	if (hi)
		a32_set_hi(e, insn->dst, rd);
	else
		a32_set_lo(e, insn->dst, rd);
}

static void load64(const struct a32_ctx *cx)
{
	const struct weir_ir_insn *insn = cx->insn;
	const struct a32_plan *plan = a32_plan_of(cx->e);
	const bool both = cx->wants_hi && !cx->half->makes_zero;
	enum a32_reg base;
	s64 off;

	base = address(cx->e, insn, &off);
	if (both && !(insn->flags & IR_SWAPPED) &&
	    access_double(cx->e, A32_LDSTD_LDRD, insn, plan->lo[insn->dst],
			  plan->hi[insn->dst], base, off))
		return;
	/* The base may be where the low half goes. */
	if (both)
		load_half(cx, true, base, off);
	load_half(cx, false, base, off);
	if (!both)
		a32_clear_hi(cx);
}

static void load_narrow(const struct a32_ctx *cx, enum a32_reg rd)
{
	const struct weir_ir_insn *insn = cx->insn;
	const bool is_signed = insn->flags & IR_SIGNED;
	struct weir_emit *e = cx->e;
	enum a32_reg base;
	s64 off;

	base = address(e, insn, &off);
	if (insn->size == 4)
		a32_access(e, A32_LDST_LDR, rd, base, off);
	else if (insn->size == 2)
		access_half(e, is_signed ? A32_LDSTH_LDRSH : A32_LDSTH_LDRH, rd,
			    base, off);
	else if (is_signed)
		access_half(e, A32_LDSTH_LDRSB, rd, base, off);
	else
		a32_access(e, A32_LDST_LDRB, rd, base, off);
}

static void op_load(const struct a32_ctx *cx)
{
	const struct weir_ir_insn *insn = cx->insn;
	struct weir_emit *e = cx->e;
	enum a32_reg rd, lo;

	if (insn->size == 8) {
		load64(cx);
		return;
	}
	rd = a32_lo_dst(e, insn->dst, 1);
	load_narrow(cx, rd);
	if (insn->flags & IR_SWAPPED)
		put_unary(e, insn->size == 4 ? A32_UNARY_REV : A32_UNARY_REV16,
			  rd, rd);
	a32_set_lo(e, insn->dst, rd);
	if (!(insn->flags & IR_SIGNED) || !is64(insn) || !cx->wants_hi) {
		a32_clear_hi(cx);
		return;
	}
	lo = rd;
	rd = a32_hi_dst(e, insn->dst, 0);
	a32_put_mov(e, rd, a32_shifted(e, lo, A32_SHIFT_ASR, 31));
	a32_set_hi(e, insn->dst, rd);
}

/* A half of what is stored. May use a temp that @base is not. */
static enum a32_reg value_half(const struct a32_ctx *cx, bool hi,
			       enum a32_reg base)
{
	const struct weir_ir_insn *insn = cx->insn;
	const u64 value = (u64)insn->imm;
	struct weir_emit *e = cx->e;
	const u32 temp = e->frame.nr_temps && base == a32_temp(e, 0);
	u32 half = (u32)(hi ? value >> 32 : value);

	if (!(insn->flags & IR_IMM))
		return hi ? a32_hi(cx, insn->b, temp)
			  : a32_lo(e, insn->b, temp);
	if (insn->size < 4)
		half &= (1u << (8 * insn->size)) - 1;
	a32_load_imm(e, a32_temp(e, temp), half);
	return a32_temp(e, temp);
}

static void store64(const struct a32_ctx *cx)
{
	const struct weir_ir_insn *insn = cx->insn;
	const struct a32_plan *plan = a32_plan_of(cx->e);
	struct weir_emit *e = cx->e;
	enum a32_reg base;
	s64 off;

	base = address(e, insn, &off);
	/* Of an address in the run, guards read the low half. */
	if (insn->flags & IR_ADDRESS) {
		a32_access(e, A32_LDST_STR, value_half(cx, false, base), base,
			   off);
		return;
	}
	if (!(insn->flags & IR_IMM) && !a32_hi_is_zero(cx, insn->b) &&
	    access_double(e, A32_LDSTD_STRD, insn, plan->lo[insn->b],
			  plan->hi[insn->b], base, off))
		return;
	a32_access(e, A32_LDST_STR, value_half(cx, false, base), base, off);
	a32_access(e, A32_LDST_STR, value_half(cx, true, base), base, off + 4);
}

static void op_store(const struct a32_ctx *cx)
{
	const struct weir_ir_insn *insn = cx->insn;
	struct weir_emit *e = cx->e;
	enum a32_reg base;
	s64 off;

	if (insn->size == 8) {
		store64(cx);
		return;
	}
	base = address(e, insn, &off);
	if (insn->size == 4)
		a32_access(e, A32_LDST_STR, value_half(cx, false, base), base,
			   off);
	else if (insn->size == 2)
		access_half(e, A32_LDSTH_STRH, value_half(cx, false, base),
			    base, off);
	else
		a32_access(e, A32_LDST_STRB, value_half(cx, false, base), base,
			   off);
}

/* --- Division ----------------------------------------------------------------- */

static bool is_division(const struct weir_ir_insn *insn)
{
	return insn->op == IR_DIV || insn->op == IR_MOD ||
	       insn->op == IR_SDIV || insn->op == IR_SMOD;
}

/* Are both operands 32 bits wide and not negative? */
static bool divides_low(const struct weir_ir_insn *insn,
			const struct weir_half *half)
{
	if (insn->a < IR_R10 && !(half->zero & IR_BIT(insn->a)))
		return false;
	if (insn->flags & IR_IMM)
		return !((u64)insn->imm >> 32);
	return insn->b >= IR_R10 || (half->zero & IR_BIT(insn->b));
}

bool a32_calls_helper(const struct weir_emit *e, u32 i)
{
	const struct weir_ir_insn *insn = &e->ir->insn[i];

	if (!is_division(insn))
		return false;
	return !(e->features & WEIR_CPU_IDIV) ||
	       (is64(insn) && !divides_low(insn, &a32_plan_of(e)->half[i]));
}

static u32 division_helper(const struct weir_ir_insn *insn, bool wide)
{
	switch (insn->op) {
	case IR_DIV:
		return wide ? WEIR_HELPER_div64 : WEIR_HELPER_div32;
	case IR_MOD:
		return wide ? WEIR_HELPER_mod64 : WEIR_HELPER_mod32;
	case IR_SDIV:
		return wide ? WEIR_HELPER_sdiv64 : WEIR_HELPER_sdiv32;
	default:
		return wide ? WEIR_HELPER_smod64 : WEIR_HELPER_smod32;
	}
}

/* Where a register is in what was pushed: the lowest is at sp. */
static u32 pushed_off(u32 pushed, u32 reg)
{
	return 4 * hweight32(pushed & (BIT(reg) - 1));
}

/* A result of a call goes to its place, which may have been pushed. */
static void put_result(struct weir_emit *e, u32 pushed, u32 place,
		       enum a32_reg from)
{
	u32 off;

	if (a32_is_slot(place)) {
		enum a32_reg base = a32_slot_base(e, place, &off);

		a32_access(e, A32_LDST_STR, from, base, off);
	} else if (pushed & BIT(place)) {
		a32_access(e, A32_LDST_STR, from, A32_SP,
			   pushed_off(pushed, place));
	} else {
		a32_move_reg(e, place, from);
	}
}

/* The second argument, on the stack. */
static void push_divisor(const struct a32_ctx *cx, bool wide)
{
	const struct weir_ir_insn *insn = cx->insn;
	const bool imm = insn->flags & IR_IMM;
	struct weir_emit *e = cx->e;
	enum a32_reg rt;

	if (imm)
		a32_load_imm(e, a32_temp(e, 0), (u32)insn->imm);
	rt = imm ? a32_temp(e, 0) : a32_lo(e, insn->b, 0);
	a32_access(e, A32_LDST_STR, rt, A32_SP, 0);
	if (!wide)
		return;
	if (imm)
		a32_load_imm(e, a32_temp(e, 0), (u32)((u64)insn->imm >> 32));
	rt = imm ? a32_temp(e, 0) : a32_hi(cx, insn->b, 0);
	a32_access(e, A32_LDST_STR, rt, A32_SP, 4);
}

/* The first one, in r2 and r3. */
static void move_dividend(const struct a32_ctx *cx, bool wide)
{
	const struct weir_ir_insn *insn = cx->insn;
	const struct a32_plan *plan = a32_plan_of(cx->e);
	const bool zero = a32_hi_is_zero(cx, insn->a);
	struct a32_pmove moves[2] = { { .to = A32_R2 }, { .to = A32_R3 } };

	if (insn->a == IR_R10) {
		a32_add_imm(cx->e, A32_R2, A32_SP, a32_frame_top(cx->e));
		a32_load_imm(cx->e, A32_R3, 0);
		return;
	}
	moves[0].from = plan->lo[insn->a];
	moves[1].from = zero ? A32_NOWHERE : plan->hi[insn->a];
	a32_moves(cx->e, moves, wide ? 2 : 1);
}

/*
 * By a helper, which knows BPF's rules. It sees neither the run nor the
 * program's registers, so what it may clobber is pushed. It does not look at
 * upper halves of 32-bit operands.
 */
static void divide_by_helper(const struct a32_ctx *cx)
{
	const u32 clobbered = GENMASK(3, 0) | BIT(A32_IP);
	const struct weir_ir_insn *insn = cx->insn;
	const struct a32_plan *plan = a32_plan_of(cx->e);
	const bool wide = is64(insn);
	struct weir_emit *e = cx->e;
	u32 pushed = plan->homes & clobbered;
	u32 bytes;

	if (hweight32(pushed) & 1)
		pushed |= pushed & BIT(A32_R0) ? BIT(A32_LR) : BIT(A32_R0);
	bytes = 4 * hweight32(pushed);
	if (pushed)
		a32_put_push(e, pushed);
	a32_add_imm(e, A32_SP, A32_SP, -8u);
	a32_move_sp(e, (s32)bytes + 8);
	push_divisor(cx, wide);
	move_dividend(cx, wide);
	a32_put_call(e, division_helper(insn, wide));
	a32_add_imm(e, A32_SP, A32_SP, 8);
	a32_move_sp(e, -8);
	put_result(e, pushed, plan->lo[insn->dst], A32_R0);
	if (cx->wants_hi)
		put_result(e, pushed, plan->hi[insn->dst], A32_R1);
	if (pushed)
		a32_put_pop(e, pushed);
	a32_move_sp(e, -(s32)bytes);
}

/*
 * UDIV and SDIV give 0 for a divisor of 0, and INT_MIN for INT_MIN / -1, as
 * BPF does; then the remainder a - 0 * b is the dividend, and 0.
 */
static void op_div(const struct a32_ctx *cx, u32 i)
{
	const struct weir_ir_insn *insn = cx->insn;
	const bool mod = insn->op == IR_MOD || insn->op == IR_SMOD;
	const bool is_signed = !is64(insn) &&
			       (insn->op == IR_SDIV || insn->op == IR_SMOD);
	const enum a32_div div = is_signed ? A32_DIV_SDIV : A32_DIV_UDIV;
	struct weir_emit *e = cx->e;
	enum a32_reg rd, ra, rb;

	if (a32_calls_helper(e, i)) {
		divide_by_helper(cx);
		return;
	}
	if (insn->flags & IR_IMM)
		a32_load_imm(e, a32_temp(e, 1), (u32)insn->imm);
	ra = a32_lo(e, insn->a, 0);
	rb = insn->flags & IR_IMM ? a32_temp(e, 1) : a32_lo(e, insn->b, 1);
	rd = a32_lo_dst(e, insn->dst, 2);
	if (!mod) {
		weir_emit_word(e, a32_div(div, A32_COND_AL, rd, ra, rb));
	} else {
		enum a32_reg q = a32_temp(e, 2);

		weir_emit_word(e, a32_div(div, A32_COND_AL, q, ra, rb));
		weir_emit_word(e, a32_mla(A32_MLA_MLS, A32_COND_AL, rd, q, rb,
					  ra));
	}
	a32_set_lo(e, insn->dst, rd);
	a32_clear_hi(cx);
}

static bool is_next_block(const struct weir_emit *e, u32 i, u32 block)
{
	return e->ir->block[block].first == i + 1;
}

/* --- Operations -------------------------------------------------------------------- */

static void op_address(const struct a32_ctx *cx)
{
	const struct weir_ir_insn *insn = cx->insn;
	const enum a32_reg rd = a32_lo_dst(cx->e, insn->dst, 0);

	a32_load_address(cx->e, rd, insn->size, insn->target, (u32)insn->imm);
	a32_set_lo(cx->e, insn->dst, rd);
	a32_clear_hi(cx);
}

/*
 * A live parameter whose upper half counts. Two loads could see half of a
 * change, and LDRD may be two where the CPU has no LPAE; LDREXD is one on all
 * (ARMv7-A, single-copy atomicity). It takes an address, so the number lies in
 * the block, whose place the pool has.
 */
static void op_wide_param(const struct a32_ctx *cx)
{
	const struct weir_ir_insn *insn = cx->insn;
	const struct weir_map *block = cx->e->ir->maps[cx->e->ir->params];
	const u32 off = block->params->def[insn->target].off;
	const enum a32_reg at = a32_temp(cx->e, 0);
	const enum a32_even lo = (enum a32_even)a32_temp(cx->e, 2);

	a32_load_address(cx->e, at, WEIR_RELOC_VALUES, cx->e->ir->params, off);
	weir_emit_word(cx->e, a32_ldrexd(A32_COND_AL, lo, at));
	a32_set_lo(cx->e, insn->dst, (enum a32_reg)lo);
	a32_set_hi(cx->e, insn->dst, (enum a32_reg)(lo + 1));
}

/* Its place in the pool, or the low half of it. */
static void op_param(const struct a32_ctx *cx)
{
	const struct weir_ir_insn *insn = cx->insn;
	enum a32_reg rd;

	if (cx->wants_hi && (u64)insn->imm > U32_MAX) {
		op_wide_param(cx);
		return;
	}
	rd = a32_lo_dst(cx->e, insn->dst, 0);
	a32_load_address(cx->e, rd, WEIR_RELOC_PARAM, insn->target, 0);
	a32_set_lo(cx->e, insn->dst, rd);
	a32_clear_hi(cx);
}

static void op_value(const struct a32_ctx *cx, u32 i)
{
	if (a32_is_shifted64(cx->insn)) {
		a32_pair_shifted(cx);
		return;
	}
	switch (cx->insn->op) {
	case IR_ADDR:
		op_address(cx);
		break;
	case IR_PARAM:
		op_param(cx);
		break;
	case IR_MOV:
		a32_pair_mov(cx);
		break;
	case IR_MOVI:
		a32_pair_movi(cx);
		break;
	case IR_ADD:
	case IR_SUB:
		a32_pair_addsub(cx);
		break;
	case IR_MUL:
		a32_pair_mul(cx);
		break;
	case IR_DIV:
	case IR_MOD:
	case IR_SDIV:
	case IR_SMOD:
		op_div(cx, i);
		break;
	case IR_AND:
	case IR_OR:
	case IR_XOR:
		a32_pair_logic(cx);
		break;
	case IR_LSH:
	case IR_RSH:
	case IR_ARSH:
		a32_pair_shift(cx);
		break;
	case IR_ROR:
		a32_pair_rotate(cx);
		break;
	case IR_NEG:
		a32_pair_neg(cx);
		break;
	case IR_SWAP:
		a32_pair_swap(cx);
		break;
	case IR_ZX:
	case IR_SX:
		a32_pair_extend(cx);
		break;
	case IR_UBFX:
	case IR_UBFIZ:
		a32_pair_field(cx);
		break;
	default:
		op_load(cx);
		break;
	}
}

static void op_control(const struct a32_ctx *cx, u32 i)
{
	struct weir_emit *e = cx->e;

	switch (cx->insn->op) {
	case IR_JMP:
		if (!is_next_block(e, i, cx->insn->target))
			a32_jump(e, A32_COND_AL,
				 weir_emit_block(e, cx->insn->target));
		break;
	case IR_CALL:
		a32_call(cx);
		break;
	case IR_CALLSUB:
		a32_callsub(cx);
		break;
	case IR_QUIT:
		a32_quit(e);
		break;
	case IR_CALLBACK:
		a32_callback(cx);
		break;
	case IR_TAIL:
		a32_tail(e);
		break;
	case IR_ENTER:
		a32_enter_subprog(e);
		break;
	case IR_EXIT:
		a32_exit(e, i);
		break;
	default:
		a32_leave_subprog(e);
		break;
	}
}

u32 a32_op(struct weir_emit *e, u32 i)
{
	const struct weir_ir_insn *insn = &e->ir->insn[i];
	struct a32_ctx cx = { .e = e, .insn = insn };

	if (e->buf.err)
		return 1;
	cx.half = &a32_plan_of(e)->half[i];
	if (insn->dst < IR_R10)
		cx.wants_hi = cx.half->need & IR_BIT(insn->dst);

	if (insn->op == IR_BR)
		return a32_branch_if(&cx, i);
	if (weir_ir_is_guard(insn))
		a32_guard(&cx);
	else if (insn->op == IR_NOP)
		return 1;
	else if (insn->op == IR_ST)
		op_store(&cx);
	else if (insn->op == IR_ATOMIC)
		a32_atomic(&cx);
	else if (insn->op < IR_ST)
		op_value(&cx, i);
	else
		op_control(&cx, i);
	return 1;
}
