/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * For programs in C that clang compiles for BPF: live parameters. Include it
 * behind <linux/bpf.h> or vmlinux.h, for the types.
 *
 *	WEIR_PARAM(__u32, threshold, 1, 100000, 1000);
 *
 *	if (count > threshold)
 *		return XDP_DROP;
 *
 * `threshold` is then a number from 1 to 100000, at first 1000, which
 * `weir param` changes while the program runs. It is read anew wherever it is
 * written in the source: copy it to a variable if two uses must agree. Other
 * loaders take it for a constant.
 */
#ifndef WEIR_BPF_H
#define WEIR_BPF_H

/* What a parameter may be, in a section of its own; signed numbers extended. */
struct weir_range {
	unsigned long long min;
	unsigned long long max;
	unsigned long long is_signed;
};

/**
 * WEIR_PARAM() - declare a live parameter, outside of functions
 * @type:	integer of 1, 2, 4 or 8 bytes
 * @name:	by which the program and its users know it, up to 31 letters
 * @least:	least number it may have, a constant
 * @most:	greatest
 * @initial:	the one it has at first
 */
#define WEIR_PARAM(type, name, least, most, initial)                           \
	_Static_assert((type)(least) <= (type)(initial) &&                     \
			       (type)(initial) <= (type)(most),                \
		       #name ": " #initial " is not in " #least " to " #most); \
	const struct weir_range weir_range_##name                              \
		__attribute__((section("weir.ranges"), used)) = {              \
			(unsigned long long)(long long)(type)(least),          \
			(unsigned long long)(long long)(type)(most),           \
			(type)-1 < (type)1,                                    \
		};                                                             \
	const volatile type name                                               \
		__attribute__((section(".rodata.params"), used)) = (initial)

#endif
