/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Fixpoint: visits blocks until states no longer change. The only part that
 * knows about loops. A block whose state is final is handed to the recorder,
 * instruction by instruction, and its state is forgotten.
 */
#ifndef WEIR_VERIFIER_FIXPOINT_H
#define WEIR_VERIFIER_FIXPOINT_H

#include <linux/types.h>

struct weir_ahead;
struct weir_cfg;
struct weir_duty;
struct weir_live;
struct weir_loops;
struct weir_prog;
struct weir_recorder;
struct weir_rejection;
struct weir_state;

/**
 * struct weir_fixpoint_ops - what to do with final states
 * @func:	what follows is of this function
 * @insn:	before an instruction: check its duties; negative errno stops.
 *		Outside of loops it may widen them (ahead.h)
 * @after:	after it, unless it was a jump or exit
 * @jump:	a conditional jump can be taken, and can fall through
 */
struct weir_fixpoint_ops {
	void (*func)(struct weir_recorder *r, u32 func);
	int (*insn)(struct weir_recorder *r, u32 pc, const struct weir_state *s,
		    struct weir_duty *duty, u32 nr_duties);
	void (*after)(struct weir_recorder *r, u32 pc,
		      const struct weir_state *s);
	void (*jump)(struct weir_recorder *r, u32 pc, bool can_take,
		     bool can_fall);
};

/**
 * weir_fixpoint_run() - analyse a program
 * @loops:	its loops; what they are proven to take is filled in
 * @ahead:	what accesses in loops ask for beside their own bytes, or NULL
 * @work:	out: instructions transferred, for tests of linearity
 *
 * Return: 0, the errno of a rejection, or -ENOMEM.
 */
int weir_fixpoint_run(const struct weir_prog *prog, const struct weir_cfg *cfg,
		      const struct weir_live *live, struct weir_loops *loops,
		      const struct weir_ahead *ahead,
		      const struct weir_fixpoint_ops *ops,
		      struct weir_recorder *recorder,
		      struct weir_rejection *rej, u64 *work);

#endif
