// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * From the last block to the first, and in each from its last instruction. What
 * comes back to a loop's head is not looked at, so that each block is seen once;
 * but for loops of one block that go round a constant number of times.
 */
#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/types.h>
#include "base/host.h"
#include "base/insn.h"
#include "base/prog.h"
#include "verifier/ahead.h"
#include "verifier/cfg.h"
#include "verifier/duty.h"
#include "verifier/loop.h"
#include "verifier/repeat.h"

#define NR_REGS 10 /* what R10 points to is proven, or refused */
#define NR_PLACES (2 * NR_REGS)
#define FAR (1 << 15) /* offsets that far are not followed */
#define MAX_WISHES 3 /* at one instruction */

/*
 * Places: a register as a pointer, or its low half as an index of packet loads,
 * which come after those.
 */
static u32 as_index(u32 reg)
{
	return NR_REGS + reg;
}

/**
 * struct touched - bytes relative to a place
 * @lo:		every way on touches a byte at @lo or below it
 * @hi:		and a byte at @hi - 1 or above it
 */
struct touched {
	s32 lo;
	s32 hi;
};

/**
 * struct ways - all ways on from a point
 * @all_end:	they only end the run, as a guard would
 * @has_effect:	a step did something that can be noticed
 * @len:	the packet's first so many bytes are touched (LD_ABS)
 * @known:	a bit per place: @at is known
 * @whole:	of those: that is all that a loop which starts here touches
 * @at:		by place
 */
struct ways {
	bool all_end;
	bool has_effect;
	s32 len;
	u32 known;
	u32 whole;
	struct touched at[NR_PLACES];
};

/**
 * struct kept - ways, packed
 * @uses:	edges that lead here and were not looked at yet
 * @at:		of the known places, in order
 */
struct kept {
	u32 uses;
	u32 known;
	u32 whole;
	s32 len;
	bool all_end;
	struct touched at[];
};

/**
 * struct wish - what a loop touches, asked for before it
 * @pc:		instruction before which that is
 * @place:	see above
 */
struct wish {
	u32 pc;
	u32 place;
	struct touched at;
};

/**
 * struct weir_ahead - what was found
 * @wider:	per slot: by how much the access there is widened; or NULL
 * @nr_wishes:	entries at @wish, for which there is @room
 * @wish_at:	per slot: 1 + the first of its wishes, the rest follow; or NULL
 */
struct weir_ahead {
	struct wider {
		u16 below;
		u16 above;
	} * wider;
	u32 nr_wishes;
	u32 room;
	struct wish *wish;
	u32 *wish_at;
};

/**
 * struct looker - at work
 * @kept:	per block: ways at its start; NULL if nothing is known
 * @before:	per block: a block from which a forward edge comes, if there are
 *		loops
 */
struct looker {
	const struct weir_prog *prog;
	const struct weir_cfg *cfg;
	const struct weir_loops *loops;
	struct weir_ahead *ahead;
	struct kept **kept;
	u32 *before;
	bool is_short; /* of memory */
};

static void nothing(struct ways *w)
{
	w->all_end = false;
	w->len = 0;
	w->known = 0;
	w->whole = 0;
}

static void forget(struct ways *w, u32 place)
{
	w->known &= ~(1u << place);
}

static void forget_reg(struct ways *w, u32 reg)
{
	if (reg < NR_REGS) {
		forget(w, reg);
		forget(w, as_index(reg));
	}
}

static void touch(struct ways *w, u32 place, s64 lo, s64 hi)
{
	struct touched *t = &w->at[place];

	/* Ways that end the run do so whatever they touch before. */
	if (w->all_end || lo < -FAR || hi > FAR)
		return;
	if (!(w->known >> place & 1))
		*t = (struct touched){ (s32)lo, (s32)hi };
	t->lo = min(t->lo, (s32)lo);
	t->hi = max(t->hi, (s32)hi);
	w->known |= 1u << place;
}

/* The place @from became the place @to. */
static void move(struct ways *w, u32 to, u32 from)
{
	if (to == from || !(w->known >> to & 1))
		return;
	touch(w, from, w->at[to].lo, w->at[to].hi);
	forget(w, to);
}

