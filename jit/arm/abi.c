// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Registers and frames: entry, epilogue, stubs, exit trampoline. */
#include <linux/bitops.h>
#include <linux/bits.h>
#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include "base/host.h"
#include "base/run.h"
#include "jit/arm/abi.h"
#include "jit/arm/atomic.h"
#include "jit/arm/branch.h"
#include "jit/arm/imm.h"
#include "jit/arm/ops.h"
#include "jit/arm/pair.h"
#include "jit/emit.h"

#define CALLER_SAVED (GENMASK(3, 0) | BIT(A32_IP))
#define CALLEE_SAVED GENMASK(11, 4)
/* What a subprogram gives back as it was. */
#define KEPT (IR_BIT(6) | IR_BIT(7) | IR_BIT(8) | IR_BIT(9))
/* What a helper call must leave alone. */
#define OUTLIVES                                                   \
	(KEPT | IR_BIT(IR_RUN) | IR_BIT(IR_PKT) | IR_BIT(IR_LEN) | \
	 IR_BIT(IR_FUEL))

const struct a32_plan *a32_plan_of(const struct weir_emit *e)
{
	return e->backend;
}

/* --- Use counts --------------------------------------------------------------- */

/**
 * struct survey - what the choice depends on
 * @lo, @hi:	how often each half is used, loops counting more
 * @depth:	per block: loops round it
 * @temps:	temps that operations need while all places are registers
 * @slot_temps:	and if some are slots
 * @args:	arguments of helpers that go on the stack, at most
 * @helpers:	helpers are called
 */
struct survey {
	u32 lo[IR_NR_REGS];
	u32 hi[IR_NR_REGS];
	s32 *depth;
	u32 temps;
	u32 slot_temps;
	u32 args;
	bool helpers;
};

#define MOST_DEPTH 3
#define DEPTH_SHIFT 3
#define MUST_BE_REGISTER (1u << 30)
#define MOST_USES (1u << 29)

static void find_depths(const struct weir_ir *ir, s32 *depth)
{
	u32 b, i;

	for (b = 0; b < ir->nr_blocks; b++) {
		for (i = ir->block[b].first; i < ir->block[b + 1].first; i++) {
			const struct weir_ir_insn *insn = &ir->insn[i];

			if ((insn->op == IR_BR || insn->op == IR_JMP) &&
			    insn->target <= b) {
				depth[insn->target]++;
				depth[b + 1]--;
			}
		}
	}
	for (b = 1; b < ir->nr_blocks; b++)
		depth[b] += depth[b - 1];
}

static void count(u32 *uses, u32 weight)
{
	*uses = min(*uses + weight, MOST_USES);
}

static void count_insn(const struct weir_ir_insn *insn, u32 pairs, u32 weight,
		       struct survey *s)
{
	const bool wide = (insn->flags & IR_64) || insn->size == 8;
	u32 used = weir_ir_reads(insn) | weir_ir_writes(insn);
	u32 r;

	/* Guards want the run for their exits only. */
	if (weir_ir_is_guard(insn))
		used &= ~IR_BIT(IR_RUN);
	for (r = 0; r < IR_NR_REGS; r++) {
		if (!(used & IR_BIT(r)))
			continue;
		count(&s->lo[r], weight);
		if (wide && (pairs & IR_BIT(r)))
			count(&s->hi[r], weight);
	}
}

/* Does a constant operand fit none of the instructions it is for? */
static bool imm_needs_temp(const struct weir_ir_insn *insn)
{
	const u32 value = (u32)insn->imm;
	enum a32_test test = A32_TEST_CMP;
	enum a32_dp op = A32_DP_ADD;
	struct a32_op2 op2;

	switch (insn->op) {
	case IR_ADD:
		break;
	case IR_AND:
		op = A32_DP_AND;
		if (!(value & (value + 1)))
			return false;
		break;
	case IR_OR:
		op = A32_DP_ORR;
		break;
	case IR_XOR:
		op = A32_DP_EOR;
		break;
	case IR_BR:
		if (insn->cond == IR_CLEAR || insn->cond == IR_SET)
			test = A32_TEST_TST;
		return !a32_test_imm(value, &test, &op2);
	default:
		return insn->op == IR_MUL || insn->op == IR_SUB;
	}
	return !a32_dp_imm(value, &op, &op2);
}

