// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What guards and comparisons teach.
 *
 * Pointers are compared by the machine as unsigned numbers modulo 2^64, while
 * states speak of distances without wrapping. The two agree where neither side
 * wrapped; each rule says which wrap would make it wrong and excludes it.
 */
#include <linux/kernel.h>
#include <linux/types.h>
#include "base/helper.h"
#include "base/insn.h"
#include "verifier/duty.h"
#include "verifier/learn.h"
#include "verifier/object.h"
#include "verifier/state.h"

s64 weir_learn_reach(const struct weir_state *s, const struct weir_value *v)
{
	if (v->kind == WEIR_VALUE_PACKET && v->id == WEIR_ID_NONE)
		return s->len_min;
	return v->kind < WEIR_VALUE_MAP ? v->reach : WEIR_REACH_NONE;
}

static void learn_len(struct weir_state *s, s64 len)
{
	if (len > s->len_min && len <= WEIR_MAX_LEN)
		s->len_min = len;
}

/* Sound: the base is at least num.smin into the packet, and @reach follow. */
static void learn_len_from(struct weir_state *s, const struct weir_value *v)
{
	s64 len;

	if (v->kind == WEIR_VALUE_PACKET && v->reach != WEIR_REACH_NONE &&
	    !__builtin_add_overflow(v->num.range.smin, v->reach, &len))
		learn_len(s, len);
}

/* As weir_scalar_meet(), but where nothing is left @a stays as it was: a guard
 * that never passes leaves a state behind that operations must still bear.
 */
static bool meet(struct weir_scalar *a, const struct weir_scalar *b)
{
	struct weir_scalar both = *a;

	if (!weir_scalar_meet(&both, b))
		return false;
	*a = both;
	return true;
}

/* base + reach is in the object, for all values with this base. */
static void learn_reach(struct weir_state *s, u8 kind, u32 id, s64 reach)
{
	struct weir_value *v;
	u32 it = 0;

	if (kind == WEIR_VALUE_PACKET && id == WEIR_ID_NONE) {
		learn_len(s, reach);
		return;
	}
	while ((v = weir_state_each(s, &it))) {
		if (v->kind != kind || v->id != id || v->reach >= reach)
			continue;
		v->reach = reach;
		learn_len_from(s, v);
	}
}

/* The variable part of a pointer's base lies in [min, max], signed. */
static bool learn_base(struct weir_state *s, u8 kind, u32 id, s64 min, s64 max)
{
	struct weir_scalar num = weir_scalar_s64(min, max);
	struct weir_value *v;
	u32 it = 0;

	if (min > max)
		return false;
	if (id == WEIR_ID_NONE)
		return min <= 0 && max >= 0;
	while ((v = weir_state_each(s, &it))) {
		if (v->kind != kind || v->id != id)
			continue;
		if (!meet(&v->num, &num))
			return false;
		learn_len_from(s, v);
	}
	return true;
}

/* A scalar was refined: so are those that share its base. */
static bool spread_scalar(struct weir_state *s, const struct weir_value *from)
{
	struct weir_value a = *from;
	struct weir_value *v;
	u32 it = 0;

	if (!weir_value_is_scalar(&a) || a.id == WEIR_ID_NONE)
		return true;
	while ((v = weir_state_each(s, &it))) {
		struct weir_scalar by, num;

		if (!weir_value_is_scalar(v) || v->id != a.id)
			continue;
		by = weir_scalar_const((u64)v->off - (u64)a.off);
		num = weir_scalar_alu(BPF_ADD, true, 0, &a.num, &by);
		if (!meet(&v->num, &num))
			return false;
	}
	if (a.id == WEIR_ID_LEN) {
		struct weir_scalar off = weir_scalar_const((u64)a.off);
		struct weir_scalar num =
			weir_scalar_alu(BPF_SUB, true, 0, &a.num, &off);

		learn_len(s, num.range.smin);
	}
	return true;
}

/* The pointers with this identity are null, or they are not. */
static void learn_null(struct weir_state *s, u32 id, bool is_null)
{
	struct weir_value *v;
	u32 it = 0;

	while ((v = weir_state_each(s, &it))) {
		if (!weir_value_is_pointer(v) || !v->or_null || v->id != id)
			continue;
		v->or_null = false;
		if (is_null)
			*v = weir_value_const(0);
	}
	if (is_null)
		weir_held_release(&s->held, id);
}

/* Met duties */

