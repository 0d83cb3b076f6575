/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Atomics. LSE where the CPU has it, else a loop with exclusives. At an address
 * that may be misaligned, which would fault with either, the operation is done
 * by plain accesses: defined, but not atomic towards other CPUs.
 */
#ifndef WEIR_JIT_ARM64_ATOMIC_H
#define WEIR_JIT_ARM64_ATOMIC_H

struct weir_emit;
struct weir_ir_insn;

/** a64_atomic() - an ATOMIC operation. Needs two temps of the frame. */
void a64_atomic(struct weir_emit *e, const struct weir_ir_insn *insn);

#endif
