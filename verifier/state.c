// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * States: registers and stack, joined and packed.
 *
 * The join keeps differences. Values that share a base on both sides, at the
 * same distance, share one afterwards: the pair of identities and the change
 * of distance are the key under which the new identity is given. Constants
 * count as sharing the base 0, the starts of objects likewise, so that two
 * cursors that are (14, 34) on one side and (18, 38) on the other stay 20
 * apart.
 */
#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/types.h>
#include "base/host.h"
#include "base/insn.h"
#include "verifier/state.h"

void weir_state_reset(struct weir_state *s, u32 *next_id)
{
	u32 i;

	memset(s, 0, sizeof(*s));
	for (i = 0; i < WEIR_NR_REGS; i++)
		s->reg[i] = weir_value_uninit();
	s->reg[10] = weir_value_pointer(WEIR_VALUE_STACK);
	s->next_id = next_id;
}

static bool is_used(const struct weir_state *s, u32 w)
{
	return s->used[w / 64] >> (w % 64) & 1;
}

static void use(struct weir_state *s, u32 w)
{
	s->used[w / 64] |= 1ULL << (w % 64);
}

static void disuse(struct weir_state *s, u32 w)
{
	s->used[w / 64] &= ~(1ULL << (w % 64));
}

/* First used word from @w on, or WEIR_STACK_WORDS. */
static u32 next_used(const struct weir_state *s, u32 w)
{
	while (w < WEIR_STACK_WORDS) {
		u64 rest = s->used[w / 64] >> (w % 64);

		if (rest)
			return w + (u32)__ffs64(rest);
		w = (w / 64 + 1) * 64;
	}
	return WEIR_STACK_WORDS;
}

/* Nothing is on the stack, and from now on that is said in full. */
static void open_stack(struct weir_state *s)
{
	s->has_stack = true;
	memset(s->used, 0, sizeof(s->used));
	memset(s->init, 0, sizeof(s->init));
}

void weir_state_copy(struct weir_state *to, const struct weir_state *from)
{
	u32 w;

	memcpy(to->reg, from->reg, sizeof(to->reg));
	to->len_min = from->len_min;
	to->next_id = from->next_id;
	to->has_stack = from->has_stack;
	if (!from->has_stack)
		return;
	memcpy(to->used, from->used, sizeof(to->used));
	memcpy(to->init, from->init, sizeof(to->init));
	memcpy(to->size, from->size, sizeof(to->size));
	for (w = next_used(from, 0); w < WEIR_STACK_WORDS;
	     w = next_used(from, w + 1))
		to->slot[w] = from->slot[w];
}

u32 weir_state_new_id(struct weir_state *s)
{
	return (*s->next_id)++;
}

void weir_state_name(struct weir_state *s, struct weir_value *v)
{
	if (!weir_value_is_scalar(v) || v->id != WEIR_ID_NONE ||
	    weir_scalar_is_const(&v->num))
		return;
	v->id = weir_state_new_id(s);
	v->off = 0;
	v->reach = WEIR_REACH_NONE;
}

struct weir_value *weir_state_each(struct weir_state *s, u32 *it)
{
	while (*it < WEIR_NR_REGS) {
		struct weir_value *v = &s->reg[(*it)++];

		if (v->kind != WEIR_VALUE_UNINIT)
			return v;
	}
	if (s->has_stack && *it < WEIR_MAX_VALUES) {
		u32 w = next_used(s, *it - WEIR_NR_REGS);

		*it = w + 1 + WEIR_NR_REGS;
		if (w < WEIR_STACK_WORDS)
			return &s->slot[w];
	}
	return NULL;
}

/* The stack */

static u32 word_of(s32 off)
{
	return (u32)(off + WEIR_MAX_STACK) / 4;
}

/* Bits of @init in word @w for the bytes of [lo, hi). */
static u8 byte_mask(u32 w, s32 lo, s32 hi)
{
	s32 first = (s32)w * 4 - WEIR_MAX_STACK;
	u32 from = lo > first ? (u32)(lo - first) : 0;
	u32 to = hi < first + 4 ? (u32)(hi - first) : 4;

	return (u8)((1u << to) - (1u << from));
}

/* First word whose value can overlap byte @lo. */
static u32 first_word(s32 lo)
{
	u32 w = word_of(lo);

	return w ? w - 1 : 0;
}