static void met_access(struct weir_state *s, const struct weir_duty *d)
{
	const struct weir_value *p = &s->reg[d->reg];
	s64 lo, hi, off = p->off, size = p->size;
	u8 kind = p->kind;
	u32 id = p->id;

	if (p->or_null)
		learn_null(s, id, false);
	/* So far off, no access is met: there is nothing to learn. */
	if (off < -WEIR_MAX_BOUND || off > WEIR_MAX_BOUND)
		return;
	lo = off + d->off;
	hi = lo + d->size;
	if (weir_value_has_guard(p)) {
		lo -= d->below;
		hi += d->above;
	}
	switch (kind) {
	case WEIR_VALUE_PACKET:
	case WEIR_VALUE_META:
		learn_reach(s, kind, id, hi);
		learn_base(s, kind, id, -lo, WEIR_MAX_LEN - hi);
		break;
	case WEIR_VALUE_STACK:
		learn_base(s, kind, id, -WEIR_MAX_STACK - lo, -hi);
		break;
	case WEIR_VALUE_MAP_VALUE:
	case WEIR_VALUE_MAP_KEY:
	case WEIR_VALUE_RECORD:
		if (!weir_scalar_is_const(&p->num))
			learn_base(s, kind, id, -lo, size - hi);
		break;
	}
}

/* What a loop will access; see weir_access_ahead(). */
static void met_ahead(struct weir_state *s, const struct weir_duty *d)
{
	const struct weir_value *v = &s->reg[d->reg];

	if (!v->or_null && v->kind != WEIR_VALUE_STACK &&
	    weir_value_has_guard(v))
		met_access(s, d);
}

/* Bytes [x + off, x + off + size) are in the packet, x a low half. */
static void met_load_ind(struct weir_state *s, const struct weir_duty *d)
{
	struct weir_value *x = &s->reg[d->src];
	struct weir_range *r = &x->num.range;
	s64 lo = (s64)d->off - d->below;
	s64 hi = (s64)d->off + d->size + d->above;

	weir_range_meet_u32(r, lo < 0 ? (u32)-lo : 0,
			    (u32)min_t(s64, WEIR_MAX_LEN - hi, U32_MAX));
	if (!weir_scalar_reduce(&x->num)) {
		/* never passes: what follows is not reached */
		x->num = weir_scalar_unknown();
		return;
	}
	spread_scalar(s, x);
	learn_len(s, (s64)r->umin32 + hi);
	if (r->umax > U32_MAX)
		return;
	weir_state_name(s, x);
	if (x->id != WEIR_ID_NONE && x->off >= -S32_MAX && x->off <= S32_MAX)
		learn_reach(s, WEIR_VALUE_SCALAR, x->id, x->off + hi);
}

void weir_learn_met(struct weir_state *s, const struct weir_duty *d)
{
	switch (d->kind) {
	case WEIR_DUTY_ACCESS:
		met_access(s, d);
		break;
	case WEIR_DUTY_ARGUMENT:
		if (s->reg[d->reg].or_null &&
		    weir_value_is_pointer(&s->reg[d->reg]) &&
		    d->op != WEIR_ARG_MEM_OR_NULL &&
		    d->op != WEIR_ARG_STACK_OR_NULL)
			learn_null(s, s->reg[d->reg].id, false);
		break;
	case WEIR_DUTY_LOAD_PACKET:
		if (d->src == WEIR_DUTY_IMM)
			learn_len(s, (s64)(u32)d->off + d->size + d->above);
		else if (weir_value_is_scalar(&s->reg[d->src]))
			met_load_ind(s, d);
		break;
	case WEIR_DUTY_AHEAD:
		met_ahead(s, d);
		break;
	case WEIR_DUTY_AHEAD_INDEX:
		if (weir_value_is_scalar(&s->reg[d->src]))
			met_load_ind(s, d);
		break;
	}
}

/* Comparisons */

/* Does the pointer stay below 2^64? */
static bool no_wrap_above(const struct weir_state *s,
			  const struct weir_value *p)
{
	s64 min, max, reach = weir_learn_reach(s, p);

	if (weir_value_bounds(p, &min, &max) && max <= WEIR_PTR_SLACK)
		return true;
	return reach != WEIR_REACH_NONE && p->off - reach <= WEIR_PTR_SLACK;
}

/* And not below 0? */
static bool no_wrap_below(const struct weir_value *p)
{
	s64 min, max;

	return weir_value_bounds(p, &min, &max) && min >= -WEIR_PTR_BELOW;
}

/*
 * The machine found a <= b - more, for pointers into one object.
 *
 * Sound: a above 2^64 or b below 0 would have come out so without meaning it,
 * and are excluded. If a is below 0, as a machine number it is beyond any
 * address, and the comparison did not come out so, unless b wrapped above.
 */
static bool learn_le(struct weir_state *s, const struct weir_value *pa,
		     const struct weir_value *pb, s64 more)
{
	struct weir_value a = *pa, b = *pb;
	s64 amin, amax, bmin, bmax, reach = weir_learn_reach(s, &b);

	if (!no_wrap_above(s, &a) || !no_wrap_below(&b))
		return true;
	if (a.kind == WEIR_VALUE_META && b.kind == WEIR_VALUE_PACKET) {
		if (b.id == WEIR_ID_NONE)
			learn_reach(s, a.kind, a.id, a.off + more - b.off);
		return true;
	}
	if (!weir_object_is_same(&a, &b))
		return true;
	if (reach != WEIR_REACH_NONE)
		learn_reach(s, a.kind, a.id, reach + a.off + more - b.off);
	/* Sound: a below 0 is below b, too. */
	if (weir_value_bounds(&b, &bmin, &bmax) && bmax <= 2 * WEIR_MAX_LEN &&
	    !learn_base(s, a.kind, a.id, S64_MIN, bmax - more - a.off))
		return false;
	if (weir_value_bounds(&a, &amin, &amax) && no_wrap_above(s, &b) &&
	    amin >= -2 * WEIR_MAX_LEN &&
	    !learn_base(s, b.kind, b.id, amin + more - b.off, S64_MAX))
		return false;
	return true;
}

