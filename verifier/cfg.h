/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The control flow graph: basic blocks, functions, and an order of blocks in
 * which every edge but those that close a loop goes forward.
 *
 * Invariant: every instruction is in exactly one block, every block is reached
 * from its function's entry, every function from the program's entry, and no
 * function calls itself.
 */
#ifndef WEIR_VERIFIER_CFG_H
#define WEIR_VERIFIER_CFG_H

#include <linux/types.h>
#include "base/insn.h"

struct weir_prog;
struct weir_rejection;

#define WEIR_NO_BLOCK 0xffffffffu

/**
 * struct weir_block - instructions that run one after the other
 * @start:	first slot
 * @last:	slot of the last instruction
 * @fall:	block after the last instruction, or WEIR_NO_BLOCK
 * @taken:	block its jump leads to, or WEIR_NO_BLOCK
 * @order:	position in the order, see verifier/order.h
 * @region:	blocks with the same number (not 0) share a cycle; blocks in
 *		region 0 are in none
 * @func:	function it belongs to
 * @nr_in:	edges that lead to it; the entry of a function has one more
 * @is_head:	an edge comes in from this or a later position
 */
struct weir_block {
	u32 start;
	u32 last;
	u32 fall;
	u32 taken;
	u32 order;
	u32 region;
	u32 func;
	u32 nr_in;
	bool is_head;
};

/**
 * struct weir_func - the program, or a subprogram
 * @entry:	its first block
 * @first:	first position of its blocks in the order
 * @nr:		how many
 * @is_callback: helpers may call it
 * @does:	WEIR_HELPER_* of all that it, or what it calls, may call
 */
struct weir_func {
	u32 entry;
	u32 first;
	u32 nr;
	bool is_callback;
	u8 does;
};

/**
 * struct weir_cfg - see above
 * @nr_blocks:	entries at @block, by rising pc
 * @order:	blocks, function by function, see verifier/order.h
 * @nr_funcs:	entries at @func; the first is the program itself
 * @calls_order: functions such that callers come before those they call
 * @steps:	instructions a run may execute between two burns of fuel
 * @calls_burn:	calls of subprograms burn fuel, see verifier/steps.h
 * @is_free:	no run can use its fuel up, though helpers call back
 * @block_of:	per slot that starts a block: that block
 */
struct weir_cfg {
	u32 nr_blocks;
	struct weir_block *block;
	u32 *order;
	u32 nr_funcs;
	struct weir_func *func;
	u32 *calls_order;
	u32 steps;
	bool calls_burn;
	bool is_free;
	u32 *block_of;
};

/**
 * weir_cfg_create() - find blocks, functions and their order
 *
 * Rejects unreachable instructions, jumps between functions, and recursion.
 * Return: 0, the errno of a rejection, or -ENOMEM.
 */
int weir_cfg_create(const struct weir_prog *prog, struct weir_rejection *rej,
		    struct weir_cfg **out);
void weir_cfg_free(struct weir_cfg *cfg);

/** weir_cfg_burns_fuel() - would the jump at the end of @b do to count rounds
 * of a loop, on its taken edge? Every cycle passes such an edge.
 */
bool weir_cfg_burns_fuel(const struct weir_cfg *cfg,
			 const struct weir_block *b);

/**
 * weir_cfg_runs_on() - is an edge the one way into @to, from the block before?
 * @b:		block that the edge leaves
 * @to:		where it leads, may be WEIR_NO_BLOCK
 *
 * Before in the order, and in the same region; so @to may as well be seen as
 * the rest of @b.
 */
static inline bool weir_cfg_runs_on(const struct weir_cfg *cfg,
				    const struct weir_block *b, u32 to)
{
	const struct weir_block *t;

	if (to == WEIR_NO_BLOCK)
		return false;
	t = &cfg->block[to];
	return t->nr_in == 1 && t->order == b->order + 1 &&
	       t->region == b->region;
}

/** weir_cfg_region_end() - the position after the region that @pos is in; after
 * @pos itself, if it is in none
 */
u32 weir_cfg_region_end(const struct weir_cfg *cfg, u32 pos);

/** weir_cfg_func_at() - function that starts at @pc */
static inline u32 weir_cfg_func_at(const struct weir_cfg *cfg, u32 pc)
{
	return cfg->block[cfg->block_of[pc]].func;
}

/** weir_cfg_refers() - does the instruction call a function of the program, or
 * name it for a helper to call?
 */
static inline bool weir_cfg_refers(const struct bpf_insn *insn)
{
	return weir_insn_is_subprog_call(insn) || weir_insn_is_func(insn);
}

/** weir_cfg_callee() - function that the instruction at @pc refers to */
u32 weir_cfg_callee(const struct weir_cfg *cfg, const struct weir_prog *prog,
		    u32 pc);

#endif
