// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Lowering: calls, of subprograms and helpers, and what a call leaves behind:
 *
 *	R0		into run->base[], if guards measure from it
 *	PKT, LEN	read anew, if the packet may have moved
 *	FUEL		in the run while a helper may burn it, and back
 *	the exit	if something that was called ended the run, so does this
 */
#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include "base/helper.h"
#include "base/prog.h"
#include "base/run.h"
#include "jit/ir.h"
#include "jit/lowering.h"
#include "verifier/facts.h"

static const struct weir_helper *helper_of(const struct bpf_insn *insn)
{
	if (!weir_insn_is_call(insn) || weir_insn_is_subprog_call(insn))
		return NULL;
	return weir_helper_find(insn->imm);
}

static u32 nr_helper_args(const struct weir_helper *helper)
{
	u32 nr = 0;

	if (!helper)
		return WEIR_HELPER_ARGS;
	while (nr < WEIR_HELPER_ARGS && helper->arg[nr] != WEIR_ARG_NONE)
		nr++;
	return nr;
}

void lower_survey_call(struct lower *lo, const struct bpf_insn *insn,
		       const struct weir_insn_facts *facts)
{
	const struct weir_helper *helper = helper_of(insn);

	/* The target of a tail call may move it, and come back to a caller. */
	if (helper)
		lo->moves |= !!(helper->does &
				(WEIR_HELPER_MOVES | WEIR_HELPER_TAIL));
	else
		lo->burns |= !!(facts->flags & WEIR_FACT_FUEL);
}

struct weir_ir_insn *lower_add_after(struct lower *lo, enum weir_ir_op op,
				     u32 pc)
{
	struct weir_ir_insn *insn = lower_add(lo, op, pc);

	insn->zero_hi &= (u16)~IR_CALLER_SAVED;
	return insn;
}

static struct weir_ir_insn *load_run(struct lower *lo, u32 pc, u8 dst,
				     size_t off)
{
	struct weir_ir_insn *insn = lower_add_after(lo, IR_LD, pc);

	insn->dst = dst;
	insn->a = IR_RUN;
	insn->off = (s32)off;
	insn->size = 8;
	return insn;
}

static struct weir_ir_insn *store_run(struct lower *lo, u32 pc, u8 value,
				      size_t off)
{
	struct weir_ir_insn *insn = lower_add_after(lo, IR_ST, pc);

	insn->a = IR_RUN;
	insn->b = value;
	insn->off = (s32)off;
	insn->size = 8;
	return insn;
}

void lower_load_packet(struct lower *lo, u32 pc)
{
	load_run(lo, pc, IR_PKT, offsetof(struct weir_run, data));
	load_run(lo, pc, IR_LEN, offsetof(struct weir_run, linear_len));
}

void lower_load_fuel(struct lower *lo, u32 pc)
{
	if (lo->burns)
		load_run(lo, pc, IR_FUEL, offsetof(struct weir_run, fuel));
}

void lower_store_fuel(struct lower *lo, u32 pc)
{
	if (lo->burns)
		store_run(lo, pc, IR_FUEL, offsetof(struct weir_run, fuel));
}

/* The guard that a helper's fuel belongs to, or WEIR_NO_GUARD. */
static u32 fuel_guard(const struct lower *lo, u32 pc)
{
	const struct weir_insn_facts *facts = &lo->facts->insn[pc];
	u32 i;

	for (i = facts->guard; i < facts->guard + facts->nr_guards; i++)
		if (lo->facts->guard[i].kind == WEIR_GUARD_FUEL)
			return i;
	return WEIR_NO_GUARD;
}

/* What the helper called back may have ended the run, or run out of fuel. */
static void leave_if_ended(struct lower *lo, u32 pc)
{
	u32 guard = fuel_guard(lo, pc);

	if (guard == WEIR_NO_GUARD)
		lower_add_after(lo, IR_QUIT, pc);
	else
		lower_add_after(lo, IR_GUARD_ENDED, pc)->target = guard;
}

static void note_call(struct lower *lo)
{
	lo->known &= ~IR_CALLER_SAVED;
	lo->indexed = IR_NONE;
	lo->pointed = IR_NONE;
}

static void lower_subprog_call(struct lower *lo, u32 pc,
			       const struct bpf_insn *insn)
{
	struct weir_ir_insn *ir;

	if (lo->facts->insn[pc].flags & WEIR_FACT_FUEL)
		lower_fuel(lo, pc);
	ir = lower_add(lo, IR_CALLSUB, pc);
	ir->target = lower_block_at(lo, (u32)((s64)pc + 1 + insn->imm));
	if (lo->moves)
		lower_load_packet(lo, pc);
	note_call(lo);
}

