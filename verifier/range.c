// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Intervals in four readings. Each operation's claim is the same: the result
 * holds op(x, y) for every x in a and y in b. When an end would wrap, the
 * interval is given up; there is no cleverness about both ends wrapping but
 * where it is free.
 */
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/types.h>
#include "verifier/range.h"

bool weir_range_subset(const struct weir_range *a, const struct weir_range *b)
{
	return a->umin <= b->umin && a->umax >= b->umax && a->smin <= b->smin &&
	       a->smax >= b->smax && a->umin32 <= b->umin32 &&
	       a->umax32 >= b->umax32 && a->smin32 <= b->smin32 &&
	       a->smax32 >= b->smax32;
}

/*
 * The number is congruent, modulo 2^32, to one of lo, lo + 1, ... hi.
 *
 * Sound: if there are at most 2^32 of those, their low halves form an arc of
 * the 32-bit circle from (u32)lo up to (u32)hi. An arc that does not pass from
 * the greatest to the least number of a reading is an interval of that reading.
 */
static void meet_low_arc(struct weir_range *r, u64 lo, u64 hi)
{
	u32 a = (u32)lo, b = (u32)hi;

	if (hi - lo > U32_MAX)
		return;
	if (a <= b)
		weir_range_meet_u32(r, a, b);
	if ((s32)a <= (s32)b)
		weir_range_meet_s32(r, (s32)a, (s32)b);
}

/* Sound: an interval of one sign is the same interval in both readings. */
static void reduce_signs(struct weir_range *r)
{
	if ((s64)r->umin <= (s64)r->umax)
		weir_range_meet_s64(r, (s64)r->umin, (s64)r->umax);
	if ((u64)r->smin <= (u64)r->smax)
		weir_range_meet_u64(r, (u64)r->smin, (u64)r->smax);
	/* The unsigned interval spans both signs, and the signed one cuts away
	 * all of one end.
	 */
	if ((s64)r->umin >= 0 && (s64)r->umax < 0) {
		if ((s64)r->umin > r->smax)
			weir_range_meet_u64(r, (u64)S64_MIN, U64_MAX);
		if ((s64)r->umax < r->smin)
			weir_range_meet_u64(r, 0, S64_MAX);
	}
	if ((s32)r->umin32 <= (s32)r->umax32)
		weir_range_meet_s32(r, (s32)r->umin32, (s32)r->umax32);
	if ((u32)r->smin32 <= (u32)r->smax32)
		weir_range_meet_u32(r, (u32)r->smin32, (u32)r->smax32);
	if ((s32)r->umin32 >= 0 && (s32)r->umax32 < 0) {
		if ((s32)r->umin32 > r->smax32)
			weir_range_meet_u32(r, (u32)S32_MIN, U32_MAX);
		if ((s32)r->umax32 < r->smin32)
			weir_range_meet_u32(r, 0, S32_MAX);
	}
}

/* The least x >= min whose low half is in [lo, hi], or min itself if that
 * would pass the greatest number. Sound: no number is skipped that fits.
 */
static u64 raise(u64 min, u32 lo, u32 hi)
{
	u64 high = min >> 32;

	if ((u32)min < lo)
		return high << 32 | lo;
	if ((u32)min > hi && high < U32_MAX)
		return (high + 1) << 32 | lo;
	return min;
}

/* The greatest x <= max whose low half is in [lo, hi]; mirror of raise(). */
static u64 lower(u64 max, u32 lo, u32 hi)
{
	u64 high = max >> 32;

	if ((u32)max > hi)
		return high << 32 | hi;
	if ((u32)max < lo && high > 0)
		return (high - 1) << 32 | hi;
	return max;
}

#define SIGN (1ULL << 63)

/* Sound: adding 2^63 maps the signed order onto the unsigned one and leaves
 * the low half alone.
 */
static void reduce_halves(struct weir_range *r)
{
	r->umin = raise(r->umin, r->umin32, r->umax32);
	r->umax = lower(r->umax, r->umin32, r->umax32);
	r->smin =
		(s64)(raise((u64)r->smin ^ SIGN, r->umin32, r->umax32) ^ SIGN);
	r->smax =
		(s64)(lower((u64)r->smax ^ SIGN, r->umin32, r->umax32) ^ SIGN);
	meet_low_arc(r, r->umin, r->umax);
	meet_low_arc(r, (u64)r->smin, (u64)r->smax);
}

