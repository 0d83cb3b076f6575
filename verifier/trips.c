// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Trip counts. A place is a register or a stack slot. A move says what a place
 * holds, given what the places held earlier:
 *
 *	now[p] = then[from] + d, lo <= d <= hi		modulo 2^64 or 2^32
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
#include <linux/math64.h>
#include <linux/string.h>
#include <linux/types.h>
#include "base/host.h"
#include "base/insn.h"
#include "base/prog.h"
#include "uapi/weir.h"
#include "verifier/cfg.h"
#include "verifier/learn.h"
#include "verifier/loop.h"
#include "verifier/state.h"
#include "verifier/trips.h"

#define NR_REGS 10
#define NR_SLOTS 14 /* of a region, the first that are met */
#define NR_PLACES (NR_REGS + NR_SLOTS)
#define NOWHERE 0xff /* move.from: nobody knows */
#define NO_PLACE 0xff
#define FAR (1LL << 40) /* moves by more are given up */
#define MAX_DEPTH 16 /* loops nested deeper are not looked at */
#define MAX_EXITS 32 /* blocks that a loop is left to, for its parent */
#define MAX_HITS 2
#define MAX_TRIPS WEIR_MAX_RUN_INSNS

/**
 * struct move - see above
 * @from:	place, or NOWHERE
 * @low:	modulo 2^32, else 2^64
 */
struct move {
	u8 from;
	bool low;
	s64 lo, hi;
};

struct moves {
	struct move at[NR_PLACES];
};

/**
 * struct width - how far apart the numbers are that a place can hold at a head
 * @full:	greatest less least, the whole number; U64_MAX if not known
 * @low:	the same for its low half
 */
struct width {
	u64 full;
	u32 low;
};

/**
 * struct span - what a number can be, the whole of it and its low half
 */
struct span {
	s64 min, max;
	u32 min32, max32;
};

/**
 * struct hit - a block ends by comparing for equality
 * @a:		one side, as moved
 * @b:		the other; from NOWHERE if it is constant
 * @limit:	what the other can be
 * @op:		BPF_JEQ or BPF_JNE; 0: it does not end so
 * @full:	whole numbers are compared
 * @low:	comparing low halves comes out the same
 */
struct hit {
	struct move a, b;
	struct span limit;
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
	struct moves *moves;
	struct moves *in;
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
	struct width *width;
	struct moves *start;
	struct moves *round;
	struct moves *out;
	struct span *entered;
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
 * @place_of:	per stack word: the slot that starts there, or NO_PLACE
 * @word:	per slot: where it starts, or WEIR_STACK_WORDS
 * @block:	block under way
 * @cur:	its moves so far
 * @shifted:	register that was just shifted left by 32, or NO_PLACE
 * @before:	what it held before that
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
	u8 place_of[WEIR_STACK_WORDS];
	u8 word[NR_SLOTS];
	u32 block;
	struct moves *cur;
	u8 shifted;
	struct move before;
	bool is_on;
};

static const struct move nowhere = { .from = NOWHERE };

static void stay(struct moves *m)
{
	u32 p;

	for (p = 0; p < NR_PLACES; p++)
		m->at[p] = (struct move){ .from = (u8)p };
}

static bool is_far(s64 lo, s64 hi)
{
	return lo < -FAR || hi > FAR;
}

/* First @a, then as much as @lo to @hi more. */
static struct move add(struct move a, s64 lo, s64 hi)
{
	if (a.from == NOWHERE || is_far(lo, hi) || is_far(a.lo + lo, a.hi + hi))
		return nowhere;
	a.lo += lo;
	a.hi += hi;
	return a;
}

/* First @a, then @b. */
static struct move then(const struct moves *a, struct move b)
{
	struct move m;

	if (b.from == NOWHERE)
		return nowhere;
	m = add(a->at[b.from], b.lo, b.hi);
	m.low |= b.low;
	return m;
}

static void compose(struct moves *out, const struct moves *a,
		    const struct moves *b)
{
	u32 p;

	for (p = 0; p < NR_PLACES; p++)
		out->at[p] = then(a, b->at[p]);
}

/* Sound: equal modulo 2^64 is equal modulo 2^32. */
static void join(struct moves *a, const struct moves *b)
{
	u32 p;

	for (p = 0; p < NR_PLACES; p++) {
		struct move *x = &a->at[p];
		const struct move *y = &b->at[p];

		if (x->from != y->from || x->from == NOWHERE) {
			*x = nowhere;
			continue;
		}
		x->low |= y->low;
		x->lo = min(x->lo, y->lo);
		x->hi = max(x->hi, y->hi);
	}
}

