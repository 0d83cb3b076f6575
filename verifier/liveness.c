// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Liveness, backwards over the blocks.
 *
 *	out(b)    = union of in(s) over the blocks s that follow b
 *	in(b)     = step(first) o ... o step(last) (out(b))
 *	step(any) = (any - written) + read
 *	step(hi)  = (hi - written) + read in full
 *	            + operands of an operation whose result's upper half is in
 *	              hi and depends on theirs
 *
 * An instruction that writes a register writes its upper half. An upper half is
 * read by
 *
 *	address registers, 64-bit compares, division, right shifts, 8-byte
 *	stores and atomics, exit, arguments of calls: always;
 *	64-bit mov, neg, add, sub, mul, and, or, xor, lsh: if the result's is
 *	live, since the low half of the result depends on low halves only;
 *	32-bit operations and compares, shift counts, sign extensions,
 *	narrow stores, indices of packet loads: never.
 *
 * A mask whose upper half is 0 hides the upper half of what it is applied to.
 *
 * Sweeps go in postorder until nothing changes; that takes as many as loops
 * are nested, plus two. A graph that wants more than MAX_SWEEPS is given up:
 * everything is live, which is always true enough.
 */
#include <linux/kernel.h>
#include <linux/types.h>
#include "base/helper.h"
#include "base/host.h"
#include "base/insn.h"
#include "base/prog.h"
#include "verifier/cfg.h"
#include "verifier/liveness.h"

#define MAX_SWEEPS 16
#define BLOCKS_AT_A_TIME 1024 /* before others may run */
#define ALL ((1u << WEIR_NR_REGS) - 1)
#define ARGS 0x3eu /* R1 to R5 */

static u16 bit(u32 reg)
{
	return (u16)(1u << reg);
}

static void writes(struct weir_live *l, u16 regs)
{
	l->any &= (u16)~regs;
	l->hi &= (u16)~regs;
}

static void reads(struct weir_live *l, u32 reg, bool hi)
{
	l->any |= bit(reg);
	if (hi)
		l->hi |= bit(reg);
}

static bool is_reg(const struct bpf_insn *insn)
{
	return BPF_SRC(insn->code) == BPF_X;
}

static void step_end(const struct bpf_insn *insn, struct weir_live *l, bool hi)
{
	bool is_le = BPF_CLASS(insn->code) == BPF_ALU && !is_reg(insn);

	reads(l, insn->dst_reg, insn->imm == 64 && (hi || !is_le));
}

static void step_alu64(const struct bpf_insn *insn, struct weir_live *l,
		       bool hi)
{
	u32 dst = insn->dst_reg, src = insn->src_reg;
	bool src_hi = hi, dst_hi = hi;

	switch (BPF_OP(insn->code)) {
	case BPF_MOV:
		if (is_reg(insn))
			reads(l, src, hi && !insn->off);
		return;
	case BPF_DIV:
	case BPF_MOD:
		dst_hi = true;
		src_hi = true;
		break;
	case BPF_RSH:
	case BPF_ARSH:
		dst_hi = hi || is_reg(insn) || insn->imm;
		src_hi = false;
		break;
	case BPF_LSH:
		if (!is_reg(insn) && insn->imm >= 32)
			dst_hi = false;
		src_hi = false;
		break;
	case BPF_AND:
		if (!is_reg(insn) && insn->imm >= 0)
			dst_hi = false;
		break;
	case BPF_NEG:
		reads(l, dst, hi);
		return;
	}
	reads(l, dst, dst_hi);
	if (is_reg(insn))
		reads(l, src, src_hi);
}

static void step_alu(const struct bpf_insn *insn, struct weir_live *l)
{
	bool hi = l->hi & bit(insn->dst_reg);
	u8 op = BPF_OP(insn->code);

	writes(l, bit(insn->dst_reg));
	if (op == BPF_END) {
		step_end(insn, l, hi);
	} else if (BPF_CLASS(insn->code) == BPF_ALU64) {
		step_alu64(insn, l, hi);
	} else {
		if (op != BPF_MOV)
			reads(l, insn->dst_reg, false);
		if (op != BPF_NEG && is_reg(insn))
			reads(l, insn->src_reg, false);
	}
}

static void step_atomic(const struct bpf_insn *insn, struct weir_live *l)
{
	bool wide = BPF_SIZE(insn->code) == BPF_DW;

	if (insn->imm == BPF_LOAD_ACQ) {
		writes(l, bit(insn->dst_reg));
		reads(l, insn->src_reg, true);
		return;
	}
	if (insn->imm == BPF_CMPXCHG) {
		writes(l, bit(BPF_REG_0));
		reads(l, BPF_REG_0, wide);
	} else if (insn->imm & BPF_FETCH && insn->imm != BPF_STORE_REL) {
		writes(l, bit(insn->src_reg));
	}
	reads(l, insn->src_reg, wide);
	reads(l, insn->dst_reg, true);
}

static void step_call(const struct weir_prog *prog, const struct weir_cfg *cfg,
		      const struct weir_live *in, u32 pc, struct weir_live *l)
{
	const struct bpf_insn *insn = &prog->insns[pc];
	const struct weir_helper *h;
	u32 i;

	writes(l, ARGS | bit(BPF_REG_0));
	if (weir_insn_is_subprog_call(insn)) {
		u32 f = weir_cfg_callee(cfg, prog, pc);
		const struct weir_live *entry = &in[cfg->func[f].entry];

		l->any |= entry->any & ARGS;
		l->hi |= entry->hi & ARGS;
		return;
	}
	h = weir_helper_find(insn->imm);
	for (i = 0; i < WEIR_HELPER_ARGS; i++)
		if (!h || h->arg[i] != WEIR_ARG_NONE)
			reads(l, BPF_REG_1 + i, true);
}

