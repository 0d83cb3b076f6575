// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* One operation of the IR into words: moves, arithmetic, memory, control. */
#include <linux/bitops.h>
#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include "base/host.h"
#include "base/insn.h"
#include "jit/arm64/abi.h"
#include "jit/arm64/atomic.h"
#include "jit/arm64/branch.h"
#include "jit/arm64/call.h"
#include "jit/arm64/guard.h"
#include "jit/arm64/imm.h"
#include "jit/arm64/insn.h"
#include "jit/arm64/ops.h"
#include "jit/emit.h"

/* Cannot happen: say so through the buffer, emit nothing. */
void a64_bug(struct weir_emit *e)
{
	weir_asmbuf_fail(&e->buf, -EFAULT);
}

static bool is64(const struct weir_ir_insn *insn)
{
	return insn->flags & IR_64;
}

/* --- Operands --------------------------------------------------------------- */

void a64_load_imm(struct weir_emit *e, enum a64_reg rd, u64 value)
{
	struct a64_imm19 none = { 0 };
	struct a64_mov_plan plan;
	u32 i;

	a64_mov_plan(value, true, &plan);
	if (plan.nr > 2) {
		weir_asmbuf_literal(&e->buf, a64_lit(A64_LIT_LDR_X, rd, none),
				    WEIR_FIXUP_A64_IMM19, value, 8, 0);
		return;
	}
	for (i = 0; i < plan.nr; i++)
		weir_emit_word(e, a64_mov_insn(&plan, i, rd));
}

/* An address of this host plus @add: publication puts it into the pool. */
void a64_load_address(struct weir_emit *e, enum a64_reg rd,
		      enum weir_reloc_kind kind, u32 target, u64 add)
{
	struct a64_imm19 none = { 0 };

	weir_asmbuf_literal(&e->buf, a64_lit(A64_LIT_LDR_X, rd, none),
			    WEIR_FIXUP_A64_IMM19, add, 8,
			    weir_emit_ref(kind, target));
}

/* A live parameter: its place in the pool, 4 or 8 bytes, aligned. */
static void op_param(struct weir_emit *e, const struct weir_ir_insn *insn)
{
	const bool wide = insn->size == 8;
	struct a64_imm19 none = { 0 };

	weir_asmbuf_literal(&e->buf,
			    a64_lit(wide ? A64_LIT_LDR_X : A64_LIT_LDR_W,
				    a64_get_dst(e, insn), none),
			    WEIR_FIXUP_A64_IMM19, 0, wide ? 8 : 4,
			    weir_emit_ref(WEIR_RELOC_PARAM, insn->target));
}

void a64_add_imm(struct weir_emit *e, bool wide, enum a64_reg rd,
		 enum a64_reg rn, u64 value)
{
	enum a64_addsub_imm op = A64_ADDSUB_IMM_ADD;
	struct a64_uimm12 imm;

	if (!wide)
		value = (u32)value;
	if (a64_addsub(value, wide, &op, &imm)) {
		weir_emit_word(e, a64_addsub_imm(op, wide, rd, rn, imm));
		return;
	}
	a64_load_imm(e, A64_SCRATCH, value);
	weir_emit_word(e, a64_addsub_reg(A64_ADDSUB_SHIFT_ADD, wide, rd, rn,
					 A64_SCRATCH));
}

/* The machine register of an IR register; R10 is computed into @scratch. */
enum a64_reg a64_get(struct weir_emit *e, u8 reg, enum a64_reg scratch)
{
	if (reg == IR_R10) {
		a64_add_imm(e, true, scratch, A64_SP, e->frame.bytes);
		return scratch;
	}
	if (reg >= IR_NR_REGS || e->frame.reg[reg] == WEIR_NO_MREG) {
		a64_bug(e);
		return scratch;
	}
	return e->frame.reg[reg];
}

enum a64_reg a64_get_a(struct weir_emit *e, const struct weir_ir_insn *insn)
{
	return a64_get(e, insn->a, A64_SCRATCH);
}

/* The second operand in a register, x17 if it is a constant. */
enum a64_reg a64_get_b(struct weir_emit *e, const struct weir_ir_insn *insn)
{
	if (!(insn->flags & IR_IMM))
		return a64_get(e, insn->b, A64_SCRATCH2);
	if (!insn->imm)
		return A64_XZR;
	a64_load_imm(e, A64_SCRATCH2,
		     is64(insn) ? (u64)insn->imm : (u32)insn->imm);
	return A64_SCRATCH2;
}

