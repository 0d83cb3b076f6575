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
#include "jit/image.h"

struct weir_emit;
struct weir_ir_insn;

/** a64_shifts() - is there an instruction for it, which has IR_SHIFTED? */
bool a64_shifts(const struct weir_ir_insn *insn);

/** a64_op() - operation @i. Return: how many operations were emitted. */
u32 a64_op(struct weir_emit *e, u32 i);

/** a64_bug() - cannot happen: say so through the buffer. */
void a64_bug(struct weir_emit *e);

/** a64_get() - the machine register of an IR register; R10 is computed into
 * @scratch.
 */
enum a64_reg a64_get(struct weir_emit *e, u8 reg, enum a64_reg scratch);

/** a64_get_a() - the first operand, x16 if it is R10. */
enum a64_reg a64_get_a(struct weir_emit *e, const struct weir_ir_insn *insn);

/** a64_get_b() - the second, x17 if it is a constant or R10. */
enum a64_reg a64_get_b(struct weir_emit *e, const struct weir_ir_insn *insn);

/** a64_get_dst() - where the result goes. */
enum a64_reg a64_get_dst(struct weir_emit *e, const struct weir_ir_insn *insn);

/** a64_access() - a load or store in the shortest form. May use x16. */
void a64_access(struct weir_emit *e, enum a64_ldst op, enum a64_reg rt,
		enum a64_reg rn, s64 off);

/** a64_load_address() - an address of this host, plus @add, from the pool. */
void a64_load_address(struct weir_emit *e, enum a64_reg rd,
		      enum weir_reloc_kind kind, u32 target, u64 add);

/** a64_load_imm() - a constant, by moves or from the pool. */
void a64_load_imm(struct weir_emit *e, enum a64_reg rd, u64 value);

/** a64_add_imm() - rd = rn + value; both may be sp (@is64). May use x16, so
 * rn is not x16 unless the value fits an instruction.
 */
void a64_add_imm(struct weir_emit *e, bool is64, enum a64_reg rd,
		 enum a64_reg rn, u64 value);

#endif
