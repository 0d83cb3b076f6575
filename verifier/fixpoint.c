// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The fixpoint. Blocks are taken in an order (order.h) in which a block is seen
 * after everything that leads to it, but for loops. Those lie in regions, each
 * of which is done with before the next:
 *
 *   rise	from the states at its entries, blocks that wait are visited until
 *		none does. At a head states are joined a few times, then widened
 *		to constants the region compares with, then to the extremes; so
 *		every block is visited a bounded number of times, and the work
 *		is linear in the program's length.
 *   settle	once more from the states at its entries, through every block in
 *		order. What comes back to a head is what came back to it last
 *		before. This undoes most of the widening.
 *   count	is done on that way: how often loops go round. That bounds what
 *		moves in them; so it is settled a second time, and this is what
 *		is recorded and flows on.
 *
 * Sound: what the rise ends with holds of all runs, as no pass takes a duty for
 * met that is not (unmet.h). A block's next state joins
 * what flows into it by every edge, from earlier states (backward edges) or
 * states of this pass (forward edges); if those hold of all runs, so does it.
 *
 * A block into which the one edge comes from the block before it is walked as
 * the rest of that one, and has no state of its own.
 *
 * Memory: only blocks that are still to be visited, or lie in a region that is
 * under way, have a state; and there is a limit (kept.h).
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/types.h>
#include "base/helper.h"
#include "base/host.h"
#include "base/insn.h"
#include "base/log.h"
#include "base/prog.h"
#include "verifier/ahead.h"
#include "verifier/call.h"
#include "verifier/cfg.h"
#include "verifier/coarse.h"
#include "verifier/duty.h"
#include "verifier/effects.h"
#include "verifier/fixpoint.h"
#include "verifier/kept.h"
#include "verifier/learn.h"
#include "verifier/liveness.h"
#include "verifier/loop.h"
#include "verifier/state.h"
#include "verifier/thresholds.h"
#include "verifier/transfer.h"
#include "verifier/trips.h"
#include "verifier/unmet.h"

#define JOIN_VISITS 1 /* of a loop's head, before widening */
#define STEP_VISITS 4 /* by then, what grows goes to the extremes */
#define END_VISITS 12 /* and by then, all that changes */
#define MAX_VISITS 400 /* a bug, or a program made to be hard */
#define WALKS 16 /* of each block of a region, before its states go coarse */
#define HARD_WALKS 1 /* if it has no loops, or too many in each other */
#define DEEP 16 /* loops in each other */
#define FREE_WALKS 64 /* besides, so that small regions may take long */
#define WALKS_AT_A_TIME 256 /* blocks, before others may run */

/* What is done with a block */
enum walk {
	WALK_RISE, /* its state may change yet */
	WALK_COUNT, /* it is only to be counted how often loops go round */
	WALK_FINAL, /* it is final: record it */
};

/**
 * struct back - what last flowed along a backward edge
 * @saved:	that state, or NULL
 * @next:	1 + the next such edge into the same block, or 0
 */
struct back {
	struct weir_saved *saved;
	u32 next;
};

/**
 * struct fixpoint - one analysis under way
 * @is_unmet:	the last instruction's duties were not met, see unmet.h
 * @entry:	per block: state at its entry, or NULL
 * @outer:	per block of a region: what flowed in from outside, or NULL
 * @back:	per edge, those of block b being 2 * b (taken) and 2 * b + 1
 * @back_into:	per block: 1 + the first entry at @back, or 0
 * @end:	position where the region under way ends, or 0
 * @rises:	and its states are not final
 * @is_coarse:	and they are made coarse
 * @writes:	by what the region writes
 * @kept:	memory of states
 * @at:		block that is looked at
 * @visits:	per block: how often that state changed
 * @waits:	per position in the order: one bit
 * @cur:	state of the walk
 * @alt:	state of the taken branch
 * @old:	state that is being joined into, if it has to be unpacked
 * @thread:	per block: see THREADED
 * @through:	states that go through such blocks
 * @next_id:	see struct weir_state
 * @nr_walks:	blocks walked
 * @has_stores:	the program may store to memory
 * @func:	function under way
 * @returns:	somebody reads its R0
 * @is_dry:	no more than effects of subprograms are to be found out
 * @effects:	of subprograms
 * @thresholds:	constants for widening
 */
