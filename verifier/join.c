// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * States where paths meet.
 *
 * The join keeps differences. Values that share a base on both sides, at the
 * same distance, share one afterwards: the pair of identities and the change
 * of distance are the key under which the new identity is given. Constants
 * count as sharing the base 0, the starts of objects likewise, so that two
 * cursors that are (14, 34) on one side and (18, 38) on the other stay 20
 * apart.
 *
 * What a loop does not write is at its head, whenever a run comes back there,
 * what it was when the loop was entered. So the state that comes back adds
 * nothing to what is known of it, but for relations to what was written: those
 * are joined as ever.
 */
#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/types.h>
#include "base/insn.h"
#include "verifier/loop.h"
#include "verifier/object.h"
#include "verifier/state.h"
#include "verifier/thresholds.h"

/**
 * struct join - one join under way
 * @s:		the state that grows, or NULL if it is packed
 * @in:		what comes in
 * @stack:	a state with the same bytes written as the one that grows, or
 *		NULL if it has none
 * @how:	widening, and the identities met so far
 * @len_old:	what the state that grows knew of the packet's length
 * @same:	the value at hand was not written since it was here last
 * @same_reach:	and what is known of its object is as good as it was
 * @changed:	it is not what it was
 */
struct join {
	struct weir_state *s;
	const struct weir_state *in;
	const struct weir_state *stack;
	struct weir_joiner *how;
	s64 len_old;
	bool same;
	bool same_reach;
	bool changed;
};

/*
 * The identity of a value that is base(old) + x on one side and base(in) +
 * x - change on the other.
 *
 * Sound: values with one key had equal distances on both sides, so they have
 * them after the join, whichever side a run comes from. A special identity
 * means something absolute and is kept only where both sides mean it.
 */
static u32 join_ids(struct join *j, u32 old, u32 in, s64 change)
{
	struct weir_joiner *how = j->how;
	u8 *chain = &how->chain[old % WEIR_ID_CHAINS];
	struct weir_id_key *k;
	bool taken = weir_id_is_special(old);
	u32 i;

	if (old == in && !change && weir_id_is_special(old) &&
	    old != WEIR_ID_CONST)
		return old;
	for (i = *chain; i; i = k->next) {
		k = &how->key[i - 1];
		if (k->old != old)
			continue;
		if (k->in == in && k->change == change)
			return k->now;
		taken = true;
	}
	k = &how->key[how->nr_keys++];
	*k = (struct weir_id_key){ old, in, old, *chain, change };
	*chain = (u8)how->nr_keys;
	if (taken)
		k->now = weir_state_new_id(j->in);
	return k->now;
}

static struct weir_scalar join_num(struct join *j,
				   const struct weir_scalar *old,
				   const struct weir_scalar *in)
{
	if (j->same || weir_scalar_equal(old, in))
		return *old;
	if (!j->how->level)
		return weir_scalar_join(old, in);
	if (j->how->level == 3)
		return weir_scalar_unknown();
	return weir_scalar_widen(old, in, j->how->thresholds->at,
				 j->how->level == 1 ? j->how->thresholds->nr
						    : 0);
}

static s64 join_reach(struct join *j, s64 old, s64 in)
{
	if (j->same_reach || in >= old)
		return old;
	return j->how->level ? WEIR_REACH_NONE : in;
}

/* Class and distance by which a scalar takes part in relations. */
static bool scalar_class(const struct weir_value *v, u32 *id, s64 *off)
{
	if (weir_value_is_const(v)) {
		*id = WEIR_ID_CONST;
		*off = (s64)v->num.bits.value;
		return true;
	}
	*id = v->id;
	*off = v->off;
	return v->id != WEIR_ID_NONE;
}

