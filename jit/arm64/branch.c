// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Comparisons and branches. */
#include <linux/bitops.h>
#include <linux/kernel.h>
#include "jit/arm64/abi.h"
#include "jit/arm64/branch.h"
#include "jit/arm64/imm.h"
#include "jit/arm64/insn.h"
#include "jit/arm64/ops.h"
#include "jit/emit.h"

static bool is64(const struct weir_ir_insn *insn)
{
	return insn->flags & IR_64;
}

struct a64_condbr a64_on_cond(enum a64_cond cond)
{
	struct a64_imm19 none = { 0 };

	return (struct a64_condbr){ a64_bcond(cond, none),
				    WEIR_FIXUP_A64_IMM19 };
}

struct a64_condbr a64_on_zero(enum a64_cb op, bool wide, enum a64_reg rt)
{
	struct a64_imm19 none = { 0 };

	return (struct a64_condbr){ a64_cb(op, wide, rt, none),
				    WEIR_FIXUP_A64_IMM19 };
}

static struct a64_condbr on_bit(struct weir_emit *e, enum a64_tb op,
				enum a64_reg rt, u32 nr)
{
	struct a64_imm14 none = { 0 };
	struct a64_bitno bit = { 0 };

	if (!a64_bitno_make(&bit, nr))
		a64_bug(e);
	return (struct a64_condbr){ a64_tb(op, rt, bit, none),
				    WEIR_FIXUP_A64_IMM14 };
}

/* The opposite one: B.cond has its condition's lowest bit at 0, CBZ and TBZ
 * have theirs at 24.
 */
static u32 inverted(struct a64_condbr branch)
{
	const bool is_bcond = branch.word >> 24 == 0x54;

	return branch.word ^ (is_bcond ? 1u : 1u << 24);
}

static u32 far_jump(enum weir_fixup_kind *kind)
{
	struct a64_imm26 none = { 0 };

	*kind = WEIR_FIXUP_A64_IMM26;
	return a64_branch(A64_BRANCH_B, none);
}

void a64_jump(struct weir_emit *e, struct weir_label label)
{
	enum weir_fixup_kind kind;
	u32 word = far_jump(&kind);

	weir_asmbuf_branch(&e->buf, word, label, kind);
}

/* Far away: the opposite branch over an unconditional one. */
static void skip_next(struct weir_emit *e, struct a64_condbr branch)
{
	u32 word = inverted(branch);

	if (!weir_fixup_put(branch.kind, &word, 8))
		a64_bug(e);
	weir_emit_word(e, word);
}

void a64_branch_to(struct weir_emit *e, struct a64_condbr branch,
		   struct weir_label label)
{
	if (e->reach < WEIR_REACH_FAR) {
		weir_asmbuf_branch(&e->buf, branch.word, label, branch.kind);
		return;
	}
	skip_next(e, branch);
	a64_jump(e, label);
}

void a64_branch_out(struct weir_emit *e, struct a64_condbr branch, u32 guard)
{
	if (e->reach >= WEIR_REACH_FAR) {
		skip_next(e, branch);
		branch.word = far_jump(&branch.kind);
	}
	weir_emit_guard(e, guard, branch.word, branch.kind);
}

void a64_leave(struct weir_emit *e, u32 guard)
{
	enum weir_fixup_kind kind;
	u32 word = far_jump(&kind);

	weir_emit_guard(e, guard, word, kind);
}

static const u8 conds[IR_NR_CONDS] = {
	[IR_EQ] = A64_COND_EQ,	  [IR_NE] = A64_COND_NE,
	[IR_LT] = A64_COND_LO,	  [IR_GE] = A64_COND_HS,
	[IR_LE] = A64_COND_LS,	  [IR_GT] = A64_COND_HI,
	[IR_SLT] = A64_COND_LT,	  [IR_SGE] = A64_COND_GE,
	[IR_SLE] = A64_COND_LE,	  [IR_SGT] = A64_COND_GT,
	[IR_CLEAR] = A64_COND_EQ, [IR_SET] = A64_COND_NE,
};

