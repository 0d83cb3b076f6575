/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Liveness: which registers, and which upper halves, some later instruction may
 * read. Depends on the instructions alone, not on states.
 */
#ifndef WEIR_VERIFIER_LIVENESS_H
#define WEIR_VERIFIER_LIVENESS_H

#include <linux/types.h>

struct weir_cfg;
struct weir_prog;

/**
 * struct weir_live - registers at one point, a bit each
 * @any:	those that may be read
 * @hi:		of those, whose upper half may be
 */
struct weir_live {
	u16 any;
	u16 hi;
};

/**
 * weir_liveness_create() - live registers at the entry of each block
 * Return: an array by block, free with weir_host_free(); or NULL. After the
 * blocks comes one entry for each function: R0, if some caller reads it.
 */
struct weir_live *weir_liveness_create(const struct weir_prog *prog,
				       const struct weir_cfg *cfg);

/**
 * weir_liveness_out() - live registers at the end of block @b
 */
struct weir_live weir_liveness_out(const struct weir_cfg *cfg,
				   const struct weir_live *in, u32 b);

/**
 * weir_liveness_step() - from after the instruction at @pc to before it
 * @in:		of blocks
 * @l:		moved backwards
 */
void weir_liveness_step(const struct weir_prog *prog,
			const struct weir_cfg *cfg, const struct weir_live *in,
			u32 pc, struct weir_live *l);

#endif