static bool overlaps(const struct weir_state *s, u32 w, s32 lo, s32 hi)
{
	s32 start = (s32)w * 4 - WEIR_MAX_STACK;

	return is_used(s, w) && start < hi && start + s->size[w] > lo;
}

/* Forget the values that overlap [lo, hi). What is left of a pointer may not
 * be read as a number: its bytes count as never written.
 */
static void drop_values(struct weir_state *s, s32 lo, s32 hi)
{
	u32 w, last = word_of(hi - 1);

	for (w = first_word(lo); w <= last; w++) {
		if (!overlaps(s, w, lo, hi))
			continue;
		if (!weir_value_is_scalar(&s->slot[w])) {
			s->init[w] = 0;
			if (s->size[w] == 8)
				s->init[w + 1] = 0;
		}
		disuse(s, w);
	}
}

void weir_state_stack_store(struct weir_state *s, s32 off, u32 size,
			    const struct weir_value *v)
{
	u32 w = word_of(off), i;

	if (!s->has_stack)
		open_stack(s);
	drop_values(s, off, off + (s32)size);
	for (i = w; i <= word_of(off + (s32)size - 1); i++)
		s->init[i] |= byte_mask(i, off, off + (s32)size);
	if (off & 3 || off & (s32)(size - 1))
		return;
	use(s, w);
	s->size[w] = (u8)size;
	s->slot[w] = *v;
}

struct weir_value weir_state_stack_load(const struct weir_state *s, s32 off,
					u32 size)
{
	struct weir_scalar any = weir_scalar_bytes(size);
	u32 w;

	for (w = first_word(off); s->has_stack && w <= word_of(off); w++) {
		if (!overlaps(s, w, off, off + (s32)size))
			continue;
		if (s->size[w] == size && w == word_of(off) && !(off & 3))
			return s->slot[w];
		/* Sound: each part of a 0 is 0. */
		if (weir_value_is_const(&s->slot[w]) &&
		    !s->slot[w].num.bits.value &&
		    (s32)w * 4 - WEIR_MAX_STACK <= off &&
		    (s32)w * 4 - WEIR_MAX_STACK + s->size[w] >=
		    off + (s32)size)
			return s->slot[w];
	}
	return weir_value_scalar(&any);
}

void weir_state_stack_clobber(struct weir_state *s, s32 lo, s32 hi)
{
	/* Sound: bytes that were written stay written, with whatever value. */
	if (s->has_stack)
		drop_values(s, lo, hi);
}

bool weir_state_stack_is_init(const struct weir_state *s, s32 lo, s32 hi)
{
	u32 w;

	if (!s->has_stack)
		return false;
	for (w = word_of(lo); w <= word_of(hi - 1); w++)
		if (byte_mask(w, lo, hi) & ~s->init[w])
			return false;
	return true;
}

bool weir_state_stack_has_pointer(const struct weir_state *s, s32 lo, s32 hi)
{
	u32 w;

	for (w = first_word(lo); s->has_stack && w <= word_of(hi - 1); w++)
		if (overlaps(s, w, lo, hi) &&
		    !weir_value_is_scalar(&s->slot[w]))
			return true;
	return false;
}

/* Joins */

#define ID_CONST U32_MAX	/* constants, as a class; never stored */

/**
 * struct join - one join under way
 * @s:		the state that grows
 * @in:		what comes in
 * @how:	widening, and the identities met so far
 * @changed:	@s is not what it was
 */
struct join {
	struct weir_state *s;
	const struct weir_state *in;
	struct weir_joiner *how;
	bool changed;
};

static bool is_special(u32 id)
{
	return id < WEIR_ID_FIRST || id == ID_CONST;
}

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
	struct weir_id_key *k;
	bool taken = is_special(old);
	u32 i;

	if (old == in && !change && is_special(old) && old != ID_CONST)
		return old;
	for (i = 0; i < how->nr_keys; i++) {
		k = &how->key[i];
		if (k->old == old && k->in == in && k->change == change)
			return k->now;
		taken |= k->old == old;
	}
	k = &how->key[how->nr_keys++];
	*k = (struct weir_id_key){ old, in, old, change };
	if (taken)
		k->now = weir_state_new_id(j->s);
	return k->now;
}

