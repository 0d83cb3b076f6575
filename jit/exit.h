/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Exits: what happens when a guard fails.
 *
 *	body	cmp   len, #14
 *		trap  ------------ b.lo ---.	until the stub has its place
 *		ldrh  ...                  |
 *	stub	nop   <--------------------'	the one word that is ever rewritten
 *		mov   w16, #guard
 *		b     leave ---------------.
 *	leave	stp   R0, R1, ...  <-------'	into run->exit.regs
 *		...
 *
 * Every guard with a branch gets a stub, in the order of the facts.
 */
#ifndef WEIR_JIT_EXIT_H
#define WEIR_JIT_EXIT_H

#include <linux/types.h>

struct weir_emit;

/** weir_exit_stubs() - stubs and trampoline, behind the body. */
void weir_exit_stubs(struct weir_emit *e);

/** weir_exit_resolve() - pending branches get their real form. */
void weir_exit_resolve(struct weir_emit *e);

/** weir_exit_sealed() - is no trap left among the instructions? */
bool weir_exit_sealed(const struct weir_emit *e);

#endif
