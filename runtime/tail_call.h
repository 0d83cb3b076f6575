/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Tail calls: a program goes on as another one. As in Linux, a call that finds
 * no program (index too high, empty slot, WEIR_MAX_TAIL_CALLS used up) is no
 * error: the caller goes on behind it.
 *
 * From the outermost frame the target takes the caller's place. The engine may
 * enter it directly, or return with run->next set to it; weir_loaded_execute()
 * then goes on with that. Out of a subprogram the target runs on top, and what
 * it returns is what the subprogram returns: weir_helper_tail_call().
 */
#ifndef WEIR_RUNTIME_TAIL_CALL_H
#define WEIR_RUNTIME_TAIL_CALL_H

#include <linux/types.h>

struct weir_loaded;
struct weir_map;
struct weir_run;

/*
 * Targets that run on top of each other, at most. Linux allows all 33; here
 * each takes the stack of a whole program, and stacks are small.
 */
#define WEIR_MAX_TAIL_NESTS 4

/* What weir_helper_tail_call() returns, for engines. */
enum weir_tail {
	WEIR_TAIL_NONE, /* no call: go on behind it */
	WEIR_TAIL_RETURN, /* return run->tail_verdict from the subprogram */
	WEIR_TAIL_LEAVE, /* a guard ended the run; the record is complete, and
			  * run->tail_verdict is the verdict
			  */
};

/**
 * weir_tail_call_target() - the program a tail call leads to
 * @array:	map of type PROG_ARRAY
 * @index:	into it
 *
 * Counts the call, and makes the target the run's program, with its fuel.
 * Inside an RCU read side, under which the target stays.
 * Return: the target, or NULL: no call.
 */
const struct weir_loaded *
weir_tail_call_target(struct weir_run *run, struct weir_map *array, u32 index);

#endif
