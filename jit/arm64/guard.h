/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Guards. Each leaves the values of the program's registers alone. */
#ifndef WEIR_JIT_ARM64_GUARD_H
#define WEIR_JIT_ARM64_GUARD_H

struct weir_emit;
struct weir_ir_insn;

/** a64_guard() - one of them. */
void a64_guard(struct weir_emit *e, const struct weir_ir_insn *insn);

#endif
