// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Numbers as the verifier sees them: the reduced product of known bits and
 * ranges, with eBPF's operations on it. A 32-bit operation is
 * the 64-bit one on extended low halves, cut to 32 bits.
 */
#include <linux/bits.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/types.h>
#include "base/insn.h"
#include "verifier/scalar.h"

#define MAX_ROUNDS 8

struct weir_scalar weir_scalar_u64(u64 min, u64 max)
{
	struct weir_scalar a = weir_scalar_unknown();

	weir_range_meet_u64(&a.range, min, max);
	weir_scalar_reduce(&a);
	return a;
}

struct weir_scalar weir_scalar_s64(s64 min, s64 max)
{
	struct weir_scalar a = weir_scalar_unknown();

	weir_range_meet_s64(&a.range, min, max);
	weir_scalar_reduce(&a);
	return a;
}

struct weir_scalar weir_scalar_bytes(u32 size)
{
	struct weir_scalar a = weir_scalar_unknown();
	u64 most;

	if (size == 8)
		return a;
	most = (1ULL << (8 * size)) - 1;
	a.bits.mask = most;
	weir_range_meet_u64(&a.range, 0, most);
	weir_range_meet_s64(&a.range, 0, (s64)most);
	if (size == 4)
		return a;
	weir_range_meet_u32(&a.range, 0, (u32)most);
	weir_range_meet_s32(&a.range, 0, (s32)most);
	return a;
}

bool weir_scalar_contains(const struct weir_scalar *a, u64 x)
{
	return weir_tnum_contains(a->bits, x) &&
	       weir_range_contains(&a->range, x);
}

bool weir_scalar_subset(const struct weir_scalar *a,
			const struct weir_scalar *b)
{
	return weir_tnum_subset(a->bits, b->bits) &&
	       weir_range_subset(&a->range, &b->range);
}

/* Sound: the least number has all unknown bits 0, the greatest all 1; signed,
 * an unknown sign bit goes the other way.
 */
static void range_learns_bits(struct weir_scalar *a)
{
	u64 v = a->bits.value, m = a->bits.mask;
	u64 s64bit = m & (1ULL << 63);
	u32 s32bit = (u32)m & (1U << 31);

	weir_range_meet_u64(&a->range, v, v | m);
	weir_range_meet_s64(&a->range, (s64)(v | s64bit),
			    (s64)((v | m) & ~s64bit));
	weir_range_meet_u32(&a->range, (u32)v, (u32)(v | m));
	weir_range_meet_s32(&a->range, (s32)((u32)v | s32bit),
			    (s32)((u32)(v | m) & ~s32bit));
}

/* Sound: an interval's numbers share the bits above the highest differing one.
 * Return: false on contradiction.
 */
static bool bits_learn_range(struct weir_scalar *a)
{
	const struct weir_range *r = &a->range;
	struct weir_tnum low = weir_tnum_range(r->umin32, r->umax32);

	low.mask |= 0xffffffffULL << 32;
	return weir_tnum_meet(&a->bits, weir_tnum_range(r->umin, r->umax)) &&
	       weir_tnum_meet(&a->bits, low);
}

/* It is @x, or nothing. */
static bool reduce_const(struct weir_scalar *a, u64 x)
{
	if (!weir_scalar_contains(a, x))
		return false;
	*a = weir_scalar_const(x);
	return true;
}

enum round {
	ROUND_EMPTY, /* no number is left */
	ROUND_LAST, /* another would find what this one found */
	ROUND_AGAIN,
};

static enum round reduce_round(struct weir_scalar *a)
{
	struct weir_range range;
	struct weir_tnum bits;

	if (weir_scalar_is_const(a))
		return reduce_const(a, a->bits.value) ? ROUND_LAST
						      : ROUND_EMPTY;
	if (a->range.umin == a->range.umax)
		return reduce_const(a, a->range.umin) ? ROUND_LAST
						      : ROUND_EMPTY;
	range_learns_bits(a);
	range = a->range;
	bits = a->bits;
	if (!weir_range_reduce(&a->range) || !bits_learn_range(a))
		return ROUND_EMPTY;
	return weir_range_equal(&range, &a->range) &&
			       weir_tnum_equal(bits, a->bits)
		       ? ROUND_LAST
		       : ROUND_AGAIN;
}

bool weir_scalar_reduce(struct weir_scalar *a)
{
	enum round round;
	int i;

	for (i = 0; i < MAX_ROUNDS; i++) {
		round = reduce_round(a);
		if (round != ROUND_AGAIN)
			return round == ROUND_LAST;
	}
	return true;
}