static bool is_far(const struct weir_ir_insn *insn)
{
	return insn->off < -255 || insn->off > 255 || insn->a == IR_R10;
}

/*
 * The temps an operation may ask for. @pairs: there are some. @slots: any
 * operand may be in one.
 */
static u32 temps_of(const struct weir_ir_insn *insn, bool pairs, bool slots)
{
	const bool wide = pairs && ((insn->flags & IR_64) || insn->size == 8);
	const bool imm = insn->flags & IR_IMM;

	if ((insn->flags & (IR_SHIFTED | IR_64 | IR_UXT_B)) ==
	    (IR_SHIFTED | IR_64))
		return a32_shifted_temps(insn, slots);
	switch (insn->op) {
	case IR_ATOMIC:
		return insn->size == 8 ? A32_ATOMIC64_TEMPS : A32_ATOMIC_TEMPS;
	case IR_DIV:
	case IR_MOD:
	case IR_SDIV:
	case IR_SMOD:
	case IR_GUARD_INDEX:
	case IR_GUARD_RANGE:
	case IR_GUARD_STACK:
	case IR_GUARD_VALUE:
		return 3;
	case IR_PARAM:
		/* An address, and a pair of an even register and the next. */
		return pairs && insn->size == 8 ? A32_WIDE_PARAM_TEMPS : slots;
	case IR_LD:
	case IR_ST:
		if (slots)
			return 3;
		/* An upper half to store is a constant, if there are no pairs. */
		return is_far(insn) +
		       (insn->op == IR_ST && (imm || insn->size == 8));
	case IR_ROR:
		return insn->flags & IR_64 ? 3 : slots ? 2 : 0;
	case IR_SWAP:
		return insn->size == 8 ? 3 : slots ? 2 : 0;
	case IR_LSH:
	case IR_RSH:
	case IR_ARSH:
		if (!imm && wide)
			return slots ? 4 : 2;
		break;
	case IR_MUL:
		if (wide)
			return 3;
		break;
	case IR_MOV:
	case IR_MOVI:
	case IR_JMP:
	case IR_EXIT:
		return slots || wide;
	case IR_BR:
		if (insn->flags & IR_MASKED)
			return slots || insn->a == IR_R10
				       ? 2
				       : a32_masked_temps(insn->imm);
		break;
	default:
		break;
	}
	if (slots || wide)
		return 2;
	if (weir_ir_is_guard(insn) || insn->a == IR_R10 || insn->b == IR_R10)
		return 1;
	return imm ? imm_needs_temp(insn)
		   : insn->op == IR_LSH || insn->op == IR_RSH ||
			       insn->op == IR_ARSH;
}

/* What an exclusive loop works on had better be in registers. */
static void count_atomic(const struct weir_ir_insn *insn, struct survey *s)
{
	if (insn->op != IR_ATOMIC || insn->b >= IR_NR_REGS)
		return;
	s->lo[insn->b] |= MUST_BE_REGISTER;
	s->hi[insn->b] |= MUST_BE_REGISTER;
	s->lo[IR_R0] |= MUST_BE_REGISTER;
	s->hi[IR_R0] |= MUST_BE_REGISTER;
}

static void survey(struct weir_emit *e, struct a32_plan *plan, u32 pairs,
		   struct survey *s)
{
	const struct weir_ir *ir = e->ir;
	u32 b, i;

	for (b = 0; b < ir->nr_blocks; b++) {
		u32 depth = (u32)min(s->depth[b], MOST_DEPTH);

		for (i = ir->block[b].first; i < ir->block[b + 1].first; i++) {
			const struct weir_ir_insn *insn = &ir->insn[i];

			count_insn(insn, pairs, 1u << (DEPTH_SHIFT * depth), s);
			count_atomic(insn, s);
			s->temps = max(s->temps, temps_of(insn, pairs, false));
			s->slot_temps =
				max(s->slot_temps, temps_of(insn, pairs, true));
			plan->calls |= a32_calls_helper(e, i);
			if (insn->op != IR_CALL)
				continue;
			s->helpers = true;
			s->args = max_t(u32, s->args, insn->nr_args);
		}
	}
}

