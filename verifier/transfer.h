/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Transfer: how an instruction moves a state. Never rejects; where a duty is
 * not met the result is unimportant, but defined.
 */
#ifndef WEIR_VERIFIER_TRANSFER_H
#define WEIR_VERIFIER_TRANSFER_H

#include <linux/types.h>

struct weir_cfg;
struct weir_effects;
struct weir_prog;
struct weir_state;
struct weir_value;

/** weir_transfer_entry() - the state in which a program of this kind starts */
void weir_transfer_entry(const struct weir_prog *prog, struct weir_state *s);

/** weir_transfer_insn() - the instruction at @pc, unless it is a jump or exit */
void weir_transfer_insn(const struct weir_prog *prog,
			const struct weir_cfg *cfg,
			const struct weir_effects *effects,
			struct weir_state *s, u32 pc);

/**
 * weir_transfer_peek() - what a load through a pointer would give, if known
 * @p:		where
 * @size:	bytes
 * @out:	out: the number
 *
 * Return: false if the state does not know it.
 */
bool weir_transfer_peek(const struct weir_prog *prog,
			const struct weir_state *s, const struct weir_value *p,
			u32 size, u64 *out);

#endif