static struct weir_scalar join_num(struct join *j,
				   const struct weir_scalar *old,
				   const struct weir_scalar *in)
{
	if (weir_scalar_equal(old, in))
		return *old;
	if (!j->how->level)
		return weir_scalar_join(old, in);
	return weir_scalar_widen(old, in, j->how->steps,
				 j->how->level == 1 ? j->how->nr_steps : 0);
}

static s64 join_reach(struct join *j, s64 old, s64 in)
{
	if (in >= old)
		return old;
	return j->how->level ? WEIR_REACH_NONE : in;
}

/* Class and distance by which a scalar takes part in relations. */
static bool scalar_class(const struct weir_value *v, u32 *id, s64 *off)
{
	if (weir_value_is_const(v)) {
		*id = ID_CONST;
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
		if (a != ID_CONST && b != ID_CONST && !change)
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
	return v->kind == WEIR_VALUE_PACKET && v->id == WEIR_ID_NONE ?
	       len_min : v->reach;
}

static void join_pointer(struct join *j, struct weir_value *old,
			 const struct weir_value *in, s64 len_old)
{
	s64 change = old->off - in->off;	/* old.off = in.off + change */
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
		reach = old->reach;	/* join_outer() */
	v.id = join_ids(j, old->id, in->id, change);
	v.num = join_num(j, &old->num, &num);
	v.reach = v.id == WEIR_ID_NONE && old->kind == WEIR_VALUE_PACKET ?
		  WEIR_REACH_NONE :
		  join_reach(j, reach_of(old, len_old), reach);
	if (v.id != old->id || v.reach != old->reach ||
	    !weir_scalar_equal(&v.num, &old->num)) {
		j->changed = true;
		*old = v;
	}
}

static bool same_object(const struct weir_value *a, const struct weir_value *b)
{
	if (a->kind != b->kind || a->object != b->object)
		return false;
	return a->kind != WEIR_VALUE_CTX || a->off == b->off;
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

static void join_value(struct join *j, struct weir_value *old,
		       const struct weir_value *in, s64 len_old)
{
	u8 kind = old->kind;

	if (kind == WEIR_VALUE_UNINIT)
		return;
	if (in->kind == WEIR_VALUE_UNINIT)
		kind = WEIR_VALUE_UNINIT;
	else if (!same_object(old, in))
		kind = WEIR_VALUE_MIXED;
	if (kind != old->kind) {
		*old = weir_value_uninit();
		old->kind = kind;
		j->changed = true;
	} else if (kind == WEIR_VALUE_SCALAR) {
		join_scalar(j, old, in);
	} else if (kind != WEIR_VALUE_MIXED) {
		join_pointer(j, old, in, len_old);
		if (kind == WEIR_VALUE_OUTER)
			join_outer(j, old, in);
	}
}

/* A slot's value survives where both sides have one of the same size; else,
 * where one side has a pointer, its bytes may no longer be read.
 */
static void join_slot(struct join *j, u32 w, s64 len_old)
{
	struct weir_state *s = j->s;
	s32 lo = (s32)w * 4 - WEIR_MAX_STACK;

	if (is_used(j->in, w) && s->size[w] == j->in->size[w]) {
		join_value(j, &s->slot[w], &j->in->slot[w], len_old);
		return;
	}
	drop_values(s, lo, lo + s->size[w]);
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

	for (w = next_used(in, 0); w < WEIR_STACK_WORDS;
	     w = next_used(in, w + 1)) {
		u32 end = w + (in->size[w] == 8 ? 2 : 1);

		if (weir_value_is_scalar(&in->slot[w]) ||
		    (is_used(s, w) && s->size[w] == in->size[w]))
			continue;
		drop_values(s, (s32)w * 4 - WEIR_MAX_STACK,
			    (s32)end * 4 - WEIR_MAX_STACK);
		for (i = w; i < end; i++) {
			j->changed |= s->init[i] != 0;
			s->init[i] = 0;
		}
	}
}

static void join_stack(struct join *j, s64 len_old)
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
	for (w = next_used(s, 0); w < WEIR_STACK_WORDS;
	     w = next_used(s, w + 1))
		join_slot(j, w, len_old);
}

bool weir_state_join(struct weir_state *s, const struct weir_state *in,
		     struct weir_joiner *how)
{
	struct join j = { .s = s, .in = in, .how = how };
	s64 len_old = s->len_min;
	u32 r;

	how->nr_keys = 0;
	if (in->len_min < s->len_min) {
		s->len_min = how->level ? 0 : in->len_min;
		j.changed = true;
	}
	for (r = 0; r < WEIR_NR_REGS; r++)
		join_value(&j, &s->reg[r], &in->reg[r], len_old);
	join_stack(&j, len_old);
	return j.changed;
}

/* Packing */

/**
 * struct weir_saved - a state without its empty parts
 * @len_min:	as in the state
 * @nr:		values at @value
 * @regs:	registers among them, which come first
 * @has_stack:	as in the state; struct saved_stack comes after the values
 * @value:	values
 */
struct weir_saved {
	s64 len_min;
	u32 nr;
	u16 regs;
	bool has_stack;
	struct weir_value value[];
};

struct saved_stack {
	u64 used[WEIR_STACK_WORDS / 64];
	u8 init[WEIR_STACK_WORDS];
	u8 size[WEIR_STACK_WORDS];
};

static struct saved_stack *stack_of(const struct weir_saved *saved)
{
	return (struct saved_stack *)&saved->value[saved->nr];
}

/* R10 is always the same. */
static u16 regs_to_save(const struct weir_state *s, u16 live)
{
	u16 regs = 0;
	u32 r;

	for (r = 0; r < BPF_REG_10; r++)
		if (live >> r & 1 && s->reg[r].kind != WEIR_VALUE_UNINIT)
			regs |= (u16)(1u << r);
	return regs;
}

static void fill(struct weir_saved *saved, const struct weir_state *s)
{
	struct saved_stack *stack;
	u32 r, w, i = 0;

	saved->len_min = s->len_min;
	for (r = 0; r < BPF_REG_10; r++)
		if (saved->regs >> r & 1)
			saved->value[i++] = s->reg[r];
	if (!s->has_stack)
		return;
	for (w = next_used(s, 0); w < WEIR_STACK_WORDS; w = next_used(s, w + 1))
		saved->value[i++] = s->slot[w];
	stack = stack_of(saved);
	memcpy(stack->used, s->used, sizeof(s->used));
	memcpy(stack->init, s->init, sizeof(s->init));
	memcpy(stack->size, s->size, sizeof(s->size));
}

struct weir_saved *weir_state_save(const struct weir_state *s, u16 live,
				   struct weir_saved *over)
{
	u16 regs = regs_to_save(s, live);
	u32 nr = hweight32(regs);
	struct weir_saved *saved = over;
	u32 i;

	for (i = 0; s->has_stack && i < ARRAY_SIZE(s->used); i++)
		nr += (u32)hweight64(s->used[i]);
	if (!over || over->nr != nr || over->has_stack != s->has_stack) {
		saved = weir_host_alloc(sizeof(*saved) +
					nr * sizeof(struct weir_value) +
					(s->has_stack ?
					 sizeof(struct saved_stack) : 0));
		if (!saved)
			return NULL;
		weir_saved_free(over);
	}
	saved->nr = nr;
	saved->regs = regs;
	saved->has_stack = s->has_stack;
	fill(saved, s);
	return saved;
}

void weir_state_load(struct weir_state *s, const struct weir_saved *saved)
{
	const struct saved_stack *stack = stack_of(saved);
	u32 r, w, i = 0;

	s->reg[BPF_REG_10] = weir_value_pointer(WEIR_VALUE_STACK);
	s->len_min = saved->len_min;
	s->has_stack = saved->has_stack;
	for (r = 0; r < BPF_REG_10; r++) {
		if (saved->regs >> r & 1)
			s->reg[r] = saved->value[i++];
		else
			s->reg[r].kind = WEIR_VALUE_UNINIT;
	}
	if (!saved->has_stack)
		return;
	memcpy(s->used, stack->used, sizeof(s->used));
	memcpy(s->init, stack->init, sizeof(s->init));
	memcpy(s->size, stack->size, sizeof(s->size));
	for (w = next_used(s, 0); w < WEIR_STACK_WORDS; w = next_used(s, w + 1))
		s->slot[w] = saved->value[i++];
}

void weir_saved_free(struct weir_saved *saved)
{
	weir_host_free(saved);
}