bool weir_scalar_meet(struct weir_scalar *a, const struct weir_scalar *b)
{
	if (!weir_tnum_meet(&a->bits, b->bits))
		return false;
	weir_range_meet(&a->range, &b->range);
	return weir_scalar_reduce(a);
}

struct weir_scalar weir_scalar_join(const struct weir_scalar *a,
				    const struct weir_scalar *b)
{
	/* No reduction: the join of reduced intervals is as good as reduced,
	 * and a join that is not made smaller again is plainly monotone.
	 */
	return (struct weir_scalar){
		weir_tnum_join(a->bits, b->bits),
		weir_range_join(&a->range, &b->range),
	};
}

/* Greatest step <= x, or @least. */
static s64 step_down(s64 x, s64 least, const s64 *steps, u32 nr)
{
	u32 lo = 0, hi = nr;

	while (lo < hi) {
		u32 mid = lo + (hi - lo) / 2;

		if (steps[mid] <= x)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo && steps[lo - 1] > least ? steps[lo - 1] : least;
}

/* Least step >= x, or @most. */
static s64 step_up(s64 x, s64 most, const s64 *steps, u32 nr)
{
	u32 lo = 0, hi = nr;

	while (lo < hi) {
		u32 mid = lo + (hi - lo) / 2;

		if (steps[mid] < x)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < nr && steps[lo] < most ? steps[lo] : most;
}

static u64 ustep_up(u64 x, const s64 *steps, u32 nr)
{
	s64 s;

	if (x > S64_MAX)
		return U64_MAX;
	s = step_up((s64)x, S64_MAX, steps, nr);
	return s == S64_MAX && x != S64_MAX ? U64_MAX : (u64)s;
}

/*
 * All ends on the sides where one grew: to what 32 bits hold, whether signed or
 * not, so that 32-bit copies are copies still; then to their extremes.
 */
static void widen_fully(struct weir_range *r, const struct weir_range *o)
{
	const struct weir_range all = weir_range_unknown();

	if (r->smin < o->smin || r->umin < o->umin || r->umin32 < o->umin32 ||
	    r->smin32 < o->smin32) {
		r->smin = o->smin > S32_MIN && r->smin >= S32_MIN ? S32_MIN
								  : all.smin;
		r->umin = all.umin;
		r->smin32 = all.smin32;
		r->umin32 = all.umin32;
	}
	if (r->smax > o->smax || r->umax > o->umax || r->umax32 > o->umax32 ||
	    r->smax32 > o->smax32) {
		r->smax = o->smax < S32_MAX && r->smax <= S32_MAX ? S32_MAX
								  : all.smax;
		r->umax = all.umax;
		r->smax32 = all.smax32;
		r->umax32 = all.umax32;
	}
}

static void widen_steps(struct weir_range *r, const struct weir_range *o,
			const s64 *steps, u32 nr_steps)
{
	if (r->smin < o->smin)
		r->smin = step_down(r->smin, S64_MIN, steps, nr_steps);
	if (r->smax > o->smax)
		r->smax = step_up(r->smax, S64_MAX, steps, nr_steps);
	if (r->umin < o->umin)
		r->umin = r->umin > S64_MAX ? 0
					    : (u64)step_down((s64)r->umin, 0,
							     steps, nr_steps);
	if (r->umax > o->umax)
		r->umax = ustep_up(r->umax, steps, nr_steps);
	if (r->umin32 < o->umin32)
		r->umin32 = (u32)step_down(r->umin32, 0, steps, nr_steps);
	if (r->umax32 > o->umax32)
		r->umax32 = (u32)step_up(r->umax32, U32_MAX, steps, nr_steps);
	if (r->smin32 < o->smin32)
		r->smin32 = (s32)step_down(r->smin32, S32_MIN, steps, nr_steps);
	if (r->smax32 > o->smax32)
		r->smax32 = (s32)step_up(r->smax32, S32_MAX, steps, nr_steps);
}

/* Sound: every end only moves outwards from the join. */
struct weir_scalar weir_scalar_widen(const struct weir_scalar *old,
				     const struct weir_scalar *new,
				     const s64 *steps, u32 nr_steps)
{
	struct weir_scalar j = weir_scalar_join(old, new);

	if (weir_scalar_equal(&j, old))
		return j;
	if (nr_steps)
		widen_steps(&j.range, &old->range, steps, nr_steps);
	else
		widen_fully(&j.range, &old->range);
	/* Bits that changed once may change one by one, 64 times. Keep the
	 * known trailing ones (alignment), and what the ranges say.
	 */
	if (!weir_tnum_equal(j.bits, old->bits)) {
		u64 low = j.bits.mask & -j.bits.mask;

		if (low)
			j.bits.mask |= ~(low - 1);
		j.bits.value &= ~j.bits.mask;
	}
	return weir_scalar_reduce(&j) ? j : weir_scalar_unknown();
}

static struct weir_scalar reduced(struct weir_tnum bits,
				  struct weir_range range)
{
	struct weir_scalar a = { bits, range };

	/* Operands are not empty, so neither is the result; but that nothing
	 * is left may show late, where no run comes any more.
	 */
	return weir_scalar_reduce(&a) ? a : weir_scalar_unknown();
}

struct weir_scalar weir_scalar_zext(const struct weir_scalar *a, u32 bits)
{
	struct weir_range r = weir_range_unknown();
	u64 most = (1ULL << bits) - 1;

	if (a->range.umax <= most)
		return *a;
	weir_range_meet_u64(&r, 0, most);
	/* Sound: the low half is the number itself, so its ranges stay. */
	if (bits == 32) {
		weir_range_meet_u32(&r, a->range.umin32, a->range.umax32);
		weir_range_meet_s32(&r, a->range.smin32, a->range.smax32);
	} else if (a->range.umax32 <= most) {
		weir_range_meet_u32(&r, a->range.umin32, a->range.umax32);
	}
	return reduced(weir_tnum_trunc(a->bits, bits), r);
}

struct weir_scalar weir_scalar_sext(const struct weir_scalar *a, u32 bits)
{
	struct weir_range r = weir_range_unknown();
	s64 most = (s64)((1ULL << (bits - 1)) - 1);
	struct weir_tnum t;

	if (a->range.smin >= -most - 1 && a->range.smax <= most)
		return *a;
	weir_range_meet_s64(&r, -most - 1, most);
	if (a->range.smin32 >= -most - 1 && a->range.smax32 <= most)
		weir_range_meet_s64(&r, a->range.smin32, a->range.smax32);
	t = weir_tnum_lsh(weir_tnum_trunc(a->bits, bits), 64 - bits);
	return reduced(weir_tnum_arsh(t, 64 - bits), r);
}

struct weir_scalar weir_scalar_bswap(const struct weir_scalar *a, u32 bits)
{
	return reduced(weir_tnum_bswap(a->bits, bits), weir_range_unknown());
}

/* A shift count as the machine uses it. */
static void shift_count(const struct weir_scalar *b, u32 width, u32 *min,
			u32 *max)
{
	*min = 0;
	*max = width - 1;
	if (weir_scalar_is_const(b)) {
		*min = (u32)b->bits.value & (width - 1);
		*max = *min;
	} else if (b->range.umax < width) {
		*min = (u32)b->range.umin & (width - 1); /* may be empty */
		*max = (u32)b->range.umax;
	}
}

static struct weir_scalar shift(u8 op, u32 width, const struct weir_scalar *a,
				const struct weir_scalar *b)
{
	struct weir_tnum t = weir_tnum_unknown();
	u32 min, max;

	shift_count(b, width, &min, &max);
	switch (op) {
	case BPF_LSH:
		if (min == max)
			t = weir_tnum_lsh(a->bits, min);
		return reduced(t, weir_range_lsh(&a->range, min, max));
	case BPF_RSH:
		if (min == max)
			t = weir_tnum_rsh(a->bits, min);
		return reduced(t, weir_range_rsh(&a->range, min, max));
	default:
		if (min == max)
			t = weir_tnum_arsh(a->bits, min);
		return reduced(t, weir_range_arsh(&a->range, min, max));
	}
}

/* The machine's own division of two numbers, by BPF's rules. */
static u64 divide_consts(bool sx, bool mod, u64 x, u64 y)
{
	u64 q = 0;

	if (y && sx)
		q = y == U64_MAX ? -x : (u64)div64_s64((s64)x, (s64)y);
	else if (y)
		q = div64_u64(x, y);
	return mod ? x - q * y : q;
}

static struct weir_scalar divide(bool sx, const struct weir_scalar *a,
				 const struct weir_scalar *b)
{
	if (weir_scalar_is_const(a) && weir_scalar_is_const(b))
		return weir_scalar_const(
			divide_consts(sx, false, a->bits.value, b->bits.value));
	if (sx)
		return reduced(weir_tnum_unknown(),
			       weir_range_sdiv(&a->range, &b->range));
	return reduced(weir_tnum_unknown(),
		       weir_range_div(&a->range, &b->range));
}

static struct weir_scalar modulo(bool sx, const struct weir_scalar *a,
				 const struct weir_scalar *b)
{
	u64 y = b->bits.value;

	if (weir_scalar_is_const(a) && weir_scalar_is_const(b))
		return weir_scalar_const(
			divide_consts(sx, true, a->bits.value, b->bits.value));
	if (sx)
		return reduced(weir_tnum_unknown(),
			       weir_range_smod(&a->range, &b->range));
	/* Sound: modulo 2^k keeps the low k bits. */
	if (weir_scalar_is_const(b) && y && !(y & (y - 1)))
		return reduced(weir_tnum_and(a->bits, weir_tnum_const(y - 1)),
			       weir_range_mod(&a->range, &b->range));
	return reduced(weir_tnum_unknown(),
		       weir_range_mod(&a->range, &b->range));
}

/* The bitwise operations: ranges of what known bits do not tell. */
static struct weir_scalar bitwise(u8 op, const struct weir_scalar *a,
				  const struct weir_scalar *b)
{
	const struct weir_range *ar = &a->range, *br = &b->range;
	struct weir_range r = weir_range_unknown();

	switch (op) {
	case BPF_AND: /* Sound: x & y <= x and <= y, in both widths. */
		weir_range_meet_u64(&r, 0, min(ar->umax, br->umax));
		weir_range_meet_u32(&r, 0, min(ar->umax32, br->umax32));
		return reduced(weir_tnum_and(a->bits, b->bits), r);
	case BPF_OR: /* Sound: x | y >= x and >= y, in both widths. */
		weir_range_meet_u64(&r, max(ar->umin, br->umin), U64_MAX);
		weir_range_meet_u32(&r, max(ar->umin32, br->umin32), U32_MAX);
		return reduced(weir_tnum_or(a->bits, b->bits), r);
	default:
		return reduced(weir_tnum_xor(a->bits, b->bits), r);
	}
}

/* One 64-bit operation. @width only says how shift counts are masked. */
static struct weir_scalar alu(u8 op, u32 width, bool sx,
			      const struct weir_scalar *a,
			      const struct weir_scalar *b)
{
	struct weir_scalar zero;

	switch (op) {
	case BPF_ADD:
		return reduced(weir_tnum_add(a->bits, b->bits),
			       weir_range_add(&a->range, &b->range));
	case BPF_SUB:
		return reduced(weir_tnum_sub(a->bits, b->bits),
			       weir_range_sub(&a->range, &b->range));
	case BPF_MUL:
		return reduced(weir_tnum_mul(a->bits, b->bits),
			       weir_range_mul(&a->range, &b->range));
	case BPF_NEG:
		zero = weir_scalar_const(0);
		return reduced(weir_tnum_sub(zero.bits, a->bits),
			       weir_range_sub(&zero.range, &a->range));
	case BPF_DIV:
		return divide(sx, a, b);
	case BPF_MOD:
		return modulo(sx, a, b);
	case BPF_AND:
	case BPF_OR:
	case BPF_XOR:
		return bitwise(op, a, b);
	case BPF_LSH:
	case BPF_RSH:
	case BPF_ARSH:
		return shift(op, width, a, b);
	case BPF_MOV:
		return *b;
	default:
		return weir_scalar_unknown();
	}
}

struct weir_scalar weir_scalar_alu(u8 op, bool is64, u32 sx,
				   const struct weir_scalar *a,
				   const struct weir_scalar *b)
{
	bool sign = op == BPF_ARSH || ((op == BPF_DIV || op == BPF_MOD) && sx);
	struct weir_scalar x, y, r;

	if (op == BPF_MOV && sx) {
		r = weir_scalar_sext(b, sx);
		return is64 ? r : weir_scalar_zext(&r, 32);
	}
	if (is64)
		return alu(op, 64, sx, a, b);
	/* Sound: these operations read of each operand its low half, in the
	 * extension chosen here, and of the result the low half is kept. The
	 * signed ones agree with 32-bit arithmetic on sign-extended operands.
	 */
	x = sign ? weir_scalar_sext(a, 32) : weir_scalar_zext(a, 32);
	y = sign && op != BPF_ARSH ? weir_scalar_sext(b, 32)
				   : weir_scalar_zext(b, 32);
	r = alu(op, 32, sx, &x, &y);
	return weir_scalar_zext(&r, 32);
}
