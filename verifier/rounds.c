// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* How many rounds: arithmetic alone. */
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/types.h>
#include "verifier/moves.h"
#include "verifier/rounds.h"
#include "verifier/value.h"

struct weir_width weir_width_of(const struct weir_value *v)
{
	const struct weir_range *r = &v->num.range;
	u64 sign = (u64)r->smax - (u64)r->smin;
	u32 sign32 = (u32)r->smax32 - (u32)r->smin32;
	struct weir_width w = { U64_MAX, U32_MAX };

	if (v->kind < WEIR_VALUE_SCALAR || v->or_null)
		return w;
	w.full = min(sign, r->umax - r->umin);
	if (weir_value_is_scalar(v))
		w.low = min(sign32, r->umax32 - r->umin32);
	return w;
}

struct weir_span weir_span_of(const struct weir_value *v)
{
	const struct weir_range *r = &v->num.range;

	return (struct weir_span){ r->smin, r->smax, r->umin32, r->umax32 };
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
u64 weir_rounds_within(struct weir_move m, struct weir_width w)
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
u64 weir_rounds_until(s64 e_min, s64 e_max, s64 k, s64 step, s64 n_min,
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
