// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The fixpoint. Blocks that wait are taken in reverse postorder, so that a
 * block is seen after everything that leads to it, but for loops. At a loop's
 * head states are joined a few times, then widened to constants the program
 * compares with, then to the extremes; so every block is visited a bounded
 * number of times, and the work is linear in the program's length.
 *
 * A block into which the one edge comes from the block before it is walked as
 * the rest of that one, and has no state of its own.
 *
 * Memory: only blocks that are still to be visited, or lie in a loop that is
 * under way, have a state.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/types.h>
#include "base/host.h"
#include "base/insn.h"
#include "base/log.h"
#include "base/prog.h"
#include "verifier/cfg.h"
#include "verifier/duty.h"
#include "verifier/fixpoint.h"
#include "verifier/learn.h"
#include "verifier/liveness.h"
#include "verifier/state.h"
#include "verifier/transfer.h"

#define JOIN_VISITS 1 /* of a loop's head, before widening */
#define STEP_VISITS 5 /* by then, widening goes to the extremes */
#define MAX_VISITS 400 /* a bug, or a program made to be hard */
#define MAX_STEPS 128
#define WALKS_AT_A_TIME 256 /* blocks, before others may run */

/**
 * struct fixpoint - one analysis under way
 * @entry:	per block: state at its entry, or NULL
 * @visits:	per block: how often that state changed
 * @waits:	per position in the order: one bit
 * @cur:	state of the walk
 * @alt:	state of the taken branch
 * @old:	state that is being joined into, if it has to be unpacked
 * @next_id:	see struct weir_state
 * @nr_walks:	blocks walked
 * @has_stores:	the program may store to memory
 * @returns:	somebody reads the R0 of the function under way
 * @steps:	constants for widening
 */
struct fixpoint {
	const struct weir_prog *prog;
	const struct weir_cfg *cfg;
	const struct weir_live *live;
	const struct weir_fixpoint_ops *ops;
	struct weir_recorder *recorder;
	struct weir_rejection *rej;
	struct weir_saved **entry;
	u16 *visits;
	u64 *waits;
	u64 work;
	u32 next_id;
	u32 nr_walks;
	bool has_stores;
	struct weir_state *cur;
	struct weir_state *alt;
	struct weir_state *old;
	struct weir_joiner *joiner;
	bool returns;
	s64 steps[MAX_STEPS];
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
	if (fp->visits[to] >= STEP_VISITS)
		return 2;
	return backward && fp->visits[to] >= JOIN_VISITS ? 1 : 0;
}

