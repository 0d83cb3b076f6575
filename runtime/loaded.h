/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A loaded program: what load, verify, compile and publish made of it, with
 * its counters. This is the whole pipeline as one call, the same in the kernel
 * and in a process.
 */
#ifndef WEIR_RUNTIME_LOADED_H
#define WEIR_RUNTIME_LOADED_H

#include <linux/types.h>
#include "uapi/weir.h"

struct weir_account;
struct weir_assumption;
struct weir_code;
struct weir_facts;
struct weir_log;
struct weir_map;
struct weir_prog;
struct weir_rejection;
struct weir_run;

/**
 * struct weir_loaded_attr - what to load
 * @kind:	program kind; ignored for classic programs (socket)
 * @flags:	WEIR_LOAD_*
 * @insns:	struct bpf_insn[] or struct sock_filter[] by @flags
 * @nr_insns:	their number
 * @fail_verdict: verdict after a guard exit; must be 0 for classic programs
 * @name:	for people, may be NULL
 * @maps:	maps that instructions name by index
 * @nr_maps:	their number
 * @params:	live parameters, not checked yet
 * @nr_params:	their number
 * @params_bytes: of the block that they lie in
 * @lines:	where in the source instructions come from, by rising pc; may be
 *		NULL
 * @nr_lines:	their number
 * @assume:	bit i: take the values of map i for constants, until it changes
 * @quiet_ms:	see struct weir_load
 * @threshold:	likewise
 * @features:	WEIR_CPU_* that code may use, of those the host has
 * @passes:	optional passes, see jit/compile.h
 * @account:	what the program is charged to, or NULL
 */
struct weir_loaded_attr {
	enum weir_kind kind;
	u32 flags;
	const void *insns;
	u32 nr_insns;
	u64 fail_verdict;
	const char *name;
	struct weir_map *const *maps;
	u32 nr_maps;
	const struct weir_param_def *params;
	u32 nr_params;
	u32 params_bytes;
	const struct weir_line_of *lines;
	u32 nr_lines;
	u64 assume;
	u32 quiet_ms;
	u32 threshold;
	u32 features;
	u32 passes;
	struct weir_account *account;
};

struct weir_handler;

/**
 * struct weir_guard_slot - what is attached to a guard
 * @state:	enum weir_patch_state, which is enum weir_guard_state
 * @line:	of the source, 0: not known
 * @handler:	readers under RCU; or NULL
 */
struct weir_guard_slot {
	u32 state;
	u32 line;
	struct weir_handler *handler;
};

/**
 * struct weir_loaded - immutable but for the counters and the guards' handlers
 * @refs:	references: descriptors, links, program arrays
 * @id:		for people; unique in this host
 * @shared:	readers under RCU may have found it: its end waits for them
 * @moves_packet: weir_packet_may_move()
 * @writes_packet: weir_packet_is_written()
 * @gone:	told when the last reference is gone, before the end; or NULL
 * @account:	what it and its code are charged to; a reference, or NULL
 * @code:	for any values of its maps; NULL if the program is interpreted
 * @entry:	code that runs take: @code, or that of @assume
 * @assume:	what it assumes of its maps, or NULL
 * @guard:	per guard
 * @nr_handlers: guards that have a handler; WEIR_LOCK_BRIDGES
 * @nr_handled:	guards of others that it is the handler of; likewise
 * @counters:	per CPU: runs, then exits of each guard
 * @counters_apart: words from one CPU's to the next one's
 */
struct weir_loaded {
	u64 refs;
	u32 id;
	bool shared;
	bool moves_packet;
	bool writes_packet;
	void (*gone)(struct weir_loaded *loaded);
	struct weir_account *account;
	struct weir_prog *prog;
	struct weir_facts *facts;
	struct weir_code *code;
	const u8 *entry;
	struct weir_assumption *assume;
	u32 flags;
	u32 nr_cpus;
	struct weir_guard_slot *guard;
	u32 nr_handlers;
	u32 nr_handled;
	u64 *counters;
	u32 counters_apart;
	u64 load_ns;
};

/**
 * weir_loaded_prog() - its first stage: the well-formed program
 * @attr:	of it what the program is, not how it is to be run
 * @rej:	out: why it was refused
 * @out:	out: weir_prog_free()
 *
 * May sleep. Return: 0, -EINVAL for an unknown flag, the errno of a rejection,
 * -ENOMEM.
 */