void lower_store_base(struct lower *lo, u32 pc)
{
	const u8 base = lo->facts->insn[pc].base;
	struct weir_ir_insn *ir;

	if (base >= WEIR_MAX_BASES)
		return;
	ir = store_run(lo, pc, IR_R0,
		       offsetof(struct weir_run, base) + 8 * base);
	ir->flags |= IR_ADDRESS;
}

static bool gives_address(const struct weir_helper *helper)
{
	return helper && (helper->ret == WEIR_RET_MAP_VALUE ||
			  helper->ret == WEIR_RET_RECORD);
}

static void lower_helper_call(struct lower *lo, u32 pc,
			      const struct bpf_insn *insn)
{
	const struct weir_helper *helper = helper_of(insn);
	const u32 does = helper ? helper->does : 0;
	struct weir_ir_insn *ir;

	if (does & WEIR_HELPER_CALLS)
		lower_store_fuel(lo, pc);
	ir = lower_add(lo, IR_CALL, pc);
	ir->target = lower_hash_lookup(lo, pc, (u32)insn->imm);
	ir->nr_args = (u8)nr_helper_args(helper);
	if (gives_address(helper))
		ir->flags |= IR_ADDRESS;
	if (does & WEIR_HELPER_CALLS) {
		lower_load_fuel(lo, pc);
		leave_if_ended(lo, pc);
	}
	if ((does & WEIR_HELPER_MOVES) ||
	    ((does & WEIR_HELPER_CALLS) && lo->moves))
		lower_load_packet(lo, pc);
	lower_store_base(lo, pc);
	note_call(lo);
}

bool lower_is_tail_call(const struct bpf_insn *insn)
{
	const struct weir_helper *helper = helper_of(insn);

	return helper && (helper->does & WEIR_HELPER_TAIL);
}

/*
 * Out of the outermost frame the target takes the place of this program, out of
 * a subprogram it runs on top, and the subprogram returns what it returned. A
 * call that does not happen gives 0: behind it the program goes on.
 */
static void lower_tail_call(struct lower *lo, u32 pc)
{
	const bool nested = lo->in_subprog;
	struct weir_ir_insn *ir;

	ir = lower_add(lo, IR_CALL, pc);
	ir->target = nested ? WEIR_HELPER_tail_call : WEIR_HELPER_tail_entry;
	ir->nr_args = 3;
	ir->flags |= nested ? 0 : IR_ADDRESS;
	ir = lower_add_after(lo, IR_BR, pc);
	ir->flags = IR_64 | IR_IMM;
	ir->a = IR_R0;
	ir->cond = IR_EQ;
	ir->target = lower_block_at(lo, pc + 1);
	if (nested) {
		lower_add_after(lo, IR_QUIT, pc);
		load_run(lo, pc, IR_R0,
			 offsetof(struct weir_run, tail_verdict));
		lower_add_after(lo, IR_RETURN, pc);
	} else {
		lower_add_after(lo, IR_TAIL, pc);
	}
	note_call(lo);
}

void lower_call(struct lower *lo, u32 pc, const struct bpf_insn *insn)
{
	if (weir_insn_is_subprog_call(insn))
		lower_subprog_call(lo, pc, insn);
	else if (lower_is_tail_call(insn))
		lower_tail_call(lo, pc);
	else if (lower_lookup(lo, pc) || lower_cpu_id(lo, pc))
		note_call(lo);
	else
		lower_helper_call(lo, pc, insn);
}

/*
 * What the run time calls for the function at @pc: a frame like the entry's,
 * and the call. Everything that is not an argument is as at an entry.
 */
void lower_callback(struct lower *lo, u32 pc)
{
	struct weir_ir_block *block = weir_ir_begin_block(lo->ir, pc);
	u32 from = lo->ir->nr_insns;
	struct weir_ir_insn *ir;

	block->flags |= IR_BLOCK_SUBPROG | IR_BLOCK_ENTRY;
	lower_add(lo, IR_CALLBACK, pc);
	lower_load_packet(lo, pc);
	lower_load_fuel(lo, pc);
	ir = lower_add(lo, IR_CALLSUB, pc);
	ir->target = lower_block_at(lo, pc);
	lower_store_fuel(lo, pc);
	lower_add(lo, IR_EXIT, pc);
	/* The facts of @pc are those of the function's start. */
	for (; from < lo->ir->nr_insns && !lo->ir->err; from++)
		lo->ir->insn[from].zero_hi = 0;
}