static void join_scalar(struct join *j, struct weir_value *old,
			const struct weir_value *in)
{
	struct weir_value v = *old;
	u32 a, b;
	s64 aoff, boff;

	v.num = join_num(j, &old->num, &in->num);
	v.id = WEIR_ID_NONE;
	v.off = 0;
	v.reach = WEIR_REACH_NONE;
	if (!weir_scalar_is_const(&v.num) && scalar_class(old, &a, &aoff) &&
	    scalar_class(in, &b, &boff)) {
		s64 change = (s64)((u64)aoff - (u64)boff);

		v.id = join_ids(j, a, b, change);
		v.off = aoff;
		if (a != WEIR_ID_CONST && b != WEIR_ID_CONST && !change)
			v.reach = join_reach(j, old->reach, in->reach);
	}
	if (v.id != old->id || v.off != old->off || v.reach != old->reach ||
	    !weir_scalar_equal(&v.num, &old->num)) {
		j->changed = true;
		*old = v;
	}
}

/* Reach of a pointer's base; that of the packet's start is the state's. */
static s64 reach_of(const struct weir_value *v, s64 len_min)
{
	return v->kind == WEIR_VALUE_PACKET && v->id == WEIR_ID_NONE ? len_min
								     : v->reach;
}

/* Sound: only what both sides mean by the site is the object's start; and what
 * fits the shorter of two objects fits both.
 */
static void join_sized(struct weir_value *v, const struct weir_value *in)
{
	if (v->site != in->site || v->object != in->object)
		v->site = WEIR_SITE_NONE;
	v->size = min(v->size, in->size);
}

/*
 * Are the bytes that the key (or value) of the map @v has written, so many below
 * R10? @stack is that side's, or NULL if it has none.
 */
static bool is_filled(const struct join *j, const struct weir_value *v,
		      const struct weir_state *stack, u32 at, bool is_key)
{
	struct weir_object_sizes m;
	u32 size;

	if ((is_key ? v->key_at : v->value_at) == at)
		return true;
	if (!stack)
		return false;
	m = weir_object_measure(j->how->prog, v);
	size = is_key ? m.key : m.value;
	return size && size <= at &&
	       weir_state_stack_is_init(stack, -(s32)at, (s32)size - (s32)at) &&
	       !weir_state_stack_has_pointer(stack, -(s32)at,
					     (s32)size - (s32)at);
}

/* Where the key (or value) may lie: where it did, or where R2 (R3) points. */
static u16 filled_at(const struct join *j, const struct weir_value *old,
		     const struct weir_value *in, bool is_key)
{
	u32 at = is_key ? in->key_at : in->value_at;
	s32 off;

	if (!at &&
	    weir_state_is_at_stack(&j->in->reg[is_key ? BPF_REG_2 : BPF_REG_3],
				   0, 1, &off))
		at = (u32)-off;
	return at && is_filled(j, old, j->stack, at, is_key) &&
			       is_filled(j, in, j->in, at, is_key)
		       ? (u16)at
		       : 0;
}

/*
 * One of the maps of either side.
 *
 * Sound: what is said of its key and value is true on both sides, of those maps
 * that it may be there; bytes that were written stay so, unless a pointer was
 * among them, and then it is said no longer (state.c).
 */
static void join_map(struct join *j, struct weir_value *old,
		     const struct weir_value *in)
{
	struct weir_value v = *old;

	v.maps |= in->maps;
	v.object = ((u32)__ffs64(v.maps) | (v.object & WEIR_OBJECT_INNER)) &
		   0x7f;
	v.readable |= in->readable;
	if (v.maps & (v.maps - 1))
		v.readable = WEIR_MAP_ALIKE;
	v.id = join_ids(j, old->id, in->id, 0);
	v.or_null |= in->or_null;
	v.off = 0;
	if (v.maps != old->maps || old->key_at)
		v.key_at = filled_at(j, old, in, true);
	if (v.maps != old->maps || old->value_at)
		v.value_at = filled_at(j, old, in, false);
	if (v.id != old->id || v.maps != old->maps || v.off != old->off ||
	    v.or_null != old->or_null || v.readable != old->readable) {
		j->changed = true;
		*old = v;
	}
}

