// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The longest run between two burns of fuel. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/types.h>
#include "base/helper.h"
#include "base/host.h"
#include "base/insn.h"
#include "base/prog.h"
#include "uapi/weir.h"
#include "verifier/call.h"
#include "verifier/cfg.h"
#include "verifier/loop.h"
#include "verifier/steps.h"

/* What proven loops may add where something burns fuel: so that this something
 * may do so a thousand times at least, or as often as without them.
 */
#define MAX_LOOP_STEPS (1 << 15)

/* Far over the limit, and a sum of a million of these still fits. */
static u64 saturate(u64 steps)
{
	return min_t(u64, steps, U32_MAX);
}

/* Of one block, whatever it calls included; with @turns, each time. */
static u64 measure_block(const struct weir_prog *prog,
			 const struct weir_cfg *cfg, const struct weir_block *b,
			 const struct weir_turns *turns, const u64 *steps)
{
	u64 sum = b->last - b->start + 1;
	u32 pc;

	for (pc = b->start; steps && pc <= b->last; pc++) {
		const struct bpf_insn *insn = &prog->insns[pc];

		if (insn->code && weir_cfg_refers(insn))
			sum += steps[weir_cfg_callee(cfg, prog, pc)];
		if (turns && turns[pc].most == WEIR_MANY_TURNS)
			sum = U32_MAX;
		else if (turns)
			sum += saturate(steps[turns[pc].func] + 1) *
			       turns[pc].most;
		sum = saturate(sum);
	}
	return sum;
}

/* Of function @f. Without @steps, not what it calls. */
static u64 measure(const struct weir_prog *prog, const struct weir_cfg *cfg,
		   const struct weir_loops *loops,
		   const struct weir_turns *turns, u32 f, const u64 *steps)
{
	u32 pos = cfg->func[f].first, end = pos + cfg->func[f].nr;
	u64 sum = 0;

	for (; pos < end; pos++) {
		u32 b = cfg->order[pos];
		const struct weir_loop *loop = loops ? weir_loop_of(loops, b)
						     : NULL;
		u64 once =
			measure_block(prog, cfg, &cfg->block[b], turns, steps);

		sum += saturate(once * (loop ? loop->times : 1));
	}
	return saturate(sum);
}

/*
 * Of a run. Sound: where no loop is proven, control only moves forward in a
 * function between two burns, so each of its instructions runs once for each
 * time it is called; a block in proven loops runs at most as often as the
 * product of their trips says (see choose()); and calls do not recurse. If
 * calls burn fuel too, what runs between two burns is the rest of each function
 * on the stack of calls, all different: at most the program. With @turns, what
 * helpers call back runs as often as these say, and burns nothing.
 */
static int measure_run(const struct weir_prog *prog, const struct weir_cfg *cfg,
		       const struct weir_loops *loops,
		       const struct weir_turns *turns, bool calls_burn,
		       u64 *out)
{
	u64 *steps = NULL;
	u32 i;

	*out = 0;
	if (!calls_burn && cfg->nr_funcs > 1) {
		steps = weir_host_alloc(cfg->nr_funcs * sizeof(*steps));
		if (!steps)
			return -ENOMEM;
	}
	for (i = cfg->nr_funcs; i-- > 0;) {
		u32 f = cfg->calls_order[i];
		u64 of = measure(prog, cfg, loops, turns, f, steps);

		*out = steps ? of : *out + of;
		if (steps)
			steps[f] = of;
	}
	weir_host_free(steps);
	return 0;
}

int weir_steps_measure(const struct weir_prog *prog, struct weir_cfg *cfg)
{
	u64 steps = 0;
	int err = 0;

	cfg->calls_burn = false;
	cfg->steps = prog->nr_insns;
	if (cfg->nr_funcs > 1)
		err = measure_run(prog, cfg, NULL, NULL, false, &steps);
	if (steps > WEIR_MAX_INSNS)
		cfg->calls_burn = true;
	else if (steps)
		cfg->steps = (u32)steps;
	return err;
}