/* One instruction */

static u8 slot_at(const struct weir_trips *t, s64 off, u32 size)
{
	if (size < 4 || off & (size - 1) || off < -WEIR_MAX_STACK ||
	    off + size > 0)
		return NO_PLACE;
	return t->place_of[(off + WEIR_MAX_STACK) / 4];
}

/* Is the address at one place of this frame? */
static bool is_frame(const struct weir_value *v, s32 off, s64 *at)
{
	*at = (s64)((u64)v->off + v->num.bits.value + (u64)(s64)off);
	return v->kind == WEIR_VALUE_STACK && weir_scalar_is_const(&v->num);
}

static void lose_slots(struct weir_trips *t, s64 lo, s64 hi)
{
	u32 w;

	for (w = 0; w < WEIR_STACK_WORDS; w++) {
		s64 start = (s64)w * 4 - WEIR_MAX_STACK;

		/* the value there may have 8 bytes */
		if (t->place_of[w] != NO_PLACE && start < hi && start + 8 > lo)
			t->cur->at[t->place_of[w]] = nowhere;
	}
}

static void lose_args(struct weir_trips *t)
{
	u32 r;

	for (r = BPF_REG_0; r <= BPF_REG_5; r++)
		t->cur->at[r] = nowhere;
}

/* Sound: what a call is handed no pointer to it does not write. */
static void on_call(struct weir_trips *t, const struct weir_state *s)
{
	u32 r;

	for (r = BPF_REG_1; r <= BPF_REG_5; r++) {
		u8 kind = s->reg[r].kind;

		if (kind == WEIR_VALUE_STACK || kind == WEIR_VALUE_MIXED)
			lose_slots(t, -WEIR_MAX_STACK, 0);
	}
	lose_args(t);
}

/* dst = dst +- src; of a 32-bit operation only the low half is known. */
static struct move on_add(struct weir_trips *t, const struct bpf_insn *insn,
			  const struct weir_state *s)
{
	const struct weir_value *x = &s->reg[insn->dst_reg];
	struct weir_value imm = weir_value_const((u64)(s64)insn->imm);
	const struct weir_value *y = &imm;
	bool low = BPF_CLASS(insn->code) == BPF_ALU;
	struct move m = t->cur->at[insn->dst_reg];
	s64 lo, hi;

	if (BPF_SRC(insn->code) == BPF_X)
		y = &s->reg[insn->src_reg];
	/* number plus pointer: it is the pointer that moves */
	if (weir_value_is_pointer(y) && weir_value_is_scalar(x) &&
	    BPF_OP(insn->code) == BPF_ADD) {
		m = t->cur->at[insn->src_reg];
		y = x;
	}
	if (!weir_value_is_scalar(y))
		return nowhere;
	lo = low ? y->num.range.smin32 : y->num.range.smin;
	hi = low ? y->num.range.smax32 : y->num.range.smax;
	if (is_far(lo, hi))
		return nowhere;
	m = BPF_OP(insn->code) == BPF_ADD ? add(m, lo, hi) : add(m, -hi, -lo);
	m.low |= low;
	return m;
}

static bool is_shift32(const struct bpf_insn *insn)
{
	u8 op = BPF_OP(insn->code);

	return BPF_CLASS(insn->code) == BPF_ALU64 &&
	       BPF_SRC(insn->code) == BPF_K && insn->imm == 32 &&
	       (op == BPF_LSH || op == BPF_RSH || op == BPF_ARSH);
}

static void on_alu(struct weir_trips *t, const struct bpf_insn *insn,
		   const struct weir_state *s, u8 shifted)
{
	struct move *dst = &t->cur->at[insn->dst_reg];
	u8 op = BPF_OP(insn->code);

	if (insn->dst_reg >= NR_REGS)
		return;
	/* Sound: left and right again by 32, the low half is what it was. */
	if (is_shift32(insn) && op == BPF_LSH) {
		t->shifted = insn->dst_reg;
		t->before = *dst;
		t->before.low = true;
	} else if (is_shift32(insn) && shifted == insn->dst_reg) {
		*dst = t->before;
		return;
	}
	if (op == BPF_MOV && BPF_SRC(insn->code) == BPF_X &&
	    insn->src_reg < NR_REGS && (!insn->off || insn->off == 32)) {
		*dst = t->cur->at[insn->src_reg];
		/* Sound: a 32-bit move, or movsx of 32, keeps the low half. */
		dst->low |= BPF_CLASS(insn->code) == BPF_ALU || insn->off;
		return;
	}
	*dst = op == BPF_ADD || op == BPF_SUB ? on_add(t, insn, s) : nowhere;
}

