/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Ranges of a 64-bit number, read four ways at once: unsigned and signed, whole
 * and low half. It stands for the numbers that lie in all four intervals.
 *
 *	0            2^63          2^64-1	umin, umax
 *	|-------------|-------------|
 *	0       S64_MAX S64_MIN    -1		smin, smax
 *
 * An interval in one reading is often none in another; that is why there are
 * four, and why weir_range_reduce() lets each learn from the others.
 */
#ifndef WEIR_VERIFIER_RANGE_H
#define WEIR_VERIFIER_RANGE_H

#include <linux/kernel.h>
#include <linux/types.h>

struct weir_range {
	u64 umin, umax;
	s64 smin, smax;
	u32 umin32, umax32;
	s32 smin32, smax32;
};

/** weir_range_unknown() - every number */
static inline struct weir_range weir_range_unknown(void)
{
	return (struct weir_range){
		.umin = 0,
		.umax = U64_MAX,
		.smin = S64_MIN,
		.smax = S64_MAX,
		.umin32 = 0,
		.umax32 = U32_MAX,
		.smin32 = S32_MIN,
		.smax32 = S32_MAX,
	};
}

static inline struct weir_range weir_range_const(u64 x)
{
	return (struct weir_range){
		.umin = x,
		.umax = x,
		.smin = (s64)x,
		.smax = (s64)x,
		.umin32 = (u32)x,
		.umax32 = (u32)x,
		.smin32 = (s32)x,
		.smax32 = (s32)x,
	};
}

static inline bool weir_range_contains(const struct weir_range *r, u64 x)
{
	return x >= r->umin && x <= r->umax && (s64)x >= r->smin &&
	       (s64)x <= r->smax && (u32)x >= r->umin32 &&
	       (u32)x <= r->umax32 && (s32)x >= r->smin32 &&
	       (s32)x <= r->smax32;
}

static inline bool weir_range_equal(const struct weir_range *a,
				    const struct weir_range *b)
{
	return a->umin == b->umin && a->umax == b->umax && a->smin == b->smin &&
	       a->smax == b->smax && a->umin32 == b->umin32 &&
	       a->umax32 == b->umax32 && a->smin32 == b->smin32 &&
	       a->smax32 == b->smax32;
}

/** weir_range_subset() - does every interval of @a enclose that of @b? */
bool weir_range_subset(const struct weir_range *a, const struct weir_range *b);

/* Intersections with one interval, in one reading. They may leave min > max:
 * weir_range_reduce() finds out.
 */

static inline void weir_range_meet_u64(struct weir_range *r, u64 min, u64 max)
{
	if (r->umin < min)
		r->umin = min;
	if (r->umax > max)
		r->umax = max;
}

static inline void weir_range_meet_s64(struct weir_range *r, s64 min, s64 max)
{
	if (r->smin < min)
		r->smin = min;
	if (r->smax > max)
		r->smax = max;
}

static inline void weir_range_meet_u32(struct weir_range *r, u32 min, u32 max)
{
	if (r->umin32 < min)
		r->umin32 = min;
	if (r->umax32 > max)
		r->umax32 = max;
}

static inline void weir_range_meet_s32(struct weir_range *r, s32 min, s32 max)
{
	if (r->smin32 < min)
		r->smin32 = min;
	if (r->smax32 > max)
		r->smax32 = max;
}

static inline void weir_range_meet(struct weir_range *r,
				   const struct weir_range *b)
{
	weir_range_meet_u64(r, b->umin, b->umax);
	weir_range_meet_s64(r, b->smin, b->smax);
	weir_range_meet_u32(r, b->umin32, b->umax32);
	weir_range_meet_s32(r, b->smin32, b->smax32);
}

/** weir_range_reduce() - one round of learning between the four readings.
 * Return: false if no number is left.
 */
bool weir_range_reduce(struct weir_range *r);

/** weir_range_join() - least intervals that enclose both. */
struct weir_range weir_range_join(const struct weir_range *a,
				  const struct weir_range *b);

/* The machine's operations. Results want reducing. Shift counts are bounds of
 * the masked count.
 */
struct weir_range weir_range_add(const struct weir_range *a,
				 const struct weir_range *b);
struct weir_range weir_range_sub(const struct weir_range *a,
				 const struct weir_range *b);
struct weir_range weir_range_mul(const struct weir_range *a,
				 const struct weir_range *b);
struct weir_range weir_range_div(const struct weir_range *a,
				 const struct weir_range *b);
struct weir_range weir_range_mod(const struct weir_range *a,
				 const struct weir_range *b);
struct weir_range weir_range_sdiv(const struct weir_range *a,
				  const struct weir_range *b);
struct weir_range weir_range_smod(const struct weir_range *a,
				  const struct weir_range *b);
struct weir_range weir_range_lsh(const struct weir_range *a, u32 min, u32 max);
struct weir_range weir_range_rsh(const struct weir_range *a, u32 min, u32 max);
struct weir_range weir_range_arsh(const struct weir_range *a, u32 min, u32 max);

#endif