void a64_compare_imm(struct weir_emit *e, bool wide, enum a64_reg ra, u64 value)
{
	enum a64_addsub_imm op = A64_ADDSUB_IMM_SUBS;
	struct a64_uimm12 imm;

	if (!wide)
		value = (u32)value;
	if (a64_addsub(value, wide, &op, &imm)) {
		weir_emit_word(e, a64_addsub_imm(op, wide, A64_XZR, ra, imm));
		return;
	}
	a64_load_imm(e, A64_SCRATCH2, value);
	weir_emit_word(e, a64_addsub_reg(A64_ADDSUB_SHIFT_SUBS, wide, A64_XZR,
					 ra, A64_SCRATCH2));
}

static void test_imm(struct weir_emit *e, bool wide, enum a64_reg ra, u64 value)
{
	struct a64_logimm imm;

	if (!wide)
		value = (u32)value;
	if (a64_logical_imm(value, wide, &imm) ||
	    (value <= U32_MAX && a64_logical_imm(value, false, &imm))) {
		weir_emit_word(e, a64_logic_imm(A64_LOGIC_IMM_ANDS, A64_XZR, ra,
						imm));
		return;
	}
	a64_load_imm(e, A64_SCRATCH2, value);
	weir_emit_word(e, a64_logic_reg(A64_LOGIC_SHIFT_ANDS, wide, A64_XZR, ra,
					A64_SCRATCH2));
}

/* Words that make a constant; @fits: none. */
static u32 words_of_imm(u32 value, bool fits)
{
	struct a64_mov_plan plan;

	if (fits)
		return 0;
	a64_mov_plan(value, false, &plan);
	return plan.nr;
}

/*
 * Where the mask is a row of ones at either end, what is left of a shift may be
 * compared, value first. Return: is that shorter than by AND?
 */
static bool shifts_out(u32 mask, u32 *value, enum a64_addsub_by *type,
		       u32 *count)
{
	const u32 low = (u32)__ffs64(mask), high = 32 - (u32)fls64(mask);
	const u32 left = high ? *value << high : *value >> low;
	enum a64_addsub_imm op = A64_ADDSUB_IMM_SUBS;
	struct a64_logimm logimm;
	struct a64_uimm12 imm;
	u32 words;

	*type = high ? A64_ADDSUB_BY_LSL : A64_ADDSUB_BY_LSR;
	*count = low | high;
	if ((low && high) || !*count || ((mask >> low) & ((mask >> low) + 1)))
		return false;
	words = 1 + words_of_imm(mask, a64_logical_imm(mask, false, &logimm)) +
		words_of_imm(*value, a64_addsub(*value, false, &op, &imm));
	if (words_of_imm(left, false) >= words)
		return false;
	*value = left;
	return true;
}

/* BR with IR_MASKED. May use x16 and x17. */
static void compare_masked(struct weir_emit *e, const struct weir_ir_insn *insn)
{
	const u32 mask = weir_ir_mask(insn->imm);
	u32 value = (u32)insn->imm;
	enum a64_reg ra = a64_get_a(e, insn);
	struct a64_shamt by = { 0 };
	struct a64_logimm imm;
	enum a64_addsub_by type;
	u32 count;

	if (shifts_out(mask, &value, &type, &count)) {
		a64_load_imm(e, A64_SCRATCH2, value);
		if (!a64_shamt_make(&by, false, count))
			a64_bug(e);
		weir_emit_word(e,
			       a64_addsub_shift(A64_ADDSUB_SHIFT_SUBS, A64_XZR,
						A64_SCRATCH2, ra, type, by));
		return;
	}
	if (a64_logical_imm(mask, false, &imm)) {
		weir_emit_word(e, a64_logic_imm(A64_LOGIC_IMM_AND, A64_SCRATCH,
						ra, imm));
	} else {
		a64_load_imm(e, A64_SCRATCH2, mask);
		weir_emit_word(e, a64_logic_reg(A64_LOGIC_SHIFT_AND, false,
						A64_SCRATCH, ra, A64_SCRATCH2));
	}
	a64_compare_imm(e, false, A64_SCRATCH, value);
}

