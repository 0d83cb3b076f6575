/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Comparisons and branches. */
#ifndef WEIR_JIT_ARM_BRANCH_H
#define WEIR_JIT_ARM_BRANCH_H

#include <linux/types.h>
#include "jit/arm/insn.h"
#include "jit/asmbuf.h"

struct a32_ctx;
struct weir_emit;

/** a32_compare_imm() - flags of rn - value. May use @temp. */
void a32_compare_imm(struct weir_emit *e, enum a32_cond cond, enum a32_reg rn,
		     u32 value, u32 temp);

/** a32_branch_if() - BR: comparison and branch, or conditions on what it jumps
 * over. Return: operations emitted.
 */
u32 a32_branch_if(const struct a32_ctx *cx, u32 i);

/** a32_branch_out() - to the stub of a guard. */
void a32_branch_out(struct weir_emit *e, enum a32_cond cond, u32 guard);

/** a32_jump() - to a label. */
void a32_jump(struct weir_emit *e, enum a32_cond cond, struct weir_label label);

#endif