/*
 * Loops of at most @cap trips are proven. Return: all are.
 *
 * Sound: let a run be cut where it burns fuel. In a piece the head of a loop
 * that is not proven is reached once for each time that the loop is entered,
 * and at the start of the piece if it is in the loop: coming back to it burns.
 * That of a proven one is reached as often as its trips say. A loop is entered
 * at most once for each time that the head of the loop around it is reached,
 * for another time would take a cycle through a block outside of it, and that
 * passes the outer head; and a block is reached at most once for each time that
 * the head of the least loop around it is. Where every jump to a lower pc
 * burns (burns_all) no block of the loop comes twice in a piece, but through
 * the loop around it.
 */
static bool choose(struct weir_loops *loops, u32 cap)
{
	bool all = true;
	u32 l;

	for (l = loops->nr; l-- > 0;) {
		struct weir_loop *loop = &loops->loop[l];
		const struct weir_loop *in =
			loop->parent == WEIR_NO_LOOP
				? NULL
				: &loops->loop[loop->parent];
		u64 trips = 1;

		loop->burns_all = in && in->burns_all;
		loop->is_proven = loop->trips && loop->trips <= cap &&
				  !loop->burns_all;
		if (loop->is_proven)
			trips = loop->trips;
		else if (loop->is_high)
			loop->burns_all = true;
		all &= loop->is_proven;
		loop->times = (u32)saturate(trips * (in ? in->times : 1));
	}
	return all;
}

static bool has_odd(const struct weir_cfg *cfg, const struct weir_loops *loops)
{
	u32 b;

	for (b = 0; loops->is_odd && b < cfg->nr_blocks; b++)
		if (loops->is_odd[b])
			return true;
	return false;
}

/*
 * May helpers call back, and all loops go round, without a guard?
 *
 * Sound: where every loop and every helper's calls are counted, a run is at most
 * so many steps. Each call of a function by a helper takes one of them at least,
 * and one of fuel; the run starts with WEIR_MAX_RUN_INSNS, which no run of so
 * few steps uses up.
 */
static int choose_free(const struct weir_prog *prog, struct weir_cfg *cfg,
		       struct weir_loops *loops, const struct weir_turns *turns)
{
	u64 steps;
	int err;

	if (!choose(loops, WEIR_MAX_RUN_INSNS))
		return 0;
	err = measure_run(prog, cfg, loops, turns, false, &steps);
	cfg->is_free = !err && steps <= WEIR_MAX_RUN_INSNS;
	if (cfg->is_free)
		cfg->steps = (u32)steps;
	return err;
}

int weir_steps_choose(const struct weir_prog *prog, struct weir_cfg *cfg,
		      struct weir_loops *loops, const struct weir_turns *turns)
{
	u32 cap = WEIR_MAX_RUN_INSNS;
	bool burns = cfg->calls_burn || has_odd(cfg, loops);
	u64 steps, most;
	int err = 0;

	cfg->is_free = false;
	if (turns && !burns)
		err = choose_free(prog, cfg, loops, turns);
	if (!loops->nr || cfg->is_free || err)
		return err;
	burns |= cfg->func[0].does & WEIR_HELPER_CALLS;
	for (;; cap >>= 3) {
		most = choose(loops, cap) && !burns
			       ? WEIR_MAX_RUN_INSNS
			       : (u64)cfg->steps + MAX_LOOP_STEPS;
		err = measure_run(prog, cfg, loops, NULL, cfg->calls_burn,
				  &steps);
		if (err || steps <= most || !cap)
			break;
	}
	cfg->steps = (u32)saturate(steps);
	return err;
}

u32 weir_steps_fuel(const struct weir_cfg *cfg)
{
	if (cfg->is_free)
		return WEIR_MAX_RUN_INSNS;
	return max(1u, min_t(u32, WEIR_MAX_RUN_INSNS / cfg->steps,
			     WEIR_DEFAULT_FUEL));
}
