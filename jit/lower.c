// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Lowering: eBPF and its facts become IR. */
#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include "base/host.h"
#include "base/prog.h"
#include "jit/ir.h"
#include "jit/lower.h"
#include "jit/lowering.h"
#include "verifier/facts.h"

/* slot.flags */
#define SLOT_LEADER 1u /* a block begins here */
#define SLOT_JUMPED 2u /* some jump leads here */
#define SLOT_LOOP 4u /* from below */
#define SLOT_SUBPROG 8u /* a subprogram begins here */
#define SLOT_CALLBACK 16u /* which helpers call */

bool lower_reaches(const struct lower *lo, u32 pc)
{
	return pc < lo->facts->nr_insns &&
	       (lo->facts->insn[pc].flags & WEIR_FACT_REACHED);
}

/* --- The state that is carried along straight code ----------------------- */

static void forget(struct lower *lo)
{
	lo->known = 0;
	lo->indexed = IR_NONE;
	lo->pointed = IR_NONE;
}

void lower_forget_reg(struct lower *lo, u8 reg)
{
	lo->known &= ~IR_BIT(reg);
	if (lo->indexed == reg)
		lo->indexed = IR_NONE;
	if (lo->pointed == reg)
		lo->pointed = IR_NONE;
}

struct weir_ir_insn *lower_add(struct lower *lo, enum weir_ir_op op, u32 pc)
{
	struct weir_ir_insn *insn = weir_ir_add(lo->ir, op, pc);

	insn->zero_hi = lo->facts->insn[pc].zero_hi;
	return insn;
}

void lower_add_movi(struct lower *lo, u32 pc, u8 dst, u64 value)
{
	struct weir_ir_insn *insn;

	if ((lo->known & IR_BIT(dst)) && lo->value[dst] == value)
		return; /* it holds that already */
	insn = lower_add(lo, IR_MOVI, pc);
	insn->flags = IR_64 | IR_IMM;
	insn->dst = dst;
	insn->imm = (s64)value;
	lower_forget_reg(lo, dst);
	if (lo->fold) {
		lo->known |= IR_BIT(dst);
		lo->value[dst] = value;
	}
}

struct weir_ir_insn *lower_add_unary(struct lower *lo, enum weir_ir_op op,
				     u32 pc, u32 flags, u8 dst, u8 a)
{
	struct weir_ir_insn *insn = lower_add(lo, op, pc);

	insn->flags = (u8)flags;
	insn->dst = dst;
	insn->a = a;
	lower_forget_reg(lo, dst);
	return insn;
}

void lower_add_binary_imm(struct lower *lo, enum weir_ir_op op, u32 pc,
			  u32 flags, u8 dst, u8 a, u64 imm)
{
	struct weir_ir_insn *insn =
		lower_add_unary(lo, op, pc, flags | IR_IMM, dst, a);

	insn->imm = (s64)(flags & IR_64 ? imm : (u32)imm);
}

struct weir_ir_insn *lower_add_load(struct lower *lo, u32 pc, u8 dst, u8 base,
				    s32 off, u32 size)
{
	struct weir_ir_insn *insn =
		lower_add_unary(lo, IR_LD, pc, 0, dst, base);

	insn->off = off;
	insn->size = (u8)size;
	return insn;
}

/* --- One slot ------------------------------------------------------------- */

/* Does the instruction put a plain value in its dst (or R0), and no more? */
static bool only_makes_value(const struct bpf_insn *insn)
{
	switch (BPF_CLASS(insn->code)) {
	case BPF_ALU:
	case BPF_ALU64:
	case BPF_LDX:
	case BPF_LD:
		return true;
	default:
		return false;
	}
}

