// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Trip counts.
 *
 * Per block, its instructions make a table of moves, from its entry to its end.
 * Per loop, the tables of its blocks are composed along its edges, and joined
 * where they meet, beginning with "nothing moved" at its head; what comes back
 * to the head is the loop's round. A loop within it is one step: its places
 * moved by no, one, or more rounds (closure()), then on to where it is left.
 *
 * Places that the state at a head knows to be a constant apart are one there:
 * all but one of them, their leader, begin as "the leader and so much".
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/types.h>
#include "base/host.h"
#include "base/insn.h"
#include "base/prog.h"
#include "uapi/weir.h"
#include "verifier/cfg.h"
#include "verifier/learn.h"
#include "verifier/loop.h"
#include "verifier/moves.h"
#include "verifier/rounds.h"
#include "verifier/state.h"
#include "verifier/trips.h"

#define MAX_DEPTH 16 /* loops nested deeper are not looked at */
#define MAX_EXITS 32 /* blocks that a loop is left to, for its parent */
#define MAX_HITS 2
#define MAX_TRIPS WEIR_MAX_RUN_INSNS

/**
 * struct hit - a block ends by comparing for equality
 * @a:		one side, as moved
 * @b:		the other; from WEIR_NOWHERE if it is constant
 * @limit:	what the other can be
 * @op:		BPF_JEQ or BPF_JNE; 0: it does not end so
 * @full:	whole numbers are compared
 * @low:	comparing low halves comes out the same
 */
struct hit {
	struct weir_move a, b;
	struct weir_span limit;
	u8 op;
	bool full;
	bool low;
};

/**
 * struct node - a block of the region
 * @moves:	from its entry to its end; NULL if no run comes here
 * @in:		from the head of the loop under way to its entry
 * @hit:	how it ends, or NULL
 * @take:	a run can leave it by its jump
 * @fall:	or by falling through
 */
struct node {
	struct weir_moves *moves;
	struct weir_moves *in;
	struct hit *hit;
	bool take;
	bool fall;
};

/**
 * struct inner - a loop of the region
 * @width:	per place, at its head; NULL if no run comes there
 * @start:	per place at its head, given the leaders there
 * @round:	from its head to its head; NULL if no run comes back
 * @out:	from its head to wherever it is left
 * @entered:	per place: what it can be when the loop is entered
 * @nr_hits:	entries at @hit
 * @hit:	comparisons that each round makes, the places being the head's
 * @nr_open:	blocks that the walk under way has to come to yet
 * @nr_exits:	entries at @exit; MAX_EXITS + 1: there are more
 * @exit:	blocks around it that it can be left to
 */
struct inner {
	struct weir_width *width;
	struct weir_moves *start;
	struct weir_moves *round;
	struct weir_moves *out;
	struct weir_span *entered;
	u32 nr_hits;
	struct hit hit[MAX_HITS];
	u32 nr_open;
	u32 nr_exits;
	u32 exit[MAX_EXITS];
};

/**
 * struct weir_trips - see trips.h
 * @first:	position where the region starts
 * @end:	and ends
 * @mover:	of the block under way
 * @block:	block under way
 * @is_on:	the region has loops
 */
struct weir_trips {
	const struct weir_prog *prog;
	const struct weir_cfg *cfg;
	struct weir_loops *loops;
	struct node *node; /* per block */
	struct inner *inner; /* per loop */
	u32 first;
	u32 end;
	struct weir_mover mover;
	u32 block;
	bool is_on;
};

/* The side that stays is the right one, if it is constant. */
static void on_compare(struct weir_trips *t, const struct bpf_insn *insn,
		       const struct weir_state *s)
{
	const struct weir_value *a = &s->reg[insn->dst_reg];
	struct weir_value imm = weir_value_const((u64)(s64)insn->imm);
	const struct weir_value *b = &imm;
	bool is64 = BPF_CLASS(insn->code) == BPF_JMP;
	struct hit *hit;

	if (BPF_SRC(insn->code) == BPF_X)
		b = &s->reg[insn->src_reg];
	if ((BPF_OP(insn->code) != BPF_JEQ && BPF_OP(insn->code) != BPF_JNE) ||
	    !weir_value_is_scalar(a) || !weir_value_is_scalar(b) ||
	    insn->dst_reg >= WEIR_PLACE_REGS ||
	    insn->src_reg >= WEIR_PLACE_REGS)
		return;
	hit = weir_host_alloc(sizeof(*hit));
	if (!hit)
		return; /* one way less to count */
	t->node[t->block].hit = hit;
	hit->op = BPF_OP(insn->code);
	hit->a = t->mover.cur->at[insn->dst_reg];
	hit->b = weir_value_is_const(b) ? weir_move_nowhere()
					: t->mover.cur->at[insn->src_reg];
	hit->limit = weir_span_of(b);
	hit->full = is64;
	hit->low = !is64 || (a->num.range.umax <= U32_MAX &&
			     b->num.range.umax <= U32_MAX);
	if (!weir_value_is_const(b) && hit->b.from == WEIR_NOWHERE)
		hit->op = 0;
}