static void join_pointer(struct join *j, struct weir_value *old,
			 const struct weir_value *in)
{
	s64 change = old->off - in->off; /* old.off = in.off + change */
	struct weir_scalar back = weir_scalar_const((u64)-change);
	struct weir_value v = *old;
	struct weir_scalar num;
	s64 reach;

	/* Sound: in = obj + num + in.off = obj + (num - change) + old.off. */
	num = weir_scalar_alu(BPF_ADD, true, 0, &in->num, &back);
	reach = reach_of(in, j->in->len_min);
	if (reach != WEIR_REACH_NONE)
		reach += change;
	if (old->kind == WEIR_VALUE_OUTER)
		reach = old->reach; /* join_outer() */
	/* Sound: only where both sides are that element, it is. */
	if (old->kind == WEIR_VALUE_MAP_VALUE &&
	    (in->object != old->object || in->readable != old->readable))
		v.readable = WEIR_ELEM_UNKNOWN;
	v.id = join_ids(j, old->id, in->id, change);
	v.num = join_num(j, &old->num, &num);
	v.or_null |= in->or_null;
	if (weir_value_is_sized(old))
		join_sized(&v, in);
	else
		v.reach = v.id == WEIR_ID_NONE && old->kind == WEIR_VALUE_PACKET
				  ? WEIR_REACH_NONE
				  : join_reach(j, reach_of(old, j->len_old),
					       reach);
	if (v.id != old->id || v.reach != old->reach ||
	    v.or_null != old->or_null || v.readable != old->readable ||
	    !weir_scalar_equal(&v.num, &old->num)) {
		j->changed = true;
		*old = v;
	}
}

/* May one value stand for both? */
static bool same_object(const struct join *j, const struct weir_value *a,
			const struct weir_value *b)
{
	if (a->kind != b->kind)
		return false;
	if (a->kind == WEIR_VALUE_MAP)
		return weir_object_may_join(j->how->prog, a->object, b->object);
	if (weir_value_is_sized(a))
		return a->kind != WEIR_VALUE_MAP_VALUE ||
		       weir_object_values_alike(j->how->prog, a->object,
						b->object);
	if (a->kind == WEIR_VALUE_CTX || a->kind == WEIR_VALUE_FUNC)
		return a->off == b->off;
	return a->object == b->object;
}

/*
 * Null joined with a pointer is a pointer or null.
 *
 * Sound: pointers with one identity afterwards had one on the side where they
 * are pointers, and on the other are null together.
 */
static void join_null(struct join *j, struct weir_value *old,
		      const struct weir_value *in)
{
	bool was_null = weir_value_is_scalar(old);
	u32 id = was_null ? in->id : old->id;
	struct weir_value v = was_null ? *in : *old;

	v.or_null = true;
	v.id = was_null ? join_ids(j, WEIR_ID_CONST, id, 0)
			: join_ids(j, id, WEIR_ID_CONST, 0);
	if (was_null && v.kind == WEIR_VALUE_PACKET && id == WEIR_ID_NONE)
		v.reach = j->in->len_min;
	else if (v.kind == WEIR_VALUE_PACKET && id == WEIR_ID_NONE)
		v.reach = j->len_old;
	if (was_null || v.id != old->id || !old->or_null)
		j->changed = true;
	*old = v;
}

/* Extents of outer memory count from its start, whatever the pointer's base. */
static void join_outer(struct join *j, struct weir_value *old,
		       const struct weir_value *in)
{
	if (in->reach < old->reach || in->readable < old->readable) {
		old->reach = min(old->reach, in->reach);
		old->readable = min(old->readable, in->readable);
		j->changed = true;
	}
}

