/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Code memory: images at an address. The host has one arena; code takes chunks
 * of 64 bytes of it. Free space is filled with traps. A publication is a
 * transaction: reserve, write through the second mapping, commit; or abort,
 * which leaves traps.
 */
#ifndef WEIR_JIT_CODEMEM_H
#define WEIR_JIT_CODEMEM_H

#include <linux/types.h>
#include "jit/image.h"

struct weir_run;

/**
 * struct weir_code - published code
 * @rx:		where it is executed (entry point)
 * @off:	its byte offset in the arena
 * @bytes:	length, rounded up to whole chunks
 * @image:	what was published; owned
 */
struct weir_code {
	u8 *rx;
	u32 off;
	u32 bytes;
	struct weir_image *image;
};

/** Emitted code as a C function: the verdict of one run. */
typedef u64 (*weir_entry_fn)(struct weir_run *run);

/** A function of the program as a C function: R1 to R4 in, R0 out. */
typedef u64 (*weir_callback_fn)(struct weir_run *run, u64 a1, u64 a2, u64 a3,
				u64 a4);

/**
 * weir_code_callback() - the function at @pc, for helpers that call back
 *
 * It runs as a part of the run that is under way: what it does to the run's
 * fuel and packet stays. If a guard ends the run inside, run->exit says so, and
 * the result has no meaning. Any context.
 * Return: NULL if no instruction of the program loads a function at @pc.
 */
weir_callback_fn weir_code_callback(const struct weir_code *code, u64 pc);

/** weir_code_bytes() - what a publication takes, in whole chunks. */
u32 weir_code_bytes(const struct weir_image *image);

/**
 * weir_code_publish() - give an image an address and make it executable
 * @image:	owned by the result on success, by the caller otherwise
 * @out:	out: free with weir_code_free() after a grace period
 *
 * May sleep. Return: 0, -ENOSPC if the arena is full, -EXDEV if the image is
 * for another architecture, -EOPNOTSUPP if this host cannot execute code,
 * -ERANGE if a jump to other code does not reach, -ENOMEM.
 */
int weir_code_publish(struct weir_image *image, struct weir_code **out);

/**
 * weir_code_set_param() - give live parameter @nr another number
 *
 * One aligned store for each place of the pool that has it, mostly one: code
 * that runs sees the old or the new number there. May sleep.
 * Return: 0, or -ENOMEM; then some places may have the new number already.
 */
int weir_code_set_param(const struct weir_code *code, u32 nr, u64 bits);

/** weir_code_free() - nobody may execute it any more. May sleep. */
void weir_code_free(struct weir_code *code);

/** struct weir_codemem_stats - for people: bytes of the arena */
struct weir_codemem_stats {
	size_t total;
	size_t used;
	size_t largest_free;
};

/** weir_codemem_stats() - what is used now. May sleep. */
void weir_codemem_stats(struct weir_codemem_stats *out);

/** weir_codemem_exit() - give back what the first publication set up. */
void weir_codemem_exit(void);

#endif