static void step_jmp(const struct weir_prog *prog, const struct weir_cfg *cfg,
		     const struct weir_live *in, u32 pc, struct weir_live *l)
{
	const struct bpf_insn *insn = &prog->insns[pc];
	bool hi = BPF_CLASS(insn->code) == BPF_JMP;

	if (weir_insn_is_call(insn)) {
		step_call(prog, cfg, in, pc, l);
	} else if (weir_insn_is_exit(insn)) {
		*l = (struct weir_live){ 0, 0 };
		reads(l, BPF_REG_0, true);
	} else if (weir_insn_is_cond(insn)) {
		if (BPF_OP(insn->code) == BPF_JSET && !is_reg(insn) &&
		    insn->imm >= 0)
			hi = false;
		reads(l, insn->dst_reg, hi);
		if (is_reg(insn))
			reads(l, insn->src_reg, hi);
	}
}

void weir_liveness_step(const struct weir_prog *prog,
			const struct weir_cfg *cfg, const struct weir_live *in,
			u32 pc, struct weir_live *l)
{
	const struct bpf_insn *insn = &prog->insns[pc];

	switch (BPF_CLASS(insn->code)) {
	case BPF_ALU:
	case BPF_ALU64:
		step_alu(insn, l);
		break;
	case BPF_LDX:
		writes(l, bit(insn->dst_reg));
		reads(l, insn->src_reg, true);
		break;
	case BPF_STX:
		if (BPF_MODE(insn->code) == BPF_ATOMIC) {
			step_atomic(insn, l);
			break;
		}
		reads(l, insn->src_reg, BPF_SIZE(insn->code) == BPF_DW);
		fallthrough;
	case BPF_ST:
		reads(l, insn->dst_reg, true);
		break;
	case BPF_LD:
		if (weir_insn_is_wide(insn)) {
			writes(l, bit(insn->dst_reg));
			break;
		}
		writes(l, ARGS | bit(BPF_REG_0));
		if (BPF_MODE(insn->code) == BPF_IND)
			reads(l, insn->src_reg, false);
		break;
	default:
		step_jmp(prog, cfg, in, pc, l);
	}
}

struct weir_live weir_liveness_out(const struct weir_cfg *cfg,
				   const struct weir_live *in, u32 b)
{
	struct weir_live out = { 0, 0 };
	u32 to[2] = { cfg->block[b].fall, cfg->block[b].taken }, i;

	for (i = 0; i < 2; i++) {
		if (to[i] == WEIR_NO_BLOCK)
			continue;
		out.any |= in[to[i]].any;
		out.hi |= in[to[i]].hi;
	}
	return out;
}

/* Slots of a block, last to first: the second slot of a wide one is skipped. */
static struct weir_live block_in(const struct weir_prog *prog,
				 const struct weir_cfg *cfg,
				 struct weir_live *in, u32 b)
{
	struct weir_live l = weir_liveness_out(cfg, in, b);
	const struct weir_block *block = &cfg->block[b];
	u32 pc;

	for (pc = block->last + 1; pc-- > block->start;) {
		const struct bpf_insn *insn = &prog->insns[pc];

		if (!insn->code) /* only ever a second slot */
			continue;
		if (weir_insn_is_func(insn))
			in[cfg->nr_blocks + weir_cfg_callee(cfg, prog, pc)]
				.any |= bit(BPF_REG_0);
		else if (weir_insn_is_subprog_call(insn))
			in[cfg->nr_blocks + weir_cfg_callee(cfg, prog, pc)]
				.any |= l.any & bit(BPF_REG_0);
		weir_liveness_step(prog, cfg, in, pc, &l);
	}
	return l;
}

static bool sweep(const struct weir_prog *prog, const struct weir_cfg *cfg,
		  const struct weir_func *f, struct weir_live *in)
{
	bool changed = false;
	u32 i;

	for (i = f->first + f->nr; i-- > f->first;) {
		u32 b = cfg->order[i];
		struct weir_live l = block_in(prog, cfg, in, b);

		if (!(i % BLOCKS_AT_A_TIME))
			weir_host_resched();
		/* All but a loop's head are only asked after they are done. */
		changed |= cfg->block[b].is_head &&
			   (l.any != in[b].any || l.hi != in[b].hi);
		in[b] = l;
	}
	return changed;
}

struct weir_live *weir_liveness_create(const struct weir_prog *prog,
				       const struct weir_cfg *cfg)
{
	struct weir_live *in =
		weir_host_alloc((cfg->nr_blocks + cfg->nr_funcs) * sizeof(*in));
	u32 i, k, n;

	if (!in)
		return NULL;
	/* those that are called before those that call them */
	for (i = cfg->nr_funcs; i-- > 0;) {
		const struct weir_func *f = &cfg->func[cfg->calls_order[i]];

		for (n = 0; n < MAX_SWEEPS && sweep(prog, cfg, f, in); n++)
			;
		if (n < MAX_SWEEPS)
			continue;
		for (k = 0; k < f->nr; k++)
			in[cfg->order[f->first + k]] =
				(struct weir_live){ ALL, ALL };
		for (k = 0; k < cfg->nr_funcs; k++)
			in[cfg->nr_blocks + k].any = bit(BPF_REG_0);
	}
	in[cfg->nr_blocks].any |= bit(BPF_REG_0); /* the verdict */
	return in;
}
