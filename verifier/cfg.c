// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Blocks and functions. Everything is linear in the program's length, and
 * nothing recurses.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/types.h>
#include "base/helper.h"
#include "base/host.h"
#include "base/insn.h"
#include "base/log.h"
#include "base/prog.h"
#include "verifier/cfg.h"
#include "verifier/order.h"

/* What block_of[] says before blocks are numbered. */
enum {
	PLAIN = 0,
	LEADER = 1,
	ENTRY = 2
};

static u32 next_pc(const struct weir_prog *prog, u32 pc)
{
	return pc + 1 + weir_insn_is_wide(&prog->insns[pc]);
}

static bool ends_block(const struct bpf_insn *insn)
{
	return weir_insn_is_jump(insn) || weir_insn_is_exit(insn);
}

u32 weir_cfg_callee(const struct weir_cfg *cfg, const struct weir_prog *prog,
		    u32 pc)
{
	u32 target = pc + 1 + (u32)prog->insns[pc].imm;

	return weir_cfg_func_at(cfg, target);
}

/* Mark where blocks start. Return: number of blocks. */
static u32 mark_leaders(const struct weir_prog *prog, u32 *mark, u32 *nr_funcs)
{
	u32 pc, next, nr = 0;

	mark[0] = ENTRY;
	for (pc = 0; pc < prog->nr_insns; pc = next) {
		const struct bpf_insn *insn = &prog->insns[pc];

		next = next_pc(prog, pc);
		if (weir_insn_is_jump(insn))
			mark[weir_insn_target(insn, pc)] |= LEADER;
		if (weir_cfg_refers(insn))
			mark[pc + 1 + (u32)insn->imm] |= ENTRY;
		if (ends_block(insn) && next < prog->nr_insns)
			mark[next] |= LEADER;
	}
	*nr_funcs = 0;
	for (pc = 0; pc < prog->nr_insns; pc++) {
		nr += mark[pc] != PLAIN;
		*nr_funcs += !!(mark[pc] & ENTRY);
	}
	return nr;
}

/* Number blocks and functions by pc, find each block's last instruction. */
static void number_blocks(const struct weir_prog *prog, struct weir_cfg *cfg)
{
	u32 pc, next, b = WEIR_NO_BLOCK, f = WEIR_NO_BLOCK;

	for (pc = 0; pc < prog->nr_insns; pc = next) {
		u32 mark = cfg->block_of[pc];

		next = next_pc(prog, pc);
		if (mark != PLAIN) {
			b++;
			if (mark & ENTRY) {
				cfg->func[++f].entry = b;
				cfg->block[b].nr_in = 1;
			}
			cfg->block[b].start = pc;
			cfg->block[b].func = f;
			cfg->block_of[pc] = b;
		}
		cfg->block[b].last = pc;
	}
}

static int link_block(const struct weir_prog *prog, struct weir_cfg *cfg,
		      struct weir_block *b, struct weir_rejection *rej)
{
	const struct bpf_insn *insn = &prog->insns[b->last];
	u32 next = next_pc(prog, b->last);

	b->taken = WEIR_NO_BLOCK;
	b->fall = WEIR_NO_BLOCK;
	b->order = WEIR_NO_BLOCK;
	if (weir_insn_is_jump(insn))
		b->taken = cfg->block_of[weir_insn_target(insn, b->last)];
	if (!weir_insn_is_exit(insn) &&
	    (!weir_insn_is_jump(insn) || weir_insn_is_cond(insn))) {
		if (next >= prog->nr_insns)
			return weir_reject(
				rej, WEIR_REJECT_FALL_OFF,
				weir_prog_origin(prog, b->last),
				"the subprogram that starts at %u ends here, without exit or goto",
				cfg->block[cfg->func[b->func].entry].start);
		b->fall = cfg->block_of[next];
	}
	if ((b->taken != WEIR_NO_BLOCK &&
	     cfg->block[b->taken].func != b->func) ||
	    (b->fall != WEIR_NO_BLOCK && cfg->block[b->fall].func != b->func))
		return weir_reject(
			rej, WEIR_REJECT_JUMP_OUT_OF_SUBPROG,
			weir_prog_origin(prog, b->last),
			"control leaves the subprogram that starts at %u",
			cfg->block[cfg->func[b->func].entry].start);
	if (b->taken != WEIR_NO_BLOCK)
		cfg->block[b->taken].nr_in++;
	if (b->fall != WEIR_NO_BLOCK)
		cfg->block[b->fall].nr_in++;
	return 0;
}

u32 weir_cfg_region_end(const struct weir_cfg *cfg, u32 pos)
{
	u32 region = cfg->block[cfg->order[pos]].region;

	do
		pos++;
	while (region && pos < cfg->nr_blocks &&
	       cfg->block[cfg->order[pos]].region == region);
	return pos;
}

bool weir_cfg_burns_fuel(const struct weir_cfg *cfg, const struct weir_block *b)
{
	const struct weir_block *t;

	if (b->taken == WEIR_NO_BLOCK)
		return false;
	t = &cfg->block[b->taken];
	/* Sound: every cycle has an edge that does not raise the pc. Only the
	 * taken edge of a jump can be one; it and its target share a region.
	 */
	return t->start <= b->last && b->region && b->region == t->region;
}

