// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Comparisons and branches. */
#include <linux/kernel.h>
#include "jit/arm/abi.h"
#include "jit/arm/branch.h"
#include "jit/arm/imm.h"
#include "jit/arm/insn.h"
#include "jit/arm/ops.h"
#include "jit/arm/pair.h"
#include "jit/emit.h"

static bool is64(const struct weir_ir_insn *insn)
{
	return insn->flags & IR_64;
}

static u32 branch_word(enum a32_cond cond)
{
	struct a32_imm24 none = { 0 };

	return a32_branch(A32_BRANCH_B, cond, none);
}

void a32_jump(struct weir_emit *e, enum a32_cond cond, struct weir_label label)
{
	weir_asmbuf_branch(&e->buf, branch_word(cond), label,
			   WEIR_FIXUP_A32_IMM24);
}

void a32_branch_out(struct weir_emit *e, enum a32_cond cond, u32 guard)
{
	weir_emit_guard(e, guard, branch_word(cond), WEIR_FIXUP_A32_IMM24);
}

/*
 * Words of an operation that leaves the flags alone and has no way out, or more
 * than anybody wants to skip.
 */
static u32 words_of(const struct weir_emit *e, u32 i)
{
	const struct weir_ir_insn *insn = &e->ir->insn[i];
	const struct weir_half *half = &a32_plan_of(e)->half[i];
	const u32 far_more = 100;
	bool hi = insn->dst < IR_R10 && (half->need & IR_BIT(insn->dst));
	u32 halves = 1u + hi;

	if (a32_is_shifted64(insn))
		return far_more;
	switch (insn->op) {
	case IR_MOVI:
		return a32_mov_len((u32)insn->imm, true) +
		       (hi ? a32_mov_len((u32)((u64)insn->imm >> 32), true)
			   : 0);
	case IR_MOV:
	case IR_AND:
	case IR_OR:
	case IR_XOR:
	case IR_ROR:
	case IR_SWAP:
	case IR_ZX:
	case IR_SX:
	case IR_UBFX:
	case IR_UBFIZ:
	case IR_LD:
	case IR_ST:
		return halves;
	case IR_ADD:
	case IR_SUB:
	case IR_NEG:
		/* Of a pair the low halves set the carry. */
		return !hi || !is64(insn) || half->makes_zero ? halves
							      : far_more;
	case IR_LSH:
	case IR_RSH:
	case IR_ARSH:
		return insn->flags & IR_IMM ? halves : far_more;
	default:
		return far_more;
	}
}

/* How many operations behind branch @i it jumps over, if few enough words. */
static u32 skipped(const struct weir_emit *e, u32 i)
{
	const u32 most_words = 3;
	const struct weir_ir_insn *insn = &e->ir->insn[i];
	const u32 end = e->ir->block[insn->target].first;
	u32 n, words = 0;

	if (!(insn->flags & IR_SHORT))
		return 0;
	for (n = i + 1; n < end; n++)
		words += words_of(e, n);
	return words <= most_words ? end - i - 1 : 0;
}

/* Make the words from @first on depend on a condition. */
static void put_condition(struct weir_emit *e, u32 first, enum a32_cond cond)
{
	u32 i;

	if (e->buf.err)
		return;
	for (i = first; i < e->buf.nr_words; i++) {
		u32 *word = &e->buf.words[i];

		if (*word >> 28 != A32_COND_AL)
			a32_bug(e);
		*word = (*word & ~a32_field(0xf, 28)) | a32_field(cond, 28);
	}
}

u32 a32_branch_if(const struct a32_ctx *cx, u32 i)
{
	struct weir_label label = weir_emit_block(cx->e, cx->insn->target);
	const u32 nr = skipped(cx->e, i);
	enum a32_cond cond;
	u32 n, first;

	switch (a32_pair_compare(cx, &cond)) {
	case A32_DEPENDS:
		break;
	case A32_ALWAYS:
		a32_jump(cx->e, A32_COND_AL, label);
		return 1;
	default:
		return 1;
	}
	if (!nr) {
		a32_jump(cx->e, cond, label);
		return 1;
	}
	first = cx->e->buf.nr_words;
	for (n = 1; n <= nr; n++)
		a32_op(cx->e, i + n);
	put_condition(cx->e, first, a32_cond_invert(cond));
	return 1 + nr;
}

void a32_compare_imm(struct weir_emit *e, enum a32_cond cond, enum a32_reg rn,
		     u32 value, u32 temp)
{
	enum a32_test op = A32_TEST_CMP;
	struct a32_op2 op2;

	if (!a32_test_imm(value, &op, &op2)) {
		a32_load_imm(e, a32_temp(e, temp), value);
		op2 = a32_op2_reg(a32_temp(e, temp));
	}
	weir_emit_word(e, a32_test(op, cond, rn, op2));
}
