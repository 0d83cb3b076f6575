/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Upper halves, for a target whose registers and addresses have 32 bits: which
 * of the program's 64-bit registers need a second machine register, and where.
 *
 * A register is a pair if somewhere its upper half is read and not known to be
 * zero there. Where it is known to be zero, a reader takes the constant, so
 * nobody needs to have written it.
 *
 * Addresses are 32 bits: that is why this is not the verifier's business. An
 * access reads the low half of its base alone, which is the whole address once
 * the access is proven or guarded to lie in an object; and behind the access
 * the base is known to be near that object, so its upper half is zero.
 */
#ifndef WEIR_JIT_HALVES_H
#define WEIR_JIT_HALVES_H

#include <linux/types.h>

struct weir_ir;
struct weir_ir_insn;

/*
 * Objects (packets, frames, the run context) keep this distance from both ends
 * of the address space, so an address this far from one has not wrapped.
 */
#define WEIR_ADDRESS_SLACK 0x7fff

/**
 * struct weir_half - upper halves at one operation
 * @zero:	registers (IR_BIT) whose upper half is zero before it
 * @need:	of the program's, those whose upper half is read later, as the
 *		operation leaves it
 * @makes_zero:	the upper half of its result is zero
 */
struct weir_half {
	u32 zero;
	u16 need;
	u16 makes_zero;
};

/**
 * weir_halves() - find them
 * @ir:		program
 * @half:	out: per operation
 * @pairs:	out: registers of the program that need two
 *
 * Linear in the program's length. Return: 0 or -ENOMEM.
 */
int weir_halves(const struct weir_ir *ir, struct weir_half *half, u32 *pairs);

#endif