static bool is_empty(const struct weir_range *r)
{
	return r->umin > r->umax || r->smin > r->smax ||
	       r->umin32 > r->umax32 || r->smin32 > r->smax32;
}

bool weir_range_reduce(struct weir_range *r)
{
	if (is_empty(r))
		return false;
	reduce_signs(r);
	if (is_empty(r))
		return false;
	reduce_halves(r);
	return !is_empty(r);
}

struct weir_range weir_range_join(const struct weir_range *a,
				  const struct weir_range *b)
{
	return (struct weir_range){
		.umin = min(a->umin, b->umin),
		.umax = max(a->umax, b->umax),
		.smin = min(a->smin, b->smin),
		.smax = max(a->smax, b->smax),
		.umin32 = min(a->umin32, b->umin32),
		.umax32 = max(a->umax32, b->umax32),
		.smin32 = min(a->smin32, b->smin32),
		.smax32 = max(a->smax32, b->smax32),
	};
}

struct weir_range weir_range_add(const struct weir_range *a,
				 const struct weir_range *b)
{
	struct weir_range r = weir_range_unknown();
	u64 lo = a->umin + b->umin, hi = a->umax + b->umax;
	s64 slo, shi;

	/* Sound: with no carry, or with a carry at both ends, the sums are an
	 * interval without a wrap inside.
	 */
	if ((lo < a->umin) == (hi < a->umax))
		weir_range_meet_u64(&r, lo, hi);
	if (!__builtin_add_overflow(a->smin, b->smin, &slo) &&
	    !__builtin_add_overflow(a->smax, b->smax, &shi))
		weir_range_meet_s64(&r, slo, shi);
	meet_low_arc(&r, (u64)a->umin32 + b->umin32,
		     (u64)a->umax32 + b->umax32);
	meet_low_arc(&r, (u64)((s64)a->smin32 + b->smin32),
		     (u64)((s64)a->smax32 + b->smax32));
	return r;
}

struct weir_range weir_range_sub(const struct weir_range *a,
				 const struct weir_range *b)
{
	struct weir_range r = weir_range_unknown();
	s64 slo, shi;

	/* Sound: as for add, with borrows. */
	if ((a->umin < b->umax) == (a->umax < b->umin))
		weir_range_meet_u64(&r, a->umin - b->umax, a->umax - b->umin);
	if (!__builtin_sub_overflow(a->smin, b->smax, &slo) &&
	    !__builtin_sub_overflow(a->smax, b->smin, &shi))
		weir_range_meet_s64(&r, slo, shi);
	meet_low_arc(&r, (u64)a->umin32 - b->umax32,
		     (u64)a->umax32 - b->umin32);
	meet_low_arc(&r, (u64)((s64)a->smin32 - b->smax32),
		     (u64)((s64)a->smax32 - b->smin32));
	return r;
}

/*
 * [*lo, *hi] = products of two signed 32-bit intervals: at the corners. Empty
 * intervals have ends that lie anywhere: what comes of them is of no number,
 * but must not overflow.
 */
static void mul_corners(s64 amin, s64 amax, s64 bmin, s64 bmax, s64 *lo,
			s64 *hi)
{
	s64 c[4] = {
		(s64)((u64)amin * (u64)bmin),
		(s64)((u64)amin * (u64)bmax),
		(s64)((u64)amax * (u64)bmin),
		(s64)((u64)amax * (u64)bmax),
	};
	int i;

	*lo = c[0];
	*hi = c[0];
	for (i = 1; i < 4; i++) {
		*lo = min(*lo, c[i]);
		*hi = max(*hi, c[i]);
	}
}

struct weir_range weir_range_mul(const struct weir_range *a,
				 const struct weir_range *b)
{
	struct weir_range r = weir_range_unknown();
	s64 lo, hi;

	/* Sound: factors below 2^32 (signed: in 32 bits) have products that do
	 * not wrap, and products are monotone between the corners.
	 */
	if (a->umax <= U32_MAX && b->umax <= U32_MAX)
		weir_range_meet_u64(&r, a->umin * b->umin, a->umax * b->umax);
	if (a->smin >= S32_MIN && a->smax <= S32_MAX && b->smin >= S32_MIN &&
	    b->smax <= S32_MAX) {
		mul_corners(a->smin, a->smax, b->smin, b->smax, &lo, &hi);
		weir_range_meet_s64(&r, lo, hi);
	}
	meet_low_arc(&r, (u64)a->umin32 * b->umin32,
		     (u64)a->umax32 * b->umax32);
	mul_corners(a->smin32, a->smax32, b->smin32, b->smax32, &lo, &hi);
	meet_low_arc(&r, (u64)lo, (u64)hi);
	return r;
}

