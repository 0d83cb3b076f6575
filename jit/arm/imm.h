/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ARM immediates: which operation takes a value, and how a constant is made.
 * All of it is a pure function of the value.
 */
#ifndef WEIR_JIT_ARM_IMM_H
#define WEIR_JIT_ARM_IMM_H

#include <linux/types.h>

#include "insn.h"

/*
 * The immediate with which @op, or else the operation that does the same to
 * the negated or inverted value, applies @value; @op becomes the one to use:
 * ADD and SUB, ADC and SBC, AND and BIC, CMP and CMN, MOV and MVN.
 *
 * The result is the same. So are all flags after ADDS, SUBS, CMP, CMN, ADCS
 * and SBCS. After ANDS, BICS, MOVS and MVNS N and Z are; C is of no use there.
 */
bool __must_check a32_dp_imm(u32 value, enum a32_dp *op, struct a32_op2 *out);
bool __must_check a32_move_imm(u32 value, enum a32_move *op,
			       struct a32_op2 *out);
bool __must_check a32_test_imm(u32 value, enum a32_test *op,
			       struct a32_op2 *out);

#define A32_MOV_MAX 4

/* The words that put a constant in a register, in order. */
struct a32_mov_plan {
	u32 nr;
	struct a32_mov_step {
		u32 insn; /* without the registers and the condition */
		bool adds; /* rn is rd */
	} step[A32_MOV_MAX];
};

/*
 * The shortest of: MOV, MVN or, where the CPU has them, MOVW and MOVT; or MOV
 * and ORRs; or MVN and BICs. 1 or 2 words with MOVW, 1 to 4 without; where it
 * takes more than the caller likes, a literal is the other choice.
 */
void a32_mov_plan(u32 value, bool has_movw, struct a32_mov_plan *plan);

/* The number of words of that plan. */
u32 a32_mov_len(u32 value, bool has_movw);

/* The fixed-length form, for a CPU that has MOVW: always MOVW and MOVT. */
void a32_mov_plan_fixed(u32 value, struct a32_mov_plan *plan);

/* Word @i of @plan. */
static inline u32 a32_mov_insn(const struct a32_mov_plan *plan, u32 i,
			       enum a32_cond cond, enum a32_reg rd)
{
	const struct a32_mov_step *step = &plan->step[i];

	return step->insn | a32_field(cond, 28) | a32_field(rd, 12) |
	       (step->adds ? a32_field(rd, 16) : 0);
}

#endif