/* Nothing changes, and no other value's identity depends on this one's. */
static bool is_same(const struct weir_value *old, const struct weir_value *in)
{
	/* from its kind to its identity in one comparison */
	return !memcmp(old, in, offsetof(struct weir_value, off)) &&
	       weir_id_is_special(old->id) && old->off == in->off &&
	       old->reach == in->reach &&
	       weir_scalar_equal(&old->num, &in->num);
}

static bool joins_null(const struct weir_value *a, const struct weir_value *b)
{
	return (weir_value_is_pointer(a) && weir_value_is_zero(b)) ||
	       (weir_value_is_pointer(b) && weir_value_is_zero(a));
}

static void join_value(struct join *j, struct weir_value *old,
		       const struct weir_value *in)
{
	u8 kind = old->kind;

	if (kind == WEIR_VALUE_UNINIT || is_same(old, in))
		return;
	if (kind == WEIR_VALUE_SCALAR && in->kind == kind) {
		join_scalar(j, old, in);
		return;
	}
	if (joins_null(old, in)) {
		join_null(j, old, in);
		return;
	}
	if (in->kind == WEIR_VALUE_UNINIT)
		kind = WEIR_VALUE_UNINIT;
	else if (!same_object(j, old, in))
		kind = WEIR_VALUE_MIXED;
	if (kind != old->kind) {
		old->kind = kind;
		j->changed = true;
	} else if (kind == WEIR_VALUE_MAP) {
		join_map(j, old, in);
	} else if (kind > WEIR_VALUE_SCALAR) {
		join_pointer(j, old, in);
		if (kind == WEIR_VALUE_OUTER)
			join_outer(j, old, in);
	}
}

/*
 * Sound: a loop with one entry comes back to its head only through itself; a
 * number in a register that none of its instructions writes, or in a slot that
 * no store of it touches, is the one of last time, and what was claimed of that
 * one holds of it. How far its object reaches may be another matter after a
 * call, and so may be everything about a pointer.
 */
static void join_kept(struct join *j, struct weir_value *old,
		      const struct weir_value *in, bool is_written)
{
	const struct weir_loop *loop = j->how->loop;

	j->same_reach = loop && !is_written && !loop->writes.calls;
	j->same = j->same_reach ||
		  (loop && !is_written && weir_value_is_scalar(old));
	join_value(j, old, in);
	j->same = false;
	j->same_reach = false;
}

static void join_reg(struct join *j, struct weir_value *old, u32 r)
{
	const struct weir_loop *loop = j->how->loop;

	join_kept(j, old, &j->in->reg[r], loop && loop->writes.regs >> r & 1);
}

static bool is_written(const struct weir_loop *loop, u32 w)
{
	return loop && loop->writes.words[w / 64] >> (w % 64) & 1;
}

static void join_word(struct join *j, struct weir_value *old, u32 w)
{
	const struct weir_loop *loop = j->how->loop;
	u32 last = w + (j->in->size[w] == 8);

	join_kept(j, old, &j->in->slot[w],
		  is_written(loop, w) || is_written(loop, last));
}

/* A slot's value survives where both sides have one of the same size; else,
 * where one side has a pointer, its bytes may no longer be read.
 */
static void join_slot(struct join *j, u32 w)
{
	struct weir_state *s = j->s;
	s32 lo = (s32)w * 4 - WEIR_MAX_STACK;

	if (weir_state_has_slot(j->in, w) && s->size[w] == j->in->size[w]) {
		join_word(j, &s->slot[w], w);
		return;
	}
	weir_state_stack_clobber(s, lo, lo + s->size[w]);
	j->changed = true;
}

/* Bytes of a pointer that only @in has are not to be read, nor is what @s has
 * there worth keeping.
 */
