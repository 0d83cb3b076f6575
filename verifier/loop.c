// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Finding loops. Heads are taken from the last position to the first, so that
 * inner loops come before those around them. From where a head's loop closes a
 * walk goes backwards to the head; a loop found earlier is one node on that way,
 * its head standing for it. Each edge is looked at once as part of one loop.
 */
#include <linux/kernel.h>
#include <linux/types.h>
#include "base/host.h"
#include "base/insn.h"
#include "base/prog.h"
#include "verifier/cfg.h"
#include "verifier/loop.h"

/**
 * struct finder - loops being found
 * @up:		per block: a block whose loop took it in, or itself
 * @from:	per block: where its predecessors start at @pred
 * @pred:	predecessors
 * @todo:	blocks of a loop whose predecessors were not looked at yet
 */
struct finder {
	const struct weir_prog *prog;
	const struct weir_cfg *cfg;
	struct weir_loops *loops;
	u32 *up;
	u32 *from;
	u32 *pred;
	u32 *todo;
};

static u32 find(u32 *up, u32 b)
{
	while (up[b] != b) {
		up[b] = up[up[b]];
		b = up[b];
	}
	return b;
}

static void list_preds(struct finder *f)
{
	const struct weir_cfg *cfg = f->cfg;
	u32 b, k, sum = 0;

	for (b = 0; b < cfg->nr_blocks; b++) {
		sum += cfg->block[b].nr_in;
		f->from[b] = sum;
	}
	f->from[cfg->nr_blocks] = sum;
	/* entries of functions have one more, which stays empty */
	for (k = 0; k < sum; k++)
		f->pred[k] = WEIR_NO_BLOCK;
	for (b = 0; b < cfg->nr_blocks; b++) {
		u32 to[2] = { cfg->block[b].fall, cfg->block[b].taken };

		for (k = 0; k < 2; k++)
			if (to[k] != WEIR_NO_BLOCK)
				f->pred[--f->from[to[k]]] = b;
	}
	for (k = 0; k < cfg->nr_funcs; k++)
		f->from[cfg->func[k].entry]--;
}

/* @b lies in the loop with this head: the walk goes on there. */
static u32 take_in(struct finder *f, u32 l, u32 b, u32 nr)
{
	struct weir_loops *loops = f->loops;

	f->up[b] = loops->loop[l].head;
	if (loops->headed[b] == WEIR_NO_LOOP)
		loops->of[b] = l;
	else
		loops->loop[loops->headed[b]].parent = l;
	f->todo[nr] = b;
	return nr + 1;
}

/*
 * The blocks of loop @l. Return: false if a walk backwards from where it closes
 * can miss its head.
 *
 * Sound: in the order everything that a block dominates comes after it.
 * A walk that misses the head comes to the function's entry, and so to a block
 * before the head; hence, if none is seen, the head dominates all of them.
 */
static bool fill_loop(struct finder *f, u32 l)
{
	const struct weir_cfg *cfg = f->cfg;
	u32 head = f->loops->loop[l].head, nr = 0, k, b = head;
	u32 least = cfg->block[head].order;

	do {
		for (k = f->from[b]; k < f->from[b + 1]; k++) {
			u32 p = f->pred[k], rep;

			if (p == WEIR_NO_BLOCK ||
			    (b == head && cfg->block[p].order < least))
				continue;
			rep = find(f->up, p);
			if (rep == head || rep == b)
				continue;
			if (cfg->block[rep].order < least)
				return false;
			nr = take_in(f, l, rep, nr);
		}
		b = nr ? f->todo[--nr] : head;
	} while (b != head);
	return true;
}

/* The region around position @pos is odd: what was found in it is no loop. */
static void give_up(struct finder *f, u32 pos)
{
	const struct weir_cfg *cfg = f->cfg;
	u32 region = cfg->block[cfg->order[pos]].region, i;

	for (i = pos; i > 0; i--)
		if (cfg->block[cfg->order[i - 1]].region != region)
			break;
	for (; i < cfg->nr_blocks; i++) {
		u32 b = cfg->order[i];

		if (cfg->block[b].region != region)
			break;
		f->loops->is_odd[b] = true;
		f->loops->of[b] = WEIR_NO_LOOP;
		f->loops->headed[b] = WEIR_NO_LOOP;
	}
}