/*
 * May the run context stay in r0, where it arrives? Only if nothing needs it
 * from the first write of R0 on. Without loops the order of the operations is
 * an order of their execution.
 */
static bool run_stays_in_r0(const struct weir_ir *ir, bool calls)
{
	bool written = false;
	u32 i;

	if (ir->has_calls || ir->nr_guards || calls)
		return false;
	for (i = 0; i < ir->nr_blocks; i++)
		if (ir->block[i].flags & IR_BLOCK_LOOP)
			return false;
	for (i = 0; i < ir->nr_insns; i++) {
		if (written && (weir_ir_reads(&ir->insn[i]) & IR_BIT(IR_RUN)))
			return false;
		if (weir_ir_writes(&ir->insn[i]) & IR_BIT(IR_R0))
			written = true;
	}
	return true;
}

/* --- Places -------------------------------------------------------------------- */

/* Something that wants a place. */
struct want {
	u8 reg;
	bool hi;
	u32 uses;
};

struct wants {
	struct want want[2 * IR_NR_REGS];
	u32 nr;
};

static void add_want(struct wants *w, u32 reg, bool hi, u32 uses)
{
	u32 at = w->nr++;

	/* In order: the most used first. */
	for (; at && w->want[at - 1].uses < uses; at--)
		w->want[at] = w->want[at - 1];
	w->want[at] = (struct want){ .reg = (u8)reg, .hi = hi, .uses = uses };
}

static void find_wants(const struct weir_ir *ir, const struct survey *s,
		       u32 pairs, bool run_stays, struct wants *w)
{
	u32 r;

	w->nr = 0;
	for (r = 0; r < IR_NR_REGS; r++) {
		if (r == IR_R10 || !(ir->used & IR_BIT(r)) ||
		    (r == IR_RUN && run_stays))
			continue;
		add_want(w, r, false, s->lo[r]);
		if (pairs & IR_BIT(r))
			add_want(w, r, true, s->hi[r]);
	}
}

/**
 * struct choice - one try
 * @frame:	there may be a frame
 * @spill:	what does not fit may go to slots
 * @free:	machine registers not given away yet
 */
struct choice {
	bool frame;
	bool spill;
	u32 free;
};

static const u8 temps_leaf[] = { A32_R12, A32_R3, A32_R2, A32_R1 };
/* Those of 64-bit atomics must be even ones and their neighbours. */
static const u8 temps_frame[] = {
	A32_R12, A32_LR, A32_R2, A32_R3, A32_R8, A32_R9,
};

static bool choose_temps(struct weir_frame *frame, struct choice *c, u32 nr)
{
	const u8 *from = c->frame ? temps_frame : temps_leaf;
	u32 max = c->frame ? ARRAY_SIZE(temps_frame) : ARRAY_SIZE(temps_leaf);
	u32 i;

	if (nr > max)
		return false;
	for (i = 0; i < nr; i++) {
		frame->temp[i] = from[i];
		c->free &= ~BIT(from[i]);
	}
	frame->nr_temps = nr;
	return true;
}

/* Where a half would be least trouble. */
static u32 hint(const struct want *want, bool helpers)
{
	if (want->reg == IR_R0)
		return want->hi ? A32_R1 : A32_R0;
	if (want->reg == IR_R1 && helpers)
		return want->hi ? A32_R3 : A32_R2;
	return A32_PC;
}

static const u8 preference[] = {
	A32_R1, A32_R2, A32_R3,	 A32_R12, A32_R0, A32_R4, A32_R5,
	A32_R6, A32_R7, A32_R10, A32_R11, A32_R8, A32_R9, A32_LR,
};

