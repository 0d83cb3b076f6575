// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What helpers do: those that programs call, and those that back ends do. */
#include <linux/kernel.h>
#include <linux/math64.h>
#include "base/host.h"
#include "runtime/helpers.h"

const weir_helper_fn weir_helper_funcs[WEIR_NR_HELPERS] = {
#define _(id, name, ret, a1, a2, a3, a4, a5, kinds, does) \
	[WEIR_HELPER_ROW_##name] = weir_helper_##name,
#include "base/helper.def"
#undef _
};

/* Draws a helper's head; the body follows. */
#define HELPER(name)                                                       \
	u64 weir_helper_##name(struct weir_run *run __maybe_unused,        \
			       u64 a __maybe_unused, u64 b __maybe_unused, \
			       u64 c __maybe_unused, u64 d __maybe_unused, \
			       u64 e __maybe_unused)

HELPER(ktime_get_ns)
{
	return weir_host_now_ns();
}

/* The coarse clock may lag behind; the fine one is a better answer. */
HELPER(ktime_get_coarse_ns)
{
	return weir_host_now_ns();
}

HELPER(get_prandom_u32)
{
	return weir_host_random();
}

HELPER(get_smp_processor_id)
{
	return weir_host_cpu();
}

HELPER(div64)
{
	return b ? div64_u64(a, b) : 0;
}

HELPER(mod64)
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
HELPER(sdiv64)
{
	u64 q;

	if (!b)
		return 0;
	q = div64_u64(magnitude(a), magnitude(b));
	return (s64)(a ^ b) < 0 ? -q : q;
}

/* The remainder has the dividend's sign. */
HELPER(smod64)
{
	u64 rem;

	if (!b)
		return a;
	div64_u64_rem(magnitude(a), magnitude(b), &rem);
	return (s64)a < 0 ? -rem : rem;
}

HELPER(div32)
{
	return (u32)b ? (u32)a / (u32)b : 0;
}

HELPER(mod32)
{
	return (u32)b ? (u32)a % (u32)b : (u32)a;
}

HELPER(sdiv32)
{
	return (u32)weir_helper_sdiv64(run, (u64)(s32)a, (u64)(s32)b, 0, 0, 0);
}

HELPER(smod32)
{
	return (u32)weir_helper_smod64(run, (u64)(s32)a, (u64)(s32)b, 0, 0, 0);
}
