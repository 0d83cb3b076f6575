// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Lowering: arithmetic. */
#include <linux/bitops.h>
#include <linux/kernel.h>
#include "base/prog.h"
#include "jit/ir.h"
#include "jit/lowering.h"
#include "verifier/facts.h"

/*
 * Operations with a constant that are something simpler. Return: was it one?
 * @imm is the second operand in full width.
 */
static bool lower_simple(struct lower *lo, u32 pc, u8 op, u32 flags, u8 dst,
			 u64 imm)
{
	bool is64 = flags & IR_64;
	u64 ones = is64 ? U64_MAX : U32_MAX;
	u64 v = imm & ones;
	bool power = v && !(v & (v - 1));

	switch (op) {
	case BPF_ADD:
	case BPF_SUB:
	case BPF_OR:
	case BPF_XOR:
	case BPF_LSH:
	case BPF_RSH:
	case BPF_ARSH:
		if (v)
			break;
		lower_add_unary(lo, IR_MOV, pc, flags, dst, dst);
		return true;
	case BPF_AND:
		if (!v)
			lower_add_movi(lo, pc, dst, 0);
		else if (v == ones)
			lower_add_unary(lo, IR_MOV, pc, flags, dst, dst);
		else
			break;
		return true;
	case BPF_MUL:
		if (!v)
			lower_add_movi(lo, pc, dst, 0);
		else if (power)
			lower_add_binary_imm(lo, IR_LSH, pc, flags, dst, dst,
					     __ffs64(v));
		else
			break;
		return true;
	case BPF_DIV:
		if (!power)
			break;
		lower_add_binary_imm(lo, IR_RSH, pc, flags, dst, dst,
				     __ffs64(v));
		return true;
	case BPF_MOD:
		if (!power)
			break;
		if (v == 1)
			lower_add_movi(lo, pc, dst, 0);
		else
			lower_add_binary_imm(lo, IR_AND, pc, flags, dst, dst,
					     v - 1);
		return true;
	default:
		break;
	}
	return false;
}

static enum weir_ir_op binary_op(u8 op, bool is_signed)
{
	switch (op) {
	case BPF_ADD:
		return IR_ADD;
	case BPF_SUB:
		return IR_SUB;
	case BPF_MUL:
		return IR_MUL;
	case BPF_DIV:
		return is_signed ? IR_SDIV : IR_DIV;
	case BPF_MOD:
		return is_signed ? IR_SMOD : IR_MOD;
	case BPF_AND:
		return IR_AND;
	case BPF_OR:
		return IR_OR;
	case BPF_XOR:
		return IR_XOR;
	case BPF_LSH:
		return IR_LSH;
	case BPF_RSH:
		return IR_RSH;
	case BPF_ARSH:
		return IR_ARSH;
	default:
		return IR_NOP;
	}
}

static void lower_binary_imm(struct lower *lo, u32 pc, u8 code, bool is_signed,
			     u32 flags, u8 dst, u64 imm)
{
	u8 op = BPF_OP(code);
	u32 shift_mask = flags & IR_64 ? 63 : 31;

	if (op == BPF_LSH || op == BPF_RSH || op == BPF_ARSH)
		imm &= shift_mask;
	if (!is_signed && lower_simple(lo, pc, op, flags, dst, imm))
		return;
	if (op == BPF_SUB) {
		op = BPF_ADD;
		imm = -imm;
	}
	lower_add_binary_imm(lo, binary_op(op, is_signed), pc, flags, dst, dst,
			     imm);
}

static void lower_binary(struct lower *lo, u32 pc, const struct bpf_insn *insn,
			 u32 flags)
{
	u8 op = BPF_OP(insn->code);
	u8 dst = insn->dst_reg, src = insn->src_reg;
	bool is_signed = insn->off == 1 && (op == BPF_DIV || op == BPF_MOD);
	struct weir_ir_insn *ir;

	if (BPF_SRC(insn->code) == BPF_K) {
		lower_binary_imm(lo, pc, insn->code, is_signed, flags, dst,
				 (u64)(s64)insn->imm);
		return;
	}
	/* A constant zero divisor is left to the instruction's own rule. */
	if ((lo->known & IR_BIT(src)) && src != dst &&
	    ((op != BPF_DIV && op != BPF_MOD) || (u32)lo->value[src])) {
		lower_binary_imm(lo, pc, insn->code, is_signed, flags, dst,
				 lo->value[src]);
		return;
	}
	if (src == dst && (op == BPF_XOR || op == BPF_SUB)) {
		lower_add_movi(lo, pc, dst, 0);
		return;
	}
	ir = lower_add_unary(lo, binary_op(op, is_signed), pc, flags, dst, dst);
	ir->b = src;
}

static void lower_mov(struct lower *lo, u32 pc, const struct bpf_insn *insn,
		      u32 flags)
{
	u8 dst = insn->dst_reg, src = insn->src_reg;
	struct weir_ir_insn *ir;
	u64 imm = (u64)(s64)insn->imm;

	if (BPF_SRC(insn->code) == BPF_K) {
		lower_add_movi(lo, pc, dst, flags & IR_64 ? imm : (u32)imm);
		return;
	}
	if (insn->off) {
		ir = lower_add_unary(lo, IR_SX, pc, flags, dst, src);
		ir->size = (u8)(insn->off / 8);
		return;
	}
	if ((lo->known & IR_BIT(src)) && src != dst) {
		lower_add_movi(lo, pc, dst,
			       flags & IR_64 ? lo->value[src]
					     : (u32)lo->value[src]);
		return;
	}
	lower_add_unary(lo, IR_MOV, pc, flags, dst, src);
}

/* BPF_END: hosts are little-endian, so to_le only cuts. */
static void lower_end(struct lower *lo, u32 pc, const struct bpf_insn *insn)
{
	bool swap = BPF_CLASS(insn->code) == BPF_ALU64 ||
		    BPF_SRC(insn->code) == BPF_TO_BE;
	u32 size = (u32)insn->imm / 8;
	struct weir_ir_insn *ir;

	if (!swap && size == 8) {
		lower_add_unary(lo, IR_MOV, pc, IR_64, insn->dst_reg,
				insn->dst_reg);
		return;
	}
	ir = lower_add_unary(lo, swap ? IR_SWAP : IR_ZX, pc, IR_64,
			     insn->dst_reg, insn->dst_reg);
	ir->size = (u8)size;
}

void lower_alu(struct lower *lo, u32 pc, const struct bpf_insn *insn)
{
	u32 flags = BPF_CLASS(insn->code) == BPF_ALU64 ? IR_64 : 0;

	switch (BPF_OP(insn->code)) {
	case BPF_MOV:
		lower_mov(lo, pc, insn, flags);
		break;
	case BPF_END:
		lower_end(lo, pc, insn);
		break;
	case BPF_NEG:
		lower_add_unary(lo, IR_NEG, pc, flags, insn->dst_reg,
				insn->dst_reg);
		break;
	default:
		lower_binary(lo, pc, insn, flags);
		break;
	}
}