static u32 pick(const struct choice *c, const struct want *want,
		const struct survey *s)
{
	u32 allowed = c->free;
	u32 i;

	if (s->helpers && (OUTLIVES & IR_BIT(want->reg)))
		allowed &= CALLEE_SAVED;
	i = hint(want, s->helpers);
	if (i < A32_PC && (allowed & BIT(i)))
		return i;
	/* r0 is kept for R0's low half, which ends there; see op_call(). */
	if (want->reg != IR_R0 || want->hi)
		allowed &= ~BIT(A32_R0);
	for (i = 0; i < ARRAY_SIZE(preference); i++)
		if (allowed & BIT(preference[i]))
			return preference[i];
	return A32_NOWHERE;
}

static bool choose(struct weir_emit *e, struct a32_plan *plan,
		   const struct survey *s, const struct wants *w,
		   struct choice c)
{
	u32 temps = c.spill ? s->slot_temps : s->temps;
	u32 i, place;

	c.free = CALLER_SAVED;
	if (c.frame) {
		c.free |= CALLEE_SAVED | BIT(A32_LR);
		if (e->ir->has_subprogs)
			c.free &= ~BIT(A32_ENTRY_SP);
		temps = max(temps, 2u);
	}
	memset(plan->lo, A32_NOWHERE, sizeof(plan->lo));
	memset(plan->hi, A32_NOWHERE, sizeof(plan->hi));
	plan->homes = 0;
	plan->nr_slots = 0;
	if (!choose_temps(&e->frame, &c, temps))
		return false;
	for (i = 0; i < w->nr; i++) {
		const struct want *want = &w->want[i];

		place = pick(&c, want, s);
		if (place == A32_NOWHERE && !c.spill)
			return false;
		if (place == A32_NOWHERE) {
			place = A32_SLOT | plan->nr_slots++;
		} else {
			c.free &= ~BIT(place);
			plan->homes |= BIT(place);
		}
		(want->hi ? plan->hi : plan->lo)[want->reg] = (u8)place;
	}
	return true;
}

static void choose_places(struct weir_emit *e, struct a32_plan *plan,
			  const struct survey *s, u32 pairs, bool leaf)
{
	const bool run_stays = run_stays_in_r0(e->ir, plan->calls);
	const struct choice small = { .frame = false };
	const struct choice medium = { .frame = true };
	const struct choice large = { .frame = true, .spill = true };
	struct wants w;

	find_wants(e->ir, s, pairs, run_stays, &w);
	if (!(leaf && choose(e, plan, s, &w, small)) &&
	    !choose(e, plan, s, &w, medium))
		choose(e, plan, s, &w, large);
	if (run_stays)
		plan->lo[IR_RUN] = A32_R0;
}

/* --- Frames -------------------------------------------------------------------- */

static u32 align8(u32 bytes)
{
	return (bytes + 7) & ~7u;
}

/* Where R6 to R9 are: machine registers, and the number of slots. */
static u32 kept_places(const struct a32_plan *plan, u32 *nr_slots)
{
	u32 mask = 0;
	u32 r, i;

	*nr_slots = 0;
	for (r = 0; r < IR_NR_REGS; r++) {
		const u8 place[] = { plan->lo[r], plan->hi[r] };

		for (i = 0; i < 2 && (KEPT & IR_BIT(r)); i++) {
			if (a32_is_reg(place[i]))
				mask |= BIT(place[i]);
			*nr_slots += a32_is_slot(place[i]);
		}
	}
	return mask;
}

/* r12, a temp, fills up: sp stays 8-aligned. */
static u32 even(u32 saved)
{
	return hweight32(saved) & 1 ? saved | BIT(A32_IP) : saved;
}