struct fixpoint {
	const struct weir_prog *prog;
	const struct weir_cfg *cfg;
	const struct weir_live *live;
	const struct weir_loops *loops;
	const struct weir_ahead *ahead;
	struct weir_trips *trips;
	struct weir_unmet *unmet;
	bool is_unmet;
	const struct weir_fixpoint_ops *ops;
	struct weir_recorder *recorder;
	struct weir_rejection *rej;
	struct weir_saved **entry;
	struct weir_saved **outer;
	struct back *back;
	u32 *back_into;
	u32 end;
	bool rises;
	bool is_coarse;
	struct weir_writes writes;
	struct weir_kept kept;
	u32 at;
	u16 *visits;
	u64 *waits;
	u64 work;
	u32 next_id;
	u64 nr_walks;
	bool has_stores;
	struct weir_state *cur;
	struct weir_state *alt;
	struct weir_state *old;
	u8 *thread;
	struct weir_state *through[2];
	struct weir_joiner *joiner;
	u32 func;
	bool returns;
	bool is_dry;
	struct weir_effects effects;
	struct weir_thresholds thresholds;
};

static void wait(struct fixpoint *fp, u32 pos)
{
	fp->waits[pos / 64] |= 1ULL << (pos % 64);
}

/* First waiting position in [from, end), or end. */
static u32 next_waiting(const struct fixpoint *fp, u32 from, u32 end)
{
	while (from < end) {
		u64 word = fp->waits[from / 64] >> (from % 64);

		if (word) {
			while (!(word & 1)) {
				word >>= 1;
				from++;
			}
			return min(from, end);
		}
		from = (from / 64 + 1) * 64;
	}
	return end;
}

/* R6 is the implied operand of packet loads, though they do not read it. */
static u16 kept(const struct fixpoint *fp, u32 block)
{
	return fp->live[block].any | 1u << BPF_REG_6;
}

static u32 level(const struct fixpoint *fp, u32 to, bool backward)
{
	if (!fp->rises)
		return 0;
	if (fp->is_coarse)
		return 3;
	if (fp->visits[to] >= END_VISITS)
		return 3;
	if (fp->visits[to] >= STEP_VISITS)
		return 2;
	return backward && fp->visits[to] >= JOIN_VISITS ? 1 : 0;
}

static int keep(struct fixpoint *fp, const struct weir_state *s, u32 to)
{
	return weir_kept_save(&fp->kept, s, kept(fp, to), &fp->entry[to]);
}

/* State @s is joined with the one that block @to has. */
static int join(struct fixpoint *fp, const struct weir_state *s, u32 to,
		bool *changed)
{
	if (weir_saved_is_alike(fp->entry[to], s)) {
		*changed = weir_saved_join(fp->entry[to], s, fp->joiner);
		return 0;
	}
	if (!fp->old)
		fp->old = weir_state_alloc(fp->has_stores, &fp->next_id);
	if (!fp->old)
		return -ENOMEM;
	weir_state_load(fp->old, fp->entry[to]);
	*changed = weir_state_join(fp->old, s, fp->joiner);
	return *changed ? keep(fp, fp->old, to) : 0;
}

static u32 edge_of(const struct fixpoint *fp, const struct weir_block *b,
		   bool taken)
{
	return 2 * (u32)(b - fp->cfg->block) + !taken;
}

/* State @s flows along a backward edge into block @to, and is remembered. */
static int remember(struct fixpoint *fp, const struct weir_state *s, u32 to,
		    u32 edge)
{
	struct back *b = &fp->back[edge];

	if (!b->saved) {
		b->next = fp->back_into[to];
		fp->back_into[to] = edge + 1;
	}
	return weir_kept_save(&fp->kept, s, kept(fp, to), &b->saved);
}

/*
 * Threading: a few operations and a test may follow where paths meet, of which
 * one left a pointer in a register and the other a number, and the test finds
 * out which way a run came. So what flows into such a block goes through it at
 * once, state by state, and on to where it leads; the block itself, whose facts
 * are taken from the joined state, lets nothing flow.
 *
 * Sound: a run that leaves the block came into it, in one of these states. Of
 * its instructions none touches memory or needs a guard.
 */
enum {
	THREADED = 1, /* what flows in goes through at once */
	PLAIN = 2, /* comes from such a block, and is none itself */
	TAKES = 4, /* some state took the jump */
	FALLS = 8, /* or did not */
};

#define THREADED_INSNS 8

static bool is_alu(const struct bpf_insn *insn)
{
	u8 class = BPF_CLASS(insn->code);

	return class == BPF_ALU || class == BPF_ALU64;
}

static bool can_thread(const struct fixpoint *fp, u32 block)
{
	const struct weir_block *b = &fp->cfg->block[block];
	u32 pc;

	if (b->region || fp->thread[block] || b->taken == WEIR_NO_BLOCK ||
	    b->fall == WEIR_NO_BLOCK || b->last - b->start > THREADED_INSNS ||
	    (fp->thread[b->taken] | fp->thread[b->fall]) & THREADED)
		return false;
	for (pc = b->start; pc < b->last; pc++)
		if (!is_alu(&fp->prog->insns[pc]))
			return false;
	return true;
}

