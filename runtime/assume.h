/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Assumptions: a program compiled twice, once for any values of its maps and
 * once with the values that some of them have now as constants. Runs take the
 * second, the assumed code, until one of these maps is changed: before the change
 * is made, the nop at the beginning of the assumed code becomes a branch to the
 * generic code. When the maps have been quiet for a while, a worker compiles
 * anew.
 *
 *	 entry -> [nop] assumed code           entry -> [b] --.
 *	          generic code                          generic code
 *	          valid                                 revoked
 *
 * All of it is guarded by WEIR_LOCK_LIVE. Documentation/assumptions.rst has what
 * is promised, and why it holds.
 */
#ifndef WEIR_RUNTIME_ASSUME_H
#define WEIR_RUNTIME_ASSUME_H

#include <linux/types.h>
#include "uapi/weir.h"

struct weir_assumption;
struct weir_loaded;
struct weir_loaded_attr;
struct weir_map;
struct weir_prog;
struct weir_rejection;
struct weir_run;

/**
 * weir_assume_check() - may the values of these maps be assumed?
 * @prog:	the program
 * @maps:	bit i: its map of index i
 *
 * Return: 0, or the errno of the rejection. Any context.
 */
int weir_assume_check(const struct weir_prog *prog, u64 maps,
		      struct weir_rejection *rej);

/**
 * weir_assume_create() - compile a program under assumptions, from now on
 * @loaded:	has its generic code; loaded->assume is set
 * @attr:	what was loaded
 *
 * That no such code could be made is no failure. May sleep. Return: 0, -ENOMEM.
 */
int weir_assume_create(struct weir_loaded *loaded,
		       const struct weir_loaded_attr *attr);

/** weir_assume_destroy() - nobody runs the program any more. May sleep. */
void weir_assume_destroy(struct weir_assumption *a);

/**
 * weir_assume_begin() - a user is about to change a map that some code assumes
 *
 * When it returns, runs that start see what is in the map. May sleep.
 */
void weir_assume_begin(struct weir_map *map);

/** weir_assume_end() - the change is made, or failed. May sleep. */
void weir_assume_end(struct weir_map *map);

/**
 * weir_assume_exit() - complete the record of a run that assumed code ended
 * @run:	run->exit as that code left it; out: as if the generic code had
 *
 * Return: false if it was the generic code. In the run's context.
 */
bool weir_assume_exit(const struct weir_assumption *a, struct weir_run *run);

/**
 * weir_assume_hold() - runs take the generic code, until weir_assume_release()
 *
 * For those who change that code, at its guards. May be nested. May sleep; not
 * with WEIR_LOCK_LIVE held.
 */
void weir_assume_hold(struct weir_assumption *a);
void weir_assume_release(struct weir_assumption *a);

/** weir_assume_set_param() - as weir_code_set_param(); the lock is held. */
int weir_assume_set_param(const struct weir_assumption *a, u32 nr, u64 bits);

/**
 * weir_assume_op() - what WEIR_IOC_ASSUME does
 * @a:		may be NULL: the program assumes nothing
 * @op:		in and out
 *
 * May sleep. Return: 0; NOW: -EAGAIN if a map is being changed or @a is held,
 * -EBUSY if somebody compiles already, -EOPNOTSUPP if there is nothing to
 * compile, -ENOMEM, -ENOSPC; -EINVAL for an unknown operation.
 */
int weir_assume_op(struct weir_assumption *a, struct weir_assume *op);

#endif
