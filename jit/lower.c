// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Lowering: eBPF and its facts become IR. */
#include <linux/bitops.h>
#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include "base/ctx.h"
#include "base/helper.h"
#include "base/host.h"
#include "base/prog.h"
#include "base/run.h"
#include "jit/ir.h"
#include "jit/lower.h"
#include "verifier/facts.h"

#define NO_BLOCK U32_MAX

/* slot.flags */
#define SLOT_LEADER 1u /* a block begins here */
#define SLOT_JUMPED 2u /* some jump leads here */
#define SLOT_LOOP 4u /* from below */
#define SLOT_SUBPROG 8u /* a subprogram begins here */

/**
 * struct lower - the state of one pass
 * @flags:	per slot: SLOT_*
 * @block:	per slot: its block, where one begins
 * @known:	registers of the program whose value is in @value
 * @indexed:	register whose remaining length is in IR_REM, or IR_NONE
 * @pointed:	register whose packet address is in IR_PTR, or IR_NONE
 * @in_subprog:	the slot belongs to a subprogram
 */
struct lower {
	const struct weir_prog *prog;
	const struct weir_facts *facts;
	struct weir_ir *ir;
	bool fold;
	u8 *flags;
	u32 *block;
	u32 known;
	u64 value[WEIR_NR_REGS];
	u8 indexed;
	u8 pointed;
	bool in_subprog;
	int err;
};

static bool reached(const struct lower *lo, u32 pc)
{
	return pc < lo->facts->nr_insns &&
	       (lo->facts->insn[pc].flags & WEIR_FACT_REACHED);
}

/* --- The state that is carried along straight code ----------------------- */

static void forget(struct lower *lo)
{
	lo->known = 0;
	lo->indexed = IR_NONE;
	lo->pointed = IR_NONE;
}

static void forget_reg(struct lower *lo, u8 reg)
{
	lo->known &= ~IR_BIT(reg);
	if (lo->indexed == reg)
		lo->indexed = IR_NONE;
	if (lo->pointed == reg)
		lo->pointed = IR_NONE;
}

static struct weir_ir_insn *add(struct lower *lo, enum weir_ir_op op, u32 pc)
{
	struct weir_ir_insn *insn = weir_ir_add(lo->ir, op, pc);

	insn->zero_hi = lo->facts->insn[pc].zero_hi;
	return insn;
}

static void add_movi(struct lower *lo, u32 pc, u8 dst, u64 value)
{
	struct weir_ir_insn *insn;

	if ((lo->known & IR_BIT(dst)) && lo->value[dst] == value)
		return; /* it holds that already */
	insn = add(lo, IR_MOVI, pc);
	insn->flags = IR_64 | IR_IMM;
	insn->dst = dst;
	insn->imm = (s64)value;
	forget_reg(lo, dst);
	if (lo->fold) {
		lo->known |= IR_BIT(dst);
		lo->value[dst] = value;
	}
}

static struct weir_ir_insn *add_unary(struct lower *lo, enum weir_ir_op op,
				      u32 pc, u32 flags, u8 dst, u8 a)
{
	struct weir_ir_insn *insn = add(lo, op, pc);

	insn->flags = (u8)flags;
	insn->dst = dst;
	insn->a = a;
	forget_reg(lo, dst);
	return insn;
}

static void add_binary_imm(struct lower *lo, enum weir_ir_op op, u32 pc,
			   u32 flags, u8 dst, u8 a, u64 imm)
{
	struct weir_ir_insn *insn =
		add_unary(lo, op, pc, flags | IR_IMM, dst, a);

	insn->imm = (s64)(flags & IR_64 ? imm : (u32)imm);
}

static struct weir_ir_insn *add_load(struct lower *lo, u32 pc, u8 dst, u8 base,
				     s32 off, u32 size)
{
	struct weir_ir_insn *insn = add_unary(lo, IR_LD, pc, 0, dst, base);

	insn->off = off;
	insn->size = (u8)size;
	return insn;
}