/* Would a join make nothing out of a pointer and a number? */
static bool loses_kind(const struct weir_saved *saved,
		       const struct weir_state *s)
{
	u32 regs, i = 0;

	for (regs = saved->regs; regs; regs &= regs - 1) {
		const struct weir_value *a = &saved->value[i++];
		const struct weir_value *b = &s->reg[__ffs64(regs)];

		if (a->kind >= WEIR_VALUE_SCALAR &&
		    b->kind >= WEIR_VALUE_SCALAR &&
		    weir_value_is_scalar(a) != weir_value_is_scalar(b) &&
		    !weir_value_is_zero(a) && !weir_value_is_zero(b))
			return true;
	}
	return false;
}

static bool step_through(struct fixpoint *fp, struct weir_state *s, u32 pc)
{
	const struct bpf_insn *insn = &fp->prog->insns[pc];
	struct weir_duty duty[WEIR_MAX_DUTIES];
	u32 nr = weir_duty_list(insn, false, duty);
	bool met = !weir_unmet_any(fp->unmet, pc, s, duty, nr);

	if (is_alu(insn) && met)
		weir_transfer_insn(fp->prog, fp->cfg, &fp->effects, s, pc);
	else if (!met)
		weir_unmet_result(s, insn);
	return met;
}

static int flow(struct fixpoint *fp, struct weir_state *s, u32 to,
		bool backward);

/* State @s goes through @block. */
static int go_through(struct fixpoint *fp, const struct weir_state *s,
		      u32 block)
{
	const struct weir_block *b = &fp->cfg->block[block];
	const struct bpf_insn *jump = &fp->prog->insns[b->last];
	struct weir_state *t = fp->through[0], *taken = fp->through[1];
	bool met, take, fall;
	u32 pc;
	int err = 0;

	weir_state_copy(t, s, 0x3ff);
	for (pc = b->start; pc < b->last; pc++)
		step_through(fp, t, pc);
	met = step_through(fp, t, b->last);
	weir_state_copy(taken, t, 0x3ff);
	take = !met || weir_learn_jump(taken, jump, true);
	fall = !met || weir_learn_jump(t, jump, false);
	fp->thread[block] |= (take ? TAKES : 0) | (fall ? FALLS : 0);
	fp->thread[b->taken] |= PLAIN;
	fp->thread[b->fall] |= PLAIN;
	if (fall)
		err = flow(fp, t, b->fall, false);
	if (take && !err)
		err = flow(fp, taken, b->taken, false);
	return err;
}

/* From now on all goes through @block, also what came into it before. */
static int begin_thread(struct fixpoint *fp, u32 block)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(fp->through); i++) {
		if (!fp->through[i])
			fp->through[i] =
				weir_state_alloc(fp->has_stores, &fp->next_id);
		if (!fp->through[i])
			return -ENOMEM;
	}
	fp->thread[block] |= THREADED;
	if (!fp->old)
		fp->old = weir_state_alloc(fp->has_stores, &fp->next_id);
	if (!fp->old)
		return -ENOMEM;
	weir_state_load(fp->old, fp->entry[block]);
	return go_through(fp, fp->old, block);
}

static int thread(struct fixpoint *fp, const struct weir_state *s, u32 to)
{
	int err = 0;

	if (!(fp->thread[to] & THREADED)) {
		if (fp->rises || !fp->entry[to] ||
		    !loses_kind(fp->entry[to], s) || !can_thread(fp, to))
			return 0;
		err = begin_thread(fp, to);
	}
	return err ? err : go_through(fp, s, to);
}

/* State @s flows into block @to, which waits if that tells it something. */
static int flow(struct fixpoint *fp, struct weir_state *s, u32 to,
		bool backward)
{
	bool joins = fp->entry[to], changed = true;
	int err = thread(fp, s, to);

	if (err)
		return err;
	if (fp->is_coarse)
		weir_coarse_make(s, &fp->writes);
	if (joins) {
		fp->joiner->level = level(fp, to, backward);
		fp->joiner->loop = backward ? weir_loop_headed(fp->loops, to)
					    : NULL;
		err = join(fp, s, to, &changed);
	} else {
		err = keep(fp, s, to);
	}
	if (err || !changed || !fp->rises)
		return err;
	if (joins && backward && ++fp->visits[to] > MAX_VISITS)
		return weir_reject(fp->rej, WEIR_REJECT_TOO_COMPLEX,
				   weir_prog_origin(fp->prog,
						    fp->cfg->block[to].start),
				   "the state of this loop does not settle");
	wait(fp, fp->cfg->block[to].order);
	return 0;
}

