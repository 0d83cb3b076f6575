// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * One block that jumps to itself while a number that starts as a constant, and
 * moves by a constant, compares with a constant.
 */
#include <linux/kernel.h>
#include <linux/types.h>
#include "base/insn.h"
#include "base/prog.h"
#include "verifier/cfg.h"
#include "verifier/repeat.h"

#define MAX_TRIPS 256
#define MAX_COUNT (1 << 20)

/* Registers that an instruction writes which is no call. */
static u32 written_by(const struct bpf_insn *insn)
{
	switch (BPF_CLASS(insn->code)) {
	case BPF_ALU:
	case BPF_ALU64:
	case BPF_LDX:
		return 1u << insn->dst_reg;
	case BPF_LD:
		return weir_insn_is_packet_load(insn) ? 0x3f
						      : 1u << insn->dst_reg;
	case BPF_STX:
		return BPF_MODE(insn->code) == BPF_ATOMIC
			       ? 1u << insn->src_reg | 1u << BPF_REG_0
			       : 0;
	default:
		return 0;
	}
}

/* What else the block writes is in neither set. */
static void find_steps(const struct weir_prog *prog, const struct weir_block *b,
		       struct weir_repeat *r)
{
	u32 seen = 0, pc;

	*r = (struct weir_repeat){ 0 };
	for (pc = b->start; pc <= b->last; pc++) {
		const struct bpf_insn *insn = &prog->insns[pc];
		const u8 class = BPF_CLASS(insn->code);
		u32 bits = insn->code ? written_by(insn) : 0;

		if ((class == BPF_ALU || class == BPF_ALU64) &&
		    !(seen & bits) && BPF_OP(insn->code) == BPF_ADD &&
		    BPF_SRC(insn->code) == BPF_K) {
			r->low |= bits;
			r->full |= class == BPF_ALU64 ? bits : 0;
			r->by[insn->dst_reg] = insn->imm;
		} else {
			r->low &= ~bits;
			r->full &= ~bits;
		}
		seen |= bits;
	}
}

/* Does the block leave a small constant in @reg? */
static bool leaves_constant(const struct weir_prog *prog,
			    const struct weir_block *b, u32 reg, s64 *k)
{
	u32 pc;

	for (pc = b->last + 1; pc-- > b->start;) {
		const struct bpf_insn *insn = &prog->insns[pc];
		const u8 class = BPF_CLASS(insn->code);

		if (!insn->code || weir_insn_is_jump(insn))
			continue;
		if (class != BPF_JMP && !(written_by(insn) >> reg & 1))
			continue;
		*k = insn->imm;
		return (class == BPF_ALU || class == BPF_ALU64) &&
		       BPF_OP(insn->code) == BPF_MOV &&
		       BPF_SRC(insn->code) == BPF_K && *k >= 0 &&
		       *k <= MAX_COUNT;
	}
	return false;
}

/* How small numbers compare, in 32 bits or 64, signed or not. */
static bool is_taken(u8 op, s64 a, s64 b)
{
	switch (op) {
	case BPF_JEQ:
		return a == b;
	case BPF_JNE:
		return a != b;
	case BPF_JGT:
	case BPF_JSGT:
		return a > b;
	case BPF_JGE:
	case BPF_JSGE:
		return a >= b;
	case BPF_JLT:
	case BPF_JSLT:
		return a < b;
	case BPF_JLE:
	case BPF_JSLE:
		return a <= b;
	default:
		return a & b;
	}
}

void weir_repeat_find(const struct weir_prog *prog, const struct weir_cfg *cfg,
		      u32 b, u32 before, struct weir_repeat *r)
{
	const struct weir_block *block = &cfg->block[b];
	const struct bpf_insn *jump = &prog->insns[block->last];
	const bool back = block->taken == b;
	u32 n, reg = jump->dst_reg;
	s64 k;

	find_steps(prog, block, r);
	if (!weir_insn_is_cond(jump) || BPF_SRC(jump->code) != BPF_K ||
	    block->taken == block->fall || jump->imm < 0 ||
	    jump->imm > MAX_COUNT || block->nr_in != 2 ||
	    before == WEIR_NO_BLOCK || !(r->low >> reg & 1) ||
	    !leaves_constant(prog, &cfg->block[before], reg, &k))
		return;
	for (n = 1; n <= MAX_TRIPS; n++) {
		k += r->by[reg];
		if (k < 0 || k > MAX_COUNT)
			return;
		if (is_taken(BPF_OP(jump->code), k, jump->imm) == back)
			continue;
		r->trips = n;
		return;
	}
}