/* A constant was added to the place. */
static void shift(struct ways *w, u32 place, s64 by)
{
	const struct touched t = w->at[place];

	if (!(w->known >> place & 1))
		return;
	forget(w, place);
	touch(w, place, t.lo + by, t.hi + by);
}

static void step_alu(struct ways *w, const struct bpf_insn *insn)
{
	const u8 op = BPF_OP(insn->code), dst = insn->dst_reg;
	const bool is64 = BPF_CLASS(insn->code) == BPF_ALU64;
	const bool has_src = BPF_SRC(insn->code) == BPF_X;

	if (op == BPF_MOV && has_src && !insn->off && insn->src_reg < NR_REGS) {
		if (is64)
			move(w, dst, insn->src_reg);
		else
			forget(w, dst);
		move(w, as_index(dst), as_index(insn->src_reg));
	} else if ((op == BPF_ADD || op == BPF_SUB) && is64 && !has_src) {
		shift(w, dst, op == BPF_ADD ? insn->imm : -(s64)insn->imm);
		forget(w, as_index(dst));
	} else {
		forget_reg(w, dst);
	}
}

static void step_packet_load(struct ways *w, const struct bpf_insn *insn)
{
	const s64 end = (s64)insn->imm + weir_insn_size(insn->code);
	u32 r;

	for (r = BPF_REG_0; r <= BPF_REG_5; r++)
		forget_reg(w, r);
	if (BPF_MODE(insn->code) == BPF_IND && insn->src_reg < NR_REGS)
		touch(w, as_index(insn->src_reg), insn->imm, end);
	else if (BPF_MODE(insn->code) == BPF_IND)
		return; /* refused */
	else if (!w->all_end && insn->imm >= 0 && end <= FAR)
		w->len = max(w->len, (s32)end);
}

static void step_store(struct ways *w, const struct bpf_insn *insn)
{
	const u32 size = weir_insn_size(insn->code);

	if (BPF_CLASS(insn->code) == BPF_STX &&
	    BPF_MODE(insn->code) == BPF_ATOMIC) {
		forget_reg(w, BPF_REG_0);
		forget_reg(w, insn->src_reg);
	}
	if (insn->dst_reg == BPF_REG_10)
		return;
	nothing(w);
	w->has_effect = true;
	touch(w, insn->dst_reg, insn->off, (s64)insn->off + size);
}

/* From after an instruction that is no jump to before it. */
static void step(struct ways *w, const struct bpf_insn *insn)
{
	switch (BPF_CLASS(insn->code)) {
	case BPF_ALU:
	case BPF_ALU64:
		step_alu(w, insn);
		break;
	case BPF_LDX:
		forget_reg(w, insn->dst_reg);
		if (insn->src_reg < NR_REGS)
			touch(w, insn->src_reg, insn->off,
			      (s64)insn->off + weir_insn_size(insn->code));
		break;
	case BPF_LD:
		if (weir_insn_is_wide(insn))
			forget_reg(w, insn->dst_reg);
		else
			step_packet_load(w, insn);
		break;
	case BPF_ST:
	case BPF_STX:
		step_store(w, insn);
		break;
	default:
		if (!weir_insn_is_call(insn) && !weir_insn_is_exit(insn))
			break;
		nothing(w);
		w->has_effect = true;
	}
}

/* What is found */

/* @old, or if that is not there yet, room for @size bytes per slot. */
static void *per_slot(struct looker *l, void *old, size_t size)
{
	void *all = old ? old : weir_host_alloc(l->prog->nr_insns * size);

	l->is_short |= !all;
	return all;
}

static void set_wider(struct looker *l, u32 pc, s64 below, s64 above)
{
	struct weir_ahead *a = l->ahead;

	if (below <= 0 && above <= 0)
		return;
	a->wider = per_slot(l, a->wider, sizeof(*a->wider));
	if (!a->wider)
		return;
	a->wider[pc].below =
		(u16)min_t(s64, max_t(s64, below, 0), WEIR_AHEAD_BELOW);
	a->wider[pc].above =
		(u16)min_t(s64, max_t(s64, above, 0), WEIR_AHEAD_ABOVE);
}

