/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One question of check.c, as its parts hand it on: state and duty in, the
 * finding out. For the files that check.c is made of.
 */
#ifndef WEIR_VERIFIER_ASK_H
#define WEIR_VERIFIER_ASK_H

#include <linux/types.h>
#include "base/log.h"
#include "base/prog.h"
#include "verifier/check.h"
#include "verifier/duty.h"
#include "verifier/state.h"

struct weir_ask {
	const struct weir_prog *prog;
	u32 pc;
	const struct weir_state *s;
	const struct weir_duty *d;
	struct weir_rejection *rej;
	struct weir_finding *out;
};

#define REFUSE(a, nr, ...)                                        \
	do {                                                      \
		(a)->out->answer = WEIR_REJECT;                   \
		weir_reject((a)->rej, (nr),                       \
			    weir_prog_origin((a)->prog, (a)->pc), \
			    __VA_ARGS__);                         \
	} while (0)

static inline const struct bpf_insn *weir_ask_insn(const struct weir_ask *a)
{
	return &a->prog->insns[a->pc];
}

/** weir_ask_is_init() - was the register written? Refuses if not. */
bool weir_ask_is_init(struct weir_ask *a, u8 reg);

/** weir_ask_is_start() - is @v exactly @off bytes into its object? */
static inline bool weir_ask_is_start(const struct weir_value *v, s64 off)
{
	return v->off == off && weir_scalar_is_const(&v->num) &&
	       !v->num.bits.value;
}

/**
 * struct weir_span - bytes that are accessed
 * @reg:	pointer
 * @mode:	WEIR_MODE_*
 * @off:	first byte, from there
 * @size:	bytes, at most
 * @below:	bytes before those that a guard is to answer for, too (ahead.h)
 * @above:	and behind them
 */
struct weir_span {
	u8 reg;
	u8 mode;
	s32 off;
	u32 size;
	u32 below;
	u32 above;
};

/** weir_access_check() - may an instruction access memory? */
void weir_access_check(struct weir_ask *a);

/** weir_access_span() - may these bytes be accessed, by whatever? */
void weir_access_span(struct weir_ask *a, const struct weir_span *m);

/** weir_access_ahead() - duties WEIR_DUTY_AHEAD; never refuses */
void weir_access_ahead(struct weir_ask *a);

/** weir_argument_check() - does one argument of a helper fit? */
void weir_argument_check(struct weir_ask *a);

/** weir_helper_check() - may the helper be called here at all? */
void weir_helper_check(struct weir_ask *a);

/** weir_exit_check() - may the function end here? */
void weir_exit_check(struct weir_ask *a);

#endif