/*
 * Order functions so that callers come first: repeatedly take one that all its
 * callers have been taken before. What is left over calls itself, or is called
 * by nobody.
 */
static u32 count_calls(const struct weir_prog *prog, struct weir_cfg *cfg,
		       u32 f, u32 *callers, s32 add, u32 *ready, u32 nr_ready)
{
	u32 end = f + 1 < cfg->nr_funcs
			  ? cfg->block[cfg->func[f + 1].entry].start
			  : prog->nr_insns;
	u32 pc = cfg->block[cfg->func[f].entry].start;

	for (; pc < end; pc = next_pc(prog, pc)) {
		u32 to;

		if (!weir_cfg_refers(&prog->insns[pc]))
			continue;
		to = weir_cfg_callee(cfg, prog, pc);
		callers[to] += (u32)add;
		if (add < 0 && !callers[to])
			ready[nr_ready++] = to;
	}
	return nr_ready;
}

static int order_funcs(const struct weir_prog *prog, struct weir_cfg *cfg,
		       struct weir_rejection *rej)
{
	u32 *callers = weir_host_alloc(cfg->nr_funcs * sizeof(*callers));
	u32 f, i, nr = 1;

	if (!callers)
		return -ENOMEM;
	for (f = 0; f < cfg->nr_funcs; f++)
		count_calls(prog, cfg, f, callers, 1, NULL, 0);
	cfg->calls_order[0] = 0;
	for (i = 0; !callers[0] && i < nr; i++)
		nr = count_calls(prog, cfg, cfg->calls_order[i], callers, -1,
				 cfg->calls_order, nr);
	for (f = 0; f < cfg->nr_funcs && !callers[f]; f++)
		;
	weir_host_free(callers);
	if (f == cfg->nr_funcs)
		return 0;
	return weir_reject(
		rej, WEIR_REJECT_RECURSION,
		weir_prog_origin(prog, cfg->block[cfg->func[f].entry].start),
		"the subprogram that starts here calls itself, or is called by one that does");
}

/* What functions do besides computing: those that are called first. */
static void find_effects(const struct weir_prog *prog, struct weir_cfg *cfg)
{
	u32 i, pc, end;

	for (i = cfg->nr_funcs; cfg->nr_funcs > 1 && i-- > 0;) {
		u32 f = cfg->calls_order[i];

		end = f + 1 < cfg->nr_funcs
			      ? cfg->block[cfg->func[f + 1].entry].start
			      : prog->nr_insns;
		for (pc = cfg->block[cfg->func[f].entry].start; pc < end;
		     pc = next_pc(prog, pc)) {
			const struct bpf_insn *insn = &prog->insns[pc];
			u8 *does = &cfg->func[f].does;

			if (weir_insn_is_func(insn))
				cfg->func[weir_cfg_callee(cfg, prog, pc)]
					.is_callback = true;
			if (weir_cfg_refers(insn))
				*does |=
					cfg->func[weir_cfg_callee(cfg, prog, pc)]
						.does;
			else if (weir_insn_is_call(insn))
				*does |= weir_helper_find(insn->imm)->does;
		}
		/* the program that follows may do anything to the packet */
		if (cfg->func[f].does & WEIR_HELPER_TAIL)
			cfg->func[f].does |= WEIR_HELPER_MOVES;
	}
}

static int build(const struct weir_prog *prog, struct weir_cfg *cfg,
		 struct weir_rejection *rej)
{
	u32 nr, nr_funcs, b;
	int err;

	cfg->block_of = weir_host_alloc(prog->nr_insns * sizeof(u32));
	if (!cfg->block_of)
		return -ENOMEM;
	nr = mark_leaders(prog, cfg->block_of, &nr_funcs);
	cfg->nr_blocks = nr;
	cfg->nr_funcs = nr_funcs;
	cfg->block = weir_host_alloc(nr * sizeof(*cfg->block));
	cfg->order = weir_host_alloc(nr * sizeof(u32));
	cfg->func = weir_host_alloc(nr_funcs * sizeof(*cfg->func));
	cfg->calls_order = weir_host_alloc(nr_funcs * sizeof(u32));
	if (!cfg->block || !cfg->order || !cfg->func || !cfg->calls_order)
		return -ENOMEM;
	number_blocks(prog, cfg);
	for (b = 0; b < nr; b++) {
		err = link_block(prog, cfg, &cfg->block[b], rej);
		if (err)
			return err;
	}
	err = weir_order_blocks(prog, cfg, rej);
	if (!err)
		err = order_funcs(prog, cfg, rej);
	if (!err)
		find_effects(prog, cfg);
	return err;
}

int weir_cfg_create(const struct weir_prog *prog, struct weir_rejection *rej,
		    struct weir_cfg **out)
{
	struct weir_cfg *cfg = weir_host_alloc(sizeof(*cfg));
	int err;

	if (!cfg)
		return -ENOMEM;
	err = build(prog, cfg, rej);
	if (err) {
		weir_cfg_free(cfg);
		return err;
	}
	*out = cfg;
	return 0;
}

void weir_cfg_free(struct weir_cfg *cfg)
{
	if (!cfg)
		return;
	weir_host_free(cfg->block);
	weir_host_free(cfg->order);
	weir_host_free(cfg->func);
	weir_host_free(cfg->calls_order);
	weir_host_free(cfg->block_of);
	weir_host_free(cfg);
}
