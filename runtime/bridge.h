/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Bridges: handlers of guards. A handler is a program of the same kind. When a
 * guard with a handler has ended a run, and what the run held is given back, the
 * handler runs with the same context and packet, as the guarded program left
 * them. Its verdict counts if it was attached so, and if no guard of its own
 * ended it; else the fail verdict stands.
 *
 * In machine code it is the stub's first word that leads there: a nop while
 * there is no handler, so that it costs nothing (Documentation/patching.rst). The
 * interpreter looks into the table of guards.
 *
 * A handler has no handlers: one run is at most two programs' runs.
 */
#ifndef WEIR_RUNTIME_BRIDGE_H
#define WEIR_RUNTIME_BRIDGE_H

#include <linux/types.h>
#include "uapi/weir.h"

struct weir_loaded;
struct weir_run;

/**
 * weir_bridge_attach() - from now on @handler handles exits of @guard
 * @loaded:	runs may be under way
 * @flags:	WEIR_BRIDGE_*
 * @sees_regs:	the handler may see registers, which hold addresses
 *
 * The guard holds a reference on @handler. May sleep. Return: 0; -EINVAL for
 * unknown flags, or a handler of another kind; -ENOENT no such guard; -EEXIST,
 * -EBUSY there is a handler, or somebody is at it; -E2BIG a handler that is
 * deeper than WEIR_BRIDGE_STACK; -ELOOP one that has handlers, or the program is
 * one; -EOPNOTSUPP a handler that makes tail calls, or a host that cannot patch;
 * -ENOLINK one of them is going away; -ENOSPC, -ERANGE no room for code, or not
 * near enough; -ENOMEM. After an error all is as it was.
 */
int weir_bridge_attach(struct weir_loaded *loaded, u32 guard,
		       struct weir_loaded *handler, u32 flags, bool sees_regs);

/**
 * weir_bridge_detach() - the other way round
 *
 * When it returns, the handler is not running for this guard, and will not.
 * May sleep. Return: 0; -ENOENT no such guard, or no handler; -EBUSY somebody is
 * at it; -ENOMEM.
 */
int weir_bridge_detach(struct weir_loaded *loaded, u32 guard);

/** weir_bridge_drop() - of a program nobody runs any more: all of them. */
void weir_bridge_drop(struct weir_loaded *loaded);

/**
 * weir_bridge_find() - whose a guard's exit is
 *
 * Before anything looks at run->exit.guard. Inside the read side that the run
 * was in. In: run->handler as code left it. Return: was it no code whose stubs
 * are patched? Then weir_bridge_look() knows, once the guard's number does.
 */
bool weir_bridge_find(struct weir_run *run);

/** weir_bridge_look() - run->handler from the table of guards. */
void weir_bridge_look(struct weir_run *run);

/**
 * weir_bridge_run() - run->handler handles the exit
 * @verdict:	what the run gives otherwise
 *
 * The record of the exit stays the guard's. Return: the verdict.
 */
u64 weir_bridge_run(struct weir_run *run, u64 verdict);

/** weir_bridge_record() - all that is to be told of a guard. Any context. */
void weir_bridge_record(const struct weir_loaded *loaded, u32 guard,
			struct weir_guard_record *out);

#endif
