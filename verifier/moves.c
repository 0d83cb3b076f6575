// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Moves of one instruction after the other, and their composition. */
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/types.h>
#include "base/insn.h"
#include "base/prog.h"
#include "verifier/cfg.h"
#include "verifier/moves.h"
#include "verifier/state.h"

#define FAR (1LL << 40)

void weir_moves_stay(struct weir_moves *m)
{
	u32 p;

	for (p = 0; p < WEIR_NR_PLACES; p++)
		m->at[p] = (struct weir_move){ .from = (u8)p };
}

bool weir_move_is_far(s64 lo, s64 hi)
{
	return lo < -FAR || hi > FAR;
}

/* First @a, then as much as @lo to @hi more. */
struct weir_move weir_move_add(struct weir_move a, s64 lo, s64 hi)
{
	if (a.from == WEIR_NOWHERE || weir_move_is_far(lo, hi) ||
	    weir_move_is_far(a.lo + lo, a.hi + hi))
		return weir_move_nowhere();
	a.lo += lo;
	a.hi += hi;
	return a;
}

/* First @a, then @b. */
struct weir_move weir_move_then(const struct weir_moves *a, struct weir_move b)
{
	struct weir_move m;

	if (b.from == WEIR_NOWHERE)
		return weir_move_nowhere();
	m = weir_move_add(a->at[b.from], b.lo, b.hi);
	m.low |= b.low;
	return m;
}

void weir_moves_then(struct weir_moves *out, const struct weir_moves *a,
		     const struct weir_moves *b)
{
	u32 p;

	for (p = 0; p < WEIR_NR_PLACES; p++)
		out->at[p] = weir_move_then(a, b->at[p]);
}

/* Sound: equal modulo 2^64 is equal modulo 2^32. */
void weir_moves_join(struct weir_moves *a, const struct weir_moves *b)
{
	u32 p;

	for (p = 0; p < WEIR_NR_PLACES; p++) {
		struct weir_move *x = &a->at[p];
		const struct weir_move *y = &b->at[p];

		if (x->from != y->from || x->from == WEIR_NOWHERE) {
			*x = weir_move_nowhere();
			continue;
		}
		x->low |= y->low;
		x->lo = min(x->lo, y->lo);
		x->hi = max(x->hi, y->hi);
	}
}

/* Slots are those that some instruction reaches from R10 as a whole. */
void weir_places_find(struct weir_places *places, const struct weir_prog *prog,
		      const struct weir_cfg *cfg, u32 pos, u32 end)
{
	u32 pc, nr = 0;

	memset(places->of, WEIR_NO_PLACE, sizeof(places->of));
	memset(places->word, WEIR_STACK_WORDS, sizeof(places->word));
	for (; pos < end; pos++) {
		const struct weir_block *b = &cfg->block[cfg->order[pos]];

		for (pc = b->start; pc <= b->last && nr < WEIR_PLACE_SLOTS;
		     pc++) {
			const struct bpf_insn *insn = &prog->insns[pc];
			u32 size = weir_insn_size(insn->code), w;

			if (BPF_CLASS(insn->code) != BPF_STX ||
			    insn->dst_reg != BPF_REG_10 || size < 4 ||
			    insn->off & (size - 1) || insn->off >= 0 ||
			    insn->off < -WEIR_MAX_STACK)
				continue;
			w = (u32)(insn->off + WEIR_MAX_STACK) / 4;
			if (places->of[w] != WEIR_NO_PLACE)
				continue;
			places->of[w] = (u8)(WEIR_PLACE_REGS + nr);
			places->word[nr++] = (u8)w;
		}
	}
}

const struct weir_value *weir_places_value(const struct weir_places *places,
					   const struct weir_state *s, u32 p)
{
	const struct weir_value *v = NULL;

	if (p < WEIR_PLACE_REGS) {
		v = &s->reg[p];
	} else if (s->has_stack &&
		   places->word[p - WEIR_PLACE_REGS] < WEIR_STACK_WORDS) {
		u32 w = places->word[p - WEIR_PLACE_REGS];

		if (weir_state_has_slot(s, w) && s->size[w] >= 4)
			v = &s->slot[w];
	}
	/* what may be null is not where its base says */
	return v && v->kind >= WEIR_VALUE_SCALAR && !v->or_null ? v : NULL;
}

/* One instruction */

static u8 slot_at(const struct weir_mover *t, s64 off, u32 size)
{
	if (size < 4 || off & (size - 1) || off < -WEIR_MAX_STACK ||
	    off + size > 0)
		return WEIR_NO_PLACE;
	return t->places.of[(off + WEIR_MAX_STACK) / 4];
}

/* Is the address at one place of this frame? */
static bool is_frame(const struct weir_value *v, s32 off, s64 *at)
{
	*at = (s64)((u64)v->off + v->num.bits.value + (u64)(s64)off);
	return v->kind == WEIR_VALUE_STACK && weir_scalar_is_const(&v->num);
}

