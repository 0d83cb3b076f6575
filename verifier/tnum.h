/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Tristate numbers: known bits. A tnum stands for the set of all x for which
 * (x & ~mask) == value: a bit set in @mask is unknown, the others are as in
 * @value. Invariant: (value & mask) == 0. The set is never empty.
 */
#ifndef WEIR_VERIFIER_TNUM_H
#define WEIR_VERIFIER_TNUM_H

#include <linux/bitops.h>
#include <linux/types.h>

struct weir_tnum {
	u64 value;
	u64 mask;
};

static inline struct weir_tnum weir_tnum_const(u64 x)
{
	return (struct weir_tnum){ x, 0 };
}

static inline struct weir_tnum weir_tnum_unknown(void)
{
	return (struct weir_tnum){ 0, ~0ULL };
}

static inline bool weir_tnum_is_const(struct weir_tnum a)
{
	return !a.mask;
}

static inline bool weir_tnum_equal(struct weir_tnum a, struct weir_tnum b)
{
	return a.value == b.value && a.mask == b.mask;
}

static inline bool weir_tnum_contains(struct weir_tnum a, u64 x)
{
	return (x & ~a.mask) == a.value;
}

/** weir_tnum_range() - least tnum that holds all of [min, max]. */
static inline struct weir_tnum weir_tnum_range(u64 min, u64 max)
{
	int bits = fls64(min ^ max);
	u64 delta;

	/* Sound: above the highest bit in which the ends differ, every number
	 * between them agrees with both.
	 */
	if (bits > 63)
		return weir_tnum_unknown();
	delta = (1ULL << bits) - 1;
	return (struct weir_tnum){ min & ~delta, delta };
}

/** weir_tnum_join() - least tnum that holds both. */
struct weir_tnum weir_tnum_join(struct weir_tnum a, struct weir_tnum b);

/** weir_tnum_meet() - what both hold. Return: false if that is nothing. */
static inline bool weir_tnum_meet(struct weir_tnum *a, struct weir_tnum b)
{
	if ((a->value ^ b.value) & ~a->mask & ~b.mask)
		return false;
	a->mask &= b.mask;
	a->value = (a->value | b.value) & ~a->mask;
	return true;
}

/** weir_tnum_subset() - does @a hold all that @b holds? */
bool weir_tnum_subset(struct weir_tnum a, struct weir_tnum b);

/* The machine's 64-bit operations, element by element. */
struct weir_tnum weir_tnum_add(struct weir_tnum a, struct weir_tnum b);
struct weir_tnum weir_tnum_sub(struct weir_tnum a, struct weir_tnum b);
struct weir_tnum weir_tnum_mul(struct weir_tnum a, struct weir_tnum b);
struct weir_tnum weir_tnum_and(struct weir_tnum a, struct weir_tnum b);
struct weir_tnum weir_tnum_or(struct weir_tnum a, struct weir_tnum b);
struct weir_tnum weir_tnum_xor(struct weir_tnum a, struct weir_tnum b);

/* Shifts by a constant below 64. */
struct weir_tnum weir_tnum_lsh(struct weir_tnum a, u32 by);
struct weir_tnum weir_tnum_rsh(struct weir_tnum a, u32 by);
struct weir_tnum weir_tnum_arsh(struct weir_tnum a, u32 by);

/** weir_tnum_trunc() - keep the low @bits (1..64), zero the rest. */
struct weir_tnum weir_tnum_trunc(struct weir_tnum a, u32 bits);

/** weir_tnum_bswap() - reverse the low @bits (16, 32, 64), zero the rest. */
struct weir_tnum weir_tnum_bswap(struct weir_tnum a, u32 bits);

/** weir_bswap() - the same on a number. */
u64 weir_bswap(u64 x, u32 bits);

#endif
