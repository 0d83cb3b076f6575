/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Explanation: what the verifier saw when it decided. Facts say what holds;
 * here is why, for `weir check`: what proves an access, what the pointer was,
 * what a guard costs, and what was known at each block and where it refused.
 */
#ifndef WEIR_TOOL_EXPLAIN_H
#define WEIR_TOOL_EXPLAIN_H

#include <linux/types.h>
#include "verifier/facts.h"

struct source;
struct verified;
struct weir_cfg;

#define NO_COST 0xffffffffu

/**
 * struct explained - one instruction
 * @by:		how the access is proven (static), or NULL
 * @seen:	operands as they were, "r2=packet+14(34 follow)"; or NULL
 * @state:	first of a block: all that was known there, if that is kept; or
 *		NULL
 */
struct explained {
	const char *by;
	char *seen;
	char *state;
};

/**
 * struct explain - one program
 * @observer:	the verifier's end of it
 * @prog:	program; set by explain_load()
 * @states:	keep the states at the starts of blocks
 * @cfg:	its blocks; NULL if its form was refused
 * @starts:	per slot: a block starts there
 * @at:		per slot, @nr of them
 * @last:	the last slot seen, which is the refused one if it was refused
 * @cost:	per guard: instructions of @arch that it takes, or NO_COST; NULL
 *		if it was not compiled
 * @arch:	name of the target the costs are for
 */
struct explain {
	struct weir_observer observer;
	const struct weir_prog *prog;
	bool states;
	struct weir_cfg *cfg;
	bool *starts;
	struct explained *at;
	u32 nr;
	u32 last;
	u32 *cost;
	const char *arch;
};

/**
 * explain_load() - verified_load(), and look on
 * @e:		out; @e->states is in
 *
 * Both are to be freed, whatever it returns: 0 or an errno, as verified_load().
 */
int explain_load(const struct source *src, struct verified *v,
		 struct explain *e);
void explain_free(struct explain *e);

/** explain_costs() - what each guard costs on @arch; does nothing if it cannot
 * be compiled
 */
void explain_costs(struct explain *e, const struct verified *v,
		   const char *arch);

/** explain_at() - what is known of a slot; never NULL. */
const struct explained *explain_at(const struct explain *e, u32 pc);

/** explain_fix() - what a program of this rejection lacks, in words. */
const char *explain_fix(u32 reject_nr);

#endif
