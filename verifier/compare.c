// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What a comparison of two numbers says about each, when it held and when it
 * did not. Sound, all of it: the numbers for which the comparison comes out as
 * said are kept.
 */
#include <linux/kernel.h>
#include <linux/types.h>
#include "base/insn.h"
#include "verifier/scalar.h"

static bool reduce_both(struct weir_scalar *a, struct weir_scalar *b)
{
	return weir_scalar_reduce(a) && weir_scalar_reduce(b);
}

/* a == b */
static bool assume_eq(struct weir_scalar *a, struct weir_scalar *b)
{
	if (!weir_scalar_meet(a, b))
		return false;
	*b = *a;
	return true;
}

/* a != b, where b is one number: an end of a that is b moves in by one. */
static bool assume_not_const(struct weir_scalar *a, u64 b)
{
	struct weir_range *r = &a->range;

	if (weir_scalar_is_const(a))
		return a->bits.value != b;
	r->umin += r->umin == b;
	r->umax -= r->umax == b;
	/* an empty one may wrap, and stands for nothing anyway */
	r->smin = (s64)((u64)r->smin + (r->smin == (s64)b));
	r->smax = (s64)((u64)r->smax - (r->smax == (s64)b));
	return weir_scalar_reduce(a);
}

static bool assume_ne(struct weir_scalar *a, struct weir_scalar *b)
{
	if (weir_scalar_is_const(b))
		return assume_not_const(a, b->bits.value);
	if (weir_scalar_is_const(a))
		return assume_not_const(b, a->bits.value);
	return true;
}

/* a < b, or a <= b, unsigned */
static bool assume_ult(bool strict, struct weir_scalar *a,
		       struct weir_scalar *b)
{
	if (strict && (b->range.umax == 0 || a->range.umin == U64_MAX))
		return false;
	weir_range_meet_u64(&a->range, 0, b->range.umax - strict);
	weir_range_meet_u64(&b->range, a->range.umin + strict, U64_MAX);
	return reduce_both(a, b);
}

/* the same, signed */
static bool assume_slt(bool strict, struct weir_scalar *a,
		       struct weir_scalar *b)
{
	if (strict && (b->range.smax == S64_MIN || a->range.smin == S64_MAX))
		return false;
	weir_range_meet_s64(&a->range, S64_MIN, b->range.smax - strict);
	weir_range_meet_s64(&b->range, a->range.smin + strict, S64_MAX);
	return reduce_both(a, b);
}

/* (a & b) != 0, where b is one number */
static bool assume_set(bool taken, struct weir_scalar *a, u64 b)
{
	if (!taken) /* Sound: every bit of b is clear in a. */
		return weir_tnum_meet(&a->bits, (struct weir_tnum){ 0, ~b }) &&
		       weir_scalar_reduce(a);
	if (!((a->bits.value | a->bits.mask) & b))
		return false;
	if (!(b & (b - 1))) /* Sound: it must be that one bit. */
		return weir_tnum_meet(&a->bits, (struct weir_tnum){ b, ~b }) &&
		       weir_scalar_reduce(a);
	return true;
}

static bool assume_jset(bool taken, struct weir_scalar *a,
			struct weir_scalar *b)
{
	if (weir_scalar_is_const(b))
		return assume_set(taken, a, b->bits.value);
	if (weir_scalar_is_const(a))
		return assume_set(taken, b, a->bits.value);
	if (!taken)
		return !(a->bits.value & b->bits.value);
	return true;
}

static bool assume64(u8 op, bool taken, struct weir_scalar *a,
		     struct weir_scalar *b)
{
	switch (op) {
	case BPF_JEQ:
		return taken ? assume_eq(a, b) : assume_ne(a, b);
	case BPF_JNE:
		return taken ? assume_ne(a, b) : assume_eq(a, b);
	case BPF_JLT:
		return taken ? assume_ult(true, a, b) : assume_ult(false, b, a);
	case BPF_JLE:
		return taken ? assume_ult(false, a, b) : assume_ult(true, b, a);
	case BPF_JGT:
		return taken ? assume_ult(true, b, a) : assume_ult(false, a, b);
	case BPF_JGE:
		return taken ? assume_ult(false, b, a) : assume_ult(true, a, b);
	case BPF_JSLT:
		return taken ? assume_slt(true, a, b) : assume_slt(false, b, a);
	case BPF_JSLE:
		return taken ? assume_slt(false, a, b) : assume_slt(true, b, a);
	case BPF_JSGT:
		return taken ? assume_slt(true, b, a) : assume_slt(false, a, b);
	case BPF_JSGE:
		return taken ? assume_slt(false, b, a) : assume_slt(true, a, b);
	case BPF_JSET:
		return assume_jset(taken, a, b);
	default:
		return true;
	}
}

/* What was learnt of a low half, extended in @half, holds of @a's low half. */
static bool learn_low(struct weir_scalar *a, const struct weir_scalar *half)
{
	struct weir_tnum low = half->bits;

	low.mask |= 0xffffffffULL << 32;
	low.value &= U32_MAX;
	weir_range_meet_u32(&a->range, half->range.umin32, half->range.umax32);
	weir_range_meet_s32(&a->range, half->range.smin32, half->range.smax32);
	return weir_tnum_meet(&a->bits, low) && weir_scalar_reduce(a);
}

bool weir_scalar_assume(u8 op, bool is64, bool taken, struct weir_scalar *a,
			struct weir_scalar *b)
{
	bool sign = op == BPF_JSGT || op == BPF_JSGE || op == BPF_JSLT ||
		    op == BPF_JSLE;
	struct weir_scalar x, y;

	if (is64)
		return assume64(op, taken, a, b);
	/* Sound: comparing 32-bit numbers is comparing their extensions. */
	x = sign ? weir_scalar_sext(a, 32) : weir_scalar_zext(a, 32);
	y = sign ? weir_scalar_sext(b, 32) : weir_scalar_zext(b, 32);
	return assume64(op, taken, &x, &y) && learn_low(a, &x) &&
	       learn_low(b, &y);
}