/* @w is what comes after the load, what it gives forgotten. */
static void widen(struct looker *l, u32 pc, const struct ways *w)
{
	const struct bpf_insn *insn = &l->prog->insns[pc];
	const bool is_load = weir_insn_is_packet_load(insn);
	const s64 lo = is_load ? insn->imm : insn->off;
	const s64 hi = lo + weir_insn_size(insn->code);
	u32 place = insn->src_reg;

	if (w->all_end)
		return;
	if (is_load && BPF_MODE(insn->code) == BPF_ABS) {
		if (lo >= 0)
			set_wider(l, pc, 0, w->len - hi);
		return;
	}
	if (is_load)
		place = as_index(place);
	if (place != BPF_REG_10 && w->known >> place & 1)
		set_wider(l, pc, lo - w->at[place].lo, w->at[place].hi - hi);
}

static bool is_load(const struct bpf_insn *insn)
{
	return BPF_CLASS(insn->code) == BPF_LDX ||
	       weir_insn_is_packet_load(insn);
}

/* Does the instruction end the run just as a guard would? Then the next is EXIT. */
static bool is_like_failing(const struct looker *l, const struct weir_block *b,
			    u32 pc)
{
	const struct bpf_insn *insn = &l->prog->insns[pc];
	const u8 class = BPF_CLASS(insn->code);
	const u64 k = class == BPF_ALU64 ? (u64)(s64)insn->imm : (u32)insn->imm;

	return l->prog->nr_classic && pc + 1 == b->last && !b->func &&
	       weir_insn_is_exit(insn + 1) &&
	       (class == BPF_ALU || class == BPF_ALU64) &&
	       BPF_OP(insn->code) == BPF_MOV && BPF_SRC(insn->code) == BPF_K &&
	       insn->dst_reg == BPF_REG_0 && k == l->prog->fail_verdict;
}

static void walk(struct looker *l, const struct weir_block *b, struct ways *w)
{
	u32 pc;

	for (pc = b->last + 1; pc-- > b->start;) {
		const struct bpf_insn *insn = &l->prog->insns[pc];

		if (!insn->code)
			continue;
		if (BPF_CLASS(insn->code) == BPF_LDX)
			forget_reg(w, insn->dst_reg);
		if (is_load(insn))
			widen(l, pc, w);
		step(w, insn);
		if (is_like_failing(l, b, pc)) {
			nothing(w);
			w->all_end = true;
		}
	}
}

/* What is kept of blocks */

static void keep(struct looker *l, u32 b, const struct ways *w)
{
	struct kept *k;
	u32 m, nr = 0;

	if (!w->known && !w->len && !w->all_end)
		return;
	k = weir_host_alloc(sizeof(*k) + hweight32(w->known) * sizeof(*k->at));
	if (!k) {
		l->is_short = true;
		return;
	}
	k->uses = l->cfg->block[b].nr_in;
	k->known = w->known;
	k->whole = w->whole;
	k->len = w->len;
	k->all_end = w->all_end;
	for (m = w->known; m; m &= m - 1)
		k->at[nr++] = w->at[__ffs64(m)];
	l->kept[b] = k;
}

/* An edge into @to: @w becomes what is known there. */
static void load(struct looker *l, u32 to, struct ways *w)
{
	struct kept *k = l->kept[to];
	u32 m, nr = 0;

	nothing(w);
	if (!k)
		return;
	w->known = k->known;
	w->whole = k->whole;
	w->len = k->len;
	w->all_end = k->all_end;
	for (m = k->known; m; m &= m - 1)
		w->at[__ffs64(m)] = k->at[nr++];
	if (!--k->uses) {
		weir_host_free(k);
		l->kept[to] = NULL;
	}
}

/* What holds on the ways @w and on the ways @in. */
static void meet(struct ways *w, const struct ways *in)
{
	u32 m;

	if (in->all_end)
		return;
	if (w->all_end) {
		*w = *in;
		return;
	}
	w->len = min(w->len, in->len);
	w->known &= in->known;
	w->whole = 0;
	for (m = w->known; m; m &= m - 1) {
		struct touched *t = &w->at[__ffs64(m)];

		t->lo = max(t->lo, in->at[__ffs64(m)].lo);
		t->hi = min(t->hi, in->at[__ffs64(m)].hi);
	}
}

