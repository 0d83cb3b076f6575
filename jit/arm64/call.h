/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Calls: of helpers and subprograms, from C, and those that do not come back. */
#ifndef WEIR_JIT_ARM64_CALL_H
#define WEIR_JIT_ARM64_CALL_H

struct weir_emit;
struct weir_ir_insn;

/** a64_call() - CALL: of a helper. */
void a64_call(struct weir_emit *e, const struct weir_ir_insn *insn);

/** a64_callsub() - CALLSUB: of a subprogram. */
void a64_callsub(struct weir_emit *e, const struct weir_ir_insn *insn);

/** a64_quit() - QUIT: leave the image if the run has ended. */
void a64_quit(struct weir_emit *e);

/** a64_ended() - GUARD_ENDED: the same, or leave by the guard. */
void a64_ended(struct weir_emit *e, const struct weir_ir_insn *insn);

/** a64_callback() - CALLBACK: where C enters. */
void a64_callback(struct weir_emit *e, const struct weir_ir_insn *insn);

/** a64_tail() - TAIL: leave the frame and go to what R0 holds. */
void a64_tail(struct weir_emit *e);

#endif