enum a64_reg a64_get_dst(struct weir_emit *e, const struct weir_ir_insn *insn)
{
	if (insn->dst >= IR_NR_REGS ||
	    e->frame.reg[insn->dst] == WEIR_NO_MREG) {
		a64_bug(e);
		return A64_XZR;
	}
	return e->frame.reg[insn->dst];
}

/* --- Arithmetic ------------------------------------------------------------- */

static void op_mov(struct weir_emit *e, const struct weir_ir_insn *insn)
{
	enum a64_reg rd = a64_get_dst(e, insn);

	if (insn->a == IR_R10)
		a64_add_imm(e, true, rd, A64_SP, e->frame.bytes);
	else if (rd != a64_get_a(e, insn) || !is64(insn))
		weir_emit_word(e,
			       a64_mov_reg(is64(insn), rd, a64_get_a(e, insn)));
	if (insn->a == IR_R10 && !is64(insn))
		weir_emit_word(e, a64_mov_reg(false, rd, rd));
}

bool a64_shifts(const struct weir_ir_insn *insn)
{
	const bool sum = insn->op == IR_ADD || insn->op == IR_SUB;

	return !(insn->flags & IR_UXT_B) &&
	       !(sum && insn->cond == IR_SHIFT_ROR);
}

/* A sum or a logic operation with its second operand shifted. */
static void op_shifted(struct weir_emit *e, const struct weir_ir_insn *insn)
{
	static const u32 sums[IR_NR_OPS] = {
		[IR_ADD] = A64_ADDSUB_SHIFT_ADD,
		[IR_SUB] = A64_ADDSUB_SHIFT_SUB,
	};
	static const u32 logic[IR_NR_OPS] = {
		[IR_AND] = A64_LOGIC_SHIFT_AND,
		[IR_OR] = A64_LOGIC_SHIFT_ORR,
		[IR_XOR] = A64_LOGIC_SHIFT_EOR,
	};
	static const u8 sums_by[IR_NR_SHIFTS] = {
		[IR_SHIFT_LSL] = A64_ADDSUB_BY_LSL,
		[IR_SHIFT_LSR] = A64_ADDSUB_BY_LSR,
		[IR_SHIFT_ASR] = A64_ADDSUB_BY_ASR,
	};
	static const u8 logic_by[IR_NR_SHIFTS] = {
		[IR_SHIFT_LSL] = A64_LOGIC_BY_LSL,
		[IR_SHIFT_LSR] = A64_LOGIC_BY_LSR,
		[IR_SHIFT_ASR] = A64_LOGIC_BY_ASR,
		[IR_SHIFT_ROR] = A64_LOGIC_BY_ROR,
	};
	const enum a64_reg rd = a64_get_dst(e, insn);
	const enum a64_reg ra = a64_get_a(e, insn);
	const enum a64_reg rb = a64_get_b(e, insn);
	struct a64_shamt by;

	if (!a64_shamt_make(&by, is64(insn), insn->size))
		a64_bug(e);
	else if (insn->op == IR_ADD || insn->op == IR_SUB)
		weir_emit_word(e, a64_addsub_shift(sums[insn->op], rd, ra, rb,
						   sums_by[insn->cond], by));
	else
		weir_emit_word(e, a64_logic_shift(logic[insn->op], rd, ra, rb,
						  logic_by[insn->cond], by));
}

static void op_add(struct weir_emit *e, const struct weir_ir_insn *insn)
{
	enum a64_reg rd = a64_get_dst(e, insn);
	struct a64_extsh none = { 0 };
	enum a64_reg ra;

	if ((insn->flags & IR_IMM) && insn->a == IR_R10 && is64(insn)) {
		a64_add_imm(e, true, rd, A64_SP,
			    e->frame.bytes + (u64)insn->imm);
		return;
	}
	if (insn->flags & IR_IMM) {
		ra = a64_get(e, insn->a, A64_SCRATCH2);
		a64_add_imm(e, is64(insn), rd, ra, (u64)insn->imm);
		return;
	}
	ra = a64_get_a(e, insn);
	if (insn->flags & IR_UXT_B)
		weir_emit_word(e, a64_addsub_ext(A64_ADDSUB_EXT_ADD, true, rd,
						 ra, a64_get_b(e, insn),
						 A64_EXT_UXTW, none));
	else
		weir_emit_word(e,
			       a64_addsub_reg(A64_ADDSUB_SHIFT_ADD, is64(insn),
					      rd, ra, a64_get_b(e, insn)));
}