static void lay_out(struct weir_emit *e, struct a32_plan *plan,
		    const struct survey *s, u32 stack)
{
	struct weir_frame *frame = &e->frame;
	u32 used = plan->homes;
	u32 i, nr_kept = 0;

	for (i = 0; i < frame->nr_temps; i++)
		used |= BIT(frame->temp[i]);
	if (e->ir->has_subprogs) {
		used |= BIT(A32_ENTRY_SP);
		frame->sub_saved = kept_places(plan, &nr_kept) | BIT(A32_LR);
	}
	frame->exists = e->ir->has_calls || plan->calls || stack ||
			plan->nr_slots || (used & (CALLEE_SAVED | BIT(A32_LR)));
	if (!frame->exists)
		return;
	frame->saved = (used & CALLEE_SAVED) | BIT(A32_LR);
	plan->slots_off = s->args > 1 ? 8 * (s->args - 1) : 0;
	plan->kept_off = plan->slots_off + 4 * plan->nr_slots;
	frame->bytes = align8(plan->kept_off + 4 * nr_kept) + stack;
	frame->saved = even(frame->saved);
	frame->above = 4 * hweight32(frame->saved);
	frame->sub_saved = even(frame->sub_saved);
}

/* Guards tell no upper half that is known to be zero. */
static void narrow_exits(const struct weir_ir *ir, const struct a32_plan *plan)
{
	u32 i, r;

	for (i = 0; i < ir->nr_insns; i++) {
		struct weir_ir_exit *exit;

		if (!weir_ir_is_guard(&ir->insn[i]))
			continue;
		exit = &ir->exit[ir->insn[i].target];
		for (r = 0; r < IR_R10; r++)
			if (exit->from[r] < IR_R10 &&
			    (plan->half[i].zero & IR_BIT(exit->from[r])))
				exit->low_only |= (u16)IR_BIT(r);
	}
}

void a32_plan(struct weir_emit *e)
{
	const struct weir_ir *ir = e->ir;
	const u32 stack = ir->used & IR_BIT(IR_R10) ? align8(ir->stack_bytes)
						    : 0;
	struct survey s = { .depth = NULL };
	struct a32_plan *plan;
	u32 pairs;

	plan = weir_host_alloc(sizeof(*plan) +
			       (size_t)ir->nr_insns * sizeof(plan->half[0]));
	e->backend = plan;
	s.depth =
		weir_host_alloc(((size_t)ir->nr_blocks + 1) * sizeof(*s.depth));
	if (!plan || !s.depth || weir_halves(ir, plan->half, &pairs)) {
		weir_asmbuf_fail(&e->buf, -ENOMEM);
		goto out;
	}
	narrow_exits(ir, plan);
	find_depths(ir, s.depth);
	survey(e, plan, pairs, &s);
	choose_places(e, plan, &s, pairs,
		      !ir->has_calls && !plan->calls && !stack);
	lay_out(e, plan, &s, stack);
out:
	weir_host_free(s.depth);
}

enum a32_reg a32_temp(struct weir_emit *e, u32 n)
{
	if (n < e->frame.nr_temps)
		return e->frame.temp[n];
	a32_bug(e);
	return A32_IP;
}

u32 a32_frame_top(const struct weir_emit *e)
{
	return e->frame.bytes + a32_plan_of(e)->moved;
}

enum a32_reg a32_slot_base(const struct weir_emit *e, u32 place, u32 *off)
{
	const struct a32_plan *plan = a32_plan_of(e);

	*off = plan->slots_off + 4 * (place & ~A32_SLOT);
	if (e->ir->has_subprogs)
		return A32_ENTRY_SP;
	*off += plan->moved;
	return A32_SP;
}

void a32_move_sp(struct weir_emit *e, s32 down)
{
	struct a32_plan *plan = e->backend;

	plan->moved += (u32)down;
	e->frame.sp_bytes += (u32)down;
}

void a32_put_push(struct weir_emit *e, u32 mask)
{
	struct a32_regs regs;

	if (!a32_regs_make(&regs, mask))
		a32_bug(e);
	else
		weir_emit_word(e, a32_push(A32_COND_AL, regs));
}

void a32_put_pop(struct weir_emit *e, u32 mask)
{
	struct a32_regs regs;

	if (!a32_regs_make(&regs, mask))
		a32_bug(e);
	else
		weir_emit_word(e, a32_pop(A32_COND_AL, regs));
}

static void open_frame(struct weir_emit *e, u32 saved)
{
	const u32 bytes = e->frame.bytes;

	a32_put_push(e, saved);
	if (bytes)
		a32_add_imm(e, A32_SP, A32_SP, -bytes);
	e->frame.sp_bytes = 4 * hweight32(saved) + bytes;
	if (WARN_ON_ONCE(e->frame.sp_bytes & 7))
		a32_bug(e);
}

