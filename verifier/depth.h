/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Depth: how many frames, and how much stack, nested calls may need.
 */
#ifndef WEIR_VERIFIER_DEPTH_H
#define WEIR_VERIFIER_DEPTH_H

#include <linux/types.h>

struct weir_cfg;
struct weir_prog;
struct weir_rejection;

/**
 * weir_depth_check() - at most 8 frames and 512 bytes
 * @stack:	per function: bytes of its own frame
 * @bytes:	out: of the deepest chain of calls from the first function
 *
 * Counted as Linux does: each frame is rounded up to 32 bytes, and is at least
 * that where there are calls. Return: 0, the errno of a rejection, or -ENOMEM.
 */
int weir_depth_check(const struct weir_prog *prog, const struct weir_cfg *cfg,
		     const u32 *stack, u32 *bytes, struct weir_rejection *rej);

#endif
