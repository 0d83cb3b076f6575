/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The order in which blocks are looked at, and the regions of it: blocks that
 * share a cycle.
 *
 * Invariant: a region's blocks stand one after the other, and an edge from one
 * region, or a block in none, to another goes forward. Within a region the
 * order is reverse postorder.
 */
#ifndef WEIR_VERIFIER_ORDER_H
#define WEIR_VERIFIER_ORDER_H

struct weir_cfg;
struct weir_prog;
struct weir_rejection;

/**
 * weir_order_blocks() - fill in order, regions and heads
 * @cfg:	its blocks are linked, its functions have their entries
 *
 * Rejects blocks that their function's entry does not reach. Return: 0, the
 * errno of a rejection, or -ENOMEM. Linear in the number of blocks.
 */
int weir_order_blocks(const struct weir_prog *prog, struct weir_cfg *cfg,
		      struct weir_rejection *rej);

#endif
