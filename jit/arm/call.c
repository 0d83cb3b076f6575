// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Calls, and what comes of them. */
#include <linux/bug.h>
#include <linux/kernel.h>
#include "base/run.h"
#include "jit/arm/abi.h"
#include "jit/arm/branch.h"
#include "jit/arm/call.h"
#include "jit/arm/insn.h"
#include "jit/arm/ops.h"
#include "jit/arm/pair.h"
#include "jit/emit.h"

void a32_put_call(struct weir_emit *e, u32 helper)
{
	struct a32_imm24 none = { 0 };

	if (WARN_ON_ONCE(e->frame.sp_bytes & 7))
		a32_bug(e);
	weir_emit_call(e, helper, a32_branch(A32_BRANCH_BL, A32_COND_AL, none),
		       WEIR_FIXUP_A32_IMM24);
}

/* Arguments 2 to 5 go on the stack, where the frame has room for them. */
static void stack_arguments(const struct a32_ctx *cx)
{
	struct weir_emit *e = cx->e;
	u32 i;

	for (i = 2; i <= cx->insn->nr_args; i++) {
		const u32 off = 8 * (i - 2);

		a32_access(e, A32_LDST_STR, a32_lo(e, (u8)i, 0), A32_SP, off);
		a32_access(e, A32_LDST_STR, a32_hi(cx, (u8)i, 0), A32_SP,
			   off + 4);
	}
}

/*
 * u64 helper(run, a1, ...): AAPCS puts the run in r0, skips r1, puts 64 bits
 * in r2 and r3 and the rest on the stack. The result comes in r0 and r1.
 */
void a32_call(const struct a32_ctx *cx)
{
	const struct a32_plan *plan = a32_plan_of(cx->e);
	const struct weir_ir_insn *insn = cx->insn;
	struct a32_pmove moves[] = {
		{ A32_R0, plan->lo[IR_RUN] },
		{ A32_R2, plan->lo[IR_R1] },
		{ A32_R3,
		  a32_hi_is_zero(cx, IR_R1) ? A32_NOWHERE : plan->hi[IR_R1] },
	};
	const bool used = cx->e->ir->used & IR_BIT(IR_R0);

	stack_arguments(cx);
	a32_moves(cx->e, moves, insn->nr_args ? 3 : 1);
	a32_put_call(cx->e, insn->target);
	if (!used)
		return;
	/* R0's upper half never lives in r0: that is kept for the low one. */
	if (cx->half->need & IR_BIT(IR_R0))
		a32_set_hi(cx->e, IR_R0, A32_R1);
	a32_set_lo(cx->e, IR_R0, A32_R0);
}

void a32_callsub(const struct a32_ctx *cx)
{
	struct a32_imm24 none = { 0 };

	if (WARN_ON_ONCE(cx->e->frame.sp_bytes & 7))
		a32_bug(cx->e);
	weir_asmbuf_branch(&cx->e->buf,
			   a32_branch(A32_BRANCH_BL, A32_COND_AL, none),
			   weir_emit_block(cx->e, cx->insn->target),
			   WEIR_FIXUP_A32_IMM24);
}

/* Flags: how exit.kind compares with WEIR_EXIT_GUARD. */
static void compare_exit_kind(struct weir_emit *e)
{
	const enum a32_reg kind = a32_temp(e, 0);

	BUILD_BUG_ON(WEIR_EXIT_RETURN != 0 || WEIR_EXIT_GUARD != 1);
	a32_access(e, A32_LDST_LDR, kind, a32_lo(e, IR_RUN, 1),
		   (s64)offsetof(struct weir_run, exit.kind));
	a32_compare_imm(e, A32_COND_AL, kind, WEIR_EXIT_GUARD, 1);
	e->quits = true;
}

void a32_quit(struct weir_emit *e)
{
	compare_exit_kind(e);
	a32_jump(e, A32_COND_HS, e->quit);
}

/* 0: go on; WEIR_EXIT_GUARD: the run has ended; above: the guard ends it. */
void a32_ended(const struct a32_ctx *cx)
{
	compare_exit_kind(cx->e);
	a32_jump(cx->e, A32_COND_EQ, cx->e->quit);
	a32_branch_out(cx->e, A32_COND_HI, cx->insn->target);
}

/* An argument on the caller's stack, to its place. */
static void take_argument(const struct a32_ctx *cx, u8 reg)
{
	const struct a32_plan *plan = a32_plan_of(cx->e);
	const u32 off =
		cx->e->frame.bytes + cx->e->frame.above + 8 * (reg - 2u);
	struct weir_emit *e = cx->e;
	enum a32_reg rd;

	if (plan->lo[reg] == A32_NOWHERE)
		return;
	rd = a32_lo_dst(e, reg, 0);
	a32_access(e, A32_LDST_LDR, rd, A32_SP, off);
	a32_set_lo(e, reg, rd);
	if (!(cx->half->need & IR_BIT(reg)))
		return;
	rd = a32_hi_dst(e, reg, 0);
	a32_access(e, A32_LDST_LDR, rd, A32_SP, off + 4);
	a32_set_hi(e, reg, rd);
}

/* R1 comes in r2 and r3. Each half may have to go where the other is. */
static void take_first(const struct a32_ctx *cx)
{
	const struct a32_plan *plan = a32_plan_of(cx->e);
	const bool wide = cx->half->need & IR_BIT(IR_R1);
	struct a32_pmove moves[2];
	u32 nr = 0;

	if (a32_is_slot(plan->lo[IR_R1]))
		a32_set_lo(cx->e, IR_R1, A32_R2);
	else if (a32_is_reg(plan->lo[IR_R1]))
		moves[nr++] = (struct a32_pmove){ plan->lo[IR_R1], A32_R2 };
	if (wide && a32_is_slot(plan->hi[IR_R1]))
		a32_set_hi(cx->e, IR_R1, A32_R3);
	else if (wide)
		moves[nr++] = (struct a32_pmove){ plan->hi[IR_R1], A32_R3 };
	a32_moves(cx->e, moves, nr);
}

/* As a32_call() gives arguments: the run in r0, R1 in r2 and r3, then stack. */
void a32_callback(const struct a32_ctx *cx)
{
	u8 reg;

	weir_emit_callback(cx->e, cx->insn->pc);
	a32_entry(cx->e);
	take_first(cx);
	for (reg = IR_R2; reg <= 4; reg++)
		take_argument(cx, reg);
}

/*
 * The frame is gone when the target begins, so any number of these takes no
 * stack. BX, for the target may be the run time's own, in Thumb code.
 */
void a32_tail(struct weir_emit *e)
{
	const struct a32_plan *plan = a32_plan_of(e);
	struct a32_pmove moves[] = {
		{ A32_R3, plan->lo[IR_R0] },
		{ A32_R0, plan->lo[IR_RUN] },
	};

	if (WARN_ON_ONCE(!e->frame.exists))
		a32_bug(e);
	a32_moves(e, moves, ARRAY_SIZE(moves));
	a32_drop_frame(e);
	weir_emit_word(e,
		       a32_branch_reg(A32_BRANCH_REG_BX, A32_COND_AL, A32_R3));
}