/*
 * State @s flows along an edge of block @b. Until a region's states are final
 * they stay in it; then what flows back is known already.
 */
static int flow_edge(struct fixpoint *fp, const struct weir_block *b,
		     struct weir_state *s, u32 to, enum walk walk)
{
	const struct weir_block *t = &fp->cfg->block[to];
	bool backward = t->order <= b->order;
	int err = 0;

	if (walk == WALK_FINAL)
		return backward ? 0 : flow(fp, s, to, false);
	if (t->order >= fp->end)
		return 0;
	if (backward)
		err = remember(fp, s, to, edge_of(fp, b, to == b->taken));
	if (err || (backward && walk == WALK_COUNT))
		return err;
	return flow(fp, s, to, backward);
}

/* The state before a call flows into the subprogram or callback. Only final states do, and
 * all callers come before it, so that a function is analysed once.
 */
static int call(struct fixpoint *fp, u32 pc)
{
	u32 f, start;

	if (weir_insn_is_subprog_call(&fp->prog->insns[pc])) {
		f = weir_cfg_callee(fp->cfg, fp->prog, pc);
		weir_call_enter(fp->cur, fp->alt);
	} else if (weir_call_back(fp->prog, fp->cur, pc, fp->alt, &start)) {
		f = weir_cfg_func_at(fp->cfg, start);
	} else {
		return 0;
	}
	return flow(fp, fp->alt, fp->cfg->func[f].entry, false);
}

/* Of R0 nothing is wanted where nobody reads it; who knows the function's
 * effects can bear a pointer.
 */
static u32 list_exit(const struct fixpoint *fp, struct weir_duty *duty, u32 nr)
{
	u32 i;

	if (!fp->func || !fp->effects.is_on)
		return nr;
	for (i = 0; i < nr; i++) {
		if (duty[i].kind != WEIR_DUTY_RETURN)
			continue;
		if (!fp->returns) {
			duty[i] = duty[--nr];
			break;
		}
		duty[i].mode = WEIR_MODE_READ *
			       (weir_effects_of(&fp->effects, fp->func) &&
				!fp->cfg->func[fp->func].is_callback);
	}
	return nr;
}

/*
 * One instruction, but for where a jump leads. In a loop its duties always ask
 * for what comes later, too, so that what they teach hangs on nothing but the
 * instruction. What is outside of loops is recorded the one time it is walked:
 * there the recorder does it, where there is a guard anyway.
 */
static int walk_insn(struct fixpoint *fp, u32 pc, enum walk walk)
{
	const struct bpf_insn *insn = &fp->prog->insns[pc];
	bool fuel = fp->cfg->calls_burn && weir_insn_is_subprog_call(insn);
	struct weir_duty duty[WEIR_MAX_DUTIES];
	bool record = walk == WALK_FINAL;
	u32 i, nr;
	int err;

	nr = weir_duty_list(insn, fuel, duty);
	if (fp->ahead && fp->end)
		weir_ahead_widen(fp->ahead, pc, duty, nr);
	if (fp->ahead)
		nr = weir_ahead_add(fp->ahead, pc, duty, nr);
	fp->work++;
	if (weir_insn_is_exit(insn))
		nr = list_exit(fp, duty, nr);
	if (record) {
		err = fp->ops->insn(fp->recorder, pc, fp->cur, duty, nr);
		if (err)
			return err;
		if (fp->is_dry)
			weir_effects_insn(&fp->effects, fp->func, fp->prog,
					  fp->cfg, pc, fp->cur);
	}
	if (walk == WALK_COUNT)
		weir_trips_insn(fp->trips, pc, fp->cur);
	fp->is_unmet = !record &&
		       weir_unmet_any(fp->unmet, pc, fp->cur, duty, nr);
	for (i = 0; i < nr && !fp->is_unmet; i++)
		if (duty[i].kind >= WEIR_DUTY_ACCESS)
			weir_learn_met(fp->cur, &duty[i]);
	if (record && fp->is_dry && weir_insn_is_exit(insn))
		return weir_effects_return(&fp->effects, fp->func, fp->cur,
					   fp->joiner);
	if (weir_insn_is_jump(insn) || weir_insn_is_exit(insn))
		return 0;
	if (record && weir_insn_is_call(insn)) {
		err = call(fp, pc);
		if (err)
			return err;
	}
	if (!fp->is_unmet || weir_insn_is_call(insn))
		weir_transfer_insn(fp->prog, fp->cfg, &fp->effects, fp->cur,
				   pc);
	if (fp->is_unmet)
		weir_unmet_result(fp->cur, insn);
	if (record)
		fp->ops->after(fp->recorder, pc, fp->cur);
	return 0;
}