/* --- Arithmetic ---------------------------------------------------------- */

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
		add_unary(lo, IR_MOV, pc, flags, dst, dst);
		return true;
	case BPF_AND:
		if (!v)
			add_movi(lo, pc, dst, 0);
		else if (v == ones)
			add_unary(lo, IR_MOV, pc, flags, dst, dst);
		else
			break;
		return true;
	case BPF_MUL:
		if (!v)
			add_movi(lo, pc, dst, 0);
		else if (power)
			add_binary_imm(lo, IR_LSH, pc, flags, dst, dst,
				       __ffs64(v));
		else
			break;
		return true;
	case BPF_DIV:
		if (!power)
			break;
		add_binary_imm(lo, IR_RSH, pc, flags, dst, dst, __ffs64(v));
		return true;
	case BPF_MOD:
		if (!power)
			break;
		if (v == 1)
			add_movi(lo, pc, dst, 0);
		else
			add_binary_imm(lo, IR_AND, pc, flags, dst, dst, v - 1);
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
	add_binary_imm(lo, binary_op(op, is_signed), pc, flags, dst, dst, imm);
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
		add_movi(lo, pc, dst, 0);
		return;
	}
	ir = add_unary(lo, binary_op(op, is_signed), pc, flags, dst, dst);
	ir->b = src;
}

static void lower_mov(struct lower *lo, u32 pc, const struct bpf_insn *insn,
		      u32 flags)
{
	u8 dst = insn->dst_reg, src = insn->src_reg;
	struct weir_ir_insn *ir;
	u64 imm = (u64)(s64)insn->imm;

	if (BPF_SRC(insn->code) == BPF_K) {
		add_movi(lo, pc, dst, flags & IR_64 ? imm : (u32)imm);
		return;
	}
	if (insn->off) {
		ir = add_unary(lo, IR_SX, pc, flags, dst, src);
		ir->size = (u8)(insn->off / 8);
		return;
	}
	if ((lo->known & IR_BIT(src)) && src != dst) {
		add_movi(lo, pc, dst,
			 flags & IR_64 ? lo->value[src] : (u32)lo->value[src]);
		return;
	}
	add_unary(lo, IR_MOV, pc, flags, dst, src);
}

/* BPF_END: hosts are little-endian, so to_le only cuts. */
static void lower_end(struct lower *lo, u32 pc, const struct bpf_insn *insn)
{
	bool swap = BPF_CLASS(insn->code) == BPF_ALU64 ||
		    BPF_SRC(insn->code) == BPF_TO_BE;
	u32 size = (u32)insn->imm / 8;
	struct weir_ir_insn *ir;

	if (!swap && size == 8) {
		add_unary(lo, IR_MOV, pc, IR_64, insn->dst_reg, insn->dst_reg);
		return;
	}
	ir = add_unary(lo, swap ? IR_SWAP : IR_ZX, pc, IR_64, insn->dst_reg,
		       insn->dst_reg);
	ir->size = (u8)size;
}

static void lower_alu(struct lower *lo, u32 pc, const struct bpf_insn *insn)
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
		add_unary(lo, IR_NEG, pc, flags, insn->dst_reg, insn->dst_reg);
		break;
	default:
		lower_binary(lo, pc, insn, flags);
		break;
	}
}

/* --- Guards -------------------------------------------------------------- */

/*
 * LD_ABS and LD_IND: [r + lo, r + lo + size) within LEN bytes. With an index
 * the length left behind it is kept in IR_REM for the next guard of the same
 * index. Sound: r < 2^32 and LEN < 2^32, so LEN - r is exact in 64 bits, and
 * lo + size <= LEN - r compares exact numbers.
 */
static void lower_guard_offset(struct lower *lo, u32 pc, u32 nr,
			       const struct weir_guard *guard)
{
	u32 size = (u32)guard->hi - (u32)guard->lo;
	struct weir_ir_insn *ir;

	if (guard->reg == WEIR_NO_REG && guard->lo >= 0) {
		ir = add(lo, IR_GUARD_LEN, pc);
		ir->imm = (s64)guard->lo + size;
	} else if (guard->reg == WEIR_NO_REG) {
		/* Before the packet's start: never passes. */
		ir = add(lo, IR_GUARD_LEN, pc);
		ir->imm = S64_MAX;
	} else if (guard->lo < 0) {
		ir = add(lo, IR_GUARD_INDEX, pc);
		ir->a = guard->reg;
		ir->imm = weir_ir_range(guard->lo, size);
	} else if (lo->indexed == guard->reg) {
		ir = add(lo, IR_GUARD_LESS, pc);
		ir->a = IR_REM;
		ir->imm = (s64)guard->lo + size;
	} else {
		ir = add(lo, IR_GUARD_REM, pc);
		ir->dst = IR_REM;
		ir->a = guard->reg;
		ir->imm = (s64)guard->lo + size;
		lo->indexed = guard->reg;
	}
	ir->flags |= IR_IMM;
	ir->target = nr;
}