void weir_trips_insn(struct weir_trips *t, u32 pc, const struct weir_state *s)
{
	const struct bpf_insn *insn = &t->prog->insns[pc];

	if (!t->is_on)
		return;
	weir_mover_insn(&t->mover, insn, s);
	if (weir_insn_is_cond(insn))
		on_compare(t, insn, s);
}

/* Blocks */

void weir_trips_region(struct weir_trips *t, u32 pos, u32 end)
{
	t->first = pos;
	t->end = end;
	t->is_on = !t->loops->is_odd[t->cfg->order[pos]];
	if (t->is_on)
		weir_places_find(&t->mover.places, t->prog, t->cfg, pos, end);
}

/* Are they a constant apart? */
static bool is_apart(const struct weir_value *a, const struct weir_value *b)
{
	return a->kind == b->kind && a->object == b->object && a->id &&
	       a->id == b->id &&
	       !weir_move_is_far(b->off - a->off, b->off - a->off);
}

static int measure_head(struct weir_trips *t, struct inner *in,
			const struct weir_state *s)
{
	u32 p, q;

	in->width = weir_host_alloc(WEIR_NR_PLACES * sizeof(*in->width));
	in->start = weir_host_alloc(sizeof(*in->start));
	if (!in->width || !in->start)
		return -ENOMEM;
	weir_moves_stay(in->start);
	for (p = 0; p < WEIR_NR_PLACES; p++) {
		const struct weir_value *v = weir_places_value(&t->mover.places,
							       s, p),
					*u;

		in->width[p] = (struct weir_width){ U64_MAX, U32_MAX };
		if (!v)
			continue;
		in->width[p] = weir_width_of(v);
		for (q = 0; q < p; q++) {
			u = weir_places_value(&t->mover.places, s, q);
			if (!u || !is_apart(u, v))
				continue;
			in->start->at[p] = (struct weir_move){
				.from = (u8)q,
				.lo = v->off - u->off,
				.hi = v->off - u->off,
			};
			break;
		}
	}
	return 0;
}

int weir_trips_enter(struct weir_trips *t, u32 block,
		     const struct weir_state *s)
{
	const struct weir_loop *loop = weir_loop_headed(t->loops, block);
	struct inner *in;
	u32 p;

	if (!loop)
		return 0;
	in = &t->inner[loop - t->loops->loop];
	in->entered = weir_host_alloc(WEIR_NR_PLACES * sizeof(*in->entered));
	if (!in->entered)
		return -ENOMEM;
	for (p = 0; p < WEIR_NR_PLACES; p++) {
		const struct weir_value *v =
			weir_places_value(&t->mover.places, s, p);
		struct weir_span any = { S64_MIN, S64_MAX, 0, U32_MAX };

		in->entered[p] = v && weir_value_is_scalar(v) ? weir_span_of(v)
							      : any;
	}
	return 0;
}

int weir_trips_block(struct weir_trips *t, u32 block,
		     const struct weir_state *s)
{
	const struct weir_loop *loop;

	if (!t->is_on)
		return 0;
	loop = weir_loop_headed(t->loops, block);
	t->block = block;
	t->mover.shifted = WEIR_NO_PLACE;
	t->mover.cur = weir_host_alloc(sizeof(*t->mover.cur));
	if (!t->mover.cur)
		return -ENOMEM;
	t->node[block].moves = t->mover.cur;
	weir_moves_stay(t->mover.cur);
	return loop ? measure_head(t, &t->inner[loop - t->loops->loop], s) : 0;
}

void weir_trips_leave(struct weir_trips *t, bool take, bool fall)
{
	if (!t->is_on)
		return;
	t->node[t->block].take = take;
	t->node[t->block].fall = fall;
}

/* Loops */

static int join_into(struct weir_moves **to, const struct weir_moves *from)
{
	if (*to) {
		weir_moves_join(*to, from);
		return 0;
	}
	*to = weir_host_alloc(sizeof(**to));
	if (!*to)
		return -ENOMEM;
	**to = *from;
	return 0;
}