/* Return by loading pc, which also goes back to Thumb code. */
static void close_frame(struct weir_emit *e, u32 saved)
{
	const u32 bytes = e->frame.bytes;

	if (bytes)
		a32_add_imm(e, A32_SP, A32_SP, bytes);
	a32_put_pop(e, (saved & ~BIT(A32_LR)) | BIT(A32_PC));
}

void a32_drop_frame(struct weir_emit *e)
{
	if (e->frame.bytes)
		a32_add_imm(e, A32_SP, A32_SP, e->frame.bytes);
	a32_put_pop(e, e->frame.saved);
}

static void put_return(struct weir_emit *e)
{
	weir_emit_word(e,
		       a32_branch_reg(A32_BRANCH_REG_BX, A32_COND_AL, A32_LR));
}

void a32_landing(struct weir_emit *e __maybe_unused)
{
}

void a32_entry(struct weir_emit *e)
{
	if (e->buf.err)
		return;
	if (e->frame.exists)
		open_frame(e, e->frame.saved);
	if (e->ir->has_subprogs)
		a32_move_reg(e, A32_ENTRY_SP, A32_SP);
	if (e->ir->used & IR_BIT(IR_RUN))
		a32_set_lo(e, IR_RUN, A32_R0);
}

/* Is no verdict wider than 32 bits? Then the epilogue clears r1 for all. */
static bool verdict_is_low(const struct weir_emit *e)
{
	return a32_plan_of(e)->hi[IR_R0] == A32_NOWHERE &&
	       !(e->ir->fail_verdict >> 32);
}

void a32_exit(struct weir_emit *e, u32 i)
{
	const struct a32_plan *plan = a32_plan_of(e);
	const bool zero = plan->half[i].zero & IR_BIT(IR_R0);
	struct a32_pmove moves[] = {
		{ A32_R0, plan->lo[IR_R0] },
		{ A32_R1, zero ? A32_NOWHERE : plan->hi[IR_R0] },
	};
	const bool low = e->frame.exists && verdict_is_low(e);

	a32_moves(e, moves, low ? 1 : 2);
	if (!e->frame.exists)
		put_return(e);
	else if (!e->ends_body)
		a32_jump(e, A32_COND_AL, e->epilogue);
}

enum direction {
	SAVE,
	RESTORE
};

/* The slots of R6 to R9, from and to the frame of a subprogram. */
static void move_kept(struct weir_emit *e, enum direction way)
{
	const struct a32_plan *plan = a32_plan_of(e);
	const enum a32_reg temp = a32_temp(e, 0);
	u32 kept = plan->kept_off;
	u32 r, i, off;

	for (r = 0; r < IR_NR_REGS; r++) {
		const u8 place[] = { plan->lo[r], plan->hi[r] };

		for (i = 0; i < 2 && (KEPT & IR_BIT(r)); i++) {
			enum a32_reg base;

			if (!a32_is_slot(place[i]))
				continue;
			base = a32_slot_base(e, place[i], &off);
			if (way == SAVE) {
				a32_access(e, A32_LDST_LDR, temp, base, off);
				a32_access(e, A32_LDST_STR, temp, A32_SP, kept);
			} else {
				a32_access(e, A32_LDST_LDR, temp, A32_SP, kept);
				a32_access(e, A32_LDST_STR, temp, base, off);
			}
			kept += 4;
		}
	}
}

void a32_epilogue(struct weir_emit *e)
{
	if (e->buf.err)
		return;
	weir_asmbuf_bind(&e->buf, e->epilogue);
	if (e->frame.exists) {
		if (verdict_is_low(e))
			a32_load_imm(e, A32_R1, 0);
		close_frame(e, e->frame.saved);
	}
	weir_asmbuf_bind(&e->buf, e->sub_epilogue);
	if (e->ir->has_subprogs) {
		move_kept(e, RESTORE);
		close_frame(e, e->frame.sub_saved);
	}
	/* The stubs behind may be many, and no literal reaches over them. */
	weir_asmbuf_pool(&e->buf, e->arch->nop);
}

