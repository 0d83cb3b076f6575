/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * AArch64 immediates: does a value fit an instruction, and how is it made when
 * it does not. All of it is a pure function of the value.
 *
 * For the 32-bit forms (is64 false) a value is below 2^32: one that is not
 * never fits. Callers cut a sign-extended immediate to u32 first.
 */
#ifndef WEIR_JIT_ARM64_IMM_H
#define WEIR_JIT_ARM64_IMM_H

#include <linux/types.h>

#include "insn.h"

/* The bitmask immediate of @value, for A64_LOGIC_IMM. */
bool __must_check a64_logical_imm(u64 value, bool is64, struct a64_logimm *out);

/*
 * The immediate with which @op, or else its opposite on the negated value,
 * adds or subtracts @value. @op becomes the one to use.
 *
 * The result is the same, and so are the flags of ADDS and SUBS: they would
 * differ for 0 and for the most negative number only; 0 fits as it is and the
 * other fits neither way.
 */
bool __must_check a64_addsub(u64 value, bool is64, enum a64_addsub_imm *op,
			     struct a64_uimm12 *out);

#define A64_MOV_MAX 4

/* The words that put a constant in a register, in order, less the register. */
struct a64_mov_plan {
	u32 nr;
	u32 insn[A64_MOV_MAX];
};

/*
 * The shortest of: MOVZ, MOVN or ORR with a bitmask, then MOVKs, if that takes 1
 * or 2 words. Else one of 3 or 4, which need not be the shortest: a literal is
 * the better choice then, and the search would cost more than all the rest of a
 * compilation. With is64 false only the low 32 bits of the value count, and the
 * upper half of the register becomes zero.
 */
void a64_mov_plan(u64 value, bool is64, struct a64_mov_plan *plan);

/* The number of words of that plan. */
u32 a64_mov_len(u64 value, bool is64);

/*
 * The fixed-length forms, for values that are not known yet or may change: any
 * value in A64_MOV_FIXED_WORDS, or one whose upper 16 bits are all equal (an
 * address in a 48-bit space) in A64_MOV_ADDR_WORDS.
 */
#define A64_MOV_FIXED_WORDS 4
#define A64_MOV_ADDR_WORDS 3
void a64_mov_plan_fixed(u64 value, struct a64_mov_plan *plan);
bool __must_check a64_mov_plan_addr(u64 value, struct a64_mov_plan *plan);

/* Word @i of @plan with its register, which is not 31. */
static inline u32 a64_mov_insn(const struct a64_mov_plan *plan, u32 i,
			       enum a64_reg rd)
{
	return plan->insn[i] | a64_field(rd, 0);
}

#endif
