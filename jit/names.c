// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Fewer registers for the same values. A register of the program often holds
 * one value after the other that have nothing to do with each other, and each
 * register costs places on a machine that has few. So values are given names
 * anew, as few as will do:
 *
 *	a value		is what one operation makes, or what a register holds
 *			where a block begins
 *	a web		are the values that must have one name, because they meet
 *			where blocks do
 *	webs are apart	if one is made while the other is live
 *
 * Webs that are apart get different names; those that have a fixed one (the
 * verdict) keep it. The map from names to machine registers stays one for the
 * whole program, and exit maps say per guard which name has what, so they say it
 * in the new names.
 *
 * Sound: names are given as registers are by graph colouring. Two webs with one
 * name are never live at once, because one would be made while the other is
 * live, or both were there at the program's start. What an exit map refers to is
 * live at its guard.
 *
 * Left alone: programs with calls, whose registers have their places by
 * convention; long ones; and any for which ten names are not enough in the order
 * in which they are given.
 */
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include "base/host.h"
#include "base/insn.h"
#include "jit/ir.h"
#include "jit/passes.h"

#define NR_NAMED IR_R10 /* R0 to R9 */
#define NAMED (IR_BIT(NR_NAMED) - 1)
#define MOST_INSNS 4096
#define MOST_WEBS 512
#define NO_WEB 0xffffu
#define NO_NAME 0xffu

/**
 * struct names - the state
 * @parent:	per value: another one of its web, or itself
 * @web:	per value that stands for its web: the web
 * @apart:	per web: those it is apart from, as bits
 * @name:	per web: its name
 * @cur:	per register: its value at the operation at hand
 * @told:	per guard: its exit map was seen
 * @last_run:	last operation that reads the run context
 */
struct names {
	struct weir_ir *ir;
	u32 *parent;
	u16 *web;
	u32 nr_webs;
	u32 *apart;
	u8 *name;
	u32 cur[NR_NAMED];
	u8 *told;
	u32 last_run;
};

/* --- Values and webs ----------------------------------------------------------- */

static u32 entry_value(u32 block, u32 reg)
{
	return block * NR_NAMED + reg;
}

static u32 made_value(const struct names *n, u32 i)
{
	return n->ir->nr_blocks * NR_NAMED + i;
}

static u32 nr_values(const struct weir_ir *ir)
{
	return ir->nr_blocks * NR_NAMED + ir->nr_insns;
}

static u32 find(const struct names *n, u32 value)
{
	while (n->parent[value] != value) {
		n->parent[value] = n->parent[n->parent[value]];
		value = n->parent[value];
	}
	return value;
}

static void unite(const struct names *n, u32 a, u32 b)
{
	n->parent[find(n, a)] = find(n, b);
}

/* At a loop's head also what is still read by what nobody wants any more. */
static u32 live_into(const struct weir_ir *ir, u32 block)
{
	const struct weir_ir_insn *first = &ir->insn[ir->block[block].first];
	u32 live = ir->block[block].live_in;

	if (ir->block[block].first < ir->nr_insns)
		live |= weir_ir_reads(first) |
			(first->live & ~weir_ir_writes(first));
	return live & NAMED;
}

/* What is live into @block is one with what it is here. */
static void meet(struct names *n, u32 block)
{
	u32 live = live_into(n->ir, block);
	u32 r;

	for (r = 0; r < NR_NAMED; r++)
		if (live & IR_BIT(r))
			unite(n, n->cur[r], entry_value(block, r));
}

static void enter(struct names *n, u32 block)
{
	u32 r;

	for (r = 0; r < NR_NAMED; r++)
		n->cur[r] = entry_value(block, r);
}

/* The register that @insn writes, or IR_NONE. */
static u8 written(const struct weir_ir_insn *insn)
{
	u32 mask = weir_ir_writes(insn) & NAMED;
	u8 r;

	for (r = 0; r < NR_NAMED; r++)
		if (mask & IR_BIT(r))
			return r;
	return IR_NONE;
}

/* An atomic operation reads and writes one register. */
static void step(struct names *n, u32 i)
{
	const struct weir_ir_insn *insn = &n->ir->insn[i];
	u8 r = written(insn);

	if (r == IR_NONE)
		return;
	if (insn->op == IR_ATOMIC)
		unite(n, n->cur[r], made_value(n, i));
	n->cur[r] = made_value(n, i);
}

/* Calls @visit for each operation, with n->cur as it is before it. */
static void walk(struct names *n, void (*visit)(struct names *n, u32 i))
{
	const struct weir_ir *ir = n->ir;
	u32 b, i;

	for (b = 0; b < ir->nr_blocks; b++) {
		enter(n, b);
		for (i = ir->block[b].first; i < ir->block[b + 1].first; i++) {
			visit(n, i);
			step(n, i);
		}
	}
}

