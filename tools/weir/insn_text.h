/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One eBPF instruction as people write it, in the manner of LLVM and Linux. */
#ifndef WEIR_TOOL_INSN_TEXT_H
#define WEIR_TOOL_INSN_TEXT_H

#include <linux/types.h>

struct weir_prog;

#define INSN_TEXT 96

/**
 * insn_text() - text of the instruction at a slot
 * @prog:	program
 * @pc:		slot; jump targets are written as slots too
 * @buf:	out
 *
 * The second slot of LD_IMM64 has no text of its own. Return: @buf.
 */
const char *insn_text(const struct weir_prog *prog, u32 pc,
		      char buf[INSN_TEXT]);

/** insn_slots() - slots it takes: 2 for LD_IMM64, else 1. */
u32 insn_slots(const struct weir_prog *prog, u32 pc);

#endif
