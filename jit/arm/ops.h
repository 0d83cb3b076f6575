/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One operation of the IR into words. Temps hold nothing from one operation to
 * the next, and are asked for by number, lowest first.
 */
#ifndef WEIR_JIT_ARM_OPS_H
#define WEIR_JIT_ARM_OPS_H

#include <linux/types.h>
#include "jit/arm/insn.h"
#include "jit/asmbuf.h"
#include "jit/image.h"

struct weir_emit;

/** a32_op() - operation @i. Return: how many operations were emitted. */
u32 a32_op(struct weir_emit *e, u32 i);

/** a32_calls_helper() - does operation @i call a helper of its own? */
bool a32_calls_helper(const struct weir_emit *e, u32 i);

/** a32_bug() - cannot happen: say so through the buffer. */
void a32_bug(struct weir_emit *e);

/** a32_load_imm() - a constant. Leaves the flags alone. */
void a32_load_imm(struct weir_emit *e, enum a32_reg rd, u32 value);

/** a32_load_address() - an address of this host, plus @add, from the pool. */
void a32_load_address(struct weir_emit *e, enum a32_reg rd,
		      enum weir_reloc_kind kind, u32 target, u32 add);

/* Temps that a PARAM of 8 bytes takes: the third is even, and the next one is
 * one of them too.
 */
#define A32_WIDE_PARAM_TEMPS 4

/** a32_move_reg() - rd = rm, unless they are one. */
void a32_move_reg(struct weir_emit *e, enum a32_reg rd, enum a32_reg rm);

/** a32_put_dp() - rd = rn op operand 2; the flags stay. */
void a32_put_dp(struct weir_emit *e, enum a32_dp op, enum a32_reg rd,
		enum a32_reg rn, struct a32_op2 op2);

/** a32_put_dps() - the same, setting the flags. */
void a32_put_dps(struct weir_emit *e, enum a32_dp op, enum a32_reg rd,
		 enum a32_reg rn, struct a32_op2 op2);

/** a32_put_mov() - rd = operand 2; the flags stay. */
void a32_put_mov(struct weir_emit *e, enum a32_reg rd, struct a32_op2 op2);

/** a32_shifted() - rm shifted by a constant that is known to fit. */
struct a32_op2 a32_shifted(struct weir_emit *e, enum a32_reg rm,
			   enum a32_shift type, u32 amount);

/** a32_add_imm() - rd = rn + value. May use rd first, so where the value does
 * not fit an instruction rd is not rn; sp may be either.
 */
void a32_add_imm(struct weir_emit *e, enum a32_reg rd, enum a32_reg rn,
		 u32 value);

/** a32_fits_add() - may rd be rn there? */
bool a32_fits_add(u32 value);

/** a32_access() - LDR, STR and those of bytes at rn + off, |off| <= 4095. */
void a32_access(struct weir_emit *e, enum a32_ldst op, enum a32_reg rt,
		enum a32_reg rn, s64 off);

#endif