static void find_loops(struct finder *f)
{
	const struct weir_cfg *cfg = f->cfg;
	struct weir_loops *loops = f->loops;
	u32 pos, b;

	for (b = 0; b < cfg->nr_blocks; b++) {
		f->up[b] = b;
		loops->of[b] = WEIR_NO_LOOP;
		loops->headed[b] = WEIR_NO_LOOP;
	}
	for (pos = cfg->nr_blocks; pos-- > 0;) {
		u32 l = loops->nr;

		b = cfg->order[pos];
		if (!cfg->block[b].is_head || loops->is_odd[b])
			continue;
		loops->loop[l] = (struct weir_loop){
			.head = b,
			.parent = WEIR_NO_LOOP,
		};
		loops->nr++;
		if (fill_loop(f, l)) {
			loops->of[b] = l;
			loops->headed[b] = l;
		} else {
			give_up(f, pos);
		}
	}
}

static bool is_odd(const struct weir_loops *loops, const struct weir_loop *loop)
{
	return loops->is_odd[loop->head];
}

/* Members by loop, in order of position; and how deep loops nest. */
static void list_members(struct finder *f)
{
	const struct weir_cfg *cfg = f->cfg;
	struct weir_loops *loops = f->loops;
	u32 pos, l, sum = 0, b;

	for (l = loops->nr; l-- > 0;) {
		struct weir_loop *loop = &loops->loop[l];

		loop->depth = 1;
		if (loop->parent == WEIR_NO_LOOP)
			continue;
		loop->depth += loops->loop[loop->parent].depth;
		loops->loop[loop->parent].nr++;
	}
	for (b = 0; b < cfg->nr_blocks; b++)
		if (loops->of[b] != WEIR_NO_LOOP)
			loops->loop[loops->of[b]].nr++;
	for (l = 0; l < loops->nr; l++) {
		loops->loop[l].first = sum;
		sum += loops->loop[l].nr;
		loops->loop[l].nr = 0;
	}
	for (pos = 0; pos < cfg->nr_blocks; pos++) {
		struct weir_loop *loop, *in;

		b = cfg->order[pos];
		loop = weir_loop_of(loops, b);
		if (!loop)
			continue;
		if (loop->head == b && loop->parent != WEIR_NO_LOOP) {
			in = &loops->loop[loop->parent];
			loops->member[in->first + in->nr++] = b;
		}
		loops->member[loop->first + loop->nr++] = b;
	}
}

static void list_writes(struct finder *f)
{
	const struct weir_cfg *cfg = f->cfg;
	struct weir_loops *loops = f->loops;
	u32 b, l;

	for (b = 0; b < cfg->nr_blocks; b++) {
		struct weir_loop *loop = weir_loop_of(loops, b);

		if (loop)
			weir_writes_add_block(&loop->writes, f->prog,
					      &cfg->block[b]);
	}
	/* inner ones come first */
	for (l = 0; l < loops->nr; l++) {
		const struct weir_loop *in = &loops->loop[l];
		struct weir_writes *w;

		if (in->parent == WEIR_NO_LOOP)
			continue;
		w = &loops->loop[in->parent].writes;
		w->regs |= in->writes.regs;
		w->calls |= in->writes.calls;
		w->words[0] |= in->writes.words[0];
		w->words[1] |= in->writes.words[1];
	}
}