/*
 * Sound: the state knows of a value of this size at this word only if, on every
 * way here, that is what the last store that touched those bytes wrote.
 */
static void on_load(struct weir_trips *t, const struct bpf_insn *insn,
		    const struct weir_state *s)
{
	u32 size = weir_insn_size(insn->code), w;
	struct move m = nowhere;
	s64 at;
	u8 p;

	if (is_frame(&s->reg[insn->src_reg], insn->off, &at) && s->has_stack) {
		p = slot_at(t, at, size);
		w = (u32)(at + WEIR_MAX_STACK) / 4;
		if (p != NO_PLACE && weir_state_has_slot(s, w) &&
		    s->size[w] == size) {
			m = t->cur->at[p];
			m.low |= size == 4;
		}
	}
	if (insn->dst_reg < NR_REGS)
		t->cur->at[insn->dst_reg] = m;
}

static void on_store(struct weir_trips *t, const struct bpf_insn *insn,
		     const struct weir_state *s)
{
	const struct weir_value *to = &s->reg[insn->dst_reg];
	u32 size = weir_insn_size(insn->code);
	bool is_plain = BPF_CLASS(insn->code) == BPF_STX &&
			BPF_MODE(insn->code) == BPF_MEM;
	s64 at;
	u8 p;

	if (is_frame(to, insn->off, &at)) {
		lose_slots(t, at, at + size);
		p = slot_at(t, at, size);
		if (p != NO_PLACE && is_plain && insn->src_reg < NR_REGS) {
			t->cur->at[p] = t->cur->at[insn->src_reg];
			t->cur->at[p].low |= size == 4;
		}
	} else if (to->kind == WEIR_VALUE_STACK ||
		   to->kind == WEIR_VALUE_MIXED) {
		lose_slots(t, -WEIR_MAX_STACK, 0);
	}
	if (BPF_CLASS(insn->code) == BPF_ST || is_plain)
		return;
	t->cur->at[BPF_REG_0] = nowhere;
	if (insn->src_reg < NR_REGS)
		t->cur->at[insn->src_reg] = nowhere;
	if (insn->imm == BPF_LOAD_ACQ && insn->dst_reg < NR_REGS)
		t->cur->at[insn->dst_reg] = nowhere;
}

static struct span span_of(const struct weir_value *v)
{
	const struct weir_range *r = &v->num.range;

	return (struct span){ r->smin, r->smax, r->umin32, r->umax32 };
}

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
	    insn->dst_reg >= NR_REGS || insn->src_reg >= NR_REGS)
		return;
	hit = weir_host_alloc(sizeof(*hit));
	if (!hit)
		return; /* one way less to count */
	t->node[t->block].hit = hit;
	hit->op = BPF_OP(insn->code);
	hit->a = t->cur->at[insn->dst_reg];
	hit->b = weir_value_is_const(b) ? nowhere : t->cur->at[insn->src_reg];
	hit->limit = span_of(b);
	hit->full = is64;
	hit->low = !is64 || (a->num.range.umax <= U32_MAX &&
			     b->num.range.umax <= U32_MAX);
	if (!weir_value_is_const(b) && hit->b.from == NOWHERE)
		hit->op = 0;
}

void weir_trips_insn(struct weir_trips *t, u32 pc, const struct weir_state *s)
{
	const struct bpf_insn *insn = &t->prog->insns[pc];
	u8 shifted = t->shifted;

	if (!t->is_on)
		return;
	t->shifted = NO_PLACE;
	switch (BPF_CLASS(insn->code)) {
	case BPF_ALU:
	case BPF_ALU64:
		on_alu(t, insn, s, shifted);
		break;
	case BPF_LDX:
		on_load(t, insn, s);
		break;
	case BPF_ST:
	case BPF_STX:
		on_store(t, insn, s);
		break;
	case BPF_LD:
		if (!weir_insn_is_wide(insn))
			lose_args(t);
		else if (insn->dst_reg < NR_REGS)
			t->cur->at[insn->dst_reg] = nowhere;
		break;
	default:
		if (weir_insn_is_call(insn))
			on_call(t, s);
		else if (weir_insn_is_cond(insn))
			on_compare(t, insn, s);
	}
}