static bool is_within(const struct weir_trips *t, u32 block, u32 l)
{
	u32 i = t->loops->of[block];

	while (i != WEIR_NO_LOOP && i < l)
		i = t->loops->loop[i].parent;
	return i == l;
}

static void add_exit(struct inner *in, u32 block)
{
	u32 i;

	for (i = 0; i < in->nr_exits && i < MAX_EXITS; i++)
		if (in->exit[i] == block)
			return;
	if (in->nr_exits < MAX_EXITS)
		in->exit[in->nr_exits] = block;
	if (in->nr_exits <= MAX_EXITS)
		in->nr_exits++;
}

/* With @moves since its head, loop @l goes on to block @to. */
static int go(struct weir_trips *t, u32 l, const struct weir_moves *moves,
	      u32 to)
{
	const struct weir_loop *loop = &t->loops->loop[l];
	struct inner *in = &t->inner[l];

	if (to == WEIR_NO_BLOCK)
		return 0;
	if (to == loop->head)
		return join_into(&in->round, moves);
	if (is_within(t, to, l)) {
		in->nr_open += !t->node[to].in;
		return join_into(&t->node[to].in, moves);
	}
	/* out of all loops: of no interest to anyone */
	if (t->loops->of[to] == WEIR_NO_LOOP)
		return 0;
	add_exit(in, to);
	return join_into(&in->out, moves);
}

/*
 * Where place @p is at the head of loop @l, since the loop was entered: after no
 * round, or up to trips - 1 of them.
 *
 * Sound: what moves from itself by lo to hi in one round moves by k * lo to k *
 * hi in k rounds; 0 <= k < trips.
 */
static struct weir_move moved(const struct weir_trips *t, u32 l, u32 p)
{
	const struct weir_loop *loop = &t->loops->loop[l];
	const struct inner *in = &t->inner[l];
	struct weir_move at = { .from = (u8)p }, m;
	s64 most = (s64)loop->trips - 1;

	if (!in->round)
		return at;
	m = in->round->at[p];
	if (m.from != p || ((m.lo || m.hi) && !loop->trips) ||
	    m.lo < -S32_MAX || m.hi > S32_MAX)
		return weir_move_nowhere();
	at.low = m.low;
	return weir_move_add(at, m.lo < 0 ? m.lo * most : 0,
			     m.hi > 0 ? m.hi * most : 0);
}

/* The same of all places; those that are led go where their leader goes. */
static void closure(const struct weir_trips *t, u32 l, struct weir_moves *out)
{
	const struct weir_moves *start = t->inner[l].start;
	u32 p;

	for (p = 0; p < WEIR_NR_PLACES; p++) {
		struct weir_move from = start->at[p];

		out->at[p] =
			weir_move_add(moved(t, l, from.from), from.lo, from.hi);
	}
}

/* On from loop @l within @outer, whose head was reached with @at. */
static int leave_loop(struct weir_trips *t, u32 outer, u32 l,
		      const struct weir_moves *at, struct weir_moves *tmp)
{
	struct inner *in = &t->inner[l];
	struct weir_moves head;
	u32 i;
	int err = 0;

	if (!in->out || !in->start)
		return 0;
	closure(t, l, &head);
	weir_moves_then(tmp, at, &head);
	head = *tmp;
	weir_moves_then(tmp, &head, in->out);
	for (i = 0; !err && i < min_t(u32, in->nr_exits, MAX_EXITS); i++)
		err = go(t, outer, tmp, in->exit[i]);
	return err;
}

/* Do too many ways lead out of a loop within @l to follow them all? */
static bool is_lost(const struct weir_trips *t, u32 l)
{
	const struct weir_loop *loop = &t->loops->loop[l];
	u32 i;

	for (i = 1; i < loop->nr; i++) {
		u32 b = t->loops->member[loop->first + i];
		const struct weir_loop *in = weir_loop_headed(t->loops, b);

		if (in && t->inner[in - t->loops->loop].nr_exits > MAX_EXITS)
			return true;
	}
	return loop->depth > MAX_DEPTH;
}

/*
 * The walk of loop @l comes to block @b. If every round does, and it is where
 * numbers are compared such that equal ones leave the loop, that is a hit.
 *
 * Sound: blocks come after all that lead to them. If none is open besides this
 * one, and nothing went back to the head, every way from there leads here.
 */