/*
 * One way out of a block, with state @s. If what it leads to runs on from here,
 * that is *@next, and the state becomes the current one.
 */
static int leave_by(struct fixpoint *fp, const struct weir_block *b,
		    struct weir_state *s, u32 to, enum walk walk, u32 *next)
{
	if (!weir_cfg_runs_on(fp->cfg, b, to))
		return flow_edge(fp, b, s, to, walk);
	*next = to;
	weir_state_keep(s, kept(fp, to));
	return 0;
}

/* A conditional jump's two ways. */
static int leave_two(struct fixpoint *fp, const struct weir_block *b,
		     enum walk walk, u32 *next)
{
	const struct bpf_insn *insn = &fp->prog->insns[b->last];
	u16 regs = kept(fp, b->taken) | 1u << insn->dst_reg;
	bool take, fall;
	int err = 0;

	if (BPF_SRC(insn->code) == BPF_X)
		regs |= (u16)(1u << insn->src_reg);
	weir_state_copy(fp->alt, fp->cur, regs);
	take = fp->is_unmet || weir_learn_jump(fp->alt, insn, true);
	fall = fp->is_unmet || weir_learn_jump(fp->cur, insn, false);
	if (walk == WALK_FINAL)
		fp->ops->jump(fp->recorder, b->last, take, fall);
	else if (walk == WALK_COUNT)
		weir_trips_leave(fp->trips, take, fall);
	if (fall)
		err = leave_by(fp, b, fp->cur, b->fall, walk, next);
	if (take && !err)
		err = leave_by(fp, b, fp->alt, b->taken, walk, next);
	if (*next == b->taken) {
		struct weir_state *s = fp->cur;

		fp->cur = fp->alt;
		fp->alt = s;
	}
	return err;
}

/* The end of a block: where do runs go from here? */
static int leave(struct fixpoint *fp, const struct weir_block *b,
		 enum walk walk, u32 *next)
{
	bool take = b->taken != WEIR_NO_BLOCK, fall = b->fall != WEIR_NO_BLOCK;
	u8 threads = fp->thread[b - fp->cfg->block];

	*next = WEIR_NO_BLOCK;
	if (threads & THREADED) {
		fp->ops->jump(fp->recorder, b->last, threads & TAKES,
			      threads & FALLS);
		return 0;
	}
	if (take && fall)
		return leave_two(fp, b, walk, next);
	if (walk == WALK_COUNT)
		weir_trips_leave(fp->trips, take, fall);
	if (fall)
		return leave_by(fp, b, fp->cur, b->fall, walk, next);
	if (take)
		return leave_by(fp, b, fp->cur, b->taken, walk, next);
	return 0;
}

static int walk_insns(struct fixpoint *fp, const struct weir_block *b,
		      enum walk walk)
{
	u32 pc, next;
	int err;

	for (pc = b->start; pc <= b->last; pc = next) {
		next = pc + 1 + weir_insn_is_wide(&fp->prog->insns[pc]);
		err = walk_insn(fp, pc, walk);
		if (err)
			return err;
	}
	return 0;
}

/* A block that has a state, and all that runs on from it. */
static int walk_block(struct fixpoint *fp, u32 block, enum walk walk)
{
	int err = 0;

	weir_state_load(fp->cur, fp->entry[block]);
	while (!err && block != WEIR_NO_BLOCK) {
		const struct weir_block *b = &fp->cfg->block[block];

		fp->at = block;

		if (walk == WALK_COUNT)
			err = weir_trips_block(fp->trips, block, fp->cur);
		if (!err)
			err = walk_insns(fp, b, walk);
		if (!err)
			err = leave(fp, b, walk, &block);
		if (!(++fp->nr_walks & (WALKS_AT_A_TIME - 1)))
			weir_host_resched();
	}
	return err;
}

static void forget(struct fixpoint *fp, u32 block)
{
	weir_kept_drop(&fp->kept, &fp->entry[block]);
}

/* Keep what flowed into the region from outside. */
static int start_region(struct fixpoint *fp, u32 pos)
{
	u32 i;
	int err = 0;

	for (i = pos; i < fp->end && !err; i++) {
		u32 block = fp->cfg->order[i];

		if (!fp->entry[block])
			continue;
		fp->at = block;
		err = weir_kept_copy(&fp->kept, fp->entry[block],
				     &fp->outer[block]);
		wait(fp, i);
	}
	weir_thresholds_collect(fp->prog, fp->cfg, pos, fp->end,
				&fp->thresholds);
	return err;
}