/* Blocks */

/* Slots are those that some instruction reaches from R10 as a whole. */
static void find_slots(struct weir_trips *t)
{
	u32 pos, pc, nr = 0;

	memset(t->place_of, NO_PLACE, sizeof(t->place_of));
	memset(t->word, WEIR_STACK_WORDS, sizeof(t->word));
	for (pos = t->first; pos < t->end; pos++) {
		const struct weir_block *b = &t->cfg->block[t->cfg->order[pos]];

		for (pc = b->start; pc <= b->last && nr < NR_SLOTS; pc++) {
			const struct bpf_insn *insn = &t->prog->insns[pc];
			u32 size = weir_insn_size(insn->code), w;

			if (BPF_CLASS(insn->code) != BPF_STX ||
			    insn->dst_reg != BPF_REG_10 || size < 4 ||
			    insn->off & (size - 1) || insn->off >= 0 ||
			    insn->off < -WEIR_MAX_STACK)
				continue;
			w = (u32)(insn->off + WEIR_MAX_STACK) / 4;
			if (t->place_of[w] != NO_PLACE)
				continue;
			t->place_of[w] = (u8)(NR_REGS + nr);
			t->word[nr++] = (u8)w;
		}
	}
}

void weir_trips_region(struct weir_trips *t, u32 pos, u32 end)
{
	t->first = pos;
	t->end = end;
	t->is_on = !t->loops->is_odd[t->cfg->order[pos]];
	if (t->is_on)
		find_slots(t);
}

static struct width width_of(const struct weir_value *v)
{
	const struct weir_range *r = &v->num.range;
	u64 sign = (u64)r->smax - (u64)r->smin;
	u32 sign32 = (u32)r->smax32 - (u32)r->smin32;
	struct width w = { U64_MAX, U32_MAX };

	if (v->kind < WEIR_VALUE_SCALAR || v->or_null)
		return w;
	w.full = min(sign, r->umax - r->umin);
	if (weir_value_is_scalar(v))
		w.low = min(sign32, r->umax32 - r->umin32);
	return w;
}

/* What the state knows of a place, or NULL. */
static const struct weir_value *value_at(const struct weir_trips *t,
					 const struct weir_state *s, u32 p)
{
	const struct weir_value *v = NULL;

	if (p < NR_REGS) {
		v = &s->reg[p];
	} else if (s->has_stack && t->word[p - NR_REGS] < WEIR_STACK_WORDS) {
		u32 w = t->word[p - NR_REGS];

		if (weir_state_has_slot(s, w) && s->size[w] >= 4)
			v = &s->slot[w];
	}
	/* what may be null is not where its base says */
	return v && v->kind >= WEIR_VALUE_SCALAR && !v->or_null ? v : NULL;
}

/* Are they a constant apart? */
static bool is_apart(const struct weir_value *a, const struct weir_value *b)
{
	return a->kind == b->kind && a->object == b->object && a->id &&
	       a->id == b->id && !is_far(b->off - a->off, b->off - a->off);
}