int weir_loaded_prog(const struct weir_loaded_attr *attr,
		     struct weir_rejection *rej, struct weir_prog **out);

/**
 * weir_loaded_create() - the whole pipeline
 * @attr:	what
 * @log:	text for people, may be NULL
 * @rej:	out: why it was refused
 * @out:	out: the only reference; give it back with weir_loaded_put()
 *
 * Without WEIR_LOAD_INTERP the program is compiled if the host can execute
 * code, and interpreted if it cannot (-EOPNOTSUPP from codemem); any other
 * failure is an error. May sleep.
 * Return: 0, the errno of a rejection, -ENOMEM, -EDQUOT (a limit of the
 * account), -ENOSPC (arena full); of the last two the log has the numbers.
 */
int weir_loaded_create(const struct weir_loaded_attr *attr,
		       struct weir_log *log, struct weir_rejection *rej,
		       struct weir_loaded **out);

/** weir_loaded_set_entry() - runs that start take this code of the program's. */
void weir_loaded_set_entry(struct weir_loaded *loaded,
			   const struct weir_code *code);

/** weir_loaded_entry() - code that a run takes which starts now; NULL if it is
 * interpreted. Inside an RCU read side, if the program assumes anything.
 */
const u8 *weir_loaded_entry(const struct weir_loaded *loaded);

/** weir_loaded_get() - one more reference. Return: @loaded. Any context. */
struct weir_loaded *weir_loaded_get(struct weir_loaded *loaded);

/**
 * weir_loaded_put() - one less; the last one destroys
 *
 * What others than the holder of the last reference may run was found under
 * RCU (@shared): then the last one waits for a grace period first. NULL is
 * allowed. May sleep.
 */
void weir_loaded_put(struct weir_loaded *loaded);

/** weir_loaded_nr() - programs there are now. Any context. */
u32 weir_loaded_nr(void);

/**
 * weir_loaded_release() - give back what a run held when a guard ended it
 *
 * The program cannot any more. Part of weir_loaded_run(); for those who run a
 * program by other means. In the run's context.
 */
void weir_loaded_release(struct weir_run *run);

/**
 * weir_loaded_run() - one run
 * @loaded:	program
 * @run:	packet and context; exit record out
 *
 * Sets fuel and tail calls, runs, counts. Any context that the packet allows.
 * Return: the verdict: R0, of which kinds other than mem give the low 32 bits,
 * as in Linux.
 */
u64 weir_loaded_run(struct weir_loaded *loaded, struct weir_run *run);

/**
 * weir_loaded_run_once() - the same, and nobody handles a guard's exit
 *
 * For handlers themselves. Inside an RCU read side. Out: run->handler is who
 * would handle it, and stays what it was if there is none.
 */
u64 weir_loaded_run_once(struct weir_loaded *loaded, struct weir_run *run);

/**
 * weir_loaded_execute() - run a program and those it tail-calls, no more
 *
 * What weir_loaded_run() does between setting up and counting: for tail calls
 * out of a subprogram. @run is ready, its program is @loaded. Return: R0, or
 * the fail verdict of the program that a guard ended.
 */
u64 weir_loaded_execute(const struct weir_loaded *loaded, struct weir_run *run);

/**
 * weir_loaded_param() - what a live parameter is, and the number it has
 * @nr:		which one
 * @out:	out
 *
 * May sleep. Return: 0, or -ENOENT after the last.
 */
int weir_loaded_param(struct weir_loaded *loaded, u32 nr,
		      struct weir_param_def *out);

/**
 * weir_loaded_set_param() - give a live parameter another number
 * @def:	its name and the number; out: what it is, and the number it has
 *
 * Nothing is verified, compiled or waited for: a store for the interpreter, and
 * one for each place in code. Runs that are under way see the old number or
 * the new one, each time they load it; those that start afterwards the new one.
 * May sleep. Return: 0, -ENOENT, -ERANGE, -ENOMEM; then it has the old number.
 */
int weir_loaded_set_param(struct weir_loaded *loaded,
			  struct weir_param_def *def);

/** weir_loaded_guard_count() - runs that a guard ended, over all CPUs. */
u64 weir_loaded_guard_count(const struct weir_loaded *loaded, u32 guard);
u64 weir_loaded_runs(const struct weir_loaded *loaded);

#endif
