/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Calls: of helpers and subprograms, from C, and those that do not come back. */
#ifndef WEIR_JIT_ARM_CALL_H
#define WEIR_JIT_ARM_CALL_H

#include <linux/types.h>

struct a32_ctx;
struct weir_emit;

/** a32_put_call() - BL to a helper; sp is 8-aligned. */
void a32_put_call(struct weir_emit *e, u32 helper);

/** a32_call() - CALL: of a helper that the program names. */
void a32_call(const struct a32_ctx *cx);

/** a32_callsub() - CALLSUB: of a subprogram. */
void a32_callsub(const struct a32_ctx *cx);

/** a32_quit() - QUIT: leave the image if the run has ended. */
void a32_quit(struct weir_emit *e);

/** a32_ended() - GUARD_ENDED: the same, or leave by the guard. */
void a32_ended(const struct a32_ctx *cx);

/** a32_callback() - CALLBACK: where C enters. */
void a32_callback(const struct a32_ctx *cx);

/** a32_tail() - TAIL: leave the frame and go to what R0 holds. */
void a32_tail(struct weir_emit *e);

#endif
