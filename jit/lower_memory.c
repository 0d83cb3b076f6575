// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Lowering: memory. */
#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include "base/ctx.h"
#include "base/map.h"
#include "base/param.h"
#include "base/prog.h"
#include "jit/image.h"
#include "jit/ir.h"
#include "jit/lowering.h"
#include "verifier/facts.h"

void lower_packet_load(struct lower *lo, u32 pc, const struct bpf_insn *insn)
{
	u32 size = weir_insn_size(insn->code);
	struct weir_ir_insn *ir;
	u8 base = IR_PKT;

	if (BPF_MODE(insn->code) == BPF_IND) {
		base = IR_PTR;
		if (lo->pointed != insn->src_reg) {
			ir = lower_add_unary(lo, IR_ADD, pc, IR_64 | IR_UXT_B,
					     IR_PTR, IR_PKT);
			ir->b = insn->src_reg;
			lo->pointed = insn->src_reg;
		}
	}
	ir = lower_add_load(lo, pc, IR_R0, base, insn->imm, size);
	if (size > 1)
		ir->flags |= IR_SWAPPED;
	/* What is left of R1 to R5 nobody may read: they are scratch here. */
}

/*
 * LD_IMM64: a number, or the address of a map or of a byte of its value, which
 * is only known where the code will run. A function is the number of its slot.
 */
void lower_wide(struct lower *lo, u32 pc, const struct bpf_insn *insn)
{
	const bool value = insn->src_reg == BPF_PSEUDO_MAP_IDX_VALUE;
	struct weir_ir_insn *ir;

	if (!value && insn->src_reg != BPF_PSEUDO_MAP_IDX) {
		lower_add_movi(lo, pc, insn->dst_reg,
			       weir_prog_constant(lo->prog, pc));
		return;
	}
	ir = lower_add(lo, IR_ADDR, pc);
	ir->flags = IR_64;
	ir->dst = insn->dst_reg;
	ir->size = value ? WEIR_RELOC_VALUES : WEIR_RELOC_MAP;
	ir->target = (u32)insn->imm;
	ir->imm = value ? (s64)(u32)insn[1].imm : 0;
	lower_forget_reg(lo, insn->dst_reg);
}

/* Where an access goes: a base register and an offset. */
struct place {
	u8 base;
	s32 off;
	u32 size;
};

static bool lower_place(struct lower *lo, u32 pc, const struct bpf_insn *insn,
			u8 base, bool write, struct place *at)
{
	const struct weir_insn_facts *facts = &lo->facts->insn[pc];
	const struct weir_ctx_field *field;

	at->base = base;
	at->off = insn->off;
	at->size = weir_insn_size(insn->code);
	if (facts->mem == WEIR_MEM_STACK && facts->off != WEIR_OFF_VARIABLE) {
		at->base = IR_R10;
		at->off = facts->off;
	}
	if (facts->mem != WEIR_MEM_CTX)
		return true;

	field = weir_ctx_find(lo->prog->kind, facts->off, at->size, write);
	if (WARN_ON_ONCE(!field)) {
		lo->err = -EFAULT;
		return false;
	}
	at->base = IR_RUN;
	at->off = (s32)weir_ctx_run_off(field, facts->off);
	if (weir_ctx_is_pointer(field))
		at->size = 8;
	return true;
}

/* The least number of ones that has no fewer bits than @x. */
static u64 ones(u64 x)
{
	u32 shift;

	for (shift = 1; shift < 64; shift *= 2)
		x |= x >> shift;
	return x;
}

static void lower_param(struct lower *lo, u32 pc, const struct bpf_insn *insn)
{
	const struct weir_map *block = lo->prog->maps[lo->prog->params];
	const u32 nr = lo->facts->insn[pc].param;
	const struct weir_param_def *def = &block->params->def[nr];
	const bool is_signed = def->flags & WEIR_PARAM_SIGNED;
	struct weir_ir_insn *ir;

	ir = lower_add_unary(lo, IR_PARAM, pc, IR_64, insn->dst_reg, IR_NONE);
	ir->size = (u8)def->size;
	ir->target = nr;
	ir->imm =
		(s64)weir_param_bits(def, is_signed ? U64_MAX : ones(def->max));
	if (BPF_MODE(insn->code) != BPF_MEMSX)
		return;
	ir = lower_add_unary(lo, IR_SX, pc, IR_64, insn->dst_reg,
			     insn->dst_reg);
	ir->size = (u8)def->size;
}

void lower_load(struct lower *lo, u32 pc, const struct bpf_insn *insn)
{
	struct weir_ir_insn *ir;
	struct place at;

	if (lo->facts->insn[pc].flags & WEIR_FACT_PARAM) {
		lower_param(lo, pc, insn);
		return;
	}
	if (!lower_place(lo, pc, insn, insn->src_reg, false, &at))
		return;
	ir = lower_add_load(lo, pc, insn->dst_reg, at.base, at.off, at.size);
	if (BPF_MODE(insn->code) == BPF_MEMSX)
		ir->flags |= IR_SIGNED | IR_64;
}

void lower_store(struct lower *lo, u32 pc, const struct bpf_insn *insn)
{
	struct weir_ir_insn *ir;
	struct place at;
	bool imm = BPF_CLASS(insn->code) == BPF_ST;

	if (!lower_place(lo, pc, insn, insn->dst_reg, true, &at))
		return;
	ir = lower_add(lo, IR_ST, pc);
	ir->a = at.base;
	ir->off = at.off;
	ir->size = (u8)at.size;
	ir->b = insn->src_reg;
	if (imm) {
		ir->flags |= IR_IMM;
		ir->imm = insn->imm;
	} else if (lo->known & IR_BIT(insn->src_reg)) {
		ir->flags |= IR_IMM;
		ir->imm = (s64)lo->value[insn->src_reg];
	}
}

void lower_atomic(struct lower *lo, u32 pc, const struct bpf_insn *insn)
{
	struct weir_ir_insn *ir;
	struct place at;

	if (!lower_place(lo, pc, insn, insn->dst_reg, true, &at))
		return;
	ir = lower_add(lo, IR_ATOMIC, pc);
	ir->a = at.base;
	ir->off = at.off;
	ir->size = (u8)at.size;
	ir->b = insn->src_reg;
	ir->imm = insn->imm;
	/* R10 is aligned to the largest access. */
	if ((at.base == IR_R10 && !(at.off & (s32)(at.size - 1))) ||
	    (lo->facts->insn[pc].flags & WEIR_FACT_ALIGNED))
		ir->flags |= IR_ALIGNED;
	if (insn->imm == BPF_CMPXCHG)
		lower_forget_reg(lo, IR_R0);
	else if (insn->imm & BPF_FETCH || insn->imm == BPF_LOAD_ACQ)
		lower_forget_reg(lo, insn->src_reg);
}