static void op_sub(struct weir_emit *e, const struct weir_ir_insn *insn)
{
	enum a64_reg ra = a64_get_a(e, insn);

	weir_emit_word(e, a64_addsub_reg(A64_ADDSUB_SHIFT_SUB, is64(insn),
					 a64_get_dst(e, insn), ra,
					 a64_get_b(e, insn)));
}

/*
 * A bitmask immediate for @value. For an AND a positive 64-bit one may as well
 * be done in 32 bits.
 */
static bool logic_imm(const struct weir_ir_insn *insn, struct a64_logimm *imm)
{
	u64 value = (u64)insn->imm;

	if (!is64(insn))
		return a64_logical_imm((u32)value, false, imm);
	if (a64_logical_imm(value, true, imm))
		return true;
	return insn->op == IR_AND && value <= U32_MAX &&
	       a64_logical_imm(value, false, imm);
}

static void op_logic(struct weir_emit *e, const struct weir_ir_insn *insn)
{
	static const struct {
		enum a64_logic_imm imm;
		enum a64_logic_shift reg;
	} words[IR_NR_OPS] = {
		[IR_AND] = { A64_LOGIC_IMM_AND, A64_LOGIC_SHIFT_AND },
		[IR_OR] = { A64_LOGIC_IMM_ORR, A64_LOGIC_SHIFT_ORR },
		[IR_XOR] = { A64_LOGIC_IMM_EOR, A64_LOGIC_SHIFT_EOR },
	};
	const u64 ones = is64(insn) ? U64_MAX : U32_MAX;
	enum a64_reg rd = a64_get_dst(e, insn);
	enum a64_reg ra = a64_get_a(e, insn);
	struct a64_logimm imm;

	if ((insn->flags & IR_IMM) && logic_imm(insn, &imm))
		weir_emit_word(e,
			       a64_logic_imm(words[insn->op].imm, rd, ra, imm));
	else if ((insn->flags & IR_IMM) && insn->op == IR_XOR &&
		 (u64)insn->imm == ones)
		weir_emit_word(e, a64_logic_reg(A64_LOGIC_SHIFT_ORN, is64(insn),
						rd, A64_XZR, ra));
	else
		weir_emit_word(e, a64_logic_reg(words[insn->op].reg, is64(insn),
						rd, ra, a64_get_b(e, insn)));
}

static void op_shift(struct weir_emit *e, const struct weir_ir_insn *insn)
{
	static const enum a64_dp2 by_reg[IR_NR_OPS] = {
		[IR_LSH] = A64_DP2_LSLV,
		[IR_RSH] = A64_DP2_LSRV,
		[IR_ARSH] = A64_DP2_ASRV,
	};
	enum a64_reg rd = a64_get_dst(e, insn);
	enum a64_reg ra = a64_get_a(e, insn);
	struct a64_shamt by;

	if (!(insn->flags & IR_IMM)) {
		weir_emit_word(e, a64_dp2(by_reg[insn->op], is64(insn), rd, ra,
					  a64_get_b(e, insn)));
		return;
	}
	if (!a64_shamt_make(&by, is64(insn), (u64)insn->imm))
		a64_bug(e);
	else if (insn->op == IR_LSH)
		weir_emit_word(e, a64_lsl_imm(rd, ra, by));
	else if (insn->op == IR_RSH)
		weir_emit_word(e, a64_lsr_imm(rd, ra, by));
	else
		weir_emit_word(e, a64_asr_imm(rd, ra, by));
}

static void op_rotate(struct weir_emit *e, const struct weir_ir_insn *insn)
{
	struct a64_shamt by;

	if (!a64_shamt_make(&by, is64(insn), (u64)insn->imm))
		a64_bug(e);
	else
		weir_emit_word(e, a64_ror_imm(a64_get_dst(e, insn),
					      a64_get_a(e, insn), by));
}

static void op_mul(struct weir_emit *e, const struct weir_ir_insn *insn)
{
	enum a64_reg ra = a64_get_a(e, insn);

	weir_emit_word(e, a64_mul(is64(insn), a64_get_dst(e, insn), ra,
				  a64_get_b(e, insn)));
}