static void lose_slots(struct weir_mover *t, s64 lo, s64 hi)
{
	u32 w;

	for (w = 0; w < WEIR_STACK_WORDS; w++) {
		s64 start = (s64)w * 4 - WEIR_MAX_STACK;

		/* the value there may have 8 bytes */
		if (t->places.of[w] != WEIR_NO_PLACE && start < hi &&
		    start + 8 > lo)
			t->cur->at[t->places.of[w]] = weir_move_nowhere();
	}
}

static void lose_args(struct weir_mover *t)
{
	u32 r;

	for (r = BPF_REG_0; r <= BPF_REG_5; r++)
		t->cur->at[r] = weir_move_nowhere();
}

/* Sound: what a call is handed no pointer to it does not write. */
static void on_call(struct weir_mover *t, const struct weir_state *s)
{
	u32 r;

	for (r = BPF_REG_1; r <= BPF_REG_5; r++) {
		u8 kind = s->reg[r].kind;

		if (kind == WEIR_VALUE_STACK || kind < WEIR_VALUE_SCALAR)
			lose_slots(t, -WEIR_MAX_STACK, 0);
	}
	lose_args(t);
}

/* dst = dst +- src; of a 32-bit operation only the low half is known. */
static struct weir_move on_add(struct weir_mover *t,
			       const struct bpf_insn *insn,
			       const struct weir_state *s)
{
	const struct weir_value *x = &s->reg[insn->dst_reg];
	struct weir_value imm = weir_value_const((u64)(s64)insn->imm);
	const struct weir_value *y = &imm;
	bool low = BPF_CLASS(insn->code) == BPF_ALU;
	struct weir_move m = t->cur->at[insn->dst_reg];
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
		return weir_move_nowhere();
	lo = low ? y->num.range.smin32 : y->num.range.smin;
	hi = low ? y->num.range.smax32 : y->num.range.smax;
	if (weir_move_is_far(lo, hi))
		return weir_move_nowhere();
	m = BPF_OP(insn->code) == BPF_ADD ? weir_move_add(m, lo, hi)
					  : weir_move_add(m, -hi, -lo);
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

static void on_alu(struct weir_mover *t, const struct bpf_insn *insn,
		   const struct weir_state *s, u8 shifted)
{
	struct weir_move *dst = &t->cur->at[insn->dst_reg];
	u8 op = BPF_OP(insn->code);

	if (insn->dst_reg >= WEIR_PLACE_REGS)
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
	    insn->src_reg < WEIR_PLACE_REGS &&
	    (!insn->off || insn->off == 32)) {
		*dst = t->cur->at[insn->src_reg];
		/* Sound: a 32-bit move, or movsx of 32, keeps the low half. */
		dst->low |= BPF_CLASS(insn->code) == BPF_ALU || insn->off;
		return;
	}
	*dst = op == BPF_ADD || op == BPF_SUB ? on_add(t, insn, s)
					      : weir_move_nowhere();
}

/*
 * Sound: the state knows of a value of this size at this word only if, on every
 * way here, that is what the last store that touched those bytes wrote.
 */
static void on_load(struct weir_mover *t, const struct bpf_insn *insn,
		    const struct weir_state *s)
{
	u32 size = weir_insn_size(insn->code), w;
	struct weir_move m = weir_move_nowhere();
	s64 at;
	u8 p;

	if (is_frame(&s->reg[insn->src_reg], insn->off, &at) && s->has_stack) {
		p = slot_at(t, at, size);
		w = (u32)(at + WEIR_MAX_STACK) / 4;
		if (p != WEIR_NO_PLACE && weir_state_has_slot(s, w) &&
		    s->size[w] == size) {
			m = t->cur->at[p];
			m.low |= size == 4;
		}
	}
	if (insn->dst_reg < WEIR_PLACE_REGS)
		t->cur->at[insn->dst_reg] = m;
}

static void on_store(struct weir_mover *t, const struct bpf_insn *insn,
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
		if (p != WEIR_NO_PLACE && is_plain &&
		    insn->src_reg < WEIR_PLACE_REGS) {
			t->cur->at[p] = t->cur->at[insn->src_reg];
			t->cur->at[p].low |= size == 4;
		}
	} else if (to->kind == WEIR_VALUE_STACK ||
		   to->kind <= WEIR_VALUE_SCALAR) {
		lose_slots(t, -WEIR_MAX_STACK, 0);
	}
	if (BPF_CLASS(insn->code) == BPF_ST || is_plain)
		return;
	t->cur->at[BPF_REG_0] = weir_move_nowhere();
	if (insn->src_reg < WEIR_PLACE_REGS)
		t->cur->at[insn->src_reg] = weir_move_nowhere();
	if (insn->imm == BPF_LOAD_ACQ && insn->dst_reg < WEIR_PLACE_REGS)
		t->cur->at[insn->dst_reg] = weir_move_nowhere();
}

void weir_mover_insn(struct weir_mover *t, const struct bpf_insn *insn,
		     const struct weir_state *s)
{
	u8 shifted = t->shifted;

	t->shifted = WEIR_NO_PLACE;
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
		else if (insn->dst_reg < WEIR_PLACE_REGS)
			t->cur->at[insn->dst_reg] = weir_move_nowhere();
		break;
	default:
		if (weir_insn_is_call(insn))
			on_call(t, s);
	}
}