static void forget_pointers(struct join *j)
{
	struct weir_state *s = j->s;
	const struct weir_state *in = j->in;
	u32 w, i;

	for (w = weir_state_next_slot(in, 0); w < WEIR_STACK_WORDS;
	     w = weir_state_next_slot(in, w + 1)) {
		u32 end = w + (in->size[w] == 8 ? 2 : 1);

		if (weir_value_is_scalar(&in->slot[w]) ||
		    (weir_state_has_slot(s, w) && s->size[w] == in->size[w]))
			continue;
		weir_state_stack_clobber(s, (s32)w * 4 - WEIR_MAX_STACK,
					 (s32)end * 4 - WEIR_MAX_STACK);
		for (i = w; i < end; i++) {
			j->changed |= s->init[i] != 0;
			s->init[i] = 0;
		}
		weir_state_forget_filled(s);
	}
}

static void join_stack(struct join *j)
{
	struct weir_state *s = j->s;
	const struct weir_state *in = j->in;
	u32 w;

	if (!s->has_stack)
		return;
	if (!in->has_stack) {
		s->has_stack = false;
		j->changed = true;
		return;
	}
	forget_pointers(j);
	for (w = 0; w < WEIR_STACK_WORDS; w++) {
		if (!(s->init[w] & ~in->init[w]))
			continue;
		s->init[w] &= in->init[w];
		j->changed = true;
	}
	for (w = weir_state_next_slot(s, 0); w < WEIR_STACK_WORDS;
	     w = weir_state_next_slot(s, w + 1))
		join_slot(j, w);
}

static void join_len(struct join *j, s64 *len)
{
	j->len_old = *len;
	if (j->in->len_min >= *len)
		return;
	*len = j->how->level ? 0 : j->in->len_min;
	j->changed = true;
}

/* Sound: what was written on both sides was. */
static void join_wrote(struct join *j, bool has_written, u64 *wrote)
{
	u8 i;

	for (i = 0; has_written && i < WEIR_NR_ARGS; i++) {
		u64 in = weir_state_wrote(j->in, i + 1);

		j->changed |= (wrote[i] & ~in) != 0;
		wrote[i] &= in;
	}
}

/* No identity has been met. */
static void start(struct weir_joiner *how)
{
	how->nr_keys = 0;
	memset(how->chain, 0, sizeof(how->chain));
}

bool weir_state_join(struct weir_state *s, const struct weir_state *in,
		     struct weir_joiner *how)
{
	struct join j = { .s = s, .in = in, .stack = s, .how = how };
	u32 r;

	start(how);
	join_len(&j, &s->len_min);
	join_wrote(&j, s->has_written, s->wrote);
	for (r = 0; r < BPF_REG_10; r++)
		join_reg(&j, &s->reg[r], r);
	join_stack(&j);
	j.changed |= weir_held_join(&s->held, &in->held, how);
	return j.changed;
}

bool weir_saved_is_alike(const struct weir_saved *saved,
			 const struct weir_state *in)
{
	return !saved->has_stack ||
	       (in->has_stack &&
		!memcmp(weir_saved_map(saved), &in->map, sizeof(in->map)));
}

bool weir_saved_join(struct weir_saved *saved, const struct weir_state *in,
		     struct weir_joiner *how)
{
	/* alike: it has no stack, or the same as @in */
	struct join j = {
		.in = in,
		.stack = saved->has_stack ? in : NULL,
		.how = how,
	};
	u32 i = 0, w, regs;

	start(how);
	join_len(&j, &saved->len_min);
	join_wrote(&j, saved->has_written, saved->wrote);
	for (regs = saved->regs; regs; regs &= regs - 1)
		join_reg(&j, &saved->value[i++], (u32)__ffs64(regs));
	for (w = saved->has_stack ? weir_state_next_slot(in, 0)
				  : WEIR_STACK_WORDS;
	     w < WEIR_STACK_WORDS; w = weir_state_next_slot(in, w + 1))
		join_word(&j, &saved->value[i++], w);
	j.changed |= weir_held_join(&saved->held, &in->held, how);
	return j.changed;
}