static int measure_head(struct weir_trips *t, struct inner *in,
			const struct weir_state *s)
{
	u32 p, q;

	in->width = weir_host_alloc(NR_PLACES * sizeof(*in->width));
	in->start = weir_host_alloc(sizeof(*in->start));
	if (!in->width || !in->start)
		return -ENOMEM;
	stay(in->start);
	for (p = 0; p < NR_PLACES; p++) {
		const struct weir_value *v = value_at(t, s, p), *u;

		in->width[p] = (struct width){ U64_MAX, U32_MAX };
		if (!v)
			continue;
		in->width[p] = width_of(v);
		for (q = 0; q < p; q++) {
			u = value_at(t, s, q);
			if (!u || !is_apart(u, v))
				continue;
			in->start->at[p] = (struct move){
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
	in->entered = weir_host_alloc(NR_PLACES * sizeof(*in->entered));
	if (!in->entered)
		return -ENOMEM;
	for (p = 0; p < NR_PLACES; p++) {
		const struct weir_value *v = value_at(t, s, p);
		struct span any = { S64_MIN, S64_MAX, 0, U32_MAX };

		in->entered[p] = v && weir_value_is_scalar(v) ? span_of(v)
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
	t->shifted = NO_PLACE;
	t->cur = weir_host_alloc(sizeof(*t->cur));
	if (!t->cur)
		return -ENOMEM;
	t->node[block].moves = t->cur;
	stay(t->cur);
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

static int join_into(struct moves **to, const struct moves *from)
{
	if (*to) {
		join(*to, from);
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
static int go(struct weir_trips *t, u32 l, const struct moves *moves, u32 to)
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
static struct move moved(const struct weir_trips *t, u32 l, u32 p)
{
	const struct weir_loop *loop = &t->loops->loop[l];
	const struct inner *in = &t->inner[l];
	struct move at = { .from = (u8)p }, m;
	s64 most = (s64)loop->trips - 1;

	if (!in->round)
		return at;
	m = in->round->at[p];
	if (m.from != p || ((m.lo || m.hi) && !loop->trips) ||
	    m.lo < -S32_MAX || m.hi > S32_MAX)
		return nowhere;
	at.low = m.low;
	return add(at, m.lo < 0 ? m.lo * most : 0, m.hi > 0 ? m.hi * most : 0);
}

/* The same of all places; those that are led go where their leader goes. */
static void closure(const struct weir_trips *t, u32 l, struct moves *out)
{
	const struct moves *start = t->inner[l].start;
	u32 p;

	for (p = 0; p < NR_PLACES; p++) {
		struct move from = start->at[p];

		out->at[p] = add(moved(t, l, from.from), from.lo, from.hi);
	}
}

/* On from loop @l within @outer, whose head was reached with @at. */
static int leave_loop(struct weir_trips *t, u32 outer, u32 l,
		      const struct moves *at, struct moves *tmp)
{
	struct inner *in = &t->inner[l];
	struct moves head;
	u32 i;
	int err = 0;

	if (!in->out || !in->start)
		return 0;
	closure(t, l, &head);
	compose(tmp, at, &head);
	head = *tmp;
	compose(tmp, &head, in->out);
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
static void add_hit(struct weir_trips *t, u32 l, u32 b, const struct moves *at)
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
	out->a = then(at, hit->a);
	if (hit->b.from != NOWHERE) {
		out->b = then(at, hit->b);
		if (out->b.from == NOWHERE)
			in->nr_hits--;
	}
}

static int walk_member(struct weir_trips *t, u32 l, u32 b, struct moves *tmp)
{
	const struct weir_loop *in = weir_loop_headed(t->loops, b);
	const struct weir_block *block = &t->cfg->block[b];
	struct node *n = &t->node[b];
	struct moves *at = n->in;
	int err = 0;

	n->in = NULL;
	if (at) {
		t->inner[l].nr_open--;
		add_hit(t, l, b, at);
	}
	if (at && in && in != &t->loops->loop[l]) {
		err = leave_loop(t, l, (u32)(in - t->loops->loop), at, tmp);
	} else if (at && n->moves) {
		compose(tmp, at, n->moves);
		if (n->take)
			err = go(t, l, tmp, block->taken);
		if (!err && n->fall)
			err = go(t, l, tmp, block->fall);
	}
	weir_host_free(at);
	return err;
}

/*
 * How often can a place that moves by @m in each round, and lies within @w at
 * the head, come there?
 *
 * Sound: let v and v' be what it holds one time and the next, in the reading
 * that @w was taken in. v' - (v + d) is a multiple of 2^64 (or 2^32), and less
 * than that, since |v' - v| <= w and w + |d| is less; so v' = v + d. So the
 * numbers at the head are at least |d| apart, all to one side, and within w.
 */
static u64 count(struct move m, struct width w)
{
	u64 step, far, least = U64_MAX;

	if (m.lo < 1 && m.hi > -1)
		return U64_MAX;
	step = m.lo > 0 ? (u64)m.lo : (u64)-m.hi;
	far = m.lo > 0 ? (u64)m.hi : (u64)-m.lo;
	if (!m.low && w.full <= U64_MAX - far)
		least = div64_u64(w.full, step) + 1;
	/* equal modulo 2^64 is equal modulo 2^32 */
	if (far <= U32_MAX - w.low)
		least = min(least, div64_u64(w.low, step) + 1);
	return least;
}

/*
 * How often can the head be reached before numbers that each round compares are
 * equal? One is e + k the first time, and moves by @step in each round, and the
 * other is n. @e are bounds of e, @n of n.
 *
 * Sound: by steps of 1 (or of what divides the distance) from e + k <= n one
 * comes to n without passing it, in (n - e - k) / step rounds; likewise down.
 */
static u64 count_until(s64 e_min, s64 e_max, s64 k, s64 step, s64 n_min,
		       s64 n_max)
{
	u64 far, by;

	/* no wrapping in what follows */
	if (e_min < -S64_MAX / 4 || e_max > S64_MAX / 4 ||
	    n_min < -S64_MAX / 4 || n_max > S64_MAX / 4 || !step)
		return U64_MAX;
	if (step > 0 ? e_max + k > n_min : e_min + k < n_max)
		return U64_MAX;
	far = step > 0 ? (u64)(n_max - e_min - k) : (u64)(e_max + k - n_min);
	by = step > 0 ? (u64)step : (u64)-step;
	if (by > 1 && (e_min != e_max || n_min != n_max ||
		       div64_u64(far, by) * by != far))
		return U64_MAX;
	return div64_u64(far, by) + 1;
}

static bool stays(const struct moves *round, u8 p)
{
	return p == NOWHERE ||
	       (round->at[p].from == p && !round->at[p].lo && !round->at[p].hi);
}

static u64 count_hit(const struct inner *in, const struct hit *hit)
{
	const struct moves *round = in->round;
	struct move a = hit->a, m;
	const struct span *e, *n = &hit->limit;
	bool low;

	if (a.from == NOWHERE || a.lo != a.hi || !stays(round, hit->b.from))
		return U64_MAX;
	m = round->at[a.from];
	if (m.from != a.from || m.lo != m.hi ||
	    (hit->b.from != NOWHERE &&
	     (hit->b.lo != hit->b.hi || round->at[hit->b.from].low)))
		return U64_MAX;
	e = &in->entered[a.from];
	low = a.low || m.low || (hit->b.from != NOWHERE && hit->b.low);
	if (hit->full && !low)
		return count_until(e->min, e->max, a.lo, m.lo, n->min, n->max);
	/* the low half must stay within its 32 bits on the way */
	if (!hit->low || e->min32 + a.lo < 0 || e->max32 + a.lo > U32_MAX)
		return U64_MAX;
	return count_until(e->min32, e->max32, a.lo, m.lo, n->min32, n->max32);
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
	for (p = 0; least > 1 && p < NR_PLACES; p++)
		if (in->round->at[p].from == p)
			least = min(least,
				    count(in->round->at[p], in->width[p]));
	for (p = 0; least > 1 && in->entered && p < in->nr_hits; p++)
		least = min(least, count_hit(in, &in->hit[p]));
	if (least <= MAX_TRIPS)
		loop->trips = (u32)least;
}

static int walk_loop(struct weir_trips *t, u32 l)
{
	const struct weir_loop *loop = &t->loops->loop[l];
	const struct moves *start = t->inner[l].start;
	struct moves *tmp;
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
 * pointer is; and if @reach bytes followed the old one, as many less @hi follow
 * the new one.
 */
static void bound_value(struct move m, const struct weir_value *then, s64 reach,
			struct weir_value *now)
{
	struct weir_scalar by = weir_scalar_s64(m.lo, m.hi), num;

	if (then->kind != now->kind || then->object != now->object ||
	    then->off != now->off)
		return;
	if (m.low &&
	    (now->num.range.umax > U32_MAX || !weir_value_is_scalar(now)))
		return;
	num = weir_scalar_alu(BPF_ADD, !m.low, 0, &then->num, &by);
	if (weir_scalar_meet(&num, &now->num))
		now->num = num;
	if (reach != WEIR_REACH_NONE && now->id != WEIR_ID_NONE &&
	    (now->kind == WEIR_VALUE_PACKET || now->kind == WEIR_VALUE_META))
		now->reach = max(now->reach, reach - m.hi);
}

void weir_trips_bound(const struct weir_trips *t, u32 block,
		      const struct weir_state *entered, struct weir_state *s)
{
	const struct weir_loop *loop = weir_loop_headed(t->loops, block);
	u32 l = (u32)(loop - t->loops->loop), p;

	for (p = 0; p < NR_PLACES; p++) {
		const struct weir_value *then = value_at(t, entered, p);
		const struct weir_value *now = value_at(t, s, p);
		struct move m = moved(t, l, p);

		if (!then || !now || m.from != p)
			continue;
		bound_value(m, then,
			    loop->calls ? WEIR_REACH_NONE
					: weir_learn_reach(entered, then),
			    p < NR_REGS ? &s->reg[p]
					: &s->slot[t->word[p - NR_REGS]]);
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
	t->node = weir_host_alloc(cfg->nr_blocks * sizeof(*t->node));
	t->inner = weir_host_alloc((loops->nr + 1) * sizeof(*t->inner));
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
