/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Peephole passes over the IR, one file each. None changes what a program
 * does; each may be left out. All are linear.
 */
#ifndef WEIR_JIT_PASSES_H
#define WEIR_JIT_PASSES_H

#include <linux/types.h>

struct weir_arch;
struct weir_ir;

/**
 * weir_ir_live() - which registers are read later
 * @ir:		program; insn.live, insn.live_hi and block.live_in are set
 * @drop:	also drop what makes a value that nobody reads
 */
void weir_ir_live(struct weir_ir *ir, bool drop);

/** weir_ir_swaps() - byte swaps into constants. Needs liveness. */
void weir_ir_swaps(struct weir_ir *ir);

/** weir_ir_exits() - which register has what at each guard. Behind it only
 * names are changed.
 */
void weir_ir_exits(struct weir_ir *ir);

/**
 * weir_ir_names() - the same values in fewer registers. Behind all others.
 * Return: 0 or -ENOMEM.
 */
int weir_ir_names(struct weir_ir *ir);

/**
 * weir_ir_frame() - drop stores to the stack that no load reads
 * Return: were there any? Then liveness is to be found anew.
 */
bool weir_ir_frame(struct weir_ir *ir);

/** weir_ir_copies() - read the source of a copy, not the copy. */
void weir_ir_copies(struct weir_ir *ir);

/** weir_ir_fuse() - neighbours become one operation. Needs liveness. */
void weir_ir_fuse(struct weir_ir *ir);

/**
 * weir_ir_bytes() - neighbouring bytes in one load. Needs liveness.
 * Return: did it change anything? Then liveness is to be found anew.
 */
bool weir_ir_bytes(struct weir_ir *ir);

/**
 * weir_ir_shifts() - shifts into the operations that use them
 * @arch:	what it has instructions for
 *
 * Needs liveness. Return: did it change anything? Then liveness is to be found
 * anew.
 */
bool weir_ir_shifts(struct weir_ir *ir, const struct weir_arch *arch);

/** weir_ir_conds() - mark branches over next to nothing. The last but exits. */
void weir_ir_conds(struct weir_ir *ir);

/** weir_ir_jumps() - jumps to jumps, over jumps and to what comes next. */
void weir_ir_jumps(struct weir_ir *ir);

#endif