/*
 * UDIV and SDIV give 0 for a divisor of 0, and INT_MIN for INT_MIN / -1, as
 * BPF does; then the remainder a - 0 * b is the dividend, and 0.
 */
static void op_div(struct weir_emit *e, const struct weir_ir_insn *insn)
{
	const bool wide = is64(insn);
	const bool mod = insn->op == IR_MOD || insn->op == IR_SMOD;
	const bool is_signed = insn->op == IR_SDIV || insn->op == IR_SMOD;
	enum a64_dp2 div = is_signed ? A64_DP2_SDIV : A64_DP2_UDIV;
	enum a64_reg rd = a64_get_dst(e, insn);
	enum a64_reg ra, rb;

	/* R10 as an operand would need a third scratch register. */
	if (insn->a == IR_R10) {
		a64_bug(e);
		return;
	}
	ra = a64_get_a(e, insn);
	rb = a64_get_b(e, insn);
	if (!mod) {
		weir_emit_word(e, a64_dp2(div, wide, rd, ra, rb));
		return;
	}
	weir_emit_word(e, a64_dp2(div, wide, A64_SCRATCH, ra, rb));
	weir_emit_word(e, a64_dp3(wide ? A64_DP3_MSUB_X : A64_DP3_MSUB_W, rd,
				  A64_SCRATCH, rb, ra));
}

static void swap_bytes(struct weir_emit *e, enum a64_reg rd, enum a64_reg rn,
		       u32 size)
{
	if (size == 8)
		weir_emit_word(e, a64_dp1(A64_DP1_REV_X, rd, rn));
	else if (size == 4)
		weir_emit_word(e, a64_dp1(A64_DP1_REV_W, rd, rn));
	else
		weir_emit_word(e, a64_dp1(A64_DP1_REV16_W, rd, rn));
}

static void op_extend(struct weir_emit *e, const struct weir_ir_insn *insn)
{
	enum a64_reg rd = a64_get_dst(e, insn);
	enum a64_reg ra = a64_get_a(e, insn);

	if (insn->op == IR_SX && insn->size == 4)
		weir_emit_word(e, is64(insn) ? a64_sxtw(rd, ra)
					     : a64_mov_reg(false, rd, ra));
	else if (insn->op == IR_SX)
		weir_emit_word(e, insn->size == 1
					  ? a64_sxtb(is64(insn), rd, ra)
					  : a64_sxth(is64(insn), rd, ra));
	else if (insn->size == 4)
		weir_emit_word(e, a64_mov_reg(false, rd, ra));
	else
		weir_emit_word(e, insn->size == 1 ? a64_uxtb(rd, ra)
						  : a64_uxth(rd, ra));
}

static void op_swap(struct weir_emit *e, const struct weir_ir_insn *insn)
{
	enum a64_reg rd = a64_get_dst(e, insn);

	swap_bytes(e, rd, a64_get_a(e, insn), insn->size);
	if (insn->size == 2)
		weir_emit_word(e, a64_uxth(rd, rd));
}

static void op_field(struct weir_emit *e, const struct weir_ir_insn *insn)
{
	enum a64_reg rd = a64_get_dst(e, insn);
	enum a64_reg ra = a64_get_a(e, insn);
	struct a64_bits range;

	if (!a64_bits_make(&range, is64(insn), weir_ir_field_lsb(insn->imm),
			   weir_ir_field_width(insn->imm)))
		a64_bug(e);
	else if (insn->op == IR_UBFX)
		weir_emit_word(e, a64_ubfx(rd, ra, range));
	else
		weir_emit_word(e, a64_ubfiz(rd, ra, range));
}

/* --- Memory ------------------------------------------------------------------ */

/* Base and offset of an access; the program's stack lies above sp. */
static enum a64_reg address(struct weir_emit *e,
			    const struct weir_ir_insn *insn, s64 *off)
{
	*off = insn->off;
	if (insn->a != IR_R10)
		return a64_get(e, insn->a, A64_SCRATCH);
	*off += e->frame.bytes;
	return A64_SP;
}

/* A load or store in the shortest form. May use x16. */
void a64_access(struct weir_emit *e, enum a64_ldst op, enum a64_reg rt,
		enum a64_reg rn, s64 off)
{
	struct a64_ldst_uoff scaled;
	struct a64_simm9 unscaled;
	struct a64_uimm12 high;