static void lower_guard_pointer(struct lower *lo, u32 pc, u32 nr,
				const struct weir_guard *guard)
{
	bool stack = guard->kind == WEIR_GUARD_STACK;
	struct weir_ir_insn *ir;

	ir = add(lo, stack ? IR_GUARD_STACK : IR_GUARD_RANGE, pc);
	ir->flags = (u8)(IR_IMM | (guard->check_lo ? 0 : IR_LOW_OK));
	ir->a = guard->reg;
	ir->target = nr;
	ir->imm = weir_ir_range(guard->lo, (u32)guard->hi - (u32)guard->lo);
	if (WARN_ON_ONCE(guard->kind == WEIR_GUARD_MAP_VALUE))
		lo->err = -EFAULT;
}

static void lower_guard(struct lower *lo, u32 pc, u32 nr)
{
	const struct weir_guard *guard = &lo->facts->guard[nr];
	struct weir_ir_insn *ir;

	switch (guard->form) {
	case WEIR_FORM_OFFSET:
		lower_guard_offset(lo, pc, nr, guard);
		break;
	case WEIR_FORM_POINTER:
		lower_guard_pointer(lo, pc, nr, guard);
		break;
	case WEIR_FORM_NULL:
		ir = add(lo, IR_GUARD_NULL, pc);
		ir->a = guard->reg;
		ir->target = nr;
		break;
	default:
		WARN_ON_ONCE(1);
		lo->err = -EFAULT;
		break;
	}
}

/* All but the fuel guards, which sit on an edge. */
static void lower_guards(struct lower *lo, u32 pc)
{
	const struct weir_insn_facts *facts = &lo->facts->insn[pc];
	u32 i;

	for (i = facts->guard; i < facts->guard + facts->nr_guards; i++)
		if (lo->facts->guard[i].form != WEIR_FORM_COUNT)
			lower_guard(lo, pc, i);
}

static void lower_fuel(struct lower *lo, u32 pc)
{
	const struct weir_insn_facts *facts = &lo->facts->insn[pc];
	struct weir_ir_insn *ir;
	u32 i;

	for (i = facts->guard; i < facts->guard + facts->nr_guards; i++) {
		if (lo->facts->guard[i].form != WEIR_FORM_COUNT)
			continue;
		ir = add(lo, IR_GUARD_FUEL, pc);
		ir->target = i;
	}
}

/* --- Memory -------------------------------------------------------------- */

