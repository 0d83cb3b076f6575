// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Division as BPF means it, for back ends whose CPUs have none: by zero it gives
 * 0, and the remainder by zero is the dividend.
 */
#include <linux/math64.h>
#include "runtime/helpers.h"

WEIR_HELPER(div64)
{
	return b ? div64_u64(a, b) : 0;
}

WEIR_HELPER(mod64)
{
	u64 rem;

	if (!b)
		return a;
	div64_u64_rem(a, b, &rem);
	return rem;
}

static u64 magnitude(u64 x)
{
	return (s64)x < 0 ? -x : x;
}

/*
 * Signed division truncates, as C's does. On magnitudes, because
 * S64_MIN / -1 must wrap and not trap: its magnitude is 2^63, negated twice.
 */
WEIR_HELPER(sdiv64)
{
	u64 q;

	if (!b)
		return 0;
	q = div64_u64(magnitude(a), magnitude(b));
	return (s64)(a ^ b) < 0 ? -q : q;
}

/* The remainder has the dividend's sign. */
WEIR_HELPER(smod64)
{
	u64 rem;

	if (!b)
		return a;
	div64_u64_rem(magnitude(a), magnitude(b), &rem);
	return (s64)a < 0 ? -rem : rem;
}

WEIR_HELPER(div32)
{
	return (u32)b ? (u32)a / (u32)b : 0;
}

WEIR_HELPER(mod32)
{
	return (u32)b ? (u32)a % (u32)b : (u32)a;
}

WEIR_HELPER(sdiv32)
{
	return (u32)weir_helper_sdiv64(run, (u64)(s32)a, (u64)(s32)b, 0, 0, 0);
}

WEIR_HELPER(smod32)
{
	return (u32)weir_helper_smod64(run, (u64)(s32)a, (u64)(s32)b, 0, 0, 0);
}