/* The comparison of BR, by the flags. May use x16 and x17. */
static enum a64_cond compare_flags(struct weir_emit *e,
				   const struct weir_ir_insn *insn)
{
	const bool wide = is64(insn);
	const bool tests = insn->cond == IR_CLEAR || insn->cond == IR_SET;
	enum a64_reg ra;

	if (insn->flags & IR_MASKED) {
		compare_masked(e, insn);
		return conds[insn->cond];
	}
	ra = a64_get_a(e, insn);
	if ((insn->flags & IR_IMM) && tests)
		test_imm(e, wide, ra, (u64)insn->imm);
	else if (tests)
		weir_emit_word(e,
			       a64_logic_reg(A64_LOGIC_SHIFT_ANDS, wide,
					     A64_XZR, ra, a64_get_b(e, insn)));
	else if (insn->flags & IR_IMM)
		a64_compare_imm(e, wide, ra, (u64)insn->imm);
	else
		weir_emit_word(e,
			       a64_addsub_reg(A64_ADDSUB_SHIFT_SUBS, wide,
					      A64_XZR, ra, a64_get_b(e, insn)));
	return conds[insn->cond];
}

struct a64_condbr a64_compare(struct weir_emit *e,
			      const struct weir_ir_insn *insn)
{
	const bool wide = is64(insn);
	const bool imm = (insn->flags & (IR_IMM | IR_MASKED)) == IR_IMM;
	const u64 value = wide ? (u64)insn->imm : (u32)insn->imm;
	const bool tests = insn->cond == IR_CLEAR || insn->cond == IR_SET;
	const bool bits = e->reach == WEIR_REACH_SHORT;

	if (imm && !value && (insn->cond == IR_EQ || insn->cond == IR_NE))
		return a64_on_zero(insn->cond == IR_EQ ? A64_CB_CBZ
						       : A64_CB_CBNZ,
				   wide, a64_get_a(e, insn));
	if (imm && !value && bits &&
	    (insn->cond == IR_SLT || insn->cond == IR_SGE))
		return on_bit(e,
			      insn->cond == IR_SGE ? A64_TB_TBZ : A64_TB_TBNZ,
			      a64_get_a(e, insn), wide ? 63 : 31);
	if (imm && tests && bits && value && !(value & (value - 1)))
		return on_bit(e,
			      insn->cond == IR_CLEAR ? A64_TB_TBZ : A64_TB_TBNZ,
			      a64_get_a(e, insn), (u32)__ffs64(value));
	return a64_on_cond(compare_flags(e, insn));
}

/**
 * struct choice - rd = @cond ? rd : what @op makes of @other
 */
struct choice {
	enum a64_csel op;
	enum a64_reg other;
};

/* Does register @reg hold @value before operation @i, as the last one left it? */
static bool was_set_to(const struct weir_emit *e, u32 i, u8 reg, u64 value)
{
	const struct weir_ir_insn *last = &e->ir->insn[i - 1];

	return i > e->block_first && last->op == IR_MOVI && last->dst == reg &&
	       (u64)last->imm == value;
}

/* Can the operation that branch @i jumps over be a choice of one word? */
static bool is_choice(struct weir_emit *e, u32 i, struct choice *choice)
{
	const struct weir_ir_insn *insn = &e->ir->insn[i + 1];
	const u64 imm = (u64)insn->imm;

	*choice = (struct choice){ A64_CSEL_CSEL, A64_XZR };
	switch (insn->op) {
	case IR_MOV:
		if (!is64(insn) || insn->a == IR_R10)
			return false;
		choice->other = a64_get(e, insn->a, A64_SCRATCH);
		return true;
	case IR_MOVI:
		if (imm == 1)
			choice->op = A64_CSEL_CSINC;
		else if (imm == U64_MAX)
			choice->op = A64_CSEL_CSINV;
		else if (imm && was_set_to(e, i, insn->dst, imm - 1))
			*choice = (struct choice){ A64_CSEL_CSINC,
						   a64_get_dst(e, insn) };
		else if (imm)
			return false;
		return true;
	case IR_ADD:
		*choice =
			(struct choice){ A64_CSEL_CSINC, a64_get_dst(e, insn) };
		return is64(insn) && (insn->flags & IR_IMM) && imm == 1 &&
		       insn->a == insn->dst;
	default:
		return false;
	}
}

bool a64_choose(struct weir_emit *e, u32 i)
{
	const struct weir_ir_insn *insn = &e->ir->insn[i];
	struct choice choice;
	enum a64_cond cond;
	enum a64_reg rd;

	if (!(insn->flags & IR_SHORT) ||
	    e->ir->block[insn->target].first != i + 2 ||
	    !is_choice(e, i, &choice))
		return false;
	cond = compare_flags(e, insn);
	rd = a64_get_dst(e, insn + 1);
	weir_emit_word(e,
		       a64_csel(choice.op, true, rd, rd, choice.other, cond));
	return true;
}