/*
 * The region from @pos on takes too long: its states become coarse, and so will
 * those that flow.
 *
 * Sound: what is known less of may grow less; all of its blocks are visited
 * again.
 */
static int go_coarse(struct fixpoint *fp, u32 pos)
{
	u32 i;
	int err = 0;

	fp->is_coarse = true;
	weir_coarse_collect(fp->prog, fp->cfg, pos, fp->end, &fp->writes);
	for (i = pos; i < fp->end && !err; i++) {
		u32 block = fp->cfg->order[i];

		if (!fp->entry[block])
			continue;
		weir_state_load(fp->cur, fp->entry[block]);
		weir_coarse_make(fp->cur, &fp->writes);
		err = keep(fp, fp->cur, block);
		wait(fp, i);
	}
	return err;
}

/* Has the region from @pos on no loops, or too many in each other? */
static bool region_is_hard(const struct fixpoint *fp, u32 pos)
{
	bool is_hard = fp->loops->is_odd[fp->cfg->order[pos]];
	const struct weir_loop *loop;
	u32 i;

	for (i = pos; i < fp->end && !is_hard; i++) {
		loop = weir_loop_headed(fp->loops, fp->cfg->order[i]);
		is_hard = loop && loop->depth > DEEP;
	}
	return is_hard;
}

/*
 * Which block of the region is next: the first that waits, so that inner loops
 * come to rest before what is around them. That may go back and forth for long;
 * where it is hard it is all blocks in turn.
 */
static u32 next_to_walk(const struct fixpoint *fp, u32 pos, u32 at,
			bool in_turn)
{
	u32 next = next_waiting(fp, in_turn ? at : pos, fp->end);

	return next == fp->end && in_turn ? next_waiting(fp, pos, fp->end)
					  : next;
}

/* Visit the blocks of the region from @pos on until none waits. */
static int rise(struct fixpoint *fp, u32 pos)
{
	bool is_hard = region_is_hard(fp, pos);
	u64 enough = fp->nr_walks + FREE_WALKS +
		     (u64)(fp->end - pos) * (is_hard ? HARD_WALKS : WALKS);
	u32 i = pos;
	int err = start_region(fp, pos);

	while (!err && (i = next_to_walk(fp, pos, i, is_hard)) < fp->end) {
		fp->waits[i / 64] &= ~(1ULL << (i % 64));
		err = walk_block(fp, fp->cfg->order[i], WALK_RISE);
		if (err || fp->is_coarse || fp->nr_walks <= enough)
			continue;
		is_hard = true;
		err = go_coarse(fp, pos);
	}
	return err;
}

static void forget_backs(struct fixpoint *fp, u32 block)
{
	u32 edge, next;

	for (edge = fp->back_into[block]; edge; edge = next) {
		next = fp->back[edge - 1].next;
		weir_kept_drop(&fp->kept, &fp->back[edge - 1].saved);
		fp->back[edge - 1].next = 0;
	}
	fp->back_into[block] = 0;
}

/* To the state at the entry of @block comes what comes back to it. */
static int join_backs(struct fixpoint *fp, u32 block)
{
	u32 edge = fp->back_into[block];
	int err = 0;

	/* Sound: none comes back to where none came in. */
	if (!fp->entry[block] && weir_loop_headed(fp->loops, block))
		edge = 0;
	for (; edge && !err; edge = fp->back[edge - 1].next) {
		weir_state_load(fp->cur, fp->back[edge - 1].saved);
		err = flow(fp, fp->cur, block, true);
	}
	/* what comes back in this pass may be better */
	forget_backs(fp, block);
	return err;
}

/* The same for a head whose loop is counted. */
static int join_counted(struct fixpoint *fp, u32 block)
{
	int err;

	weir_state_load(fp->alt, fp->entry[block]);
	err = join_backs(fp, block);
	if (err)
		return err;
	weir_state_load(fp->cur, fp->entry[block]);
	weir_trips_bound(fp->trips, block, fp->alt, fp->cur);
	return keep(fp, fp->cur, block);
}

static int join_head(struct fixpoint *fp, u32 block, enum walk walk)
{
	int err = 0;

	if (!fp->entry[block] || !weir_loop_headed(fp->loops, block))
		return join_backs(fp, block);
	if (walk == WALK_FINAL && weir_trips_is_counted(fp->trips, block))
		return join_counted(fp, block);
	if (walk == WALK_COUNT) {
		weir_state_load(fp->cur, fp->entry[block]);
		err = weir_trips_enter(fp->trips, block, fp->cur);
	}
	return err ? err : join_backs(fp, block);
}