static void add_hit(struct weir_trips *t, u32 l, u32 b,
		    const struct weir_moves *at)
{
	struct inner *in = &t->inner[l];
	const struct hit *hit = t->node[b].hit;
	const struct weir_block *block = &t->cfg->block[b];
	struct hit *out;

	if (!hit || !hit->op || in->nr_open || in->round ||
	    in->nr_hits == MAX_HITS || t->loops->of[b] != l ||
	    is_within(t, hit->op == BPF_JEQ ? block->taken : block->fall, l))
		return;
	out = &in->hit[in->nr_hits++];
	*out = *hit;
	out->a = weir_move_then(at, hit->a);
	if (hit->b.from != WEIR_NOWHERE) {
		out->b = weir_move_then(at, hit->b);
		if (out->b.from == WEIR_NOWHERE)
			in->nr_hits--;
	}
}

static int walk_member(struct weir_trips *t, u32 l, u32 b,
		       struct weir_moves *tmp)
{
	const struct weir_loop *in = weir_loop_headed(t->loops, b);
	const struct weir_block *block = &t->cfg->block[b];
	struct node *n = &t->node[b];
	struct weir_moves *at = n->in;
	int err = 0;

	n->in = NULL;
	if (at) {
		t->inner[l].nr_open--;
		add_hit(t, l, b, at);
	}
	if (at && in && in != &t->loops->loop[l]) {
		err = leave_loop(t, l, (u32)(in - t->loops->loop), at, tmp);
	} else if (at && n->moves) {
		weir_moves_then(tmp, at, n->moves);
		if (n->take)
			err = go(t, l, tmp, block->taken);
		if (!err && n->fall)
			err = go(t, l, tmp, block->fall);
	}
	weir_host_free(at);
	return err;
}

static bool stays(const struct weir_moves *round, u8 p)
{
	return p == WEIR_NOWHERE ||
	       (round->at[p].from == p && !round->at[p].lo && !round->at[p].hi);
}

static u64 count_hit(const struct inner *in, const struct hit *hit)
{
	const struct weir_moves *round = in->round;
	struct weir_move a = hit->a, m;
	const struct weir_span *e, *n = &hit->limit;
	bool low;

	if (a.from == WEIR_NOWHERE || a.lo != a.hi ||
	    !stays(round, hit->b.from))
		return U64_MAX;
	m = round->at[a.from];
	if (m.from != a.from || m.lo != m.hi ||
	    (hit->b.from != WEIR_NOWHERE &&
	     (hit->b.lo != hit->b.hi || round->at[hit->b.from].low)))
		return U64_MAX;
	e = &in->entered[a.from];
	low = a.low || m.low || (hit->b.from != WEIR_NOWHERE && hit->b.low);
	if (hit->full && !low)
		return weir_rounds_until(e->min, e->max, a.lo, m.lo, n->min,
					 n->max);
	/* the low half must stay within its 32 bits on the way */
	if (!hit->low || e->min32 + a.lo < 0 || e->max32 + a.lo > U32_MAX)
		return U64_MAX;
	return weir_rounds_until(e->min32, e->max32, a.lo, m.lo, n->min32,
				 n->max32);
}

static void set_trips(struct weir_trips *t, u32 l)
{
	struct weir_loop *loop = &t->loops->loop[l];
	const struct inner *in = &t->inner[l];
	u64 least = U64_MAX;
	u32 p;

	/* Sound: no run comes there, or none comes back. */
	if (!in->width || !in->round)
		least = 1;
	for (p = 0; least > 1 && p < WEIR_NR_PLACES; p++)
		if (in->round->at[p].from == p)
			least = min(least, weir_rounds_within(in->round->at[p],
							      in->width[p]));
	for (p = 0; least > 1 && in->entered && p < in->nr_hits; p++)
		least = min(least, count_hit(in, &in->hit[p]));
	if (least <= MAX_TRIPS)
		loop->trips = (u32)least;
}

static int walk_loop(struct weir_trips *t, u32 l)
{
	const struct weir_loop *loop = &t->loops->loop[l];
	const struct weir_moves *start = t->inner[l].start;
	struct weir_moves *tmp;
	u32 i;
	int err;

	if (is_lost(t, l)) {
		/* nor may those around it be sure of anything */
		t->inner[l].nr_exits = MAX_EXITS + 1;
		return 0;
	}
	tmp = weir_host_alloc(sizeof(*tmp));
	err = !tmp ? -ENOMEM : 0;
	if (!err && start) {
		t->inner[l].nr_open = 1;
		err = join_into(&t->node[loop->head].in, start);
	}
	for (i = 0; !err && i < loop->nr; i++)
		err = walk_member(t, l, t->loops->member[loop->first + i], tmp);
	if (!err)
		set_trips(t, l);
	weir_host_free(tmp);
	return err;
}

