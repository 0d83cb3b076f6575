/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Comparisons and branches, short or far as the image's reach asks. */
#ifndef WEIR_JIT_ARM64_BRANCH_H
#define WEIR_JIT_ARM64_BRANCH_H

#include <linux/types.h>
#include "jit/arm64/insn.h"
#include "jit/asmbuf.h"

struct weir_emit;
struct weir_ir_insn;

/* A conditional branch with its field empty. */
struct a64_condbr {
	u32 word;
	enum weir_fixup_kind kind;
};

/** a64_on_cond() - if the flags say so. */
struct a64_condbr a64_on_cond(enum a64_cond cond);

/** a64_on_zero() - CBZ, CBNZ. */
struct a64_condbr a64_on_zero(enum a64_cb op, bool wide, enum a64_reg rt);

/** a64_compare_imm() - flags of ra - value. May use x17. */
void a64_compare_imm(struct weir_emit *e, bool wide, enum a64_reg ra,
		     u64 value);

/** a64_compare() - the comparison of BR. Return: the branch that follows it. */
struct a64_condbr a64_compare(struct weir_emit *e,
			      const struct weir_ir_insn *insn);

/** a64_choose() - BR over one operation: both as a choice of one word.
 * Return: could they be?
 */
bool a64_choose(struct weir_emit *e, u32 i);

/** a64_branch_to() - to a label. */
void a64_branch_to(struct weir_emit *e, struct a64_condbr branch,
		   struct weir_label label);

/** a64_branch_out() - to the stub of a guard. */
void a64_branch_out(struct weir_emit *e, struct a64_condbr branch, u32 guard);

/** a64_leave() - to the stub of a guard that never passes. */
void a64_leave(struct weir_emit *e, u32 guard);

/** a64_jump() - to a label, wherever it is. */
void a64_jump(struct weir_emit *e, struct weir_label label);

#endif