/* Through the region from @pos on once more: see the top. */
static int settle(struct fixpoint *fp, u32 pos, enum walk walk)
{
	u32 i;
	int err = 0;

	for (i = pos; i < fp->end && !err; i++) {
		u32 block = fp->cfg->order[i];

		forget(fp, block);
		if (!fp->outer[block])
			continue;
		fp->entry[block] = fp->outer[block];
		fp->outer[block] = NULL;
		if (walk == WALK_COUNT)
			err = weir_kept_copy(&fp->kept, fp->entry[block],
					     &fp->outer[block]);
	}
	for (i = pos; i < fp->end && !err; i++) {
		u32 block = fp->cfg->order[i];

		err = join_head(fp, block, walk);
		if (!err && fp->entry[block])
			err = walk_block(fp, block, walk);
		forget(fp, block);
	}
	return err;
}

static int run_region(struct fixpoint *fp, u32 pos, u32 end)
{
	bool counts;
	int err;

	fp->end = end;
	fp->rises = true;
	err = rise(fp, pos);
	fp->rises = false;
	weir_trips_region(fp->trips, pos, end);
	counts = !fp->is_coarse && !fp->loops->is_odd[fp->cfg->order[pos]];
	fp->is_coarse = false;
	if (!err && counts) {
		err = settle(fp, pos, WALK_COUNT);
		if (!err)
			err = weir_trips_settle(fp->trips);
	}
	if (!err)
		err = settle(fp, pos, WALK_FINAL);
	weir_trips_forget(fp->trips);
	fp->end = 0;
	return err;
}

/* A function whose entry has its state. */
static int run_func(struct fixpoint *fp, u32 f)
{
	const struct weir_cfg *cfg = fp->cfg;
	u32 pos = cfg->func[f].first, end = pos + cfg->func[f].nr, next;
	int err = 0;

	if (!fp->entry[cfg->func[f].entry])
		return 0; /* no run calls it */
	fp->func = f;
	fp->returns = fp->live[cfg->nr_blocks + f].any;
	fp->ops->func(fp->recorder, f);
	for (; pos < end && !err; pos = next) {
		u32 block = cfg->order[pos];

		next = weir_cfg_region_end(cfg, pos);
		if (cfg->block[block].region) {
			err = run_region(fp, pos, next);
		} else if (fp->entry[block]) {
			err = walk_block(fp, block, WALK_FINAL);
			forget(fp, block);
		}
	}
	return err;
}

static bool has_stores(const struct weir_prog *prog)
{
	u32 pc;

	for (pc = 0; pc < prog->nr_insns; pc++) {
		const struct bpf_insn *insn = &prog->insns[pc];
		u8 class = BPF_CLASS(insn->code);

		if (class == BPF_ST || class == BPF_STX ||
		    (weir_insn_is_helper_call(insn) &&
		     weir_helper_writes(weir_helper_find(insn->imm))))
			return true;
	}
	return false;
}

static bool alloc_loops(struct fixpoint *fp)
{
	u32 nr = fp->cfg->nr_blocks;

	if (!fp->loops->nr)
		return true;
	fp->outer = weir_host_alloc(nr * sizeof(*fp->outer));
	fp->back = weir_host_alloc(2 * nr * sizeof(*fp->back));
	fp->back_into = weir_host_alloc(nr * sizeof(*fp->back_into));
	fp->visits = weir_host_alloc(nr * sizeof(*fp->visits));
	fp->waits = weir_host_alloc((nr / 64 + 1) * sizeof(u64));
	return fp->outer && fp->back && fp->back_into && fp->visits &&
	       fp->waits;
}

/* All functions, those that call before those that are called. */
static int run_round(struct fixpoint *fp)
{
	u32 nr = fp->cfg->nr_blocks, i;
	int err;

	fp->next_id = WEIR_ID_FIRST;
	for (i = 0; i < fp->loops->nr; i++)
		fp->loops->loop[i].trips = 0;
	memset(fp->thread, 0, nr);
	if (fp->visits)
		memset(fp->visits, 0, nr * sizeof(*fp->visits));
	weir_state_reset(fp->cur, &fp->next_id);
	weir_transfer_entry(fp->prog, fp->cur);
	err = keep(fp, fp->cur, fp->cfg->func[0].entry);
	for (i = 0; i < fp->cfg->nr_funcs && !err; i++)
		err = run_func(fp, fp->cfg->calls_order[i]);
	return err;
}

static void dry_func(struct weir_recorder *r, u32 func)
{
	(void)r;
	(void)func;
}

static int dry_insn(struct weir_recorder *r, u32 pc, const struct weir_state *s,
		    struct weir_duty *duty, u32 nr_duties)
{
	(void)r;
	(void)pc;
	(void)s;
	(void)duty;
	(void)nr_duties;
	return 0;
}