static void forget_block(struct weir_trips *t, u32 b)
{
	const struct weir_loop *loop = weir_loop_headed(t->loops, b);
	struct inner *in;

	weir_host_free(t->node[b].moves);
	weir_host_free(t->node[b].in);
	weir_host_free(t->node[b].hit);
	t->node[b] = (struct node){ 0 };
	if (!loop)
		return;
	in = &t->inner[loop - t->loops->loop];
	weir_host_free(in->width);
	weir_host_free(in->start);
	weir_host_free(in->entered);
	weir_host_free(in->round);
	weir_host_free(in->out);
	*in = (struct inner){ 0 };
}

void weir_trips_forget(struct weir_trips *t)
{
	for (; t->first < t->end; t->first++)
		forget_block(t, t->cfg->order[t->first]);
}

/* Loops come in the order of their heads, from the last to the first. */
int weir_trips_settle(struct weir_trips *t)
{
	u32 pos;
	int err = 0;

	if (!t->is_on)
		return 0;
	for (pos = t->end; !err && pos-- > t->first;) {
		u32 b = t->cfg->order[pos];
		const struct weir_loop *loop = weir_loop_headed(t->loops, b);

		if (loop)
			err = walk_loop(t, (u32)(loop - t->loops->loop));
	}
	return err;
}

bool weir_trips_is_counted(const struct weir_trips *t, u32 block)
{
	const struct weir_loop *loop = weir_loop_headed(t->loops, block);

	return t->is_on && loop && loop->trips &&
	       t->inner[loop - t->loops->loop].round;
}

/*
 * Sound: the value is the one at the entry and what was added since. The base of
 * a pointer (or of a number with an identity) is as far from what it was as the
 * pointer is, and farther by what the pointer is less far from its base; and if
 * @reach bytes followed the old one, as many less that follow the new one.
 */
static void bound_value(struct weir_move m, const struct weir_value *then,
			s64 reach, struct weir_value *now)
{
	struct weir_scalar by, num;
	s64 nearer = 0;

	if (then->kind != now->kind || then->object != now->object ||
	    weir_move_is_far(then->off, now->off) ||
	    weir_move_is_far(now->off, then->off))
		return;
	/* a scalar's number is the whole of it, wherever its base is */
	if (!weir_value_is_scalar(now))
		nearer = then->off - now->off;
	by = weir_scalar_s64(m.lo + nearer, m.hi + nearer);
	if (m.low &&
	    (now->num.range.umax > U32_MAX || !weir_value_is_scalar(now)))
		return;
	num = weir_scalar_alu(BPF_ADD, !m.low, 0, &then->num, &by);
	if (weir_scalar_meet(&num, &now->num))
		now->num = num;
	if (reach != WEIR_REACH_NONE && now->id != WEIR_ID_NONE &&
	    (now->kind == WEIR_VALUE_PACKET || now->kind == WEIR_VALUE_META))
		now->reach = max(now->reach, reach - m.hi - nearer);
}

void weir_trips_bound(const struct weir_trips *t, u32 block,
		      const struct weir_state *entered, struct weir_state *s)
{
	const struct weir_loop *loop = weir_loop_headed(t->loops, block);
	u32 l = (u32)(loop - t->loops->loop), p;

	for (p = 0; p < WEIR_NR_PLACES; p++) {
		const struct weir_value *then =
			weir_places_value(&t->mover.places, entered, p);
		const struct weir_value *now =
			weir_places_value(&t->mover.places, s, p);
		struct weir_move m = moved(t, l, p);

		if (!then || !now || m.from != p)
			continue;
		bound_value(
			m, then,
			loop->writes.calls ? WEIR_REACH_NONE
					   : weir_learn_reach(entered, then),
			p < WEIR_PLACE_REGS
				? &s->reg[p]
				: &s->slot[t->mover.places
						   .word[p - WEIR_PLACE_REGS]]);
	}
}

struct weir_trips *weir_trips_create(const struct weir_prog *prog,
				     const struct weir_cfg *cfg,
				     struct weir_loops *loops)
{
	struct weir_trips *t = weir_host_alloc(sizeof(*t));

	if (!t)
		return NULL;
	t->prog = prog;
	t->cfg = cfg;
	t->loops = loops;
	if (!loops->nr)
		return t;
	t->node = weir_host_alloc(cfg->nr_blocks * sizeof(*t->node));
	t->inner = weir_host_alloc(loops->nr * sizeof(*t->inner));
	if (t->node && t->inner)
		return t;
	weir_trips_free(t);
	return NULL;
}

void weir_trips_free(struct weir_trips *t)
{
	if (!t)
		return;
	if (t->node && t->inner)
		weir_trips_forget(t);
	weir_host_free(t->node);
	weir_host_free(t->inner);
	weir_host_free(t);
}
