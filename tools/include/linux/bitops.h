/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Kernel words for userspace: searching and counting bits. */
#ifndef WEIR_SHIM_BITOPS_H
#define WEIR_SHIM_BITOPS_H

#include <linux/types.h>
#include <linux/bits.h>

/* Position of the highest set bit, 1-based; 0 for 0. */
static inline int fls64(u64 x)
{
	return x ? 64 - __builtin_clzll(x) : 0;
}

static inline int fls(u32 x)
{
	return x ? 32 - __builtin_clz(x) : 0;
}

/* Position of the lowest set bit, 0-based; undefined for 0. */
static inline unsigned long __ffs64(u64 x)
{
	return (unsigned long)__builtin_ctzll(x);
}

static inline unsigned int hweight32(u32 x)
{
	return (unsigned int)__builtin_popcount(x);
}

static inline unsigned long hweight64(u64 x)
{
	return (unsigned long)__builtin_popcountll(x);
}

/* Bit @nr of an array: set at once for all, as it is now. */
static inline void set_bit(unsigned long nr, unsigned long *bits)
{
	__atomic_fetch_or(&bits[nr / (8 * sizeof(long))],
			  1UL << (nr % (8 * sizeof(long))), __ATOMIC_RELAXED);
}

static inline bool test_bit(unsigned long nr, const unsigned long *bits)
{
	return __atomic_load_n(&bits[nr / (8 * sizeof(long))],
			       __ATOMIC_RELAXED) >>
		       (nr % (8 * sizeof(long))) &
	       1;
}

static inline u32 ror32(u32 x, unsigned int by)
{
	return (x >> (by & 31)) | (x << (-by & 31));
}

static inline u32 rol32(u32 x, unsigned int by)
{
	return (x << (by & 31)) | (x >> (-by & 31));
}

#endif
