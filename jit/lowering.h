/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Lowering under way: what its files share. One file per sort of instruction;
 * lower.c goes over the slots and asks them in turn.
 */
#ifndef WEIR_JIT_LOWERING_H
#define WEIR_JIT_LOWERING_H

#include <linux/types.h>
#include "base/insn.h"
#include "jit/ir.h"
#include "uapi/weir.h"

struct weir_facts;
struct weir_insn_facts;
struct weir_prog;

#define LOWER_NO_BLOCK U32_MAX

/**
 * struct lower - the state of one pass
 * @flags:	per slot: SLOT_*
 * @block:	per slot: its block, where one begins
 * @known:	registers of the program whose value is in @value
 * @indexed:	register whose remaining length is in IR_REM, or IR_NONE
 * @pointed:	register whose packet address is in IR_PTR, or IR_NONE
 * @in_subprog:	the slot belongs to a subprogram
 * @moves:	something in the program may move the packet
 * @decided:	a test that the slot before it has done: it is left out
 * @burns:	code counts fuel down, in IR_FUEL
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
	u32 decided;
	bool moves;
	bool burns;
	int err;
};

/* Operations, and what is known because of them. */

/** lower_add() - one operation; the caller fills in its operands. */
struct weir_ir_insn *lower_add(struct lower *lo, enum weir_ir_op op, u32 pc);

/** lower_add_movi() - dst = value, unless it holds that already. */
void lower_add_movi(struct lower *lo, u32 pc, u8 dst, u64 value);

/** lower_add_unary() - dst = op a; the caller may give it a second operand. */
struct weir_ir_insn *lower_add_unary(struct lower *lo, enum weir_ir_op op,
				     u32 pc, u32 flags, u8 dst, u8 a);

/** lower_add_binary_imm() - dst = a op imm */
void lower_add_binary_imm(struct lower *lo, enum weir_ir_op op, u32 pc,
			  u32 flags, u8 dst, u8 a, u64 imm);

/** lower_add_load() - dst = size bytes at base + off */
struct weir_ir_insn *lower_add_load(struct lower *lo, u32 pc, u8 dst, u8 base,
				    s32 off, u32 size);

/** lower_forget_reg() - nothing is known of @reg any more. */
void lower_forget_reg(struct lower *lo, u8 reg);

/** lower_reaches() - may some run reach slot @pc? */
bool lower_reaches(const struct lower *lo, u32 pc);

/** lower_block_at() - the block that a jump or call to @pc leads to. */
u32 lower_block_at(struct lower *lo, u32 pc);

/* One slot, by its sort. */

void lower_alu(struct lower *lo, u32 pc, const struct bpf_insn *insn);
void lower_packet_load(struct lower *lo, u32 pc, const struct bpf_insn *insn);
void lower_wide(struct lower *lo, u32 pc, const struct bpf_insn *insn);
void lower_load(struct lower *lo, u32 pc, const struct bpf_insn *insn);
void lower_store(struct lower *lo, u32 pc, const struct bpf_insn *insn);
void lower_atomic(struct lower *lo, u32 pc, const struct bpf_insn *insn);
void lower_jump(struct lower *lo, u32 pc, const struct bpf_insn *insn);
void lower_call(struct lower *lo, u32 pc, const struct bpf_insn *insn);

/** lower_survey_call() - before all: what this instruction may do to the run. */
void lower_survey_call(struct lower *lo, const struct bpf_insn *insn,
		       const struct weir_insn_facts *facts);

/** lower_lookup() - the call at @pc without calling, if it looks into an array.
 * Return: does it?
 */
bool lower_lookup(struct lower *lo, u32 pc);

/** lower_hash_lookup() - the helper to call at @pc instead of @helper. */
u32 lower_hash_lookup(const struct lower *lo, u32 pc, u32 helper);

/** lower_cpu_id() - the call at @pc without calling, if it asks for the CPU.
 * Return: does it?
 */
bool lower_cpu_id(struct lower *lo, u32 pc);

/** lower_comes_back() - will it jump to what is behind it? */
bool lower_comes_back(const struct lower *lo, u32 pc);

/** lower_store_base() - R0, where a map value lies that guards measure from. */
void lower_store_base(struct lower *lo, u32 pc);

/** lower_add_after() - an operation behind a call: what R0 to R5 hold, the facts
 * of @pc do not say.
 */
struct weir_ir_insn *lower_add_after(struct lower *lo, enum weir_ir_op op,
				     u32 pc);

/** lower_is_tail_call() - may it not come back? */
bool lower_is_tail_call(const struct bpf_insn *insn);

/** lower_load_packet() - PKT and LEN as the run has them now. */
void lower_load_packet(struct lower *lo, u32 pc);

/** lower_load_fuel() - FUEL, likewise. lower_store_fuel(): the other way. */
void lower_load_fuel(struct lower *lo, u32 pc);
void lower_store_fuel(struct lower *lo, u32 pc);

/** lower_callback() - a way in from C to the function at @pc. */
void lower_callback(struct lower *lo, u32 pc);

/** lower_guards() - all but the fuel guards, which sit on an edge. */
void lower_guards(struct lower *lo, u32 pc);
/** lower_fuel() - those. */
void lower_fuel(struct lower *lo, u32 pc);

#endif