	if (a64_ldst_uoff_make(&scaled, op, off)) {
		weir_emit_word(e, a64_ldst_uimm(scaled, rt, rn));
	} else if (a64_simm9_make(&unscaled, off)) {
		weir_emit_word(e, a64_ldst_unscaled(op, rt, rn, unscaled));
	} else if (off > 0 && a64_ldst_uoff_make(&scaled, op, off & 0xfff) &&
		   a64_uimm12_make(&high, (u64)off & ~0xfffULL)) {
		weir_emit_word(e, a64_addsub_imm(A64_ADDSUB_IMM_ADD, true,
						 A64_SCRATCH, rn, high));
		weir_emit_word(e, a64_ldst_uimm(scaled, rt, A64_SCRATCH));
	} else if (rn == A64_SP) {
		/* Misaligned, far up the frame: frames are small. */
		a64_add_imm(e, true, A64_SCRATCH, A64_SP, (u64)off);
		a64_access(e, op, rt, A64_SCRATCH, 0);
	} else {
		a64_load_imm(e, A64_SCRATCH, (u64)off);
		weir_emit_word(e, a64_ldst_reg(op, rt, rn, A64_SCRATCH,
					       A64_INDEX_LSL, false));
	}
}

static enum a64_ldst load_op(const struct weir_ir_insn *insn)
{
	const bool is_signed = insn->flags & IR_SIGNED;

	switch (insn->size) {
	case 1:
		if (is_signed)
			return is64(insn) ? A64_LDST_LDRSB_X : A64_LDST_LDRSB_W;
		return A64_LDST_LDRB;
	case 2:
		if (is_signed)
			return is64(insn) ? A64_LDST_LDRSH_X : A64_LDST_LDRSH_W;
		return A64_LDST_LDRH;
	case 4:
		return is_signed && is64(insn) ? A64_LDST_LDRSW_X
					       : A64_LDST_LDR_W;
	default:
		return A64_LDST_LDR_X;
	}
}

static void op_load(struct weir_emit *e, const struct weir_ir_insn *insn)
{
	enum a64_reg rd = a64_get_dst(e, insn);
	enum a64_reg base;
	s64 off;

	base = address(e, insn, &off);
	a64_access(e, load_op(insn), rd, base, off);
	if (insn->flags & IR_SWAPPED)
		swap_bytes(e, rd, rd, insn->size);
}

static enum a64_reg store_value(struct weir_emit *e,
				const struct weir_ir_insn *insn)
{
	u64 value = (u64)insn->imm;

	if (!(insn->flags & IR_IMM))
		return a64_get(e, insn->b, A64_SCRATCH2);
	if (insn->size < 8)
		value &= (1ULL << (8 * insn->size)) - 1;
	if (!value)
		return A64_XZR;
	a64_load_imm(e, A64_SCRATCH2, value);
	return A64_SCRATCH2;
}

static void op_store(struct weir_emit *e, const struct weir_ir_insn *insn)
{
	static const enum a64_ldst ops[9] = {
		[1] = A64_LDST_STRB,
		[2] = A64_LDST_STRH,
		[4] = A64_LDST_STR_W,
		[8] = A64_LDST_STR_X,
	};
	enum a64_reg value = store_value(e, insn);
	enum a64_reg base;
	s64 off;

	base = address(e, insn, &off);
	a64_access(e, ops[insn->size], value, base, off);
}

/*
 * Two accesses next to each other as one LDP or STP. The first may not change
 * what the second reads.
 */
static bool is_pair(const struct weir_ir_insn *one,
		    const struct weir_ir_insn *two)
{
	if (one->op != two->op || one->a != two->a || one->size != two->size)
		return false;
	if (one->size < 4 || (two->off - one->off != one->size &&
			      one->off - two->off != one->size))
		return false;
	if ((one->flags | two->flags) & (IR_SWAPPED | IR_SIGNED))
		return false;
	if (one->op == IR_LD)
		return one->dst != two->dst && one->dst != two->a;
	/* Only constants that need no register. */
	return (!(one->flags & IR_IMM) || !one->imm) &&
	       (!(two->flags & IR_IMM) || !two->imm) && one->b != IR_R10 &&
	       two->b != IR_R10;
}