static void lower_slot(struct lower *lo, u32 pc)
{
	const struct bpf_insn *insn = &lo->prog->insns[pc];
	const struct weir_insn_facts *facts = &lo->facts->insn[pc];

	lower_guards(lo, pc);
	if (lo->fold && (facts->flags & WEIR_FACT_KNOWN) &&
	    only_makes_value(insn)) {
		u8 dst = weir_insn_is_packet_load(insn) ? (u8)IR_R0
							: insn->dst_reg;

		lower_add_movi(lo, pc, dst, facts->known);
		return;
	}

	switch (BPF_CLASS(insn->code)) {
	case BPF_ALU:
	case BPF_ALU64:
		lower_alu(lo, pc, insn);
		break;
	case BPF_LD:
		if (weir_insn_is_packet_load(insn))
			lower_packet_load(lo, pc, insn);
		else
			lower_wide(lo, pc, insn);
		break;
	case BPF_LDX:
		lower_load(lo, pc, insn);
		break;
	case BPF_ST:
		lower_store(lo, pc, insn);
		break;
	case BPF_STX:
		if (BPF_MODE(insn->code) == BPF_ATOMIC)
			lower_atomic(lo, pc, insn);
		else
			lower_store(lo, pc, insn);
		break;
	default:
		if (weir_insn_is_exit(insn))
			lower_add(lo, lo->in_subprog ? IR_RETURN : IR_EXIT, pc);
		else if (weir_insn_is_call(insn))
			lower_call(lo, pc, insn);
		else
			lower_jump(lo, pc, insn);
		break;
	}
}

/* --- Blocks --------------------------------------------------------------- */

static void mark_target(struct lower *lo, u32 pc, u32 target)
{
	if (!lower_reaches(lo, target))
		return;
	lo->flags[target] |= SLOT_LEADER | SLOT_JUMPED;
	if (target <= pc)
		lo->flags[target] |= SLOT_LOOP;
}

static u32 next_slot(const struct lower *lo, u32 pc)
{
	return pc + (weir_insn_is_wide(&lo->prog->insns[pc]) ? 2 : 1);
}

static bool is_function(const struct bpf_insn *insn)
{
	return weir_insn_is_wide(insn) && insn->src_reg == BPF_PSEUDO_FUNC;
}

/* A function that the program hands to helpers. Not all are ever called. */
static void mark_callback(struct lower *lo, u32 pc)
{
	if (lower_reaches(lo, pc))
		lo->flags[pc] |= SLOT_LEADER | SLOT_JUMPED | SLOT_SUBPROG |
				 SLOT_CALLBACK;
}

/* Which slots begin a block: where jumps and calls lead, and behind jumps. */
static void find_leaders(struct lower *lo)
{
	u32 nr = lo->prog->nr_insns;
	u32 pc;

	lo->flags[0] |= SLOT_LEADER;
	for (pc = 0; pc < nr; pc = next_slot(lo, pc)) {
		const struct bpf_insn *insn = &lo->prog->insns[pc];
		u32 target;

		if (!lower_reaches(lo, pc))
			continue;
		lower_survey_call(lo, insn, &lo->facts->insn[pc]);
		if (is_function(insn))
			mark_callback(lo,
				      (u32)weir_prog_constant(lo->prog, pc));
		if (weir_insn_is_subprog_call(insn)) {
			target = (u32)((s64)pc + 1 + insn->imm);
			lo->flags[target] |= SLOT_LEADER | SLOT_JUMPED |
					     SLOT_SUBPROG;
		}
		if (lower_is_tail_call(insn) || lower_comes_back(lo, pc))
			mark_target(lo, pc, pc + 1);
		if (!weir_insn_is_jump(insn))
			continue;
		mark_target(lo, pc, (u32)weir_insn_target(insn, pc));
		if (pc + 1 < nr && lower_reaches(lo, pc + 1))
			lo->flags[pc + 1] |= SLOT_LEADER;
		/* The inverted branch round a fuel guard leads there too. */
		if (lo->facts->insn[pc].flags & WEIR_FACT_FUEL && pc + 1 < nr)
			lo->flags[pc + 1] |= SLOT_JUMPED;
	}
}

static void number_blocks(struct lower *lo)
{
	u32 nr = 1; /* 0 is the entry */
	u32 pc;

	for (pc = 0; pc < lo->prog->nr_insns; pc++) {
		bool leads = (lo->flags[pc] & SLOT_LEADER) &&
			     lower_reaches(lo, pc);

		lo->block[pc] = leads ? nr++ : LOWER_NO_BLOCK;
	}
}