static int keep(struct fixpoint *fp, const struct weir_state *s, u32 to)
{
	struct weir_saved *saved =
		weir_state_save(s, kept(fp, to), fp->entry[to]);

	if (!saved)
		return -ENOMEM;
	fp->entry[to] = saved;
	return 0;
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

/* State @s flows along an edge into block @to. */
static int flow(struct fixpoint *fp, const struct weir_state *s, u32 to,
		bool backward)
{
	bool joins = fp->entry[to], changed = true;
	int err;

	if (joins) {
		fp->joiner->level = level(fp, to, backward);
		err = join(fp, s, to, &changed);
	} else {
		err = keep(fp, s, to);
	}
	if (err || !changed)
		return err;
	if (joins && backward && ++fp->visits[to] > MAX_VISITS)
		return weir_reject(fp->rej, WEIR_REJECT_TOO_COMPLEX,
				   weir_prog_origin(fp->prog,
						    fp->cfg->block[to].start),
				   "the state of this loop does not settle");
	wait(fp, fp->cfg->block[to].order);
	return 0;
}

/* The state before a call flows into the subprogram. Only final states do, and
 * all callers come before it, so that a function is analysed once.
 */
static int call(struct fixpoint *fp, u32 pc)
{
	u32 f = weir_cfg_callee(fp->cfg, fp->prog, pc);

	weir_transfer_enter(fp->cur, fp->alt);
	return flow(fp, fp->alt, fp->cfg->func[f].entry, false);
}

/* One instruction, but for where a jump leads. */
static int walk_insn(struct fixpoint *fp, u32 pc, bool fuel, bool record)
{
	const struct bpf_insn *insn = &fp->prog->insns[pc];
	struct weir_duty duty[WEIR_MAX_DUTIES];
	u32 i, nr;
	int err;

	fuel |= fp->cfg->calls_burn && weir_insn_is_subprog_call(insn);
	nr = weir_duty_list(insn, fuel, duty);
	fp->work++;
	if (weir_insn_is_exit(insn) && !fp->returns)
		nr = 0;
	if (record) {
		err = fp->ops->insn(fp->recorder, pc, fp->cur, duty, nr);
		if (err)
			return err;
	}
	for (i = 0; i < nr; i++)
		weir_learn_met(fp->cur, &duty[i]);
	if (weir_insn_is_jump(insn) || weir_insn_is_exit(insn))
		return 0;
	if (record && weir_insn_is_subprog_call(insn)) {
		err = call(fp, pc);
		if (err)
			return err;
	}
	weir_transfer_insn(fp->prog, fp->cur, pc);
	if (record)
		fp->ops->after(fp->recorder, pc, fp->cur);
	return 0;
}

/*
 * One way out of a block, with state @s. If what it leads to runs on from here,
 * that is *@next, and the state becomes the current one.
 */
static int leave_by(struct fixpoint *fp, const struct weir_block *b,
		    struct weir_state *s, u32 to, bool follow, u32 *next)
{
	if (!weir_cfg_runs_on(fp->cfg, b, to))
		return follow ? flow(fp, s, to,
				     fp->cfg->block[to].order <= b->order)
			      : 0;
	*next = to;
	weir_state_keep(s, kept(fp, to));
	return 0;
}

/* A conditional jump's two ways. */
static int leave_two(struct fixpoint *fp, const struct weir_block *b,
		     bool record, bool follow, u32 *next)
{
	const struct bpf_insn *insn = &fp->prog->insns[b->last];
	u16 regs = kept(fp, b->taken) | 1u << insn->dst_reg;
	bool take, fall;
	int err = 0;

	if (BPF_SRC(insn->code) == BPF_X)
		regs |= (u16)(1u << insn->src_reg);
	weir_state_copy(fp->alt, fp->cur, regs);
	take = weir_learn_jump(fp->alt, insn, true);
	fall = weir_learn_jump(fp->cur, insn, false);
	if (record)
		fp->ops->jump(fp->recorder, b->last, take, fall);
	if (fall)
		err = leave_by(fp, b, fp->cur, b->fall, follow, next);
	if (take && !err)
		err = leave_by(fp, b, fp->alt, b->taken, follow, next);
	if (*next == b->taken) {
		struct weir_state *s = fp->cur;

		fp->cur = fp->alt;
		fp->alt = s;
	}
	return err;
}

/* The end of a block: where do runs go from here? */
static int leave(struct fixpoint *fp, const struct weir_block *b, bool record,
		 bool follow, u32 *next)
{
	*next = WEIR_NO_BLOCK;
	if (b->taken != WEIR_NO_BLOCK && b->fall != WEIR_NO_BLOCK)
		return leave_two(fp, b, record, follow, next);
	if (b->fall != WEIR_NO_BLOCK)
		return leave_by(fp, b, fp->cur, b->fall, follow, next);
	if (b->taken != WEIR_NO_BLOCK)
		return leave_by(fp, b, fp->cur, b->taken, follow, next);
	return 0;
}

static int walk_insns(struct fixpoint *fp, const struct weir_block *b,
		      bool record)
{
	bool fuel = weir_cfg_burns_fuel(fp->cfg, b);
	u32 pc, next;
	int err;

	for (pc = b->start; pc <= b->last; pc = next) {
		next = pc + 1 + weir_insn_is_wide(&fp->prog->insns[pc]);
		err = walk_insn(fp, pc, fuel && pc == b->last, record);
		if (err)
			return err;
	}
	return 0;
}

/* A block, and all that runs on from it. */
static int walk_block(struct fixpoint *fp, u32 block, bool record, bool follow)
{
	int err = 0;

	weir_state_load(fp->cur, fp->entry[block]);
	while (!err && block != WEIR_NO_BLOCK) {
		const struct weir_block *b = &fp->cfg->block[block];

		err = walk_insns(fp, b, record);
		if (!err)
			err = leave(fp, b, record, follow, &block);
		if (!(++fp->nr_walks % WALKS_AT_A_TIME))
			weir_host_resched();
	}
	return err;
}

static void forget(struct fixpoint *fp, u32 block)
{
	weir_saved_free(fp->entry[block]);
	fp->entry[block] = NULL;
}

/* The states of positions [*done, end) are final: record them. */
static int settle(struct fixpoint *fp, u32 *done, u32 end)
{
	int err;

	for (; *done < end; ++*done) {
		u32 block = fp->cfg->order[*done];

		if (!fp->entry[block])
			continue;
		err = walk_block(fp, block, true, false);
		if (err)
			return err;
		forget(fp, block);
	}
	return 0;
}

/* A function whose entry has its state. */
static int run_func(struct fixpoint *fp, u32 f)
{
	const struct weir_cfg *cfg = fp->cfg;
	u32 pos = cfg->func[f].first, end = pos + cfg->func[f].nr, done = pos;
	int err;

	if (!fp->entry[cfg->func[f].entry])
		return 0; /* no run calls it */
	fp->returns = fp->live[cfg->nr_blocks + f].any;
	fp->ops->func(fp->recorder, f);
	wait(fp, pos);
	while ((pos = next_waiting(fp, done, end)) < end) {
		u32 block = cfg->order[pos];
		bool once = !cfg->block[block].region;

		err = settle(fp, &done, cfg->final[pos]);
		if (err)
			return err;
		fp->waits[pos / 64] &= ~(1ULL << (pos % 64));
		err = walk_block(fp, block, once, true);
		if (err)
			return err;
		if (once)
			forget(fp, block);
	}
	return settle(fp, &done, end);
}

static bool has_loops(const struct weir_cfg *cfg)
{
	u32 b;

	for (b = 0; b < cfg->nr_blocks; b++)
		if (cfg->block[b].is_head)
			return true;
	return false;
}

static bool has_stores(const struct weir_prog *prog)
{
	u32 pc;

	for (pc = 0; pc < prog->nr_insns; pc++) {
		u8 class = BPF_CLASS(prog->insns[pc].code);

		if (class == BPF_ST || class == BPF_STX)
			return true;
	}
	return false;
}

/* Constants that jumps compare with, and their neighbours: where loops end. */
static void collect_steps(struct fixpoint *fp)
{
	const struct weir_prog *prog = fp->prog;
	s64 *steps = fp->steps;
	u32 pc, nr = 0, i, k;

	if (!has_loops(fp->cfg))
		return;
	for (pc = 0; pc < prog->nr_insns && nr + 3 <= MAX_STEPS; pc++) {
		const struct bpf_insn *insn = &prog->insns[pc];

		if (!insn->code || !weir_insn_is_cond(insn) ||
		    BPF_SRC(insn->code) == BPF_X)
			continue;
		for (k = 0; k < 3; k++) {
			s64 c = (s64)insn->imm - 1 + k;

			for (i = 0; i < nr && steps[i] < c; i++)
				;
			if (i < nr && steps[i] == c)
				continue;
			memmove(&steps[i + 1], &steps[i],
				(nr - i) * sizeof(*steps));
			steps[i] = c;
			nr++;
		}
	}
	fp->joiner->steps = steps;
	fp->joiner->nr_steps = nr;
}

static int run(struct fixpoint *fp)
{
	u32 nr = fp->cfg->nr_blocks, i;
	int err;

	fp->entry = weir_host_alloc(nr * sizeof(*fp->entry));
	fp->visits = weir_host_alloc(nr * sizeof(*fp->visits));
	fp->waits = weir_host_alloc((nr / 64 + 1) * sizeof(u64));
	fp->has_stores = has_stores(fp->prog);
	fp->cur = weir_state_alloc(fp->has_stores, &fp->next_id);
	fp->alt = weir_state_alloc(fp->has_stores, &fp->next_id);
	fp->joiner = weir_host_alloc(sizeof(*fp->joiner));
	if (!fp->entry || !fp->visits || !fp->waits || !fp->cur || !fp->alt ||
	    !fp->joiner)
		return -ENOMEM;
	collect_steps(fp);
	fp->next_id = WEIR_ID_FIRST;
	weir_transfer_entry(fp->prog, fp->cur);
	err = keep(fp, fp->cur, fp->cfg->func[0].entry);
	for (i = 0; i < fp->cfg->nr_funcs && !err; i++)
		err = run_func(fp, fp->cfg->calls_order[i]);
	return err;
}

int weir_fixpoint_run(const struct weir_prog *prog, const struct weir_cfg *cfg,
		      const struct weir_live *live,
		      const struct weir_fixpoint_ops *ops,
		      struct weir_recorder *recorder,
		      struct weir_rejection *rej, u64 *work)
{
	struct fixpoint *fp = weir_host_alloc(sizeof(*fp));
	u32 b;
	int err;

	if (!fp)
		return -ENOMEM;
	fp->prog = prog;
	fp->cfg = cfg;
	fp->live = live;
	fp->ops = ops;
	fp->recorder = recorder;
	fp->rej = rej;
	err = run(fp);
	*work = fp->work;
	for (b = 0; fp->entry && b < cfg->nr_blocks; b++)
		weir_saved_free(fp->entry[b]);
	weir_host_free(fp->entry);
	weir_host_free(fp->visits);
	weir_host_free(fp->waits);
	weir_host_free(fp->cur);
	weir_host_free(fp->alt);
	weir_host_free(fp->old);
	weir_host_free(fp->joiner);
	weir_host_free(fp);
	return err;
}
