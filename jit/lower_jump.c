// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Lowering: jumps. */
#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include "base/prog.h"
#include "jit/ir.h"
#include "jit/lowering.h"
#include "verifier/facts.h"

static const u8 conds[16] = {
	[BPF_JEQ >> 4] = IR_EQ,	  [BPF_JNE >> 4] = IR_NE,
	[BPF_JGT >> 4] = IR_GT,	  [BPF_JGE >> 4] = IR_GE,
	[BPF_JLT >> 4] = IR_LT,	  [BPF_JLE >> 4] = IR_LE,
	[BPF_JSGT >> 4] = IR_SGT, [BPF_JSGE >> 4] = IR_SGE,
	[BPF_JSLT >> 4] = IR_SLT, [BPF_JSLE >> 4] = IR_SLE,
	[BPF_JSET >> 4] = IR_SET,
};

/* Unsigned comparisons with 0 or 1 that are tests for zero. */
static void simplify_cond(struct weir_ir_insn *ir)
{
	if (!(ir->flags & IR_IMM))
		return;
	if (ir->imm == 0 && ir->cond == IR_GT)
		ir->cond = IR_NE;
	else if (ir->imm == 0 && ir->cond == IR_LE)
		ir->cond = IR_EQ;
	else if (ir->imm == 1 && ir->cond == IR_GE)
		ir->cond = IR_NE;
	else if (ir->imm == 1 && ir->cond == IR_LT)
		ir->cond = IR_EQ;
	else
		return;
	ir->imm = 0;
}

/* b cond a, said as a cond b. */
static u8 turned(u8 cond)
{
	switch (cond) {
	case IR_LT:
		return IR_GT;
	case IR_GT:
		return IR_LT;
	case IR_LE:
		return IR_GE;
	case IR_GE:
		return IR_LE;
	case IR_SLT:
		return IR_SGT;
	case IR_SGT:
		return IR_SLT;
	case IR_SLE:
		return IR_SGE;
	case IR_SGE:
		return IR_SLE;
	default:
		return cond; /* ==, !=, and tests of bits */
	}
}

u32 lower_block_at(struct lower *lo, u32 pc)
{
	u32 block = pc < lo->prog->nr_insns ? lo->block[pc] : LOWER_NO_BLOCK;

	if (!WARN_ON_ONCE(block == LOWER_NO_BLOCK))
		return block;
	lo->err = -EFAULT;
	return 0;
}

static void add_jump(struct lower *lo, u32 pc, u32 target_pc)
{
	lower_add(lo, IR_JMP, pc)->target = lower_block_at(lo, target_pc);
}

static void add_branch(struct lower *lo, u32 pc, const struct bpf_insn *insn,
		       bool invert, u32 target_pc)
{
	bool is64 = BPF_CLASS(insn->code) == BPF_JMP;
	struct weir_ir_insn *ir = lower_add(lo, IR_BR, pc);
	u64 imm = (u64)(s64)insn->imm;

	ir->flags = is64 ? IR_64 : 0;
	ir->a = insn->dst_reg;
	ir->cond = conds[BPF_OP(insn->code) >> 4];
	ir->b = insn->src_reg;
	if (BPF_SRC(insn->code) == BPF_K) {
		ir->flags |= IR_IMM;
	} else if (lo->known & IR_BIT(insn->src_reg)) {
		ir->flags |= IR_IMM;
		imm = lo->value[insn->src_reg];
	} else if (lo->known & IR_BIT(insn->dst_reg)) {
		ir->flags |= IR_IMM;
		ir->a = insn->src_reg;
		ir->cond = turned(ir->cond);
		imm = lo->value[insn->dst_reg];
	}
	ir->imm = (s64)(is64 ? imm : (u32)imm);
	simplify_cond(ir);
	if (invert)
		ir->cond = weir_ir_cond_invert(ir->cond);
	ir->target = lower_block_at(lo, target_pc);
}

/* Does the block there come next, right behind what was lowered so far? */
static bool falls_into(const struct lower *lo, u32 target_pc)
{
	return lo->block[target_pc] == lo->ir->nr_blocks;
}

void lower_jump(struct lower *lo, u32 pc, const struct bpf_insn *insn)
{
	const struct weir_insn_facts *facts = &lo->facts->insn[pc];
	u32 target = (u32)weir_insn_target(insn, pc);
	bool always = BPF_OP(insn->code) == BPF_JA ||
		      !lower_reaches(lo, pc + 1);
	bool fuel = facts->flags & WEIR_FACT_FUEL;

	if (weir_insn_is_cond(insn)) {
		if (lo->fold && (facts->flags & WEIR_FACT_NOT_TAKEN))
			return;
		if (lo->fold && (facts->flags & WEIR_FACT_TAKEN))
			always = true;
		if (!lower_reaches(lo, target))
			return;
	}
	if (always) {
		if (fuel)
			lower_fuel(lo, pc);
		if (!falls_into(lo, target))
			add_jump(lo, pc, target);
	} else if (fuel) {
		add_branch(lo, pc, insn, true, pc + 1);
		lower_fuel(lo, pc);
		add_jump(lo, pc, target);
	} else if (!falls_into(lo, target)) {
		add_branch(lo, pc, insn, false, target);
	}
}
