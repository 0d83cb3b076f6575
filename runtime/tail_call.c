// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tail calls: where they lead, and what runs on top of a subprogram. */
#include <linux/kernel.h>
#include <linux/string.h>
#include "base/map.h"
#include "base/prog.h"
#include "base/run.h"
#include "jit/codemem.h"
#include "runtime/helpers.h"
#include "runtime/loaded.h"
#include "runtime/map/prog_array.h"
#include "runtime/tail_call.h"
#include "verifier/facts.h"

const struct weir_loaded *
weir_tail_call_target(struct weir_run *run, struct weir_map *array, u32 index)
{
	const struct weir_loaded *target;

	if (index >= array->def.max_entries || !run->tail_calls)
		return NULL;
	target = weir_prog_array_at(array, index);
	if (!target)
		return NULL;
	if (run->packet && run->packet->want &&
	    !run->packet->want(run, target->facts->packet_bytes,
			       target->writes_packet))
		return NULL;
	run->tail_calls--;
	run->program = target;
	run->fuel = target->facts->fuel;
	return target;
}

/* What the caller finds as it was, when the target has returned to it. */
struct saved {
	const void *program;
	weir_call_fn call;
	void *engine;
	u64 fuel;
	u64 base[WEIR_MAX_BASES];
};

static void save(struct saved *s, const struct weir_run *run)
{
	s->program = run->program;
	s->call = run->call;
	s->engine = run->engine;
	s->fuel = run->fuel;
	memcpy(s->base, run->base, sizeof(s->base));
}

static void restore(const struct saved *s, struct weir_run *run)
{
	run->program = s->program;
	run->call = s->call;
	run->engine = s->engine;
	run->fuel = s->fuel;
	memcpy(run->base, s->base, sizeof(s->base));
}

/* A load beyond the packet ends a classic program, not the one below it. */
static bool is_classic(const struct weir_loaded *program)
{
	return program->prog->nr_classic;
}

/*
 * The call out of a subprogram. After a guard's exit nothing is restored:
 * run->program says whose guard it was.
 */
u64 weir_helper_tail_call(struct weir_run *run, u64 ctx __maybe_unused,
			  u64 array, u64 index, u64 r4 __maybe_unused,
			  u64 r5 __maybe_unused)
{
	const struct weir_loaded *target;
	struct saved saved;

	if (run->tail_nests == WEIR_MAX_TAIL_NESTS)
		return WEIR_TAIL_NONE;
	save(&saved, run);
	target = weir_tail_call_target(run, (void *)(uintptr_t)array,
				       (u32)index);
	if (!target)
		return WEIR_TAIL_NONE;
	run->tail_nests++;
	run->tail_verdict = weir_loaded_execute(target, run);
	run->tail_nests--;
	if (run->exit.kind == WEIR_EXIT_GUARD && !is_classic(run->program))
		return WEIR_TAIL_LEAVE;
	run->exit.kind = WEIR_EXIT_RETURN;
	run->exit.guard = WEIR_NO_GUARD;
	restore(&saved, run);
	return WEIR_TAIL_RETURN;
}

/* Where code goes whose target is interpreted: back to weir_loaded_execute(). */
static u64 go_back(struct weir_run *run __maybe_unused)
{
	return 0;
}

/*
 * The call out of the outermost frame, as code does it: the caller drops its
 * frame and goes to what this returns, which is entered as a program is.
 */
u64 weir_helper_tail_entry(struct weir_run *run, u64 ctx __maybe_unused,
			   u64 array, u64 index, u64 r4 __maybe_unused,
			   u64 r5 __maybe_unused)
{
	const struct weir_loaded *target;

	target = weir_tail_call_target(run, (void *)(uintptr_t)array,
				       (u32)index);
	if (!target)
		return 0;
	if (target->code)
		return (uintptr_t)weir_loaded_entry(target);
	run->next = target;
	return (uintptr_t)go_back;
}