static void begin_block(struct lower *lo, u32 pc)
{
	struct weir_ir_block *block = weir_ir_begin_block(lo->ir, pc);

	if (lo->flags[pc] & SLOT_LOOP)
		block->flags |= IR_BLOCK_LOOP;
	if (lo->flags[pc] & SLOT_SUBPROG)
		block->flags |= IR_BLOCK_SUBPROG;
	/* Only what falls in from above keeps what is known there. */
	if (lo->flags[pc] & SLOT_JUMPED)
		forget(lo);
	block->live_in = lo->facts->insn[pc].live;
	block->live_in_hi = lo->facts->insn[pc].live_hi;
	if (lo->flags[pc] & SLOT_SUBPROG) {
		lo->in_subprog = true;
		lower_add(lo, IR_ENTER, pc);
	}
}

/* What the run hands over at entry. What nobody reads is dropped later. */
static void lower_entry(struct lower *lo)
{
	lower_load_packet(lo, 0);
	lower_load_fuel(lo, 0);
	if (lo->prog->kind != WEIR_KIND_MEM) {
		lower_add_unary(lo, IR_MOV, 0, IR_64, IR_R1, IR_RUN);
		return;
	}
	lower_add_unary(lo, IR_MOV, 0, IR_64, IR_R1, IR_PKT);
	lower_add_unary(lo, IR_MOV, 0, IR_64, IR_R2, IR_LEN);
}

static void lower_slots(struct lower *lo)
{
	u32 pc;

	for (pc = 0; pc < lo->prog->nr_insns; pc = next_slot(lo, pc)) {
		if (!lower_reaches(lo, pc))
			continue;
		if (lo->block[pc] != LOWER_NO_BLOCK)
			begin_block(lo, pc);
		else if (lo->decided == pc)
			continue;
		lower_slot(lo, pc);
		if (!(pc & 0xfff))
			weir_host_resched();
	}
	for (pc = 0; pc < lo->prog->nr_insns; pc++)
		if (lo->flags[pc] & SLOT_CALLBACK)
			lower_callback(lo, pc);
	weir_ir_end(lo->ir);
}

/* At first each register has its own value. */
static int init_exits(struct weir_ir *ir)
{
	u32 i, r;

	ir->exit = weir_host_alloc((size_t)ir->nr_guards * sizeof(*ir->exit));
	if (!ir->exit)
		return -ENOMEM;
	for (i = 0; i < ir->nr_guards; i++)
		for (r = 0; r < WEIR_NR_REGS; r++)
			ir->exit[i].from[r] = (u8)r;
	return 0;
}

static int lower_run(struct lower *lo)
{
	struct weir_ir *ir = lo->ir;

	ir->nr_slots = lo->prog->nr_insns;
	ir->nr_guards = lo->facts->nr_guards;
	ir->stack_bytes = lo->facts->stack_bytes;
	ir->fail_verdict = lo->prog->fail_verdict;
	ir->guard = lo->facts->guard;
	ir->nr_maps = lo->prog->nr_maps;
	ir->maps = lo->prog->maps;
	ir->params = lo->prog->params;

	if (init_exits(ir))
		return -ENOMEM;

	find_leaders(lo);
	/* The entry is a block of its own: slot 0 may be a loop's head. */
	weir_ir_begin_block(ir, 0);
	forget(lo);
	lower_entry(lo);
	number_blocks(lo);
	lower_slots(lo);
	if (ir->err)
		return ir->err;
	if (lo->err)
		return lo->err;
	weir_ir_compact(ir);
	return 0;
}

int weir_lower(const struct weir_prog *prog, const struct weir_facts *facts,
	       bool fold, struct weir_ir **out)
{
	struct lower lo = { .prog = prog, .facts = facts, .fold = fold };
	int err = -ENOMEM;

	if (WARN_ON_ONCE(facts->nr_insns != prog->nr_insns || !prog->nr_insns))
		return -EFAULT;
	/* Guards, and constants in registers of their own, come on top. */
	lo.ir = weir_ir_new(prog->nr_insns + prog->nr_insns / 2);
	lo.flags = weir_host_alloc(prog->nr_insns);
	lo.block = weir_host_alloc((size_t)prog->nr_insns * sizeof(u32));
	if (lo.ir && lo.flags && lo.block)
		err = lower_run(&lo);
	weir_host_free(lo.flags);
	weir_host_free(lo.block);
	if (err)
		weir_ir_free(lo.ir);
	else
		*out = lo.ir;
	return err;
}
