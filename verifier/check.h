/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Check: does a state satisfy a duty? Answers proven, guard or reject, and
 * never changes the state.
 */
#ifndef WEIR_VERIFIER_CHECK_H
#define WEIR_VERIFIER_CHECK_H

#include <linux/types.h>
#include "verifier/facts.h"

struct weir_duty;
struct weir_prog;
struct weir_rejection;
struct weir_state;

enum weir_answer {
	WEIR_PROVEN,
	WEIR_GUARD, /* weir_finding.guard has it */
	WEIR_REJECT, /* the rejection is filled in */
};

/**
 * struct weir_finding - what a check found out
 * @answer:	enum weir_answer
 * @mem:	enum weir_mem of an access
 * @off:	constant offset of an access, or WEIR_OFF_VARIABLE
 * @wants:	packet bytes from its start that an access may touch
 * @stack:	bytes of this frame that an access, or a subprogram, may touch
 * @null_reg:	this register has to be tested against null before, or
 *		WEIR_NO_REG
 * @site:	guard.base is yet to be found: where the object comes from
 * @by:		proven: how, for people
 * @guard:	the guard, if that is the answer
 */
struct weir_finding {
	enum weir_answer answer;
	u8 mem;
	s32 off;
	s64 wants;
	u32 stack;
	u8 null_reg;
	u32 site;
	const char *by;
	struct weir_guard guard;
};

/**
 * weir_check() - ask
 * @prog:	program
 * @pc:		instruction with the duty
 * @s:		state before it
 * @d:		duty
 * @rej:	out: filled in if the answer is reject
 * @out:	out: the finding
 */
void weir_check(const struct weir_prog *prog, u32 pc,
		const struct weir_state *s, const struct weir_duty *d,
		struct weir_rejection *rej, struct weir_finding *out);

#endif
