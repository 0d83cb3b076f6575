/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Native code to compare with: a program of the corpus, compiled for the
 * machine by an ordinary compiler, as a flat file that is put to the address
 * which its header names, and called. tools/bench/native/build makes such files.
 */
#ifndef WEIR_BENCH_NATIVE_H
#define WEIR_BENCH_NATIVE_H

#define NATIVE_MAGIC 0x57424e31ul

/** struct native_map - an array of a program */
struct native_map {
	const char *name;
	void *values;
	unsigned long key_size, value_size, max_entries;
};

/**
 * struct native_header - start of the file
 * @base:	where it must lie
 * @bytes:	of the whole file, zeroes at its end included
 * @code:	machine code, up to @code_end
 * @run:	the program; takes struct xdp_md or struct __sk_buff of
 *		native/include/linux/bpf.h
 * @init:	call it once
 */
struct native_header {
	unsigned long magic;
	void *base;
	unsigned long bytes;
	const char *code, *code_end;
	int (*run)(void *ctx);
	void (*init)(void);
	unsigned long is_xdp;
	struct native_map *maps;
	unsigned long nr_maps;
};

#endif