/* Which close by an edge that burns no fuel? */
static void list_high(struct finder *f)
{
	const struct weir_cfg *cfg = f->cfg;
	u32 b, k;

	for (b = 0; b < cfg->nr_blocks; b++) {
		const struct weir_block *block = &cfg->block[b];
		u32 to[2] = { block->taken, block->fall };

		for (k = 0; k < 2; k++) {
			struct weir_loop *loop;

			if (to[k] == WEIR_NO_BLOCK ||
			    cfg->block[to[k]].order > block->order)
				continue;
			loop = weir_loop_headed(f->loops, to[k]);
			if (loop && (k || !weir_cfg_burns_fuel(cfg, block)))
				loop->is_high = true;
		}
	}
}

static u32 count_heads(const struct weir_cfg *cfg)
{
	u32 b, nr = 0;

	for (b = 0; b < cfg->nr_blocks; b++)
		nr += cfg->block[b].is_head;
	return nr;
}

static bool find_all(struct finder *f, u32 nr_heads)
{
	struct weir_loops *loops = f->loops;
	u32 nr = f->cfg->nr_blocks, l;

	loops->loop = weir_host_alloc(nr_heads * sizeof(*loops->loop));
	loops->of = weir_host_alloc(nr * sizeof(u32));
	loops->headed = weir_host_alloc(nr * sizeof(u32));
	loops->is_odd = weir_host_alloc(nr);
	loops->member = weir_host_alloc((nr + nr_heads) * sizeof(u32));
	f->up = weir_host_alloc(nr * sizeof(u32));
	f->todo = weir_host_alloc(nr * sizeof(u32));
	f->from = weir_host_alloc((nr + 1) * sizeof(u32));
	f->pred = weir_host_alloc((2 * nr + f->cfg->nr_funcs) * sizeof(u32));
	if (!loops->loop || !loops->of || !loops->headed || !loops->is_odd ||
	    !loops->member || !f->up || !f->todo || !f->from || !f->pred)
		return false;
	list_preds(f);
	find_loops(f);
	/* of an odd region: nothing is in them, and nothing may hang on them */
	for (l = 0; l < loops->nr; l++)
		if (is_odd(loops, &loops->loop[l]))
			loops->loop[l].parent = WEIR_NO_LOOP;
	list_members(f);
	list_writes(f);
	list_high(f);
	return true;
}

struct weir_loops *weir_loops_create(const struct weir_prog *prog,
				     const struct weir_cfg *cfg)
{
	struct finder f = {
		.prog = prog,
		.cfg = cfg,
		.loops = weir_host_alloc(sizeof(struct weir_loops)),
	};
	u32 nr_heads = count_heads(cfg);

	if (!f.loops || !nr_heads)
		return f.loops;
	if (!find_all(&f, nr_heads)) {
		weir_loops_free(f.loops);
		f.loops = NULL;
	}
	weir_host_free(f.up);
	weir_host_free(f.todo);
	weir_host_free(f.from);
	weir_host_free(f.pred);
	return f.loops;
}

void weir_loops_free(struct weir_loops *loops)
{
	if (!loops)
		return;
	weir_host_free(loops->loop);
	weir_host_free(loops->of);
	weir_host_free(loops->headed);
	weir_host_free(loops->is_odd);
	weir_host_free(loops->member);
	weir_host_free(loops);
}

/*
 * Sound: every cycle has a jump to a lower pc whose taken edge it passes. In an
 * odd region each of those burns, so every cycle does. Else a cycle lies in the
 * loop of the head h that dominates all of it, and passes an edge that closes
 * that loop. If the loop is not proven, either all edges that close it burn, or
 * (is_high, so burns_all) every jump to a lower pc within it does.
 */
bool weir_loop_burns_fuel(const struct weir_cfg *cfg,
			  const struct weir_loops *loops, u32 b)
{
	const struct weir_block *block = &cfg->block[b];
	const struct weir_loop *in, *closes;

	if (!weir_cfg_burns_fuel(cfg, block))
		return false;
	if (loops->is_odd[b])
		return true;
	in = weir_loop_of(loops, b);
	if (in && in->burns_all)
		return true;
	closes = cfg->block[block->taken].order <= block->order
			 ? weir_loop_headed(loops, block->taken)
			 : NULL;
	return closes && !closes->is_proven;
}
