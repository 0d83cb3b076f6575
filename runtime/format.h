/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Text from a format and 64-bit arguments, as Linux's bpf_trace_printk() and
 * bpf_snprintf() have it: %d %i %u %x %X, each also with l or ll, %c, %%, and
 * the flags 0, -, +, space, and a width. What would read memory by an address
 * (%s, %p...) is refused: no address comes from a program.
 */
#ifndef WEIR_RUNTIME_FORMAT_H
#define WEIR_RUNTIME_FORMAT_H

#include <linux/types.h>

#define WEIR_FORMAT_LINE 256 /* room for a line; what is longer is cut */

/**
 * weir_format() - format arguments
 * @buf:	room for the text; 0-terminated if @size is over 0
 * @size:	bytes there
 * @fmt:	format; a 0 must stand among its @fmt_size bytes
 * @args:	arguments, @nr_args of them
 *
 * Any context. Return: characters that the whole text has, without the end, or
 * -EINVAL: characters that are not ASCII, an unknown conversion, or more of them
 * than arguments; then nothing was written but an empty text.
 */
int weir_format(char *buf, u32 size, const char *fmt, u32 fmt_size,
		const u64 *args, u32 nr_args);

#endif
