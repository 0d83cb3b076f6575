/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The interpreter: the plainest C that states what a program means. It is the
 * oracle the back ends are held to. It tests the same guards, in the same
 * places, that the facts name.
 */
#ifndef WEIR_RUNTIME_INTERP_H
#define WEIR_RUNTIME_INTERP_H

#include <linux/types.h>
#include "uapi/weir.h"

struct weir_facts;
struct weir_prog;
struct weir_run;

/**
 * weir_interp() - run a verified program on one packet
 * @prog:	program
 * @facts:	its facts
 * @run:	packet, context, and exit record (out)
 *
 * The exit record's registers are filled in on return too, R10 as 0. Any
 * context. Takes about 700 bytes of stack per frame of the program. With
 * run->next set there is no verdict: the run goes on with that program.
 * Return: the verdict: R0 at exit, or the fail verdict after a guard exit.
 */
u64 weir_interp(const struct weir_prog *prog, const struct weir_facts *facts,
		struct weir_run *run);

/**
 * struct weir_audit - the first fact that a run found to be wrong
 * @what:	what was wrong, or NULL; start with NULL
 * @pc:		where
 * @regs:	registers there
 */
struct weir_audit {
	const char *what;
	u32 pc;
	u64 regs[WEIR_NR_REGS];
};

/** weir_interp_audit() - the same, and hold the facts against the run. */
u64 weir_interp_audit(const struct weir_prog *prog,
		      const struct weir_facts *facts, struct weir_run *run,
		      struct weir_audit *audit);

#endif