struct weir_range weir_range_div(const struct weir_range *a,
				 const struct weir_range *b)
{
	struct weir_range r = weir_range_unknown();

	/* Sound: x / 0 is 0 and x / y <= x. (An empty b may end at 0.) */
	r.umin = b->umin && b->umax ? div64_u64(a->umin, b->umax) : 0;
	r.umax = b->umax == 0  ? 0
		 : b->umin > 1 ? div64_u64(a->umax, b->umin)
			       : a->umax;
	return r;
}

struct weir_range weir_range_mod(const struct weir_range *a,
				 const struct weir_range *b)
{
	struct weir_range r = weir_range_unknown();

	/* Sound: x % 0 is x; x % y is x where x < y, else below y. */
	if (a->umax < b->umin || b->umax == 0)
		return *a;
	r.umin = 0;
	r.umax = a->umax;
	if (b->umin && b->umax - 1 < r.umax)
		r.umax = b->umax - 1;
	return r;
}

struct weir_range weir_range_sdiv(const struct weir_range *a,
				  const struct weir_range *b)
{
	struct weir_range r = weir_range_unknown();
	s64 most;

	if (a->smin >= 0 && b->smin >= 0) {
		/* Sound: as unsigned, on the signed ends. */
		r.smin = b->smin && b->smax > 0 ? div64_s64(a->smin, b->smax)
						: 0;
		r.smax = b->smin > 1 ? div64_s64(a->smax, b->smin) : a->smax;
		return r;
	}
	/* Sound: |x / y| <= |x|, but S64_MIN / -1 is S64_MIN again. */
	if (a->smin == S64_MIN)
		return r;
	most = max(-a->smin, a->smax);
	r.smin = -most;
	r.smax = most;
	return r;
}

struct weir_range weir_range_smod(const struct weir_range *a,
				  const struct weir_range *b)
{
	struct weir_range r = weir_range_unknown();
	s64 below;

	/* Sound: the remainder has the dividend's sign and not more than its
	 * size; x % 0 is x; S64_MIN % -1 is 0.
	 */
	r.smin = a->smin < 0 ? a->smin : 0;
	r.smax = a->smax > 0 ? a->smax : 0;
	if (b->smin > 0 || (b->smax < 0 && b->smin > S64_MIN)) {
		/* an empty b may end at 0, or below */
		below = b->smin > 0 ? max_t(s64, b->smax, 1) : -b->smin;
		weir_range_meet_s64(&r, 1 - below, below - 1);
	}
	return r;
}

struct weir_range weir_range_lsh(const struct weir_range *a, u32 min, u32 max)
{
	struct weir_range r = weir_range_unknown();

	/* Sound: no bit is lost, so shifting multiplies. */
	if ((a->umax << max) >> max == a->umax)
		weir_range_meet_u64(&r, a->umin << min, a->umax << max);
	if (min == max && (s64)((u64)a->smin << max) >> max == a->smin &&
	    (s64)((u64)a->smax << max) >> max == a->smax)
		weir_range_meet_s64(&r, (s64)((u64)a->smin << max),
				    (s64)((u64)a->smax << max));
	return r;
}

struct weir_range weir_range_rsh(const struct weir_range *a, u32 min, u32 max)
{
	struct weir_range r = weir_range_unknown();

	weir_range_meet_u64(&r, a->umin >> max, a->umax >> min);
	return r;
}

struct weir_range weir_range_arsh(const struct weir_range *a, u32 min, u32 max)
{
	struct weir_range r = weir_range_unknown();

	/* Sound: shifting further moves towards 0 or -1. */
	weir_range_meet_s64(&r, a->smin >> (a->smin < 0 ? min : max),
			    a->smax >> (a->smax < 0 ? max : min));
	return r;
}