/* Loops */

static u32 bits_of(const struct weir_loop *loop)
{
	return loop->writes.regs & ((1u << NR_REGS) - 1);
}

/*
 * @w is what the first round of a loop touches that starts with block @b, if
 * that may be the first: what do all rounds touch?
 *
 * Sound: what stays is touched in each round where it is touched in the first.
 * What the block adds a constant to is, in round n, n - 1 times that farther;
 * and if nothing in the block can be noticed, every round comes to its end.
 * An index that wraps in 32 bits begins so near to 2^32 that its first round
 * touches what no packet has.
 */
static void all_rounds(const struct looker *l, u32 b, struct ways *w,
		       bool has_effect)
{
	const struct weir_loop *loop = weir_loop_headed(l->loops, b);
	struct weir_repeat r = { 0 };
	u32 written, place;

	w->whole = 0;
	if (!loop)
		return;
	written = bits_of(loop);
	if (loop->nr == 1 && !has_effect)
		weir_repeat_find(l->prog, l->cfg, b, l->before[b], &r);
	w->whole = ~(written | written << NR_REGS);
	for (place = 0; r.trips && place < NR_PLACES; place++) {
		const u32 ok = place < NR_REGS ? r.full : r.low << NR_REGS;
		s64 far = (s64)(r.trips - 1) * r.by[place % NR_REGS];

		if (!(ok & w->known & 1u << place) || far < -FAR || far > FAR)
			continue;
		w->at[place].lo += (s32)min_t(s64, far, 0);
		w->at[place].hi += (s32)max_t(s64, far, 0);
		w->whole |= 1u << place;
	}
	w->whole &= w->known;
}

static bool make_room(struct weir_ahead *a)
{
	u32 room = a->room ? 2 * a->room : 16;
	struct wish *more;

	if (a->nr_wishes < a->room)
		return true;
	more = weir_host_alloc(room * sizeof(*more));
	if (!more)
		return false;
	if (a->nr_wishes)
		memcpy(more, a->wish, a->nr_wishes * sizeof(*more));
	weir_host_free(a->wish);
	a->wish = more;
	a->room = room;
	return true;
}

static void add_wish(struct looker *l, u32 pc, u32 place, struct touched at)
{
	struct weir_ahead *a = l->ahead;

	a->wish_at = per_slot(l, a->wish_at, sizeof(*a->wish_at));
	l->is_short |= !make_room(a);
	if (l->is_short)
		return;
	if (!a->wish_at[pc])
		a->wish_at[pc] = a->nr_wishes + 1;
	a->wish[a->nr_wishes++] = (struct wish){ pc, place, at };
}

/*
 * Block @b runs on into a loop and nowhere else: what all of the loop's rounds
 * touch is asked for before the block's last instruction.
 */
static void wish(struct looker *l, const struct weir_block *b,
		 const struct ways *out)
{
	const struct bpf_insn *insn = &l->prog->insns[b->last];
	struct ways w = *out;
	u32 place, nr = 0;

	w.known &= w.whole;
	if (!w.known)
		return;
	w.len = 0;
	/* the second slot of an LD_IMM64 */
	if (!insn->code)
		insn--;
	if (is_load(insn) || BPF_CLASS(insn->code) == BPF_ST ||
	    BPF_CLASS(insn->code) == BPF_STX)
		return;
	step(&w, insn);
	for (place = 0; place < NR_PLACES && nr < MAX_WISHES; place++) {
		const struct touched t = w.at[place];

		if (!(w.known >> place & 1) || t.lo >= t.hi ||
		    t.hi - t.lo > WEIR_AHEAD_ABOVE)
			continue;
		add_wish(l, (u32)(insn - l->prog->insns), place, t);
		nr++;
	}
}

static bool is_forward(const struct weir_cfg *cfg, const struct weir_block *b,
		       u32 to)
{
	return to != WEIR_NO_BLOCK && cfg->block[to].order > b->order;
}

