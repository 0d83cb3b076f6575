/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Exact instruction counts under qemu's user emulation: the program marks where
 * to start and to stop, and tools/bench/count_plugin.c counts in between.
 */
#ifndef WEIR_BENCH_COUNTER_H
#define WEIR_BENCH_COUNTER_H

#include <stdbool.h>
#include <stdint.h>

/* A number that Linux does not use, and its first argument. */
#define COUNTER_SYSCALL 9999
#define COUNTER_START 1
#define COUNTER_STOP 2

#define COUNTER_MAX_TRACE (1u << 20)

/**
 * struct counter_file - start of the file that the plugin writes
 * @marks:	how often it was written
 * @all_insns:	instructions between the marks
 * @code_insns:	those of generated code; the first COUNTER_MAX_TRACE of their
 *		addresses follow, 8 bytes each
 */
struct counter_file {
	uint64_t marks;
	uint64_t all_insns;
	uint64_t code_insns;
};

/** counter_open() - the plugin's file. Return: 0 or -errno. */
int counter_open(const char *path);

/** counter_is_open() - is there one? */
bool counter_is_open(void);

/** counter_start() - count from here. */
void counter_start(void);

/** counter_stop() - to here. Return: 0, or -errno if nobody counts. */
int counter_stop(struct counter_file *out);

/**
 * counter_trace() - addresses that ran between the last two marks
 * Return: how many were written to @out, which has room for @max.
 */
uint32_t counter_trace(uint64_t *out, uint32_t max);

#endif
