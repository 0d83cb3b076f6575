/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One operation of the IR into words. x16 and x17 are scratch within an
 * operation; nothing lives in them from one to the next.
 */
#ifndef WEIR_JIT_ARM64_OPS_H
#define WEIR_JIT_ARM64_OPS_H

#include <linux/types.h>
#include "jit/arm64/insn.h"
#include "jit/asmbuf.h"

struct weir_emit;
struct weir_ir_insn;

/** a64_shifts() - is there an instruction for it, which has IR_SHIFTED? */
bool a64_shifts(const struct weir_ir_insn *insn);

/** a64_op() - operation @i. Return: how many operations were emitted. */
u32 a64_op(struct weir_emit *e, u32 i);

/** a64_jump() - to a label, wherever it is. */
void a64_jump(struct weir_emit *e, struct weir_label label);

/** a64_load_imm() - a constant, by moves or from the pool. */
void a64_load_imm(struct weir_emit *e, enum a64_reg rd, u64 value);

/** a64_add_imm() - rd = rn + value; both may be sp (@is64). May use x16, so
 * rn is not x16 unless the value fits an instruction.
 */
void a64_add_imm(struct weir_emit *e, bool is64, enum a64_reg rd,
		 enum a64_reg rn, u64 value);

#endif