static bool op_pair(struct weir_emit *e, const struct weir_ir_insn *one,
		    const struct weir_ir_insn *two)
{
	const bool load = one->op == IR_LD;
	enum a64_reg rt, rt2, base;
	struct a64_pair_off at;
	enum a64_pair op;
	s64 off;

	if (!is_pair(one, two))
		return false;
	if (two->off < one->off) {
		const struct weir_ir_insn *low = two;

		two = one;
		one = low;
	}
	if (one->size == 8)
		op = load ? A64_PAIR_LDP_X : A64_PAIR_STP_X;
	else
		op = load ? A64_PAIR_LDP_W : A64_PAIR_STP_W;
	off = one->off + (one->a == IR_R10 ? (s64)e->frame.bytes : 0);
	if (!a64_pair_off_make(&at, op, off))
		return false;
	base = address(e, one, &off);
	rt = load ? a64_get_dst(e, one) : store_value(e, one);
	rt2 = load ? a64_get_dst(e, two) : store_value(e, two);
	weir_emit_word(e, a64_pair_offset(at, rt, rt2, base));
	return true;
}

static bool is_next_block(const struct weir_emit *e, u32 i, u32 block)
{
	return e->ir->block[block].first == i + 1;
}

u32 a64_op(struct weir_emit *e, u32 i)
{
	const struct weir_ir_insn *insn = &e->ir->insn[i];

	if (insn->flags & IR_SHIFTED) {
		op_shifted(e, insn);
		return 1;
	}
	switch ((enum weir_ir_op)insn->op) {
	case IR_NOP:
	case IR_NR_OPS:
		break;
	case IR_MOV:
		op_mov(e, insn);
		break;
	case IR_MOVI:
		a64_load_imm(e, a64_get_dst(e, insn), (u64)insn->imm);
		break;
	case IR_ADDR:
		a64_load_address(e, a64_get_dst(e, insn), insn->size,
				 insn->target, (u64)insn->imm);
		break;
	case IR_PARAM:
		op_param(e, insn);
		break;
	case IR_ADD:
		op_add(e, insn);
		break;
	case IR_SUB:
		op_sub(e, insn);
		break;
	case IR_MUL:
		op_mul(e, insn);
		break;
	case IR_DIV:
	case IR_MOD:
	case IR_SDIV:
	case IR_SMOD:
		op_div(e, insn);
		break;
	case IR_AND:
	case IR_OR:
	case IR_XOR:
		op_logic(e, insn);
		break;
	case IR_LSH:
	case IR_RSH:
	case IR_ARSH:
		op_shift(e, insn);
		break;
	case IR_ROR:
		op_rotate(e, insn);
		break;
	case IR_NEG:
		weir_emit_word(e,
			       a64_addsub_reg(A64_ADDSUB_SHIFT_SUB, is64(insn),
					      a64_get_dst(e, insn), A64_XZR,
					      a64_get_a(e, insn)));
		break;
	case IR_SWAP:
		op_swap(e, insn);
		break;
	case IR_ZX:
	case IR_SX:
		op_extend(e, insn);
		break;
	case IR_UBFX:
	case IR_UBFIZ:
		op_field(e, insn);
		break;
	case IR_LD:
	case IR_ST:
		if (i + 1 < e->block_end && op_pair(e, insn, insn + 1))
			return 2;
		if (insn->op == IR_LD)
			op_load(e, insn);
		else
			op_store(e, insn);
		break;
	case IR_ATOMIC:
		a64_atomic(e, insn);
		break;
	case IR_BR:
		if (a64_choose(e, i))
			return 2;
		a64_branch_to(e, a64_compare(e, insn),
			      weir_emit_block(e, insn->target));
		break;
	case IR_JMP:
		if (!is_next_block(e, i, insn->target))
			a64_jump(e, weir_emit_block(e, insn->target));
		break;
	case IR_CALL:
		a64_call(e, insn);
		break;
	case IR_CALLSUB:
		a64_callsub(e, insn);
		break;
	case IR_QUIT:
		a64_quit(e);
		break;
	case IR_CALLBACK:
		a64_callback(e, insn);
		break;
	case IR_TAIL:
		a64_tail(e);
		break;
	case IR_ENTER:
		a64_enter_subprog(e);
		break;
	case IR_EXIT:
		a64_exit(e);
		break;
	case IR_RETURN:
		a64_leave_subprog(e);
		break;
	default:
		a64_guard(e, insn);
		break;
	}
	return 1;
}
