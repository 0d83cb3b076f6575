/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A scalar: known bits and ranges of one 64-bit number, kept consistent by one
 * function, weir_scalar_reduce(). It stands for the numbers that satisfy both.
 * Invariant outside this file: reduced and not empty.
 */
#ifndef WEIR_VERIFIER_SCALAR_H
#define WEIR_VERIFIER_SCALAR_H

#include <linux/types.h>
#include "verifier/range.h"
#include "verifier/tnum.h"

struct weir_scalar {
	struct weir_tnum bits;
	struct weir_range range;
};

/** weir_scalar_unknown() - every number */
static inline struct weir_scalar weir_scalar_unknown(void)
{
	return (struct weir_scalar){ weir_tnum_unknown(),
				     weir_range_unknown() };
}
static inline struct weir_scalar weir_scalar_const(u64 x)
{
	return (struct weir_scalar){ weir_tnum_const(x), weir_range_const(x) };
}

/** weir_scalar_u64() - anything in [min, max], unsigned. */
struct weir_scalar weir_scalar_u64(u64 min, u64 max);
/** weir_scalar_s64() - anything in [min, max], signed. */
struct weir_scalar weir_scalar_s64(s64 min, s64 max);
/** weir_scalar_bytes() - a zero-extended load of @size bytes. */
struct weir_scalar weir_scalar_bytes(u32 size);

static inline bool weir_scalar_is_const(const struct weir_scalar *a)
{
	return weir_tnum_is_const(a->bits);
}

/** weir_scalar_contains() - may it be @x? */
bool weir_scalar_contains(const struct weir_scalar *a, u64 x);

static inline bool weir_scalar_equal(const struct weir_scalar *a,
				     const struct weir_scalar *b)
{
	return weir_tnum_equal(a->bits, b->bits) &&
	       weir_range_equal(&a->range, &b->range);
}

/** weir_scalar_subset() - does @a visibly hold all that @b holds? */
bool weir_scalar_subset(const struct weir_scalar *a,
			const struct weir_scalar *b);

/**
 * weir_scalar_reduce() - let bits and ranges learn from each other
 *
 * Until nothing changes, or a fixed number of rounds.
 * Return: false if no number is left.
 */
bool weir_scalar_reduce(struct weir_scalar *a);

/** weir_scalar_meet() - what both hold. Return: false if that is nothing. */
bool weir_scalar_meet(struct weir_scalar *a, const struct weir_scalar *b);

/** weir_scalar_join() - holds both */
struct weir_scalar weir_scalar_join(const struct weir_scalar *a,
				    const struct weir_scalar *b);

/**
 * weir_scalar_widen() - a join that cannot go on growing for long
 * @old:	what was there
 * @new:	what comes in
 * @steps:	constants of the program in rising order (as s64)
 * @nr_steps:	how many; an end that grew goes to the next, or to its extreme
 *
 * Return: holds both.
 */
struct weir_scalar weir_scalar_widen(const struct weir_scalar *old,
				     const struct weir_scalar *new,
				     const s64 *steps, u32 nr_steps);

/**
 * weir_scalar_alu() - one ALU operation of eBPF
 * @op:		BPF_ADD ... BPF_MOV, BPF_ARSH, BPF_NEG (no BPF_END)
 * @is64:	64 bits wide; else 32, and the result's upper half is zero
 * @sx:		signed division and modulo; for BPF_MOV the source's bits
 * @a:		destination
 * @b:		source
 */
struct weir_scalar weir_scalar_alu(u8 op, bool is64, u32 sx,
				   const struct weir_scalar *a,
				   const struct weir_scalar *b);

/** weir_scalar_bswap() - byte order reversed in @bits, zero-extended. */
struct weir_scalar weir_scalar_bswap(const struct weir_scalar *a, u32 bits);

/** weir_scalar_zext() - the low @bits (8, 16, 32), zero-extended. */
struct weir_scalar weir_scalar_zext(const struct weir_scalar *a, u32 bits);

/** weir_scalar_sext() - the low @bits (8, 16, 32), sign-extended. */
struct weir_scalar weir_scalar_sext(const struct weir_scalar *a, u32 bits);

/**
 * weir_scalar_assume() - a comparison came out one way
 * @op:		BPF_JEQ ... BPF_JSLE, BPF_JSET
 * @is64:	64 bits wide, else on the low halves
 * @taken:	it held, or it did not
 * @a:		left side, refined in place
 * @b:		right side, refined in place
 *
 * Return: false if it cannot have come out that way.
 */
bool weir_scalar_assume(u8 op, bool is64, bool taken, struct weir_scalar *a,
			struct weir_scalar *b);

#endif