static void dry_after(struct weir_recorder *r, u32 pc,
		      const struct weir_state *s)
{
	(void)r;
	(void)pc;
	(void)s;
}

static void dry_jump(struct weir_recorder *r, u32 pc, bool take, bool fall)
{
	(void)r;
	(void)pc;
	(void)take;
	(void)fall;
}

/* What the recorder is told of rounds before the last. */
static const struct weir_fixpoint_ops dry_ops = {
	.func = dry_func,
	.insn = dry_insn,
	.after = dry_after,
	.jump = dry_jump,
};

/* Rounds of the analysis until the effects of subprograms are known. */
static int find_effects(struct fixpoint *fp)
{
	const struct weir_fixpoint_ops *ops = fp->ops;
	int err;

	fp->ops = &dry_ops;
	fp->is_dry = true;
	do
		err = run_round(fp);
	while (!err && !weir_effects_settle(&fp->effects, fp->alt, fp->joiner));
	fp->ops = ops;
	fp->is_dry = false;
	return err;
}

static int run(struct fixpoint *fp)
{
	u32 nr = fp->cfg->nr_blocks;
	int err;

	fp->entry = weir_host_alloc(nr * sizeof(*fp->entry));
	fp->thread = weir_host_alloc(nr);
	fp->has_stores = has_stores(fp->prog);
	fp->cur = weir_state_alloc(fp->has_stores, &fp->next_id);
	fp->alt = weir_state_alloc(fp->has_stores, &fp->next_id);
	fp->joiner = weir_host_alloc_dirty(sizeof(*fp->joiner));
	if (!fp->entry || !fp->thread || !fp->cur || !fp->alt || !fp->joiner ||
	    !alloc_loops(fp))
		return -ENOMEM;
	fp->joiner->prog = fp->prog;
	fp->joiner->level = 0;
	fp->joiner->loop = NULL;
	fp->joiner->nr_keys = 0;
	fp->joiner->thresholds = &fp->thresholds;
	err = weir_effects_init(&fp->effects, fp->cfg);
	if (!err && fp->effects.is_on)
		err = find_effects(fp);
	return err ? err : run_round(fp);
}

static int too_many_states(struct fixpoint *fp)
{
	return weir_reject(
		fp->rej, WEIR_REJECT_TOO_COMPLEX,
		weir_prog_origin(fp->prog, fp->cfg->block[fp->at].start),
		"what is known at blocks that wait for others takes over %u MiB",
		WEIR_MAX_STATE_BYTES >> 20);
}

static void release(struct fixpoint *fp)
{
	u32 b, nr = fp->cfg->nr_blocks;

	for (b = 0; b < nr; b++) {
		if (fp->entry)
			weir_kept_drop(&fp->kept, &fp->entry[b]);
		if (fp->outer)
			weir_kept_drop(&fp->kept, &fp->outer[b]);
		if (fp->back && fp->back_into)
			forget_backs(fp, b);
	}
	weir_host_free(fp->entry);
	weir_host_free(fp->outer);
	weir_host_free(fp->back);
	weir_host_free(fp->back_into);
	weir_host_free(fp->visits);
	weir_host_free(fp->waits);
	weir_host_free(fp->cur);
	weir_host_free(fp->alt);
	weir_host_free(fp->old);
	weir_host_free(fp->thread);
	weir_host_free(fp->through[0]);
	weir_host_free(fp->through[1]);
	weir_host_free(fp->joiner);
	weir_trips_free(fp->trips);
	weir_unmet_free(fp->unmet);
	weir_effects_exit(&fp->effects);
	weir_host_free(fp);
}

int weir_fixpoint_run(const struct weir_prog *prog, const struct weir_cfg *cfg,
		      const struct weir_live *live, struct weir_loops *loops,
		      const struct weir_ahead *ahead,
		      const struct weir_fixpoint_ops *ops,
		      struct weir_recorder *recorder,
		      struct weir_rejection *rej, u64 *work)
{
	struct fixpoint *fp = weir_host_alloc(sizeof(*fp));
	int err = -ENOMEM;

	if (!fp)
		return err;
	fp->prog = prog;
	fp->cfg = cfg;
	fp->live = live;
	fp->loops = loops;
	fp->ahead = ahead;
	fp->ops = ops;
	fp->recorder = recorder;
	fp->rej = rej;
	if (loops->of) /* there are any */
		fp->trips = weir_trips_create(prog, cfg, loops);
	fp->unmet = weir_unmet_create(prog);
	if (fp->unmet && (fp->trips || !loops->of))
		err = run(fp);
	if (err == -ENOSPC)
		err = too_many_states(fp);
	*work = fp->work;
	release(fp);
	return err;
}