static void make_webs(struct names *n)
{
	const struct weir_ir *ir = n->ir;
	u32 b, i, v;

	for (v = 0; v < nr_values(ir); v++)
		n->parent[v] = v;
	for (b = 0; b < ir->nr_blocks; b++) {
		bool ended = false;

		enter(n, b);
		for (i = ir->block[b].first; i < ir->block[b + 1].first; i++) {
			const struct weir_ir_insn *insn = &ir->insn[i];

			if (insn->op == IR_BR || insn->op == IR_JMP)
				meet(n, insn->target);
			if (weir_ir_reads(insn) & IR_BIT(IR_RUN))
				n->last_run = i;
			step(n, i);
			ended = weir_ir_ends_block(insn);
		}
		if (!ended && b + 1 < ir->nr_blocks)
			meet(n, b + 1);
	}
}

/* --- Which are apart ------------------------------------------------------------ */

static u32 web_of(struct names *n, u32 value)
{
	u32 root = find(n, value);

	if (n->web[root] == NO_WEB && n->nr_webs <= MOST_WEBS)
		n->web[root] = (u16)n->nr_webs++;
	return n->web[root];
}

static void set_apart(struct names *n, u32 a, u32 b)
{
	u32 ab = a * MOST_WEBS + b, ba = b * MOST_WEBS + a;

	if (a == b || a >= MOST_WEBS || b >= MOST_WEBS)
		return;
	n->apart[ab / 32] |= 1u << (ab % 32);
	n->apart[ba / 32] |= 1u << (ba % 32);
}

/* What is made here is apart from all that is live behind it. */
static void part(struct names *n, u32 i)
{
	const struct weir_ir_insn *insn = &n->ir->insn[i];
	u8 dst = written(insn);
	u32 r;

	if (dst == IR_NONE)
		return;
	for (r = 0; r < NR_NAMED; r++)
		if (r != dst && (insn->live & IR_BIT(r)))
			set_apart(n, web_of(n, made_value(n, i)),
				  web_of(n, n->cur[r]));
}

static void part_at_start(struct names *n)
{
	u32 live = live_into(n->ir, 0);
	u32 r, q;

	for (r = 0; r < NR_NAMED; r++)
		for (q = 0; q < r; q++)
			if ((live & IR_BIT(r)) && (live & IR_BIT(q)))
				set_apart(n, web_of(n, entry_value(0, r)),
					  web_of(n, entry_value(0, q)));
}

/* --- Names ---------------------------------------------------------------------- */

static void keep(struct names *n, u32 value, u8 name)
{
	u32 web = web_of(n, value);

	if (web < MOST_WEBS)
		n->name[web] = name;
}

/* The verdict is in R0, and so is what a cmpxchg expects. */
static void keep_fixed(struct names *n, u32 i)
{
	const struct weir_ir_insn *insn = &n->ir->insn[i];

	if (insn->op == IR_EXIT ||
	    (insn->op == IR_ATOMIC && insn->imm == BPF_CMPXCHG))
		keep(n, n->cur[IR_R0], IR_R0);
}

/* Names that webs apart from @web have. */
static u32 taken(const struct names *n, u32 web)
{
	const u32 words = (n->nr_webs + 31) / 32;
	const u32 *row = &n->apart[web * (MOST_WEBS / 32)];
	u32 mask = 0;
	u32 i, bits;

	for (i = 0; i < words && i < MOST_WEBS / 32; i++) {
		for (bits = row[i]; bits; bits &= bits - 1) {
			u8 name = n->name[32 * i + (u32)__ffs64(bits)];

			mask |= name == NO_NAME ? 0 : IR_BIT(name);
		}
	}
	return mask;
}

/* R0 last, while the run context may still be where it goes. */
static u8 choose(const struct names *n, u32 web, u32 i, u8 hint)
{
	const u32 used = taken(n, web);
	u8 r;

	if (hint != NO_NAME && !(used & IR_BIT(hint)))
		return hint;
	if (i > n->last_run && !(used & IR_BIT(IR_R0)))
		return IR_R0;
	for (r = 1; r < NR_NAMED; r++)
		if (!(used & IR_BIT(r)))
			return r;
	return used & IR_BIT(IR_R0) ? NO_NAME : IR_R0;
}

static void name_value(struct names *n, u32 value, u32 i, u8 hint)
{
	u32 web = web_of(n, value);

	if (web < MOST_WEBS && n->name[web] == NO_NAME)
		n->name[web] = choose(n, web, i, hint);
}

/* What is read was made above, or was there at the start; what is made last may
 * have the name of what it is a copy of.
 */
static void name_here(struct names *n, u32 i)
{
	const struct weir_ir_insn *insn = &n->ir->insn[i];
	u32 read = (weir_ir_reads(insn) | insn->live) & NAMED;
	u8 dst = written(insn);
	u8 hint = NO_NAME;
	u32 r, web;

	for (r = 0; r < NR_NAMED; r++)
		if ((read & IR_BIT(r)) && r != dst)
			name_value(n, n->cur[r], i, NO_NAME);
	if (dst == IR_NONE)
		return;
	if (weir_ir_reads(insn) & IR_BIT(dst))
		name_value(n, n->cur[dst], i, NO_NAME);
	if (insn->op == IR_MOV && insn->a < NR_NAMED) {
		web = web_of(n, n->cur[insn->a]);
		hint = web < MOST_WEBS ? n->name[web] : NO_NAME;
	}
	name_value(n, made_value(n, i), i, hint);
}