static bool learn_pointers(struct weir_state *s, u8 op, bool taken,
			   const struct weir_value *a,
			   const struct weir_value *b)
{
	switch (op) {
	case BPF_JGT:
		return taken ? learn_le(s, b, a, 1) : learn_le(s, a, b, 0);
	case BPF_JGE:
		return taken ? learn_le(s, b, a, 0) : learn_le(s, a, b, 1);
	case BPF_JLT:
		return taken ? learn_le(s, a, b, 1) : learn_le(s, b, a, 0);
	case BPF_JLE:
		return taken ? learn_le(s, a, b, 0) : learn_le(s, b, a, 1);
	case BPF_JEQ:
		return !taken || (learn_le(s, a, b, 0) && learn_le(s, b, a, 0));
	case BPF_JNE:
		return taken || (learn_le(s, a, b, 0) && learn_le(s, b, a, 0));
	default:
		return true;
	}
}

static bool learn_scalars(struct weir_state *s, u8 op, bool is64, bool taken,
			  struct weir_value *a, struct weir_value *b)
{
	if (!weir_scalar_assume(op, is64, taken, &a->num, &b->num))
		return false;
	return spread_scalar(s, a) && spread_scalar(s, b);
}

/* Sound: none of these is at address 0, nor so near that a constant, or what
 * stays within it, leads there.
 */
static bool is_never_null(const struct weir_state *s,
			  const struct weir_value *v)
{
	s64 min, max;

	if (v->or_null)
		return false;
	switch (v->kind) {
	case WEIR_VALUE_CTX:
	case WEIR_VALUE_STACK:
		return v->id == WEIR_ID_NONE;
	case WEIR_VALUE_MAP:
	case WEIR_VALUE_FUNC:
		return true;
	case WEIR_VALUE_MAP_VALUE:
	case WEIR_VALUE_MAP_KEY:
	case WEIR_VALUE_RECORD:
		return weir_value_bounds(v, &min, &max) && min >= 0 &&
		       max <= (s64)v->size;
	case WEIR_VALUE_PACKET:
		/* An empty one may be anywhere. One with a byte in it has an
		 * address, and what lies behind that does not wrap.
		 */
		return s->len_min > 0 && no_wrap_above(s, v) &&
		       weir_value_bounds(v, &min, &max) && min >= 0;
	default:
		return false;
	}
}

/* A pointer was compared with null. */
static bool learn_pointer_null(struct weir_state *s, const struct weir_value *p,
			       bool is_null)
{
	if (is_never_null(s, p))
		return !is_null;
	if (p->or_null)
		learn_null(s, p->id, is_null);
	return true;
}

/* Sound: what is not 0 in its low half is not 0. */
static bool learn_low_half(struct weir_state *s, u8 op, bool taken,
			   const struct weir_value *a,
			   const struct weir_value *b)
{
	if (op != (taken ? BPF_JNE : BPF_JEQ))
		return true;
	if (weir_value_is_pointer(a) && a->or_null && weir_value_is_zero(b))
		learn_null(s, a->id, false);
	if (weir_value_is_pointer(b) && b->or_null && weir_value_is_zero(a))
		learn_null(s, b->id, false);
	return true;
}

bool weir_learn_jump(struct weir_state *s, const struct bpf_insn *insn,
		     bool taken)
{
	bool is64 = BPF_CLASS(insn->code) == BPF_JMP;
	struct weir_value imm = weir_value_const((u64)(s64)insn->imm);
	struct weir_value *a = &s->reg[insn->dst_reg], *b = &imm;
	u8 op = BPF_OP(insn->code);

	if (BPF_SRC(insn->code) == BPF_X)
		b = &s->reg[insn->src_reg];
	if (weir_value_is_scalar(a) && weir_value_is_scalar(b))
		return learn_scalars(s, op, is64, taken, a, b);
	if (!is64)
		return learn_low_half(s, op, taken, a, b);
	if (weir_value_is_pointer(a) && weir_value_is_pointer(b)) {
		struct weir_value x = *a, y = *b;

		return x.or_null || y.or_null ||
		       learn_pointers(s, op, taken, &x, &y);
	}
	if (op != BPF_JEQ && op != BPF_JNE)
		return true;
	if (weir_value_is_pointer(a) && weir_value_is_zero(b))
		return learn_pointer_null(s, a, taken == (op == BPF_JEQ));
	if (weir_value_is_pointer(b) && weir_value_is_zero(a))
		return learn_pointer_null(s, b, taken == (op == BPF_JEQ));
	return true;
}
