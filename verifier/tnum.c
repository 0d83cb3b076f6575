// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Known bits. Each function's claim is the same: the result holds op(x, y) for
 * every x in a and y in b. selftests/unit/test_domain.c tries them all.
 */
#include <linux/bitops.h>
#include <linux/types.h>
#include "verifier/tnum.h"

static struct weir_tnum tnum(u64 value, u64 mask)
{
	return (struct weir_tnum){ value & ~mask, mask };
}

struct weir_tnum weir_tnum_join(struct weir_tnum a, struct weir_tnum b)
{
	return tnum(a.value, (a.value ^ b.value) | a.mask | b.mask);
}

bool weir_tnum_subset(struct weir_tnum a, struct weir_tnum b)
{
	return !(b.mask & ~a.mask) && (b.value & ~a.mask) == a.value;
}

struct weir_tnum weir_tnum_add(struct weir_tnum a, struct weir_tnum b)
{
	u64 least = a.value + b.value;
	u64 most = least + a.mask + b.mask;

	/* Sound: a bit can vary only if an addend's bit is unknown or a carry
	 * into it is; carries differ most between the least and the most sum.
	 */
	return tnum(least, (least ^ most) | a.mask | b.mask);
}

struct weir_tnum weir_tnum_sub(struct weir_tnum a, struct weir_tnum b)
{
	u64 diff = a.value - b.value;

	/* Sound: as for add, with borrows. */
	return tnum(diff,
		    ((diff + a.mask) ^ (diff - b.mask)) | a.mask | b.mask);
}

struct weir_tnum weir_tnum_and(struct weir_tnum a, struct weir_tnum b)
{
	u64 one = a.value & b.value;

	return tnum(one, (a.value | a.mask) & (b.value | b.mask) & ~one);
}

struct weir_tnum weir_tnum_or(struct weir_tnum a, struct weir_tnum b)
{
	u64 one = a.value | b.value;

	return tnum(one, (a.mask | b.mask) & ~one);
}

struct weir_tnum weir_tnum_xor(struct weir_tnum a, struct weir_tnum b)
{
	return tnum(a.value ^ b.value, a.mask | b.mask);
}

struct weir_tnum weir_tnum_lsh(struct weir_tnum a, u32 by)
{
	return tnum(a.value << by, a.mask << by);
}

struct weir_tnum weir_tnum_rsh(struct weir_tnum a, u32 by)
{
	return tnum(a.value >> by, a.mask >> by);
}

struct weir_tnum weir_tnum_arsh(struct weir_tnum a, u32 by)
{
	return tnum((u64)((s64)a.value >> by), (u64)((s64)a.mask >> by));
}

struct weir_tnum weir_tnum_mul(struct weir_tnum a, struct weir_tnum b)
{
	struct weir_tnum sum = weir_tnum_const(0);
	u64 value = a.value * b.value;

	/* Sound: schoolbook. The known parts multiply exactly; each unknown
	 * bit of a adds 0 or one of b's numbers (all of whose set and unknown
	 * bits become unknown), each known one adds b's unknown bits.
	 */
	while (a.value || a.mask) {
		if (a.value & 1)
			sum = weir_tnum_add(sum, tnum(0, b.mask));
		else if (a.mask & 1)
			sum = weir_tnum_add(sum, tnum(0, b.value | b.mask));
		a = weir_tnum_rsh(a, 1);
		b = weir_tnum_lsh(b, 1);
	}
	return weir_tnum_add(weir_tnum_const(value), sum);
}

struct weir_tnum weir_tnum_trunc(struct weir_tnum a, u32 bits)
{
	u64 keep = bits < 64 ? (1ULL << bits) - 1 : ~0ULL;

	return tnum(a.value & keep, a.mask & keep);
}

u64 weir_bswap(u64 x, u32 bits)
{
	u64 out = 0;
	u32 i;

	for (i = 0; i < bits; i += 8)
		out |= ((x >> i) & 0xff) << (bits - 8 - i);
	return out;
}

struct weir_tnum weir_tnum_bswap(struct weir_tnum a, u32 bits)
{
	return tnum(weir_bswap(a.value, bits), weir_bswap(a.mask, bits));
}
