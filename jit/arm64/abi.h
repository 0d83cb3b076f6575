/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Registers and frames. Chosen once per program.
 *
 *	           leaf      with calls
 *	R0..R5     x0..x5    x0..x5
 *	R6..R9     x6 x7     x19..x22
 *	           x11 x12
 *	run        x8        x23
 *	packet     x9        x24
 *	length     x10       x26
 *	fuel       x13       x27
 *	rem, ptr   x14 x15   x9 x10
 *	entry sp   -         x28 (programs with subprograms)
 *	scratch    x16 x17   x16 x17
 *
 * A leaf without a stack has no frame and saves nothing. Every other frame,
 * the entry's and each subprogram's, looks like this:
 *
 *	R10 = sp + bytes --> +-------------------+
 *	                     | the program's     |
 *	                     | stack             |
 *	                     +-------------------+
 *	                     | saved registers   |  by pairs
 *	                     +-------------------+
 *	sp = x29 ----------> | x29, x30          |  the frame record
 *	                     +-------------------+
 *
 * sp does not move between entry and epilogue, so the program's stack is
 * addressed from it, and R10 needs no register. x18 is never touched.
 */
#ifndef WEIR_JIT_ARM64_ABI_H
#define WEIR_JIT_ARM64_ABI_H

#include <linux/types.h>
#include "jit/arm64/insn.h"

struct weir_emit;

#define A64_SCRATCH A64_X16
#define A64_SCRATCH2 A64_X17
#define A64_ENTRY_SP A64_X28

/** a64_plan() - fill e->frame. */
void a64_plan(struct weir_emit *e);

/** a64_landing() - the landing pad by itself, before what comes before entry. */
void a64_landing(struct weir_emit *e);

/** a64_entry() - landing pad, frame, run context. */
void a64_entry(struct weir_emit *e);

/** a64_drop_frame() - what the entry did, undone; but nothing returns. Leaves x0
 * and x17 alone.
 */
void a64_drop_frame(struct weir_emit *e);

/** a64_exit() - the program's EXIT: return, or go to the epilogue. */
void a64_exit(struct weir_emit *e);

/** a64_epilogue() - restore and return; nothing for a program without frame. */
void a64_epilogue(struct weir_emit *e);

/** a64_enter_subprog() - its frame. */
void a64_enter_subprog(struct weir_emit *e);

/** a64_leave_subprog() - its RETURN. */
void a64_leave_subprog(struct weir_emit *e);

/** a64_stub() - of one guard. */
void a64_stub(struct weir_emit *e, u32 guard);

/** a64_handled() - where stubs with a handler lead: note it, and go on below. */
void a64_handled(struct weir_emit *e);

/** a64_trampoline() - where all stubs lead. */
void a64_trampoline(struct weir_emit *e);

#endif
