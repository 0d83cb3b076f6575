/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Kernel words for userspace: 64-bit division, which 32-bit kernels lack. */
#ifndef WEIR_SHIM_MATH64_H
#define WEIR_SHIM_MATH64_H

#include <linux/types.h>

static inline u64 div64_u64(u64 n, u64 d)
{
	return n / d;
}

static inline s64 div64_s64(s64 n, s64 d)
{
	return n / d;
}

static inline u64 div64_u64_rem(u64 n, u64 d, u64 *rem)
{
	*rem = n % d;
	return n / d;
}

static inline u64 div_u64(u64 n, u32 d)
{
	return n / d;
}

#endif