static void lower_packet_load(struct lower *lo, u32 pc,
			      const struct bpf_insn *insn)
{
	u32 size = weir_insn_size(insn->code);
	struct weir_ir_insn *ir;
	u8 base = IR_PKT;

	if (BPF_MODE(insn->code) == BPF_IND) {
		base = IR_PTR;
		if (lo->pointed != insn->src_reg) {
			ir = add_unary(lo, IR_ADD, pc, IR_64 | IR_UXT_B, IR_PTR,
				       IR_PKT);
			ir->b = insn->src_reg;
			lo->pointed = insn->src_reg;
		}
	}
	ir = add_load(lo, pc, IR_R0, base, insn->imm, size);
	if (size > 1)
		ir->flags |= IR_SWAPPED;
	/* What is left of R1 to R5 nobody may read: they are scratch here. */
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

static void lower_load(struct lower *lo, u32 pc, const struct bpf_insn *insn)
{
	struct weir_ir_insn *ir;
	struct place at;

	if (!lower_place(lo, pc, insn, insn->src_reg, false, &at))
		return;
	ir = add_load(lo, pc, insn->dst_reg, at.base, at.off, at.size);
	if (BPF_MODE(insn->code) == BPF_MEMSX)
		ir->flags |= IR_SIGNED | IR_64;
}

static void lower_store(struct lower *lo, u32 pc, const struct bpf_insn *insn)
{
	struct weir_ir_insn *ir;
	struct place at;
	bool imm = BPF_CLASS(insn->code) == BPF_ST;

	if (!lower_place(lo, pc, insn, insn->dst_reg, true, &at))
		return;
	ir = add(lo, IR_ST, pc);
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

static void lower_atomic(struct lower *lo, u32 pc, const struct bpf_insn *insn)
{
	struct weir_ir_insn *ir;
	struct place at;

	if (!lower_place(lo, pc, insn, insn->dst_reg, true, &at))
		return;
	ir = add(lo, IR_ATOMIC, pc);
	ir->a = at.base;
	ir->off = at.off;
	ir->size = (u8)at.size;
	ir->b = insn->src_reg;
	ir->imm = insn->imm;
	/* R10 is aligned to the largest access. */
	if (at.base == IR_R10 && !(at.off & (s32)(at.size - 1)))
		ir->flags |= IR_ALIGNED;
	if (insn->imm == BPF_CMPXCHG)
		forget_reg(lo, IR_R0);
	else if (insn->imm & BPF_FETCH || insn->imm == BPF_LOAD_ACQ)
		forget_reg(lo, insn->src_reg);
}

/* --- Control ------------------------------------------------------------- */

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

/* The block that a jump or call leads to. */
static u32 block_at(struct lower *lo, u32 pc)
{
	u32 block = pc < lo->prog->nr_insns ? lo->block[pc] : NO_BLOCK;

	if (!WARN_ON_ONCE(block == NO_BLOCK))
		return block;
	lo->err = -EFAULT;
	return 0;
}

static void add_jump(struct lower *lo, u32 pc, u32 target_pc)
{
	add(lo, IR_JMP, pc)->target = block_at(lo, target_pc);
}

static void add_branch(struct lower *lo, u32 pc, const struct bpf_insn *insn,
		       bool invert, u32 target_pc)
{
	bool is64 = BPF_CLASS(insn->code) == BPF_JMP;
	struct weir_ir_insn *ir = add(lo, IR_BR, pc);
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
	}
	ir->imm = (s64)(is64 ? imm : (u32)imm);
	simplify_cond(ir);
	if (invert)
		ir->cond = weir_ir_cond_invert(ir->cond);
	ir->target = block_at(lo, target_pc);
}

/* Does the block there come next, right behind what was lowered so far? */
static bool falls_into(const struct lower *lo, u32 target_pc)
{
	return lo->block[target_pc] == lo->ir->nr_blocks;
}

static void lower_jump(struct lower *lo, u32 pc, const struct bpf_insn *insn)
{
	const struct weir_insn_facts *facts = &lo->facts->insn[pc];
	u32 target = (u32)weir_insn_target(insn, pc);
	bool always = BPF_OP(insn->code) == BPF_JA || !reached(lo, pc + 1);
	bool fuel = facts->flags & WEIR_FACT_FUEL;

	if (weir_insn_is_cond(insn)) {
		if (lo->fold && (facts->flags & WEIR_FACT_NOT_TAKEN))
			return;
		if (lo->fold && (facts->flags & WEIR_FACT_TAKEN))
			always = true;
		if (!reached(lo, target))
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

static u32 nr_helper_args(u32 id)
{
	const struct weir_helper *helper = weir_helper_find((s32)id);
	u32 nr = 0;

	if (!helper)
		return WEIR_HELPER_ARGS;
	while (nr < WEIR_HELPER_ARGS && helper->arg[nr] != WEIR_ARG_NONE)
		nr++;
	return nr;
}

static void lower_call(struct lower *lo, u32 pc, const struct bpf_insn *insn)
{
	struct weir_ir_insn *ir;

	if (weir_insn_is_subprog_call(insn)) {
		if (lo->facts->insn[pc].flags & WEIR_FACT_FUEL)
			lower_fuel(lo, pc);
		ir = add(lo, IR_CALLSUB, pc);
		ir->target = block_at(lo, (u32)((s64)pc + 1 + insn->imm));
	} else {
		ir = add(lo, IR_CALL, pc);
		ir->target = (u32)insn->imm;
		ir->nr_args = (u8)nr_helper_args((u32)insn->imm);
	}
	lo->known &= ~IR_CALLER_SAVED;
	lo->indexed = IR_NONE;
	lo->pointed = IR_NONE;
}

/* --- One slot ------------------------------------------------------------- */

static u64 wide_imm(const struct bpf_insn *insn)
{
	return (u32)insn[0].imm | (u64)(u32)insn[1].imm << 32;
}

/* Does the instruction put a plain value in its dst (or R0), and no more? */
static bool only_makes_value(const struct bpf_insn *insn)
{
	switch (BPF_CLASS(insn->code)) {
	case BPF_ALU:
	case BPF_ALU64:
	case BPF_LDX:
	case BPF_LD:
		return true;
	default:
		return false;
	}
}

static void lower_slot(struct lower *lo, u32 pc)
{
	const struct bpf_insn *insn = &lo->prog->insns[pc];
	const struct weir_insn_facts *facts = &lo->facts->insn[pc];

	lower_guards(lo, pc);
	if (lo->fold && (facts->flags & WEIR_FACT_KNOWN) &&
	    only_makes_value(insn)) {
		u8 dst = weir_insn_is_packet_load(insn) ? (u8)IR_R0
							: insn->dst_reg;

		add_movi(lo, pc, dst, facts->known);
		return;
	}

	switch (BPF_CLASS(insn->code)) {
	case BPF_ALU:
	case BPF_ALU64:
		lower_alu(lo, pc, insn);
		break;
	case BPF_LD:
		if (weir_insn_is_packet_load(insn))
			lower_packet_load(lo, pc, insn);
		else
			add_movi(lo, pc, insn->dst_reg, wide_imm(insn));
		break;
	case BPF_LDX:
		lower_load(lo, pc, insn);
		break;
	case BPF_ST:
		lower_store(lo, pc, insn);
		break;
	case BPF_STX:
		if (BPF_MODE(insn->code) == BPF_ATOMIC)
			lower_atomic(lo, pc, insn);
		else
			lower_store(lo, pc, insn);
		break;
	default:
		if (weir_insn_is_exit(insn))
			add(lo, lo->in_subprog ? IR_RETURN : IR_EXIT, pc);
		else if (weir_insn_is_call(insn))
			lower_call(lo, pc, insn);
		else
			lower_jump(lo, pc, insn);
		break;
	}
}

/* --- Blocks --------------------------------------------------------------- */

static void mark_target(struct lower *lo, u32 pc, u32 target)
{
	if (!reached(lo, target))
		return;
	lo->flags[target] |= SLOT_LEADER | SLOT_JUMPED;
	if (target <= pc)
		lo->flags[target] |= SLOT_LOOP;
}

static u32 next_slot(const struct lower *lo, u32 pc)
{
	return pc + (weir_insn_is_wide(&lo->prog->insns[pc]) ? 2 : 1);
}

/* Which slots begin a block: where jumps and calls lead, and behind jumps. */
static void find_leaders(struct lower *lo)
{
	u32 nr = lo->prog->nr_insns;
	u32 pc;

	lo->flags[0] |= SLOT_LEADER;
	for (pc = 0; pc < nr; pc = next_slot(lo, pc)) {
		const struct bpf_insn *insn = &lo->prog->insns[pc];
		u32 target;

		if (!reached(lo, pc))
			continue;
		if (weir_insn_is_subprog_call(insn)) {
			target = (u32)((s64)pc + 1 + insn->imm);
			lo->flags[target] |= SLOT_LEADER | SLOT_JUMPED |
					     SLOT_SUBPROG;
		}
		if (!weir_insn_is_jump(insn))
			continue;
		mark_target(lo, pc, (u32)weir_insn_target(insn, pc));
		if (pc + 1 < nr && reached(lo, pc + 1))
			lo->flags[pc + 1] |= SLOT_LEADER;
		/* The inverted branch round a fuel guard leads there too. */
		if (lo->facts->insn[pc].flags & WEIR_FACT_FUEL && pc + 1 < nr)
			lo->flags[pc + 1] |= SLOT_JUMPED;
	}
}

static void number_blocks(struct lower *lo)
{
	u32 nr = 1; /* 0 is the entry */
	u32 pc;

	for (pc = 0; pc < lo->prog->nr_insns; pc++) {
		bool leads = (lo->flags[pc] & SLOT_LEADER) && reached(lo, pc);

		lo->block[pc] = leads ? nr++ : NO_BLOCK;
	}
}

static void begin_block(struct lower *lo, u32 pc)
{
	struct weir_ir_block *block = weir_ir_begin_block(lo->ir, pc);

	if (lo->flags[pc] & SLOT_LOOP)
		block->flags |= IR_BLOCK_LOOP;
	if (lo->flags[pc] & SLOT_SUBPROG)
		block->flags |= IR_BLOCK_SUBPROG;
	/* Only what falls in from above keeps what is known there. */
	if (lo->flags[pc] & SLOT_JUMPED)
		forget(lo);
	block->live_in = lo->facts->insn[pc].live;
	block->live_in_hi = lo->facts->insn[pc].live_hi;
	if (lo->flags[pc] & SLOT_SUBPROG) {
		lo->in_subprog = true;
		add(lo, IR_ENTER, pc);
	}
}

/* What the run hands over at entry. What nobody reads is dropped later. */
static void lower_entry(struct lower *lo)
{
	add_load(lo, 0, IR_PKT, IR_RUN, offsetof(struct weir_run, data), 8);
	add_load(lo, 0, IR_LEN, IR_RUN, offsetof(struct weir_run, linear_len),
		 8);
	add_load(lo, 0, IR_FUEL, IR_RUN, offsetof(struct weir_run, fuel), 8);
	if (lo->prog->kind != WEIR_KIND_MEM) {
		add_unary(lo, IR_MOV, 0, IR_64, IR_R1, IR_RUN);
		return;
	}
	add_unary(lo, IR_MOV, 0, IR_64, IR_R1, IR_PKT);
	add_unary(lo, IR_MOV, 0, IR_64, IR_R2, IR_LEN);
}

static void lower_slots(struct lower *lo)
{
	bool ended = false;
	u32 pc;

	for (pc = 0; pc < lo->prog->nr_insns; pc = next_slot(lo, pc)) {
		if (!reached(lo, pc))
			continue;
		if (lo->block[pc] != NO_BLOCK) {
			begin_block(lo, pc);
			ended = false;
		}
		if (!ended)
			lower_slot(lo, pc);
		if (!(pc & 0xfff))
			weir_host_resched();
	}
	weir_ir_end(lo->ir);
}

/* At first each register has its own value. */
static int init_exits(struct weir_ir *ir)
{
	u32 i, r;

	ir->exit = weir_host_alloc((size_t)ir->nr_guards * sizeof(*ir->exit));
	if (!ir->exit)
		return -ENOMEM;
	for (i = 0; i < ir->nr_guards; i++)
		for (r = 0; r < WEIR_NR_REGS; r++)
			ir->exit[i].from[r] = (u8)r;
	return 0;
}

static int lower_run(struct lower *lo)
{
	struct weir_ir *ir = lo->ir;

	ir->nr_slots = lo->prog->nr_insns;
	ir->nr_guards = lo->facts->nr_guards;
	ir->stack_bytes = lo->facts->stack_bytes;
	ir->fail_verdict = lo->prog->fail_verdict;

	if (init_exits(ir))
		return -ENOMEM;

	find_leaders(lo);
	/* The entry is a block of its own: slot 0 may be a loop's head. */
	weir_ir_begin_block(ir, 0);
	forget(lo);
	lower_entry(lo);
	number_blocks(lo);
	lower_slots(lo);
	if (ir->err)
		return ir->err;
	if (lo->err)
		return lo->err;
	weir_ir_compact(ir);
	return 0;
}

int weir_lower(const struct weir_prog *prog, const struct weir_facts *facts,
	       bool fold, struct weir_ir **out)
{
	struct lower lo = { .prog = prog, .facts = facts, .fold = fold };
	int err = -ENOMEM;

	if (WARN_ON_ONCE(facts->nr_insns != prog->nr_insns || !prog->nr_insns))
		return -EFAULT;
	lo.ir = weir_ir_new();
	lo.flags = weir_host_alloc(prog->nr_insns);
	lo.block = weir_host_alloc((size_t)prog->nr_insns * sizeof(u32));
	if (lo.ir && lo.flags && lo.block)
		err = lower_run(&lo);
	weir_host_free(lo.flags);
	weir_host_free(lo.block);
	if (err)
		weir_ir_free(lo.ir);
	else
		*out = lo.ir;
	return err;
}