static void look_at(struct looker *l, u32 block)
{
	const struct weir_block *b = &l->cfg->block[block];
	const bool one = b->taken == WEIR_NO_BLOCK || b->fall == WEIR_NO_BLOCK;
	const u32 to = b->taken == WEIR_NO_BLOCK ? b->fall : b->taken;
	struct ways w, in;

	nothing(&w);
	if (is_forward(l->cfg, b, to)) {
		load(l, to, &w);
		if (one && weir_loop_headed(l->loops, to))
			wish(l, b, &w);
	}
	if (!one) {
		nothing(&in);
		if (is_forward(l->cfg, b, b->fall))
			load(l, b->fall, &in);
		meet(&w, &in);
	}
	w.whole = 0;
	w.has_effect = false;
	walk(l, b, &w);
	all_rounds(l, block, &w, w.has_effect);
	keep(l, block, &w);
}

static bool look(struct looker *l)
{
	const struct weir_cfg *cfg = l->cfg;
	u32 b, pos;

	l->kept = weir_host_alloc(cfg->nr_blocks * sizeof(*l->kept));
	if (l->loops->nr)
		l->before = weir_host_alloc(cfg->nr_blocks * sizeof(u32));
	if (!l->kept || (l->loops->nr && !l->before))
		return false;
	for (b = 0; l->before && b < cfg->nr_blocks; b++)
		l->before[b] = WEIR_NO_BLOCK;
	for (b = 0; l->before && b < cfg->nr_blocks; b++) {
		const struct weir_block *block = &cfg->block[b];

		if (is_forward(cfg, block, block->taken))
			l->before[block->taken] = b;
		if (is_forward(cfg, block, block->fall))
			l->before[block->fall] = b;
	}
	for (pos = cfg->nr_blocks; pos-- > 0 && !l->is_short;)
		look_at(l, cfg->order[pos]);
	return !l->is_short;
}

struct weir_ahead *weir_ahead_create(const struct weir_prog *prog,
				     const struct weir_cfg *cfg,
				     const struct weir_loops *loops)
{
	struct looker l = {
		.prog = prog,
		.cfg = cfg,
		.loops = loops,
		.ahead = weir_host_alloc(sizeof(struct weir_ahead)),
	};
	u32 b;

	if (l.ahead && !look(&l)) {
		weir_ahead_free(l.ahead);
		l.ahead = NULL;
	}
	for (b = 0; l.kept && b < cfg->nr_blocks; b++)
		weir_host_free(l.kept[b]);
	weir_host_free(l.kept);
	weir_host_free(l.before);
	return l.ahead;
}

void weir_ahead_free(struct weir_ahead *ahead)
{
	if (!ahead)
		return;
	weir_host_free(ahead->wider);
	weir_host_free(ahead->wish);
	weir_host_free(ahead->wish_at);
	weir_host_free(ahead);
}

void weir_ahead_widen(const struct weir_ahead *ahead, u32 pc,
		      struct weir_duty *duty, u32 nr)
{
	u32 i;

	if (!ahead->wider)
		return;
	for (i = 0; i < nr; i++) {
		if (duty[i].kind != WEIR_DUTY_ACCESS &&
		    duty[i].kind != WEIR_DUTY_LOAD_PACKET)
			continue;
		duty[i].below = ahead->wider[pc].below;
		duty[i].above = ahead->wider[pc].above;
	}
}

u32 weir_ahead_add(const struct weir_ahead *ahead, u32 pc,
		   struct weir_duty *duty, u32 nr)
{
	u32 i = ahead->wish_at ? ahead->wish_at[pc] : 0;

	for (; i && i <= ahead->nr_wishes && nr < WEIR_MAX_DUTIES; i++) {
		const struct wish *w = &ahead->wish[i - 1];

		if (w->pc != pc)
			break;
		duty[nr++] = (struct weir_duty){
			.kind = w->place < NR_REGS ? WEIR_DUTY_AHEAD
						   : WEIR_DUTY_AHEAD_INDEX,
			.reg = (u8)(w->place % NR_REGS),
			.src = (u8)(w->place % NR_REGS),
			.size = 1,
			.mode = WEIR_MODE_READ,
			.above = (u16)(w->at.hi - w->at.lo - 1),
			.off = w->at.lo,
		};
	}
	return nr;
}