void a32_enter_subprog(struct weir_emit *e)
{
	open_frame(e, e->frame.sub_saved);
	move_kept(e, SAVE);
}

void a32_leave_subprog(struct weir_emit *e)
{
	a32_jump(e, A32_COND_AL, e->sub_epilogue);
}

/* --- Exits ------------------------------------------------------------------ */

void a32_stub(struct weir_emit *e, u32 guard)
{
	weir_emit_word(e, e->arch->nop);
	a32_load_imm(e, a32_temp(e, 0), guard);
	a32_jump(e, A32_COND_AL, e->leave);
}

/* Halves that some exit map refers to. */
static void find_told(const struct weir_ir *ir, u32 *lo, u32 *hi)
{
	u32 i, r;

	*lo = *hi = 0;
	for (i = 0; i < ir->nr_guards; i++) {
		const struct weir_ir_exit *exit = &ir->exit[i];

		for (r = 0; r < IR_R10; r++) {
			if (exit->from[r] >= IR_R10)
				continue;
			*lo |= IR_BIT(exit->from[r]);
			if (!(exit->low_only & IR_BIT(r)))
				*hi |= IR_BIT(exit->from[r]);
		}
	}
}

static void store_place(struct weir_emit *e, u32 place, enum a32_reg run,
			u32 run_off)
{
	enum a32_reg from = (enum a32_reg)place;
	u32 off;

	if (a32_is_slot(place)) {
		enum a32_reg base = a32_slot_base(e, place, &off);

		from = a32_temp(e, 0);
		a32_access(e, A32_LDST_LDR, from, base, off);
	} else if (!a32_is_reg(place)) {
		return; /* never had a value */
	}
	a32_access(e, A32_LDST_STR, from, run, run_off);
}

/* What the guard's index would be is not; the handler knows its guard. */
void a32_handled(struct weir_emit *e)
{
	const enum a32_reg temp = a32_temp(e, 0);

	if (e->buf.err)
		return;
	e->bridge_reg = (u8)temp;
	a32_access(e, A32_LDST_STR, temp, a32_lo(e, IR_RUN, 1),
		   offsetof(struct weir_run, handler));
}

/*
 * The guard's index is in temp 0. What no exit map refers to is not stored.
 * The caller fills in exit.pc: it is the guard's.
 */
void a32_trampoline(struct weir_emit *e)
{
	const struct a32_plan *plan = a32_plan_of(e);
	const u32 regs = offsetof(struct weir_run, exit.regs);
	const enum a32_reg temp = a32_temp(e, 0);
	enum a32_reg run;
	u32 lo, hi, r;

	if (e->buf.err)
		return;
	run = a32_lo(e, IR_RUN, 1);
	a32_access(e, A32_LDST_STR, temp, run,
		   offsetof(struct weir_run, exit.guard));
	find_told(e->ir, &lo, &hi);
	for (r = 0; r < IR_R10; r++) {
		if (lo & IR_BIT(r))
			store_place(e, plan->lo[r], run, regs + 8 * r);
		if (hi & IR_BIT(r))
			store_place(e, plan->hi[r], run, regs + 8 * r + 4);
	}
	a32_load_imm(e, temp, WEIR_EXIT_GUARD);
	a32_access(e, A32_LDST_STR, temp, run,
		   offsetof(struct weir_run, exit.kind));
	weir_asmbuf_bind(&e->buf, e->quit);
	a32_load_imm(e, A32_R0, (u32)e->ir->fail_verdict);
	/* From whatever depth: back to the entry's frame. */
	if (e->ir->has_subprogs)
		a32_move_reg(e, A32_SP, A32_ENTRY_SP);
	if (!(e->frame.exists && verdict_is_low(e)))
		a32_load_imm(e, A32_R1, (u32)(e->ir->fail_verdict >> 32));
	if (e->frame.exists)
		a32_jump(e, A32_COND_AL, e->epilogue);
	else
		put_return(e);
}
