/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The interpreter: the plainest C that states what a program means. It is the
 * oracle the back ends are held to. It tests the same guards, in the same
 * places, that the facts name.
 */
#ifndef WEIR_RUNTIME_INTERP_H
#define WEIR_RUNTIME_INTERP_H

#include <linux/types.h>

struct weir_facts;
struct weir_prog;
struct weir_run;

/**
 * weir_interp() - run a verified program on one packet
 * @prog:	program
 * @facts:	its facts
 * @run:	packet, context, and exit record (out)
 *
 * Any context. Takes about 700 bytes of stack.
 * Return: the verdict: R0 at exit, or the fail verdict after a guard exit.
 */
u64 weir_interp(const struct weir_prog *prog, const struct weir_facts *facts,
		struct weir_run *run);

#endif