static bool all_named(const struct names *n)
{
	u32 w;

	for (w = 0; w < n->nr_webs; w++)
		if (n->name[w] == NO_NAME)
			return false;
	return true;
}

/* --- Renaming ------------------------------------------------------------------- */

static u8 new_name(struct names *n, u32 value)
{
	return n->name[web_of(n, value)];
}

static u16 new_mask(struct names *n, u32 mask)
{
	u32 out = 0;
	u32 r;

	for (r = 0; r < NR_NAMED; r++)
		if (mask & IR_BIT(r))
			out |= IR_BIT(new_name(n, n->cur[r]));
	return (u16)out;
}

static void rename_exit(struct names *n, struct weir_ir_exit *exit)
{
	u32 i;

	for (i = 0; i < NR_NAMED; i++)
		if (exit->from[i] < NR_NAMED)
			exit->from[i] = new_name(n, n->cur[exit->from[i]]);
}

static void rename_insn(struct names *n, u32 i)
{
	struct weir_ir_insn *insn = &n->ir->insn[i];
	const u32 reads = weir_ir_reads(insn) & NAMED;
	const u8 dst = written(insn);
	const u32 before = (reads | (insn->live & ~weir_ir_writes(insn))) &
			   NAMED;
	const u32 zero = insn->zero_hi;

	/* A name that something else may have too says nothing. */
	insn->zero_hi = new_mask(n, zero & before) &
			(u16)~new_mask(n, before & ~zero);
	if (weir_ir_is_guard(insn))
		rename_exit(n, &n->ir->exit[insn->target]);
	if ((weir_ir_shape(insn->op) & IR_READS_A) && insn->a < NR_NAMED)
		insn->a = new_name(n, n->cur[insn->a]);
	if ((weir_ir_shape(insn->op) & IR_READS_B) && !(insn->flags & IR_IMM) &&
	    insn->b < NR_NAMED)
		insn->b = new_name(n, n->cur[insn->b]);
	if (dst != IR_NONE && insn->op != IR_ATOMIC)
		insn->dst = new_name(n, made_value(n, i));
}

/* Steps with the old names, renames behind itself. */
static void rename_all(struct names *n)
{
	const struct weir_ir *ir = n->ir;
	u32 b, i;

	for (b = 0; b < ir->nr_blocks; b++) {
		enter(n, b);
		for (i = ir->block[b].first; i < ir->block[b + 1].first; i++) {
			u8 r = written(&ir->insn[i]);

			rename_insn(n, i);
			if (r != IR_NONE)
				n->cur[r] = made_value(n, i);
		}
	}
}

/* --- The pass ------------------------------------------------------------------- */

/* One exit map for two places could not be told in the names of both. */
static void see_guard(struct names *n, u32 i)
{
	const struct weir_ir_insn *insn = &n->ir->insn[i];

	if (weir_ir_is_guard(insn) && n->told[insn->target] < 2)
		n->told[insn->target]++;
}

static bool are_told_once(struct names *n)
{
	u32 i;

	walk(n, see_guard);
	for (i = 0; i < n->ir->nr_guards; i++)
		if (n->told[i] > 1)
			return false;
	return true;
}

static void find_names(struct names *n)
{
	const u32 values = nr_values(n->ir);

	memset(n->web, 0xff, (size_t)values * sizeof(*n->web));
	memset(n->name, NO_NAME, MOST_WEBS);
	make_webs(n);
	part_at_start(n);
	walk(n, part);
	walk(n, keep_fixed);
	if (!are_told_once(n) || n->nr_webs > MOST_WEBS)
		return;
	walk(n, name_here);
	if (n->nr_webs > MOST_WEBS || !all_named(n))
		return;
	rename_all(n);
	weir_ir_compact(n->ir);
}

int weir_ir_names(struct weir_ir *ir)
{
	const u32 values = nr_values(ir);
	struct names n = { .ir = ir };
	int err = -ENOMEM;

	if (ir->has_calls || ir->nr_insns > MOST_INSNS)
		return 0;
	weir_ir_live(ir, false);
	n.parent = weir_host_alloc((size_t)values * sizeof(*n.parent));
	n.web = weir_host_alloc((size_t)values * sizeof(*n.web));
	n.apart = weir_host_alloc(MOST_WEBS / 8 * MOST_WEBS);
	n.name = weir_host_alloc(MOST_WEBS);
	n.told = weir_host_alloc(ir->nr_guards + 1);
	if (n.parent && n.web && n.apart && n.name && n.told) {
		find_names(&n);
		err = 0;
	}
	weir_host_free(n.parent);
	weir_host_free(n.web);
	weir_host_free(n.apart);
	weir_host_free(n.name);
	weir_host_free(n.told);
	return err;
}
