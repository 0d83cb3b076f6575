/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Learning: what a state knows after a duty was met or a comparison came out
 * one way. Whatever is learnt of a value holds for all that share its base.
 */
#ifndef WEIR_VERIFIER_LEARN_H
#define WEIR_VERIFIER_LEARN_H

#include <linux/types.h>

struct bpf_insn;
struct weir_duty;
struct weir_state;
struct weir_value;

/** weir_learn_reach() - bytes known to follow a value's base; see value.h */
s64 weir_learn_reach(const struct weir_state *s, const struct weir_value *v);

/**
 * weir_learn_met() - a duty was met, by proof or because its guard passed
 *
 * Afterwards the state knows it, so that what it dominates is proven.
 */
void weir_learn_met(struct weir_state *s, const struct weir_duty *d);

/**
 * weir_learn_jump() - a conditional jump went one way
 * Return: false if it cannot.
 */
bool weir_learn_jump(struct weir_state *s, const struct bpf_insn *insn,
		     bool taken);

#endif
